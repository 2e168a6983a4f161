package modes

// Pictures of spectra and of modes.

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"math/cmplx"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"mgtool/internal/atomicfile"
	"mgtool/internal/ticks"
)

// Spectrum is what a picture shows of a method.
type Spectrum struct {
	Name        string
	Eigenvalues []complex128 // of E, the largest modulus first
	Modes       *Modes       // nil where there are no sine waves
}

// cellSide is the size of each plot.
const cellSide = 8.5 * vg.Centimeter

// WritePNG draws a row of plots for each method: the eigenvalues of E in the complex plane
// with the circle of the convergence factor; their moduli in order; the amplification of the
// sine waves by a cycle; and what a cycle makes of a random error, wave by wave. Plots of a
// column have the same scale.
func WritePNG(path string, list []Spectrum) error {
	if len(list) == 0 {
		return fmt.Errorf("modes: %s of no spectrum; want one or more", path)
	}
	radius, most := 0.0, 0.0
	waves := false
	for _, s := range list {
		for _, v := range s.Eigenvalues {
			radius = max(radius, cmplx.Abs(v))
		}
		if s.Modes == nil {
			continue
		}
		waves = true
		for i, v := range s.Modes.Amplification {
			most = max(most, v, s.Modes.Remains[i])
		}
	}
	var rows [][]*plot.Plot
	for _, s := range list {
		plane, err := s.plane(1.1 * radius)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		sizes, err := s.sizes(radius)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		row := []*plot.Plot{plane, sizes}
		if waves {
			row = append(row, plot.New(), plot.New())
			if m := s.Modes; m != nil {
				if row[2], err = m.plot(s.Name+"\neach wave after a cycle", m.Amplification, most); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
				if row[3], err = m.plot(s.Name+"\nrandom error after a cycle", m.Remains, most); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
			}
		}
		rows = append(rows, row)
	}
	canvas := vgimg.New(vg.Length(len(rows[0]))*cellSide, vg.Length(len(rows))*cellSide)
	tiles := draw.Tiles{Rows: len(rows), Cols: len(rows[0]), PadX: vg.Centimeter / 2, PadY: vg.Centimeter / 2, PadTop: vg.Centimeter / 4, PadBottom: vg.Centimeter / 4, PadLeft: vg.Centimeter / 4, PadRight: vg.Centimeter / 4}
	for i, row := range plot.Align(rows, tiles, draw.New(canvas)) {
		for j, c := range row {
			rows[i][j].Draw(c)
		}
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := vgimg.PngCanvas{Canvas: canvas}.WriteTo(w)
		return err
	})
}

// titled is a plot with a title of two lines, small enough for long names.
func titled(text string) *plot.Plot {
	p := plot.New()
	p.Title.Text = text
	p.Title.TextStyle.Font.Size = vg.Points(10)
	return p
}

// plane has the eigenvalues as points, in a square of this half side.
func (s Spectrum) plane(half float64) (*plot.Plot, error) {
	radius := 0.0
	var points plotter.XYs
	for _, v := range s.Eigenvalues {
		points = append(points, plotter.XY{X: real(v), Y: imag(v)})
		radius = max(radius, cmplx.Abs(v))
	}
	p := titled(fmt.Sprintf("%s\nλ of E, factor %.4f", s.Name, radius))
	p.X.Label.Text, p.Y.Label.Text = "Re λ", "Im λ"
	line, err := plotter.NewLine(circle(radius))
	if err != nil {
		return nil, err
	}
	line.Color = color.Gray{160}
	scatter, err := plotter.NewScatter(points)
	if err != nil {
		return nil, err
	}
	scatter.GlyphStyle = draw.GlyphStyle{Color: color.RGBA{R: 31, G: 90, B: 160, A: 255}, Radius: vg.Points(1.5), Shape: draw.CircleGlyph{}}
	p.Add(plotter.NewGrid(), line, scatter)
	if half == 0 {
		half = 1
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -half, half, -half, half
	return p, nil
}

// circle is a closed line around 0.
func circle(radius float64) (line plotter.XYs) {
	for i := range 181 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / 180)
		line = append(line, plotter.XY{X: radius * cos, Y: radius * sin})
	}
	return line
}

// sizes has |λ| in order, on a logarithmic scale of four decades below the largest of all.
func (s Spectrum) sizes(radius float64) (*plot.Plot, error) {
	p := titled(s.Name + "\n|λ| in order")
	p.X.Label.Text = "number of the eigenvalue"
	least := radius * 1e-4
	curve := s.curve(least)
	if len(curve) == 0 {
		return p, nil
	}
	line, err := plotter.NewLine(curve)
	if err != nil {
		return nil, err
	}
	p.Add(plotter.NewGrid(), line)
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, ticks.Decades{}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, float64(len(s.Eigenvalues)), least, 1.2*radius
	return p, nil
}

// curve is |λ| over its number, from 1, as far as it is not below least, or 0.
func (s Spectrum) curve(least float64) (line plotter.XYs) {
	for i, v := range s.Eigenvalues {
		if size := cmplx.Abs(v); size >= least && size > 0 {
			line = append(line, plotter.XY{X: float64(i + 1), Y: size})
		}
	}
	return line
}

// plot shows values of the waves from 0 to most: over k in one dimension, as colours over
// (k_x, k_y) in two, and over the largest of the k_d/N_d in three.
func (m *Modes) plot(title string, values []float64, most float64) (*plot.Plot, error) {
	if most == 0 {
		most = 1
	}
	if m.Grid.Dim() == 2 {
		p := titled(fmt.Sprintf("%s\n0 (dark) to %.3g (light)", title, most))
		p.X.Label.Text, p.Y.Label.Text = "k_x", "k_y"
		colours := moreland.Kindlmann()
		colours.SetMin(0)
		colours.SetMax(1)
		heat := plotter.NewHeatMap(waveGrid{m, values}, colours.Palette(255))
		heat.Min, heat.Max = 0, most
		p.Add(heat)
		return p, nil
	}
	p := titled(title)
	var points plotter.XYs
	for i, v := range values {
		k, at := m.Wave(i), 0.0
		for d := range m.Grid.Dim() {
			at = max(at, float64(k[d])/float64(m.Grid.N[d]))
		}
		points = append(points, plotter.XY{X: at, Y: v})
	}
	scatter, err := plotter.NewScatter(points)
	if err != nil {
		return nil, err
	}
	scatter.GlyphStyle = draw.GlyphStyle{Color: color.RGBA{R: 31, G: 90, B: 160, A: 255}, Radius: vg.Points(1.5), Shape: draw.CircleGlyph{}}
	p.X.Label.Text = "k/N"
	if m.Grid.Dim() == 3 {
		p.X.Label.Text = "largest k/N"
	}
	p.Add(plotter.NewGrid(), scatter)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1.05*most
	return p, nil
}

// waveGrid is the values of a plane of waves, as a heat map takes them.
type waveGrid struct {
	m      *Modes
	values []float64
}

func (w waveGrid) Dims() (columns, rows int) { return w.m.Grid.Inner(0), w.m.Grid.Inner(1) }
func (w waveGrid) Z(c, r int) float64        { return w.values[r*w.m.Grid.Inner(0)+c] }
func (w waveGrid) X(c int) float64           { return float64(c + 1) }
func (w waveGrid) Y(r int) float64           { return float64(r + 1) }
