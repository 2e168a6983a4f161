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

// corrector is the B of corrections u += B r.
type corrector[T pde.Real] struct {
	op      stencil.Operator // B, or what acts on r over D; none where it is wide
	weights *weights[T]
	wide    *[125]T // of 5^d points; see [KernelSmoother]

	over       bool          // it acts on r/D, D the diagonal of A, which varies
	transposed *corrector[T] // Bᵀ; nil until it is needed
}

// prepareSmoother takes the sweeps of a smoother for A.
func (l *level[T]) prepareSmoother(a stencil.Operator, s Smoother) (err error) {
	p := place{form: l.op.form, dim: l.dim, level: l.at, a: a, emitted: map[*Emitter][]stencil.Operator{}}
	if l.pre, err = l.prepareSweeps(s, p); err != nil {
		return err
	}
	if l.post = l.pre; splits(s) {
		p.up = true
		if l.post, err = l.prepareSweeps(s, p); err != nil {
			return err
		}
	}
	l.makeKept()
	if len(l.b) == 0 {
		return nil
	}
	// The second field is for residuals then: Jacobi is the correction by ω/D.
	for _, list := range [][]sweep{l.pre, l.post} {
		err := eachSweep(list, func(s *sweep) error {
			if s.order != jacobi {
				return nil
			}
			b, err := l.overD(stencil.Kernel{13: s.omega})
			*s = sweep{order: correction, b: len(l.b)}
			l.b = append(l.b, b)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *level[T]) prepareSweeps(s Smoother, p place) ([]sweep, error) {
	list, err := s.sweeps(p)
	if err != nil {
		return nil, err
	}
	err = eachSweep(list, func(w *sweep) (err error) {
		if w.order != correction {
			return nil
		}
		w.b = len(l.b)
		b := &corrector[T]{}
		switch {
		case w.stencil != nil:
			b, err = l.byStencil(w.stencil, w.emitted)
		case w.kernel.Width == 3:
			b, err = l.overD(w.kernel.narrow())
		default:
			var scale T
			scale, b.over = l.fixedDiagonal()
			b.wide = new([125]T)
			for i, v := range w.kernel.wide() {
				b.wide[i] = T(v) * scale
			}
		}
		l.b = append(l.b, b)
		return err
	})
	return list, err
}

// byStencil is the B of a smoother on the level's grid, in the units of the problem or, where it is
// emitted, of the level.
func (l *level[T]) byStencil(s *StencilSmoother, emitted bool) (*corrector[T], error) {
	u := l.hierarchy.units
	if emitted {
		u = units{}
	}
	grid := u.grid(l.Grid)
	op, err := s.B(grid)
	if err != nil {
		return nil, fmt.Errorf("multigrid: smoother %v on %v: %w", s, grid, err)
	}
	if from, to := op.Grids(); from != grid || to != grid {
		return nil, fmt.Errorf("multigrid: smoother %v on %v has a B from %v to %v; want an operator on that grid", s, grid, from, to)
	}
	if u.size != 0 {
		op = op.Scale(1 / u.size)
	}
	return &corrector[T]{op: op, weights: weightsOf[T](op)}, nil
}

// units are those of a hierarchy whose grids and operators are not those of the problem: a
// grid has lengths over length, and A is that of the problem times size. 0 is 1.
type units struct{ length, size float64 }

// grid is that of the problem.
func (u units) grid(g pde.Grid) pde.Grid {
	if u.length != 0 {
		for d := range g.Dim() {
			g.H[d] *= u.length
		}
	}
	return g
}

// overD is the corrector by a kernel that acts on r over the diagonal.
func (l *level[T]) overD(k stencil.Kernel) (b *corrector[T], err error) {
	b = &corrector[T]{}
	var scale T
	scale, b.over = l.fixedDiagonal()
	if b.op, err = stencil.Constant(l.Grid, k.Scale(float64(scale))); err != nil {
		return nil, err
	}
	b.weights = weightsOf[T](b.op)
	return b, nil
}

// fixedDiagonal is 1/D if the diagonal of A is constant; if it varies, what is still to divide
// by where residuals are over the diagonal: see [level.overDiagonal].
func (l *level[T]) fixedDiagonal() (scale T, varies bool) {
	switch l.op.form {
	case facesForm, varyingForm:
		return 1, true
	case starForm:
		for d := range l.dim {
			for _, c := range l.op.closures[d] {
				varies = varies || c.Q != 0
			}
		}
	}
	return T(1 / l.op.diagonal), varies
}

// corrector is the B of a correction, or its transpose.
func (l *level[T]) corrector(s sweep) *corrector[T] {
	b := l.b[s.b]
	if !s.adjoint {
		return b
	}
	if b.transposed == nil {
		b.transposed = l.transposed(b)
	}
	return b.transposed
}

// transposed is Bᵀ, B itself if they are equal.
func (l *level[T]) transposed(b *corrector[T]) *corrector[T] {
	if b.wide != nil {
		t := *b
		t.wide = new([125]T)
		*t.wide = *b.wide
		slices.Reverse(t.wide[:])
		return &t
	}
	op := b.op.Transpose()
	if sameCoefficients(b.op, op) {
		return b
	}
	return &corrector[T]{op: op, weights: weightsOf[T](op), over: b.over}
}

// same reports that two correctors are equal but for rounding.
func (b *corrector[T]) same(c *corrector[T]) bool {
	switch {
	case b.over != c.over || (b.wide == nil) != (c.wide == nil):
		return false
	case b.wide != nil:
		return nearly(b.wide[:], c.wide[:])
	}
	return sameCoefficients(b.op, c.op)
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

func nearly[T pde.Real](a, b []T) bool {
	most := 0.0
	for _, v := range a {
		most = max(most, math.Abs(float64(v)))
	}
	for i, v := range a {
		if !(math.Abs(float64(v)-float64(b[i])) <= 1e-13*most) {
			return false
		}
	}
	return true
}

// adjoint reports why the sweeps after a coarse correction cannot be the adjoint of those
// before it, or nil.
func (f *hierarchy[T]) adjoint() error {
	for _, l := range f.levels[:len(f.levels)-1] {
		if len(l.kept) > 0 {
			return errors.New("multigrid: a smoother that minimises the residual, which is not linear, in conjugate gradients; want FGMRES")
		}
		if w := halfCells(l.Grid); len(l.b) > 0 && (w[0] != nil || w[1] != nil || w[2] != nil) {
			return errors.New("multigrid: a smoother by stencils on a grid with Neumann sides on vertices, or stretched, in conjugate gradients; want another smoother, or FGMRES")
		}
		for _, b := range l.b {
			if b.over && !b.pointwise() {
				return errors.New("multigrid: a smoother by a kernel over a diagonal that varies, in conjugate gradients; want another smoother, or FGMRES")
			}
		}
		if !slices.Equal(l.post, l.pre) && !slices.EqualFunc(l.post, mirrored(l.pre), l.sameSweep) {
			return fmt.Errorf("multigrid: the smoother after the coarse correction of level %d is not the adjoint of that before it, in conjugate gradients; want the adjoint, or FGMRES", l.at)
		}
	}
	return nil
}

// pointwise reports that B is diagonal.
func (b *corrector[T]) pointwise() bool {
	if b.wide != nil {
		k := *b.wide
		k[62] = 0
		return k == [125]T{}
	}
	k, constant := b.op.Kernel()
	k[13] = 0
	return constant && k == (stencil.Kernel{})
}

// sameSweep reports that two sweeps do the same.
func (l *level[T]) sameSweep(a, b sweep) bool {
	if a.order != b.order || a.omega != b.omega || a.parity != b.parity {
		return false
	}
	return a.order != correction || l.corrector(a).same(l.corrector(b))
}
