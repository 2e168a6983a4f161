package method

// What is wrong with a method.

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

const (
	mostLevels = 64 // a list is as long as a grid has levels, at most
	mostSteps  = 64 // before or after the coarse correction of a level

	mostDirections = 4 // over which the residual is minimised
)

// Validate says what is wrong with the first part that cannot be meant, in one line.
func (m *Method) Validate() error {
	switch {
	case m.Dim < 1 || m.Dim > 3:
		return fmt.Errorf("dim %d; want 1, 2 or 3", m.Dim)
	case m.Gamma != 1 && m.Gamma != 2:
		return fmt.Errorf("gamma %d; want 1 (a V-cycle) or 2 (a W-cycle)", m.Gamma)
	case m.Repeat != Last && m.Repeat != Cyclic:
		return fmt.Errorf("repeat %.60q; want %q or %q", m.Repeat, Last, Cyclic)
	case m.Network != nil && len(m.Levels) > 0:
		return fmt.Errorf("a network and %d levels; want one of them: the network emits the levels", len(m.Levels))
	case m.Network != nil:
		if err := m.Network.check(m.Dim); err != nil {
			return fmt.Errorf("network: %w", err)
		}
	case len(m.Levels) < 1 || len(m.Levels) > mostLevels:
		return fmt.Errorf("%d levels; want 1 to %d", len(m.Levels), mostLevels)
	}
	if m.Operator != nil {
		if err := m.Operator.check(m.Dim, 3); err != nil {
			return fmt.Errorf("operator: %w", err)
		}
		if c := m.Operator.Weights[len(m.Operator.Weights)/2]; math.Abs(c-1) > 1e-12 {
			return fmt.Errorf("operator: %g at the centre; want 1, of A over its diagonal", c)
		}
	}
	if m.Network != nil {
		return nil
	}
	smooths := false
	for i := range m.Levels {
		l := &m.Levels[i]
		if err := l.check(m.Dim); err != nil {
			return fmt.Errorf("level %d: %w", i, err)
		}
		smooths = smooths || len(l.Pre)+len(l.Post) > 0
	}
	if !smooths {
		return fmt.Errorf("no smoothing on any level; want a step in pre or post")
	}
	return nil
}

func (l *Level) check(dim int) error {
	for _, side := range []struct {
		name  string
		steps []Step
	}{{"pre", l.Pre}, {"post", l.Post}} {
		if len(side.steps) > mostSteps {
			return fmt.Errorf("%d steps of %s; want at most %d", len(side.steps), side.name, mostSteps)
		}
		for i, s := range side.steps {
			if err := s.check(dim); err != nil {
				return fmt.Errorf("step %d of %s: %w", i, side.name, err)
			}
		}
	}
	if err := checkNamed(dim, l.Restriction.Name, l.Restriction.Stencil, FullWeighting, Transpose); err != nil {
		return fmt.Errorf("restriction: %w", err)
	}
	if err := checkNamed(dim, l.Prolongation.Name, l.Prolongation.Stencil, Linear, BlackBox); err != nil {
		return fmt.Errorf("prolongation: %w", err)
	}
	if err := checkNamed(dim, l.Coarse.Name, l.Coarse.Stencil, Galerkin, Rediscretized); err != nil {
		return fmt.Errorf("coarse: %w", err)
	}
	if s := l.Coarse.Stencil; s != nil && s.Weights[len(s.Weights)/2] == 0 {
		return fmt.Errorf("coarse: 0 at the centre of the stencil; want another number, which smoothing divides by")
	}
	return nil
}

// checkNamed accepts one of the names, or a stencil 3 wide.
func checkNamed(dim int, name string, s *Stencil, names ...string) error {
	if s != nil {
		if name != "" {
			return fmt.Errorf("both %.60q and a stencil; want one of them", name)
		}
		return s.check(dim, 3)
	}
	if !slices.Contains(names, name) {
		return fmt.Errorf(`%.60q; want "%s" or a stencil`, name, strings.Join(names, `", "`))
	}
	return nil
}

// checkMinimise accepts stencils over whose corrections the residual is minimised.
func checkMinimise(dim int, list []*Stencil) error {
	if len(list) < 1 || len(list) > mostDirections {
		return fmt.Errorf("minimise over %d stencils; want 1 to %d", len(list), mostDirections)
	}
	for i, k := range list {
		if k == nil {
			return fmt.Errorf("stencil %d of minimise is missing; want one", i)
		}
		if err := k.check(dim, 3, 5); err != nil {
			return fmt.Errorf("stencil %d of minimise: %w", i, err)
		}
	}
	return nil
}

func (s *Step) check(dim int) error {
	kinds := 0
	for _, given := range []bool{s.Stencil != nil, s.Jacobi != 0, s.Colours != nil, s.Minimise != nil} {
		if given {
			kinds++
		}
	}
	if kinds != 1 {
		return fmt.Errorf("%d of stencil, jacobi, colours and minimise; want exactly one", kinds)
	}
	if s.Minimise != nil {
		return checkMinimise(dim, s.Minimise)
	}
	switch n := len(s.Colours); {
	case s.Stencil != nil:
		return s.Stencil.check(dim, 3, 5)
	case s.Jacobi != 0: // a root of a polynomial may be any number
		if math.IsNaN(s.Jacobi) || math.IsInf(s.Jacobi, 0) {
			return fmt.Errorf("jacobi %g; want a finite number", s.Jacobi)
		}
		return nil
	case n != 1 && n != 2 && n != 1<<dim:
		return fmt.Errorf("%d colours; want 1 (the same weight for all), 2 (red and black) or %d", n, 1<<dim)
	}
	for _, w := range s.Colours {
		if !(w > 0 && w < 2) {
			return fmt.Errorf("weight %g; want more than 0 and less than 2", w)
		}
	}
	return nil
}
