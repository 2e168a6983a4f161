package train

// Regression: a number or a vector per sample.

import (
	"fmt"

	"mgtool/mgnet/evaluate"
	"mgtool/source"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// Regression is the task of predicting a number or a vector for each sample. The loss is the
// mean squared error of the outputs y_i against the targets t_i,
//
//	L = 1/(N·K) Σ_i Σ_k (y_ik − t_ik)²,
//
// with N samples of K values. There is no accuracy; compare models by the loss.
type Regression struct{}

// Fits requires one target value per output of the network.
func (Regression) Fits(form source.Form, outputs int) error {
	if form.Values != outputs || outputs < 1 {
		return fmt.Errorf("%d values per sample; the model has %d outputs", form.Values, outputs)
	}
	return nil
}

// Loss is the mean squared error.
func (Regression) Loss(b *graph.Builder, outputs *graph.Node, batch *source.Batch) *graph.Node {
	return b.SquaredError(outputs, batch.Values)
}

// Decisions is 0.
func (Regression) Decisions(source.Form) int { return 0 }

// Judge adds the squared error of each sample, the mean over its values.
func (Regression) Judge(t *evaluate.Tally, outputs []float32, n int, targets *source.Batch) {
	values := len(outputs) / n
	e := tensor.SquaredError{Count: values}
	for i := range n {
		t.Loss += float64(e.Forward(outputs[i*values:(i+1)*values], targets.Values[i*values:]))
	}
	t.Samples += n
	t.Weight += float64(n)
}
