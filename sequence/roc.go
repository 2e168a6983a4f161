package sequence

// The picture of ROC curves.

import (
	"fmt"
	"image/color"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// mostCurves is how many curves are drawn: more cannot be told apart.
const mostCurves = 7

// DrawCurves draws the ROC curve of each class against the rest as a PNG picture, of two
// classes that of the second, with the area in the legend, and the diagonal, where a guess
// would be. Of more than seven classes the first seven are drawn.
func (s *Scored) DrawCurves(w io.Writer, title string) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, "false positive rate", "true positive rate"
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	p.Legend.Padding, p.Legend.YOffs, p.Legend.XOffs = vg.Points(3), vg.Points(6), -vg.Points(6)
	p.Add(plotter.NewGrid())
	guess, err := plotter.NewLine(plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}})
	if err != nil {
		return err
	}
	guess.Color, guess.Dashes = color.Gray{150}, []vg.Length{vg.Points(4), vg.Points(4)}
	p.Add(guess)
	drawn := 0
	for k, name := range s.Classes {
		curve := s.Curve(k)
		if len(curve) == 0 || drawn == mostCurves || len(s.Classes) == 2 && k == 0 {
			continue
		}
		xy := make(plotter.XYs, len(curve))
		for i, at := range curve {
			xy[i].X, xy[i].Y = at.FalsePositive, at.TruePositive
		}
		line, err := plotter.NewLine(xy)
		if err != nil {
			return err
		}
		line.Color, line.Width = plotutil.Color(drawn), vg.Points(1.5)
		p.Add(line)
		p.Legend.Add(fmt.Sprintf("%s, AUC %.4f", name, Area(curve)), line)
		drawn++
	}
	img := vgimg.New(13*vg.Centimeter, 12*vg.Centimeter)
	p.Draw(draw.Crop(draw.New(img), vg.Points(4), -vg.Points(12), vg.Points(4), -vg.Points(6)))
	_, err = vgimg.PngCanvas{Canvas: img}.WriteTo(w)
	return err
}
