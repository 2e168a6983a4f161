package tool

// What one cycle does to every error: eigenvalues and waves.

import (
	"context"
	"fmt"
	"math"
	"math/cmplx"
	"slices"

	"mgtool/bridge/modes"
	"mgtool/pde"
)

// CompareSpectrum names methods whose error propagation is compared on a small grid.
type CompareSpectrum struct {
	Statement
	// Methods are smoothers, see [multigrid.NewSmoother], as in rbgs, jacobi(0.8) or
	// linex/blackbox with a coarsening; auto, the method that suits the operator; or files of
	// methods (.json).
	Methods   []string
	Cycle     string // v, w or f, of the methods named by a smoother
	Pre, Post int    // their smoothing steps
	List      int    // how many eigenvalues a report has
	Plot      string // file for a picture (.png)
}

// SpectrumMethods are what is compared unless methods are named.
var SpectrumMethods = []string{"jacobi(0.8)/galerkin", "rbgs", "rbsor"}

// DefaultCompareSpectrum is V(1,1) on 16² cells.
func DefaultCompareSpectrum() CompareSpectrum {
	return CompareSpectrum{Methods: SpectrumMethods, Cycle: "v", Pre: 1, Post: 1, List: 6}
}

// spectrumCells is along each axis unless N says otherwise, by the dimension.
var spectrumCells = [...]int{1: 128, 2: 16, 3: 8}

// SpectrumReport has a row for each method.
type SpectrumReport struct {
	Name, About string // of the problem
	Grid        pde.Grid
	Rows        []SpectrumRow
}

// SpectrumRow is what a cycle does to errors.
type SpectrumRow struct {
	Method string
	Cycle  string  // its cycle and smoothing steps, as in v(1,1)
	Factor float64 // the largest |λ|: the convergence factor
	Mean   float64 // by which a cycle multiplies the size of a random error, in the root mean square
	// Predicted is the factor by local Fourier analysis; NaN if it says nothing.
	Predicted float64
	Largest   []complex128 // eigenvalues, the largest first
	Above     int          // how many |λ| are above a half of the largest
	// Worst is the wave that a cycle amplifies most, by Amplification; 0 where the grid has no
	// sine waves.
	Worst         []int
	Amplification float64
}

// Run computes the spectra, and draws them. If ctx is cancelled nothing is drawn, and the report has
// the rows that are done, with the error of ctx.
func (c CompareSpectrum) Run(ctx context.Context, r Reporter) (*SpectrumReport, error) {
	switch {
	case len(c.Methods) == 0:
		return nil, Usagef("no --method; want one or more")
	case c.Cycle == "fmg":
		return nil, Usagef("--cycle fmg, which is not one linear map of the error; want v, w or f")
	case c.List < 1:
		return nil, Usagef("--eigenvalues %d; want 1 or more", c.List)
	}
	if err := CheckFile("plot", c.Plot, ".png"); err != nil {
		return nil, err
	}
	if dim, err := c.Statement.dim(); err != nil {
		return nil, err
	} else if len(c.N) == 0 && c.Coordinates == "" {
		c.N = []int{spectrumCells[dim]}
	}
	if c.Nonlinear != "" {
		return nil, Usagef("--nonlinear %s, whose cycle is not linear in the error; want a linear equation", cutTo(c.Nonlinear, 60))
	}
	grid, err := c.grid()
	if err != nil {
		return nil, err
	}
	if n := grid.Unknowns(); n > 2*modes.MostUnknowns { // before any work; sides may change it a little
		return nil, Usagef("--n: %v have %d unknowns; want at most %d, as on 32×32 or 10×10×10 cells", grid, n, modes.MostUnknowns)
	}
	problem, err := c.leftOnly().mean(nil)
	if err != nil {
		return nil, err
	}
	system, err := problem.discretize()
	if err != nil {
		return nil, err
	}
	var chosen []Chosen
	for _, name := range c.Methods {
		m, err := c.Statement.methodNamed(name, c.Cycle, c.Pre, c.Post, system.A)
		if err != nil {
			return nil, err
		}
		if m.Note != "" {
			r.note("%s", m.Note)
		}
		chosen = append(chosen, m)
	}
	report := &SpectrumReport{Name: problem.name, About: problem.about, Grid: system.U.Grid}
	var pictures []modes.Spectrum
	for i, name := range c.Methods {
		p, err := orStop(ctx, func() (*modes.Propagation, error) {
			return modes.New(ctx, system.A, chosen[i].Settings, func(done, all int) {
				if done%50 == 0 {
					r.status("%s: cycle %d of %d", name, done, all)
				}
			})
		})
		switch {
		case ctx.Err() != nil:
			return report, ctx.Err()
		case err != nil:
			return nil, Usagef("--method %s: %w", name, err)
		}
		r.status("%s: eigenvalues of a matrix of order %d", name, system.U.Unknowns())
		values, err := orStop(ctx, p.Eigenvalues)
		if ctx.Err() != nil {
			return report, ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		label := name
		if chosen[i].Method != "" {
			label = chosen[i].Method
		}
		row := SpectrumRow{
			Method: label, Cycle: fmt.Sprintf("%s(%d,%d)", chosen[i].Cycle, first(chosen[i].Settings.Cycle.Pre), first(chosen[i].Settings.Cycle.Post)),
			Factor: cmplx.Abs(values[0]), Mean: p.Mean(),
			Predicted: chosen[i].predicted(system.A), Largest: values[:min(c.List, len(values))], Amplification: math.NaN(),
		}
		for row.Above < len(values) && cmplx.Abs(values[row.Above]) > row.Factor/2 {
			row.Above++
		}
		picture := modes.Spectrum{Name: label, Eigenvalues: values}
		if m, err := p.Modes(); err == nil {
			most := slices.Max(m.Amplification) * (1 - 1e-9) // symmetric waves differ by rounding: the first of them
			at := slices.IndexFunc(m.Amplification, func(v float64) bool { return v >= most })
			k := m.Wave(at)
			row.Worst, row.Amplification, picture.Modes = k[:system.U.Dim()], m.Amplification[at], m
		}
		report.Rows, pictures = append(report.Rows, row), append(pictures, picture)
	}
	if c.Plot != "" {
		if err := modes.WritePNG(c.Plot, pictures); err != nil {
			return nil, err
		}
	}
	return report, nil
}

// first is the number of smoothing steps on the finest grid.
func first(steps []int) int {
	if len(steps) == 0 {
		return 0
	}
	return steps[0]
}
