package forecast

// The errors of forecasts, over all windows.

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"

	"mgtool/internal/atomicfile"
	"mgtool/mgnet/job"
	"mgtool/source"
)

// meter adds up the errors, in standard units, at each step ahead of each variable.
type meter struct {
	windows           *Windows
	variables         []string
	scale             Scale
	seen              int
	squared, absolute [][]float64       // by variable and step ahead
	shown             map[int][]float32 // forecasts of the windows in the picture
}

func newMeter(w *Windows, variables []string, c Scale) *meter {
	m := &meter{windows: w, variables: variables, scale: c, shown: map[int][]float32{}}
	for range variables {
		m.squared, m.absolute = append(m.squared, make([]float64, w.Horizon)), append(m.absolute, make([]float64, w.Horizon))
	}
	return m
}

// pictured are the windows in the picture: the first, and that in the middle.
func (m *meter) pictured() []int { return slices.Compact([]int{0, m.windows.Count / 2}) }

// Add implements [job.Meter].
func (m *meter) Add(outputs []float32, n int, targets *source.Batch) {
	each := len(outputs) / n
	for i := range n {
		if slices.Contains(m.pictured(), m.seen+i) {
			m.shown[m.seen+i] = slices.Clone(outputs[i*each : (i+1)*each])
		}
		for k, y := range outputs[i*each : (i+1)*each] {
			v, h := k/m.windows.Horizon, k%m.windows.Horizon
			d := float64(y) - float64(targets.Values[i*each+k])
			m.squared[v][h] += d * d
			m.absolute[v][h] += math.Abs(d)
		}
	}
	m.seen += n
}

// mean is the mean error over all windows, variables and steps ahead.
func (m *meter) mean(errors [][]float64) float64 {
	sum := 0.0
	for _, of := range errors {
		for _, e := range of {
			sum += e
		}
	}
	return sum / float64(m.seen*len(errors)*m.windows.Horizon)
}

// Metrics implements [job.Meter]: the mean squared and the mean absolute error.
func (m *meter) Metrics() []job.Metric {
	return []job.Metric{{Name: "mse", Value: m.mean(m.squared)}, {Name: "mae", Value: m.mean(m.absolute)}}
}

// WriteFiles writes a picture of forecasts with the truth, and the errors by variable and by
// step ahead.
func (m *meter) WriteFiles(dir string) ([]string, error) {
	picture, errors := filepath.Join(dir, "forecast.png"), filepath.Join(dir, "errors.csv")
	if err := m.draw(picture); err != nil {
		return nil, err
	}
	return []string{picture, errors}, m.writeErrors(errors)
}

// writeErrors writes a row for each step ahead with the errors over all variables, then of
// each.
func (m *meter) writeErrors(path string) error {
	columns := []string{"step", "mse", "mae"}
	for _, name := range m.variables {
		columns = append(columns, "mse "+name, "mae "+name)
	}
	var rows [][]string
	text := func(sum float64, count int) string { return strconv.FormatFloat(sum/float64(count), 'g', 6, 64) }
	for h := range m.windows.Horizon {
		squared, absolute := 0.0, 0.0
		var row []string
		for v := range m.variables {
			squared, absolute = squared+m.squared[v][h], absolute+m.absolute[v][h]
			row = append(row, text(m.squared[v][h], m.seen), text(m.absolute[v][h], m.seen))
		}
		all := m.seen * len(m.variables)
		rows = append(rows, append([]string{fmt.Sprint(h + 1), text(squared, all), text(absolute, all)}, row...))
	}
	return writeCSV(path, columns, rows)
}

// writeCSV writes a table.
func writeCSV(path string, columns []string, rows [][]string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		return csv.NewWriter(w).WriteAll(append([][]string{columns}, rows...))
	})
}
