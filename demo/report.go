package demo

// The page that a demonstration writes.

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/draw"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	vgdraw "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"mgtool/mgnet/train"
	"mgtool/pde/file"
)

//go:embed report.html
var page string

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"fixed":   func(digits int, v float64) string { return fmt.Sprintf("%.*f", digits, v) },
	"small":   func(v float64) string { return fmt.Sprintf("%.1e", v) },
	"percent": func(v float64) string { return fmt.Sprintf("%.1f%%", 100*v) },
	"side":    func(n int) int { return n - 1 },
}).Parse(page))

// WriteHTML writes the page: one file, its pictures inside it.
func (r *Result) WriteHTML(w io.Writer) error {
	var curves, training bytes.Buffer
	if err := r.drawCurves(&curves); err != nil {
		return err
	}
	if err := train.DrawCurves(&training, r.History); err != nil {
		return err
	}
	type example struct {
		Classified
		Picture template.URL
	}
	var examples []example
	for _, c := range r.Examples {
		src := r.Test.Picture(c.Index)
		big := image.NewGray(image.Rect(0, 0, 2*src.Bounds().Dx(), 2*src.Bounds().Dy()))
		draw.NearestNeighbor.Scale(big, big.Bounds(), src, src.Bounds(), draw.Src, nil)
		url, err := pictureURL(big)
		if err != nil {
			return err
		}
		examples = append(examples, example{c, url})
	}
	g, err := pictureURL(file.Image(r.Picture.G))
	if err != nil {
		return err
	}
	u, err := pictureURL(file.Image(r.Picture.U))
	if err != nil {
		return err
	}
	return pageTemplate.Execute(w, map[string]any{
		"R": r, "G": g, "U": u, "Examples": examples,
		"Curves": dataURL(curves.Bytes()), "Training": dataURL(training.Bytes()),
		"Parameters": r.Settings.Model.Parameters(),
	})
}

func pictureURL(img image.Image) (template.URL, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return "", err
	}
	return dataURL(b.Bytes()), nil
}

func dataURL(png []byte) template.URL {
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png))
}

// drawCurves draws residuals over cycles, with the line that the two-grid factor
// of local Fourier analysis predicts for red-black V(1,1).
func (r *Result) drawCurves(w io.Writer) error {
	p := plot.New()
	p.Title.Text = "residual from a random start, g = 0"
	p.X.Label.Text, p.Y.Label.Text = "cycle", "‖r‖ / ‖r₀‖"
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, powerTicks{}
	p.Legend.Top = true
	p.Legend.Padding = vg.Points(3)
	p.Add(plotter.NewGrid())
	colours := []color.RGBA{{120, 120, 120, 255}, {31, 90, 160, 255}, {220, 110, 20, 255}}
	floor := 1e-24
	for i, c := range r.Curves {
		xy := make(plotter.XYs, 0, len(c.Residuals))
		for k, v := range c.Residuals {
			if v > floor {
				xy = append(xy, plotter.XY{X: float64(k), Y: v})
			}
		}
		l, points, err := plotter.NewLinePoints(xy)
		if err != nil {
			return err
		}
		col := colours[i%len(colours)]
		l.Color, l.Width, points.Color, points.Shape = col, vg.Points(1.5), col, vgdraw.CircleGlyph{}
		points.Radius = vg.Points(2)
		p.Add(l, points)
		p.Legend.Add(fmt.Sprintf("%s: %.3f", c.Name, c.Factor), l, points)
	}
	// Through the first residual after the start, where the fast transient is over.
	rb := r.Curves[1].Residuals
	var xy plotter.XYs
	for k := 1; k < len(rb); k++ {
		if y := rb[1] * math.Pow(r.TwoGrid, float64(k-1)); y > floor {
			xy = append(xy, plotter.XY{X: float64(k), Y: y})
		}
	}
	l, err := plotter.NewLine(xy)
	if err != nil {
		return err
	}
	l.Dashes, l.Width = []vg.Length{vg.Points(4), vg.Points(3)}, vg.Points(1)
	p.Add(l)
	p.Legend.Add(fmt.Sprintf("two-grid factor by Fourier analysis: %.3f", r.TwoGrid), l)
	img := vgimg.New(18*vg.Centimeter, 10*vg.Centimeter)
	p.Draw(vgdraw.New(img))
	_, err = vgimg.PngCanvas{Canvas: img}.WriteTo(w)
	return err
}

// powerTicks marks every third power of ten.
type powerTicks struct{}

// Ticks implements plot.Ticker.
func (powerTicks) Ticks(lo, hi float64) []plot.Tick {
	var ticks []plot.Tick
	for e := int(math.Floor(math.Log10(lo))); e <= int(math.Ceil(math.Log10(hi))); e++ {
		t := plot.Tick{Value: math.Pow(10, float64(e))}
		if e%3 == 0 {
			t.Label = fmt.Sprintf("1e%d", e)
		}
		ticks = append(ticks, t)
	}
	return ticks
}
