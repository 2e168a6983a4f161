package aggregation

import (
	"math"
	"math/rand/v2"
	"testing"
)

// graph is the matrix Σ over edges w (x_i − x_j)², plus the sums of rows.
func graph(n int, edges map[[2]int]float64, sums func(i int) float64) *Matrix {
	rows := make([]map[int]float64, n)
	a := &Matrix{Diagonal: make([]float64, n), Start: make([]int, 1, n+1)}
	for i := range rows {
		rows[i] = map[int]float64{}
		a.Diagonal[i] = sums(i)
	}
	for e, w := range edges {
		rows[e[0]][e[1]], rows[e[1]][e[0]] = -w, -w
	}
	for i, row := range rows {
		for j := range n {
			if v, ok := row[j]; ok {
				a.Column, a.Value = append(a.Column, int32(j)), append(a.Value, v)
				a.Diagonal[i] -= v
			}
		}
		a.Start = append(a.Start, len(a.Column))
	}
	return a
}

func dot(x, y []float64) (sum float64) {
	for i, v := range x {
		sum += v * y[i]
	}
	return sum
}

// steps of flexible conjugate gradients to 1e-8, at most 200.
func steps(t *testing.T, a *Matrix, b []float64) int {
	t.Helper()
	h, err := New(a)
	if err != nil {
		t.Fatal(err)
	}
	n := a.Len()
	r := append([]float64{}, b...)
	z, p, q := make([]float64, n), make([]float64, n), make([]float64, n)
	first := math.Sqrt(dot(r, r))
	pq := 1.0
	for k := range 200 {
		if !(math.Sqrt(dot(r, r)) > 1e-8*first) {
			return k
		}
		h.Apply(z, r)
		beta := -dot(z, q) / pq
		for i := range p {
			p[i] = z[i] + beta*p[i]
		}
		a.product(q, p)
		pq = dot(p, q)
		alpha := dot(p, r) / pq
		for i := range r {
			r[i] -= alpha * q[i]
		}
	}
	return 200
}

// Graphs that are no grids: random edges with weights over 12 decades, parts that are not
// connected, unknowns without couplings, singular matrices, and a single unknown.
func TestGraphs(t *testing.T) {
	one := func(int) float64 { return 1 }
	none := func(int) float64 { return 0 }
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		n := 300 + rng.IntN(1500)
		edges := map[[2]int]float64{}
		for i := 1; i < n; i++ {
			if i%97 == 0 {
				continue // parts that are not connected
			}
			edges[[2]int{i - 1, i}] = math.Pow(10, 12*rng.Float64()-6)
			if j := i - 2 - rng.IntN(20); j >= i/97*97 {
				edges[[2]int{j, i}] = math.Pow(10, 12*rng.Float64()-6)
			}
		}
		b := make([]float64, n)
		for i := range b {
			b[i] = rng.NormFloat64()
		}
		if k := steps(t, graph(n, edges, one), b); k > 45 {
			t.Errorf("seed %d: %d steps", seed, k)
		}
		x := append([]float64{}, b...)
		for e, w := range edges {
			edges[e] = math.Sqrt(w) // sums of rows are 0 but for rounding: over 12 decades this is as much as weak couplings
		}
		a := graph(n, edges, none)
		if a.Diagonal[n-1] == 0 {
			continue // alone
		}
		a.product(b, x) // data that have a solution
		if k := steps(t, a, b); k > 30 {
			t.Errorf("seed %d, singular: %d steps", seed, k)
		}
	}
	if k := steps(t, graph(1, nil, one), []float64{3}); k != 1 {
		t.Errorf("one unknown: %d steps", k)
	}
	if k := steps(t, graph(3000, nil, one), make([]float64, 3000)); k != 0 {
		t.Errorf("data 0: %d steps", k)
	}
	alone := make([]float64, 3000)
	alone[7] = 1
	if k := steps(t, graph(3000, nil, func(i int) float64 { return float64(i + 1) }), alone); k != 1 {
		t.Errorf("unknowns without couplings: %d steps", k)
	}
}

// Closed parts of every size become single aggregates on one level or another, rows of zeros
// that must not spoil the correction of the others.
func TestClosedParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	edges := map[[2]int]float64{}
	n := 0
	for size := 2; n < 4000; size = size*3/2 + 1 {
		for range max(1, 200/size) {
			for i := 1; i < size; i++ {
				edges[[2]int{n + i - 1, n + i}] = 1 + rng.Float64()
				if i > 7 {
					edges[[2]int{n + i - 7, n + i}] = 1 + rng.Float64()
				}
			}
			n += size
		}
	}
	a := graph(n, edges, func(int) float64 { return 0 })
	x, b := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	a.product(b, x)
	if k := steps(t, a, b); k > 20 {
		t.Errorf("%d steps", k)
	}
}

// The coarse matrix is Pᵀ A P, entry by entry.
func TestCoarse(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	n := 200
	edges := map[[2]int]float64{}
	for range 600 {
		if i, j := rng.IntN(n), rng.IntN(n); i < j {
			edges[[2]int{i, j}] = rng.Float64()
		}
	}
	a := graph(n, edges, func(int) float64 { return rng.Float64() })
	a.sums = a.rowSums()
	group, c := a.aggregate()
	if c.Len() > n/2 {
		t.Errorf("%d aggregates of %d; want half at most", c.Len(), n)
	}
	if err := c.check(); err != nil {
		t.Fatal(err)
	}
	e, want, got := make([]float64, c.Len()), make([]float64, c.Len()), make([]float64, c.Len())
	fine, image := make([]float64, n), make([]float64, n)
	for range 5 {
		for i := range e {
			e[i] = rng.NormFloat64()
		}
		for i, g := range group {
			fine[i] = 0
			if g >= 0 {
				fine[i] = e[g]
			}
		}
		a.product(image, fine)
		clear(want)
		for i, g := range group {
			if g >= 0 {
				want[g] += image[i]
			}
		}
		c.product(got, e)
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-12 {
				t.Fatalf("row %d: %g; want %g", i, got[i], want[i])
			}
		}
	}
}

// Matrices that are none are refused.
func TestRefused(t *testing.T) {
	for name, a := range map[string]*Matrix{
		"no starts":   {Diagonal: []float64{1}},
		"0":           {Diagonal: []float64{0}, Start: []int{0, 0}},
		"NaN":         {Diagonal: []float64{math.NaN()}, Start: []int{0, 0}},
		"column":      {Diagonal: []float64{1, 1}, Start: []int{0, 1, 1}, Column: []int32{2}, Value: []float64{1}},
		"diagonal":    {Diagonal: []float64{1, 1}, Start: []int{0, 1, 1}, Column: []int32{0}, Value: []float64{1}},
		"value":       {Diagonal: []float64{1, 1}, Start: []int{0, 1, 1}, Column: []int32{1}, Value: []float64{math.Inf(1)}},
		"rows cross":  {Diagonal: []float64{1, 1}, Start: []int{0, 1, 0}},
		"rows beyond": {Diagonal: []float64{1, 1}, Start: []int{0, 9, 0}},
		"no values":   {Diagonal: []float64{1, 1}, Start: []int{0, 1, 1}, Column: []int32{1}},
	} {
		if _, err := New(a); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
