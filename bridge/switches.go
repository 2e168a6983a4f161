// Package bridge switches each operator of the cycle between fixed and learned,
// for both jobs, and measures what each one is worth:
//
//	            multigrid for −Δu = g        classifier of images
//	A           five-point operator          the same stencil on each channel
//	B           ω-Jacobi                     two Richardson sweeps
//	R, P        full weighting, bilinear     the same stencils
//	Π           0                            injection
//
// [Poisson] is the cycle on a Poisson problem with 3×3 kernels, trained over a
// graph and measured in the numeric solver; [CompareVision] trains classifiers.
// Both are walks of the one multigrid.Run.
package bridge

import (
	"fmt"
	"slices"
	"strings"
)

// Learned names the operators that are trained, out of A, B, R, P and Pi; the
// others are fixed.
type Learned []string

// operators are the switches there are.
var operators = []string{"A", "B", "R", "P", "Pi"}

// ParseLearned reads a list such as "B,R,P"; "" and "none" are none, "all" is
// all five.
func ParseLearned(list string) (Learned, error) {
	switch list {
	case "", "none":
		return nil, nil
	case "all":
		return slices.Clone(operators), nil
	}
	var l Learned
	for name := range strings.SplitSeq(list, ",") {
		if !slices.Contains(operators, name) {
			return nil, fmt.Errorf("bridge: unknown operator %q; known: %s", name, strings.Join(operators, ", "))
		}
		if !l.Has(name) {
			l = append(l, name)
		}
	}
	return l, nil
}

// Has reports whether the operator of that name is learned.
func (l Learned) Has(name string) bool { return slices.Contains(l, name) }

func (l Learned) String() string {
	if len(l) == 0 {
		return "none"
	}
	return strings.Join(l, ",")
}
