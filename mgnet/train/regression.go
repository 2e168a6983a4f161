package train

// The task of numbers: each sample has one, or a vector.

import (
	"fmt"

	"mgtool/mgnet/evaluate"
	"mgtool/source"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// Regression is the task of a number or a vector a sample: the outputs y_i approximate the
// values t_i in the mean square,
//
//	L = 1/(N·K) Σ_i Σ_k (y_ik − t_ik)²,
//
// with N samples of K values. There is no accuracy; the loss says how good a model is.
type Regression struct{}

// Fits wants as many values a sample as the network has outputs.
func (Regression) Fits(form source.Form, outputs int) error {
	if form.Values != outputs || outputs < 1 {
		return fmt.Errorf("%d values a sample; the model has %d outputs", form.Values, outputs)
	}
	return nil
}

// Loss is the mean squared error.
func (Regression) Loss(b *graph.Builder, outputs *graph.Node, batch *source.Batch) *graph.Node {
	return b.SquaredError(outputs, batch.Values)
}

// Decisions is 0.
func (Regression) Decisions(source.Form) int { return 0 }

// Judge adds the squared errors, for each sample the mean over its values.
func (Regression) Judge(t *evaluate.Tally, outputs []float32, n int, targets *source.Batch) {
	values := len(outputs) / n
	e := tensor.SquaredError{Count: values}
	for i := range n {
		t.Loss += float64(e.Forward(outputs[i*values:(i+1)*values], targets.Values[i*values:]))
	}
	t.Samples += n
}
