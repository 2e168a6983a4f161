// Package images measures what each trained operator of a classifier of images is worth.
//
// An MgNet is the multigrid cycle over channels,
//
//	d = σ B σ r;   u += d;   r −= A d            r' = σ(R r),   u' = σ(Π u)
//
// with σ = activation ∘ norm. A specification, package specification, frees its parts one by
// one: each of A, B, R, P, Π is a fixed stencil, is learned, or is learned from that stencil;
// so are σ, the norm and the mixing of the channels. [Config] is the network of one.
// [Factorial] lists the rows of a table of combinations, [Run] trains them with several seeds,
// and [Worth] says what each change brings, with its interval.
package images

import (
	"fmt"
	"strings"

	"mgtool/bridge/specification"
	"mgtool/mgnet"
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

// Config returns base with the parts of a specification. Its stem, head and grids stay, and so
// does the sharing of operators that the specification says nothing of.
//
// σ is ReLU if fixed, and PReLU if learned, from 1/4 or from ReLU. A fixed norm only takes the
// mean out and the deviation; its scale and shift, if learned, begin at 1 and 0 either way.
// Mixing is what the channels of an operator have to do with one another:
//
//	         fixed            learned                     start
//	s fixed  s                s, then a 1×1 convolution   the same, from the identity
//	learned  a kernel a       a 3×3 convolution           a 3×3 convolution
//	         channel
//
// An operator that is learned from its stencil begins with it on each channel alone. P is
// used in a V-cycle alone, and mixes as learned or not at all.
func Config(s specification.Specification, base mgnet.MgNet) (mgnet.MgNet, error) {
	if err := s.Validate(specification.Images); err != nil {
		return base, err
	}
	c := base
	c.Depthwise, c.Frozen = nil, nil
	c.Mixed, c.Fixed, c.Begin = map[string]string{}, map[string][]float64{}, map[string][]float64{}
	stencils, mixing := Stencils(), s.Of("mixing").State
	for _, name := range specification.Images.Operators() {
		w := s.Of(name)
		if name == "P" && base.Cycle != "v" {
			if _, listed := s.Operators[name]; listed && w.Learned() {
				return base, fmt.Errorf("images: operator P %s with cycle %q; want cycle v, which goes up by it", w.State, base.Cycle)
			}
			continue
		}
		switch w.State {
		case specification.Fixed:
			c.Fixed[name] = stencils[name]
		case specification.Random:
			c.Frozen = append(c.Frozen, name)
		case specification.Started:
			c.Begin[name] = stencils[name]
		}
		if name == "P" || w.Learned() && mixing != specification.Fixed {
			continue // a dense kernel
		}
		c.Depthwise = append(c.Depthwise, name)
		if mixing != specification.Fixed {
			c.Mixed[name] = map[specification.State]string{specification.Anew: "he", specification.Started: "identity"}[mixing]
		}
	}
	switch s.Of("sigma").State {
	case specification.Fixed:
		c.Activation = "relu"
	case specification.Started:
		c.Activation, c.SlopeStart = "prelu", new(float64)
	case specification.Anew:
		c.Activation = "prelu"
	}
	c.Norm = "batch"
	if s.Of("norm").State == specification.Fixed {
		c.Norm = "fixed"
	}
	if s.Of("B").Apart {
		if base.Cycle != "v" {
			return base, fmt.Errorf("images: operator B apart with cycle %q; want cycle v, which smooths on the way up too", base.Cycle)
		}
		c.Apart = true
	}
	for name, share := range map[string]*string{"A": &c.ShareA, "B": &c.ShareB, "R": &c.ShareR} {
		if s.Share != "" || s.Operators[name].Share != "" {
			*share = shareOf(s.Of(name).Share, *share)
		}
	}
	return c, mgnet.Validate(c)
}

// shareOf is a way of sharing in the terms of package mgnet, which also has one operator a step;
// base is that of the network without the specification.
func shareOf(share, base string) string {
	switch {
	case share == specification.ShareLevels:
		return "all"
	case share != specification.ShareNone:
		return share
	case base == "all" || strings.HasPrefix(base, "cyclic"):
		return "level"
	}
	return base
}
