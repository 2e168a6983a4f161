package picture

// Tables of counts.

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"strconv"
)

// Matrix is a table of counts with named rows and columns.
type Matrix struct {
	Title              []string
	Row, Column        string // what the rows and the columns are
	RowNames, ColNames []string
	Counts             [][]int // rows first
}

// Dimensions of a matrix in pixels.
const (
	tableSide = 600 // to which small tables are enlarged, about
	cellMost  = 64
	nameMost  = 220 // longer names are cut
)

var (
	white = color.RGBA{255, 255, 255, 255}
	grid  = color.RGBA{215, 215, 215, 255}
	blues = [][3]float64{{255, 255, 255}, {130, 175, 225}, {20, 60, 140}}
)

// Draw draws the matrix. The darkness of a cell is the square root of its share of its
// row, so that small shares are visible too; a cell shows its count unless that is 0.
func (m Matrix) Draw() *image.RGBA {
	p := newPen()
	cell := min(cellMost, tableSide/max(1, len(m.ColNames)))
	for _, row := range m.Counts {
		for _, n := range row {
			cell = max(cell, line+2, p.width(strconv.Itoa(n))+4)
		}
	}
	left := gap + min(nameMost, max(p.widest(m.RowNames), p.width(m.Row))) + gap
	axis := gap + line*len(m.Title) + gap
	top := axis + line + gap/2 + min(nameMost, p.widest(m.ColNames)) + gap
	right := left + len(m.ColNames)*cell
	img := canvas(max(right, gap+p.widest(m.Title), left+p.width(m.Column))+gap, top+len(m.RowNames)*cell+gap)
	for i, t := range m.Title {
		p.write(img, gap, gap+i*line, t, black)
	}
	p.write(img, left, axis, m.Column, grey)
	p.write(img, gap, top-line, p.cut(m.Row, nameMost), grey)
	for j, name := range m.ColNames {
		p.writeUp(img, left+j*cell+(cell-line)/2, top-gap/2, p.cut(name, nameMost), black)
	}
	for i, name := range m.RowNames {
		y := top + i*cell
		p.write(img, gap, y+(cell-line)/2, p.cut(name, nameMost), black)
		total := 0
		for _, n := range m.Counts[i] {
			total += n
		}
		for j, n := range m.Counts[i] {
			dark := math.Sqrt(float64(n) / float64(max(1, total)))
			box := image.Rect(left+j*cell, y, left+(j+1)*cell, y+cell)
			draw.Draw(img, box, image.NewUniform(grid), image.Point{}, draw.Src)
			box.Max = box.Max.Sub(image.Pt(1, 1))
			draw.Draw(img, box, image.NewUniform(between(blues, dark)), image.Point{}, draw.Src)
			if n > 0 {
				text, ink := strconv.Itoa(n), black
				if dark > .6 {
					ink = white
				}
				p.write(img, box.Min.X+(cell-p.width(text))/2, y+(cell-line)/2, text, ink)
			}
		}
	}
	return img
}
