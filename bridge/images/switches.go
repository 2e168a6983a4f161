// Package images measures what each trained operator of a classifier of images is worth.
//
// An MgNet is the multigrid cycle over channels,
//
//	d = σ B σ r;   u += d;   r −= A d            r' = σ(R r),   u' = σ(Π u)
//
// with σ = activation ∘ norm. [Switches] frees its parts one by one: each of A, B, R, P, Π
// is a fixed stencil, is learned, or is learned from that stencil; so are σ, the norm and the
// mixing of the channels. [Factorial] lists the rows of a table of combinations, [Run] trains
// them with several seeds, and [Worth] says what each change brings, with its interval.
package images

import (
	"fmt"
	"slices"
	"strings"

	"mgtool/mgnet"
)

// Switch says how a part of a classifier comes about.
type Switch string

const (
	// Fixed is multigrid's: the stencils of [Stencils], ReLU, a norm that only takes the mean
	// out and the deviation, and no mixing of channels.
	Fixed Switch = "fixed"
	// Learned begins at random.
	Learned Switch = "learned"
	// Begun is learned from what Fixed gives.
	Begun Switch = "start"
	// Random is a stencil a channel that is drawn at random and stays: the control of Fixed,
	// for operators alone.
	Random Switch = "random"
)

// Stencils are those of fixed operators, by their names: multigrid's, and for B two
// Richardson sweeps with ω = 1/8 in one stencil, as in the notebook of the MgNet course.
func Stencils() map[string][]float64 {
	return map[string][]float64{
		"A":  {0, -1, 0, -1, 4, -1, 0, -1, 0},
		"B":  {0, 1. / 64, 0, 1. / 64, 12. / 64, 1. / 64, 0, 1. / 64, 0},
		"R":  {.25, .5, .25, .5, 1, .5, .25, .5, .25},
		"P":  {.25, .5, .25, .5, 1, .5, .25, .5, .25},
		"Pi": {0, 0, 0, 0, 1, 0, 0, 0, 0},
	}
}

// Switches are those of a classifier. What is left out is learned, but σ, which is ReLU.
//
// Mixing is what the channels of an operator have to do with one another:
//
//	         fixed            learned                     start
//	s fixed  s                s, then a 1×1 convolution   the same, from the identity
//	learned  a kernel a       a 3×3 convolution           a 3×3 convolution
//	         channel
//
// An operator that is learned from its stencil begins with it on each channel alone. P is
// used in a V-cycle alone, and mixes as learned or not at all.
type Switches struct {
	A      Switch `json:"A,omitempty"`
	B      Switch `json:"B,omitempty"`
	R      Switch `json:"R,omitempty"`
	P      Switch `json:"P,omitempty"`
	Pi     Switch `json:"Pi,omitempty"`
	Sigma  Switch `json:"sigma,omitempty"`  // fixed ReLU; learned PReLU, from 1/4 or from ReLU
	Norm   Switch `json:"norm,omitempty"`   // scale and shift; both ways of learning begin at 1 and 0
	Mixing Switch `json:"mixing,omitempty"` // of channels
}

// part is a switch with its name.
type part struct {
	name  string
	value *Switch
}

func (s *Switches) parts() []part {
	return []part{{"A", &s.A}, {"B", &s.B}, {"R", &s.R}, {"P", &s.P}, {"Pi", &s.Pi}, {"sigma", &s.Sigma}, {"norm", &s.Norm}, {"mixing", &s.Mixing}}
}

// isOperator reports whether a part is one, not σ, the norm or the mixing.
func isOperator(name string) bool { _, ok := Stencils()[name]; return ok }

// Full has a value in each switch.
func (s Switches) Full() Switches {
	for _, p := range s.parts() {
		switch {
		case *p.value != "":
		case p.name == "sigma":
			*p.value = Fixed
		default:
			*p.value = Learned
		}
	}
	return s
}

// Parse reads switches such as "A=fixed,B=start,mixing=learned".
func Parse(text string) (Switches, error) {
	var s Switches
	for field := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(field), "=")
		parts := s.parts()
		i := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
		if !ok || i < 0 {
			return s, fmt.Errorf("images: switch %q; want PART=VALUE, with a part of A, B, R, P, Pi, sigma, norm, mixing, and fixed, learned, start or random", field)
		}
		if *parts[i].value != "" {
			return s, fmt.Errorf("images: %s twice in %q; want it once", name, text)
		}
		*parts[i].value = Switch(value)
	}
	return s, s.Validate()
}

// String is the switches as [Parse] reads them.
func (s Switches) String() string {
	var fields []string
	for _, p := range s.parts() {
		if *p.value != "" {
			fields = append(fields, p.name+"="+string(*p.value))
		}
	}
	return strings.Join(fields, ",")
}

// Validate reports the first value that a part does not have.
func (s Switches) Validate() error {
	for _, p := range s.parts() {
		known := []Switch{"", Fixed, Learned, Begun}
		if isOperator(p.name) {
			known = append(known, Random)
		}
		if !slices.Contains(known, *p.value) {
			return fmt.Errorf("images: %s=%s; want %s", p.name, *p.value, strings.Trim(fmt.Sprint(known[1:]), "[]"))
		}
	}
	return nil
}

// Config returns base with these switches. Its stem, head, grids and sharing stay.
func (s Switches) Config(base mgnet.MgNet) (mgnet.MgNet, error) {
	if err := s.Validate(); err != nil {
		return base, err
	}
	s = s.Full()
	c := base
	c.Depthwise, c.Frozen = nil, nil
	c.Mixed, c.Fixed, c.Begin = map[string]string{}, map[string][]float64{}, map[string][]float64{}
	stencils := Stencils()
	for _, p := range s.parts() {
		stencil, operator := stencils[p.name]
		if !operator || p.name == "P" && base.Cycle != "v" {
			continue
		}
		given := *p.value == Fixed || *p.value == Random
		switch *p.value {
		case Fixed:
			c.Fixed[p.name] = stencil
		case Random:
			c.Frozen = append(c.Frozen, p.name)
		case Begun:
			c.Begin[p.name] = stencil
		}
		if p.name == "P" || !given && s.Mixing != Fixed {
			continue // a dense kernel
		}
		c.Depthwise = append(c.Depthwise, p.name)
		if s.Mixing != Fixed {
			c.Mixed[p.name] = map[Switch]string{Learned: "he", Begun: "identity"}[s.Mixing]
		}
	}
	switch s.Sigma {
	case Fixed:
		c.Activation = "relu"
	case Begun:
		c.Activation, c.SlopeStart = "prelu", new(float64)
	case Learned:
		c.Activation = "prelu"
	}
	c.Norm = "batch"
	if s.Norm == Fixed {
		c.Norm = "fixed"
	}
	return c, mgnet.Validate(c)
}
