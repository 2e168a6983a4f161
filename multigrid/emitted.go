package multigrid

// Smoothers whose corrections are made from the operator of each level.

import (
	"errors"
	"fmt"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Emitter makes the operators of corrections from the A of a level: for variable coefficients,
// say, a kernel of its own at every point. It is asked once a level, when a solver is made.
type Emitter struct {
	Name string
	// Emit makes operators on the grid of a, the same number for every a.
	Emit func(a stencil.Operator) ([]stencil.Operator, error)
}

// EmittedSmoother is the correction
//
//	u ← u + B (g − A u)
//
// by the operator of this index that an Emitter makes for the A of the level, with constant or
// variable coefficients.
type EmittedSmoother struct {
	By    *Emitter
	Index int
}

// Validate implements [Smoother].
func (s EmittedSmoother) Validate() error {
	if s.By == nil || s.By.Emit == nil {
		return errors.New("multigrid: an emitted smoother without an Emitter; want one")
	}
	if s.Index < 0 {
		return fmt.Errorf("multigrid: operator %d of emitter %s; want 0 or more", s.Index, s.By.Name)
	}
	return nil
}

func (s EmittedSmoother) String() string { return fmt.Sprintf("%s %d", s.By.Name, s.Index) }

func (s EmittedSmoother) sweeps(p place) ([]sweep, error) {
	b := &StencilSmoother{Name: s.String()}
	b.B = func(pde.Grid) (op stencil.Operator, err error) {
		list, ok := p.emitted[s.By]
		if !ok {
			if list, err = s.By.Emit(p.a); err != nil {
				return op, err
			}
			p.emitted[s.By] = list
		}
		if s.Index >= len(list) {
			return op, fmt.Errorf("operator %d of %d; want less", s.Index, len(list))
		}
		return list[s.Index], nil
	}
	return []sweep{{order: correction, stencil: b, emitted: true}}, nil
}

// varies is how many fields an emitted operator takes at most.
func (p place) varies() int64 {
	if p.form == starForm || p.form == kernelForm {
		return 0
	}
	fields := int64(1)
	for range p.dim {
		fields *= 3
	}
	return fields
}
