// Package specification says which operators of multigrid are learned, and what they may look
// like, for both jobs: a linear cycle for A u = g, and a classifier of images. Both are the walk
//
//	u += σ B σ (g − A u),   r' = R (g − A u),   u' = Π u,   u += P (u' − Π u),
//
// and one file serves both where it says no more than both can do:
//
//	{"share": "levels", "operators": {"A": "fixed", "B": {"state": "start", "apart": true}}}
//
// What fixed means is the job's: in a linear cycle the classical operators, with Π = 0, σ the
// identity, and neither a norm nor channels; in a classifier multigrid's stencils with ReLU.
// What a job cannot have is refused by [Specification.Validate], in a line that names the
// operator. [Parse] reads the short form of flags.
package specification

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mgtool/internal/strictjson"
)

// State says whether an operator is trained.
type State string

// The states. What begins at random is told apart from what starts as the fixed operator.
const (
	Fixed   State = "fixed"   // it stays the classical one
	Anew    State = "learned" // trained, from seeded random values
	Started State = "start"   // trained, from the classical one
	Random  State = "random"  // it stays at random values: the control of Fixed, in a classifier
)

// Specification says which operators are learned, and what they may look like. The keys of its
// file are in quotes below; what is left out has its usual value. A learned B in a V(1,1)-cycle
// with Galerkin coarse operators, for instance, is
//
//	{"operators": {"A": {"from": "galerkin"}, "B": {"state": "start", "apart": true}}}
type Specification struct {
	Name  string `json:"name,omitempty"`  // for people
	Gamma int    `json:"gamma,omitempty"` // 1 is a V-cycle, the default, 2 a W-cycle
	// Smoothing steps before and after the coarse correction of a linear cycle; 1 and 1 where
	// both are 0.
	Pre  int `json:"pre,omitempty"`
	Post int `json:"post,omitempty"`
	// Share says which levels have the same operators: "none", each has its own; "levels",
	// all have the same; "cyclic:K", those K apart.
	Share string `json:"share,omitempty"`
	// Others is the state of operators that are not listed: "fixed" (the default), "learned" or
	// "start". A σ that is not listed is fixed.
	Others State `json:"others,omitempty"`
	// Operators by name: A, B, R, P, Pi, sigma, norm and mixing, the last of a classifier's
	// channels.
	Operators map[string]Switch `json:"operators,omitempty"`
}

// Switch is one operator of a [Specification]. In JSON one of which only the state is said is
// that state alone.
type Switch struct {
	State State `json:"state,omitempty"` // "fixed" (the default), "learned", "start" or "random"
	// Kind of B: "stencil", u += K ∗ (r/D); "jacobi", u += ω r/D, which as several sweeps a
	// step is a polynomial in A/D with the roots 1/ω; "colours", Gauss–Seidel colour by
	// colour with a weight for each.
	Kind string `json:"kind,omitempty"`
	// From what it is made or starts. A: "rediscretized" or "galerkin". R: "full-weighting" or
	// "transpose", which is Pᵀ/2^d and has no values of its own. P: "linear", or "blackbox", made
	// of the rows of A, which is for coefficients that jump; R is then its transpose, the coarse A
	// from Galerkin products, and none of the three is learned.
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
	Stencil, Jacobi, Colours = "stencil", "jacobi", "colours"
	Rediscretized, Galerkin  = "rediscretized", "galerkin"
	FullWeighting, Transpose = "full-weighting", "transpose"
	Linear, BlackBox         = "linear", "blackbox"
	ShareNone, ShareLevels   = "none", "levels"
	SymmetryOfA              = "operator"
	shareCyclic              = "cyclic:"
	sigma, norm, mixing      = "sigma", "norm", "mixing"
)

// Symmetries of kernels, each with all of the one before, beside [SymmetryOfA].
var Symmetries = []string{"none", "point", "axes", "full"}

// UnmarshalJSON reads a state, or an object of its keys.
func (w *Switch) UnmarshalJSON(data []byte) error {
	if strings.HasPrefix(strings.TrimSpace(string(data)), `"`) {
		*w = Switch{}
		return json.Unmarshal(data, &w.State)
	}
	type plain Switch
	return strictjson.Decode(data, (*plain)(w))
}

// MarshalJSON is the reverse of UnmarshalJSON.
func (w Switch) MarshalJSON() ([]byte, error) {
	if w.State != "" && w == (Switch{State: w.State}) {
		return json.Marshal(w.State)
	}
	type plain Switch
	return json.Marshal(plain(w))
}

// Learn is the specification in which the given operators of a linear cycle start from the
// classical ones and are trained, level by level, with the coarse A rediscretised.
func Learn(l Learned) Specification {
	s := Specification{Share: ShareNone, Operators: map[string]Switch{}}
	for _, name := range l {
		s.Operators[name] = Switch{State: Started}
	}
	return s
}

// Read reads a file in JSON, of a specification or of a list of them, for a job. An unknown key
// is an error, and so is whatever [Specification.Validate] finds.
func Read(path string, job Job) (list []Specification, err error) {
	data, err := strictjson.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(strings.TrimSpace(string(data)), "[") {
		err = strictjson.Decode(data, &list)
	} else {
		list = make([]Specification, 1)
		err = strictjson.Decode(data, &list[0])
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	case len(list) == 0:
		return nil, fmt.Errorf("%s: an empty list; want one specification or more", path)
	}
	for i, s := range list {
		if err := s.Validate(job); err != nil {
			if len(list) > 1 {
				err = fmt.Errorf("number %d: %w", i+1, err)
			}
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return list, nil
}

// Learned lists the operators of a linear cycle that are trained.
func (s Specification) Learned() (l Learned) {
	for _, name := range Cycle.Operators() {
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
	"A": {From: Rediscretized, Symmetry: "none"},
	"B": {Kind: Stencil, Count: 1, Width: 3, Symmetry: "none"},
	"R": {From: FullWeighting, Symmetry: "none"},
	"P": {From: Linear, Symmetry: "none"},
}

// Of is an operator with the usual values for what the specification leaves out.
func (s Specification) Of(name string) Switch {
	w, u := s.Operators[name], usual[name]
	if w.State == "" && name != sigma {
		w.State = s.Others
	}
	if w.State == "" {
		w.State = Fixed
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
		w.Share = ShareNone
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
	case share == ShareNone:
		return 0, nil
	case share == ShareLevels:
		return 1, nil
	case strings.HasPrefix(share, shareCyclic):
		if k, err := strconv.Atoi(share[len(shareCyclic):]); err == nil && k >= 1 && k <= 16 {
			return k, nil
		}
	}
	return 0, fmt.Errorf("share %q; want none, levels, or cyclic:K with K from 1 to 16", share)
}

// Learned names operators that are trained; the others are fixed.
type Learned []string

// ParseLearned reads a list such as "B,R,P" of some operators that can be learned; "" and
// "none" are none, "all" is all of them.
func ParseLearned(list string, operators Learned) (Learned, error) {
	switch list {
	case "", "none":
		return nil, nil
	case "all":
		return slices.Clone(operators), nil
	}
	var l Learned
	for name := range strings.SplitSeq(list, ",") {
		if !slices.Contains(operators, name) {
			if name == "Pi" {
				return nil, errCancels
			}
			return nil, fmt.Errorf("specification: unknown operator %q; known: %s", name, strings.Join(operators, ", "))
		}
		if !l.Has(name) {
			l = append(l, name)
		}
	}
	return l, nil
}

var errCancels = errors.New("specification: Pi learned in a linear cycle; want some of A, B, R, P: the correction P(u' − u'₀) does not depend on u'₀ = Π u, so the parameters of Π cancel")

// Has reports whether the operator of that name is learned.
func (l Learned) Has(name string) bool { return slices.Contains(l, name) }

func (l Learned) String() string {
	if len(l) == 0 {
		return "none"
	}
	return strings.Join(l, ",")
}
