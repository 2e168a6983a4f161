// Package fourier finds the kernels of a multigrid method for an operator with constant
// coefficients: those for which its V- or W-cycle converges fastest.
//
// Away from boundaries waves e^{iθ·x} diagonalise every kernel, and on a grid that is halved
// those with equal 2θ alias. So a whole cycle, down to two points along an axis, acts on the
// coefficients of waves by products with the symbols Â(θ), B̂(θ), R̂(θ), P̂(θ), and
//
//	Â'(2θ) = Σ R̂ Â P̂ over the waves that alias,    M = the error propagation of the cycle.
//
// That is local Fourier analysis with all levels at once. For kernels that are the same after
// every reflection of an axis, sin πjx/n along each axis are waves of a box with zero boundary,
// on which M has the eigenvalues of the cycle there. For others the box has its vertices instead,
// since beside a boundary they do not act on waves. Blocks of waves that a larger grid couples
// stand for grids of any size and for cycles of more levels, on which many methods are slower. The
// objective is
//
//	L = 1/2k log mean_z ‖M^k z‖²   →   log ρ(M),
//
// with its exact gradient by the way back through the k cycles, the products R̂ Â P̂, and the
// kernels. L-BFGS minimises it: from many starts on coarse grids, with few cycles; then from
// the best of these with more cycles on finer grids.
package fourier

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"mgtool/multigrid/method"
	"mgtool/pde/stencil"
)

// Problem is an operator with constant coefficients, in any units.
type Problem struct {
	Dim      int // 1, 2 or 3
	Operator stencil.Kernel
}

// weights are its 3^dim weights over the one in the middle.
func (p Problem) weights() []float64 {
	var w []float64
	for _, o := range offsets(p.Dim, 3) {
		w = append(w, p.Operator[13+o[0]+3*o[1]+9*o[2]]/p.Operator[13])
	}
	return w
}

// plain reports an operator of pure diffusion: even, and 0 for constants.
func (p Problem) plain() bool {
	sum, rounding := 0.0, 1e-12*math.Abs(p.Operator[13])
	for o, v := range p.Operator {
		sum += v
		if math.Abs(v-p.Operator[26-o]) > rounding {
			return false
		}
	}
	return math.Abs(sum) <= rounding
}

func (p Problem) check() error {
	if p.Dim < 1 || p.Dim > 3 {
		return fmt.Errorf("fourier: dimension %d; want 1, 2 or 3", p.Dim)
	}
	for o, v := range p.Operator {
		for d, at := range stencil.Offset(o) {
			if v != 0 && at != 0 && d >= p.Dim {
				return fmt.Errorf("fourier: a weight %g at offset %v in dimension %d; want 0", v, stencil.Offset(o), p.Dim)
			}
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("fourier: a weight %g at offset %v; want a finite number", v, stencil.Offset(o))
		}
	}
	if p.Operator[13] == 0 {
		return fmt.Errorf("fourier: an operator with 0 at the centre; want another number, by which residuals are divided")
	}
	return nil
}

// Spec says what of a method is free.
type Spec struct {
	Pre, Post    int  // smoothing kernels before and after the coarse correction, 0 to 16
	Width        int  // of each: 3 or 5
	Symmetric    bool // kernels have the symmetries of the operator, else any
	Levels       int  // from the finest, that have kernels of their own: 1 to 16
	Cyclic       bool // deeper levels begin the list again; else they take the last
	Restriction  bool // R is free, with the sum 1; else full weighting
	Prolongation bool // P is free, and keeps constants; else linear interpolation
	// Adjoint makes the cycle symmetric, for conjugate gradients: the kernels after the coarse
	// correction are the transposes of those before, in the opposite order, and R is Pᵀ/2^dim.
	Adjoint   bool
	Transpose bool // R is Pᵀ/2^dim
	// Coarse frees the coarse operators, 3 wide and even, in all but their moments up to the
	// second: A' of a level tends to the same differential operator for smooth u. Otherwise they
	// are Galerkin products.
	Coarse bool
	Gamma  int // 1 a V-cycle, 2 a W-cycle
}

// transposes reports R = Pᵀ/2^dim.
func (s Spec) transposes() bool { return s.Transpose || s.Adjoint }

// DefaultSpec is V(1,1) with 3-wide kernels on the first three levels.
func DefaultSpec() Spec {
	return Spec{Pre: 1, Post: 1, Width: 3, Symmetric: true, Levels: 3, Gamma: 1}
}

func (s Spec) check() error {
	switch {
	case s.Pre < 0 || s.Post < 0 || s.Pre > 16 || s.Post > 16 || s.Pre+s.Post == 0:
		return fmt.Errorf("fourier: %d + %d smoothing kernels; want 0 to 16 of each, and one in all", s.Pre, s.Post)
	case s.Width != 3 && s.Width != 5:
		return fmt.Errorf("fourier: kernels %d wide; want 3 or 5", s.Width)
	case s.Levels < 1 || s.Levels > 16:
		return fmt.Errorf("fourier: %d levels of kernels; want 1 to 16", s.Levels)
	case s.Gamma != 1 && s.Gamma != 2:
		return fmt.Errorf("fourier: gamma %d; want 1 (a V-cycle) or 2 (a W-cycle)", s.Gamma)
	case s.transposes() && s.Restriction:
		return errors.New("fourier: a free R that is the transpose of P; want one of them")
	case s.Adjoint && s.Pre != s.Post:
		return fmt.Errorf("fourier: %d kernels before and %d after, which are their transposes; want as many", s.Pre, s.Post)
	case s.Coarse && s.Cyclic:
		return errors.New("fourier: free coarse operators on levels that begin again; want the last level repeated")
	}
	return nil
}

// Options say how long to search. The zero value is the usual choice.
type Options struct {
	Starts int // 0 is 12
	// Cells is the number of cells along an axis of the last stage, a power of two of at
	// least 16: 0 is 256, 64 and 16 in one, two and three dimensions.
	Cells int
	Seed  uint64
	// Progress, if not nil, is called as the search goes on.
	Progress func(Progress)
}

// Progress is where a search is.
type Progress struct {
	Stage  string
	Step   int     // of L-BFGS in this stage
	Factor float64 // e^L, above the best factor so far by less and less
}

var mostCells = [...]int{1: 256, 2: 64, 3: 16}

func (o Options) withDefaults(dim int) (Options, error) {
	if o.Starts == 0 {
		o.Starts = 12
	}
	if o.Cells == 0 {
		o.Cells = mostCells[dim]
	}
	if o.Starts < 1 || o.Starts > 1000 {
		return o, fmt.Errorf("fourier: %d starts; want 1 to 1000", o.Starts)
	}
	if c := o.Cells; c < 16 || c > 1024 || c&(c-1) != 0 {
		return o, fmt.Errorf("fourier: %d cells along an axis; want a power of two, 16 to 1024", c)
	}
	return o, nil
}

// Optimise finds the kernels of a method for the problem. Its factor, predicted on Cells cells
// along an axis, is "predicted" in About; a true one is for package bridge/spectrum. The same
// seed gives the same bits. If ctx is cancelled, the method is the best so far, nil if there
// is none, with the context's error.
func Optimise(ctx context.Context, problem Problem, spec Spec, o Options) (*method.Method, error) {
	if err := problem.check(); err != nil {
		return nil, err
	}
	if err := spec.check(); err != nil {
		return nil, err
	}
	o, err := o.withDefaults(problem.Dim)
	if err != nil {
		return nil, err
	}
	if spec.Coarse && !problem.plain() {
		return nil, errors.New("fourier: free coarse operators for an operator that is not even or does not sum to 0; want one of pure diffusion, or Galerkin products")
	}
	s := &search{ctx: ctx, problem: problem, o: o, rng: rand.New(rand.NewPCG(o.Seed, 0x6f7074696d697365))}
	best, err := s.find(spec)
	if best.kernels == nil {
		return nil, err
	}
	return s.method(spec, best), err
}

// method is a candidate as a value of package method.
func (s *search) method(spec Spec, c candidate) *method.Method {
	three := func(w []float64) *method.Stencil {
		return &method.Stencil{Dim: s.problem.Dim, Width: 3, Weights: w}
	}
	m := &method.Method{
		Name: fmt.Sprintf("V(%d,%d) by Fourier analysis", spec.Pre, spec.Post), Dim: s.problem.Dim, Gamma: spec.Gamma,
		Repeat: method.Last, Operator: three(s.problem.weights()),
		About: map[string]any{"objective": "fourier", "seed": s.o.Seed, "starts": s.o.Starts, "cells": s.o.Cells, "predicted": c.factor},
	}
	if spec.Gamma == 2 {
		m.Name = "W" + m.Name[1:]
	}
	if spec.Cyclic {
		m.Repeat = method.Cyclic
	}
	for n := range spec.entries() {
		k := c.kernels[min(n, len(c.kernels)-1)]
		l := method.Level{
			Restriction:  method.Transfer{Name: method.FullWeighting},
			Prolongation: method.Transfer{Name: method.Linear},
			Coarse:       method.Coarse{Name: method.Galerkin},
		}
		steps := func(kernels [][]float64) (list []method.Step) {
			for _, w := range kernels {
				list = append(list, method.Step{Stencil: &method.Stencil{Dim: s.problem.Dim, Width: spec.Width, Weights: w}})
			}
			return list
		}
		l.Pre, l.Post = steps(k.pre), steps(k.post)
		switch {
		case spec.Restriction:
			l.Restriction = method.Transfer{Stencil: three(k.r)}
		case spec.Prolongation && spec.transposes():
			l.Restriction = method.Transfer{Name: method.Transpose}
		}
		if spec.Prolongation {
			l.Prolongation = method.Transfer{Stencil: three(k.p)}
		}
		if k.coarse != nil {
			// In a file over D of this level, which is that of the coarse operator above.
			d := 1.0
			if n > 0 {
				above := c.kernels[min(n, len(c.kernels))-1].coarse
				d = above[len(above)/2]
			}
			w := make([]float64, len(k.coarse))
			axpy(w, 1/(4*d), k.coarse)
			l.Coarse = method.Coarse{Stencil: three(w)}
		}
		m.Levels = append(m.Levels, l)
	}
	return m
}

// entries is how many levels the file of a method lists: with coarse operators of their own one
// more, since what repeats is over D of the last one.
func (s Spec) entries() int {
	if s.Coarse {
		return s.Levels + 1
	}
	return s.Levels
}
