package tool

// The obstacle problem with a known solution, by relaxation and by monotone multigrid.

import (
	"context"
	"fmt"
	"image/color"
	"io"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"mgtool/internal/atomicfile"
	"mgtool/internal/ticks"
	"mgtool/multigrid/constrained"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Obstacle names an obstacle problem, [constrained.Radial], and how it is solved.
type Obstacle struct {
	Dim, N    int
	Pre, Post int
	Omega     float64 // of projected SOR
	RelTol    float64
	MaxCycles int
	Plot      string // PNG file of the convergence; may be empty
}

// DefaultObstacle is small enough for quadratic programming.
func DefaultObstacle() Obstacle {
	return Obstacle{Dim: 2, N: 32, Pre: 2, Post: 2, Omega: 1.7, RelTol: 1e-10, MaxCycles: 200}
}

// ObstacleRow is how one method does.
type ObstacleRow struct {
	Method string
	constrained.Result
	// Error is the largest difference from the exact solution, which is that of the
	// discretisation if the method has converged.
	Error float64
	// Off are ‖u − u*‖₂ at the start and after each cycle, over that of u = 0, u* the minimiser
	// by quadratic programming; nil if the grid is too large for that.
	Off []float64
}

// ObstacleReport has a row for each method.
type ObstacleReport struct {
	Grid      pde.Grid
	Rows      []ObstacleRow
	Contact   int     // of the reference; −1 without
	Reference float64 // seconds that quadratic programming takes
}

// mostQuadratic is for how many unknowns the reference is computed: some seconds.
const mostQuadratic = 1000

// Run solves the problem by each method. If ctx is cancelled nothing is drawn, and the report has the
// methods that are done, with the error of ctx.
func (o Obstacle) Run(ctx context.Context, r Reporter) (*ObstacleReport, error) {
	problem := constrained.Radial{Dim: o.Dim}
	grid, err := problem.Grid(o.N)
	if err != nil {
		return nil, Usage(err)
	}
	if err := CheckFile("plot", o.Plot, ".png"); err != nil {
		return nil, err
	}
	if !(o.Omega > 0 && o.Omega < 2) { // of 0 the solver would make 1
		return nil, Usagef("--omega %g; want more than 0 and less than 2", o.Omega)
	}
	base := constrained.Settings{Cycle: cycle.Cycle{Pre: []int{o.Pre}, Post: []int{o.Post}, Gamma: 1}, RelTol: o.RelTol, MaxCycles: o.MaxCycles}
	a, g := stencil.Laplacian(grid), pde.NewField[float64](grid)
	g.FillInterior(func(_, _, _ float64) float64 { return problem.G() })
	type method struct {
		name string
		constrained.Settings
	}
	steps := fmt.Sprintf("(%d,%d)", o.Pre, o.Post)
	methods := []method{{"projected Gauss–Seidel", base}, {fmt.Sprintf("projected SOR, ω = %g", o.Omega), base}, {"monotone V" + steps, base}, {"V" + steps + " after a full pass", base}, {"W" + steps + " after a full pass", base}}
	methods[0].Relaxation, methods[1].Relaxation = true, true
	methods[1].Omega = o.Omega
	methods[3].Cycle.Full, methods[4].Cycle.Full = true, true
	methods[4].Cycle.Gamma = 2
	solvers := make([]*constrained.Solver, len(methods))
	report := &ObstacleReport{Grid: grid, Contact: -1}
	var reference []float64
	for i := range methods {
		m := &methods[i]
		m.Recorder = func(c int, residual float64, u *pde.Field[float64]) {
			r.status("%s: cycle %d, residual %.2e", m.name, c, residual)
			if reference != nil {
				row := &report.Rows[len(report.Rows)-1]
				row.Off = append(row.Off, distance(u.Interior(), reference))
			}
		}
		if solvers[i], err = constrained.New(a, m.Settings); err != nil {
			return nil, Usage(err)
		}
	}
	defer r.status("")
	if grid.Unknowns() <= mostQuadratic {
		r.status("quadratic programming with %d unknowns", grid.Unknowns())
		begin := time.Now()
		if reference, err = orStop(ctx, func() ([]float64, error) { return quadratic(a, g, problem) }); err != nil {
			return nil, err
		}
		report.Reference, report.Contact = time.Since(begin).Seconds(), 0
		for _, v := range reference {
			if v == 0 {
				report.Contact++
			}
		}
	}
	for i, m := range methods {
		u := pde.NewField[float64](grid)
		u.FillBoundary(problem.Exact)
		report.Rows = append(report.Rows, ObstacleRow{Method: m.name})
		res, err := solvers[i].Solve(ctx, u, g, nil)
		if ctx.Err() != nil {
			report.Rows = report.Rows[:i]
			return report, err
		}
		if err != nil && i > 1 { // of relaxation alone the limit of cycles is what is to be seen
			return nil, err
		}
		row := &report.Rows[i]
		row.Result = *res
		_, row.Error = u.Errors(problem.Exact)
	}
	if o.Plot != "" {
		if err := atomicfile.Write(o.Plot, report.draw); err != nil {
			return nil, err
		}
	}
	return report, nil
}

// quadratic is the minimiser by dense algebra; the values on the boundary go to the right.
func quadratic(a stencil.Operator, g *pde.Field[float64], problem constrained.Radial) ([]float64, error) {
	matrix, err := a.Matrix()
	if err != nil {
		return nil, err
	}
	n, _ := matrix.Dims()
	dense := mat.NewSymDense(n, nil)
	matrix.DoNonZero(func(i, j int, v float64) {
		if j >= i {
			dense.SetSym(i, j, v)
		}
	})
	edge, right := pde.NewField[float64](g.Grid), pde.NewField[float64](g.Grid)
	edge.FillBoundary(problem.Exact)
	if err := a.Residual(right, edge, g); err != nil {
		return nil, err
	}
	return constrained.Quadratic(dense, right.Interior(), make([]float64, n))
}

// distance is ‖x − y‖₂ / ‖y‖₂.
func distance(x, y []float64) float64 {
	d, size := 0.0, 0.0
	for i, v := range y {
		d += (x[i] - v) * (x[i] - v)
		size += v * v
	}
	return math.Sqrt(d / size)
}

// mostDrawn is how many cycles of a method a picture shows.
const mostDrawn = 40

// draw draws the convergence: of u to the reference, or without one of the residual.
func (r *ObstacleReport) draw(w io.Writer) error {
	p := plot.New()
	p.Title.Text = fmt.Sprintf("obstacle problem on %v", r.Grid)
	p.X.Label.Text, p.Y.Label.Text = "cycle, of as many sweeps each", "‖u − u*‖ / ‖u*‖, u* by quadratic programming"
	if r.Contact < 0 {
		p.Y.Label.Text = "‖min(a u, A u − g)‖, relative"
	}
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, ticks.Decades{}
	p.Legend.Top, p.Legend.Padding = true, vg.Points(3)
	p.Add(plotter.NewGrid())
	colors := []color.Color{color.NRGBA{150, 150, 150, 255}, color.NRGBA{220, 110, 20, 255}, color.NRGBA{31, 90, 160, 255}, color.NRGBA{40, 140, 60, 255}, color.NRGBA{130, 60, 150, 255}}
	for i, row := range r.Rows {
		values := row.Residuals
		if r.Contact >= 0 {
			values = row.Off
		}
		var line plotter.XYs
		for k, v := range values[:min(len(values), mostDrawn+1)] {
			line = append(line, plotter.XY{X: float64(k), Y: max(v, 1e-16)})
		}
		l, dots, err := plotter.NewLinePoints(line)
		if err != nil {
			return err
		}
		l.Color, dots.Color, l.Width, dots.Shape, dots.Radius = colors[i], colors[i], vg.Points(1.2), draw.CircleGlyph{}, vg.Points(1.6)
		p.Add(l, dots)
		p.Legend.Add(row.Method, l)
	}
	p.Y.Max = 10 * max(1, p.Y.Max) // room for the legend
	img := vgimg.New(18*vg.Centimeter, 11*vg.Centimeter)
	p.Draw(draw.New(img))
	_, err := vgimg.PngCanvas{Canvas: img}.WriteTo(w)
	return err
}
