package elliptic

import (
	"math"

	"mgtool/internal/parallel"
)

// Peclet is the largest cell Péclet number |b| h / 2a of central convection over the
// unknowns and their faces: what convection couples two neighbours by over what diffusion
// does. Above 1 a coefficient beside the diagonal has the wrong sign, and the solution may
// oscillate from cell to cell. It is 0 for first-order upwind convection.
func (s *System) Peclet() (float64, error) {
	a := s.assembly
	if a.e.Upwind != Central {
		return 0, nil
	}
	lo, hi := a.grid.Inside(0)
	largest := make([]float64, a.grid.RowCount())
	var first earliest
	parallel.For(len(largest), 1+4096/a.grid.N[0], func(from, to int) {
		var b [3][]float64
		for d := range b {
			b[d] = make([]float64, hi-lo)
		}
		for row := from; row < to; row++ {
			j, k := a.grid.RowAt(row)
			if err := a.flow(&b, j, k); err != nil {
				first.note(row, err)
				return
			}
			for i := lo; i < hi; i++ {
				for d := range a.grid.Dim() {
					largest[row] = max(largest[row], a.peclet(d, [3]int{i, j, k}, b[d][i-lo]))
				}
			}
		}
	})
	most := 0.0
	for _, p := range largest {
		most = max(most, p)
	}
	return most, first.err
}

// peclet is the larger number of the two faces of x along d.
func (s *assembly) peclet(d int, x [3]int, b float64) (most float64) {
	if b == 0 || s.stateAt(x) != Inside {
		return 0
	}
	for end, weight := range s.slopes(d, x, b) {
		face, y := x, x
		face[d] += end
		y[d] += 2*end - 1
		if _, closed := s.axes[d].side(face[d]); closed || s.stateAt(y) == Absent {
			continue
		}
		diffusion := math.Abs(s.twice(d, x) * s.faces[d].At(face[0], face[1], face[2]))
		most = max(most, math.Abs(weight)/(s.axes[d].distance(face[d])*diffusion))
	}
	return most
}
