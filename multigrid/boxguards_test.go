package multigrid

// Special cases of the levels: lines and rows without an inverse, weights that are none,
// axes that stay.

import (
	"math"
	"testing"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// A closed line that couples only with itself maps constants to 0; but for rounding its last
// pivot is 0. Its relaxation changes u no more than g does.
func TestLinesOfNoInverse(t *testing.T) {
	for _, sides := range [][2]pde.Boundary{{pde.Neumann, pde.Neumann}, {pde.Periodic, pde.Periodic}} {
		for d := range 2 {
			grid := square(t, 8)
			grid.Sides[d] = sides
			a := fluxOperator(t, grid, func(e int, x [3]int) float64 {
				if e == d {
					return .1 * float64(1+(7*x[0]+3*x[1])%5)
				}
				return 0
			}, 0)
			b := boxOf(a)
			b.r, b.u, b.g = pde.NewField[float64](grid), pde.NewField[float64](grid), pde.NewField[float64](grid)
			b.makeScratch()
			b.relaxLines(d)
			b.g.Randomize(4)
			for _, stage := range b.stages {
				stage.do()
			}
			if most := largest(b.u); !(most < 1e3*largest(b.g)) {
				t.Errorf("sides %v along axis %d: |u| up to %g for |g| up to %g", sides, d, most, largest(b.g))
			}
		}
	}
}

// Convection makes rows symmetric by weights that grow from point to point, which are no
// volumes; rounding makes none.
func TestWeightsOfRows(t *testing.T) {
	if b := boxOf(convected(t, square(t, 64), 64, 0)); b.symmetrize() || b.scale != nil {
		t.Error("weights of 2⁶² count as volumes")
	}
	if b := boxOf(convected(t, square(t, 16), 16, 0)); !b.symmetrize() || b.scale == nil {
		t.Error("weights up to 2¹⁴ count as none")
	}
	third, sum := .3, .1 // 0.1 + 0.2 is not 0.3
	sum += .2
	a, err := stencil.Constant(square(t, 8), stencil.Plane([3][3]float64{{0, -sum, 0}, {-third, 2, -sum}, {0, -third, 0}}))
	if err != nil {
		t.Fatal(err)
	}
	if b := boxOf(a); !b.symmetrize() || b.scale != nil {
		t.Errorf("couplings that differ by rounding have the weights %v", b.scale)
	}
}

// A periodic axis of fewer than four points stays: both neighbours of a point would be one.
func TestShortPeriodicAxisStays(t *testing.T) {
	for n, want := range map[int]int{2: 2, 3: 3, 4: 2, 5: 3} {
		grid := mustGrid(t, []int{n, 257}, []float64{1, 1})
		grid.Sides[0] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
		b := newBox(grid)
		if !b.coarsen(false) {
			t.Fatalf("%d points: no coarser level", n)
		}
		if got := b.coarser.n; got != [3]int{want, 128, 1} {
			t.Errorf("%d points around: the coarser level has %v; want %d along x, 128 along y", n, got, want)
		}
	}
}

// The right side that tolerances are relative to has the boundary values in it, extended
// into the interior.
func TestBlackBoxRightSide(t *testing.T) {
	grid := square(t, 16)
	a := rotated(t, grid, 30, .1)
	f, err := newBlackBox(a, Settings{Components: boxPoints}, BlackBox{})
	if err != nil {
		t.Fatal(err)
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.FillBoundary(func(x, y, _ float64) float64 { return math.Sin(5*x) + y*y })
	g.Randomize(1)
	e, r := u.Clone(), pde.NewField[float64](grid)
	e.ExtendBoundary()
	if err := a.Residual(r, e, g); err != nil {
		t.Fatal(err)
	}
	u.Randomize(2) // the interior counts nowhere
	if err := f.bind(u, g); err != nil {
		t.Fatal(err)
	}
	data, _ := f.start(cycle.Cycle{})
	if want := norm(r); !(math.Abs(data.b-want) <= 1e-12*want) {
		t.Errorf("the norm is %g; want %g", data.b, want)
	}
}

// Faces of which one of two conducts nothing are a jump without bound; where neither
// conducts there is none.
func TestLookAtClosedFaces(t *testing.T) {
	grid := square(t, 16)
	for _, c := range []struct {
		closed func(x int) bool
		want   float64
	}{
		{func(int) bool { return false }, 1},
		{func(x int) bool { return x == 8 }, math.Inf(1)},
		{func(int) bool { return true }, 1},
	} {
		var along [3]*pde.Field[float64]
		for d := range 2 {
			along[d] = pde.NewField[float64](grid)
			for j := range grid.Inner(1) + 2 {
				for i := range grid.Inner(0) + 2 {
					if d == 1 || !c.closed(i) {
						along[d].Set(i, j, 0, 1)
					}
				}
			}
		}
		if l := lookAtFaces(along); l.jump != c.want {
			t.Errorf("a jump of %g; want %g", l.jump, c.want)
		}
	}
}

// The couplings of an operator by faces are the means of its coefficients.
func TestCouplingsOfFaces(t *testing.T) {
	grid := square(t, 8)
	var along [3]*pde.Field[float64]
	for d, v := range []float64{50, 2} {
		along[d] = pde.NewField[float64](grid)
		for i := range along[d].Data() {
			along[d].Data()[i] = v / (grid.H[d] * grid.H[d])
		}
	}
	a, err := stencil.Faces(grid, along, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := couplings(a); !(math.Abs(c[0]/c[1]-25) < 1e-12) {
		t.Errorf("couplings %v; want 25 times as strong along x", c)
	}
}
