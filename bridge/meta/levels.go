package meta

// One training of a network that emits the levels for a family of operators.

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"mgtool/bridge/adam"
	"mgtool/internal/parallel"
	"mgtool/multigrid/method"
	"mgtool/pde/stencil"
)

// Family draws operators: kernels of 3×3 points that are the same turned by 180°.
type Family func(random *rand.Rand) (stencil.Kernel, error)

const (
	frequencies   = 24 // along an axis, of the loss
	deepestLevels = 5  // an operator is one of the family or below it, by the network's own P
)

// Levels trains a network that emits pre + post stencils and P for the levels of any operator
// of a family. When ctx ends it returns what it has learned so far.
func Levels(ctx context.Context, draw Family, pre, post int, o Options) (*method.Network, error) {
	o = o.or(4000, 16, 48, 3e-3)
	if err := checkSteps(pre, post); err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(o.Seed, 1))
	outputs := method.LevelOutputs(pre + post)
	p := newPerceptron(random, method.OperatorInputs, o.Hidden, o.Hidden, outputs)
	err := descend(ctx, draw, random, o, emitter{
		x: p.x,
		emit: func(a method.Symmetric) method.Emitted {
			c, turn := method.Canonical(a)
			var t tape
			return method.EmittedBy(c, p.forward(method.Inputs(c), &t)).Turned(turn)
		},
		slope: func(a method.Symmetric, two *twoGrid, gradient []float64) lesson {
			var t tape
			y := p.forward(method.Inputs(a), &t)
			dy := make([]float64, outputs)
			l := two.objective(method.EmittedBy(a, y), pre, dy)
			toOutputs(a, dy)
			p.backward(&t, dy, gradient)
			return l
		},
		canonical: true,
	})
	if err != nil {
		return nil, err
	}
	return &method.Network{Emits: method.EmitsLevels, Pre: pre, Post: post, Parts: map[string]method.Perceptron{method.EmitsLevels: p.layers()}}, nil
}

// isotropic is an operator for which all reflections of a kernel are the same.
var isotropic = method.Symmetric{1, -.25, -.25}

// Fixed trains stencils and P that are the same for all operators of a family and all levels.
func Fixed(ctx context.Context, draw Family, pre, post int, o Options) (e method.Emitted, err error) {
	o = o.or(1000, 16, 1, 1e-2)
	if err := checkSteps(pre, post); err != nil {
		return e, err
	}
	y := make([]float64, method.LevelOutputs(pre+post))
	err = descend(ctx, draw, rand.New(rand.NewPCG(o.Seed, 4)), o, emitter{
		x:    y,
		emit: func(method.Symmetric) method.Emitted { return method.EmittedBy(isotropic, y) },
		slope: func(_ method.Symmetric, two *twoGrid, gradient []float64) lesson {
			l := two.objective(method.EmittedBy(isotropic, y), pre, gradient)
			toOutputs(isotropic, gradient)
			return l
		},
	})
	return method.EmittedBy(isotropic, y), err
}

func checkSteps(pre, post int) error {
	if pre < 0 || post < 0 || pre+post < 1 || pre > mostStencils || post > mostStencils {
		return fmt.Errorf("meta: %d stencils before and %d after; want at least one and at most %d on each side", pre, post, mostStencils)
	}
	return nil
}

// emitter is what a training of levels changes, by its parameters x.
type emitter struct {
	x    []float64
	emit func(a method.Symmetric) method.Emitted
	// slope is the lesson of two grids of a, and adds the gradient of its loss.
	slope     func(a method.Symmetric, two *twoGrid, gradient []float64) lesson
	canonical bool // slope takes canonical operators
}

// descend minimises the mean objective over a family, and the levels below its members.
func descend(ctx context.Context, draw Family, random *rand.Rand, o Options, e emitter) error {
	if err := o.check(); err != nil {
		return err
	}
	type problem struct {
		a      method.Symmetric
		dx, dy float64
	}
	optimiser := adam.New(len(e.x))
	return fit(ctx, random, o, len(e.x), func(random *rand.Rand) (p problem, err error) {
		k, err := draw(random)
		if err != nil {
			return p, err
		}
		a, ok := method.SymmetricOf(k)
		if !ok {
			return p, fmt.Errorf("meta: a kernel of the family is not the same turned by 180°; want one that is")
		}
		for range random.IntN(deepestLevels) {
			a = method.CoarseOf(a, e.emit(a).Prolongation())
		}
		if e.canonical {
			a, _ = method.Canonical(a)
		}
		return problem{a, random.Float64(), random.Float64()}, nil
	}, func(p problem, gradient []float64) (lesson, error) {
		return e.slope(p.a, newTwoGrid(p.a, frequencies, p.dx, p.dy), gradient), nil
	}, func(gradient []float64, rate float64) {
		adam.Clip(gradient)
		optimiser.Step(e.x, gradient, rate)
	})
}

// toOutputs makes a gradient in the weights of stencils and P one in the outputs of
// [method.EmittedBy].
func toOutputs(a method.Symmetric, gradient []float64) {
	slant := method.Slant(a)
	for i := 0; i+5 < len(gradient); i += 5 {
		g := gradient[i : i+5]
		g[3], g[4] = g[3]+g[4], slant*(g[3]-g[4])
	}
	gradient[len(gradient)-1] *= slant
}

// Each trains the outputs themselves for one operator: what a network could emit at best. It
// starts from the outputs of the starts, and keeps the best of all by the largest factor. When ctx
// ends it returns the best of what was trained until then.
func Each(ctx context.Context, a method.Symmetric, pre int, starts [][]float64, o Options) (best method.Emitted, rho float64) {
	o = o.or(400, 1, 0, 3e-2)
	check := newTwoGrid(a, 2*frequencies, .5, .5)
	rho = math.Inf(1)
	var mutex sync.Mutex
	parallel.Each(len(starts), func(_, i int) {
		random := rand.New(rand.NewPCG(o.Seed, uint64(i)))
		y := append([]float64(nil), starts[i]...)
		optimiser, gradient := adam.New(len(y)), make([]float64, len(y))
		for step := 0; step < o.Steps && ctx.Err() == nil; step++ {
			clear(gradient)
			newTwoGrid(a, frequencies, random.Float64(), random.Float64()).objective(method.EmittedBy(a, y), pre, gradient)
			toOutputs(a, gradient)
			adam.Clip(gradient)
			optimiser.Step(y, gradient, annealed(o.Rate, step, o.Steps))
		}
		e := method.EmittedBy(a, y)
		here := check.factor(e) + stiffness*check.excess(e, pre, 0, nil)
		mutex.Lock()
		defer mutex.Unlock()
		if here < rho {
			best, rho = e, here
		}
	})
	return best, rho
}
