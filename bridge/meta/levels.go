package meta

// One training of a network that emits the levels for a family of operators.

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"mgtool/internal/parallel"
	"mgtool/multigrid/method"
	"mgtool/pde/stencil"
)

// Family draws operators: kernels of 3×3 points that are the same turned by 180°.
type Family func(random *rand.Rand) (stencil.Kernel, error)

// Options are those of a training; fields of 0 have defaults.
type Options struct {
	Seed     uint64
	Steps    int // of the optimiser
	Batch    int // operators a step
	Hidden   int // width of the two hidden layers
	Rate     float64
	Progress func(step, steps int, loss float64) // nil is none
}

// check accepts what a training can be done with, after [Options.or].
func (o Options) check() error {
	switch {
	case o.Steps < 1 || o.Steps > 1_000_000:
		return fmt.Errorf("meta: %d steps; want 1 to 1000000", o.Steps)
	case o.Batch < 1 || o.Batch > 1024:
		return fmt.Errorf("meta: a batch of %d; want 1 to 1024", o.Batch)
	case o.Hidden < 1 || o.Hidden > 64:
		return fmt.Errorf("meta: hidden layers of %d; want 1 to 64", o.Hidden)
	case !(o.Rate > 0 && o.Rate <= 1):
		return fmt.Errorf("meta: a rate of %g; want more than 0 and at most 1", o.Rate)
	}
	return nil
}

func (o Options) or(steps, batch, hidden int, rate float64) Options {
	if o.Steps == 0 {
		o.Steps = steps
	}
	if o.Batch == 0 {
		o.Batch = batch
	}
	if o.Hidden == 0 {
		o.Hidden = hidden
	}
	if o.Rate == 0 {
		o.Rate = rate
	}
	return o
}

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
	err := descend(ctx, draw, random, o, p.x, step{
		emit: func(a method.Symmetric) method.Emitted {
			c, turn := method.Canonical(a)
			var t tape
			return method.EmittedBy(c, p.forward(method.Inputs(c), &t)).Turned(turn)
		},
		slope: func(a method.Symmetric, two *twoGrid, weight float64, gradient []float64) float64 {
			var t tape
			y := p.forward(method.Inputs(a), &t)
			dy := make([]float64, outputs)
			loss := two.objective(method.EmittedBy(a, y), pre, weight, dy)
			toOutputs(a, dy)
			p.backward(&t, dy, gradient)
			return loss
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
	err = descend(ctx, draw, rand.New(rand.NewPCG(o.Seed, 4)), o, y, step{
		emit: func(method.Symmetric) method.Emitted { return method.EmittedBy(isotropic, y) },
		slope: func(_ method.Symmetric, two *twoGrid, weight float64, gradient []float64) float64 {
			loss := two.objective(method.EmittedBy(isotropic, y), pre, weight, gradient)
			toOutputs(isotropic, gradient)
			return loss
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

// step is what a step of the optimiser needs to know.
type step struct {
	emit      func(a method.Symmetric) method.Emitted
	slope     func(a method.Symmetric, two *twoGrid, weight float64, gradient []float64) (loss float64)
	canonical bool // slope takes canonical operators
}

// descend minimises the mean objective over a family, and the levels below its members, in x.
func descend(ctx context.Context, draw Family, random *rand.Rand, o Options, x []float64, s step) error {
	if err := o.check(); err != nil {
		return err
	}
	type task struct {
		a        method.Symmetric
		dx, dy   float64
		loss     float64
		gradient []float64
	}
	tasks := make([]task, o.Batch)
	a, total := newAdam(len(x)), make([]float64, len(x))
	for at := range o.Steps {
		for i := range tasks {
			k, err := draw(random)
			if err != nil {
				return err
			}
			a, ok := method.SymmetricOf(k)
			if !ok {
				return fmt.Errorf("meta: a kernel of the family is not the same turned by 180°; want one that is")
			}
			for range random.IntN(deepestLevels) {
				a = method.CoarseOf(a, s.emit(a).Prolongation())
			}
			if s.canonical {
				a, _ = method.Canonical(a)
			}
			tasks[i] = task{a: a, dx: random.Float64(), dy: random.Float64(), gradient: make([]float64, len(x))}
		}
		parallel.Each(len(tasks), func(_, i int) {
			t := &tasks[i]
			t.loss = s.slope(t.a, newTwoGrid(t.a, frequencies, t.dx, t.dy), 1/float64(o.Batch), t.gradient)
		})
		clear(total)
		loss := 0.0
		for i := range tasks {
			loss += tasks[i].loss / float64(o.Batch)
			for k, g := range tasks[i].gradient {
				total[k] += g
			}
		}
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return fmt.Errorf("meta: the loss is %g after %d steps; want a smaller rate than %g", loss, at, o.Rate)
		}
		a.update(x, total, annealed(o.Rate, at, o.Steps))
		if o.Progress != nil {
			o.Progress(at+1, o.Steps, loss)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil
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
// starts from the outputs of the starts, and keeps the best of all by the largest factor.
func Each(a method.Symmetric, pre int, starts [][]float64, o Options) (best method.Emitted, rho float64) {
	o = o.or(400, 1, 0, 3e-2)
	check := newTwoGrid(a, 2*frequencies, .5, .5)
	rho = math.Inf(1)
	var mutex sync.Mutex
	parallel.Each(len(starts), func(_, i int) {
		random := rand.New(rand.NewPCG(o.Seed, uint64(i)))
		y := append([]float64(nil), starts[i]...)
		opt := newAdam(len(y))
		gradient := make([]float64, len(y))
		for step := range o.Steps {
			clear(gradient)
			newTwoGrid(a, frequencies, random.Float64(), random.Float64()).objective(method.EmittedBy(a, y), pre, 1, gradient)
			toOutputs(a, gradient)
			opt.update(y, gradient, annealed(o.Rate, step, o.Steps))
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
