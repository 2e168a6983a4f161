package method

// A method made ready for a solver.

import (
	"fmt"
	"math"
	"strings"
	"sync"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Settings gives the cycle and the components that solve a by m, with the tolerance and the
// bound of cycles of [multigrid.DefaultSettings].
//
// Every level takes half the cells along every axis; where that cannot be, classical multigrid
// (red-black Gauss–Seidel, linear transfers, A discretised anew) goes on below, see
// [Method.Depth]. Stencils act on vertices with Dirichlet or periodic sides. Named steps,
// transfers and coarse operators take all sides, and with full weighting, linear interpolation
// and the equation discretised anew also odd numbers of cells.
func (m *Method) Settings(a stencil.Operator) (s multigrid.Settings, err error) {
	if err := m.Validate(); err != nil {
		return s, fmt.Errorf("method: %w", err)
	}
	grid, to := a.Grids()
	if grid != to || grid.Dim() == 0 {
		return s, fmt.Errorf("method: %v; want an operator on one grid", a)
	}
	if grid.Dim() != m.Dim {
		return s, fmt.Errorf("method: %s is for %d dimensions; want %d, as the operator has", m.named(), m.Dim, grid.Dim())
	}
	if m.Network != nil {
		return m.emitted(a)
	}
	if err := m.sides(grid); err != nil {
		return s, err
	}
	depth := m.Depth(grid)
	if depth == 0 && grid.Unknowns() > smallest {
		return s, fmt.Errorf("method: %s on %v has no level: its kernels take half the cells along every axis; want even numbers of cells, as 2^k times a few", m.named(), grid)
	}
	s = multigrid.DefaultSettings()
	s.Cycle = cycle.Cycle{Gamma: m.Gamma}
	operators := &operators{}
	s.Coarsening = coarsening{m, operators}
	var smoothers []multigrid.Smoother
	for level := range depth {
		l := m.at(level)
		s.Cycle.Pre = append(s.Cycle.Pre, min(1, len(l.Pre)))
		s.Cycle.Post = append(s.Cycle.Post, min(1, len(l.Post)))
		name := fmt.Sprintf("%s, level %d", m.named(), level)
		smoothers = append(smoothers, multigrid.Apart{Pre: sequence(name, m.Dim, l.Pre, operators), Post: sequence(name, m.Dim, l.Post, operators)})
	}
	s.Cycle.Pre, s.Cycle.Post = append(s.Cycle.Pre, 1), append(s.Cycle.Post, 1)
	s.Smoother = multigrid.ByLevel{Smoothers: append(smoothers, multigrid.RedBlack{Omega: 1})}
	return s, nil
}

func (m *Method) named() string {
	if m.Name == "" {
		return "the method"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, fmt.Sprintf("%.60s", m.Name))
}

// sides refuses stencils beside sides that they do not know.
func (m *Method) sides(grid pde.Grid) error {
	closed := false
	for d := range grid.Dim() {
		closed = closed || stencil.ClosedSide(grid, d, 0) || stencil.ClosedSide(grid, d, 1)
	}
	if !closed {
		return nil
	}
	for i := range m.Levels {
		l := &m.Levels[i]
		has := l.Restriction.Stencil != nil || l.Prolongation.Stencil != nil || l.Coarse.Stencil != nil || l.Prolongation.Name == BlackBox
		for _, steps := range [][]Step{l.Pre, l.Post} {
			for _, s := range steps {
				has = has || s.Stencil != nil
			}
		}
		if has {
			return fmt.Errorf("method: %s has stencils on level %d, and the grid Neumann or Robin sides, or unknowns in cells; want Dirichlet or periodic sides on vertices", m.named(), i)
		}
	}
	return nil
}

// sequence is the smoother that does these steps.
func sequence(name string, dim int, steps []Step, operators *operators) multigrid.Smoother {
	list := multigrid.Sequence{}
	for _, s := range steps {
		k := s.Stencil
		switch {
		case s.Jacobi > 0 && s.Jacobi < 2:
			list = append(list, multigrid.Jacobi{Omega: s.Jacobi})
			continue
		case s.Jacobi != 0: // a single sweep of which would diverge
			k = JacobiStencil(dim, s.Jacobi)
		}
		switch {
		case k != nil:
			list = append(list, multigrid.StencilSmoother{Name: name, B: func(g pde.Grid) (stencil.Operator, error) { return operators.correction(k, g) }})
		case len(s.Colours) == 1:
			list = append(list, multigrid.RedBlack{Omega: s.Colours[0]})
		default:
			list = append(list, multigrid.Colours{Omega: s.Colours})
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// operators are those of the levels, for smoothers that need their diagonals.
type operators struct {
	mutex sync.Mutex
	on    map[pde.Grid]stencil.Operator
}

// note keeps the operator of a level.
func (o *operators) note(a stencil.Operator) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.on == nil {
		o.on = map[pde.Grid]stencil.Operator{}
	}
	grid, _ := a.Grids()
	o.on[grid] = a
}

// correction is B r = K ∗ (r/D) on a grid.
func (o *operators) correction(s *Stencil, grid pde.Grid) (b stencil.Operator, err error) {
	o.mutex.Lock()
	a, ok := o.on[grid]
	o.mutex.Unlock()
	if !ok {
		return b, fmt.Errorf("method: no operator on %v", grid)
	}
	k, err := s.Kernel()
	if err != nil {
		return b, err
	}
	constant, varying, err := a.Diagonal()
	if err != nil {
		return b, err
	}
	if varying == nil {
		return stencil.Constant(grid, k.Scale(1/constant))
	}
	inverse := pde.NewField[float64](grid)
	lo, hi := grid.Inside(0)
	grid.Rows(func(j, k int) {
		to, from := inverse.Row(j, k), varying.Row(j, k)
		for i := lo; i < hi; i++ {
			to[i] = 1 / from[i]
		}
	})
	inverse.FillGhosts()
	var fields stencil.Coefficients
	for o, w := range k {
		if w == 0 {
			continue
		}
		at := stencil.Offset(o)
		f := pde.NewField[float64](grid)
		grid.Rows(func(j, k int) {
			to, from := f.Row(j, k), inverse.Row(j+at[1], k+at[2])
			for i := lo; i < hi; i++ {
				to[i] = w * from[i+at[0]]
			}
		})
		fields[o] = f
	}
	return stencil.Varying(grid, fields)
}

// Made is how far the constant operator that m was made for is from a over its diagonal: the
// largest difference of two entries. It is 0 if m was made for any, infinite if a varies.
func (m *Method) Made(a stencil.Operator) float64 {
	if m.Operator == nil {
		return 0
	}
	k, ok := a.Kernel()
	want, err := m.Operator.Kernel()
	if !ok || err != nil || k[13] == 0 {
		return math.Inf(1)
	}
	most := 0.0
	for o := range k {
		most = max(most, math.Abs(k[o]/k[13]-want[o]))
	}
	return most
}
