package elliptic

// Gradients and fluxes of a solution, as the equation has them.

import (
	"fmt"

	"mgtool/pde"
)

// Gradient returns ∂u/∂x_d on the faces across each axis d, nil along axes that the grid
// does not have. The face below the unknown x has the index of x, the last one Inner(d)+1.
// It is the difference of the equation: between two neighbours, or what the condition says
// on a Neumann side and on the sides of a grid of cells. Next to a Dirichlet side of
// vertices it is the difference between the vertex on the side and the unknown, so the
// face lies half a cell inside; where a point is Absent it is 0.
func (s *System) Gradient(u *pde.Field[float64]) ([3]*pde.Field[float64], error) {
	return s.onFaces(u, s.assembly.difference)
}

// Flux returns the flux density −n_d·a ∇u through the same faces as [System.Gradient],
// positive along the axis, a mean over the whole face. Summed with [System.Area] over the
// faces of control volumes it is what the equation balances; see [System.Balance].
func (s *System) Flux(u *pde.Field[float64]) ([3]*pde.Field[float64], error) {
	a := s.assembly
	return s.onFaces(u, func(u *pde.Field[float64], d int, x [3]int) (float64, error) {
		q, err := a.through(u, d, x)
		return q / s.Area(d, x[0], x[1], x[2]), err
	})
}

// Area is the size of the face below the unknown (i, j, k) across axis d: 1 in one
// dimension.
func (s *System) Area(d, i, j, k int) float64 {
	area, x := 1.0, [3]int{i, j, k}
	for e := range x {
		if e != d {
			area *= s.assembly.axes[e].volume(x[e])
		}
	}
	return area
}

// accept refuses a field on another grid, and fills the ghosts of u.
func (s *assembly) accept(u *pde.Field[float64]) error {
	if u == nil || u.Grid != s.grid {
		return fmt.Errorf("elliptic: u is not on the grid of the system, %v; want its U or a field like it", s.grid)
	}
	u.FillGhosts()
	return nil
}

// onFaces evaluates f on all faces.
func (s *System) onFaces(u *pde.Field[float64], f func(u *pde.Field[float64], d int, x [3]int) (float64, error)) (out [3]*pde.Field[float64], err error) {
	a := s.assembly
	if err := a.accept(u); err != nil {
		return out, err
	}
	var first earliest
	for d := range a.grid.Dim() {
		out[d] = pde.NewField[float64](a.grid)
		a.eachFaceRow(d, func(row int, x [3]int, end int) {
			line := out[d].Row(x[1], x[2])
			for ; x[0] < end; x[0]++ {
				var err error
				if line[x[0]], err = f(u, d, x); err != nil {
					first.note(row, err)
					return
				}
			}
		})
	}
	return out, first.err
}

// difference is ∂u/∂x_d on the face below x.
func (s *assembly) difference(u *pde.Field[float64], d int, x [3]int) (float64, error) {
	below := x
	below[d]--
	if end, closed := s.axes[d].side(x[d]); closed {
		at := x // the unknown next to the side
		at[d] -= end
		if s.stateAt(at) == Absent {
			return 0, nil
		}
		given, slope, err := s.slope(d, end, at)
		return float64(2*end-1) * (given - slope*u.At(at[0], at[1], at[2])), err
	}
	if s.state != nil && (s.stateAt(x) == Absent || s.stateAt(below) == Absent) {
		return 0, nil
	}
	return (u.At(x[0], x[1], x[2]) - u.At(below[0], below[1], below[2])) / s.axes[d].distance(x[d]), nil
}

// through is the flux through the face below x, in the direction of the axis.
func (s *assembly) through(u *pde.Field[float64], d int, x [3]int) (float64, error) {
	if s.byCorners() {
		return s.halves(u, d, x)
	}
	slope, err := s.difference(u, d, x)
	if err != nil {
		return 0, err
	}
	at := x
	var a float64
	end, closed := s.axes[d].side(x[d])
	if closed {
		at[d] -= end
		a, err = s.sideConductance(d, end, at)
	} else if a = s.conductance(d, x); s.xy != nil {
		a, slope = 1, a*slope+s.crossed(u, d, x)
	}
	for e := range s.grid.Dim() {
		if e != d {
			a *= s.axes[e].nominal(x[e])
		}
	}
	return -a * slope, err
}

// crossed is the part of a_xy in the flux through the face below x, over the nominal size
// of the face: a_xy times the mean slope along the face in each cell that it lies in.
func (s *assembly) crossed(u *pde.Field[float64], d int, x [3]int) float64 {
	sum, e := 0.0, 1-d
	for end := range 2 {
		corner := [2]int{}
		corner[d], corner[e] = -1, 2*end-1
		axy, ok := s.cornered(x, corner)
		if below := x; ok && s.state != nil { // seen from x, its own state does not matter
			below[d]--
			ok = s.stateAt(x) != Absent && s.stateAt(below) != Absent
		}
		if !ok {
			continue
		}
		y, below, diagonal := x, x, x
		below[d]--
		y[e] += corner[e]
		diagonal[d]--
		diagonal[e] += corner[e]
		rise := u.At(y[0], y[1], y[2]) - u.At(x[0], x[1], x[2]) + u.At(diagonal[0], diagonal[1], diagonal[2]) - u.At(below[0], below[1], below[2])
		// (rise / 2h) · half a cell
		sum += axy * float64(corner[e]) * rise / 4
	}
	return sum / s.axes[e].nominal(x[e])
}

// Balance is what the equation balances over the control volumes of all unknowns.
type Balance struct {
	Sides  [3][2]float64 // flows out through each side
	Fixed  float64       // flows out into Fixed points
	Source float64       // ∫ g − b·∇u − c u, with g as [System.Project] left it
}

// Balance sums the fluxes of u through the outer faces of the control volumes of all
// unknowns, and the sources within. Next to a Dirichlet side of vertices the outer faces
// lie half a cell within the box. For the solution of the system
//
//	Σ Sides + Fixed = Source
//
// to rounding: nothing is lost between cells. Periodic sides have no part in it. It is an
// error for the Mehrstellen scheme, which has no fluxes.
func (s *System) Balance(u *pde.Field[float64]) (Balance, error) {
	var b Balance
	a := s.assembly
	if s.Equation.Scheme == Mehrstellen {
		return b, fmt.Errorf("elliptic: the balance of the Mehrstellen scheme, which has no fluxes; want finite volumes")
	}
	if err := a.accept(u); err != nil {
		return b, err
	}
	source, err := a.resolve("the source", s.Equation.Source, 0, finite)
	if err != nil {
		return b, err
	}
	lo, hi := a.grid.Inside(0)
	g, c, flow := make([]float64, hi-lo), make([]float64, hi-lo), [3][]float64{}
	for d := range flow {
		flow[d] = make([]float64, hi-lo)
	}
	for r := range a.grid.RowCount() {
		j, k := a.grid.RowAt(r)
		if err := a.row(source, g, j, k); err != nil {
			return b, err
		}
		if err := a.row(a.c, c, j, k); err != nil {
			return b, err
		}
		a.weigh(g, j, k)
		a.weigh(c, j, k)
		if err := a.flow(&flow, j, k); err != nil {
			return b, err
		}
		for i := lo; i < hi; i++ {
			x := [3]int{i, j, k}
			if a.stateAt(x) != Inside {
				continue
			}
			v := g[i-lo] - c[i-lo]*u.At(i, j, k)
			if s.projected != 0 {
				v -= s.projected * a.share(x)
			}
			volume := 1.0
			for d := range a.grid.Dim() {
				volume *= a.axes[d].nominal(x[d])
				if err := a.leaving(&b, u, d, x); err != nil {
					return b, err
				}
				for end, weight := range a.slopes(d, x, flow[d][i-lo]) {
					if weight == 0 {
						continue
					}
					face := x
					face[d] += end
					slope, err := a.difference(u, d, face)
					if err != nil {
						return b, err
					}
					v -= weight * slope
				}
			}
			b.Source += volume * v
		}
	}
	return b, nil
}

// leaving adds what leaves the domain through the faces of x along d.
func (s *assembly) leaving(b *Balance, u *pde.Field[float64], d int, x [3]int) error {
	for end := range 2 {
		face, y := x, x
		face[d] += end
		y[d] += 2*end - 1
		outer := s.grid.Sides[d][end] != pde.Periodic && x[d] == 1+end*(s.axes[d].inner-1)
		fixed := !outer && s.stateAt(y) == Fixed
		if !outer && !fixed {
			continue
		}
		q, err := s.through(u, d, face)
		if err != nil {
			return err
		}
		q *= float64(2*end - 1)
		if outer {
			b.Sides[d][end] += q
		} else {
			b.Fixed += q
		}
	}
	return nil
}
