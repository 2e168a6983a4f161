package multigrid

// Smoothers made of smoothers: one before and one after the coarse correction, one after the
// other, one a level; and a weight for each colour.

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Apart smooths with Pre before a coarse correction and with Post after it. As the
// preconditioner of conjugate gradients it takes a Post that is the adjoint of Pre.
type Apart struct{ Pre, Post Smoother }

// Validate implements [Smoother].
func (s Apart) Validate() error {
	if s.Pre == nil || s.Post == nil {
		return errors.New("multigrid: a smoother before or after the coarse correction is nil; want both, or an empty Sequence, which does nothing")
	}
	if idle(s.Pre) && idle(s.Post) {
		return errors.New("multigrid: no smoother before the coarse correction and none after it; want at least one")
	}
	return validAll([]Smoother{s.Pre, s.Post})
}

func (s Apart) String() string { return fmt.Sprintf("%v before, %v after", s.Pre, s.Post) }

func (s Apart) sweeps(p place) ([]sweep, error) {
	if p.up {
		return s.Post.sweeps(p)
	}
	return s.Pre.sweeps(p)
}

// Sequence does one smoother after another; together they are one smoothing step. An empty
// one does nothing, as a part of other smoothers.
type Sequence []Smoother

// Validate implements [Smoother].
func (s Sequence) Validate() error {
	if len(s) == 0 {
		return errors.New("multigrid: an empty sequence of smoothers; want at least one")
	}
	return validAll(s)
}

func (s Sequence) String() string {
	if len(s) == 0 {
		return "nothing"
	}
	return "(" + namesOf(s, ", ") + ")"
}

func (s Sequence) sweeps(p place) (list []sweep, err error) {
	for _, each := range s {
		more, err := each.sweeps(p)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// ByLevel takes smoother i on level i, 0 being the finest. Deeper levels take the last one,
// or begin again with the first if it is Cyclic.
type ByLevel struct {
	Smoothers []Smoother
	Cyclic    bool
}

// Validate implements [Smoother].
func (s ByLevel) Validate() error {
	if len(s.Smoothers) == 0 {
		return errors.New("multigrid: no smoother for any level; want at least one")
	}
	return validAll(s.Smoothers)
}

func (s ByLevel) String() string {
	end := ""
	if s.Cyclic {
		end = "; again"
	}
	return "by level: " + namesOf(s.Smoothers, "; ") + end
}

// At is the smoother of a level.
func (s ByLevel) At(level int) Smoother {
	if s.Cyclic {
		return s.Smoothers[level%len(s.Smoothers)]
	}
	return s.Smoothers[min(level, len(s.Smoothers)-1)]
}

func (s ByLevel) sweeps(p place) ([]sweep, error) { return s.At(p.level).sweeps(p) }

// Colours is [RedBlack] with a weight for each colour, in the order in which they are
// relaxed: of two for an operator of 2d+1 points, first that of the vertices with an even
// sum of indices; else of 2^d, of which colour c has index d of parity bit d of c.
type Colours struct{ Omega []float64 }

// Validate implements [Smoother].
func (s Colours) Validate() error {
	if n := len(s.Omega); n != 2 && n != 4 && n != 8 {
		return fmt.Errorf("multigrid: smoother %v has %d weights; want 2, or 2^d for operators of 3^d points", s, n)
	}
	for _, w := range s.Omega {
		if err := checkOmega(s, w); err != nil {
			return err
		}
	}
	return nil
}

func (s Colours) String() string {
	var list []string
	for _, w := range s.Omega {
		list = append(list, fmt.Sprint(w))
	}
	return "colours(" + strings.Join(list, ", ") + ")"
}

// partsOf are the smoothers that one is made of, nil if it is none of this file's.
func partsOf(s Smoother) []Smoother {
	switch s := s.(type) {
	case Apart:
		return []Smoother{s.Pre, s.Post}
	case Sequence:
		return s
	case ByLevel:
		return s.Smoothers
	case MinimalResidual:
		return s
	}
	return nil
}

// anyPart reports that a smoother or one that it is made of is such.
func anyPart(s Smoother, such func(Smoother) bool) bool {
	return such(s) || slices.ContainsFunc(partsOf(s), func(p Smoother) bool { return anyPart(p, such) })
}

// splits reports that a smoother is not the same before and after a coarse correction.
func splits(s Smoother) bool {
	return anyPart(s, func(s Smoother) bool { _, apart := s.(Apart); return apart })
}

// corrects reports that a smoother has corrections by stencils.
func corrects(s Smoother) bool {
	return anyPart(s, func(s Smoother) bool {
		switch s.(type) {
		case StencilSmoother, KernelSmoother, EmittedSmoother:
			return true
		}
		return false
	})
}

// idle reports a smoother that does nothing.
func idle(s Smoother) bool {
	list, is := s.(Sequence)
	return is && len(list) == 0
}

// validated checks a part of a smoother, which may do nothing.
func validated(s Smoother) error {
	switch {
	case s == nil:
		return errors.New("multigrid: a smoother that is a part of another is nil; want one")
	case idle(s):
		return nil
	}
	return s.Validate()
}

func validAll(list []Smoother) error {
	for _, s := range list {
		if err := validated(s); err != nil {
			return err
		}
	}
	return nil
}

func namesOf(list []Smoother, between string) string {
	var names []string
	for _, s := range list {
		names = append(names, fmt.Sprint(s))
	}
	return strings.Join(names, between)
}
