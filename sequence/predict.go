package sequence

// A trained network applied to sequences that may have no labels.

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"mgtool/internal/atomicfile"
	"mgtool/internal/regularfile"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/job"
	"mgtool/pde/file"
	"mgtool/source"
	"mgtool/tensor"
)

// mostProbabilities is for how many classes a prediction has the probability of each.
const mostProbabilities = 10

// Predict implements [job.Job]. The file has the form of those that the network was trained
// on, without labels or with them; of a folder or of the training part of two files the test
// part is taken. The table has a row for each sequence: its number, or the first place of a
// window, its label if it has one, the class and the probabilities. It is written to q.Out
// as CSV.
func (j *Job) Predict(ctx context.Context, q job.Query) (*job.Predicted, error) {
	path := q.Path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		_, _, test, err := Parts(path)
		if err != nil {
			return nil, err
		}
		path = test
	}
	if err := q.Spares(path, j.beside(path)); err != nil {
		return nil, fmt.Errorf("sequence: %w", err)
	}
	s, err := j.anyway(path)
	if err != nil {
		return nil, err
	}
	step := 1
	if j.Window > 0 {
		step = j.Window
		if j.Step > 0 {
			step = j.Step
		}
		if s, err = j.windows(s); err != nil {
			return nil, err
		}
	}
	if s.length != j.Length || s.channels != j.Found {
		return nil, fmt.Errorf("sequence: %s has sequences of %d places with %d channels; the network takes %d and %d", path, s.length, s.channels, j.Length, j.Found)
	}
	n := s.len()
	set := &Set{Name: path, Length: s.length, Channels: s.channels, Classes: j.Classes, X: s.x, Labels: make([]int32, n)} // of labels that are not read
	j.scale(set)
	p, err := evaluate.NewPredictor(q.Network, evaluate.BatchOf(q.Network.Model, n))
	if err != nil {
		return nil, err
	}
	k := len(j.Classes)
	probabilities := make([]float32, 0, n*k)
	_, err = p.Score(ctx, set.Table(), func(_ *evaluate.Tally, outputs []float32, n int, _ *source.Batch) {
		rows := make([]float32, n*k)
		tensor.Softmax(rows, outputs[:n*k], k)
		probabilities = append(probabilities, rows...)
	})
	if err != nil {
		return nil, err
	}
	table := &job.Predicted{Columns: []string{"sequence"}}
	if j.Window > 0 {
		table.Columns[0] = "place"
	}
	if s.labels != nil {
		table.Columns = append(table.Columns, "label")
	}
	table.Columns = append(table.Columns, "class")
	if k > mostProbabilities {
		table.Columns = append(table.Columns, "p")
	} else {
		for _, c := range j.Classes {
			table.Columns = append(table.Columns, "p "+c)
		}
	}
	for i := range n {
		row := []string{strconv.Itoa(i * step)}
		if s.labels != nil {
			row = append(row, s.labels[i])
		}
		of := probabilities[i*k : (i+1)*k]
		best := evaluate.Best(of)
		if best < 0 {
			return nil, fmt.Errorf("sequence: %s: the network has no finite scores for sequence %d", path, i)
		}
		row = append(row, j.Classes[best])
		if k > mostProbabilities {
			of = of[best : best+1]
		}
		for _, v := range of {
			row = append(row, strconv.FormatFloat(float64(v), 'f', 4, 32))
		}
		table.Rows = append(table.Rows, row)
	}
	if q.Out == "" {
		return table, nil
	}
	err = atomicfile.Write(q.Out, func(w io.Writer) error {
		c := csv.NewWriter(w)
		c.Write(table.Columns)
		return c.WriteAll(table.Rows)
	})
	table.Files = []string{q.Out}
	return table, err
}

// anyway reads a file with labels or without, as its width says.
func (j *Job) anyway(path string) (*samples, error) {
	want := j.Length * j.Found // values of a line
	if j.Window > 0 {
		want = j.Found
	}
	width, err := widthOf(path)
	switch {
	case err != nil:
		return nil, err
	case width == want && j.beside(path) != "", width == want+1:
		return j.labelled(path)
	case width == want:
		return j.samples(path, noLabels)
	}
	return nil, fmt.Errorf("sequence: %s has %d values a line; the network takes %d, or %d with a label", path, width, want, want+1)
}

// widthOf is the number of values of the first row of a file.
func widthOf(path string) (int, error) {
	if isArray(path) {
		values, shape, err := file.ReadAny(path, mostValues)
		if err != nil {
			return 0, fmt.Errorf("sequence: %w", err)
		}
		return len(values) / max(1, shape[0]), nil
	}
	data, err := regularfile.Read(path, mostBytes)
	if err != nil {
		return 0, fmt.Errorf("sequence: %w", err)
	}
	var fields func(string) []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if fields == nil {
			if fields = separated(line); heading(fields(line)) {
				continue
			}
		}
		return len(fields(line)), nil
	}
	return 0, fmt.Errorf("sequence: %s has no line of numbers", path)
}
