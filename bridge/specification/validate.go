package specification

// What each job can have.

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Job is what a specification is for.
type Job int

// The jobs.
const (
	Cycle  Job = iota // a linear cycle for A u = g
	Images            // a classifier of images, MgNet
)

// Operators are those that can be learned.
//
// In a linear cycle Π has no effect: the correction P(u' − u'₀) is P A'⁻¹ r' whatever
// u'₀ = Π u is, so that its parameters cancel.
func (j Job) Operators() Learned {
	if j == Images {
		return Learned{"A", "B", "R", "P", "Pi"}
	}
	return Learned{"A", "B", "R", "P"}
}

// parts are all names of a specification, in the order in which people read them.
var parts = []string{"A", "B", "R", "P", "Pi", sigma, norm, mixing}

// Validate says in one line what a job cannot have, or what cannot be meant.
func (s Specification) Validate(job Job) error {
	if err := s.validate(job); err != nil {
		if err == errCancels {
			return err
		}
		return fmt.Errorf("specification: %w", err)
	}
	return nil
}

func (s Specification) validate(job Job) error {
	if s.Others != "" && s.Others != Fixed && s.Others != Anew && s.Others != Started {
		return fmt.Errorf("others %q; want fixed, learned or start", s.Others)
	}
	if s.Share != "" {
		if _, err := period(s.Share); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Operators)) {
		if !slices.Contains(parts, name) {
			return fmt.Errorf("operator %q; want one of %s", name, strings.Join(parts, ", "))
		}
		if err := s.Operators[name].validState(); err != nil {
			return fmt.Errorf("operator %s: %w", name, err)
		}
	}
	if job == Images {
		return s.validateImages()
	}
	return s.validateCycle()
}

func (w Switch) validState() error {
	if w.State != "" && !slices.Contains([]State{Fixed, Anew, Started, Random}, w.State) {
		return fmt.Errorf("state %q; want fixed, learned, start (learned from the fixed one) or, in a classifier, random", w.State)
	}
	if w.Share == "" {
		return nil
	}
	_, err := period(w.Share)
	return err
}

// mostCorrections is how many stencils or sweeps a method has before or after the coarse
// correction, at most.
const mostCorrections = 64

// absent says what a linear cycle has in the place of the other parts.
var absent = map[string]string{
	sigma:  "σ is the identity there, or its limit would not be the solution of A u = g",
	norm:   "it has none",
	mixing: "it has one channel",
}

func (s Specification) validateCycle() error {
	if s.Gamma < 0 || s.Gamma > 2 {
		return fmt.Errorf("gamma %d; want 1 (a V-cycle) or 2 (a W-cycle)", s.Gamma)
	}
	pre, post := s.Steps()
	if pre < 0 || post < 0 || pre+post > 16 {
		return fmt.Errorf("%d + %d smoothing steps; want 1 to 16 in all", pre, post)
	}
	operators := Cycle.Operators()
	for _, name := range parts {
		w := s.Operators[name]
		switch plain := w == (Switch{}) || w == (Switch{State: Fixed}); {
		case operators.Has(name):
			if w.State == Random {
				return fmt.Errorf("operator %s: random in a linear cycle; want fixed, learned, or start (learned from the fixed one)", name)
			}
			if err := s.Of(name).validateLinear(name); err != nil {
				return fmt.Errorf("operator %s: %w", name, err)
			}
		case name == "Pi" && w.Learned():
			return errCancels
		case name == "Pi" && !plain:
			return fmt.Errorf("operator Pi in a linear cycle; want it fixed, or A, B, R, P: the cycle has Π = 0")
		case !plain:
			return fmt.Errorf("operator %s in a linear cycle; want it fixed, or A, B, R, P: %s", name, absent[name])
		}
	}
	if a, r, p := s.Of("A"), s.Of("R"), s.Of("P"); p.From == BlackBox {
		if a.Learned() || r.Learned() || p.Learned() || a.From != Galerkin || r.From != Transpose {
			return fmt.Errorf("operator P from blackbox, learned: %t, with A from %s, learned: %t, and R from %s, learned: %t; want none of them learned, A from galerkin and R from transpose", p.Learned(), a.From, a.Learned(), r.From, r.Learned())
		}
	}
	b := s.Of("B")
	if n := b.Count * max(pre, post); n > mostCorrections {
		return fmt.Errorf("operator B: count %d in %d + %d steps, %d corrections at a side; want at most %d", b.Count, pre, post, n, mostCorrections)
	}
	share := b.Share
	for _, name := range operators {
		if w := s.Of(name); w.Learned() && w.Share != share && w.Share != ShareLevels && share != ShareLevels {
			return fmt.Errorf("operator %s: share %q beside %q of B; want the same, or %q for one of them", name, w.Share, share, ShareLevels)
		}
	}
	return nil
}

// validateLinear checks an operator of a linear cycle, with its usual values.
func (w Switch) validateLinear(name string) error {
	froms := map[string][]string{"A": {Rediscretized, Galerkin}, "R": {FullWeighting, Transpose}, "P": {Linear, BlackBox}}[name]
	if name != "B" && !slices.Contains(froms, w.From) {
		return fmt.Errorf("from %q; want %s", w.From, strings.Join(froms, " or "))
	}
	if w.Symmetry != SymmetryOfA && !slices.Contains(Symmetries, w.Symmetry) {
		return fmt.Errorf("symmetry %q; want %s or %s", w.Symmetry, strings.Join(Symmetries, ", "), SymmetryOfA)
	}
	if name == "R" && w.From == Transpose && w.Learned() {
		return fmt.Errorf("learned and the transpose of P; want it fixed: its values are those of P")
	}
	if name != "B" {
		switch {
		case w.Kind != "" || w.Omega != 0 || w.Count != 0 || w.Width != 0 || w.Apart:
			return fmt.Errorf("kind, omega, count, width or apart; want these for B only")
		}
		return nil
	}
	switch {
	case w.From != "":
		return fmt.Errorf("from %q; want kind stencil, jacobi or colours", w.From)
	case w.Kind != Stencil && w.Kind != Jacobi && w.Kind != Colours:
		return fmt.Errorf("kind %q; want stencil, jacobi or colours", w.Kind)
	case w.Count < 1 || w.Count > 8:
		return fmt.Errorf("count %d; want 1 to 8 in a step", w.Count)
	case w.Width != 3 && w.Width != 5:
		return fmt.Errorf("width %d; want 3 or 5", w.Width)
	case w.Width != 3 && w.Kind != Stencil:
		return fmt.Errorf("width %d of kind %s; want kind stencil", w.Width, w.Kind)
	case w.Omega != 0 && !(w.Omega > 0 && w.Omega < 2):
		return fmt.Errorf("omega %g; want more than 0 and less than 2", w.Omega)
	}
	return nil
}

func (s Specification) validateImages() error {
	switch {
	case s.Gamma != 0 && s.Gamma != 1:
		return fmt.Errorf("gamma %d in a classifier; want 1, its cycle goes down, or down and up", s.Gamma)
	case s.Pre != 0 || s.Post != 0:
		return fmt.Errorf("pre %d, post %d in a classifier; want neither: its smoothing steps are those of its levels", s.Pre, s.Post)
	}
	operators := Images.Operators()
	for _, name := range parts {
		w := s.Operators[name]
		for _, one := range []struct {
			key   string
			given bool
		}{
			{"kind " + w.Kind, w.Kind != ""}, {"from " + w.From, w.From != ""}, {fmt.Sprintf("omega %g", w.Omega), w.Omega != 0}, {fmt.Sprintf("count %d", w.Count), w.Count != 0},
			{fmt.Sprintf("width %d", w.Width), w.Width != 0}, {"symmetry " + w.Symmetry, w.Symmetry != ""}, {"free", w.Free},
		} {
			if one.given {
				return fmt.Errorf("operator %s: %s in a classifier; want its state, share and apart alone", name, one.key)
			}
		}
		switch {
		case w.Apart && name != "B":
			return fmt.Errorf("operator %s: apart; want that for B only", name)
		case w.State == Random && !operators.Has(name):
			return fmt.Errorf("operator %s: random; want fixed, learned or start", name)
		case w.Share != "" && !operators.Has(name):
			return fmt.Errorf("operator %s: share %q; want that for %s only", name, w.Share, strings.Join(operators, ", "))
		}
	}
	share := s.Of("R").Share
	for _, name := range []string{"P", "Pi"} {
		if w := s.Of(name); w.Share != share {
			return fmt.Errorf("operator %s: share %q beside %q of R; want the same in a classifier", name, w.Share, share)
		}
	}
	return nil
}
