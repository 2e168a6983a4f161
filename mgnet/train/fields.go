package train

// Fields: networks whose answer is a field.

import (
	"fmt"

	"mgtool/mgnet/evaluate"
	"mgtool/source"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// Fields is the task of predicting a field for each sample, by a network that answers for each
// point. The loss is the mean relative error of the fields y_i against the targets t_i,
//
//	L = 1/N Σ_i ‖y_i − t_i‖ / ‖t_i‖,
//
// in the norm of L² for Order 0 and of H¹ for Order 1; see [tensor.RelativeError]. A factor that
// y and t have in common does not change it. The loss of an evaluation is that of L² for either,
// so that trainings compare.
type Fields struct {
	Order int // 0 or 1
}

// Fits requires target values at each point of the input, as many as the network has outputs.
func (f Fields) Fits(form source.Form, outputs int) error {
	if f.Order != 0 && f.Order != 1 {
		return fmt.Errorf("order %d of a relative error; want 0 or 1", f.Order)
	}
	if points := form.Input[0] * form.Input[1]; form.Values != points*outputs || outputs < 1 {
		return fmt.Errorf("%d values per sample; a model with %d outputs for each of %d×%d points makes %d", form.Values, outputs, form.Input[0], form.Input[1], points*outputs)
	}
	return nil
}

// Loss is the mean relative error.
func (f Fields) Loss(b *graph.Builder, outputs *graph.Node, batch *source.Batch) *graph.Node {
	if outputs != nil && outputs.Dims() != 4 {
		b.Fail(fmt.Errorf("mgnet: outputs of shape %v; want a model that answers for each point, such as mgno or fno", outputs.Shape()))
		return nil
	}
	return b.RelativeError(outputs, batch.Values, f.Order)
}

// Decisions is 0.
func (Fields) Decisions(source.Form) int { return 0 }

// Judge adds the relative error in L² of each sample.
func (Fields) Judge(t *evaluate.Tally, outputs []float32, n int, targets *source.Batch) {
	errors := make([]float64, n)
	// In L² it does not matter how the values of a field are arranged.
	e, err := tensor.NewRelativeError(n, 1, 1, len(outputs)/n, 0)
	if err != nil {
		panic(err) // of the sizes, which the network has
	}
	e.Each(errors, outputs, targets.Values[:len(outputs)])
	for _, v := range errors {
		t.Loss += v
	}
	t.Samples += n
	t.Weight += float64(n)
}
