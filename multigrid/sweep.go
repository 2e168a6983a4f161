package multigrid

// What a smoothing step does to a grid: one or more sweeps over its vertices.

import "slices"

// sweep is one pass of relaxation with weight omega,
//
//	u(x) ← u(x) + ω/D · (g − A u)(x),   D the diagonal of A,
//
// or the correction u ← u + B (g − A u) of a stencil B.
type sweep struct {
	order  order
	omega  float64
	parity int // of a colour: the parities of the indices, bit d along axis d
}

// order says which values of u a vertex is relaxed with.
type order int

const (
	jacobi     order = iota // all vertices with the values before the sweep
	red                     // those with an even sum of indices
	black                   // the others
	colour                  // those with the given parities of all indices
	forward                 // one by one, with the values that are new already
	backward                // the same, from the last to the first
	correction              // u += B r with a stencil B
)

func (s Jacobi) sweeps(form, int) []sweep { return []sweep{{order: jacobi, omega: s.Omega}} }

// Vertices of a colour must not depend on each other: two colours are enough for 2d+1
// points, a stencil of 3^d points takes one for each of the 2^d parities.
func (s RedBlack) sweeps(f form, dim int) (list []sweep) {
	if f == starForm || f == facesForm {
		return []sweep{{order: red, omega: s.Omega}, {order: black, omega: s.Omega}}
	}
	for parity := range 1 << dim {
		list = append(list, sweep{colour, s.Omega, parity})
	}
	return list
}

func (GaussSeidel) sweeps(form, int) []sweep { return []sweep{{order: forward, omega: 1}} }

func (SymmetricGaussSeidel) sweeps(form, int) []sweep {
	return []sweep{{order: forward, omega: 1}, {order: backward, omega: 1}}
}

func (s Chebyshev) sweeps(form, int) (list []sweep) {
	for _, omega := range s.Weights() {
		list = append(list, sweep{order: jacobi, omega: omega})
	}
	return list
}

// Lines and planes go with black-box levels, which have sweeps of their own.
func (Lines) sweeps(form, int) []sweep  { return nil }
func (Planes) sweeps(form, int) []sweep { return nil }

func (s StencilSmoother) sweeps(form, int) []sweep { return []sweep{{order: correction}} }

// needsSecond reports whether sweeps need a second field.
func needsSecond(list []sweep) bool {
	for _, s := range list {
		if s.order == jacobi || s.order == correction {
			return true
		}
	}
	return false
}

// mirrored is the sweeps whose product is the adjoint of that of list, for a symmetric A:
// the reverse order, and within a sweep in order the other direction.
func mirrored(list []sweep) []sweep {
	m := slices.Clone(list)
	slices.Reverse(m)
	for i := range m {
		switch m[i].order {
		case forward:
			m[i].order = backward
		case backward:
			m[i].order = forward
		}
	}
	return m
}
