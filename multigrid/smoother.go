package multigrid

// Smoothers, B: Jacobi, Gauss–Seidel, red-black, and any 3×3 kernel.

import (
	"fmt"

	"mgtool/pde"
)

// Smoother is B, as the iteration u ← u + B(g − A u) that damps the part of
// the error a coarser grid cannot hold.
type Smoother interface {
	// Smooth does one step on a level's U, in place. It may overwrite R.
	Smooth(l *Level)
	// Validate reports a parameter for which no problem would converge.
	Validate() error
	fmt.Stringer
}

// NewSmoother finds a smoother by its name: jacobi, gs, rbgs or rbsor. Omega 0
// is the usual weight of each: 0.8, 1, 1, 1.15.
func NewSmoother(name string, omega float64) (Smoother, error) {
	or := func(usual float64) float64 {
		if omega == 0 {
			return usual
		}
		return omega
	}
	var s Smoother
	switch name {
	case "jacobi":
		s = Jacobi{Omega: or(0.8)}
	case "gs":
		if omega != 0 && omega != 1 {
			return nil, fmt.Errorf("multigrid: smoother gs has no weight; got omega %g, want 1 (or jacobi, rbsor)", omega)
		}
		s = GaussSeidel{}
	case "rbgs":
		if omega != 0 && omega != 1 {
			return nil, fmt.Errorf("multigrid: smoother rbgs has no weight; got omega %g, want 1 (or rbsor)", omega)
		}
		s = RedBlack{Omega: 1}
	case "rbsor":
		s = RedBlack{Omega: or(1.15)}
	default:
		return nil, fmt.Errorf("multigrid: unknown smoother %q; known: jacobi, gs, rbgs, rbsor", name)
	}
	return s, s.Validate()
}

// checkOmega accepts the weights in (0, 2), where relaxation can converge.
func checkOmega(s Smoother, omega float64) error {
	if !(omega > 0 && omega < 2) {
		return fmt.Errorf("multigrid: smoother %v: omega %g; want more than 0 and less than 2", s, omega)
	}
	return nil
}

// Jacobi is the weighted Jacobi iteration, B = ω diag(A)⁻¹ = ω h²/4.
type Jacobi struct{ Omega float64 }

// Smooth implements [Smoother].
func (s Jacobi) Smooth(l *Level) {
	l.UpdateResidual()
	b := s.Omega * l.H[0] * l.H[0] / 4
	l.Rows(func(j, k int) {
		u, r := l.U.Row(j, k)[1:l.N[0]], l.R.Row(j, k)[1:]
		for i := range u {
			u[i] += b * r[i]
		}
	})
}

// Validate implements [Smoother].
func (s Jacobi) Validate() error { return checkOmega(s, s.Omega) }

func (s Jacobi) String() string { return fmt.Sprintf("jacobi(%g)", s.Omega) }

// GaussSeidel is the lexicographic Gauss–Seidel iteration, B = tril(A)⁻¹. Each
// value depends on the one before, so it runs on one core.
type GaussSeidel struct{}

// Smooth implements [Smoother].
func (GaussSeidel) Smooth(l *Level) {
	h2 := l.H[0] * l.H[0]
	for j := 1; j < l.N[1]; j++ {
		u, g, s, n := l.U.Row(j, 0), l.G.Row(j, 0), l.U.Row(j-1, 0), l.U.Row(j+1, 0)
		for i := 1; i < l.N[0]; i++ {
			u[i] = 0.25 * (h2*g[i] + u[i-1] + u[i+1] + s[i] + n[i])
		}
	}
}

// Validate implements [Smoother].
func (GaussSeidel) Validate() error { return nil }

func (GaussSeidel) String() string { return "gs" }

// RedBlack is Gauss–Seidel on the vertices with i+j even, then on those with
// i+j odd; with Omega other than 1, successive over-relaxation (SOR). Vertices
// of a colour do not depend on each other.
type RedBlack struct{ Omega float64 }

// Smooth implements [Smoother].
func (s RedBlack) Smooth(l *Level) {
	for colour := range 2 {
		l.Rows(func(j, _ int) { s.relax(l, colour, j) })
	}
}

// relax relaxes the vertices of one colour in row j.
func (s RedBlack) relax(l *Level, colour, j int) {
	h2, w := l.H[0]*l.H[0], 0.25*s.Omega
	u, g, south, north := l.U.Row(j, 0), l.G.Row(j, 0), l.U.Row(j-1, 0), l.U.Row(j+1, 0)
	g, south, north = g[:len(u)], south[:len(u)], north[:len(u)]
	for i := 1 + (1+j+colour)%2; i < len(u)-1; i += 2 {
		u[i] += w * (h2*g[i] + u[i-1] + u[i+1] + south[i] + north[i] - 4*u[i])
	}
}

// Validate implements [Smoother].
func (s RedBlack) Validate() error { return checkOmega(s, s.Omega) }

func (s RedBlack) String() string {
	if s.Omega == 1 {
		return "rbgs"
	}
	return fmt.Sprintf("rbsor(%g)", s.Omega)
}

// Stencil is a smoother whose B is a 3×3 kernel of its own on each grid,
// u ← u + K * r: ω-Jacobi is its case K = ω h²/4 at the centre. A learned
// smoother is put to numbers with it.
type Stencil struct {
	Name   string
	Kernel func(pde.Grid) pde.Stencil
}

// Smooth implements [Smoother].
func (s Stencil) Smooth(l *Level) {
	l.UpdateResidual()
	pde.AddStencil(l.U, s.Kernel(l.Grid), l.R)
}

// Validate implements [Smoother].
func (s Stencil) Validate() error {
	if s.Kernel == nil {
		return fmt.Errorf("multigrid: stencil smoother %q has no kernel", s.Name)
	}
	return nil
}

func (s Stencil) String() string { return s.Name }
