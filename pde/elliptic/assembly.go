package elliptic

// The integrated equation: the balance of a control volume, for all of them.

import (
	"mgtool/internal/parallel"
	"mgtool/pde"
)

// assembly holds an equation on its way to a linear system. The equation is integrated
// over the control volume of each unknown x,
//
//	Σ_faces −a ∂u/∂n |face| + (b·∇u + c u) |volume| = g |volume|,
//
// and divided by the nominal volume: what the control volume would be if all cells had
// the mean width, half of it at each Neumann side that a vertex lies on. On equal widths
// a row then is the usual difference quotient, and on any widths the matrix becomes
// symmetric, but for b, when the rows of vertices on Neumann sides are halved.
type assembly struct {
	e             Equation
	grid          pde.Grid
	axes          [3]axis
	cells, points [3]int // numbers of the cells, and of the points of the closed box

	a     [3]*values // of ∂²/∂x_d²
	xy    *values    // nil: none
	b     [3]*values // nil: none
	c     *values
	value [3][2]*values // of the conditions
	alpha [3][2]*values

	state  []State // of the points of the closed box; nil: all Inside
	inside []bool  // which cells exist; nil: all

	u        *pde.Field[float64]    // values on Dirichlet sides and at Fixed points
	faces    [3]*pde.Field[float64] // f_d(x) of the face below x: a |face| / (distance · nominal), as stencil.Faces has it
	reaction *pde.Field[float64]    // what multiplies u(x), but for the faces
	given    []entry                // what conditions and fixed points add to the right side
	singular bool                   // constants are in the null space
}

// entry is a number for a place in the memory of a field.
type entry struct {
	at int
	v  float64
}

// exists reports that a cell belongs to the domain.
func (s *assembly) exists(i, j, k int) bool {
	return s.inside == nil || s.inside[(k*s.axes[1].cells+j)*s.axes[0].cells+i]
}

// share is the part of the control volume of x that exists over the nominal volume.
func (s *assembly) share(x [3]int) float64 {
	if s.inside == nil {
		share := 1.0
		for d := range s.grid.Dim() {
			share *= s.axes[d].volume(x[d]) / s.axes[d].nominal(x[d])
		}
		return share
	}
	var room [3][2]part
	var sum float64
	for _, p := range s.axes[0].parts(room[0][:0], x[0]) {
		for _, q := range s.axes[1].parts(room[1][:0], x[1]) {
			for _, r := range s.axes[2].parts(room[2][:0], x[2]) {
				if s.exists(p.cell, q.cell, r.cell) {
					sum += p.length * q.length * r.length
				}
			}
		}
	}
	for d := range s.grid.Dim() {
		sum /= s.axes[d].nominal(x[d])
	}
	return sum
}

// react fills the reaction with c, and the given numbers with what the sides give.
func (s *assembly) react() error {
	s.reaction = pde.NewField[float64](s.grid)
	lo, hi := s.grid.Inside(0)
	var first earliest
	parallel.For(s.grid.RowCount(), 1+4096/s.grid.N[0], func(from, to int) {
		for row := from; row < to; row++ {
			j, k := s.grid.RowAt(row)
			out := s.reaction.Row(j, k)[lo:hi]
			if err := s.row(s.c, out, j, k); err != nil {
				first.note(row, err)
				return
			}
			s.weigh(out, j, k)
		}
	})
	return first.err
}

// weigh multiplies values of row (j, k) by the shares of the control volumes, 0 at points
// that are not unknowns.
func (s *assembly) weigh(row []float64, j, k int) {
	if s.state == nil && s.grid.Stretch == nil && s.inside == nil {
		return // all shares are 1
	}
	lo, _ := s.grid.Inside(0)
	for i := range row {
		x := [3]int{lo + i, j, k}
		if s.stateAt(x) != Inside {
			row[i] = 0
			continue
		}
		row[i] *= s.share(x)
	}
}

// twice is 2 where x lies on a Neumann side across d: the face within is whole, the
// volume only half.
func (s *assembly) twice(d int, x [3]int) float64 {
	if s.axes[d].onSide(x[d]) {
		return 2
	}
	return 1
}
