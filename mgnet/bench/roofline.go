package bench

// A picture of a profile under the roofs of the machine.

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"mgtool/internal/atomicfile"
)

// WriteRoofline writes a picture of the profile as a PNG file: the rate of every
// group of operations with multiply-adds over its FLOPs a byte moved, under the
// machine's roofs, in floating-point operations and bytes a second; flops may be
// 0, not known. The area of a point is its share of the step.
//
// FLOPs are counted plainly, so a Winograd convolution, which does with a quarter
// of the multiplications, may be above the roof; so may what finds its bytes in a
// cache.
func (s *Speed) WriteRoofline(path string, flops, bandwidth float64) error {
	p := plot.New()
	mode := "Evaluation"
	if s.Options.Train {
		mode = "Training"
	}
	p.Title.Text = fmt.Sprintf("%s, channels %v, smoothings %v, batch %d: %.0f images/s\nFLOPs are counted plainly: Winograd's convolutions may lie above the roof",
		mode, s.Config.Channels, s.Config.Smoothings, s.Options.Batch, s.ImagesPerSecond())
	p.Title.Padding = vg.Points(6)
	p.X.Label.Text, p.Y.Label.Text = "FLOP / byte moved", "GFLOP/s"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	p.Legend.Left, p.Legend.Top, p.Legend.Padding = true, true, vg.Points(4)
	p.Add(plotter.NewGrid())

	kinds := []struct {
		name   string
		color  color.Color
		points plotter.XYs
		radii  []vg.Length
	}{
		{name: "forward", color: color.NRGBA{31, 90, 160, 150}},
		{name: "gradient by features", color: color.NRGBA{220, 110, 20, 150}},
		{name: "gradient by weights", color: color.NRGBA{40, 140, 60, 150}},
	}
	lo, hi := math.Inf(1), flops/bandwidth // of FLOPs a byte
	top := flops / 1e9
	var names plotter.XYLabels
	for _, g := range s.Profile {
		share := g.Seconds / s.MeanSeconds
		if g.MACs == 0 || share < .001 {
			continue
		}
		kind := &kinds[0]
		if strings.HasSuffix(g.Op, " dx") {
			kind = &kinds[1]
		} else if strings.HasSuffix(g.Op, " dw") {
			kind = &kinds[2]
		}
		at := plotter.XY{X: 2 * float64(g.MACs) / float64(g.Bytes), Y: 2 * float64(g.MACs) / g.Seconds / 1e9}
		lo, hi, top = min(lo, at.X), max(hi, at.X), max(top, at.Y)
		kind.points, kind.radii = append(kind.points, at), append(kind.radii, vg.Points(30*math.Sqrt(share)))
		// The largest get a name, where no larger one is beside them.
		if !slices.ContainsFunc(names.XYs, func(q plotter.XY) bool {
			return math.Abs(math.Log(q.Y/at.Y)) < .2 && math.Abs(math.Log(q.X/at.X)) < .7
		}) {
			names.XYs, names.Labels = append(names.XYs, at), append(names.Labels, strings.TrimSpace(g.Op+" "+g.Param))
		}
	}
	if len(names.XYs) == 0 {
		return fmt.Errorf("mgnet: roofline: nothing with multiply-adds was profiled")
	}
	hi *= 4
	if lo /= 2; flops > 0 {
		lo = min(lo, flops/bandwidth/2)
	}
	p.Y.Max = 4 * top // room for the legend
	roof := plotter.XYs{{X: lo, Y: lo * bandwidth / 1e9}, {X: hi, Y: hi * bandwidth / 1e9}}
	label := fmt.Sprintf("copy %.0f GB/s", bandwidth/1e9)
	if flops > 0 {
		roof = plotter.XYs{roof[0], {X: flops / bandwidth, Y: flops / 1e9}, {X: hi, Y: flops / 1e9}}
		label += fmt.Sprintf(", multiply-adds %.0f GFLOP/s", flops/1e9)
	}
	line, err := plotter.NewLine(roof)
	if err != nil {
		return err
	}
	line.Width = vg.Points(1.5)
	p.Add(line)
	p.Legend.Add(label, line)
	for _, k := range kinds {
		if len(k.points) == 0 {
			continue
		}
		scatter, err := plotter.NewScatter(k.points)
		if err != nil {
			return err
		}
		scatter.GlyphStyle = draw.GlyphStyle{Color: k.color, Radius: vg.Points(4), Shape: draw.CircleGlyph{}}
		scatter.GlyphStyleFunc = func(i int) draw.GlyphStyle {
			return draw.GlyphStyle{Color: k.color, Radius: k.radii[i], Shape: draw.CircleGlyph{}}
		}
		p.Add(scatter)
		p.Legend.Add(k.name, scatter)
	}
	labels, err := plotter.NewLabels(names)
	if err != nil {
		return err
	}
	p.Add(labels)
	img := vgimg.New(22*vg.Centimeter, 15*vg.Centimeter)
	p.Draw(draw.New(img))
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := vgimg.PngCanvas{Canvas: img}.WriteTo(w)
		return err
	})
}
