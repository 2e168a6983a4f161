package learn

// What is measured of fields.

import (
	"encoding/csv"
	"fmt"
	"image/png"
	"io"
	"path/filepath"
	"strconv"

	"mgtool/internal/atomicfile"
	"mgtool/internal/picture"
	"mgtool/mgnet/job"
	"mgtool/source"
	"mgtool/tensor"
)

// Meter measures relative errors in L² and in H¹.
func (j *Job) Meter(d *job.Data) job.Meter {
	form := d.Test.Form()
	m := &meter{scale: j.Scale, height: form.Input[0], width: form.Input[1]}
	m.out = form.Values / (m.height * m.width)
	for order := range m.norm { // of the shapes of samples, which are valid
		m.norm[order], m.err = tensor.NewRelativeError(1, m.height, m.width, m.out, order)
	}
	return m
}

// meter has the errors of each sample, and the first samples for a picture.
type meter struct {
	scale              float64
	height, width, out int
	norm               [2]*tensor.RelativeError
	err                error
	errors             [2][]float64
	shown              [][2][]float32 // u and the prediction
}

// pictured is how many samples the picture shows.
const pictured = 6

// Add takes in n samples.
func (m *meter) Add(outputs []float32, n int, targets *source.Batch) {
	if m.err != nil {
		return
	}
	size := len(outputs) / n
	for i := range n {
		y, t := outputs[i*size:(i+1)*size], targets.Values[i*size:(i+1)*size]
		for order, e := range m.norm {
			var one [1]float64
			e.Each(one[:], y, t)
			m.errors[order] = append(m.errors[order], one[0])
		}
		if len(m.shown) < pictured {
			m.shown = append(m.shown, [2][]float32{m.scaled(t), m.scaled(y)})
		}
	}
}

// scaled is the last value at each point, as u has it.
func (m *meter) scaled(v []float32) []float32 {
	var list []float32
	for i := m.out - 1; i < len(v); i += m.out {
		list = append(list, float32(m.scale)*v[i])
	}
	return list
}

// Metrics are the mean relative errors and the largest in L².
func (m *meter) Metrics() []job.Metric {
	var mean [2]float64
	largest := 0.0
	for order, list := range m.errors {
		for _, v := range list {
			mean[order] += v / float64(len(list))
			if order == 0 {
				largest = max(largest, v)
			}
		}
	}
	return []job.Metric{{Name: "relative_l2", Value: mean[0]}, {Name: "relative_h1", Value: mean[1]}, {Name: "largest_relative_l2", Value: largest}}
}

// WriteFiles writes errors.csv, a row for each sample, and fields.png, the first samples.
func (m *meter) WriteFiles(dir string) ([]string, error) {
	table, sheet := filepath.Join(dir, "errors.csv"), filepath.Join(dir, "fields.png")
	err := atomicfile.Write(table, func(w io.Writer) error {
		c := csv.NewWriter(w)
		rows := [][]string{{"sample", "relative_l2", "relative_h1"}}
		for i, v := range m.errors[0] {
			rows = append(rows, []string{strconv.Itoa(i), fmt.Sprintf("%.6g", v), fmt.Sprintf("%.6g", m.errors[1][i])})
		}
		return c.WriteAll(rows)
	})
	if err != nil {
		return nil, err
	}
	return []string{table, sheet}, m.draw(sheet)
}

// draw draws u, the prediction and its error.
func (m *meter) draw(path string) error {
	section := picture.Section{Columns: 3, Side: 240}
	for i, pair := range m.shown {
		u, y := pair[0], pair[1]
		d := make([]float32, len(u))
		for k := range d {
			d[k] = y[k] - u[k]
		}
		limit, off := picture.Largest(u), picture.Largest(d)
		section.Tiles = append(section.Tiles,
			picture.Tile{Picture: picture.Signed(u, m.height, m.width, limit), Label: fmt.Sprintf("sample %d: u", i), Note: fmt.Sprintf("largest %.3g", limit)},
			picture.Tile{Picture: picture.Signed(y, m.height, m.width, limit), Label: "predicted", Note: fmt.Sprintf("off by %.3g%% in L2", 100*m.errors[0][i])},
			picture.Tile{Picture: picture.Signed(d, m.height, m.width, off), Label: "error", Note: fmt.Sprintf("largest %.3g", off)})
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		return png.Encode(w, picture.Sheet{Title: []string{"Fields of test samples, their predictions, and the errors"}, Sections: []picture.Section{section}}.Draw())
	})
}
