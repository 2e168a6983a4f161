package main

// Pictures: a plot with its legend beside it, where it hides no line.

import (
	"bytes"
	"math"
	"path/filepath"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// newPlot is an empty plot of test accuracy in percent, against something.
func newPlot(against string) (*plot.Plot, plot.Legend) {
	p := plot.New()
	p.X.Label.Text, p.X.Tick.Marker = against, plot.TickerFunc(evenTicks)
	p.Y.Label.Text, p.Y.Tick.Marker = "test accuracy, %", plot.TickerFunc(accuracyTicks)
	p.Y.Scale = errorScale{}
	return p, plot.NewLegend()
}

// save writes a plot and its legend as a PNG beside the results.
func save(p *plot.Plot, legend plot.Legend, file string) error {
	p.Y.Min, p.Y.Max = p.Y.Min-0.1*(100-p.Y.Min), p.Y.Max+0.1*(100-p.Y.Max)
	p.Add(plotter.NewGrid())
	legend.Top, legend.Left, legend.YPosition = true, true, draw.PosCenter
	legend.Padding, legend.TextStyle.Font.Size = vg.Points(3), vg.Points(9)
	canvas := vgimg.New(9*vg.Inch, 4*vg.Inch)
	all, text := draw.New(canvas), 3.6*vg.Inch
	p.Draw(draw.Crop(all, 0, -text, 0, 0))
	legend.Draw(draw.Crop(all, all.Size().X-text+vg.Points(8), 0, 0, -vg.Points(8)))
	var b bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(&b); err != nil {
		return err
	}
	return write(filepath.Join(results, file), b.Bytes())
}

// errorScale spaces accuracies by the logarithm of the error, 100% minus the accuracy:
// from 92 to 94 is as far as from 96 to 97. All accuracies are below 100.
type errorScale struct{}

// Normalize is 0 at lo and 1 at hi.
func (errorScale) Normalize(lo, hi, x float64) float64 {
	return math.Log((100-lo)/(100-x)) / math.Log((100-lo)/(100-hi))
}

// accuracyTicks are the ticks of an errorScale.
func accuracyTicks(lo, hi float64) (ticks []plot.Tick) {
	for _, v := range []float64{0, 20, 40, 50, 60, 70, 75, 80, 85, 88, 90, 92, 93, 94, 95, 96, 97, 98, 98.5, 99, 99.3, 99.5, 99.6, 99.7, 99.8, 99.9} {
		if v >= lo && v <= hi {
			ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'g', -1, 64)})
		}
	}
	return ticks
}

// evenTicks are four to ten ticks, 1, 2 or 5 times a power of ten apart.
func evenTicks(lo, hi float64) (ticks []plot.Tick) {
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/4)))
	for _, more := range []float64{2, 2.5} {
		if (hi-lo)/step > 9 {
			step *= more
		}
	}
	for i := math.Ceil(lo / step); i*step <= hi; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: strconv.FormatFloat(i*step, 'g', 3, 64)})
	}
	return ticks
}
