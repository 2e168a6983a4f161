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
// over a few z whose coefficients all have the size 1 and random signs: the mean over all
// z would be ‖M^k‖_F²/N, and e^L tends to ρ(M) as k grows. The z live on several sets of waves,
// see [newObjective].
type objective[T number] struct {
	p    *parameters
	a    []float64 // the finest A over its diagonal
	hs   []*hierarchy[T]
	runs []run[T]

	x, grad []float64 // of the last evaluation
	loss    float64
}

// measure is an objective of either kind of numbers. Its slices are its own.
type measure interface {
	evaluate(x []float64) (loss float64, grad []float64)
	// radius is ρ(M), the largest on all sets of waves.
	radius(x []float64) float64
	// begin makes errors that are slow for x count for as much as all others, in z.
	begin(x []float64)
}

// run is what becomes of one z.
type run[T number] struct {
	h      int // the hierarchy that it lives on
	z, u   []T // at the start, of norm 1, and now
	visits []*visit[T]
	log    float64 // log ‖M^k z‖
	bars   []bars[T]
}

// sets are the waves that an objective looks at.
type sets struct {
	n      int  // cells along each axis of a box, and waves of a block
	blocks bool // also waves of much larger grids
	deep   int  // waves along each axis of blocks of the lowest waves; 0 is none
}

// phis are the waves on a single point of the blocks that stand for grids of any size: low ones
// first, which only a large grid has.
var phis = [][3]float64{{.1, .1, .1}, {.4, .4, .4}, {.1, 1.6, .8}, {1.6, 1.6, 1.6}, {.4, 2.8, 2.8}, {2.8, 2.8, 2.8}}

// lowest of phis are those of deep blocks.
const lowest = 2

// newObjective takes the waves of a box of n cells along each axis: twice, in a cycle that solves
// where the solver does and in one that goes down to two cells, since kernels that only suit one
// depth lose a fifth of their factor on another grid. With blocks there are also those of n
// points that a much larger grid has, block by block.
func newObjective(problem Problem, p *parameters, s sets, cycles int, seed uint64) measure {
	if p.even {
		return objectiveOf[float64](problem, p, s, cycles, seed)
	}
	return objectiveOf[complex128](problem, p, s, cycles, seed)
}

func objectiveOf[T number](problem Problem, p *parameters, s sets, cycles int, seed uint64) *objective[T] {
	o := &objective[T]{p: p, a: problem.weights()}
	rng := rand.New(rand.NewPCG(seed, 0x666f7572696572))
	add := func(bottom int) {
		h := o.hs[len(o.hs)-1]
		z := make([]T, h.levels[0].count)
		for i := range z {
			z[i] = of[T](float64(2*int(rng.Uint64()>>63) - 1))
		}
		r := run[T]{h: len(o.hs) - 1, z: scaled(z, 1/norm(z)), u: make([]T, len(z))}
		for range cycles {
			r.visits = append(r.visits, h.newVisit(0, bottom, p.spec.Pre, p.spec.Post))
		}
		o.runs = append(o.runs, r)
	}
	box := newHierarchy[T](problem.Dim, s.n, p.spec.Gamma, p.sines, [3]float64{math.Pi, math.Pi, math.Pi}, 2)
	o.hs = append(o.hs, box)
	deep := len(box.levels) - 1
	if box.solved > 0 {
		add(box.solved)
	} else {
		add(deep)
	}
	add(deep)
	block := func(n int, phis [][3]float64) {
		for _, phi := range phis {
			h := newHierarchy[T](problem.Dim, n, p.spec.Gamma, [3]bool{}, phi, 1)
			o.hs = append(o.hs, h)
			add(len(h.levels) - 1)
		}
	}
	if s.blocks {
		block(s.n, phis)
	}
	if s.deep > 0 {
		block(s.deep, phis[:lowest])
	}
	return o
}

// set takes the numbers.
func (o *objective[T]) set(x []float64) {
	o.x = append(o.x[:0], x...)
	list := o.p.kernels(x)
	for _, h := range o.hs {
		h.set(o.a, func(l int) *kernels { return list[o.p.number(l)] })
	}
}

func (o *objective[T]) begin(x []float64) {
	const cycles = 30
	o.set(x)
	o.each(func(r *run[T]) {
		copy(r.u, r.z)
		for range cycles {
			r.visits[0].cycle(r.u)
		}
		if size := norm(r.u); math.IsNaN(size) || math.IsInf(size, 0) {
			return
		}
		for i, v := range r.u {
			r.z[i] += v
		}
		scaled(r.z, 1/norm(r.z))
	})
}

func (o *objective[T]) evaluate(x []float64) (loss float64, grad []float64) {
	if slices.Equal(x, o.x) && o.grad != nil {
		return o.loss, o.grad
	}
	o.set(x)
	o.each(func(r *run[T]) {
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
	o.each(func(r *run[T]) {
		// ∂L/∂u is weight ū/‖u‖² with the last u, of norm 1.
		conjugate(scaled(r.u, math.Exp(2*(r.log-most))/sum/k))
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
		var all []bars[T]
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
	return o.loss, o.grad
}

// each works on all runs, on all cores.
func (o *objective[T]) each(do func(r *run[T])) {
	parallel.For(len(o.runs), 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			do(&o.runs[i])
		}
	})
}

// radius is by power iteration of 100 cycles, a geometric mean over the last 30.
func (o *objective[T]) radius(x []float64) float64 {
	const cycles, window = 100, 30
	o.set(x)
	o.grad = nil
	o.each(func(r *run[T]) {
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
