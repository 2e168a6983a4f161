package train

// Forecasts: the next values of each variable of a time series.

import (
	"fmt"

	"mgtool/mgnet/evaluate"
	"mgtool/source"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// Forecasts is the task of predicting the next H values of each of V variables from a window
// of each: outputs (N, V, 1, H). The loss of the outputs y_i against the targets t_i is the
// mean squared error of [Regression] or, if Absolute is true,
//
//	L = 1/(N·V·H) Σ_i Σ_k |y_ik − t_ik|,
//
// which large errors weigh less in. There is no accuracy; compare models by the loss.
type Forecasts struct{ Absolute bool }

// Fits requires a target value for each output of each variable.
func (Forecasts) Fits(form source.Form, outputs int) error {
	if want := outputs * form.Input[0] * form.Input[1]; form.Values != want || want < 1 {
		return fmt.Errorf("%d values per sample of %d variables; the model has %d outputs each", form.Values, form.Input[0], outputs)
	}
	return nil
}

// Loss is the mean squared or absolute error.
func (f Forecasts) Loss(b *graph.Builder, outputs *graph.Node, batch *source.Batch) *graph.Node {
	if f.Absolute {
		return b.AbsoluteError(outputs, batch.Values)
	}
	return b.SquaredError(outputs, batch.Values)
}

// Decisions is 0.
func (Forecasts) Decisions(source.Form) int { return 0 }

// Judge adds the error of each sample, the mean over its values.
func (f Forecasts) Judge(t *evaluate.Tally, outputs []float32, n int, targets *source.Batch) {
	values := len(outputs) / n
	squared, absolute := tensor.SquaredError{Count: values}, tensor.AbsoluteError{Count: values}
	for i := range n {
		y, to := outputs[i*values:(i+1)*values], targets.Values[i*values:]
		if f.Absolute {
			t.Loss += float64(absolute.Forward(y, to))
		} else {
			t.Loss += float64(squared.Forward(y, to))
		}
	}
	t.Samples += n
	t.Weight += float64(n)
}
