package multigrid

// The numeric method: levels of memory, changed in place.

import (
	"errors"
	"fmt"

	"mgtool/pde"
)

// Level is one grid of a hierarchy with its memory: the approximation U, the
// data G and the residual R = G − A U, all on the same grid. On the finest
// level U and G are the caller's fields; below it G is the restricted residual
// and U the correction. R is zero on the boundary.
type Level struct {
	pde.Grid
	U, G, R *pde.Field[float64]

	stencil *pde.Stencil // A, where it is not the five-point operator
}

// UpdateResidual sets R = G − A U.
func (l *Level) UpdateResidual() {
	if l.stencil == nil {
		pde.Residual(l.R, l.U, l.G)
		return
	}
	l.R.CopyInterior(l.G)
	pde.AddStencil(l.R, l.stencil.Scale(-1), l.U)
}

// Components are the operators of a [Hierarchy]. The zero value of each field
// is the classical choice.
type Components struct {
	Smoother Smoother // nil is red-black Gauss–Seidel
	Transfer Transfer // nil is Linear
	// CoarseOperator gives A on the grids below the finest; nil is the
	// five-point operator rediscretised. With it, only a Stencil smoother
	// serves and the grid must coarsen to a single unknown.
	CoarseOperator func(coarse pde.Grid) pde.Stencil
}

// Hierarchy is the numeric [Method] for the five-point operator: the levels'
// memory is allocated once and changed in place, and the state of a walk is a
// handle on it. It is not safe for concurrent use.
type Hierarchy struct {
	levels   []*Level
	smoother Smoother
	transfer Transfer
	coarse   coarseSolver
	stop     func() bool // says that the walk is to end early
	err      error       // the first failure of a coarse solve
}

// NewHierarchy coarsens grid, of square cells in two dimensions, while it can:
// both sides even and at least four cells. A side of odd length can only be on the coarsest level; NewHierarchy
// refuses it on the finest, where it would mean no multigrid at all.
func NewHierarchy(grid pde.Grid, c Components) (*Hierarchy, error) {
	switch {
	case grid.Dim() != 2:
		return nil, fmt.Errorf("multigrid: %v, dimension %d; want 2, the only dimension so far", grid, grid.Dim())
	case grid.H[0] != grid.H[1]:
		return nil, fmt.Errorf("multigrid: cells of %g × %g; want squares", grid.H[0], grid.H[1])
	case grid.N[0] < 2 || grid.N[1] < 2 || grid.N[0]%2 != 0 || grid.N[1]%2 != 0:
		return nil, fmt.Errorf("multigrid: %v; want an even number of cells a side, at least 2", grid)
	}
	h := &Hierarchy{smoother: c.Smoother, transfer: c.Transfer, stop: func() bool { return false }}
	if h.smoother == nil {
		h.smoother = RedBlack{Omega: 1}
	}
	if h.transfer == nil {
		h.transfer = Linear{}
	}
	if err := h.smoother.Validate(); err != nil {
		return nil, err
	}
	h.levels = []*Level{{Grid: grid, R: pde.NewField[float64](grid)}}
	for g := grid; g.CanCoarsen(); {
		g = g.Coarsen()
		l := &Level{Grid: g, U: pde.NewField[float64](g), G: pde.NewField[float64](g), R: pde.NewField[float64](g)}
		if c.CoarseOperator != nil {
			k := c.CoarseOperator(g)
			l.stencil = &k
		}
		h.levels = append(h.levels, l)
	}
	last := h.levels[len(h.levels)-1]
	if c.CoarseOperator != nil {
		if _, ok := h.smoother.(Stencil); !ok {
			return nil, fmt.Errorf("multigrid: smoother %v needs the five-point operator; with a coarse operator of your own want a Stencil smoother", h.smoother)
		}
		if last.Unknowns() != 1 {
			return nil, fmt.Errorf("multigrid: %v coarsens to %v; with a coarse operator of your own want a power of two", grid, last.Grid)
		}
	}
	var err error
	h.coarse, err = newCoarseSolver(last)
	return h, err
}

// Bind makes u and g the approximation and the data of the finest level and
// returns the state a walk starts from. Both must be on the hierarchy's grid.
func (h *Hierarchy) Bind(u, g *pde.Field[float64]) (*Level, error) {
	l := h.levels[0]
	if u.Grid != l.Grid || g.Grid != l.Grid {
		return nil, differs(u.Grid, g.Grid, l.Grid)
	}
	l.U, l.G, h.err = u, g, nil
	return l, nil
}

func differs(u, g, want pde.Grid) error {
	return fmt.Errorf("multigrid: u on %v and g on %v; want %v and the same width", u, g, want)
}

// Levels implements [Method].
func (h *Hierarchy) Levels() int { return len(h.levels) }

// Down implements [Method]: smooth, r = g − A u, then g' = R r and u' = 0.
func (h *Hierarchy) Down(level, pre int, l *Level) (fine, coarse *Level) {
	for range pre {
		h.smoother.Smooth(l)
	}
	l.UpdateResidual()
	coarse = h.levels[level+1]
	h.transfer.Restrict(coarse.G, l.R)
	coarse.U.Zero()
	return l, coarse
}

// Bottom implements [Method]: a direct solve, or conjugate gradients.
func (h *Hierarchy) Bottom(_, _ int, l *Level) *Level {
	if err := h.coarse.solve(l, h.stop); err != nil && h.err == nil {
		h.err = err
	}
	return l
}

// Up implements [Method]: u += P u', then smooth.
func (h *Hierarchy) Up(level, post int, fine, coarse *Level) *Level {
	h.Interpolate(level, fine, coarse)
	for range post {
		h.smoother.Smooth(fine)
	}
	return fine
}

// Interpolate implements [Method]: u += P u'. The linear interpolation of the
// cycle serves full multigrid too.
func (h *Hierarchy) Interpolate(_ int, fine, coarse *Level) *Level {
	h.transfer.Prolong(fine.U, coarse.U)
	return fine
}

// errNotPositive is a coarse operator that has no Cholesky factor.
var errNotPositive = errors.New("multigrid: the coarsest operator is not positive definite")
