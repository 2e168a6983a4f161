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
// z would be ‖M^k‖_F²/N, and e^L tends to ρ(M) as k grows. The z live on several sets of waves,
// see [newObjective].
type objective struct {
	p    *parameters
	a    []float64 // the finest A over its diagonal
	hs   []*hierarchy
	runs []run

	x, grad []float64 // of the last evaluation
	loss    float64
}

// run is what becomes of one z.
type run struct {
	h      int          // the hierarchy that it lives on
	z, u   []complex128 // at the start, of norm 1, and now
	visits []*visit     // of each cycle
	log    float64      // log ‖M^k z‖
	bars   []bars
}

// phis are the waves on a single point of the blocks that stand for grids of any size: low ones
// first, which only a large grid has.
var phis = [][3]float64{{.1, .1, .1}, {.4, .4, .4}, {.1, 1.6, .8}, {1.6, 1.6, 1.6}, {.4, 2.8, 2.8}, {2.8, 2.8, 2.8}}

// newObjective takes the waves of a box of n cells along each axis: twice, in a cycle that solves
// where the solver does and in one that goes down to two cells, since kernels that only suit one
// depth lose a fifth of their factor on another grid. With blocks there are also those of n
// points that a much larger grid has, block by block.
func newObjective(problem Problem, p *parameters, n, cycles int, blocks bool, seed uint64) *objective {
	o := &objective{p: p, a: problem.weights()}
	rng := rand.New(rand.NewPCG(seed, 0x666f7572696572))
	add := func(bottom int) {
		h := o.hs[len(o.hs)-1]
		z := make([]complex128, h.levels[0].count)
		for i := range z {
			sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
			z[i] = complex(cos, sin)
		}
		r := run{h: len(o.hs) - 1, z: scaled(z, 1/math.Sqrt(float64(len(z)))), u: make([]complex128, len(z))}
		for range cycles {
			r.visits = append(r.visits, h.newVisit(0, bottom, p.spec.Pre, p.spec.Post))
		}
		o.runs = append(o.runs, r)
	}
	box := newHierarchy(problem.Dim, n, p.spec.Gamma, p.sines, [3]float64{math.Pi, math.Pi, math.Pi}, 2)
	o.hs = append(o.hs, box)
	deep := len(box.levels) - 1
	if box.solved > 0 {
		add(box.solved)
	} else {
		add(deep)
	}
	add(deep)
	if blocks {
		for _, phi := range phis {
			h := newHierarchy(problem.Dim, n, p.spec.Gamma, [3]bool{}, phi, 1)
			o.hs = append(o.hs, h)
			add(len(h.levels) - 1)
		}
	}
	return o
}

// set takes the numbers.
func (o *objective) set(x []float64) {
	list := o.p.kernels(x)
	for _, h := range o.hs {
		h.set(o.a, func(l int) *kernels { return list[o.p.number(l)] })
	}
}

// evaluate computes the loss and its gradient at x.
func (o *objective) evaluate(x []float64) {
	if slices.Equal(x, o.x) {
		return
	}
	o.x = append(o.x[:0], x...)
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
		r.bars = o.hs[r.h].newBars()
		for c := len(r.visits) - 1; c >= 0; c-- {
			r.visits[c].uncycle(r.u, r.bars)
		}
	})
	grads := make([]*kernels, o.p.spec.Levels)
	for n := range grads {
		grads[n] = o.p.zeros()
	}
	for i, h := range o.hs {
		var all []bars
		for _, r := range o.runs {
			switch {
			case r.h != i:
			case all == nil:
				all = r.bars
			default:
				for n := range all {
					all[n].add(&r.bars[n])
				}
			}
		}
		h.back(all, func(l int) *kernels { return grads[o.p.number(l)] })
	}
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

// radius is ρ(M), by power iteration of 100 cycles, a geometric mean over the last 30: the largest
// on all sets of waves.
func (o *objective) radius(x []float64) float64 {
	const cycles, window = 100, 30
	o.set(x)
	o.each(func(r *run) {
		copy(r.u, r.z)
		r.log = 0
		for k := range cycles {
			v := r.visits[0]
			if v.cycle(r.u); k >= cycles-window {
				r.log += math.Log(v.size) / window
			}
		}
	})
	most := math.Inf(-1)
	for _, r := range o.runs {
		if most = max(most, r.log); math.IsNaN(r.log) {
			return math.Inf(1)
		}
	}
	return math.Exp(most)
}
