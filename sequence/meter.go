package sequence

// What an evaluation on sequences reports, as figures, tables and pictures.

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
)

// meter implements [job.Meter].
type meter struct {
	Scored
	name string
}

// Meter implements [job.Job]. Its metrics are those of [Measure].
func (j *Job) Meter(d *job.Data) job.Meter {
	return &meter{Scored{Classes: d.Classes}, d.Test.String()}
}

// Add implements [job.Meter].
func (m *meter) Add(outputs []float32, n int, targets *source.Batch) {
	m.Scored.Add(outputs, targets.Labels[:n])
}

// Metrics implements [job.Meter].
func (m *meter) Metrics() []job.Metric {
	r := m.Measure()
	return []job.Metric{{Name: "accuracy", Value: r.Accuracy}, {Name: "balanced_accuracy", Value: r.Balanced}, {Name: "auc", Value: r.AUC}, {Name: "f1", Value: r.F1}}
}

// WriteFiles implements [job.Meter]: the ROC curves and the confusion matrix, each as a
// table and a picture.
func (m *meter) WriteFiles(dir string) ([]string, error) {
	title := fmt.Sprintf("%s: %d sequences", m.name, len(m.Labels))
	var paths []string
	for _, f := range []struct {
		name  string
		write func(w io.Writer) error
	}{
		{"roc.csv", m.writeCurves},
		{"roc.png", func(w io.Writer) error { return m.DrawCurves(w, title) }},
		{"confusion.csv", m.writeConfusion},
		{"confusion.png", func(w io.Writer) error {
			return png.Encode(w, picture.Matrix{
				Title: []string{title}, Row: "true class", RowNames: m.Classes,
				Column: "predicted class", ColNames: m.Classes, Counts: m.Measure().Confusion,
			}.Draw())
		}},
	} {
		path := filepath.Join(dir, f.name)
		if err := atomicfile.Write(path, f.write); err != nil {
			return paths, fmt.Errorf("sequence: %w", err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// writeCurves writes a row a point.
func (m *meter) writeCurves(w io.Writer) error {
	c := csv.NewWriter(w)
	c.Write([]string{"class", "false_positive", "true_positive", "threshold"})
	for k, name := range m.Classes {
		for _, p := range m.Curve(k) {
			c.Write([]string{name, decimal(p.FalsePositive), decimal(p.TruePositive), decimal(p.Threshold)})
		}
	}
	c.Flush()
	return c.Error()
}

func (m *meter) writeConfusion(w io.Writer) error {
	c := csv.NewWriter(w)
	c.Write(append([]string{`true\predicted`}, m.Classes...))
	for k, row := range m.Measure().Confusion {
		record := []string{m.Classes[k]}
		for _, n := range row {
			record = append(record, strconv.Itoa(n))
		}
		c.Write(record)
	}
	c.Flush()
	return c.Error()
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
