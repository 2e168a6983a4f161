package multigrid

import (
	"context"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Bytes of the legs of cycles in units of arrays, counted by hand: those of the
// grid (N) and of the next coarser one (C).
func TestModelOfPasses(t *testing.T) {
	unit, _ := pde.Unit(2, 64)
	inPlace, jacobi := RedBlack{Omega: 1.15}, Jacobi{Omega: .8}
	for _, c := range []struct {
		what     string
		smoother Smoother
		level    int
		key      leg
		N, C     int64
	}{
		// u, g read; u written; g of the coarse grid written.
		{"down", inPlace, 0, leg{after: 1, restrict: true}, 3, 1},
		{"down twice smoothed", inPlace, 0, leg{after: 2, restrict: true}, 3, 1},
		// u is not read where it begins as 0.
		{"down from zero", inPlace, 1, leg{after: 1, clear: true, restrict: true}, 2, 1},
		// u, g read, nothing written but g of the coarse grid.
		{"down, not smoothed", inPlace, 0, leg{restrict: true}, 2, 1},
		// u, g and u of the coarse grid read; u written.
		{"up", inPlace, 0, leg{before: 1, prolong: true, norms: true}, 3, 1},
		{"up, coarser grid", inPlace, 1, leg{before: 1, prolong: true}, 3, 1},
		// g is of no interest.
		{"up, not smoothed, coarser grid", inPlace, 1, leg{prolong: true}, 2, 1},
		{"turn", inPlace, 0, leg{before: 1, after: 1, restrict: true, prolong: true, norms: true}, 3, 2},
		{"norm", inPlace, 0, leg{norms: true}, 2, 0},
		{"start", inPlace, 0, leg{start: true, norms: true}, 2, 0},
		{"start of a full cycle", inPlace, 0, leg{restrict: true, start: true, norms: true}, 2, 1},
		// u of the coarse grid is read too.
		{"down, interpolated", inPlace, 1, leg{after: 1, cubic: true, restrict: true}, 3, 2},
		{"down, interpolated to zero", inPlace, 1, leg{after: 1, clear: true, cubic: true, restrict: true}, 2, 2},
		// u → v → u: v is written, and not read from memory.
		{"down, at once", jacobi, 0, leg{after: 1, restrict: true}, 4, 1},
		{"up, at once", jacobi, 0, leg{before: 2, prolong: true, norms: true}, 4, 1},
		// A stencil corrects u by v = r, whose rows stay in a ring: u, g read, u written.
		{"down, by a stencil", StencilSmoother{"B", byKernel(func(pde.Grid) (k stencil.Kernel) { return k })}, 0, leg{after: 1, restrict: true}, 3, 1},
		// Vertex by vertex every stage is a walk: the sweep 3, the residual 2.
		{"down, in order", GaussSeidel{}, 0, leg{after: 1, restrict: true}, 5, 1},
	} {
		check := func(size, got int64, fine, coarse pde.Grid) {
			if want := size * (c.N*int64(fine.Vertices()) + c.C*int64(coarse.Vertices())); got != want {
				t.Errorf("%s, values of %d bytes: %d bytes, want %d", c.what, size, got, want)
			}
		}
		d, err := newHierarchy[float64](stencil.Laplacian(unit), Components{Smoother: c.smoother})
		if err != nil {
			t.Fatal(err)
		}
		s, err := newHierarchy[float32](stencil.Laplacian(unit), Components{Smoother: c.smoother})
		if err != nil {
			t.Fatal(err)
		}
		d.bind(pde.NewField[float64](unit), pde.NewField[float64](unit))
		s.bind(pde.NewField[float32](unit), pde.NewField[float32](unit))
		d.lift = pde.NewLift(d.levels[0].u, [3]float64{1, 1})
		s.lift = d.lift
		fine, coarse := d.levels[c.level].Grid, d.levels[c.level+1].Grid
		var sum8, sum4 int64
		for _, p := range d.levels[c.level].passes(d.levels[c.level].stages(c.key), false) {
			sum8 += p.bytes
		}
		for _, p := range s.levels[c.level].passes(s.levels[c.level].stages(c.key), false) {
			sum4 += p.bytes
		}
		check(8, sum8, fine, coarse)
		check(4, sum4, fine, coarse)
	}
}

// A solve of three V(1,1)-cycles on 32² and 16² cells and, solved directly, 8²,
// counted by hand.
func TestWork(t *testing.T) {
	unit, _ := pde.Unit(2, 32)
	s := DefaultSettings()
	s.RelTol, s.MaxCycles = 0, 3
	solver, err := NewSolver(stencil.Laplacian(unit), s)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := pde.Lookup("ones", 2)
	u, g := discretize(t, p, unit)
	solve := func() {
		t.Helper()
		if _, err := solver.Solve(context.Background(), u, g); err != nil {
			t.Fatal(err)
		}
	}
	solve()
	if w := solver.Work(); w != nil {
		t.Errorf("not measured, but %v", w)
	}
	const a, b, c, inner = 33 * 33, 17 * 17, 9 * 9, 7 * 7
	want := []LevelWork{
		// ‖b‖ and ‖r‖ at the start; down, two turns, up.
		{Passes: 1 + 4, Bytes: 8 * (2*a + (3*a + b) + 2*(3*a+2*b) + (3*a + b))},
		// Three times down from zero and up.
		{Passes: 6, Bytes: 8 * 3 * ((2*b + c) + (3*b + c))},
		// Three times from zero: g read, u written, the inverse read.
		{Passes: 3, Bytes: 8 * 3 * (2*c + inner*inner)},
	}
	for range 2 { // it begins at zero each time
		solver.Measure(true)
		solve()
		got := solver.Work()
		if len(got) != len(want) {
			t.Fatalf("work on %d grids, want %d", len(got), len(want))
		}
		for l, w := range got {
			if w.Grid.N[0] != 32>>l || w.Passes != want[l].Passes || w.Bytes != want[l].Bytes || !(w.Seconds > 0) {
				t.Errorf("grid %d: %+v, want %d passes, %d bytes", l, w, want[l].Passes, want[l].Bytes)
			}
		}
	}
	solver.Measure(false)
	solve()
	if w := solver.Work(); w != nil {
		t.Errorf("no longer measured, but %v", w)
	}
}
