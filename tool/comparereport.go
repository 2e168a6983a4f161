package tool

// A page on what trained operators are worth: classical and learned methods measured alike.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/cmplx"
	"runtime"
	"slices"
	"time"

	"mgtool/bridge/modes"
	"mgtool/bridge/report"
	"mgtool/bridge/spectrum"
	"mgtool/internal/atomicfile"
	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
)

// CompareReport says what a page on −Δu = g in two dimensions shows.
type CompareReport struct {
	N       int      // cells a side of the smaller grid; the larger one has eight times as many
	Methods []string // files of methods; empty for those that the program has with it
	PDE     string   // a file of the JSON of mgtool compare pde; "" for none
	Images  string   // the file of results of mgtool compare vision --factorial; "" for none
	Title   string
	Seed    uint64
	Out     string // .html
	// Made has the command and the program; Run adds the rest.
	Made report.Made
}

// DefaultCompareReport is on 128² and 1024² cells.
func DefaultCompareReport() CompareReport { return CompareReport{N: 128, Seed: 1} }

const (
	reportTimes   = 8    // cells a side of the larger grid over those of the smaller
	reportRelTol  = 1e-8 // of the solves
	reportCycles  = 200  // at most
	reportRepeats = 7    // solves in turns
	reportWaves   = 16   // cells a side, of spectra
	symbolSide    = 112  // points of a symbol along each axis
)

// Run measures the methods and writes the page.
func (c CompareReport) Run(ctx context.Context, r Reporter) (*report.Report, error) {
	begin := time.Now()
	if c.Out == "" {
		return nil, Usagef("no --out; want the page to write, ending in .html")
	}
	if err := CheckFile("out", c.Out, ".html"); err != nil {
		return nil, err
	}
	if c.N < 16 || c.N > 512 || c.N%16 != 0 {
		return nil, Usagef("--n %d; want a multiple of 16, 16 to 512", c.N)
	}
	rep := &report.Report{
		Title: c.Title, Made: c.Made, Sizes: []int{c.N, reportTimes * c.N}, RelTol: reportRelTol, Repeats: reportRepeats, Waves: reportWaves,
	}
	var err error
	if c.PDE != "" {
		if rep.PDE, err = readPDETable(c.PDE); err != nil {
			return nil, err
		}
	}
	if c.Images != "" {
		if rep.Images, err = readImagesTable(c.Images); err != nil {
			return nil, err
		}
	}
	list, err := c.candidates()
	if err != nil {
		return nil, err
	}
	for i := range list {
		if err := list[i].measure(ctx, rep.Sizes, c.Seed, r); err != nil {
			return nil, err
		}
	}
	if err := c.race(ctx, list, rep.Sizes[len(rep.Sizes)-1], r); err != nil {
		return nil, err
	}
	for _, m := range list {
		rep.Methods = append(rep.Methods, m.row)
	}
	rep.Made.Seed, rep.Made.Threads, rep.Made.System = c.Seed, runtime.GOMAXPROCS(0), runtime.GOOS+"/"+runtime.GOARCH
	rep.Made.Date, rep.Made.Seconds = begin.UTC().Format("2006-01-02 15:04 MST"), time.Since(begin).Seconds()
	return rep, atomicfile.Write(c.Out, func(w io.Writer) error { return rep.WriteHTML(w) })
}

// measure finds what does not depend on the clock, but for solves.
func (c *candidate) measure(ctx context.Context, sizes []int, seed uint64, r Reporter) error {
	name := c.row.Name + ", " + c.row.Cycle
	for _, n := range sizes {
		a, err := laplacian(n)
		if err != nil {
			return err
		}
		s, err := c.settings(a)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		e, err := spectrum.Factor(ctx, a, s, spectrum.Options{Seed: seed, Progress: func(cycle int, factor float64) {
			if cycle%10 == 0 {
				r.status("%s on %d² cells: factor %.4f after %d cycles", name, n, factor, cycle)
			}
		}})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil { // of values that are not finite: a cycle that diverges at once
			c.row.Note, e = err.Error(), spectrum.Estimate{Factor: math.NaN(), TenSweeps: math.NaN(), Cycles: e.Cycles}
		}
		c.row.Factors = append(c.row.Factors, report.Factor{N: n, True: finite(e.Factor), Cycles: e.Cycles, Converged: e.Converged, TenSweeps: finite(e.TenSweeps)})
	}
	if err := c.spectrum(ctx, r); err != nil {
		return err
	}
	if c.file == nil {
		return nil
	}
	view, err := viewMethod(c.file)
	var usage *UsageError
	if errors.As(err, &usage) { // it has no kernels
		c.row.Note = err.Error()
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	c.row.Smoothing, c.row.ClassicalSmoothing = view.together()
	for _, p := range view.Parts {
		part := report.Part{
			Level: p.Level, What: p.What, Says: p.Says, Stencil: p.Stencil, Classical: p.Classical, Beside: p.Beside,
			Smoothing: p.Smoothing, ClassicalSmoothing: p.ClassicalSmoothing,
		}
		part.Symbol, part.BesideMap = symbolOf(p.Stencil, p.smooths), symbolOf(p.Beside, p.smoothsBeside)
		c.row.Parts = append(c.row.Parts, part)
	}
	return nil
}

// spectrum is that of a small grid.
func (c *candidate) spectrum(ctx context.Context, r Reporter) error {
	name := c.row.Name + ", " + c.row.Cycle
	a, err := laplacian(reportWaves)
	if err != nil {
		return err
	}
	s, err := c.settings(a)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	r.status("%s: eigenvalues on %d² cells", name, reportWaves)
	p, err := modes.New(ctx, a, s, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	values, err := p.Eigenvalues()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	m, err := p.Modes()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	c.row.Spectrum = &report.Spectrum{After: m.Remains}
	for _, v := range values {
		c.row.Spectrum.Eigenvalues = append(c.row.Spectrum.Eigenvalues, [2]float64{real(v), imag(v)})
	}
	return nil
}

// symbolOf is what smoothing leaves of each wave, or the size of the symbol of a stencil.
func symbolOf(s *method.Stencil, smooths func(theta [3]float64) float64) *report.Symbol {
	if s == nil && smooths == nil {
		return nil
	}
	picture := &report.Symbol{About: "left by the steps of this side", Side: symbolSide, Ring: true}
	value := smooths
	if smooths == nil {
		picture.About, picture.Ring = "|symbol|", false
		value = func(theta [3]float64) float64 { return cmplx.Abs(s.Symbol(theta)) }
	}
	at := func(i int) float64 { return math.Pi * (2*float64(i)/(symbolSide-1) - 1) }
	for row := range symbolSide {
		for column := range symbolSide {
			v := value([3]float64{at(column), at(symbolSide - 1 - row)})
			picture.Values, picture.Most = append(picture.Values, v), max(picture.Most, v)
		}
	}
	return picture
}

// race solves with every method in turns. The time of a method is the shortest after the first
// turn: other work on the machine can only add to it.
func (c CompareReport) race(ctx context.Context, list []candidate, n int, r Reporter) error {
	a, err := laplacian(n)
	if err != nil {
		return err
	}
	grid, _ := a.Grids()
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	g.Randomize(c.Seed)
	solvers, times := make([]*multigrid.Solver, len(list)), make([][]float64, len(list))
	for turn := range reportRepeats + 1 {
		for i := range list {
			row := &list[i].row
			r.status("solving, turn %d of %d: %s", turn+1, reportRepeats+1, row.Name)
			if turn == 0 {
				s, err := list[i].settings(a)
				if err != nil {
					return fmt.Errorf("%s: %w", row.Name, err)
				}
				s.RelTol, s.MaxCycles, s.Krylov = reportRelTol, reportCycles, multigrid.None
				if solvers[i], err = multigrid.NewSolver(a, s); err != nil {
					return fmt.Errorf("%s: %w", row.Name, err)
				}
			} else if row.Cycles == nil {
				continue
			}
			u.Zero()
			res, err := solvers[i].Solve(ctx, u, g)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if turn > 0 {
				times[i] = append(times[i], res.Time.Seconds())
				continue
			}
			row.Status, row.Residuals = fmt.Sprint(res.Status), slices.Clone(res.Residuals)
			for len(row.Residuals) > 0 && finite(row.Residuals[len(row.Residuals)-1]) == nil {
				row.Residuals = row.Residuals[:len(row.Residuals)-1]
			}
			if err == nil && res.TrueResidual <= 2*reportRelTol {
				row.Cycles = &res.Cycles
			}
		}
	}
	for i := range list {
		row := &list[i].row
		if row.Cycles == nil {
			continue
		}
		row.Solve = finite(slices.Min(times[i]))
		if f := row.Factors[len(row.Factors)-1].True; f != nil && *f > 0 && *f < 1 {
			row.Digit = finite(*row.Solve / float64(*row.Cycles) / -math.Log10(*f))
		}
	}
	for i := range list {
		fastest := -1
		for j := range list {
			if other := list[j].row; !other.Learned && other.Cycle == list[i].row.Cycle && other.Solve != nil && (fastest < 0 || *other.Solve < *list[fastest].row.Solve) {
				fastest = j
			}
		}
		if fastest < 0 || list[i].row.Solve == nil {
			continue
		}
		list[i].row.Speedup = finite(*list[fastest].row.Solve / *list[i].row.Solve)
	}
	return nil
}

// finite is a number that exists, else nil.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
