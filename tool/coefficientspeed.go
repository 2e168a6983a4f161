package tool

// Speed of variable coefficients beside constant ones.

import (
	"context"
	"fmt"
	"math"

	"mgtool/internal/memory"
	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// CoefficientSpeed is the speed of solves of −Δu = 1 and of −∇·(a ∇u) = 1 on the same
// grid by the same cycle, where a is smooth and given on every face.
type CoefficientSpeed struct{ Constant, Variable *SolveSpeed }

// MeasureCoefficients solves both problems repeats times, 1 to 1000.
func (s Solve) MeasureCoefficients(ctx context.Context, repeats int, r Reporter) (*CoefficientSpeed, error) {
	if repeats < 1 || repeats > maxRepeats {
		return nil, Usagef("--repeats %d; want 1 to %d", repeats, maxRepeats)
	}
	grid, err := s.grid()
	if err != nil {
		return nil, err
	}
	constant := stencil.Laplacian(grid)
	chosen, err := s.choose(constant, false)
	if err != nil {
		return nil, err
	}
	settings := chosen.Settings
	if settings.Precision != multigrid.Double {
		return nil, Usagef("--precision %s with --coefficients; want f64", s.Precision)
	}
	// u and g, the faces, and the solver, whose coarse faces are less than the fine ones.
	need, err := multigrid.Memory(constant, settings)
	if err != nil {
		return nil, Usage(err)
	}
	need += int64(2+2*grid.Dim()) * pde.FieldBytes[float64](grid)
	if err := memory.Check(fmt.Sprintf("a solve on %v", grid), need); err != nil {
		return nil, err
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	g.FillInterior(func(_, _, _ float64) float64 { return 1 })
	variable, err := wavyFaces(grid)
	if err != nil {
		return nil, err
	}
	var both [2]*SolveSpeed
	for i, a := range []stencil.Operator{constant, variable} {
		solver, err := multigrid.NewSolver(a, settings)
		if err != nil {
			return nil, Usage(err)
		}
		if both[i], err = measure(ctx, solver, u, g, settings.Smoother, repeats, r); err != nil {
			return nil, err
		}
	}
	return &CoefficientSpeed{both[0], both[1]}, nil
}

// wavyFaces is −∇·(a ∇u) with a = 1 + ½ Π sin 2πx_d.
func wavyFaces(grid pde.Grid) (stencil.Operator, error) {
	var along [3]*pde.Field[float64]
	for d := range grid.Dim() {
		var waves [3][]float64 // at the indices of faces along axis d
		for e := range waves {
			waves[e] = []float64{1}
			if e >= grid.Dim() {
				continue
			}
			waves[e] = make([]float64, grid.Inner(e)+2)
			for i := range waves[e] {
				x := grid.Coordinate(e, i)
				if e == d {
					x -= grid.H[d] / 2
				}
				waves[e][i] = math.Sin(2 * math.Pi * x)
			}
		}
		f := pde.NewField[float64](grid)
		w := 1 / (grid.H[d] * grid.H[d])
		for k, z := range waves[2] {
			for j, y := range waves[1] {
				row := f.Row(j, k)
				for i, x := range waves[0] {
					row[i] = w * (1 + .5*x*y*z)
				}
			}
		}
		along[d] = f
	}
	return stencil.Faces(grid, along, nil)
}

// Ratio is how many times as long a cycle takes with variable coefficients.
func (s *CoefficientSpeed) Ratio() float64 { return s.Variable.cycle() / s.Constant.cycle() }

// BoundRatio is that of the bandwidth bounds.
func (s *CoefficientSpeed) BoundRatio() float64 {
	bound := func(s *SolveSpeed) float64 { return float64(s.Bytes()) / float64(s.PerCycle()) }
	return bound(s.Variable) / bound(s.Constant)
}

// cycle is the seconds of a cycle.
func (s *SolveSpeed) cycle() float64 { return s.Median() / float64(s.PerCycle()) }

// SetupCycles is the set-up in times of a cycle.
func (s *SolveSpeed) SetupCycles() float64 { return s.SetupS / s.cycle() }

// NsPerUnknown is the nanoseconds that a cycle takes per unknown.
func (s *SolveSpeed) NsPerUnknown() float64 { return 1e9 * s.cycle() / float64(s.Grid.Unknowns()) }

// BoundNsPerUnknown is what memory needs for a cycle per unknown.
func (s *SolveSpeed) BoundNsPerUnknown() float64 {
	return 1e9 * s.Bound() / float64(s.PerCycle()) / float64(s.Grid.Unknowns())
}
