package multigrid

import (
	"fmt"
	"strings"
	"testing"

	"mgtool/pde/stencil"
)

// Composed smoothers are checked with their parts, and say what they are.
func TestComposedSmoothers(t *testing.T) {
	grid := mustGrid(t, []int{32, 32}, []float64{1, 1})
	for _, c := range []struct {
		smoother Smoother
		want     string // in the error of a solver for −Δ
	}{
		{Apart{Jacobi{.8}, nil}, "nil"},
		{Apart{Sequence{}, Sequence{}}, "no smoother before"},
		{Apart{Jacobi{.8}, RedBlack{2.5}}, "2.5"},
		{Sequence{}, "empty"},
		{Sequence{Jacobi{-1}}, "-1"},
		{Sequence{Jacobi{.8}, nil}, "nil"},
		{ByLevel{}, "any level"},
		{ByLevel{[]Smoother{RedBlack{1}, Chebyshev{9}}, false}, "degree 9"},
		{Colours{[]float64{1}}, "1 weights"},
		{Colours{[]float64{1, 0}}, "omega 0"},
		{Colours{[]float64{1, 1, 1, 1}}, "want 2"},
		{Sequence{Jacobi{.8}, Lines{}}, "smoother line"},
		{Apart{Planes{}, Jacobi{.8}}, "smoother plane"},
	} {
		_, err := NewSolver(stencil.Laplacian(grid), krylovSettings(None, c.smoother))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: error %v; want one line with %q", c.smoother, err, c.want)
		}
	}
	mixed := krylovSettings(None, Apart{Jacobi{.8}, RedBlack{1}})
	mixed.Coarsening = BlackBox{}
	if _, err := NewSolver(stencil.Laplacian(grid), mixed); err == nil || !strings.Contains(err.Error(), "black-box") {
		t.Errorf("with black-box coarsening: error %v; want one that names it", err)
	}
}

// ExampleByLevel smooths on the finest grid with Jacobi before the coarse correction and
// with a sweep of two weights after it, and on all others with red-black Gauss–Seidel.
func ExampleByLevel() {
	fmt.Println(ByLevel{Smoothers: []Smoother{
		Apart{Pre: Jacobi{Omega: .8}, Post: Sequence{Colours{Omega: []float64{1.2, .9}}}},
		RedBlack{Omega: 1},
	}})
	// Output: by level: jacobi(0.8) before, (colours(1.2, 0.9)) after; rbgs
}
