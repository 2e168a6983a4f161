package main

// Pictures: a plot with its legend beside it, where it hides no line.

import (
	"bytes"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// save writes a plot and its legend as a PNG beside the results.
func save(p *plot.Plot, legend plot.Legend, file string) error {
	p.Add(plotter.NewGrid())
	legend.Top, legend.Left, legend.YPosition = true, true, draw.PosCenter
	legend.Padding, legend.TextStyle.Font.Size = vg.Points(3), vg.Points(9)
	canvas := vgimg.New(9*vg.Inch, 4*vg.Inch)
	all, text := draw.New(canvas), 3.6*vg.Inch
	p.Draw(draw.Crop(all, 0, -text, 0, 0))
	legend.Draw(draw.Crop(all, all.Size().X-text+vg.Points(8), 0, 0, -vg.Points(8)))
	var b bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(&b); err != nil {
		return err
	}
	return write(filepath.Join(results, file), b.Bytes())
}
