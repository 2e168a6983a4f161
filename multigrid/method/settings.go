package method

// A method made ready for a solver.

import (
	"fmt"
	"math"

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
// [Method.Depth]. With full weighting, linear interpolation and the equation discretised anew
// odd numbers of cells are no obstacle. Transfers and coarse operators by kernels take vertices
// with Dirichlet or periodic sides; steps take all sides, with r = 0 beyond those that are not
// periodic.
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
	s.Coarsening = coarsening{m}
	var smoothers []multigrid.Smoother
	for level := range depth {
		l := m.at(level)
		s.Cycle.Pre = append(s.Cycle.Pre, min(1, len(l.Pre)))
		s.Cycle.Post = append(s.Cycle.Post, min(1, len(l.Post)))
		name := fmt.Sprintf("%s, level %d", m.named(), level)
		smoothers = append(smoothers, multigrid.Apart{Pre: sequence(name, m.Dim, l.Pre), Post: sequence(name, m.Dim, l.Post)})
	}
	// Below, two steps cost little, and the factor is then that of the levels above.
	s.Cycle.Pre, s.Cycle.Post = append(s.Cycle.Pre, 2), append(s.Cycle.Post, 2)
	s.Smoother = multigrid.ByLevel{Smoothers: append(smoothers, multigrid.RedBlack{Omega: 1})}
	return s, nil
}

func (m *Method) named() string {
	if m.Name == "" {
		return "the method"
	}
	return printable(fmt.Sprintf("%.60s", m.Name))
}

// sides refuses transfers and coarse operators by kernels beside sides that they do not know.
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
		if l.Restriction.Stencil != nil || l.Prolongation.Stencil != nil || l.Coarse.Stencil != nil || l.Prolongation.Name == BlackBox {
			return fmt.Errorf("method: %s has transfers or a coarse operator of its own on level %d, and the grid Neumann or Robin sides, or unknowns in cells; want Dirichlet or periodic sides on vertices", m.named(), i)
		}
	}
	return nil
}

// sequence is the smoother that does these steps.
func sequence(name string, dim int, steps []Step) multigrid.Smoother {
	list := multigrid.Sequence{}
	for _, s := range steps {
		k := s.Stencil
		switch {
		case s.Minimise != nil:
			parts := multigrid.MinimalResidual{}
			for _, k := range s.Minimise {
				parts = append(parts, multigrid.KernelSmoother{Name: name, Width: k.Width, Weights: k.Weights})
			}
			list = append(list, parts)
			continue
		case s.Jacobi > 0 && s.Jacobi < 2:
			list = append(list, multigrid.Jacobi{Omega: s.Jacobi})
			continue
		case s.Jacobi != 0: // a single sweep of which would diverge
			k = JacobiStencil(dim, s.Jacobi)
		}
		switch {
		case k != nil:
			list = append(list, multigrid.KernelSmoother{Name: name, Width: k.Width, Weights: k.Weights})
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
