package elliptic

import (
	"math"
	"testing"

	"mgtool/pde"
)

// direct solves A u = g by elimination of the assembled matrix, without the solver of the
// project: rows are eliminated in the order of memory within the envelope of the matrix.
// A singular system, which pin says it is, gets a 1 more on its first diagonal entry: its
// solution then is the one that is 0 there.
func direct(t *testing.T, s *System, pin bool) {
	t.Helper()
	// On Dirichlet sides of vertices A reads ghosts: they go to the right side.
	grid := s.U.Grid
	lift, zero := pde.NewField[float64](grid), s.U.Clone()
	lo, hi := grid.Inside(0)
	grid.Rows(func(j, k int) { clear(zero.Row(j, k)[lo:hi]) })
	for d := range grid.Dim() { // images of unknowns are none of the given values
		if grid.Sides[d][0] == pde.Periodic {
			clearGhosts(zero, d)
		}
	}
	if err := s.A.Apply(lift, zero); err != nil {
		t.Fatal(err)
	}
	rhs, given := s.G.Interior(), lift.Interior()
	for i := range rhs {
		rhs[i] -= given[i]
	}
	matrix, err := s.A.Matrix()
	if err != nil {
		t.Fatal(err)
	}
	n := len(rhs)
	band := 0
	matrix.DoNonZero(func(i, j int, _ float64) { band = max(band, i-j, j-i) })
	width := 2*band + 1
	a := make([]float64, n*width) // a[i][j−i+band]
	matrix.DoNonZero(func(i, j int, v float64) { a[i*width+j-i+band] += v })
	if pin {
		a[band]++
	}
	for i := range n {
		pivot := a[i*width+band]
		if pivot == 0 {
			t.Fatalf("pivot %d is 0", i)
		}
		above := a[i*width+band : i*width+band+1+min(band, n-1-i)]
		for r := i + 1; r <= min(i+band, n-1); r++ {
			below := a[r*width+i-r+band:][:len(above)]
			if below[0] == 0 {
				continue
			}
			f := below[0] / pivot
			for c := range above {
				below[c] -= f * above[c]
			}
			rhs[r] -= f * rhs[i]
		}
	}
	for i := n - 1; i >= 0; i-- {
		for c := i + 1; c <= min(i+band, n-1); c++ {
			rhs[i] -= a[i*width+c-i+band] * rhs[c]
		}
		rhs[i] /= a[i*width+band]
	}
	at := 0
	for r := range grid.RowCount() {
		j, k := grid.RowAt(r)
		at += copy(s.U.Row(j, k)[lo:hi], rhs[at:])
	}
	s.U.FillGhosts()
}

func clearGhosts(f *pde.Field[float64], d int) {
	var lo, hi [3]int
	for e := range lo {
		lo[e], hi[e] = f.Inside(e)
		if e < f.Dim() {
			lo[e], hi[e] = lo[e]-1, hi[e]+1
		}
	}
	for k := lo[2]; k < hi[2]; k++ {
		for j := lo[1]; j < hi[1]; j++ {
			for i := lo[0]; i < hi[0]; i++ {
				if at := [3]int{i, j, k}[d]; at == lo[d] || at == hi[d]-1 {
					f.Set(i, j, k, 0)
				}
			}
		}
	}
}

func newGrid(t *testing.T, n []int, size []float64) pde.Grid {
	t.Helper()
	h := make([]float64, len(n))
	for d := range h {
		h[d] = size[d] / float64(n[d])
	}
	g, err := pde.NewGrid(n, h)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func discretize(t *testing.T, e Equation) *System {
	t.Helper()
	s, err := e.Discretize()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// worst is the largest error at the unknowns, and rms the root of the mean of squares;
// for solutions up to a constant the mean error is subtracted first.
func worst(s *System, exact func(x, y, z float64) float64, upToConstant bool) (largest, rms float64) {
	grid := s.U.Grid
	var errors []float64
	mean := 0.0
	lo, hi := grid.Inside(0)
	for r := range grid.RowCount() {
		j, k := grid.RowAt(r)
		for i := lo; i < hi; i++ {
			e := s.U.At(i, j, k) - exact(grid.Coordinate(0, i), grid.Coordinate(1, j), grid.Coordinate(2, k))
			errors = append(errors, e)
			mean += e
		}
	}
	if mean /= float64(len(errors)); !upToConstant {
		mean = 0
	}
	for _, e := range errors {
		largest = max(largest, math.Abs(e-mean))
		rms += (e - mean) * (e - mean)
	}
	return largest, math.Sqrt(rms / float64(len(errors)))
}
