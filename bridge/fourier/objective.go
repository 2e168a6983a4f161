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
// z would be ‖M^k‖_F²/N, and e^L tends to ρ(M) as k grows.
type objective struct {
	p      *parameters
	h      *hierarchy
	a      []float64 // the finest A over its diagonal
	starts [][]complex128
	cycles int

	x, grad []float64 // of the last evaluation
	loss    float64
}

func newObjective(problem Problem, p *parameters, n, cycles, starts int, seed uint64) *objective {
	o := &objective{p: p, h: newHierarchy(problem.Dim, n, p.spec.Gamma), a: problem.weights(), cycles: cycles}
	rng := rand.New(rand.NewPCG(seed, 0x666f7572696572))
	for range starts {
		z := make([]complex128, o.h.levels[0].count)
		for i := range z {
			sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
			z[i] = complex(cos, sin)
		}
		o.starts = append(o.starts, z)
	}
	return o
}

// evaluate computes the loss and its gradient at x.
func (o *objective) evaluate(x []float64) {
	if slices.Equal(x, o.x) {
		return
	}
	o.x = append(o.x[:0], x...)
	list := o.p.kernels(x)
	o.h.set(o.a, func(l int) *kernels { return list[o.p.number(l)] })

	logs := make([]float64, len(o.starts)) // log ‖M^k z‖
	errors := make([][]complex128, len(o.starts))
	records := make([][]*record, len(o.starts))
	parallel.For(len(o.starts), 1, func(lo, hi int) {
		for b := lo; b < hi; b++ {
			u := slices.Clone(o.starts[b])
			logs[b] -= .5 * math.Log(float64(len(u)))
			for range o.cycles {
				rec := new(record)
				records[b] = append(records[b], rec)
				u = o.h.cycle(u, rec)
				rec.size = normalise(u)
				logs[b] += math.Log(rec.size)
			}
			errors[b] = u
		}
	})
	most := slices.Max(logs)
	sum := 0.0
	for _, l := range logs {
		sum += math.Exp(2 * (l - most))
	}
	k := float64(o.cycles)
	o.loss = (most + .5*math.Log(sum/float64(len(logs)))) / k
	all := make([][]bars, len(o.starts))
	parallel.For(len(o.starts), 1, func(lo, hi int) {
		for b := lo; b < hi; b++ {
			// ∂L/∂u = weight u/‖u‖² for the last u, of norm 1; each cycle before was followed
			// by a division by its norm, which counts as constant.
			weight := math.Exp(2*(logs[b]-most)) / sum / k
			bar := scaled(errors[b], weight)
			all[b] = o.h.newBars()
			for c := o.cycles - 1; c >= 0; c-- {
				rec := records[b][c]
				bar = scaled(bar, 1/rec.size)
				bar = o.h.uncycle(bar, rec, all[b])
			}
		}
	})
	for _, one := range all[1:] {
		for n := range one {
			all[0][n].add(&one[n])
		}
	}
	grads := make([]*kernels, o.p.levels)
	for n := range grads {
		grads[n] = o.p.zeros()
	}
	o.h.back(all[0], func(l int) *kernels { return grads[o.p.number(l)] })
	o.grad = append(o.grad[:0], x...)
	o.p.gradient(o.grad, grads)
}

// normalise divides u by its norm, which it returns.
func normalise(u []complex128) float64 {
	size := 0.0
	for _, v := range u {
		size += realOf(v, v)
	}
	size = math.Sqrt(size)
	scaled(u, 1/size)
	return size
}
