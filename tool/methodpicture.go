package tool

// The operators of a method as a picture.

import (
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"math/cmplx"

	"mgtool/internal/atomicfile"
	"mgtool/internal/picture"
	"mgtool/multigrid/method"
)

// WritePNG draws the stencils as squares with their numbers, and |symbols| over θ ∈ [−π, π]
// along every axis, in three dimensions where θ_z = 0; beside them the classical ones.
func (v *MethodView) WritePNG(path string) error {
	name := v.Name
	if name == "" {
		name = "method"
	}
	sheet := picture.Sheet{Title: []string{
		name + fmt.Sprintf(": %d-D, %s-cycle; coarse operators of %s", v.Dim, map[int]string{1: "V", 2: "W"}[v.Gamma], v.Of),
		"each operator, and beside it the classical one: its stencil (" + picture.SignedLegend + "), and |symbol| over θ from −π to π (white is 0, dark blue the largest)",
	}}
	if v.Dim == 3 {
		sheet.Title = append(sheet.Title, "the planes of a stencil stand one below the other, z = −1 at the top; symbols are those at θ_z = 0")
	}
	for _, p := range v.Parts {
		s := picture.Section{Columns: 6, Side: 1}
		for _, one := range []struct {
			label, note string
			stencil     *method.Stencil
			smooths     func([3]float64) float64
			highest     *float64
		}{
			{fmt.Sprintf("level %d: %s", p.Level, p.What), p.Says, p.Stencil, p.smooths, p.Smoothing},
			{"classical", p.Classical, p.Beside, p.smoothsBeside, p.ClassicalSmoothing},
		} {
			if one.stencil == nil {
				continue
			}
			most := 0.0
			for _, w := range one.stencil.Weights {
				most = max(most, math.Abs(w))
			}
			s.Tiles = append(s.Tiles, picture.Tile{Picture: numbersOf(one.stencil, most), Label: one.label, Note: one.note})
			symbol := one.stencil.Symbol
			s.Tiles = append(s.Tiles, symbolTile(v.Dim, "|symbol|", 0, func(theta [3]float64) float64 { return cmplx.Abs(symbol(theta)) }))
			if one.smooths != nil {
				t := symbolTile(v.Dim, "left by smoothing", 1, one.smooths)
				t.Note = fmt.Sprintf("largest where |θ| ≥ π/2: %.3g", *one.highest)
				s.Tiles = append(s.Tiles, t)
			}
		}
		if len(s.Tiles) > 0 {
			sheet.Sections = append(sheet.Sections, s)
		}
	}
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, sheet.Draw()) })
}

// numbersOf draws the weights of a stencil, y upwards, its planes one below the other.
func numbersOf(s *method.Stencil, limit float64) image.Image {
	w := s.Width
	height, planes := w, 1
	switch s.Dim {
	case 1:
		height = 1
	case 3:
		planes = w
	}
	var values []float64
	for z := range planes {
		for y := height - 1; y >= 0; y-- {
			values = append(values, s.Weights[(z*height+y)*w:][:w]...)
		}
	}
	return picture.Numbers(values, height, w, planes, limit)
}

// symbolTile draws a function of θ, in colours from 0 to a limit, its largest value if that is 0.
func symbolTile(dim int, label string, limit float64, f func(theta [3]float64) float64) picture.Tile {
	const side = 156
	height := side
	if dim == 1 {
		height = side / 4
	}
	values := make([]float64, 0, height*side)
	most := 0.0
	for j := range height {
		for i := range side {
			theta := [3]float64{math.Pi * (2*float64(i)/(side-1) - 1)}
			if dim > 1 {
				theta[1] = math.Pi * (1 - 2*float64(j)/(side-1))
			}
			value := f(theta)
			values = append(values, value)
			most = max(most, value)
		}
	}
	if limit == 0 {
		limit = most
	}
	return picture.Tile{Picture: picture.Magnitudes(values, height, side, limit), Label: label, Note: fmt.Sprintf("largest %.3g", most)}
}
