// Package affine has the kernels that an operator may take while it is learned: those of a start,
// plus changes that keep its symmetry and its conditions,
//
//	k(z) = start + Σ z_i b_i,    b_i orthonormal,
//
// with z the values that are learned.
package affine

import (
	"slices"

	"gonum.org/v1/gonum/floats"
)

// Space is an affine space of kernels.
type Space struct {
	Start []float64
	Basis [][]float64 // orthonormal
}

// New is the space from a start along what the directions span, as far as all conditions, which are
// to lie in that span, have the same products with it.
func New(start []float64, directions, conditions [][]float64) Space {
	s := Space{Start: start}
	var known [][]float64
	add := func(v []float64) (rest []float64, ok bool) { // Gram–Schmidt, twice is enough
		v = slices.Clone(v)
		size := floats.Norm(v, 2)
		for range 2 {
			for _, b := range known {
				floats.AddScaled(v, -floats.Dot(v, b), b)
			}
		}
		if norm := floats.Norm(v, 2); norm > 1e-8*size && size > 0 {
			floats.Scale(1/norm, v)
			known = append(known, v)
			return v, true
		}
		return nil, false
	}
	for _, c := range conditions {
		add(c)
	}
	for _, d := range directions {
		if v, ok := add(d); ok {
			s.Basis = append(s.Basis, v)
		}
	}
	return s
}

// At is the kernel of z, the start if z is empty.
func (s Space) At(z []float64) []float64 {
	k := slices.Clone(s.Start)
	for i, v := range z {
		floats.AddScaled(k, v, s.Basis[i])
	}
	return k
}

// Project is z of the kernel nearest to k.
func (s Space) Project(k []float64) (z []float64) {
	for _, b := range s.Basis {
		z = append(z, floats.Dot(b, k)-floats.Dot(b, s.Start))
	}
	return z
}

// AddGradient adds the gradient by z to dz, from that by the kernel.
func AddGradient[T float32 | float64](s Space, dz []float64, dk []T) {
	for i, b := range s.Basis {
		for o, v := range b {
			dz[i] += v * float64(dk[o])
		}
	}
}
