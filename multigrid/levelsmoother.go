package multigrid

// The smoother of a level: its sweeps on the way down and on the way up, and the operators
// that they correct by.

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// correctionBy is the B of corrections.
type correctionBy[T pde.Real] struct {
	op         stencil.Operator
	weights    *weights[T]
	transposed *weights[T] // of Bᵀ; nil until it is needed
}

// prepareSmoother takes the sweeps of a smoother for a, the operator of level number at.
func (l *level[T]) prepareSmoother(s Smoother, a stencil.Operator, at int) (err error) {
	p := place{form: l.op.form, dim: l.dim, level: at}
	if l.pre, err = l.prepareSweeps(s, p); err != nil {
		return err
	}
	if l.post = l.pre; splits(s) {
		p.up = true
		if l.post, err = l.prepareSweeps(s, p); err != nil {
			return err
		}
	}
	if len(l.b) == 0 {
		return nil
	}
	// The second field is for residuals then: Jacobi is the correction by ω/D.
	for _, list := range [][]sweep{l.pre, l.post} {
		for i, s := range list {
			if s.order != jacobi {
				continue
			}
			b, err := weightedInverse(a, s.omega)
			if err != nil {
				return err
			}
			list[i] = sweep{order: correction, b: len(l.b)}
			l.b = append(l.b, &correctionBy[T]{op: b, weights: weightsOf[T](b)})
		}
	}
	return nil
}

// weightedInverse is ω/D for the diagonal D of a.
func weightedInverse(a stencil.Operator, omega float64) (stencil.Operator, error) {
	grid, _ := a.Grids()
	constant, varying, err := a.Diagonal()
	if err != nil {
		return a, err
	}
	if varying == nil {
		return stencil.Constant(grid, stencil.Kernel{13: omega / constant})
	}
	inverse := pde.NewField[float64](grid)
	grid.Rows(func(j, k int) {
		lo, hi := grid.Inside(0)
		for i := lo; i < hi; i++ {
			inverse.Row(j, k)[i] = omega / varying.Row(j, k)[i]
		}
	})
	return stencil.Varying(grid, stencil.Coefficients{13: inverse})
}

func (l *level[T]) prepareSweeps(s Smoother, p place) ([]sweep, error) {
	list, err := s.sweeps(p)
	if err != nil {
		return nil, err
	}
	for i := range list {
		by := list[i].by
		if by == nil {
			continue
		}
		b, err := by.B(l.Grid)
		if err != nil {
			return nil, fmt.Errorf("multigrid: smoother %v on %v: %w", by, l.Grid, err)
		}
		if from, to := b.Grids(); from != l.Grid || to != l.Grid {
			return nil, fmt.Errorf("multigrid: smoother %v on %v has a B from %v to %v; want an operator on that grid", by, l.Grid, from, to)
		}
		list[i].b = len(l.b)
		l.b = append(l.b, &correctionBy[T]{op: b, weights: weightsOf[T](b)})
	}
	return list, nil
}

// corrector is the B of a correction, or its transpose.
func (l *level[T]) corrector(s sweep) *weights[T] {
	b := l.b[s.b]
	if !s.adjoint {
		return b.weights
	}
	if b.transposed == nil {
		if b.transposed = b.weights; !sameCoefficients(b.op, b.op.Transpose()) {
			b.transposed = weightsOf[T](b.op.Transpose())
		}
	}
	return b.transposed
}

// sameCoefficients reports that two operators on one grid are equal but for rounding.
func sameCoefficients(a, b stencil.Operator) bool {
	p, constant := a.Kernel()
	q, both := b.Kernel()
	if constant && both {
		return nearly(p[:], q[:])
	}
	if constant != both {
		return false
	}
	fa, fb := a.Coefficients(), b.Coefficients()
	for o := range fa {
		switch {
		case fa[o] == nil && fb[o] == nil:
		case fa[o] == nil || fb[o] == nil || !nearly(fa[o].Interior(), fb[o].Interior()):
			return false
		}
	}
	return true
}

func nearly(a, b []float64) bool {
	most := 0.0
	for _, v := range a {
		most = max(most, math.Abs(v))
	}
	for i, v := range a {
		if !(math.Abs(v-b[i]) <= 1e-13*most) {
			return false
		}
	}
	return true
}

// adjoint reports why the sweeps after a coarse correction cannot be the adjoint of those
// before it, or nil.
func (f *hierarchy[T]) adjoint() error {
	for at, l := range f.levels[:len(f.levels)-1] {
		if w := halfCells(l.Grid); len(l.b) > 0 && (w[0] != nil || w[1] != nil || w[2] != nil) {
			return errors.New("multigrid: a smoother by stencils on a grid with Neumann sides on vertices, or stretched, in conjugate gradients; want another smoother, or FGMRES")
		}
		want := mirrored(l.pre)
		if slices.EqualFunc(l.post, want, l.sameSweep) || slices.Equal(l.post, l.pre) {
			continue
		}
		return fmt.Errorf("multigrid: the smoother after the coarse correction of level %d is not the adjoint of that before it, in conjugate gradients; want the adjoint, or FGMRES", at)
	}
	return nil
}

// sameSweep reports that two sweeps do the same.
func (l *level[T]) sameSweep(a, b sweep) bool {
	if a.order != b.order || a.omega != b.omega || a.parity != b.parity {
		return false
	}
	if a.order != correction {
		return true
	}
	op := func(s sweep) stencil.Operator {
		if s.adjoint {
			return l.b[s.b].op.Transpose()
		}
		return l.b[s.b].op
	}
	return sameCoefficients(op(a), op(b))
}
