package fourier

// The objective: how much is left of random errors after many cycles.

import (
	"math"
	"math/rand/v2"
	"slices"

	"mgtool/internal/parallel"
	"mgtool/pde/stencil"
)

// objective is the loss of numbers x,
//
//	L(x) = 1/2k log mean_z ‖M^k z‖²/‖z‖²
//
// over a few z whose coefficients all have the size 1 and random signs: the mean over all
// z would be ‖M^k‖_F²/N, and e^L tends to ρ(M) as k grows. The z live on several sets of waves,
// see [newObjective].
type objective[T number] struct {
	p      *parameters
	cycles int
	a      []float64 // the finest A over its diagonal
	hs     []*hierarchy[T]
	runs   []run[T]
	box    *box // instead of a box on waves, if that is not nil

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

// lowest are those of deep blocks, along a diagonal and near an axis, where kernels that suit the
// one may be slow on the other.
var lowest = [][3]float64{{.4, .4, .4}, {.4, 1.6, .8}}

// mirrored are waves φ with those that they become when an axis is reflected or two axes are
// exchanged, as far as these are not the same for the kernels at hand.
func (p *parameters) mirrored(phis [][3]float64) (list [][3]float64) {
	have := map[[3]float64]bool{} // with all that are the same
	for _, phi := range phis {
		for d := p.dim; d < 3; d++ {
			phi[d] = 0
		}
		for _, m := range motions(p.dim, stencil.Kernel{}) {
			to := turned(m, phi)
			if have[to] {
				continue
			}
			list = append(list, to)
			for _, same := range p.symmetries {
				have[turned(same, to)] = true
			}
		}
	}
	return list
}

func turned(m [3][3]int, phi [3]float64) (to [3]float64) {
	for d := range 3 {
		for e := range 3 {
			to[d] += float64(m[d][e]) * phi[e]
		}
	}
	return to
}

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
	o := &objective[T]{p: p, cycles: cycles, a: problem.weights()}
	rng := rand.New(rand.NewPCG(seed, 0x666f7572696572))
	add := func(bottom int) {
		h := o.hs[len(o.hs)-1]
		z := make([]T, h.levels[0].count)
		for i := range z {
			z[i] = of[T](float64(2*int(rng.Uint64()>>63) - 1))
		}
		r := run[T]{h: len(o.hs) - 1, z: scaled(z, 1/norm(z)), u: make([]T, len(z))}
		var first *visit[T]
		for range cycles {
			r.visits = append(r.visits, h.newVisit(0, bottom, p.spec.Pre, p.spec.Post, first))
			first = r.visits[0]
		}
		o.runs = append(o.runs, r)
	}
	if p.sine() {
		box := newHierarchy[T](problem.Dim, s.n, p.spec.Gamma, p.sines, [3]float64{}, 2)
		o.hs = append(o.hs, box)
		deep := len(box.levels) - 1
		if box.solved > 0 {
			add(box.solved)
		} else {
			add(deep)
		}
		add(deep)
	} else {
		o.box = newBox(problem, p, s.n, cycles, func() float64 { return float64(2*int(rng.Uint64()>>63) - 1) })
	}
	block := func(n int, phis [][3]float64) {
		for _, phi := range p.mirrored(phis) {
			h := newHierarchy[T](problem.Dim, n, p.spec.Gamma, [3]bool{}, phi, 1)
			o.hs = append(o.hs, h)
			add(len(h.levels) - 1)
		}
	}
	if s.blocks {
		block(s.n, phis)
	}
	if s.deep > 0 {
		block(s.deep, lowest)
	}
	return o
}

// set takes the numbers.
func (o *objective[T]) set(x []float64) {
	o.x = append(o.x[:0], x...)
	list := o.p.kernels(x)
	at := func(l int) *kernels { return list[o.p.number(l)] }
	for _, h := range o.hs {
		h.set(o.a, at)
	}
	if o.box != nil {
		o.box.set(o.a, at)
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
		both(r.z, r.u)
	}, func(b *box) {
		copy(b.u, b.z)
		for range cycles {
			b.visits[0].cycle(b.u)
		}
		both(b.z, b.u)
	})
}

// both makes z, of norm 1, as much of u.
func both[T number](z, u []T) {
	if size := norm(u); math.IsNaN(size) || math.IsInf(size, 0) {
		return
	}
	for i, v := range u {
		z[i] += v
	}
	scaled(z, 1/norm(z))
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
	}, func(b *box) {
		copy(b.u, b.z)
		b.log = 0
		for _, v := range b.visits {
			v.cycle(b.u)
			b.log += math.Log(v.size)
		}
	})
	var logs []float64
	for _, r := range o.runs {
		logs = append(logs, r.log)
	}
	if o.box != nil {
		logs = append(logs, o.box.log)
	}
	most, sum := slices.Max(logs), 0.0
	for _, l := range logs {
		sum += math.Exp(2 * (l - most))
	}
	k := float64(o.cycles)
	o.loss = (most + .5*math.Log(sum/float64(len(logs)))) / k
	grads := make([]*kernels, o.p.spec.Levels)
	for n := range grads {
		grads[n] = o.p.zeros()
	}
	of := func(l int) *kernels { return grads[o.p.number(l)] }
	o.each(func(r *run[T]) {
		// ∂L/∂u is weight ū/‖u‖² with the last u, of norm 1.
		conjugate(scaled(r.u, math.Exp(2*(r.log-most))/sum/k))
		r.bars = o.hs[r.h].newBars()
		for c := len(r.visits) - 1; c >= 0; c-- {
			r.visits[c].uncycle(r.u, r.bars)
		}
	}, func(b *box) {
		b.back(scaled(b.u, math.Exp(2*(b.log-most))/sum/k), of)
	})
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
		h.back(all, of)
	}
	o.grad = append(o.grad[:0], x...)
	o.p.gradient(o.grad, grads)
	return o.loss, o.grad
}

// each works on all runs and on the box, on all cores.
func (o *objective[T]) each(do func(r *run[T]), boxed func(b *box)) {
	n := len(o.runs)
	if o.box != nil {
		n++
	}
	parallel.For(n, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			if i < len(o.runs) {
				do(&o.runs[i])
			} else {
				boxed(o.box)
			}
		}
	})
}

// radius is by power iteration of 120 cycles: a geometric mean over the last 48, with weights
// sin² as in package bridge/spectrum, which a complex pair of eigenvalues does not disturb.
func (o *objective[T]) radius(x []float64) float64 {
	const cycles, window = 120, 48
	o.set(x)
	o.grad = nil
	mean := func(cycle func() float64) (log float64) {
		for k := range cycles {
			if size := cycle(); k >= cycles-window {
				sin := math.Sin(math.Pi * float64(k-cycles+window+1) / (window + 1))
				log += sin * sin * math.Log(size) / ((window + 1) / 2.)
			}
		}
		return log
	}
	o.each(func(r *run[T]) {
		copy(r.u, r.z)
		v := r.visits[0]
		r.log = mean(func() float64 { v.cycle(r.u); return v.size })
	}, func(b *box) {
		copy(b.u, b.z)
		v := b.visits[0]
		b.log = mean(func() float64 { v.cycle(b.u); return v.size })
	})
	logs := []float64{math.Inf(-1)}
	for _, r := range o.runs {
		logs = append(logs, r.log)
	}
	if o.box != nil {
		logs = append(logs, o.box.log)
	}
	most := slices.Max(logs) // NaN if one is
	if math.IsNaN(most) {
		return math.Inf(1)
	}
	return math.Exp(most)
}
