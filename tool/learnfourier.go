package tool

// A method optimised by Fourier analysis instead of trained.

import (
	"context"
	"fmt"

	"mgtool/bridge/fourier"
	"mgtool/bridge/specification"
	"mgtool/multigrid/method"
	"mgtool/pde/stencil"
)

// byFourier optimises the kernels of the specification for one constant operator. If ctx is
// cancelled the method is the best so far, or nil, with the context's error.
func (l Learn) byFourier(ctx context.Context, problems []stencil.Operator, r Reporter) (*method.Method, error) {
	spec, err := fourierSpec(l.Specification)
	if err != nil {
		return nil, Usagef("--loss fourier: %w", err)
	}
	k, constant := problems[0].Kernel()
	if !constant || len(problems) > 1 {
		return nil, Usagef("--loss fourier for %d operators, constant: %t; want one operator with constant coefficients, or another loss", len(problems), constant)
	}
	grid, _ := problems[0].Grids()
	return fourier.Optimise(ctx, fourier.Problem{Dim: grid.Dim(), Operator: k}, spec, fourier.Options{
		Seed: l.Training.Seed,
		Progress: func(p fourier.Progress) {
			r.status("%s  step %d  factor %.4f", p.Stage, p.Step, p.Factor)
		},
	})
}

// fourierSpec is a specification in the terms of package fourier, which optimises stencils
// before and after the coarse correction, R and P, and coarse operators from Galerkin products.
// Where B is not apart the cycle is symmetric: the stencils after are those before in the
// opposite order, transposed.
func fourierSpec(s specification.Specification) (f fourier.Spec, err error) {
	a, b, r, p := s.Of("A"), s.Of("B"), s.Of("R"), s.Of("P")
	pre, post := s.Steps()
	switch {
	case a.From != specification.Galerkin:
		return f, fmt.Errorf("operator A from %s; want galerkin, fixed or as a start", a.From)
	case p.From != specification.Linear:
		return f, fmt.Errorf("operator P from %s; want linear, fixed or as a start", p.From)
	case !b.Learned() || b.Kind != specification.Stencil:
		return f, fmt.Errorf("operator B of kind %s, learned: %t; want stencils that are learned", b.Kind, b.Learned())
	case pre > 1 || post > 1:
		return f, fmt.Errorf("operator B in %d + %d steps; want 1 step or none at each side, of several stencils (count) where it is to do more", pre, post)
	case !b.Apart && (pre != post || r.Learned() || r.From != specification.Transpose):
		return f, fmt.Errorf("operator B not apart, which makes the cycle symmetric, with %d + %d steps, R from %s, learned: %t; want 1 + 1 steps and R the transpose of P, or B apart", pre, post, r.From, r.Learned())
	case b.Symmetry != "none" && b.Symmetry != specification.SymmetryOfA:
		return f, fmt.Errorf("operator B of symmetry %s; want none, or that of the operator", b.Symmetry)
	}
	for _, name := range specification.Cycle.Operators() {
		if s.Of(name).State == specification.Anew {
			return f, fmt.Errorf("operator %s learned from random values; want it to start from the classical one, from where the search goes (state start)", name)
		}
	}
	for _, name := range []string{"R", "P"} {
		switch w := s.Of(name); {
		case !w.Learned():
		case w.Free:
			return f, fmt.Errorf("operator %s free; want it to keep constants", name)
		case w.Symmetry != b.Symmetry || w.Share != b.Share:
			return f, fmt.Errorf("operator %s of symmetry %s, shared by %q; want %s and %q, as of B", name, w.Symmetry, w.Share, b.Symmetry, b.Share)
		}
	}
	f = fourier.Spec{
		Pre: pre * b.Count, Post: post * b.Count, Width: b.Width, Symmetric: b.Symmetry == specification.SymmetryOfA,
		Restriction: r.Learned(), Prolongation: p.Learned(), Gamma: max(1, s.Gamma), Levels: fourier.DefaultSpec().Levels,
		Adjoint: !b.Apart, Transpose: r.From == specification.Transpose, Coarse: a.Learned(),
	}
	if k, _ := b.Period(); k > 0 {
		f.Levels, f.Cyclic = k, k > 1
	}
	return f, nil
}
