package krylov

import (
	"math"

	"mgtool/pde"
)

// basis is the small least-squares problem of FGMRES, min ‖β e₁ − H y‖: H is made upper
// triangular by Givens rotations, column by column.
type basis struct {
	h        [][]float64 // columns
	cos, sin []float64
	rhs, y   []float64
}

// grow makes room for this many columns.
func (b *basis) grow(columns int) {
	for len(b.h) < columns {
		b.h = append(b.h, make([]float64, columns+1))
	}
	b.cos, b.sin = make([]float64, columns), make([]float64, columns)
	b.rhs, b.y = make([]float64, columns+1), make([]float64, columns)
}

// rotate finishes column j, of which h[j+1] is the last entry, and returns the norm of
// the residual that is left; ok is false if the column adds nothing.
func (b *basis) rotate(j int) (left float64, ok bool) {
	h := b.h[j]
	for i := range j {
		h[i], h[i+1] = b.cos[i]*h[i]+b.sin[i]*h[i+1], b.cos[i]*h[i+1]-b.sin[i]*h[i]
	}
	length := math.Hypot(h[j], h[j+1])
	if length == 0 {
		return 0, false
	}
	b.cos[j], b.sin[j] = h[j]/length, h[j+1]/length
	h[j], h[j+1] = length, 0
	b.rhs[j+1] = -b.sin[j] * b.rhs[j]
	b.rhs[j] *= b.cos[j]
	return math.Abs(b.rhs[j+1]), true
}

// solve finds y for this many columns.
func (b *basis) solve(columns int) []float64 {
	for i := columns - 1; i >= 0; i-- {
		sum := b.rhs[i]
		for j := i + 1; j < columns; j++ {
			sum -= b.h[j][i] * b.y[j]
		}
		b.y[i] = sum / b.h[i][i]
	}
	return b.y[:columns]
}

// fgmres does the iterations up to a restart: v₀ = r/‖r‖, z_j = M v_j, and A z_j made
// orthogonal to all v (modified Gram–Schmidt) is v_{j+1}. It reports whether the solve has
// ended.
func (k *Solver) fgmres(u *pde.Field[float64]) (done bool, err error) {
	most := k.settings.restart()
	b, sp := &k.basis, k.space
	if len(b.h) < most {
		b.grow(most)
	}
	v := func(j int) *pde.Field[float64] { return k.field(2 * j) } // more[0], more[2], …
	z := func(j int) *pde.Field[float64] { return k.field(2*j + 1) }
	rr := sp.dot(k.r, k.r)
	clear(b.rhs)
	b.rhs[0] = math.Sqrt(rr)
	sp.scaled(v(0), 1/b.rhs[0], k.r)
	columns := 0
	for j := 0; j < most && !done && err == nil; j++ {
		w := k.r // the residual is no longer needed
		if j+1 < most {
			w = v(j + 1)
		}
		if !k.precondition(z(j), v(j)) || !k.apply(w, z(j)) {
			err = k.failed
			break
		}
		// Each step takes v_i out of w and, in the same walk, finds the next product.
		sp.scaled(w, -1, w)
		h := b.h[j]
		h[0], _ = sp.dots(w, v(0), w, w)
		for i := range j {
			h[i+1] = sp.addDot(w, -h[i], v(i), v(i+1))
		}
		ww := sp.addDot(w, -h[j], v(j), w)
		h[j+1] = math.Sqrt(ww)
		if math.IsNaN(ww) || math.IsInf(ww, 0) {
			err = ErrNotFinite
			break
		}
		if h[j+1] > 0 && j+1 < most {
			sp.scaled(w, 1/h[j+1], w)
		}
		invariant := h[j+1] == 0
		left, ok := b.rotate(j)
		if !ok {
			err = ErrBreakdown
			break
		}
		columns = j + 1
		done = k.ends(left) || left == 0
		if invariant && !done {
			err = ErrBreakdown
		}
	}
	for j, y := range b.solve(columns) {
		sp.add(u, y/k.scale, z(j))
	}
	k.u = sp.norm(u)
	return done, err
}
