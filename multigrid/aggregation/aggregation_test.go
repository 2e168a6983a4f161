package aggregation

import (
	"math"
	"math/rand/v2"
	"runtime"
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

// meshed is a mesh of n by n unknowns whose weights are 1 or 10⁶ at random; with long, the first
// and the last couple.
func meshed(n int, long bool) *Matrix {
	rng := rand.New(rand.NewPCG(7, 7))
	a := &Matrix{Diagonal: make([]float64, n*n), Start: make([]int, 1, n*n+1)}
	right, up := make([]float64, n*n), make([]float64, n*n)
	for i := range right {
		right[i], up[i] = math.Pow(1e6, float64(rng.IntN(2))), math.Pow(1e6, float64(rng.IntN(2)))
	}
	for i := range n * n {
		x, y := i%n, i/n
		add := func(ok bool, j int, w float64) {
			if ok {
				a.Column, a.Value = append(a.Column, int32(j)), append(a.Value, -w)
				a.Diagonal[i] += w
			}
		}
		a.Diagonal[i] = 1
		add(y > 0, i-n, up[max(i-n, 0)])
		add(long && i == n*n-1, 0, 1)
		add(x > 0, i-1, right[max(i-1, 0)])
		add(x < n-1, i+1, right[i])
		add(long && i == 0, n*n-1, 1)
		add(y < n-1, i+n, up[i])
		for s := len(a.Column) - 1; s > a.Start[i] && a.Column[s-1] > a.Column[s]; s-- { // the long one of the last row
			a.Column[s], a.Column[s-1] = a.Column[s-1], a.Column[s]
			a.Value[s], a.Value[s-1] = a.Value[s-1], a.Value[s]
		}
		a.Start = append(a.Start, len(a.Column))
	}
	return a
}

// In the order of blocks the matrix is the same one, no two blocks of a half couple on any level,
// and aggregates are numbered by their first unknowns, on which that rests.
func TestBlocks(t *testing.T) {
	const n = 100
	a := meshed(n, false)
	b, of, from := a.alternate()
	if len(of) != 9 || len(from) != 8 {
		t.Fatalf("blocks begin at %v, rows at %v; want 8 of 1,250", of, from)
	}
	if err := b.check(); err != nil {
		t.Fatal(err)
	}
	x, want, moved, got := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
	for i := range x {
		x[i] = math.Sin(float64(i))
	}
	a.product(want, x)
	for k, at := range from {
		copy(moved[of[k]:of[k+1]], x[at:])
	}
	b.product(got, moved)
	for k, at := range from {
		for i := range of[k+1] - of[k] {
			if w := want[at+i]; math.Abs(got[of[k]+i]-w) > 1e-9*math.Abs(w)+1e-9 {
				t.Fatalf("row %d: %g; want %g", at+i, got[of[k]+i], w)
			}
		}
	}
	h, err := New(a)
	if err != nil {
		t.Fatal(err)
	}
	levels := 0
	for _, l := range h.levels {
		if of := l.sweeps.of; of != nil {
			levels++
			half := len(of) / 2
			number := func(i int) (k int) {
				for of[k+1] <= i {
					k++
				}
				return k
			}
			for i := range l.a.Len() {
				for _, c := range l.a.Column[l.a.Start[i]:l.a.Start[i+1]] {
					if p, q := number(i), number(int(c)); p != q && (p < half) == (q < half) {
						t.Fatalf("rows %d and %d of blocks %d and %d couple, of a level of %v", i, c, p, q, of)
					}
				}
			}
		}
		if l.group != nil {
			for g, first := 1, l.firsts(); g < len(first); g++ {
				if first[g] <= first[g-1] {
					t.Fatalf("aggregate %d begins at %d, the one before at %d", g, first[g], first[g-1])
				}
			}
		}
	}
	if levels < 1 {
		t.Errorf("blocks on %d levels; want some", levels)
	}
	if _, of, _ := meshed(n, true).alternate(); of == nil {
		t.Error("a coupling of the first block with the last, which is relaxed after it: no blocks")
	}
	far := meshed(n, false)
	far.Column[0] = 3 * 1250 // of row 0, not in the order that check wants
	far.Column[1] = 2*1250 + 7
	if _, of, _ := far.alternate(); len(of) == 9 {
		t.Error("blocks 0 and 2 couple, and are relaxed together")
	}
}

// The correction has the same bits on any number of cores, also where the rows are in blocks.
func TestBlocksOnCores(t *testing.T) {
	const n = 150
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b := make([]float64, n*n)
	for i := range b {
		b[i] = math.Cos(float64(i * i))
	}
	var first []float64
	for _, cores := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(cores)
		h, err := New(meshed(n, false))
		if err != nil {
			t.Fatal(err)
		}
		if h.levels[0].sweeps.of == nil {
			t.Fatal("no blocks")
		}
		x := make([]float64, n*n)
		for range 3 {
			h.Apply(x, b)
		}
		if first == nil {
			first = x
		}
		for i, v := range x {
			if v != first[i] {
				t.Fatalf("%d cores: %g at %d; want %g", cores, v, i, first[i])
			}
		}
	}
}

// On a graph Laplacian pairs are those of heavy-edge matching with weights divided by degrees,
// w_ij (1/d_i + 1/d_j), as in Graclus: each node in turn takes the free neighbour with the
// heaviest edge.
func TestPairsAreHeavyEdges(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	const n = 60
	edges := map[[2]int]float64{}
	for i := range n {
		for range 2 {
			if j := r.IntN(n); j != i {
				edges[[2]int{min(i, j), max(i, j)}] = 1 + r.Float64()
			}
		}
	}
	a := graph(n, edges, func(int) float64 { return 0 })
	a.sums = a.rowSums()
	group, _ := a.pairs(a.Diagonal)
	partner := make([]int, n)
	for i := range partner {
		partner[i] = -1
	}
	count := 0
	for i := range n {
		if partner[i] >= 0 {
			continue
		}
		best, heaviest := i, 2./worst // lighter edges join nothing
		for k := a.Start[i]; k < a.Start[i+1]; k++ {
			j := int(a.Column[k])
			if w := -a.Value[k] * (1/a.Diagonal[i] + 1/a.Diagonal[j]); partner[j] < 0 && w > heaviest {
				best, heaviest = j, w
			}
		}
		partner[i], partner[best] = best, i
		if best != i {
			count++
		}
	}
	for i, j := range partner {
		if group[i] != group[j] {
			t.Errorf("%d and %d are in aggregates %d and %d; want them in one", i, j, group[i], group[j])
		}
	}
	if count < n/3 {
		t.Errorf("%d pairs of %d nodes; the test tells little", count, n)
	}
}
