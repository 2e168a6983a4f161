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
type Family func(random *rand.Rand) stencil.Kernel

// Options are those of a training.
type Options struct {
	Seed     uint64
	Steps    int // of the optimiser; 0 is 3000
	Batch    int // operators a step; 0 is 16
	Hidden   int // width of the two hidden layers; 0 is 32
	Rate     float64
	Progress func(step, steps int, loss float64) // nil is none
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
// of a family. ctx ends it early with what it has learned.
func Levels(ctx context.Context, family Family, pre, post int, o Options) (*method.Network, error) {
	o = o.or(3000, 16, 32, 3e-3)
	n := &method.Network{Emits: method.EmitsLevels, Pre: pre, Post: post}
	if pre < 0 || post < 0 || pre+post < 1 || pre+post > 16 {
		return nil, fmt.Errorf("meta: %d stencils before and %d after; want 1 to 16 in all", pre, post)
	}
	random := rand.New(rand.NewPCG(o.Seed, 1))
	outputs := method.LevelOutputs(pre + post)
	p := newPerceptron(random, method.OperatorInputs, o.Hidden, o.Hidden, outputs)
	a := newAdam(len(p.x))
	type task struct {
		a        method.Symmetric
		dx, dy   float64
		loss     float64
		gradient []float64
	}
	tasks := make([]task, o.Batch)
	total := make([]float64, len(p.x))
	for step := range o.Steps {
		for i := range tasks {
			s, ok := method.SymmetricOf(family(random))
			if !ok {
				return nil, fmt.Errorf("meta: a kernel of the family is not the same turned by 180°; want one that is")
			}
			for range random.IntN(deepestLevels) {
				canonical, turn := method.Canonical(s)
				var t tape
				e := method.EmittedBy(canonical, p.forward(method.Inputs(canonical), &t))
				s = turn.Apply(method.CoarseOf(canonical, e.Prolongation()))
			}
			s, _ = method.Canonical(s)
			if tasks[i].gradient == nil {
				tasks[i].gradient = make([]float64, len(p.x))
			}
			tasks[i].a, tasks[i].dx, tasks[i].dy = s, random.Float64(), random.Float64()
		}
		parallel.Each(len(tasks), func(_, i int) {
			t := &tasks[i]
			clear(t.gradient)
			var values tape
			y := p.forward(method.Inputs(t.a), &values)
			dy := make([]float64, outputs)
			t.loss = newTwoGrid(t.a, frequencies, t.dx, t.dy).objective(method.EmittedBy(t.a, y), pre, 1/float64(o.Batch), dy)
			toOutputs(t.a, dy)
			p.backward(&values, dy, t.gradient)
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
			return nil, fmt.Errorf("meta: the loss is %g after %d steps; want a smaller rate than %g", loss, step, o.Rate)
		}
		a.update(p.x, total, annealed(o.Rate, step, o.Steps))
		if o.Progress != nil {
			o.Progress(step+1, o.Steps, loss)
		}
		if ctx.Err() != nil {
			break
		}
	}
	n.Parts = map[string]method.Perceptron{method.EmitsLevels: p.layers()}
	return n, nil
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
