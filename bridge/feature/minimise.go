package feature

// The minimiser for a given A, by conjugate gradients on what is free.

import (
	"context"
	"fmt"
	"math"
)

// Minimum is the problem
//
//	min ½‖A u − g‖² + ½ μ uᵀ(−Δ)u  over  u ≥ 0,
//
// for an A on each channel alone, such as a blur, and the five-point −Δ with values of 0 beyond
// the border. μ = 0 is the least squares problem of the projected form with B = ωAᵀ, which a
// blur makes hard: what it hides is determined by rounding.
type Minimum struct {
	A  Kernel
	Mu float64 // μ
	// RelTol ends the iteration when ‖min(u, ∇)‖₂, ∇ the gradient, is at most RelTol times that
	// of u = 0.
	RelTol float64
	Cycles int // at most
}

// Found tells how a minimum was found.
type Found struct {
	U         Map
	Cycles    int
	Products  int     // with AᵀA
	Violation float64 // ‖min(u, ∇)‖₂ over that of u = 0
}

// Of a cycle's conjugate gradients.
const (
	cgTol  = .1
	cgMost = 100
)

// Solve finds the minimiser for the image g. A cycle is one of Moré and Toraldo's (SIAM J.
// Optim. 1, 1991): a step of projected gradients, which finds what is 0, and conjugate gradients
// on the other values. Both end as the coarse correction of monotone multigrid does, in
// w = max(0, u + d) − u and u += α w with the α in [0, 1] that lowers the energy most. It stops
// with an error if ctx is cancelled or its cycles are not enough; see, if not nil, is called with
// the violation after each.
func (m Minimum) Solve(ctx context.Context, g Map, see func(cycle int, violation float64)) (f Found, err error) {
	if err := m.A.validate("A"); err != nil {
		return f, err
	}
	if err := g.validate("the image"); err != nil {
		return f, err
	}
	switch {
	case m.A.In != m.A.Out || g.Channels != m.A.Out:
		return f, fmt.Errorf("feature: A from %d to %d channels for an image of %d; want as many", m.A.In, m.A.Out, g.Channels)
	case !(m.Mu >= 0) || math.IsInf(m.Mu, 0):
		return f, fmt.Errorf("feature: μ = %g; want 0 or more", m.Mu)
	case !(m.RelTol > 0 && m.RelTol < 1):
		return f, fmt.Errorf("feature: relative tolerance %g; want more than 0 and less than 1", m.RelTol)
	case m.Cycles < 1:
		return f, fmt.Errorf("feature: at most %d cycles; want 1 or more", m.Cycles)
	}
	s := minimising{a: m.A, at: m.A.Adjoint(), laplacian: Laplacian(g.Channels), mu: m.Mu, u: NewMap(g.Height, g.Width, g.Channels)}
	s.gradient = s.at.Apply(g).times(-1)
	first := s.violation()
	if first == 0 {
		return Found{U: s.u}, nil
	}
	for f.Cycles = 1; ; f.Cycles++ {
		s.descend()
		s.conjugate()
		f.U, f.Products, f.Violation = s.u, s.products, s.violation()/first
		if see != nil {
			see(f.Cycles, f.Violation)
		}
		switch {
		case ctx.Err() != nil:
			return f, ctx.Err()
		case f.Violation <= m.RelTol:
			return f, nil
		case f.Cycles == m.Cycles:
			return f, fmt.Errorf("feature: ‖min(u, ∇)‖ is %.2g of that of u = 0 after %d cycles; want %g, or more cycles or a larger μ", f.Violation, f.Cycles, m.RelTol)
		}
	}
}

// minimising is the state: u with its gradient.
type minimising struct {
	a, at, laplacian Kernel
	mu               float64
	u, gradient      Map
	products         int
}

// normal is (AᵀA + μ(−Δ)) x.
func (s *minimising) normal(x Map) Map {
	s.products++
	y := s.at.Apply(s.a.Apply(x))
	if s.mu == 0 {
		return y
	}
	return combine(y, s.mu, s.laplacian.Apply(x))
}

func (s *minimising) violation() float64 {
	sum := 0.0
	for i, u := range s.u.Values {
		v := min(u, s.gradient.Values[i])
		sum += v * v
	}
	return math.Sqrt(sum)
}

// times is c x.
func (m Map) times(c float64) Map { return combine(NewMap(m.Height, m.Width, m.Channels), c, m) }

func inner(x, y Map) (sum float64) {
	for i, v := range x.Values {
		sum += v * y.Values[i]
	}
	return sum
}

// descend is a step of projected gradients, of the length that is best for the values that may
// move: those above 0, and those that the gradient raises.
func (s *minimising) descend() {
	d := s.gradient.times(-1)
	for i, u := range s.u.Values {
		if u == 0 && d.Values[i] < 0 {
			d.Values[i] = 0
		}
	}
	if curvature := inner(d, s.normal(d)); curvature > 0 {
		s.move(d.times(inner(d, d) / curvature))
	}
}

// conjugate are conjugate gradients on the values above 0.
func (s *minimising) conjugate() {
	free := func(x Map) Map {
		for i, u := range s.u.Values {
			if u == 0 {
				x.Values[i] = 0
			}
		}
		return x
	}
	r := free(s.gradient.times(-1))
	d, p := NewMap(r.Height, r.Width, r.Channels), r
	rr := inner(r, r)
	for first, k := rr, 0; k < cgMost && rr > cgTol*cgTol*first; k++ {
		np := free(s.normal(p))
		curvature := inner(p, np)
		if !(curvature > 0) {
			break
		}
		alpha := rr / curvature
		d, r = combine(d, alpha, p), combine(r, -alpha, np)
		next := inner(r, r)
		p, rr = combine(r, next/rr, p), next
	}
	s.move(d)
}

// move is w = max(0, u + d) − u, then u += α w.
func (s *minimising) move(d Map) {
	w := combine(relu(combine(s.u, 1, d)), -1, s.u)
	nw := s.normal(w)
	slope, curvature := -inner(s.gradient, w), inner(w, nw)
	if !(slope > 0 && curvature > 0) {
		return // nothing to gain: at rounding
	}
	alpha := min(1, slope/curvature)
	if s.gradient = combine(s.gradient, alpha, nw); alpha < 1 {
		s.u = combine(s.u, alpha, w)
		return
	}
	s.u = relu(combine(s.u, 1, d)) // exactly 0 where it is cut
}
