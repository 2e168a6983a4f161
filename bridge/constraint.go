package bridge

// Conditions that learned kernels keep.

import (
	"gonum.org/v1/gonum/floats"
)

// A kernel learned on a small grid works on a large one only if it is right for smooth
// functions, of which a small grid has few: P must preserve constants, R means, and a
// coarse A must be consistent with −Δ. These are linear conditions on the nine values,
//
//	P    each of the four kinds of fine vertices gets weights of sum 1
//	R    all weights together have sum 4
//	A    moments Σ k s^a t^b as those of the five-point operator, a + b ≤ 2
//
// (s, t in −1…1). The classical kernels meet them, so it suffices to project gradients.
var conditions = map[string][][]float64{
	"P": {
		{0, 0, 0, 0, 1, 0, 0, 0, 0}, // fine vertices on coarse ones
		{0, 0, 0, 1, 0, 1, 0, 0, 0}, // between two, left and right
		{0, 1, 0, 0, 0, 0, 0, 1, 0}, // between two, below and above
		{1, 0, 1, 0, 0, 0, 1, 0, 1}, // between four
	},
	"R": {{1, 1, 1, 1, 1, 1, 1, 1, 1}},
	"A": {
		{1, 1, 1, 1, 1, 1, 1, 1, 1},
		{-1, 0, 1, -1, 0, 1, -1, 0, 1}, // s
		{-1, -1, -1, 0, 0, 0, 1, 1, 1}, // t
		{1, 0, 1, 1, 0, 1, 1, 0, 1},    // s²
		{1, 1, 1, 0, 0, 0, 1, 1, 1},    // t²
		{1, 0, -1, 0, 0, 0, -1, 0, 1},  // st
	},
}

// keepConditions projects the gradient of a kernel of the given operator onto
// the changes that keep its conditions.
func keepConditions(op string, grad []float64) {
	var basis [][]float64
	for _, c := range conditions[op] {
		v := append([]float64(nil), c...)
		for _, b := range basis { // Gram–Schmidt
			floats.AddScaled(v, -floats.Dot(v, b), b)
		}
		floats.Scale(1/floats.Norm(v, 2), v)
		basis = append(basis, v)
	}
	for _, b := range basis {
		floats.AddScaled(grad, -floats.Dot(grad, b), b)
	}
}
