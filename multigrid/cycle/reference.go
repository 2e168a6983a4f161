package cycle

// The formula of the walk over any vector space: the method that networks run and
// that every faster one is held to.

import "fmt"

// Map is an operator or an activation on a vector space V. It must not change
// its argument.
type Map[V any] func(V) V

// Operators are the maps of one level. A and B, and the activations around B,
// hold one entry a smoothing step, or a single one that all steps share: step
// k of a visit uses entry k modulo the number of entries, the steps of the way
// up counted on from those of the way down. A nil activation is the identity.
type Operators[V any] struct {
	A, B           []Map[V]
	Sigma1, Sigma2 []Map[V] // σ₁ before B, σ₂ after it

	// To the next coarser level and back; nil on the coarsest. A nil Pi is
	// Π = 0, a nil P is P = 0, which is all that a down-only cycle needs.
	R, Pi, P        Map[V]
	SigmaR, SigmaPi Map[V]

	// Solve is A⁻¹ on the coarsest level; nil smooths there instead.
	Solve Map[V]
}

// State is what the [Reference] carries on a level: the feature U, the residual
// R = g − A U, the U0 that the level started from and the smoothing steps done
// since. A walk starts from State{U: u, R: g − A u}.
type State[V any] struct {
	U, R, U0 V
	Step     int
}

// Reference is the Method of the formula in the package's introduction, over
// any vector space: the definition that a network is built by and that every
// faster method is held to.
type Reference[V any] struct {
	ops      []Operators[V]
	zero     V
	add, sub func(x, y V) V
}

// NewReference makes the Method of ops, finest level first, over the vector
// space whose sum and difference are add and sub. zero is its null vector of
// any size: add, sub and the maps must take it for one (the zero value of V
// usually serves). The operators must fit the levels: A and B everywhere, R
// everywhere but on the coarsest.
func NewReference[V any](ops []Operators[V], zero V, add, sub func(x, y V) V) (*Reference[V], error) {
	if len(ops) == 0 {
		return nil, fmt.Errorf("cycle: no level; want at least one")
	}
	for level, o := range ops {
		solved := level == len(ops)-1 && o.Solve != nil
		if len(o.A) == 0 || (len(o.B) == 0 && !solved) {
			return nil, fmt.Errorf("cycle: level %d has %d A and %d B; want one or more of each", level, len(o.A), len(o.B))
		}
		if level < len(ops)-1 && o.R == nil {
			return nil, fmt.Errorf("cycle: level %d has no restriction R", level)
		}
	}
	return &Reference[V]{ops, zero, add, sub}, nil
}

// Levels implements [Method].
func (m *Reference[V]) Levels() int { return len(m.ops) }

// correct adds a correction: u += d; r −= A d.
func (m *Reference[V]) correct(level int, s State[V], d V) State[V] {
	s.U = m.add(s.U, d)
	s.R = m.sub(s.R, at(m.ops[level].A, s.Step)(d))
	return s
}

// correction is that of one smoothing step: d = σ₂(B σ₁(r)).
func (m *Reference[V]) correction(level int, s State[V]) V {
	o := &m.ops[level]
	return apply(at(o.Sigma2, s.Step), at(o.B, s.Step)(apply(at(o.Sigma1, s.Step), s.R)))
}

// smooth does n smoothing steps.
func (m *Reference[V]) smooth(level, n int, s State[V]) State[V] {
	for range n {
		s = m.correct(level, s, m.correction(level, s))
		s.Step++
	}
	return s
}

// Down implements [Method]: smooth, then r' = σ_R(R r), u' = σ_Π(Π u). The data
// g' = r' + A' u' is never formed.
func (m *Reference[V]) Down(level, pre int, s State[V]) (fine, coarse State[V]) {
	fine = m.smooth(level, pre, s)
	o := &m.ops[level]
	u := m.zero
	if o.Pi != nil {
		u = apply(o.SigmaPi, o.Pi(fine.U))
	}
	return fine, State[V]{U: u, U0: u, R: apply(o.SigmaR, o.R(fine.R))}
}

// Bottom implements [Method]: u += A⁻¹ r where there is a Solve, else smoothing.
// Nobody reads the residual after it, so the last step does not form it: on its
// coarsest level MgNet uses A one time less than B.
func (m *Reference[V]) Bottom(level, pre int, s State[V]) State[V] {
	if solve := m.ops[level].Solve; solve != nil {
		s.U = m.add(s.U, solve(s.R))
		return s
	}
	if pre == 0 {
		return s
	}
	s = m.smooth(level, pre-1, s)
	s.U = m.add(s.U, m.correction(level, s))
	s.Step++
	return s
}

// Up implements [Method]: d = P(u' − u'₀), the correction with it, then smooth.
func (m *Reference[V]) Up(level, post int, fine, coarse State[V]) State[V] {
	return m.smooth(level, post, m.Interpolate(level, fine, coarse))
}

// Interpolate implements [Method]: the correction d = P(u' − u'₀) alone.
func (m *Reference[V]) Interpolate(level int, fine, coarse State[V]) State[V] {
	if m.ops[level].P == nil {
		return fine
	}
	return m.correct(level, fine, m.ops[level].P(m.sub(coarse.U, coarse.U0)))
}

// at is the entry of a step, nil if there is none.
func at[V any](list []Map[V], step int) Map[V] {
	if len(list) == 0 {
		return nil
	}
	return list[step%len(list)]
}

// apply is σ(v), v itself for a nil σ.
func apply[V any](sigma Map[V], v V) V {
	if sigma == nil {
		return v
	}
	return sigma(v)
}
