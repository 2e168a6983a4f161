package main

// The picture of accuracy against the number of parameters.

import (
	"fmt"
	"io"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg/draw"
)

// parameters plots test accuracy against the number of parameters: one point per training,
// one colour per way of saving parameters.
func parameters(w io.Writer, list []experiment, all map[string][]result) error {
	p, legend := newPlot("parameters")
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.TickerFunc(parameterTicks)
	var ways []string
	points := map[string]plotter.XYs{}
	for _, e := range list {
		for _, r := range all[e.name] {
			x, _ := r.Result["parameters"].(float64)
			y, _ := r.Result["test_accuracy"].(float64)
			if points[e.way()] == nil {
				ways = append(ways, e.way())
			}
			points[e.way()] = append(points[e.way()], plotter.XY{X: x, Y: 100 * y})
		}
	}
	for i, way := range ways {
		line, marks, err := plotter.NewLinePoints(points[way])
		if err != nil {
			return err
		}
		line.Color, marks.Color = plotutil.Color(i), plotutil.Color(i)
		marks.Shape = draw.CircleGlyph{}
		p.Add(line, marks)
		legend.Add(way, line, marks)
	}
	const file = "parameters.png"
	p.X.Min, p.X.Max = p.X.Min/1.5, p.X.Max*1.5
	if err := save(p, legend, file); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n![test accuracy against the number of parameters](%s)\n", file)
	return nil
}

// parameterTicks are 1, 2 and 5 times powers of ten.
func parameterTicks(lo, hi float64) (ticks []plot.Tick) {
	for power := 100.; power <= hi; power *= 10 {
		for _, v := range []float64{power, 2 * power, 5 * power} {
			label := strconv.FormatFloat(v/1e3, 'g', -1, 64) + " k"
			if v >= 1e6 {
				label = strconv.FormatFloat(v/1e6, 'g', -1, 64) + " M"
			}
			if v >= lo && v <= hi {
				ticks = append(ticks, plot.Tick{Value: v, Label: label})
			}
		}
	}
	return ticks
}
