// Package nodes is the job of classifying the nodes of a graph: a network sees the whole graph
// (package graphs), is trained on the labels of a few nodes, and answers for all,
//
//	L = −1/|T| Σ_{i in T} log p_i(y_i),   p_i = softmax of node i's scores,   T the training nodes.
//
// A sample is the graph, so that an epoch is a step.
package nodes

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"mgtool/graphs"
	"mgtool/internal/atomicfile"
	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/source"
	"mgtool/tensor"
)

// Job implements [job.Job].
type Job struct {
	Classes int `json:"classes,omitempty"` // of a node, noted by Load

	training int // nodes, noted by Load
}

// Kind is "nodes".
func (j *Job) Kind() string { return "nodes" }

// Validate reports a number of classes that a graph cannot have.
func (j *Job) Validate() error {
	if j.Classes < 0 || j.Classes == 1 {
		return fmt.Errorf("nodes: %d classes; want 2 or more", j.Classes)
	}
	return nil
}

// Load reads a file of [graphs.ReadDataset]. The limit is on training nodes and on test nodes,
// and what is held out are the validation nodes.
func (j *Job) Load(path string, part job.Part) (*job.Data, error) {
	d, err := graphs.ReadDataset(path)
	if err != nil {
		return nil, err
	}
	return j.data(d, part)
}

// data are the samples of a graph.
func (j *Job) data(d *graphs.Dataset, part job.Part) (*job.Data, error) {
	if j.Classes != 0 && j.Classes != d.Classes {
		return nil, fmt.Errorf("nodes: %s has %d classes; want the %d of the run", d.Name, d.Classes, j.Classes)
	}
	training, test := d.Train, d.Test
	if part.HoldOut != 0 {
		if test = d.Validation; len(test) == 0 {
			return nil, fmt.Errorf("nodes: %s has no validation nodes to hold out; want some, or no --hold-out", d.Name)
		}
	}
	if part.Limit > 0 {
		training, test = training[:min(part.Limit, len(training))], test[:min(part.Limit, len(test))]
	}
	j.Classes, j.training = d.Classes, len(training)
	data := &job.Data{
		Train: newSample(d, training), Test: newSample(d, test), Structure: d,
		Signature: mgnet.Signature{Height: 1, Width: d.Nodes(), InChannels: 1, Classes: d.Classes},
	}
	for c := range d.Classes {
		data.Classes = append(data.Classes, strconv.Itoa(c))
	}
	return data, nil
}

// Task is the cross entropy of the nodes that have a label in the sample.
func (j *Job) Task() train.Task {
	return task{train.CountedClasses{Classes: j.Classes}, j.training}
}

// task decides about the training nodes alone.
type task struct {
	train.CountedClasses
	training int
}

// Decisions is the number of training nodes.
func (t task) Decisions(source.Form) int { return t.training }

// Recipe is that of the graph convolutional network: Adam, with weight decay as part of the
// gradient, on the first layer alone.
func (j *Job) Recipe() runs.Recipe {
	return runs.Recipe{
		Name: "nodes", Source: "T. Kipf, M. Welling, ICLR 2017, without early stopping",
		Epochs: 200, Batch: 1, Optimizer: "adam", LearningRate: .01, Beta1: .9, Beta2: .999, Epsilon: 1e-8,
		WeightDecay: 5e-4, DecayOnly: "layer0", Schedule: "step", StepEpochs: 1, StepFactor: 1,
	}
}

// Models are those on a graph.
func (j *Job) Models() []string { return []string{"graph-mgnet", "gcn"} }

// Meter measures the test nodes.
func (j *Job) Meter(*job.Data) job.Meter { return &meter{classes: j.Classes} }

// columns are those of both tables: of eval and of predict.
var columns = []string{"node", "label", "predicted", "probability"}

// cells are the row of a node; a node without a label, −1, has none.
func cells(node int, label int32, predicted int, probability float32) []string {
	said := ""
	if label >= 0 {
		said = strconv.Itoa(int(label))
	}
	return []string{strconv.Itoa(node), said, strconv.Itoa(predicted), strconv.FormatFloat(float64(probability), 'f', 4, 64)}
}

// Predict gives every node of the graph at q.Path a class with its probability; q.Out is a CSV
// file.
func (j *Job) Predict(ctx context.Context, q job.Query) (*job.Predicted, error) {
	if q.Out != "" && !strings.EqualFold(filepath.Ext(q.Out), ".csv") {
		return nil, fmt.Errorf("--out %s; want a name ending in .csv", q.Out)
	}
	if err := q.Spares(q.Path); err != nil {
		return nil, fmt.Errorf("nodes: %w", err)
	}
	d, err := graphs.ReadDataset(q.Path)
	if err != nil {
		return nil, err
	}
	data, err := j.data(d, job.Part{})
	if err != nil {
		return nil, err
	}
	n, err := q.Network.Bind(data.Structure)
	if err != nil {
		return nil, err
	}
	p, err := evaluate.NewPredictor(n, 1)
	if err != nil {
		return nil, err
	}
	batch := data.Test.Form().NewBatch(1)
	if err := data.Test.Read(batch, 0, 1); err != nil {
		return nil, err
	}
	scores, err := p.Outputs(batch.X)
	if err != nil {
		return nil, err
	}
	r := &job.Predicted{Columns: columns}
	tensor.Softmax(scores, scores, j.Classes)
	for i := range len(scores) / j.Classes {
		row := scores[i*j.Classes : (i+1)*j.Classes]
		best := evaluate.Best(row)
		if best < 0 {
			return nil, fmt.Errorf("nodes: the scores of node %d are not finite", i)
		}
		r.Rows = append(r.Rows, cells(i, d.Labels[i], best, row[best]))
	}
	if q.Out != "" {
		if err := writeTable(q.Out, r.Columns, r.Rows); err != nil {
			return nil, err
		}
		r.Files = append(r.Files, q.Out)
	}
	return r, ctx.Err()
}

func writeTable(path string, columns []string, rows [][]string) error {
	err := atomicfile.Write(path, func(w io.Writer) error {
		c := csv.NewWriter(w)
		c.Write(columns)
		c.WriteAll(rows)
		return c.Error()
	})
	if err != nil {
		return fmt.Errorf("nodes: %w", err)
	}
	return nil
}

// meter counts the nodes with a label by class and answer.
type meter struct {
	classes int
	counts  [][]int    // of label and answer
	rows    [][]string // of each node
}

// Add implements [job.Meter].
func (m *meter) Add(outputs []float32, _ int, targets *source.Batch) {
	for len(m.counts) < m.classes {
		m.counts = append(m.counts, make([]int, m.classes))
	}
	p := make([]float32, m.classes)
	for i := range len(outputs) / m.classes {
		label := targets.Labels[i]
		if label < 0 {
			continue
		}
		tensor.Softmax(p, outputs[i*m.classes:(i+1)*m.classes], m.classes)
		said := evaluate.Best(p)
		if said < 0 { // not a number, and wrong
			said = (int(label) + 1) % m.classes
		}
		m.counts[label][said]++
		m.rows = append(m.rows, cells(i, label, said, p[said]))
	}
}

// Metrics are the accuracy and macro_f1, the mean over the classes of 2 right/(there + said).
func (m *meter) Metrics() []job.Metric {
	all, right, f1 := 0, 0, 0.0
	for c, row := range m.counts {
		there, said := 0, 0
		for k, n := range row {
			there += n
			said += m.counts[k][c]
		}
		all += there
		right += row[c]
		if there+said > 0 {
			f1 += 2 * float64(row[c]) / float64(there+said) / float64(m.classes)
		}
	}
	return []job.Metric{{Name: "accuracy", Value: float64(right) / float64(all)}, {Name: "macro_f1", Value: f1}}
}

// WriteFiles writes nodes.csv, a row a test node.
func (m *meter) WriteFiles(dir string) ([]string, error) {
	path := filepath.Join(dir, "nodes.csv")
	return []string{path}, writeTable(path, columns, m.rows)
}
