package train

// The task of a training: what the outputs of the network (package mgnet) mean for the
// samples (package source).

import (
	"fmt"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
	"mgtool/source"
	"mgtool/tensor/graph"
	"mgtool/vision"
)

// Task defines the loss and the metrics of a training. To add a task, write a type with
// these methods.
type Task interface {
	// Fits returns an error if a network with this number of outputs cannot learn from
	// samples of this form.
	Fits(form source.Form, outputs int) error
	// Loss adds the loss of a batch to the graph: a scalar, the mean over the samples.
	// outputs has the shape (N, outputs), or (N, H, W, outputs) of a model that answers for
	// each pixel. The targets are read from batch at every step.
	Loss(b *graph.Builder, outputs *graph.Node, batch *source.Batch) *graph.Node
	// Decisions is the number of right-or-wrong decisions per sample: 1 for a class, one
	// per label if there are several, 0 for numbers.
	Decisions(form source.Form) int
	// Judge adds n samples to a tally, given their outputs (n, outputs) and the batch that
	// starts with their targets. The mean loss of the tally is that of Loss for all samples
	// as one batch, less regularisation such as label smoothing.
	Judge(t *evaluate.Tally, outputs []float32, n int, targets *source.Batch)
}

// follows returns an error if the recipe, which config.json records, states another
// augmentation or label smoothing than the source and the task apply.
func follows(r runs.Recipe, task Task, train source.Source) error {
	images, _ := train.(vision.Images)
	if images.Augment != r.Augment {
		return fmt.Errorf("mgnet: the recipe varies samples by %+v, %s by %+v; want the same", r.Augment, train, images.Augment)
	}
	classes, _ := task.(Classes)
	if classes.Smoothing != r.LabelSmoothing {
		return fmt.Errorf("mgnet: the recipe smooths labels by %g, the task by %g; want the same", r.LabelSmoothing, classes.Smoothing)
	}
	return nil
}

// accepts returns an error if the model cannot be trained for the task on the samples of
// the source.
func accepts(m mgnet.Model, task Task, s source.Source) error {
	c := m.Sig()
	form := s.Form()
	if len(form.Input) != 3 {
		return fmt.Errorf("mgnet: %s has inputs of shape %v; want (height, width, channels), height 1 for a signal", s, form.Input)
	}
	if err := c.Fits(s.String(), form.Input[0], form.Input[1], form.Input[2], form.Classes); err != nil {
		return err
	}
	if s.Len() == 0 {
		return fmt.Errorf("mgnet: %s has no samples", s)
	}
	if err := task.Fits(form, c.Classes); err != nil {
		return fmt.Errorf("mgnet: %s: %w", s, err)
	}
	return nil
}
