package elliptic

import (
	"math"
	"testing"

	"mgtool/pde"
)

// A box whose right part is cut off by a mask is the smaller box: with a Neumann side
// where the staircase lets no flux through, with a Dirichlet side where it is fixed.
func TestMaskIsSmallerBox(t *testing.T) {
	source := func(x, y, _ float64) float64 { return math.Exp(x) * (1 + y) }
	a := func(x, y, _ float64) float64 { return 1 + x*y }
	for _, fixed := range []bool{false, true} {
		for _, cells := range []bool{false, true} {
			if cells && fixed {
				continue // the value then sits in the centres of the cells outside
			}
			whole := newGrid(t, []int{12, 6}, []float64{2, 1})
			small := newGrid(t, []int{7, 6}, []float64{7. / 6, 1})
			whole.Cells, small.Cells = cells, cells
			e := Equation{Diffusion: Tensor{XX: Function(a)}, Reaction: Function(a), Source: Function(source)}
			e.Boundary[0][0].Value, e.Boundary[1][0] = Constant(1), Condition{Kind: pde.Neumann, Value: Constant(2)}
			e.Grid = small
			if e.Boundary[0][1] = (Condition{Value: Constant(3)}); !fixed {
				e.Boundary[0][1] = Condition{Kind: pde.Neumann}
			}
			want := discretize(t, e)
			direct(t, want, false)

			e.Boundary[0][1] = Condition{Value: Constant(7)} // does not matter
			e.Grid = whole
			e.Grid.Sides[1][0] = pde.Neumann
			e.Mask = Without(e.Grid, func(cell int) bool { return cell%12 >= 7 }, fixed)
			e.Mask.Value = Constant(3)
			got := discretize(t, e)
			direct(t, got, false)
			for j := 1; j <= want.U.Inner(1); j++ {
				for i := 1; i <= want.U.Inner(0); i++ {
					if u, v := got.U.At(i, j, 0), want.U.At(i, j, 0); math.Abs(u-v) > 1e-12 {
						t.Fatalf("fixed %v, cells %v: u(%d, %d) is %g with the mask, %g in the box", fixed, cells, i, j, u, v)
					}
				}
			}
		}
	}
}

// Points that are not in the domain have rows of the size of the others and keep their
// values; Absent ones are 0.
func TestRowsOutside(t *testing.T) {
	grid := newGrid(t, []int{6, 6}, []float64{1, 1})
	state := make([]State, 49)
	state[3*7+3], state[3*7+4] = Fixed, Absent
	s := discretize(t, Equation{Grid: grid, Source: Constant(1), Mask: &Mask{State: state, Value: Constant(5)}})
	direct(t, s, false)
	near(t, "u at the fixed point", s.U.At(3, 3, 0), 5, 1e-14)
	if v := s.U.At(4, 3, 0); v != 0 {
		t.Errorf("u at the absent point is %g; want 0", v)
	}
	_, diagonal, err := s.A.Diagonal()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{3, 4} {
		near(t, "the diagonal outside", diagonal.At(i, 3, 0), 4*36, 1e-14)
	}
	near(t, "the diagonal beside the fixed point", diagonal.At(2, 3, 0), 4*36, 1e-14)
	near(t, "the diagonal beside the absent point", diagonal.At(5, 3, 0), 3*36, 1e-14)
}

// A vertex without cells has a row of the size of the others.
func TestVertexWithoutCells(t *testing.T) {
	grid := newGrid(t, []int{6, 6}, []float64{1, 1})
	s := discretize(t, Equation{Grid: grid, Mask: Without(grid, func(c int) bool { return c%6 > 1 && c%6 < 5 && c/6 > 1 && c/6 < 5 }, false)})
	_, diagonal, err := s.A.Diagonal()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the diagonal of a vertex without cells", diagonal.At(3, 3, 0), 4*36, 1e-14)
	near(t, "the diagonal in the open", diagonal.At(1, 1, 0), 4*36, 1e-14)
	near(t, "the diagonal of a vertex with three cells", diagonal.At(2, 2, 0), 3*36, 1e-14)
	near(t, "the diagonal of a vertex with two cells", diagonal.At(2, 3, 0), 2*36, 1e-14)
}

// A domain may hang together through a periodic side.
func TestRegionThroughPeriodicSide(t *testing.T) {
	side := Condition{Kind: pde.Neumann}
	e := Equation{Grid: newGrid(t, []int{8, 4}, []float64{1, 1}), Boundary: [3][2]Condition{periodic(), {side, side}}}
	e.Grid.Sides[0] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
	e.Grid.Sides[1] = [2]pde.Boundary{pde.Neumann, pde.Neumann}
	e.Mask = &Mask{State: make([]State, 9*5)}
	for j := range 5 {
		e.Mask.State[9*j+4] = Absent
	}
	if s := discretize(t, e); !s.Singular() {
		t.Error("a region without given values is not singular")
	}
}

// A cell outside at the first side of a periodic axis fixes the vertices of the last one.
func TestMaskOnPeriodicSide(t *testing.T) {
	for axis := range 2 {
		e := Equation{Grid: newGrid(t, []int{6, 6}, []float64{1, 1}), Source: Constant(1)}
		e.Boundary[axis] = periodic()
		e.Mask = Without(e.Grid, func(c int) bool { return [2]int{c % 6, c / 6}[axis] == 0 && [2]int{c / 6, c % 6}[axis] == 2 }, true)
		e.Mask.Value = Constant(7)
		s := discretize(t, e)
		direct(t, s, false)
		for _, along := range []int{1, 6} {
			x := [2]int{along, 3}
			near(t, "u at a fixed vertex", s.U.At(x[axis], x[1-axis], 0), 7, 1e-13)
		}
	}
}

// A region that nothing anchors beside others is an error that says where.
func TestFloatingRegion(t *testing.T) {
	state := make([]State, 9*9)
	for j := range 9 {
		state[j*9+4] = Absent
	}
	side := Condition{Kind: pde.Neumann}
	e := Equation{
		Grid: newGrid(t, []int{8, 8}, []float64{1, 1}), Mask: &Mask{State: state},
		Boundary: [3][2]Condition{{{}, side}, {side, side}},
	}
	_, err := e.Discretize()
	wantError(t, err, "2 regions, and in that of the point (0.625, 0)")
	e.Boundary[0][1].Alpha = Constant(1)
	if s := discretize(t, e); s.Singular() {
		t.Error("a system with a Robin side in one region and a Dirichlet side in the other is singular")
	}
}
