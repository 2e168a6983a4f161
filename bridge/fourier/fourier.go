package fourier

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/optimize"

	"mgtool/pde/stencil"
)

// Problem is an operator with constant coefficients.
type Problem struct {
	Dim      int
	Operator stencil.Kernel // in any units
}

// weights are 3^dim of them over the one in the middle.
func (p Problem) weights() []float64 {
	var w []float64
	for _, o := range offsets(p.Dim, 3) {
		w = append(w, p.Operator[13+o[0]+3*o[1]+9*o[2]]/p.Operator[13])
	}
	return w
}

// Spec says what of a method is free.
type Spec struct {
	Pre, Post    int  // kernels before and after the coarse correction
	Width        int  // of each, 3 or 5
	Symmetric    bool // kernels keep the symmetries of the operator
	Levels       int  // that have kernels of their own
	Cyclic       bool // deeper levels begin the list again, else they take the last
	Restriction  bool // free, with the sum 1; else full weighting
	Prolongation bool // free, and keeps constants; else linear interpolation
	Gamma        int  // 1 a V-cycle, 2 a W-cycle
}

// Options say how long to search.
type Options struct {
	Starts int // at random
	Seed   uint64
	Report func(stage string, step int, factor float64)
}

// result is the outcome of a search.
type result struct {
	x      []float64
	factor float64
}

// minimise runs L-BFGS from x.
func minimise(ctx context.Context, o *objective, x []float64, steps int, report func(step int, factor float64)) ([]float64, error) {
	problem := optimize.Problem{
		Func: func(x []float64) float64 {
			o.evaluate(x)
			if math.IsNaN(o.loss) {
				return math.Inf(1)
			}
			return o.loss
		},
		Grad: func(grad, x []float64) {
			o.evaluate(x)
			copy(grad, o.grad)
		},
		Status: func() (optimize.Status, error) {
			if err := ctx.Err(); err != nil {
				return optimize.Failure, err
			}
			return optimize.NotTerminated, nil
		},
	}
	res, err := optimize.Minimize(problem, x, &optimize.Settings{
		MajorIterations: steps, FuncEvaluations: 10 * steps, Recorder: recorder(report),
	}, &optimize.LBFGS{Store: 30})
	if ctx.Err() != nil {
		return x, ctx.Err()
	}
	if res == nil {
		return x, err
	}
	return res.X, nil
}

type recorder func(step int, factor float64)

func (recorder) Init() error { return nil }

func (r recorder) Record(l *optimize.Location, op optimize.Operation, s *optimize.Stats) error {
	if r != nil && op == optimize.MajorIteration {
		r(s.MajorIterations, math.Exp(l.F))
	}
	return nil
}

// radius is ρ(M) on n points along each axis, by power iteration.
func (o *objective) radius(x []float64, cycles int) float64 {
	list := o.p.kernels(x)
	o.x = nil
	o.h.set(o.a, func(l int) *kernels { return list[o.p.number(l)] })
	u := append([]complex128(nil), o.starts[0]...)
	normalise(u)
	sum, count := 0.0, 0
	for k := range cycles {
		u = o.h.cycle(u, nil)
		s := math.Log(normalise(u))
		if k >= cycles-20 {
			sum += s
			count++
		}
	}
	return math.Exp(sum / float64(count))
}

// random is a start: Jacobi steps, and noise.
func (p *parameters) random(rng *rand.Rand, noise float64) []float64 {
	list := make([]*kernels, p.levels)
	for n := range list {
		list[n] = p.zeros()
		for _, steps := range [][][]float64{list[n].pre, list[n].post} {
			for _, k := range steps {
				k[len(k)/2] = .8
			}
		}
	}
	x := make([]float64, p.count())
	p.gradient(x, list)
	for i := range x {
		x[i] += noise * rng.NormFloat64()
	}
	return x
}

var errNone = errors.New("fourier: no start converges")

func search(ctx context.Context, problem Problem, spec Spec, o Options) (best result, p *parameters, err error) {
	p = newParameters(problem, spec)
	rng := rand.New(rand.NewPCG(o.Seed, 1))
	best.factor = math.Inf(1)
	var x []float64
	for start := range o.Starts {
		ob := newObjective(problem, p, 16, 10, 4, o.Seed)
		y, err := minimise(ctx, ob, p.random(rng, .1), 60, nil)
		if err != nil {
			return best, p, err
		}
		y, err = minimise(ctx, newObjective(problem, p, 16, 24, 4, o.Seed), y, 60, nil)
		if err != nil {
			return best, p, err
		}
		f := newObjective(problem, p, 32, 10, 1, o.Seed).radius(y, 60)
		o.Report(fmt.Sprint("start ", start), 0, f)
		if f < best.factor {
			best.factor, x = f, y
		}
	}
	for _, stage := range []struct{ n, k, steps int }{{32, 24, 60}, {64, 24, 60}, {64, 48, 60}} {
		ob := newObjective(problem, p, stage.n, stage.k, 4, o.Seed)
		x, err = minimise(ctx, ob, x, stage.steps, nil)
		if err != nil {
			return best, p, err
		}
		f := newObjective(problem, p, 128, 10, 1, o.Seed).radius(x, 100)
		o.Report(fmt.Sprint("stage ", stage), 0, f)
	}
	best.x = x
	best.factor = newObjective(problem, p, 128, 10, 1, o.Seed).radius(x, 100)
	return best, p, nil
}
