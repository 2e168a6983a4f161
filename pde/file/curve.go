package file

// Curves: the values of a field over x, and residuals over cycles.

import (
	"fmt"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	vgdraw "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"mgtool/internal/atomicfile"
	"mgtool/internal/ticks"
	"mgtool/pde"
)

// writeCurve draws the values over x.
func writeCurve[T pde.Real](path string, f *pde.Field[T]) error {
	const most = 1 << 16 // points, far more than pixels
	lo, hi := f.Box(0)
	step := 1 + (hi-lo)/most
	var curve plotter.XYs
	row := f.Row(0, 0)
	for i := lo; i < hi-1; i += step {
		curve = append(curve, plotter.XY{X: f.Coordinate(0, i), Y: float64(row[i])})
	}
	curve = append(curve, plotter.XY{X: f.Coordinate(0, hi-1), Y: float64(row[hi-1])})
	line, err := plotter.NewLine(curve)
	if err != nil { // a value that is not finite
		return fmt.Errorf("%s: %w", path, err)
	}
	p := plot.New()
	p.X.Label.Text = "x"
	p.Add(plotter.NewGrid(), line)
	return writePlot(path, p)
}

// WriteConvergence draws the residuals of a solve, the first at the start and one after
// each cycle, on a logarithmic scale (.png). Residuals that have no logarithm are left out.
func WriteConvergence(path string, residuals []float64) error {
	var curve plotter.XYs
	for k, r := range residuals {
		if r > 0 && !math.IsInf(r, 0) {
			curve = append(curve, plotter.XY{X: float64(k), Y: r})
		}
	}
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = "cycle", "relative residual"
	p.X.Tick.Marker = plot.TickerFunc(wholeTicks)
	if len(curve) > 0 {
		line, points, err := plotter.NewLinePoints(curve)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		p.Add(plotter.NewGrid(), line, points)
		// Whole decades around the residuals: a scale needs two ends.
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, ticks.Decades{}
		p.Y.Min = math.Pow(10, math.Floor(math.Log10(p.Y.Min)))
		p.Y.Max = math.Pow(10, math.Floor(math.Log10(p.Y.Max))+1)
		p.X.Min, p.X.Max = 0, max(1, p.X.Max)
	}
	return writePlot(path, p)
}

// wholeTicks are some ten whole numbers.
func wholeTicks(lo, hi float64) (list []plot.Tick) {
	step := math.Ceil((hi - lo) / 10)
	for v := math.Ceil(lo); v <= hi; v += max(1, step) {
		list = append(list, plot.Tick{Value: v, Label: fmt.Sprint(v)})
	}
	return list
}

func writePlot(path string, p *plot.Plot) error {
	img := vgimg.New(18*vg.Centimeter, 10*vg.Centimeter)
	p.Draw(vgdraw.New(img))
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := vgimg.PngCanvas{Canvas: img}.WriteTo(w)
		return err
	})
}
