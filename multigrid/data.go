package multigrid

// Data that no solve can take, by name, and their largest values.

import (
	"fmt"
	"math"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// notFinite names the first value of a field that is not a finite number: among the
// unknowns, and with sides also among the values on Dirichlet sides, without their edges.
func notFinite(name string, f *pde.Field[float64], sides bool) error {
	margin := [3]int{}
	for d := range f.Dim() {
		if sides && f.Sides[d][0] != pde.Periodic {
			margin[d] = 1
		}
	}
	var lo, hi [3]int
	for d := range 3 {
		lo[d], hi[d] = f.Inside(d)
	}
	for k := lo[2] - margin[2]; k < hi[2]+margin[2]; k++ {
		for j := lo[1] - margin[1]; j < hi[1]+margin[1]; j++ {
			for i := lo[0] - margin[0]; i < hi[0]+margin[0]; i++ {
				beyond := 0
				for d, at := range [3]int{i, j, k} {
					if at < lo[d] || at >= hi[d] {
						beyond++
					}
				}
				if v := f.At(i, j, k); beyond < 2 && !finite(v) {
					return fmt.Errorf("%s%v is %g", name, [3]int{i, j, k}, v)
				}
			}
		}
	}
	return nil
}

// notFiniteIn names the coefficient of A that makes its norm no number.
func notFiniteIn(a stencil.Operator, norm float64) error {
	for o, f := range a.Coefficients() {
		if f != nil {
			if err := notFinite(fmt.Sprintf("that at offset %v", stencil.Offset(o)), f, false); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("their sum is %g; want a finite number", norm)
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

// largestResidual is max |g − A u|.
func (s *Solver) largestResidual(u, g *pde.Field[float64]) float64 {
	if s.spare == nil {
		s.spare = pde.NewField[float64](s.linear.grid())
	}
	if s.linear.Residual(s.spare, u, g) != nil {
		return math.NaN()
	}
	return largest(s.spare)
}

// largestData is the norms of the data as largest values; those in the Euclidean norm say
// which are 0.
func (s *Solver) largestData(two dataNorms) (data dataNorms) {
	u, g := s.linear.bound()
	data.g = largest(g)
	if data.b = data.g; two.edge == 0 {
		return data
	}
	e := u.Clone()
	e.FillInterior(func(_, _, _ float64) float64 { return 0 })
	for _, v := range e.Data() {
		if finite(v) { // unused corners may be anything
			data.edge = max(data.edge, math.Abs(v))
		}
	}
	e.ExtendBoundary()
	e.FillGhosts()
	data.b = s.largestResidual(e, g)
	return data
}
