package forecast

// A picture of forecasts with the truth.

import (
	"fmt"
	"image/color"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"mgtool/internal/atomicfile"
)

// mostShown is how many variables the picture has: the first ones, and the last.
const mostShown = 4

// shownVariables are the variables in the picture.
func (m *meter) shownVariables() (list []int) {
	n := len(m.variables)
	for v := range min(n, mostShown) {
		list = append(list, v)
	}
	if n > mostShown { // the last is often the one that matters
		list[mostShown-1] = n - 1
	}
	return list
}

// draw draws a row for each variable and a column for each window.
func (m *meter) draw(path string) error {
	var plots [][]*plot.Plot
	legend := plot.NewLegend()
	legend.Top, legend.Left = true, true
	for _, v := range m.shownVariables() {
		var row []*plot.Plot
		for _, window := range m.pictured() {
			if m.shown[window] == nil {
				continue
			}
			p, err := m.panel(v, window, &legend)
			if err != nil {
				return fmt.Errorf("forecast: %s: %w", path, err)
			}
			row = append(row, p)
		}
		plots = append(plots, row)
	}
	if len(plots) == 0 || len(plots[0]) == 0 {
		return fmt.Errorf("forecast: %s without a window; want one or more", path)
	}
	const pad, head = vg.Centimeter / 4, 2 * vg.Centimeter // the legend is above all panels
	width, height := vg.Length(len(plots[0]))*13*vg.Centimeter, vg.Length(len(plots))*5*vg.Centimeter+head
	canvas := vgimg.New(width, height)
	whole := draw.New(canvas)
	legend.Draw(draw.Crop(whole, pad, -pad, 0, -pad))
	tiles := draw.Tiles{Rows: len(plots), Cols: len(plots[0]), PadX: 2 * pad, PadY: pad, PadTop: head, PadBottom: pad, PadLeft: pad, PadRight: pad}
	for i, row := range plot.Align(plots, tiles, whole) {
		for k, c := range row {
			plots[i][k].Draw(c)
		}
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := vgimg.PngCanvas{Canvas: canvas}.WriteTo(w)
		return err
	})
}

// panel is one window of a variable in its own units: the end of the past, what came, and
// the forecast. Time counts from the last value that the network has seen. The first panel
// names its lines in the legend.
func (m *meter) panel(variable, window int, legend *plot.Legend) (*plot.Plot, error) {
	w := m.windows
	now := w.First + window + w.LookBack // of the first value to forecast
	past := min(w.LookBack, 2*w.Horizon)
	var seen, came, said plotter.XYs
	point := func(t int, value float32) plotter.XY {
		return plotter.XY{X: float64(t - now + 1), Y: m.scale.Undo(variable, value)}
	}
	for t := now - past; t < now; t++ {
		seen = append(seen, point(t, w.Scaled[variable][t]))
	}
	came, said = append(came, seen[len(seen)-1]), append(said, seen[len(seen)-1])
	for h := range w.Horizon {
		came = append(came, point(now+h, w.Scaled[variable][now+h]))
		said = append(said, point(now+h, m.shown[window][variable*w.Horizon+h]))
	}
	p := plot.New()
	p.Title.Text = fmt.Sprintf("%s, window %d", m.variables[variable], window)
	p.X.Label.Text = "steps ahead"
	p.Add(plotter.NewGrid())
	p.X.Tick.Marker = halves(w.Horizon)
	first := variable == 0 && window == 0
	for _, c := range []struct {
		name   string
		points plotter.XYs
		colour color.RGBA
	}{{"past", seen, color.RGBA{120, 120, 120, 255}}, {"truth", came, color.RGBA{0, 114, 178, 255}}, {"forecast", said, color.RGBA{213, 94, 0, 255}}} {
		l, err := plotter.NewLine(c.points)
		if err != nil {
			return nil, err
		}
		l.Color, l.Width = c.colour, vg.Points(1.3)
		p.Add(l)
		if first {
			legend.Add(c.name, l)
		}
	}
	return p, nil
}

// halves are ticks at each half of a horizon.
type halves int

// Ticks implements [plot.Ticker].
func (q halves) Ticks(lo, hi float64) (ticks []plot.Tick) {
	step := max(1, int(q)/2)
	for t := int(lo) / step * step; float64(t) <= hi; t += step {
		ticks = append(ticks, plot.Tick{Value: float64(t), Label: fmt.Sprint(t)})
	}
	return ticks
}
