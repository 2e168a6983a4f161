package fourier

// The objective: how much is left of random errors after many cycles.

import (
	"math"
	"math/rand/v2"
	"slices"

	"mgtool/internal/parallel"
)

// objective is the loss of numbers x,
//
//	L(x) = 1/2k log mean_z ‖M^k z‖²/‖z‖²
//
// over a few z whose coefficients all have the size 1 and random phases: the mean over all
// z would be ‖M^k‖_F²/N, and e^L tends to ρ(M) as k grows. Every second z sees a cycle that
// solves where the solver does, the others one that goes down to two cells: kernels that only
// suit one depth lose a fifth of their factor on another grid.
type objective struct {
	p    *parameters
	h    *hierarchy
	a    []float64 // the finest A over its diagonal
	runs []run

	x, grad []float64 // of the last evaluation
	loss    float64
}

func newObjective(problem Problem, p *parameters, n, cycles, starts int, seed uint64) *objective {
	o := &objective{p: p, h: newHierarchy(problem.Dim, n, p.spec.Gamma, p.sines), a: problem.weights()}
	rng := rand.New(rand.NewPCG(seed, 0x666f7572696572))
	for start := range starts {
		z := make([]complex128, o.h.levels[0].count)
		for i := range z {
			sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
			z[i] = complex(cos, sin)
		}
		r := run{z: scaled(z, 1/math.Sqrt(float64(len(z)))), u: make([]complex128, len(z))}
		bottom := o.h.solved
		if start%2 == 1 || bottom == 0 {
			bottom = len(o.h.levels) - 1
		}
		for range cycles {
			r.visits = append(r.visits, o.h.newVisit(0, bottom, p.spec.Pre, p.spec.Post))
		}
		o.runs = append(o.runs, r)
	}
	return o
}

// run is what becomes of one z.
type run struct {
	z, u   []complex128 // at the start, of norm 1, and now
	visits []*visit     // of each cycle
	log    float64      // log ‖M^k z‖
	bars   []bars
}

// set takes the numbers.
func (o *objective) set(x []float64) {
	o.x = append(o.x[:0], x...)
	list := o.p.kernels(x)
	o.h.set(o.a, func(l int) *kernels { return list[o.p.number(l)] })
}

// evaluate computes the loss and its gradient at x.
func (o *objective) evaluate(x []float64) {
	if slices.Equal(x, o.x) {
		return
	}
	o.set(x)
	o.each(func(r *run) {
		copy(r.u, r.z)
		r.log = 0
		for _, v := range r.visits {
			v.cycle(r.u)
			r.log += math.Log(v.size)
		}
	})
	most, sum := math.Inf(-1), 0.0
	for _, r := range o.runs {
		most = max(most, r.log)
	}
	for _, r := range o.runs {
		sum += math.Exp(2 * (r.log - most))
	}
	k := float64(len(o.runs[0].visits))
	o.loss = (most + .5*math.Log(sum/float64(len(o.runs)))) / k
	o.each(func(r *run) {
		// ∂L/∂u is weight u/‖u‖² with the last u, of norm 1.
		scaled(r.u, math.Exp(2*(r.log-most))/sum/k)
		r.bars = o.h.newBars()
		for c := len(r.visits) - 1; c >= 0; c-- {
			r.visits[c].uncycle(r.u, r.bars)
		}
	})
	all := o.runs[0].bars
	for _, r := range o.runs[1:] {
		for n := range all {
			all[n].add(&r.bars[n])
		}
	}
	grads := make([]*kernels, o.p.spec.Levels)
	for n := range grads {
		grads[n] = o.p.zeros()
	}
	o.h.back(all, func(l int) *kernels { return grads[o.p.number(l)] })
	o.grad = append(o.grad[:0], x...)
	o.p.gradient(o.grad, grads)
}

// each works on all runs, on all cores.
func (o *objective) each(do func(r *run)) {
	parallel.For(len(o.runs), 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			do(&o.runs[i])
		}
	})
}

// radius is ρ(M) on n cells along each axis, by power iteration of 100 cycles, a geometric mean
// over the last 30: the larger one of a cycle as deep as the solver's and a deeper one.
func radius(problem Problem, p *parameters, x []float64, n int, seed uint64) float64 {
	const cycles, window = 100, 30
	o := newObjective(problem, p, n, 1, 2, seed)
	o.set(x)
	o.each(func(r *run) {
		for k := range cycles {
			r.visits[0].cycle(r.z)
			if k >= cycles-window {
				r.log += math.Log(r.visits[0].size) / window
			}
		}
	})
	return math.Exp(max(o.runs[0].log, o.runs[1].log))
}
