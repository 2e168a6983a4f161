package meta

// One training of a network that emits smoothing stencils point by point.

import (
	"context"
	"math/rand/v2"

	"mgtool/bridge/adam"
	"mgtool/multigrid/method"
)

const (
	smootherCells  = 32 // a side, of a training problem
	smootherErrors = 2  // errors followed at a time
	before         = 3  // cycles until they are followed
	unrolled       = 4  // cycles that they are followed for
)

// nearOne is the −log ρ below which a tangent stands for the logarithm of the cycles.
const nearOne = .02

// Smoothers trains a network that emits pre + post smoothing stencils for every point of the
// operators of a family, symmetric and positive definite. Minimised is the mean of
//
//	log (−1/log ρ),   ρ^k = ‖E^k u‖_A/‖u‖_A,
//
// the logarithm of the cycles that a reduction by e takes: E is a V-cycle with the prolongation of
// black-box multigrid, R = Pᵀ and Galerkin operators, on 31², 15² and 7² unknowns, of which the
// last are solved exactly; u is what some cycles leave of a random error. The gradient goes through
// all k cycles and all levels. A problem is one of the family or below it. When ctx ends Smoothers
// returns what it has learned so far.
func Smoothers(ctx context.Context, draw Problems, pre, post int, o Options) (*method.Network, error) {
	return smoothers(ctx, draw, pre, post, o.or(400, 16, 12, 1e-2), false)
}

// FixedSmoothers trains stencils that are the same for all operators of the family, all levels and
// all points, but for the weights of different diagonals, as a network that sees nothing.
func FixedSmoothers(ctx context.Context, draw Problems, pre, post int, o Options) (*method.Network, error) {
	return smoothers(ctx, draw, pre, post, o.or(150, 16, 1, 2e-2), true)
}

func smoothers(ctx context.Context, draw Problems, pre, post int, o Options, blind bool) (*method.Network, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := checkSteps(pre, post); err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(o.Seed, 6))
	outputs := method.SmootherOutputs(pre + post)
	p := newPerceptron(random, method.SmootherInputs, o.Hidden, o.Hidden, outputs)
	if blind {
		p = newPerceptron(random, method.SmootherInputs, outputs)
		clear(p.x)
	}
	optimiser := adam.New(len(p.x))
	err := fit(ctx, random, o, len(p.x), seeded, func(seed [2]uint64, gradient []float64) (lesson, error) {
		loss, err := smootherTask(draw, p, pre, rand.New(rand.NewPCG(seed[0], seed[1])), gradient)
		return lesson{loss, digitsOf(loss)}, err
	}, func(gradient []float64, rate float64) {
		if blind {
			clear(gradient[:method.SmootherInputs*outputs])
		}
		adam.Clip(gradient)
		optimiser.Step(p.x, gradient, rate)
	})
	if err != nil {
		return nil, err
	}
	return &method.Network{
		Emits: method.EmitsSmoothers, Pre: pre, Post: post,
		Parts: map[string]method.Perceptron{method.EmitsSmoothers: p.layers()},
	}, nil
}

// smootherTask is the loss of one problem; it adds its gradient.
func smootherTask(draw Problems, p *perceptron, pre int, random *rand.Rand, gradient []float64) (loss float64, err error) {
	depth := min(random.IntN(3), random.IntN(3)) // larger ones take longer
	a, err := draw(random, smootherCells<<depth)
	if err != nil {
		return 0, err
	}
	patch, err := patchOf(a)
	if err != nil {
		return 0, err
	}
	for range depth {
		in := newInterpolation(patch)
		in.weigh()
		patch = in.coarse()
	}
	c, err := newPointCycle(patch, pre)
	if err != nil {
		return 0, err
	}
	c.emit(p)
	loss = c.follow(c.errors(random))
	c.backward(p, gradient)
	return loss, nil
}

// emit evaluates the network at all points of all levels but the last.
func (c *pointCycle) emit(p *perceptron) {
	var t tape
	for _, l := range c.levels[:len(c.levels)-1] {
		l.b = newFields(p.widths[len(p.widths)-1]/3, l.w*l.w)
		l.db = newFields(len(l.b), l.w*l.w)
		for k, x := range l.inputs {
			at := l.at(k)
			for q := range l.b {
				l.b[q][4][at] = .8 / l.diagonal[at]
			}
			var turned [method.SmootherInputs]float64
			for quarter := range 4 {
				method.Turned(&x, &turned, quarter)
				y := p.forward(turned[:], &t)
				for q := range l.b {
					for side := range 2 {
						o := method.Around[2*quarter+side]
						l.b[q][o-9][at] = y[3*q+side] * l.mean(at, o)
					}
					l.b[q][4][at] += .25 * y[3*q+2] / l.diagonal[at]
				}
			}
		}
	}
}

// backward adds the gradient of the weights for that of the entries of B.
func (c *pointCycle) backward(p *perceptron, gradient []float64) {
	var t tape
	dy := make([]float64, p.widths[len(p.widths)-1])
	for _, l := range c.levels[:len(c.levels)-1] {
		for k, x := range l.inputs {
			at := l.at(k)
			var turned [method.SmootherInputs]float64
			for quarter := range 4 {
				method.Turned(&x, &turned, quarter)
				p.forward(turned[:], &t)
				for q := range l.b {
					for side := range 2 {
						o := method.Around[2*quarter+side]
						dy[3*q+side] = l.db[q][o-9][at] * l.mean(at, o)
					}
					dy[3*q+2] = .25 * l.db[q][4][at] / l.diagonal[at]
				}
				p.backward(&t, dy, gradient)
			}
		}
	}
}
