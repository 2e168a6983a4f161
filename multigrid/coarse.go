package multigrid

// Solvers for the coarsest level: banded Cholesky, or conjugate gradients.

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
)

// coarseSolver solves A u = g on the coarsest level, zero boundary values. A slow
// one asks stop now and then and leaves what it has if that says so.
type coarseSolver interface {
	solve(l *Level, stop func() bool) error
}

// maxDirect is the cells a side up to which the coarsest level is factorised:
// 127² unknowns with a band of 127 take 16 MB and 0.3 Gflop once.
const maxDirect = 128

func newCoarseSolver(l *Level) (coarseSolver, error) {
	if max(l.N[0], l.N[1]) > maxDirect {
		return &conjugateGradient{p: pde.NewField[float64](l.Grid), ap: pde.NewField[float64](l.Grid)}, nil
	}
	return newCholesky(l)
}

// cholesky is gonum's banded factorisation of the assembled operator.
type cholesky struct {
	factor mat.BandCholesky
	x      *mat.VecDense
}

func newCholesky(l *Level) (*cholesky, error) {
	n := l.Unknowns()
	band := min(l.N[0]-1, n-1)
	a := mat.NewSymBandDense(n, band, nil)
	if l.stencil != nil { // a single unknown, as NewHierarchy made sure
		a.SetSymBand(0, 0, l.stencil[1][1])
	} else {
		pde.Assemble(l.Grid).DoNonZero(func(i, j int, v float64) {
			if j >= i {
				a.SetSymBand(i, j, v)
			}
		})
	}
	c := &cholesky{x: mat.NewVecDense(n, nil)}
	if ok := c.factor.Factorize(a); !ok {
		return nil, errNotPositive
	}
	return c, nil
}

func (c *cholesky) solve(l *Level, _ func() bool) error {
	x := c.x.RawVector().Data
	// The boundary values of the unknown are zero, except when the coarsest
	// level is also the finest; A u with only the boundary set accounts for it.
	forInterior(l, func(k int, j, i int) { l.U.Row(j, 0)[i] = 0 })
	l.UpdateResidual()
	forInterior(l, func(k int, j, i int) { x[k] = l.R.Row(j, 0)[i] })
	if err := c.factor.SolveVecTo(c.x, c.x); err != nil {
		return fmt.Errorf("multigrid: coarsest level: %w", err)
	}
	forInterior(l, func(k int, j, i int) { l.U.Row(j, 0)[i] = x[k] })
	return nil
}

// forInterior numbers the interior vertices row by row.
func forInterior(l *Level, body func(k, j, i int)) {
	k := 0
	for j := 1; j < l.N[1]; j++ {
		for i := 1; i < l.N[0]; i++ {
			body(k, j, i)
			k++
		}
	}
}

// conjugateGradient serves a coarsest level that is too large to factorise,
// where the number of cells a side has few factors of two. It reduces the
// residual by 1e-6, far below the tenth or so that a cycle gains, so the cycle
// does not see that it is not exact. The steps needed grow like the cells a side.
type conjugateGradient struct {
	p, ap *pde.Field[float64] // zero on the boundary
}

const cgTolerance = 1e-6

func (c *conjugateGradient) solve(l *Level, stop func() bool) error {
	l.UpdateResidual()
	r, p, ap := l.R, c.p, c.ap
	// With data scaled to unit norm no square under- or overflows.
	scale := norm(r)
	if scale == 0 {
		return nil
	}
	l.Rows(func(j, k int) {
		floats.Scale(1/scale, r.Row(j, k)[1:l.N[0]])
		copy(p.Row(j, k)[1:l.N[0]], r.Row(j, k)[1:l.N[0]])
	})
	rr := dot(r, r)
	target := cgTolerance * cgTolerance
	// The condition number is (2/(πh))², so about its root times ln(2/tol)/2
	// steps are needed; some times that is a failure.
	limit := 100 + 50*max(l.N[0], l.N[1])
	for step := 0; rr > target; step++ {
		if step == limit {
			return fmt.Errorf("multigrid: conjugate gradients on the coarsest level (%v) not done after %d steps", l.Grid, limit)
		}
		if step%64 == 63 && stop() {
			return nil
		}
		pde.Apply(ap, p)
		alpha := rr / dot(p, ap)
		if math.IsNaN(alpha) || math.IsInf(alpha, 0) {
			return fmt.Errorf("multigrid: conjugate gradients on the coarsest level broke down: step length %g", alpha)
		}
		l.Rows(func(j, k int) {
			floats.AddScaled(l.U.Row(j, k)[1:l.N[0]], alpha*scale, p.Row(j, k)[1:l.N[0]])
			floats.AddScaled(r.Row(j, k)[1:l.N[0]], -alpha, ap.Row(j, k)[1:l.N[0]])
		})
		next := dot(r, r)
		beta := next / rr
		rr = next
		l.Rows(func(j, k int) {
			row := p.Row(j, k)[1:l.N[0]]
			floats.AddScaledTo(row, r.Row(j, k)[1:l.N[0]], beta, row)
		})
	}
	return nil
}
