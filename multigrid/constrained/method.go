package constrained

// Monotone multigrid as a method of package cycle.

import (
	"fmt"
	"math"
)

// method works in place: the state of a level is the level. Its first error stays.
type method struct {
	levels   []*level
	settings Settings
	err      error
}

func (m *method) note(err error) {
	if m.err == nil {
		m.err = err
	}
}

// Levels implements [cycle.Method].
func (m *method) Levels() int { return len(m.levels) }

func (m *method) relax(l *level, steps int) {
	omega := 1.0
	if l.psi != nil {
		omega = m.settings.Omega
	}
	for range steps {
		l.sweep(omega)
	}
}

// linearise marks the points with u > ψ on the finest level and truncates the operators below
// if these have changed, then forms the residual.
func (m *method) linearise(l *level) {
	u, psi := l.u.Data(), l.psi.Data()
	changed := l.sum(func(first, end int) float64 {
		count := 0.0
		for p := first; p < end; p++ {
			if free := u[p] > psi[p]; free != l.free[p] {
				l.free[p] = free
				count++
			}
		}
		return count
	})
	if changed > 0 {
		l.truncate()
	}
	l.residual()
}

// Down implements [cycle.Method].
func (m *method) Down(level, pre int, l *level) (fine, coarse *level) {
	m.relax(l, pre)
	if level == 0 {
		m.linearise(l)
	} else {
		l.residual()
	}
	l.restrict()
	return l, l.coarser
}

// Bottom implements [cycle.Method]. The finest level, if it is the only one, still corrects a
// linearised problem between its sweeps.
func (m *method) Bottom(level, pre int, l *level) *level {
	switch {
	case level > 0:
		m.note(l.solve(l.u, l.g))
	case m.settings.Relaxation:
		m.relax(l, pre)
		if post := m.settings.Cycle.Post; len(post) > 0 {
			m.relax(l, post[0])
		}
	default:
		m.relax(l, max(1, pre))
		m.linearise(l)
		m.note(l.solve(l.d, l.r))
		m.advance(l)
		m.relax(l, 1)
	}
	return l
}

// Up implements [cycle.Method].
func (m *method) Up(level, post int, l, _ *level) *level {
	m.correct(level, l)
	m.relax(l, post)
	return l
}

// Interpolate implements [cycle.Method].
func (m *method) Interpolate(level int, l, _ *level) *level {
	m.correct(level, l)
	return l
}

// correct takes the correction from below.
func (m *method) correct(level int, l *level) {
	if level > 0 {
		l.prolong(l.u)
		return
	}
	clearInside(l.d)
	l.prolong(l.d)
	m.advance(l)
}

// advance is w = max(ψ, u + d) − u, then u += α w with the α in [0, 1] that lowers the energy
// most: u and u + w are feasible, and so is what lies between.
func (m *method) advance(l *level) {
	u, g, psi, w := l.u.Data(), l.g.Data(), l.psi.Data(), l.d.Data()
	l.points(func(first, end int) {
		for p := first; p < end; p++ {
			if w[p] != 0 {
				w[p] = max(psi[p], u[p]+w[p]) - u[p]
			}
		}
	})
	slope := l.sum(func(first, end int) float64 {
		sum := 0.0
		for p := first; p < end; p++ {
			if w[p] != 0 {
				sum += l.Residual(u, g, p) * w[p]
			}
		}
		return sum
	})
	curvature := l.sum(func(first, end int) float64 {
		sum := 0.0
		for p := first; p < end; p++ {
			if w[p] == 0 {
				continue
			}
			product := l.Diagonal.At(p)*w[p] + l.Couplings(w, p)
			sum += product * w[p]
		}
		return sum
	})
	switch {
	case math.IsNaN(slope) || math.IsNaN(curvature) || slope <= 0:
		return // nothing to gain: at rounding, or an A that sums to NaN, which the residual tells
	case curvature <= 0:
		m.note(fmt.Errorf("%w: a correction w has wᵀA w = %g", errIndefinite, curvature))
		return
	}
	alpha := min(1, slope/curvature)
	l.points(func(first, end int) {
		for p := first; p < end; p++ {
			if w[p] != 0 {
				u[p] = max(psi[p], u[p]+alpha*w[p])
			}
		}
	})
}
