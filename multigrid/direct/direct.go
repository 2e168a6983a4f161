// Package direct solves A u = g without iteration: by fast transforms where A is a star
// with constant coefficients, and in one dimension for any A by elimination.
//
// A star on a box is a sum over the axes, A = Σ_d T_d + c, of tridiagonal matrices whose
// eigenvectors are sines and cosines, by the kinds of the sides. With V_d these,
//
//	A⁻¹ = (Π V_d) (Σ λ_d + c)⁻¹ (Π V_d)⁻¹,
//
// two fast transforms along each axis and a division (fast diagonalisation: Lynch, Rice &
// Thomas, Numer. Math. 6, 1964). Along the last axis it is faster to solve the tridiagonal
// system of each mode of the others (Hockney, J. ACM 12, 1965; Swarztrauber, SIAM Review 19,
// 1977). It checks the iterative solvers, and competes with them.
package direct

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"mgtool/internal/parallel"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Solver solves A u = g any number of times, one at a time.
type Solver struct {
	a    stencil.Operator
	grid pde.Grid

	line *tridiagonal // in one dimension

	// In more: A = Σ_d T_d + c, weight w_d of the neighbours along axis d.
	w      [3]float64
	axes   [3]*axis
	lambda [3][]float64 // eigenvalues of T_d; of the first axis those of T_0 + c
	floor  float64      // eigenvalues of A below it are taken for 0
}

// New prepares the solution of A u = g. In two and three dimensions A couples neighbours
// along the axes with the same weights everywhere, as [stencil.Diffusion] does and what
// package elliptic makes of constant a and c, with Dirichlet, Neumann or periodic sides, on
// vertices or cells. Any other operator is an error.
func New(a stencil.Operator) (*Solver, error) {
	grid, to := a.Grids()
	if grid.Dim() == 0 || grid != to {
		return nil, fmt.Errorf("direct: %v; want an operator on one grid", a)
	}
	s := &Solver{a: a, grid: grid}
	if grid.Dim() == 1 {
		var err error
		s.line, err = newTridiagonal(a)
		return s, err
	}
	c, err := s.recognise()
	if err != nil {
		return nil, err
	}
	largest := 0.0
	for d := range grid.Dim() {
		s.axes[d] = newAxis(grid, d)
		s.lambda[d] = s.axes[d].eigenvalues(s.w[d])
		largest += 4 * s.w[d]
		if d == 0 {
			for k := range s.lambda[0] {
				s.lambda[0][k] += c
			}
		}
	}
	for d := grid.Dim(); d < 3; d++ {
		s.lambda[d] = []float64{0}
	}
	s.floor = 1e-14 * (largest + math.Abs(c))
	return s, nil
}

// recognise finds w and c of A, and checks by an application to random values that A is
// what they say.
func (s *Solver) recognise() (c float64, err error) {
	refuse := func() (float64, error) {
		return 0, fmt.Errorf("direct: %v has no fast transform; want −Σ a_d ∂²u/∂x_d² + c u with constant a and c, on equal widths, with Dirichlet, Neumann or periodic sides (in one dimension, any operator)", s.a)
	}
	weights, centre, star := s.a.Star()
	if star {
		s.w = weights
	} else {
		// Weights from a row that no side closes; the centre from the first row, less
		// what its sides add.
		fields := s.a.Coefficients()
		if fields[13] == nil {
			return refuse()
		}
		centre = fields[13].At(1, min(1, s.grid.Inner(1)), s.index(2, 1))
		for d, o := range [3]int{1, 3, 9} {
			if d >= s.grid.Dim() || fields[13-o] == nil || fields[13+o] == nil {
				continue
			}
			at := [3]int{s.index(0, 1), s.index(1, 1), s.index(2, 1)}
			up := 1.0
			if n := s.grid.Inner(d); n > 1 && !s.grid.Cells && s.grid.Sides[d][0] == pde.Neumann {
				up = .5 // −2w in the first row
			}
			s.w[d] = -up * fields[13+o].At(at[0], at[1], at[2])
			if s.grid.Cells && s.grid.Inner(d) == 1 {
				continue
			}
			if p, q := s.closure(d, 0); p == 0 && q != 0 {
				centre += q * s.w[d]
			}
		}
	}
	c = centre
	for d := range s.grid.Dim() {
		c -= 2 * s.w[d]
	}
	if s.grid.Stretch != nil || !s.agrees(c) {
		return refuse()
	}
	return c, nil
}

// index is the i-th unknown along an axis, 0 on one that the grid does not have.
func (s *Solver) index(d, i int) int {
	if d >= s.grid.Dim() {
		return 0
	}
	return i
}

// closure is what a ghost stands for beyond a side of axis d: p times the second unknown
// plus q times the first. On Dirichlet sides of vertices it is a value that is given, and
// on periodic ones an image.
func (s *Solver) closure(d, side int) (p, q float64) {
	switch kind := s.grid.Sides[d][side]; {
	case kind == pde.Neumann && !s.grid.Cells:
		return 1, 0
	case kind == pde.Neumann:
		return 0, 1
	case kind == pde.Dirichlet && s.grid.Cells:
		return 0, -1
	}
	return 0, 0
}

// agrees compares A with the star of w and c on random values.
func (s *Solver) agrees(c float64) bool {
	x, y := pde.NewField[float64](s.grid), pde.NewField[float64](s.grid)
	x.Randomize(1)
	x.FillGhosts()
	if s.a.Apply(y, x) != nil {
		return false
	}
	// The ghosts beyond the sides that the rows of A close.
	value := func(at [3]int) float64 { return x.At(at[0], at[1], at[2]) }
	neighbours := func(at [3]int, d int) (sum float64) {
		for side, step := range []int{-1, 1} {
			to, n := at, s.grid.Inner(d)
			to[d] += step
			if p, q := s.closure(d, side); (to[d] < 1 || to[d] > n) && (p != 0 || q != 0) {
				second := at
				if n > 1 {
					second[d] -= step
				}
				sum += p*value(second) + q*value(at)
				continue
			}
			sum += value(to)
		}
		return sum
	}
	norm := math.Abs(c)
	for d := range s.grid.Dim() {
		norm += 4 * math.Abs(s.w[d])
	}
	same := make([]bool, s.grid.RowCount())
	parallel.For(len(same), 16, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			j, k := s.grid.RowAt(r)
			same[r] = true
			for i := 1; i <= s.grid.Inner(0); i++ {
				at := [3]int{i, j, k}
				sum := c * value(at)
				for d := range s.grid.Dim() {
					sum += s.w[d] * (2*value(at) - neighbours(at, d))
				}
				same[r] = same[r] && math.Abs(sum-y.At(i, j, k)) <= 1e-12*norm
			}
		}
	})
	for _, ok := range same {
		if !ok {
			return false
		}
	}
	return true
}

// Solve sets u, which brings the values on Dirichlet sides of vertices, to the solution of
// A u = g. If A is singular, the part of g that no u has is taken out, and u has mean 0,
// on vertices the mean with weight ½ on sides; lack is that part, of constants, in g: 0 if A
// is regular.
func (s *Solver) Solve(u, g *pde.Field[float64]) (lack float64, err error) {
	switch {
	case u == nil || g == nil:
		return 0, errors.New("direct: u or g is nil; want two fields on the grid of A")
	case u == g || u.Grid != s.grid || g.Grid != s.grid:
		return 0, fmt.Errorf("direct: u on %v and g on %v; want two fields on the grid of A, %v", u.Grid, g.Grid, s.grid)
	}
	if s.line != nil {
		return s.line.solve(s.a, u, g)
	}
	s.data(u, g)
	last := s.grid.Dim() - 1
	for d := range last {
		s.along(u, d, func(t *transform, v []float64, _, _ int) { t.forward(v) })
	}
	lowest := slices.Min(s.lambda[last])
	s.along(u, last, func(t *transform, v []float64, p, q int) {
		shift := s.lambda[0][p]
		if last == 2 {
			shift += s.lambda[1][q]
		}
		if t.kind != waves && shift+lowest > s.floor {
			s.eliminate(v, t.ratio, shift)
			return
		}
		t.forward(v)
		for k, lambda := range s.lambda[last] {
			if lambda += shift; math.Abs(lambda) > s.floor {
				v[k] /= lambda
			} else { // constants
				lack, v[k] = v[k]*s.constants(), 0
			}
		}
		t.backward(v)
	})
	for d := last - 1; d >= 0; d-- {
		s.along(u, d, func(t *transform, v []float64, _, _ int) { t.backward(v) })
	}
	u.FillGhosts()
	return lack, nil
}

// eliminate solves (T + shift) x = v along the last axis, where that is positive definite.
// It takes a tenth of the time of two transforms.
func (s *Solver) eliminate(v, ratio []float64, shift float64) {
	d, end := s.grid.Dim()-1, len(v)-1
	w := s.w[d]
	p0, q0 := s.closure(d, 0)
	p1, q1 := s.closure(d, 1)
	diagonal, upper, before := 2*w+shift-q0*w, -w*(1+p0), 0.0
	if end == 0 {
		v[0] /= diagonal - q1*w
		return
	}
	pivot := 1 / diagonal
	for i := range end {
		if i > 0 {
			pivot = 1 / (2*w + shift + w*ratio[i-1])
			upper = -w
		}
		before = (v[i] + w*before) * pivot
		v[i], ratio[i] = before, upper*pivot
	}
	lower := -w * (1 + p1)
	after := (v[end] - lower*before) / (2*w + shift - q1*w - lower*ratio[end-1])
	v[end] = after
	for i := end - 1; i >= 0; i-- {
		after = v[i] - ratio[i]*after
		v[i] = after
	}
}

// constants is the value of a mode whose coefficient is 1 and which is constant.
func (s *Solver) constants() float64 {
	v := 1.0
	for d := range s.grid.Dim() {
		v *= s.axes[d].scale
	}
	return v
}

// data sets the unknowns of u to g and the terms of given values.
func (s *Solver) data(u, g *pde.Field[float64]) {
	given := func(d, side int) bool {
		return d < s.grid.Dim() && !s.grid.Cells && s.grid.Sides[d][side] == pde.Dirichlet
	}
	s.grid.Rows(func(j, k int) {
		n := s.grid.Inner(0)
		row := u.Row(j, k)
		first, last := row[0], row[n+1]
		copy(row[1:n+1], g.Row(j, k)[1:n+1])
		if given(0, 0) {
			row[1] += s.w[0] * first
		}
		if given(0, 1) {
			row[n] += s.w[0] * last
		}
		for d, at := range [3]int{1: j, 2: k} {
			for side, step := range []int{-1, 1} {
				to := [3]int{1: j, 2: k}
				if to[d] += step; d == 0 || !given(d, side) || at+step != side*(s.grid.Inner(d)+1) {
					continue
				}
				for i, v := range u.Row(to[1], to[2])[1 : n+1] {
					row[1+i] += s.w[d] * v
				}
			}
		}
	})
}

// lanes is how many neighbouring lines along y or z are gathered at a time: a cache line.
const lanes = 8

// along calls body for every line of unknowns along axis d, given the transform of that
// axis and the numbers p and q of the line along the other axes, in their order.
func (s *Solver) along(u *pde.Field[float64], d int, body func(t *transform, v []float64, p, q int)) {
	n := s.grid.Inner(d)
	workers := make([]*transform, parallel.Workers())
	at := func(worker int) *transform {
		if workers[worker] == nil {
			workers[worker] = s.axes[d].transform()
		}
		return workers[worker]
	}
	if d == 0 {
		parallel.Each(s.grid.RowCount(), func(worker, r int) {
			j, k := s.grid.RowAt(r)
			body(at(worker), u.Row(j, k)[1:n+1], j-1, k-1)
		})
		return
	}
	row, plane := u.Strides()
	stride, across := row, plane
	if d == 2 {
		stride, across = plane, row
	}
	others := 1
	if s.grid.Dim() == 3 {
		others = s.grid.Inner(3 - d)
	}
	inner := s.grid.Inner(0)
	groups := (inner + lanes - 1) / lanes
	values := u.Data()
	origin := u.Offset(s.index(1, 1), s.index(2, 1)) + 1
	parallel.Each(groups*others, func(worker, unit int) {
		t := at(worker)
		first, q := unit%groups*lanes, unit/groups
		count := min(lanes, inner-first)
		start := origin + first + q*across
		for i := range n {
			for lane, v := range values[start+i*stride:][:count] {
				t.lines[lane*n+i] = v
			}
		}
		for lane := range count {
			body(t, t.lines[lane*n:(lane+1)*n], first+lane, q)
		}
		for i := range n {
			to := values[start+i*stride:][:count]
			for lane := range to {
				to[lane] = t.lines[lane*n+i]
			}
		}
	})
}
