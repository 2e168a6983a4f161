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
// before and after the coarse correction, and R and P, with Galerkin coarse operators.
func fourierSpec(s specification.Specification) (f fourier.Spec, err error) {
	a, b, r, p := s.Of("A"), s.Of("B"), s.Of("R"), s.Of("P")
	pre, post := s.Steps()
	switch {
	case a.From != "galerkin" || a.Learned():
		return f, fmt.Errorf("operator A %s, learned: %t; want the Galerkin product, fixed", a.From, a.Learned())
	case !b.Learned() || b.Kind != "stencil":
		return f, fmt.Errorf("operator B of kind %s, learned: %t; want stencils that are learned", b.Kind, b.Learned())
	case !b.Apart && pre*post > 0 || pre > 1 || post > 1:
		return f, fmt.Errorf("operator B apart: %t, %d + %d steps; want it apart and 1 step or none at each side, of several stencils (count) where it is to do more", b.Apart, pre, post)
	}
	f = fourier.Spec{
		Pre: pre * b.Count, Post: post * b.Count, Width: b.Width, Symmetric: b.Symmetry != "none",
		Restriction: r.Learned(), Prolongation: p.Learned(), Gamma: max(1, s.Gamma), Levels: fourier.DefaultSpec().Levels,
	}
	if k, _ := b.Period(); k > 0 {
		f.Levels, f.Cyclic = k, k > 1
	}
	return f, nil
}
