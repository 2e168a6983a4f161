package tool

// Local Fourier analysis.

import (
	"fmt"
	"math"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/multigrid/lfa"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Fourier names a cycle to analyse, for −Σ a_d ∂²u/∂x_d² = g on square or cubic cells.
type Fourier struct {
	Dim            int
	A              [3]float64
	Discretization string // see [stencil.Discretize]
	Smoother       string // see [multigrid.NewSmoother]
	Omega          float64
	Cycle          string // v, w or f
	Pre, Post      int
	Coarsening     string // auto, full, galerkin, semi or blackbox
	Levels         int    // number of grids
}

// DefaultFourier is the two-grid cycle V(1,1) with red-black Gauss–Seidel in two dimensions.
func DefaultFourier() Fourier {
	return Fourier{Dim: 2, A: [3]float64{1, 1, 1}, Discretization: "vertex", Smoother: "rbgs", Cycle: "v", Pre: 1, Post: 1, Coarsening: "auto", Levels: 2}
}

// Run analyses the cycle. Its errors are those of usage.
func (f Fourier) Run() (lfa.Factors, error) {
	c, err := f.build()
	if err != nil {
		return lfa.Factors{}, Usage(err)
	}
	factors, err := c.Analyse()
	return factors, Usage(err)
}

func (f Fourier) build() (c lfa.Cycle, err error) {
	grid, err := pde.Unit(f.Dim, 2)
	if err != nil {
		return c, err
	}
	smoother, err := multigrid.NewSmoother(f.Smoother, f.Dim, f.Omega)
	if err != nil {
		return c, err
	}
	schedule, err := cycle.ParseCycle(f.Cycle, f.Pre, f.Post)
	if err != nil {
		return c, err
	}
	coarsening, known := map[string]multigrid.Coarsening{
		"auto": multigrid.Rediscretized{}, "full": lfa.Full{}, "galerkin": multigrid.Galerkin{},
		"semi": multigrid.BlackBox{Semi: true}, "blackbox": multigrid.BlackBox{},
	}[f.Coarsening]
	if !known {
		return c, fmt.Errorf("coarsening %q; want auto, full, galerkin, semi or blackbox", f.Coarsening)
	}
	var a stencil.Operator
	if f.Discretization == "vertex" {
		a, err = stencil.Diffusion(grid, f.A, 0)
	} else {
		var d stencil.Discretization
		d, err = stencil.Discretize(f.Discretization, grid)
		if a = d.A; err == nil && f.A != [3]float64{1, 1, 1} {
			err = fmt.Errorf("discretization %s with a = %v; want 1", f.Discretization, f.A[:f.Dim])
		}
	}
	if err != nil {
		return c, err
	}
	return lfa.New(a, smoother, coarsening, schedule, f.Levels)
}

// Predicted is the factor that local Fourier analysis predicts for a solver, NaN where it
// has none to offer: where coefficients vary, or for smoothers without a symbol.
func Predicted(a stencil.Operator, s multigrid.Settings) float64 {
	factor, _ := lfa.Predict(a, s)
	return factor
}

// predicted is [Predicted] for what was chosen. Kernels that differ from level to level make good
// together what the few grids of the analysis leave: of those it says nothing.
func (c Chosen) predicted(a stencil.Operator) float64 {
	if c.uneven {
		return math.NaN()
	}
	return Predicted(a, c.Settings)
}
