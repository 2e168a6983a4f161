package tool

// The flux of a solution at the points where it is written.

import (
	"mgtool/pde"
	"mgtool/pde/elliptic"
	"mgtool/pde/file"
)

// PartFlux is what flows out through a part of the boundary: a side, as x-, or mask, the
// given points of a mask.
type PartFlux struct {
	Through string  `json:"through"`
	Flux    float64 `json:"flux"`
}

// FluxOut lists the fluxes of the Balance, none without one.
func (r *SolveReport) FluxOut() (list []PartFlux) {
	b := r.Balance
	if b == nil {
		return nil
	}
	for d := range r.Grid.Dim() {
		for end, sign := range []string{"-", "+"} {
			if r.Grid.Sides[d][end] != pde.Periodic {
				list = append(list, PartFlux{"xyz"[d:d+1] + sign, b.Sides[d][end]})
			}
		}
	}
	if b.Fixed != 0 {
		list = append(list, PartFlux{"mask", b.Fixed})
	}
	return list
}

// pointFlux is −a ∇u at the points of the closed box, from the fluxes through faces that
// the equation balances: the mean of the two faces beside a point, or on a side what flows
// through the face nearest to it.
func pointFlux(s *elliptic.System) (v file.Vector, err error) {
	u := s.U
	faces, err := s.Flux(u)
	if err != nil {
		return v, err
	}
	v.Name = "flux"
	for d := range u.Dim() {
		f := pde.NewField[float64](u.Grid)
		q := faces[d]
		step := [3]int{}
		step[d] = 1
		last := u.Inner(d)
		lo, hi := u.Inside(0)
		for r := range u.RowCount() {
			j, k := u.RowAt(r)
			for i := lo; i < hi; i++ {
				below, above := q.At(i, j, k), q.At(i+step[0], j+step[1], k+step[2])
				at := [3]int{i, j, k}[d]
				switch onSide := !u.Cells; { // a Neumann side lies on its unknowns
				case onSide && at == 1 && u.Sides[d][0] == pde.Neumann:
					above = below
				case onSide && at == last && u.Sides[d][1] == pde.Neumann:
					below = above
				}
				f.Set(i, j, k, below/2+above/2)
			}
		}
		extend(f, q, d)
		f.FillGhosts()
		v.Components = append(v.Components, f)
	}
	return v, nil
}

// extend gives the points on Dirichlet sides the flux of the nearest face, along d, or
// that of their neighbours inside. Axis d comes first: a corner has such a neighbour then.
func extend(f, q *pde.Field[float64], d int) {
	if f.Cells {
		return
	}
	for n := range f.Dim() {
		e := (d + n) % f.Dim()
		for end, ghost := range [2]int{0, f.Inner(e) + 1} {
			if f.Sides[e][end] != pde.Dirichlet {
				continue
			}
			from, at := f, max(1, ghost-1) // the neighbour
			if e == d {
				from, at = q, max(1, ghost) // the face between it and the side
			}
			var lo, hi [3]int
			for c := range lo {
				lo[c], hi[c] = f.Box(c)
			}
			lo[e], hi[e] = ghost, ghost+1
			for k := lo[2]; k < hi[2]; k++ {
				for j := lo[1]; j < hi[1]; j++ {
					for i := lo[0]; i < hi[0]; i++ {
						x := [3]int{i, j, k}
						x[e] = at
						f.Set(i, j, k, from.At(x[0], x[1], x[2]))
					}
				}
			}
		}
	}
}
