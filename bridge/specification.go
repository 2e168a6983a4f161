package bridge

// Which operators of a cycle are learned, and what they may look like.

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mgtool/internal/strictjson"
)

// State says whether an operator is trained.
type State string

const (
	Fixed   State = "fixed"   // it stays the classical one
	Anew    State = "learned" // trained, from seeded random values
	Started State = "start"   // trained, from the classical one
)

// Specification says which operators of a cycle are learned, and what they may look like.
// The keys of its file are in quotes below; what is left out has its usual value. A learned B
// in a V(1,1)-cycle with Galerkin coarse operators, for instance, is
//
//	{"operators": {"A": {"from": "galerkin"}, "B": {"state": "start", "apart": true}}}
type Specification struct {
	Name  string `json:"name,omitempty"`  // for people
	Gamma int    `json:"gamma,omitempty"` // 1 is a V-cycle, the default, 2 a W-cycle
	// Smoothing steps before and after the coarse correction; 1 and 1 where both are 0.
	Pre  int `json:"pre,omitempty"`
	Post int `json:"post,omitempty"`
	// Share says which levels have the same operators: "none", each has its own; "levels",
	// all have the same; "cyclic:K", those K apart.
	Share string `json:"share,omitempty"`
	// Operators by name: A, B, R and P of a linear cycle. One that is not listed is fixed.
	Operators map[string]Switch `json:"operators,omitempty"`
}

// Switch is one operator of a [Specification].
type Switch struct {
	State State `json:"state,omitempty"` // "fixed" (the default), "learned" or "start"
	// Kind of B: "stencil", u += K ∗ (r/D); "jacobi", u += ω r/D, which as several sweeps a
	// step is a polynomial in A/D with the roots 1/ω; "colours", Gauss–Seidel colour by
	// colour with a weight for each.
	Kind string `json:"kind,omitempty"`
	// From what it is made or starts. A: "rediscretized" or "galerkin". R: "full-weighting" or
	// "transpose", which is Pᵀ/2^d and has no values of its own. P: "linear".
	From  string  `json:"from,omitempty"`
	Omega float64 `json:"omega,omitempty"` // of B where it starts; 0 is the usual weight
	Count int     `json:"count,omitempty"` // of stencils or sweeps in a step of B; 0 is 1
	Width int     `json:"width,omitempty"` // of a stencil of B, 3 or 5; 0 is 3
	// Apart gives B one set of values before the coarse correction and another after it.
	Apart bool `json:"apart,omitempty"`
	// Symmetry of a kernel: "none"; "point", k(o) = k(−o); "axes", the same along each axis;
	// "full", under exchange of axes too; "operator", those of these that A has.
	Symmetry string `json:"symmetry,omitempty"`
	// Free drops the conditions of a learned kernel: that P keeps constants and linear
	// functions, R their means, and A the moments of its start up to the second.
	Free  bool   `json:"free,omitempty"`
	Share string `json:"share,omitempty"` // as in the specification, for this operator alone
}

// Names of what a Switch can be made of.
const (
	kindStencil, kindJacobi, kindColours = "stencil", "jacobi", "colours"
	fromRediscretized, fromGalerkin      = "rediscretized", "galerkin"
	fromWeighting, fromTranspose         = "full-weighting", "transpose"
	fromLinear                           = "linear"
	shareNone, shareLevels, shareCyclic  = "none", "levels", "cyclic:"
	symmetryOfA                          = "operator"
)

// Learn is the specification in which the given operators of a linear cycle start from the
// classical ones and are trained, level by level, with the coarse A rediscretised.
func Learn(l Learned) Specification {
	s := Specification{Share: shareNone, Operators: map[string]Switch{}}
	for _, name := range l {
		s.Operators[name] = Switch{State: Started}
	}
	return s
}

// ReadSpecification reads a file in JSON. An unknown key is an error, and so is whatever
// [Specification.Validate] finds.
func ReadSpecification(path string) (s Specification, err error) {
	data, err := strictjson.ReadFile(path)
	if err != nil {
		return s, err
	}
	if err := strictjson.Decode(data, &s); err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	if err := s.Validate(); err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// Learned lists the operators that are trained.
func (s Specification) Learned() (l Learned) {
	for _, name := range LinearOperators {
		if s.Of(name).Learned() {
			l = append(l, name)
		}
	}
	return l
}

// Learned reports whether the operator is trained.
func (w Switch) Learned() bool { return w.State == Anew || w.State == Started }

// usual are the values of what is left out.
var usual = map[string]Switch{
	"A": {State: Fixed, From: fromRediscretized, Symmetry: "none"},
	"B": {State: Fixed, Kind: kindStencil, Count: 1, Width: 3, Symmetry: "none"},
	"R": {State: Fixed, From: fromWeighting, Symmetry: "none"},
	"P": {State: Fixed, From: fromLinear, Symmetry: "none"},
}

// Of is an operator with the usual values for what the specification leaves out.
func (s Specification) Of(name string) Switch {
	w, u := s.Operators[name], usual[name]
	if w.State == "" {
		w.State = u.State
	}
	if w.Kind == "" {
		w.Kind = u.Kind
	}
	if w.From == "" {
		w.From = u.From
	}
	if w.Count == 0 {
		w.Count = u.Count
	}
	if w.Width == 0 {
		w.Width = u.Width
	}
	if w.Symmetry == "" {
		w.Symmetry = u.Symmetry
	}
	if w.Share == "" {
		w.Share = s.Share
	}
	if w.Share == "" {
		w.Share = shareNone
	}
	return w
}

// Steps are the numbers of smoothing steps before and after the coarse correction.
func (s Specification) Steps() (pre, post int) {
	if s.Pre == 0 && s.Post == 0 {
		return 1, 1
	}
	return s.Pre, s.Post
}

// Period is how many levels have operators of their own; 0 is all.
func (w Switch) Period() (int, error) { return period(w.Share) }

func period(share string) (int, error) {
	switch {
	case share == shareNone:
		return 0, nil
	case share == shareLevels:
		return 1, nil
	case strings.HasPrefix(share, shareCyclic):
		if k, err := strconv.Atoi(share[len(shareCyclic):]); err == nil && k >= 1 && k <= 16 {
			return k, nil
		}
	}
	return 0, fmt.Errorf("share %q; want none, levels, or cyclic:K with K from 1 to 16", share)
}

// Validate says in one line what cannot be meant.
func (s Specification) Validate() error {
	if err := s.validate(); err != nil {
		return fmt.Errorf("bridge: %w", err)
	}
	return nil
}

func (s Specification) validate() error {
	if s.Gamma < 0 || s.Gamma > 2 {
		return fmt.Errorf("gamma %d; want 1 (a V-cycle) or 2 (a W-cycle)", s.Gamma)
	}
	if pre, post := s.Steps(); pre < 0 || post < 0 || pre+post > 16 {
		return fmt.Errorf("%d + %d smoothing steps; want 1 to 16 in all", pre, post)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Operators)) {
		if name == "Pi" {
			if s.Operators[name].Learned() {
				return errCancels
			}
			return fmt.Errorf("operator Pi in a linear cycle; want A, B, R, P: the cycle has Π = 0")
		}
		if !slices.Contains(LinearOperators, name) {
			return fmt.Errorf("operator %q in a linear cycle; want A, B, R, P", name)
		}
	}
	for _, name := range LinearOperators {
		if err := s.Of(name).validate(name); err != nil {
			return fmt.Errorf("operator %s: %w", name, err)
		}
	}
	share := s.Of("B").Share
	for _, name := range LinearOperators {
		if w := s.Of(name); w.Learned() && w.Share != share && w.Share != shareLevels && share != shareLevels {
			return fmt.Errorf("operator %s: share %q beside %q of B; want the same, or %q for one of them", name, w.Share, share, shareLevels)
		}
	}
	return nil
}

func (w Switch) validate(name string) error {
	switch w.State {
	case Fixed, Anew, Started:
	default:
		return fmt.Errorf("state %q; want fixed, learned, or start (learned from the fixed one)", w.State)
	}
	if _, err := period(w.Share); err != nil {
		return err
	}
	froms := map[string][]string{"A": {fromRediscretized, fromGalerkin}, "R": {fromWeighting, fromTranspose}, "P": {fromLinear}}[name]
	if name != "B" && !slices.Contains(froms, w.From) {
		return fmt.Errorf("from %q; want %s", w.From, strings.Join(froms, " or "))
	}
	if w.Symmetry != symmetryOfA && !slices.Contains(symmetries, w.Symmetry) {
		return fmt.Errorf("symmetry %q; want %s or %s", w.Symmetry, strings.Join(symmetries, ", "), symmetryOfA)
	}
	if name == "R" && w.From == fromTranspose && w.Learned() {
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
	case w.Kind != kindStencil && w.Kind != kindJacobi && w.Kind != kindColours:
		return fmt.Errorf("kind %q; want stencil, jacobi or colours", w.Kind)
	case w.Count < 1 || w.Count > 8:
		return fmt.Errorf("count %d; want 1 to 8 in a step", w.Count)
	case w.Width != 3 && w.Width != 5:
		return fmt.Errorf("width %d; want 3 or 5", w.Width)
	case w.Width != 3 && w.Kind != kindStencil:
		return fmt.Errorf("width %d of kind %s; want kind stencil", w.Width, w.Kind)
	case w.Omega != 0 && !(w.Omega > 0 && w.Omega < 2):
		return fmt.Errorf("omega %g; want more than 0 and less than 2", w.Omega)
	}
	return nil
}
