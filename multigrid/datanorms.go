package multigrid

// Norms of the data that need them as fields.

import (
	"math"
	"sync/atomic"

	"mgtool/internal/parallel"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// size is the norm of the unknowns of x that the settings ask for.
func (s *Solver) size(x *pde.Field[float64]) float64 {
	if s.settings.Norm == Norm2 {
		return norm(x)
	}
	return largest(x)
}

// largest is max |x| over the unknowns, or a NaN.
func largest(x *pde.Field[float64]) (most float64) {
	inner := x.Inner(0)
	for row := range x.RowCount() {
		for _, v := range x.Row(x.RowAt(row))[1 : 1+inner] {
			most = max(most, math.Abs(v))
		}
	}
	return most
}

// residualSize is the size of g − A u.
func (s *Solver) residualSize(u, g *pde.Field[float64]) float64 {
	if s.spare == nil {
		s.spare = pde.NewField[float64](s.linear.grid())
	}
	if s.linear.Residual(s.spare, u, g) != nil {
		return math.NaN()
	}
	return s.size(s.spare)
}

// dataSizes are the norms of the data by the settings; those in the Euclidean norm say which
// are 0. Unknowns that couple with no other, as of the points that a mask gives, take their
// values in E: what they are does not make the others any larger.
func (s *Solver) dataSizes(two dataNorms) (data dataNorms) {
	u, g := s.linear.bound()
	data.g = s.size(g)
	if data.b = data.g; two.edge == 0 && !s.lone {
		return data
	}
	e := u.Clone()
	e.FillInterior(func(_, _, _ float64) float64 { return 0 })
	for _, v := range e.Data() {
		if finite(v) { // unused corners may be anything
			data.edge = max(data.edge, math.Abs(v))
		}
	}
	if data.edge != 0 {
		e.ExtendBoundary()
	}
	eachLone(s.a, func(i, j, k int, d float64) bool {
		e.Set(i, j, k, g.At(i, j, k)/d)
		return true
	})
	e.FillGhosts()
	data.b = s.residualSize(e, g)
	return data
}

// eachLone calls each, on all cores, with the unknowns that couple with no other and their
// diagonal, unless that is 0, until it returns false.
func eachLone(a stencil.Operator, each func(i, j, k int, diagonal float64) bool) {
	grid, to := a.Grids()
	if _, constant := a.Kernel(); constant || grid != to {
		return
	}
	var centre []*pde.Field[float64] // they add up to the diagonal of lone unknowns
	var beside []*pde.Field[float64] // their couplings, at the offset of the next list
	var at [][3]int
	if along, reaction, ok := a.Faces(); ok {
		for d := range grid.Dim() {
			var up [3]int
			up[d] = 1
			beside, at = append(beside, along[d], along[d]), append(at, [3]int{}, up)
		}
		centre = append(centre, reaction)
	} else {
		for o, f := range a.Coefficients() {
			switch {
			case f == nil:
			case stencil.Offset(o) == [3]int{}:
				centre = append(centre, f)
			default:
				beside, at = append(beside, f), append(at, [3]int{})
			}
		}
	}
	if len(centre) == 0 || centre[0] == nil {
		return
	}
	var ends atomic.Bool
	parallel.For(grid.RowCount(), 1+unitWork/grid.Inner(0), func(lo, hi int) {
		rows := make([][]float64, len(beside))
		for row := lo; row < hi && !ends.Load(); row++ {
			j, k := grid.RowAt(row)
			for n, f := range beside {
				rows[n] = f.Row(j+at[n][1], k+at[n][2])[at[n][0]:]
			}
		points:
			for i := 1; i <= grid.Inner(0); i++ {
				for _, c := range rows {
					if c[i] != 0 {
						continue points
					}
				}
				if d := centre[0].At(i, j, k); d != 0 && !each(i, j, k, d) {
					ends.Store(true)
					return
				}
			}
		}
	})
}

// hasLone reports whether an unknown couples with no other.
func hasLone(a stencil.Operator) bool {
	var found atomic.Bool
	eachLone(a, func(int, int, int, float64) bool {
		found.Store(true)
		return false
	})
	return found.Load()
}
