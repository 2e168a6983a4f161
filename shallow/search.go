package shallow

// The neuron that is most correlated with a residual.
//
// Along one direction ω all biases are tried at once: with t_i = ω·x_i and v_i = w_i r_i,
//
//	⟨ReLU^k(ω·x − τ), r⟩ = S_k(τ),   S_p(τ) = Σ_{t_i ≥ τ} v_i (t_i − τ)^p,
//
// and S_0 … S_k at one edge of a fine mesh of τ follow from those at the next,
//
//	S_p(τ) = Σ_{τ ≤ t_i < τ+δ} v_i (t_i − τ)^p + Σ_q C(p, q) δ^{p−q} S_q(τ+δ),
//
// so that a direction takes one pass over the points.

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"mgtool/internal/parallel"
)

// neuron is a candidate with |⟨σ, r⟩|.
type neuron struct {
	omega []float64
	b     float64
	gain  float64
}

// search finds neurons.
type search struct {
	Points
	a          Activation
	directions int
	edges      int         // of the mesh of τ
	moments    [][]float64 // of each worker
}

const (
	// beyond is how far before the cube a kink may be: there ReLU^k is a polynomial on it.
	beyond = 1.0
	// refined is how many of the best directions are refined, each tries times: by random
	// steps, half as long after steady failures in a row.
	refined, tries, steady = 3, 48, 6
)

func newSearch(p Points, a Activation, directions int) *search {
	s := &search{Points: p, a: a, directions: directions, edges: 1024}
	if p.Dim == 1 && a.kind == reluPower {
		s.edges = 1 << 14
	}
	return s
}

// best is the neuron of the largest gain that was found. In one dimension there are two
// directions.
func (s *search) best(r []float64, rng *rand.Rand) neuron {
	v := make([]float64, len(r))
	for i, w := range s.W {
		v[i] = w * r[i]
	}
	var list []neuron
	if s.Dim == 1 {
		list = []neuron{{omega: []float64{1}}, {omega: []float64{-1}}}
		s.scan(list, v)
	} else {
		list = make([]neuron, s.directions)
		for i := range list {
			list[i].omega = unit(rng, s.Dim)
		}
		s.scan(list, v)
		byGain(list)
		list = s.refine(list[:min(refined, len(list))], v, rng)
	}
	byGain(list)
	return s.polish(list[0], v)
}

func byGain(list []neuron) {
	slices.SortStableFunc(list, func(a, b neuron) int { return cmp.Compare(b.gain, a.gain) })
}

// refine walks from each neuron uphill, by random steps of its direction.
func (s *search) refine(list []neuron, v []float64, rng *rand.Rand) []neuron {
	step, failures := make([]float64, len(list)), make([]int, len(list))
	for i := range step {
		step[i] = 0.5 / math.Sqrt(float64(s.directions)) * float64(s.Dim)
	}
	next := make([]neuron, len(list))
	for range tries {
		for i, n := range list {
			omega := unit(rng, s.Dim)
			scale(omega, step[i])
			for d := range omega {
				omega[d] += n.omega[d]
			}
			scale(omega, 1/math.Sqrt(dot(omega, omega)))
			next[i] = neuron{omega: omega}
		}
		s.scan(next, v)
		for i, n := range next {
			if n.gain > list[i].gain {
				list[i], failures[i] = n, 0
			} else if failures[i]++; failures[i] == steady {
				step[i], failures[i] = step[i]/2, 0
			}
		}
	}
	return list
}

// scan sets the best bias along each direction, and the gain.
func (s *search) scan(list []neuron, v []float64) {
	for len(s.moments) < parallel.Workers() {
		s.moments = append(s.moments, make([]float64, s.edges*(s.a.power+1)))
	}
	parallel.Each(len(list), func(worker, i int) { s.along(&list[i], v, s.moments[worker]) })
}

// along is scan for one direction.
func (s *search) along(n *neuron, v, moments []float64) {
	lo, hi := -beyond, 0.0 // ω·x of the cube, and before it
	for _, w := range n.omega {
		lo, hi = lo+min(w, 0), hi+max(w, 0)
	}
	delta := (hi - lo) / float64(s.edges)
	n.gain = -1
	k := s.a.power
	if s.a.kind != reluPower {
		k = 0
	}
	clear(moments)
	inverse := 1 / delta
	for i := range v {
		t := dot(n.omega, s.X[i*s.Dim:(i+1)*s.Dim])
		e := min(int((t-lo)*inverse), s.edges-1)
		at, m := t-(lo+delta*float64(e)), v[i]
		row := moments[e*(k+1):][:k+1]
		for p := range row {
			row[p] += m
			m *= at
		}
	}
	if s.a.kind != reluPower {
		s.convolve(n, moments, lo, delta)
		return
	}
	var sums [mostPower + 1]float64 // S_p at the edge above
	for e := s.edges - 1; e >= 0; e-- {
		var here [mostPower + 1]float64
		for p := range k + 1 {
			here[p] = moments[e*(k+1)+p]
			factor := 1.0 // C(p, q) δ^{p−q}
			for q := p; q >= 0; q-- {
				here[p] += factor * sums[q]
				factor *= delta * float64(q) / float64(p-q+1)
			}
		}
		sums = here
		if gain := math.Abs(sums[k]); gain > n.gain {
			n.gain, n.b = gain, -(lo + delta*float64(e))
		}
	}
}

// convolve tries all biases of a σ that has no recurrence, with what lies in a cell of the mesh
// in its middle,
//
//	⟨σ(ω·x − τ_j), r⟩ ≈ Σ_e m_e σ((e − j + ½) δ),
//
// whose error is of second order in δ.
func (s *search) convolve(n *neuron, masses []float64, lo, delta float64) {
	table := make([]float64, 2*s.edges)
	for i := range table {
		table[i] = s.a.At((float64(i-s.edges) + 0.5) * delta)
	}
	for j := range s.edges {
		if gain := math.Abs(dot(masses[:s.edges], table[s.edges-j:])); gain > n.gain {
			n.gain, n.b = gain, -(lo + delta*float64(j))
		}
	}
}

// polish finds the best bias between the neighbours of the one on the mesh, by golden
// sections.
func (s *search) polish(n neuron, v []float64) neuron {
	gain := func(b float64) float64 {
		var sums [blocks]float64
		parallel.Blocks(s.Len(), blocks, func(block, lo, hi int) {
			sum := 0.0
			for i := lo; i < hi; i++ {
				sum += v[i] * s.a.At(dot(n.omega, s.X[i*s.Dim:(i+1)*s.Dim])+b)
			}
			sums[block] = sum
		})
		total := 0.0
		for _, sum := range sums {
			total += sum
		}
		return math.Abs(total)
	}
	n.gain = gain(n.b)
	width := (float64(s.Dim) + beyond) / float64(s.edges)
	lo, hi := n.b-width, n.b+width
	const golden = 0.6180339887498949
	x, y := hi-golden*(hi-lo), lo+golden*(hi-lo)
	fx, fy := gain(x), gain(y)
	for range 16 {
		if fx > fy {
			hi, y, fy = y, x, fx
			x = hi - golden*(hi-lo)
			fx = gain(x)
		} else {
			lo, x, fx = x, y, fy
			y = lo + golden*(hi-lo)
			fy = gain(y)
		}
	}
	for _, c := range []struct{ b, gain float64 }{{x, fx}, {y, fy}} {
		if c.gain > n.gain {
			n.b, n.gain = c.b, c.gain
		}
	}
	return n
}
