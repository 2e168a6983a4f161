// Package bridge switches each operator of the cycle between fixed and learned,
// for both jobs, and measures what each one is worth:
//
//	            multigrid for A u = g        classifier of images
//	A           rediscretised or R A P       the five-point stencil on each channel
//	B           ω-Jacobi, Gauss–Seidel       two Richardson sweeps
//	R, P        full weighting, bilinear     the same stencils
//	Π           0                            injection
//
// A [Specification] says which operators are learned, and what they may look like. [New] makes
// the [Cycle] of it for an operator of package stencil, [Cycle.Train] trains it over a graph,
// through the cycle unrolled k times, and [Cycle.Method] makes it a method that the solver
// runs at any size. [CompareVision] trains classifiers. Both are walked by the one cycle.Run.
package bridge

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Learned names the operators that are trained, out of A, B, R, P and Pi; the
// others are fixed.
type Learned []string

// The operators that can be learned, of a linear cycle and of a classifier.
//
// In a linear cycle Π has no effect: the correction P(u' − u'₀) is P A'⁻¹ r' whatever
// u'₀ = Π u is, so that its parameters cancel.
var (
	LinearOperators = Learned{"A", "B", "R", "P"}
	ImageOperators  = Learned{"A", "B", "R", "P", "Pi"}
)

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
			return nil, fmt.Errorf("bridge: unknown operator %q; known: %s", name, strings.Join(operators, ", "))
		}
		if !l.Has(name) {
			l = append(l, name)
		}
	}
	return l, nil
}

var errCancels = errors.New("bridge: Pi learned in a linear cycle; want some of A, B, R, P: the correction P(u' − u'₀) does not depend on u'₀ = Π u, so the parameters of Π cancel")

// Has reports whether the operator of that name is learned.
func (l Learned) Has(name string) bool { return slices.Contains(l, name) }

func (l Learned) String() string {
	if len(l) == 0 {
		return "none"
	}
	return strings.Join(l, ",")
}
