package method

// The levels of a method below an operator.

import (
	"errors"
	"fmt"

	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// smallest is how many unknowns the coarsest grid has at most, if it can.
const smallest = 64

// at is what a method does on a level, 0 the finest.
func (m *Method) at(level int) *Level {
	switch {
	case level < len(m.Levels):
	case m.Repeat == Cyclic:
		level %= len(m.Levels)
	default:
		level = len(m.Levels) - 1
	}
	return &m.Levels[level]
}

// coarsening makes the levels of a method. All axes become coarser together. Where one cannot,
// since its number of cells is odd or too small, [multigrid.Rediscretized] goes on.
type coarsening struct{ *Method }

// Coarsen implements [multigrid.Coarsening].
func (c coarsening) Coarsen(levels []multigrid.Coarse) (next multigrid.Coarse, ok bool, err error) {
	a := levels[len(levels)-1].A
	fine, _ := a.Grids()
	l := c.at(len(levels) - 1)
	grid, ok := l.below(fine)
	if fine.Unknowns() <= smallest {
		return next, false, nil
	}
	if !ok {
		stand, err := anew(levels)
		if err != nil {
			return next, false, fmt.Errorf("method: below %v the method has no level, since its kernels take half the cells along every axis; and %w; want even numbers of cells, as 2^k times a few", fine, err)
		}
		return multigrid.Rediscretized{}.Coarsen([]multigrid.Coarse{{A: stand}})
	}
	if next.R, next.P, err = l.transfers(a, grid); err != nil {
		return next, false, fmt.Errorf("method: %w", err)
	}
	switch {
	case l.Coarse.Stencil != nil:
		next.A, err = l.Coarse.below(a, grid)
	case l.Coarse.Name == Galerkin:
		next.A, err = stencil.Galerkin(next.R, a, next.P)
	default:
		var stand stencil.Operator
		if stand, err = anew(levels); err != nil {
			err = fmt.Errorf(`coarse "rediscretized" below %v, and %w; want coarse "galerkin"`, fine, err)
		} else {
			next.A, err = stand.Rediscretize(grid)
		}
	}
	if err != nil {
		return next, false, fmt.Errorf("method: %w", err)
	}
	return next, true, nil
}

// plain reports transfers and a coarse operator that odd numbers of cells have too.
func (l *Level) plain() bool {
	return l.Restriction.Name == FullWeighting && l.Prolongation.Name == Linear && l.Coarse.Name == Rediscretized
}

// below is the grid with half the cells along every axis; not ok if some axis has none.
func (l *Level) below(fine pde.Grid) (coarse pde.Grid, ok bool) {
	coarse = fine
	for d := range fine.Dim() {
		n, least := fine.N[d], 4 // an unknown on the coarse grid; two of a ring
		switch {
		case fine.Sides[d][0] == pde.Periodic:
		case fine.Cells:
			least = 2
		case l.plain():
			least = 3
		}
		if n < least || n%2 != 0 && !l.plain() {
			return fine, false
		}
		coarse.N[d] = (n + 1) / 2
		coarse.H[d] = fine.H[d] * float64(n) / float64(coarse.N[d])
	}
	return coarse, true
}

// Depth is on how many levels of a grid, from the finest, the method smooths. Below it are
// classical levels, if any; the coarsest is solved directly.
func (m *Method) Depth(grid pde.Grid) (levels int) {
	for grid.Unknowns() > smallest && len(m.Levels) > 0 {
		var ok bool
		if grid, ok = m.at(levels).below(grid); !ok {
			break
		}
		levels++
	}
	return levels
}

// anew is the last operator in a form that can be discretised anew: itself, its kernel taken for
// that of a differential operator, or the finest operator on its grid, times what restriction
// and prolongation make of constants on the way there.
func anew(levels []multigrid.Coarse) (stencil.Operator, error) {
	a := levels[len(levels)-1].A
	grid, _ := a.Grids()
	if _, err := a.Rediscretize(grid); err == nil {
		return a, nil
	}
	if k, ok := a.Kernel(); ok {
		return stencil.Differential(grid, k)
	}
	finest, err := levels[0].A.Rediscretize(grid)
	if err != nil {
		return finest, errors.New("its operator is known by its coefficients on one grid only")
	}
	scale := 1.0
	for _, l := range levels[1:] {
		scale *= ofConstants(l)
	}
	return finest.Scale(scale), nil
}

// ofConstants is Σ R Σ P / 2^d of transfers to half the cells: how much larger R A P is than A
// discretised anew. It is 1 where both keep constants.
func ofConstants(l multigrid.Coarse) float64 {
	r, constant := l.R.Kernel()
	p, both := l.P.Kernel()
	if !constant || !both { // linear interpolation beside other sides, or from the rows of A
		return 1
	}
	sumR, sumP := 0.0, 0.0
	for o := range r {
		sumR += r[o]
		sumP += p[o]
	}
	grid, _ := l.A.Grids()
	return sumR * sumP / float64(int(1)<<grid.Dim())
}

// transfers are R and P between the grid of a and a coarser one.
func (l *Level) transfers(a stencil.Operator, coarse pde.Grid) (r, p stencil.Operator, err error) {
	fine, _ := a.Grids()
	fullWeighting, linear, err := a.Transfers(coarse)
	if err != nil {
		return r, p, err
	}
	var kernel stencil.Kernel       // of P, if it has one
	var fields stencil.Coefficients // or else its coefficients
	switch {
	case l.Prolongation.Stencil != nil:
		if kernel, err = l.Prolongation.Stencil.Kernel(); err == nil {
			p, err = stencil.Prolongation(fine, coarse, kernel)
		}
	case l.Prolongation.Name == BlackBox:
		if p, err = multigrid.Interpolation(a, coarse); err == nil {
			kernel, _ = p.Kernel()
			fields = p.Coefficients()
		}
	default:
		p = linear
	}
	if err != nil {
		return r, p, err
	}
	switch {
	case l.Restriction.Stencil != nil:
		if kernel, err = l.Restriction.Stencil.Kernel(); err == nil {
			r, err = stencil.Restriction(fine, coarse, kernel)
		}
	case l.Restriction.Name == FullWeighting || l.Prolongation.Name == Linear: // which is its transpose over 2^d
		r = fullWeighting
	case fields != stencil.Coefficients{}:
		r, err = stencil.VaryingRestriction(fine, coarse, fields)
		r = r.Scale(1 / float64(int(1)<<fine.Dim()))
	default:
		r, err = stencil.Restriction(fine, coarse, kernel.Scale(1/float64(int(1)<<fine.Dim())))
	}
	return r, p, err
}

// below is D of a level times the kernel, on the next grid.
func (c *Coarse) below(a stencil.Operator, coarse pde.Grid) (stencil.Operator, error) {
	for d := range coarse.Dim() {
		if stencil.ClosedSide(coarse, d, 0) || stencil.ClosedSide(coarse, d, 1) {
			return stencil.Operator{}, errors.New(`a coarse operator given as a stencil on closed sides; want Dirichlet or periodic sides on vertices, or coarse "galerkin" or "rediscretized"`)
		}
	}
	k, err := c.Stencil.Kernel()
	if err != nil {
		return stencil.Operator{}, err
	}
	constant, varying, err := a.Diagonal()
	if err != nil {
		return stencil.Operator{}, err
	}
	if varying == nil {
		return stencil.Constant(coarse, k.Scale(constant))
	}
	var fields stencil.Coefficients
	lo, hi := coarse.Inside(0)
	for o, w := range k {
		if w == 0 {
			continue
		}
		f := pde.NewField[float64](coarse)
		coarse.Rows(func(j, k int) {
			to, from := f.Row(j, k), varying.Row(2*j, 2*k)
			for m := lo; m < hi; m++ {
				to[m] = w * from[2*m]
			}
		})
		fields[o] = f
	}
	return stencil.Varying(coarse, fields)
}
