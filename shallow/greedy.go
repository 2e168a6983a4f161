package shallow

// The orthogonal greedy algorithm.

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"mgtool/internal/parallel"
)

// Options say how a greedy approximation is made. The zero value has the usual values.
type Options struct {
	Terms      int    // n, at most; 0 is 64
	Directions int    // random ones at each step, of which the best are refined; 0 is 48 a dimension
	Seed       uint64 // of the random directions
	// Progress, if not nil, is called after each term with the relative error.
	Progress func(terms int, err float64)
}

// Approximation is what the greedy algorithm found.
type Approximation struct {
	Network *Network
	// Errors has ‖f − u_n‖/‖f‖ for n = 1, 2, …, in the inner product of the points.
	Errors []float64
}

// rounding is the relative error at which rounding ends the algorithm.
const rounding = 1e-13

// Greedy approximates f by the orthogonal greedy algorithm: with the residual r = f − u_{n−1},
//
//	(ω_n, b_n) = argmax |⟨σ(ω·x + b), r⟩|,   u_n = the projection of f on all neurons so far.
//
// The maximum is over unit directions ω and all b for which σ(ω·x + b) has its kink in the
// cube, or less than 1 before it. In one dimension the search is over all of them; in more it is
// random, with the best directions refined, so that another seed gives other networks. The same
// seed gives the same bits on any number of threads. It ends early when rounding is reached, or
// no neuron is left that is not already spanned.
func Greedy(ctx context.Context, f func(x []float64) float64, p Points, a Activation, o Options) (*Approximation, error) {
	if o.Terms == 0 {
		o.Terms = 64
	}
	if o.Directions == 0 {
		o.Directions = 48 * p.Dim
	}
	if o.Terms < 1 || o.Directions < 1 {
		return nil, fmt.Errorf("shallow: %d terms from %d directions; want 1 or more of both", o.Terms, o.Directions)
	}
	if o.Terms >= p.Len() {
		return nil, fmt.Errorf("shallow: %d terms on %d points; want fewer terms than points", o.Terms, p.Len())
	}
	r, err := p.values(f)
	if err != nil {
		return nil, err
	}
	size := p.norm(r)
	if size == 0 {
		return nil, fmt.Errorf("shallow: the function is 0 at all %d points; want another one", p.Len())
	}
	g := greedy{Points: p, a: a, net: &Network{Dim: p.Dim, Activation: a}, rng: rand.New(rand.NewPCG(o.Seed, 0x7368616c6c6f77))}
	result := &Approximation{Network: g.net}
	search := newSearch(p, a, o.Directions)
	for n := 1; n <= o.Terms; n++ {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		best := search.best(r, g.rng)
		if !g.add(best, r) {
			break
		}
		e := p.norm(r) / size
		result.Errors = append(result.Errors, e)
		if o.Progress != nil {
			o.Progress(n, e)
		}
		if e < rounding {
			break
		}
	}
	if len(result.Errors) == 0 {
		return nil, fmt.Errorf("shallow: no neuron of %v is correlated with the function", a)
	}
	g.weights()
	return result, nil
}

// greedy is the neurons so far as a QR factorisation: column i of neurons at the points is
// Σ_j q_j R_ji, with q orthonormal.
type greedy struct {
	Points
	a      Activation
	net    *Network
	rng    *rand.Rand
	q      [][]float64
	r      [][]float64 // column i has i+1 values
	target []float64   // ⟨q_i, f⟩
}

// dependent is the part of a neuron that must not lie in the span of the others.
const dependent = 1e-13

// add takes a neuron in and takes its part out of the residual; false if it is in the span of
// those that are there.
func (g *greedy) add(n neuron, residual []float64) bool {
	v, _ := g.values(func(x []float64) float64 { return g.a.At(dot(n.omega, x) + n.b) })
	size := g.norm(v)
	column := make([]float64, len(g.q)+1)
	for range 2 { // once leaves the rounding of nearly dependent columns
		for j, q := range g.q {
			c := g.inner(q, v)
			column[j] += c
			axpy(v, q, -c)
		}
	}
	left := g.norm(v)
	if !(left > dependent*size) {
		return false
	}
	column[len(g.q)] = left
	parallel.For(len(v), 4096, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			v[i] /= left
		}
	})
	c := g.inner(v, residual)
	axpy(residual, v, -c)
	g.q, g.r, g.target = append(g.q, v), append(g.r, column), append(g.target, c)
	g.net.Omega, g.net.B = append(g.net.Omega, n.omega...), append(g.net.B, n.b)
	return true
}

// weights solves R a = Qᵀ f.
func (g *greedy) weights() {
	n := len(g.q)
	a := make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		sum := g.target[i]
		for j := i + 1; j < n; j++ {
			sum -= g.r[j][i] * a[j]
		}
		a[i] = sum / g.r[i][i]
	}
	g.net.A = a
}

// axpy is y += c x.
func axpy(y, x []float64, c float64) {
	parallel.For(len(y), 4096, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			y[i] += c * x[i]
		}
	})
}

// unit is a random direction.
func unit(rng *rand.Rand, dim int) []float64 {
	v := make([]float64, dim)
	for {
		sum := 0.0
		for d := range v {
			v[d] = rng.NormFloat64()
			sum += v[d] * v[d]
		}
		if sum > 1e-12 {
			scale(v, 1/math.Sqrt(sum))
			return v
		}
	}
}

func scale(v []float64, c float64) {
	for i := range v {
		v[i] *= c
	}
}
