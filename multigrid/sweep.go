package multigrid

// What a smoothing step does to a grid: one or more sweeps over its vertices.

import (
	"fmt"
	"slices"

	"mgtool/pde/stencil"
)

// sweep is one pass of relaxation with weight omega,
//
//	u(x) ← u(x) + ω/D · (g − A u)(x),   D the diagonal of A,
//
// or the correction u ← u + B (g − A u) of a stencil B.
type sweep struct {
	order   order
	adjoint bool // of a correction: it is by Bᵀ
	emitted bool // B is made of A as the level has it, in its units
	omega   float64
	parity  int // of a colour: the parities of the indices, bit d along axis d

	// Of a correction:
	stencil *StencilSmoother // what makes its B, or …
	kernel  *KernelSmoother  // … what acts on r/D
	b       int              // B among those of the level

	parts *[][]sweep // of the corrections over which the residual is minimised
}

// order says which values of u a vertex is relaxed with.
type order int8

const (
	jacobi     order = iota // all vertices with the values before the sweep
	red                     // those with an even sum of indices
	black                   // the others
	colour                  // those with the given parities of all indices
	forward                 // one by one, with the values that are new already
	backward                // the same, from the last to the first
	correction              // u += B r with a stencil B
	minimising              // the sweeps of parts, then as far along each as makes r smallest
)

// place is where a smoothing step is done.
type place struct {
	form  form // of A
	dim   int
	level int  // 0 is the finest
	up    bool // after a coarse correction

	a       stencil.Operator                // of the level; none where only memory is counted
	emitted map[*Emitter][]stencil.Operator // that have been made for it
}

// colours are the sweeps of all colours, still without weights. Vertices of a colour must not
// depend on each other: two colours are enough for 2d+1 points, a stencil of 3^d points takes
// one for each of the 2^d parities.
func (p place) colours() (list []sweep) {
	if p.form == starForm || p.form == facesForm {
		return []sweep{{order: red}, {order: black}}
	}
	for parity := range 1 << p.dim {
		list = append(list, sweep{order: colour, parity: parity})
	}
	return list
}

func (s Jacobi) sweeps(place) ([]sweep, error) {
	return []sweep{{order: jacobi, omega: s.Omega}}, nil
}

func (s RedBlack) sweeps(p place) ([]sweep, error) {
	list := p.colours()
	for c := range list {
		list[c].omega = s.Omega
	}
	return list, nil
}

func (s Colours) sweeps(p place) ([]sweep, error) {
	list := p.colours()
	if len(s.Omega) != len(list) {
		return nil, fmt.Errorf("multigrid: smoother %v has %d weights; want %d, one for each colour of the operator of level %d", s, len(s.Omega), len(list), p.level)
	}
	for c := range list {
		list[c].omega = s.Omega[c]
	}
	return list, nil
}

func (GaussSeidel) sweeps(place) ([]sweep, error) { return []sweep{{order: forward, omega: 1}}, nil }

func (SymmetricGaussSeidel) sweeps(place) ([]sweep, error) {
	return []sweep{{order: forward, omega: 1}, {order: backward, omega: 1}}, nil
}

func (s Chebyshev) sweeps(place) (list []sweep, err error) {
	for _, omega := range s.Weights() {
		list = append(list, sweep{order: jacobi, omega: omega})
	}
	return list, nil
}

// Lines and planes go with black-box levels, which have sweeps of their own.
func (s Lines) sweeps(place) ([]sweep, error) { return nil, blocksAlone(s) }

func (s Planes) sweeps(place) ([]sweep, error) { return nil, blocksAlone(s) }

func blocksAlone(s Smoother) error {
	return fmt.Errorf("multigrid: smoother %v as a part of another; want it alone, with black-box coarsening", s)
}

func (s StencilSmoother) sweeps(place) ([]sweep, error) {
	return []sweep{{order: correction, stencil: &s}}, nil
}

// needsSecond reports whether sweeps need a second field.
func needsSecond(list []sweep) bool {
	needs := false
	_ = eachSweep(list, func(s *sweep) error {
		needs = needs || s.order == jacobi || s.order == correction
		return nil
	})
	return needs
}

// maps reports that v holds another u, for sweeps from one to the other; else it holds
// residuals.
func (l *level[T]) maps() bool { return len(l.b) == 0 && l.v != nil }

// mirrored is the sweeps whose product is the adjoint of that of list, for a symmetric A:
// the reverse order, within a sweep in order the other direction, and Bᵀ for B.
func mirrored(list []sweep) []sweep {
	m := slices.Clone(list)
	slices.Reverse(m)
	for i := range m {
		switch m[i].order {
		case forward:
			m[i].order = backward
		case backward:
			m[i].order = forward
		case correction:
			m[i].adjoint = !m[i].adjoint
		}
	}
	return m
}
