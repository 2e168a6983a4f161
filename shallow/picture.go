package shallow

// Pictures of errors.

import (
	"fmt"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"mgtool/internal/atomicfile"
	"mgtool/internal/ticks"
)

// Curve is errors over numbers of terms or steps.
type Curve struct {
	Name string
	X, Y []float64 // what is not positive is left out on a logarithmic axis
	// Colour is the place among the colours, which curves of one kind share; Dashed marks a
	// reference line.
	Colour int
	Dashed bool
}

// Panel is a plot of curves.
type Panel struct {
	Title, X string
	LogX     bool
	Curves   []Curve
}

// colours are told apart also without red and green (Okabe, Ito 2008).
var colours = []color.RGBA{{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {86, 180, 233, 255}, {230, 159, 0, 255}, {0, 0, 0, 255}}

// WritePNG draws panels side by side, with logarithmic errors on one scale.
func WritePNG(path string, panels []Panel) error {
	least, most := math.Inf(1), 0.0
	for _, panel := range panels {
		for _, c := range panel.Curves {
			for _, y := range c.Y {
				if y > 0 && !c.Dashed {
					least, most = min(least, y), max(most, y)
				}
			}
		}
	}
	if most == 0 {
		return fmt.Errorf("shallow: %s without a positive error; want one or more", path)
	}
	row := make([]*plot.Plot, len(panels))
	for i, panel := range panels {
		p, err := panel.plot()
		if err != nil {
			return fmt.Errorf("shallow: %s: %w", path, err)
		}
		p.Y.Min, p.Y.Max = least/1.5, 1.5*most
		row[i] = p
	}
	canvas := vgimg.New(vg.Length(len(panels))*14*vg.Centimeter, 11*vg.Centimeter)
	tiles := draw.Tiles{Rows: 1, Cols: len(panels), PadX: vg.Centimeter / 2, PadTop: vg.Centimeter / 4, PadBottom: vg.Centimeter / 4, PadLeft: vg.Centimeter / 4, PadRight: vg.Centimeter / 4}
	for i, c := range plot.Align([][]*plot.Plot{row}, tiles, draw.New(canvas))[0] {
		row[i].Draw(c)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := vgimg.PngCanvas{Canvas: canvas}.WriteTo(w)
		return err
	})
}

func (panel Panel) plot() (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = panel.Title, panel.X, "error"
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, ticks.Decades{}
	if panel.LogX {
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, ticks.Decades{}
	}
	p.Legend.Left, p.Legend.ThumbnailWidth = true, vg.Centimeter // where errors that fall leave room
	p.Legend.TextStyle.Font.Size = vg.Points(9)
	p.Add(plotter.NewGrid())
	for _, c := range panel.Curves {
		var points plotter.XYs
		for i, y := range c.Y {
			if y > 0 && (c.X[i] > 0 || !panel.LogX) {
				points = append(points, plotter.XY{X: c.X[i], Y: y})
			}
		}
		if len(points) == 0 {
			continue
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return nil, err
		}
		line.Color, line.Width = colours[c.Colour%len(colours)], vg.Points(1.4)
		if c.Dashed {
			line.Dashes, line.Width = []vg.Length{vg.Points(4), vg.Points(3)}, vg.Points(1)
		}
		p.Add(line)
		if c.Name != "" {
			p.Legend.Add(c.Name, line)
		}
	}
	return p, nil
}
