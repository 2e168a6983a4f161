package mgnet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"image/color"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"mgtool/internal/atomicfile"
)

// EpochReport is a row of metrics.csv. The accuracy of training is taken while
// the weights change, that of the test with the weights at the epoch's end.
type EpochReport struct {
	Epoch           int // from 1
	LearningRate    float64
	Loss            float64 // mean over the epoch's batches
	TrainAccuracy   float64
	TestAccuracy    float64
	Seconds         float64 // with evaluation; what a resumed epoch took before is estimated
	ImagesPerSecond float64 // of training alone
}

var metricsHeader = []string{"epoch", "learning_rate", "loss", "train_accuracy", "test_accuracy", "seconds", "images_per_s"}

func writeMetrics(path string, rows []EpochReport) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		c := csv.NewWriter(w)
		c.Write(metricsHeader)
		for _, r := range rows {
			record := []string{strconv.Itoa(r.Epoch)}
			for _, v := range []float64{r.LearningRate, r.Loss, r.TrainAccuracy, r.TestAccuracy, r.Seconds, r.ImagesPerSecond} {
				record = append(record, strconv.FormatFloat(v, 'g', 8, 64))
			}
			c.Write(record)
		}
		c.Flush()
		return c.Error()
	})
}

// readMetrics reads the rows of the first epochs; rows after them come from
// work that the checkpoint does not hold.
func readMetrics(path string, epochs int) ([]EpochReport, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && epochs == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("mgnet: metrics: %w", err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("mgnet: metrics: %s: %w", path, err)
	}
	if len(records) == 0 || !slices.Equal(records[0], metricsHeader) {
		return nil, fmt.Errorf("mgnet: %s has no header %v", path, metricsHeader)
	}
	var rows []EpochReport
	for line, record := range records[1:] {
		var r EpochReport
		values := []*float64{&r.LearningRate, &r.Loss, &r.TrainAccuracy, &r.TestAccuracy, &r.Seconds, &r.ImagesPerSecond}
		r.Epoch, err = strconv.Atoi(record[0])
		for i, v := range values {
			if err == nil {
				*v, err = strconv.ParseFloat(record[i+1], 64)
			}
			if err == nil && (math.IsNaN(*v) || math.IsInf(*v, 0)) {
				err = fmt.Errorf("%s is not a finite number", record[i+1])
			}
		}
		if err == nil && r.Epoch != line+1 {
			err = fmt.Errorf("epoch %s; want %d", record[0], line+1)
		}
		if err != nil {
			return nil, fmt.Errorf("mgnet: %s, line %d: %w", path, line+2, err)
		}
		if r.Epoch <= epochs {
			rows = append(rows, r)
		}
	}
	if len(rows) < epochs {
		return nil, fmt.Errorf("mgnet: %s has %d epochs; the checkpoint stands after %d", path, len(rows), epochs)
	}
	return rows, nil
}

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
