package train

// The picture of a training: loss and accuracies over its epochs.

import (
	"errors"
	"image/color"
	"io"

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

// DrawCurves draws the loss and the accuracies of a training over its epochs as a
// PNG picture.
func DrawCurves(w io.Writer, rows []EpochReport) error {
	series := func(value func(EpochReport) float64) plotter.XYs {
		xy := make(plotter.XYs, len(rows))
		for i, r := range rows {
			xy[i].X, xy[i].Y = float64(r.Epoch), value(r)
		}
		return xy
	}
	blue, orange := color.RGBA{31, 90, 160, 255}, color.RGBA{220, 110, 20, 255}
	line := func(p *plot.Plot, name string, c color.Color, xy plotter.XYs) error {
		l, points, err := plotter.NewLinePoints(xy)
		if err != nil {
			return err
		}
		l.Color, l.Width, points.Color, points.Shape = c, vg.Points(1.5), c, draw.CircleGlyph{}
		p.Add(l, points)
		if name != "" {
			p.Legend.Add(name, l, points)
		}
		return nil
	}
	loss, accuracy := plot.New(), plot.New()
	loss.Title.Text, loss.X.Label.Text, loss.Y.Label.Text = "training loss", "epoch", "cross entropy"
	accuracy.Title.Text, accuracy.X.Label.Text, accuracy.Y.Label.Text = "accuracy", "epoch", "share classified right"
	loss.Y.Min = 0
	accuracy.Y.Min, accuracy.Y.Max = 0, 1
	accuracy.Legend.Top = false
	accuracy.Legend.Padding = vg.Points(3)
	for _, p := range []*plot.Plot{loss, accuracy} {
		p.Add(plotter.NewGrid())
		p.X.Tick.Marker = wholeTicks{}
	}
	if err := errors.Join(
		line(loss, "", blue, series(func(r EpochReport) float64 { return r.Loss })),
		line(accuracy, "training", blue, series(func(r EpochReport) float64 { return r.TrainAccuracy })),
		line(accuracy, "test", orange, series(func(r EpochReport) float64 { return r.TestAccuracy })),
	); err != nil {
		return err
	}
	img := vgimg.New(24*vg.Centimeter, 9*vg.Centimeter)
	tiles := draw.Tiles{Rows: 1, Cols: 2, PadX: vg.Points(12), PadLeft: vg.Points(6), PadRight: vg.Points(12), PadTop: vg.Points(6), PadBottom: vg.Points(6)}
	canvases := plot.Align([][]*plot.Plot{{loss, accuracy}}, tiles, draw.New(img))
	loss.Draw(canvases[0][0])
	accuracy.Draw(canvases[0][1])
	_, err := vgimg.PngCanvas{Canvas: img}.WriteTo(w)
	return err
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
