package train

// The picture of a training over its epochs.

import (
	"errors"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"mgtool/internal/atomicfile"
)

func writeCurves(path string, rows []EpochReport) error {
	return atomicfile.Write(path, func(w io.Writer) error { return DrawCurves(w, rows) })
}

// curve is a line of a picture.
type curve struct {
	name  string // "" is not in the legend
	value func(EpochReport) float64
}

// DrawCurves draws the loss and the accuracies of a training over its epochs as a PNG
// picture; for a task without accuracy, the loss on training and on test samples.
func DrawCurves(w io.Writer, rows []EpochReport) error {
	loss, beside := plot.New(), plot.New()
	loss.Title.Text, loss.X.Label.Text, loss.Y.Label.Text = "training loss", "epoch", "cross entropy"
	loss.Y.Min = 0
	curves := []curve{{"training", func(r EpochReport) float64 { return r.TrainAccuracy }}, {"test", func(r EpochReport) float64 { return r.TestAccuracy }}}
	beside.Title.Text, beside.X.Label.Text, beside.Y.Label.Text = "accuracy", "epoch", "share classified right"
	beside.Y.Min, beside.Y.Max = 0, 1
	beside.Legend.Top = false
	beside.Legend.Padding = vg.Points(3)
	if len(rows) > 0 && math.IsNaN(rows[0].TestAccuracy) {
		beside = plot.New()
		curves = []curve{{"test", func(r EpochReport) float64 { return r.TestLoss }}}
		loss.Y.Label.Text = "loss"
		beside.Title.Text, beside.X.Label.Text, beside.Y.Label.Text = "test loss", "epoch", "loss"
		beside.Y.Min = 0
	}
	for _, p := range []*plot.Plot{loss, beside} {
		p.Add(plotter.NewGrid())
		p.X.Tick.Marker = wholeTicks{}
	}
	err := addCurves(loss, rows, curve{"", func(r EpochReport) float64 { return r.Loss }})
	if err = errors.Join(err, addCurves(beside, rows, curves...)); err != nil {
		return err
	}
	img := vgimg.New(24*vg.Centimeter, 9*vg.Centimeter)
	tiles := draw.Tiles{Rows: 1, Cols: 2, PadX: vg.Points(12), PadLeft: vg.Points(6), PadRight: vg.Points(12), PadTop: vg.Points(6), PadBottom: vg.Points(6)}
	canvases := plot.Align([][]*plot.Plot{{loss, beside}}, tiles, draw.New(img))
	loss.Draw(canvases[0][0])
	beside.Draw(canvases[0][1])
	_, err = vgimg.PngCanvas{Canvas: img}.WriteTo(w)
	return err
}

// addCurves draws curves over the epochs in blue and orange.
func addCurves(p *plot.Plot, rows []EpochReport, curves ...curve) error {
	colours := []color.Color{color.RGBA{31, 90, 160, 255}, color.RGBA{220, 110, 20, 255}}
	for i, c := range curves {
		xy := make(plotter.XYs, len(rows))
		for k, r := range rows {
			xy[k].X, xy[k].Y = float64(r.Epoch), c.value(r)
		}
		l, points, err := plotter.NewLinePoints(xy)
		if err != nil {
			return err
		}
		l.Color, l.Width, points.Color, points.Shape = colours[i], vg.Points(1.5), colours[i], draw.CircleGlyph{}
		p.Add(l, points)
		if c.name != "" {
			p.Legend.Add(c.name, l, points)
		}
	}
	return nil
}

// wholeTicks are the default ticks at whole numbers: there is no epoch 1.5.
type wholeTicks struct{}

// Ticks implements plot.Ticker.
func (wholeTicks) Ticks(lo, hi float64) []plot.Tick {
	var ticks []plot.Tick
	for _, t := range (plot.DefaultTicks{}).Ticks(lo, hi) {
		if t.Value == float64(int(t.Value)) {
			ticks = append(ticks, t)
		}
	}
	return ticks
}
