package train

// What a training is about, apart from the network (package mgnet) and the samples
// (package source).

import (
	"fmt"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
	"mgtool/source"
	"mgtool/tensor/graph"
	"mgtool/vision"
)

// Task says what the outputs of a network mean: by which loss they are trained on the
// targets of a batch, and how they are judged. A new task is a type with these methods.
type Task interface {
	// Fits reports why a network with so many outputs cannot learn from samples of this
	// form.
	Fits(form source.Form, outputs int) error
	// Loss makes the loss of a batch, a scalar, the mean over its samples. outputs is (N,
	// outputs); the targets are read from batch at every step.
	Loss(b *graph.Builder, outputs *graph.Node, batch *source.Batch) *graph.Node
	// Decisions is how many decisions a sample asks for: 1 for a class, one a label where
	// there are more, 0 for numbers, which are not right or wrong.
	Decisions(form source.Form) int
	// Judge adds n samples to a tally, by their outputs, (n, outputs), and the targets
	// that a batch begins with. Its loss is that of the samples as they are, without what
	// regularises the training.
	Judge(t *evaluate.Tally, outputs []float32, n int, targets *source.Batch)
}

// follows reports what a recipe, which config.json records, says otherwise than the task
// and the source of the training samples: how images are varied, and labels smoothed.
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

// accepts reports why this model cannot be trained for a task on the
// samples of a source.
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
		return fmt.Errorf("mgnet: %s has no images", s)
	}
	if err := task.Fits(form, c.Classes); err != nil {
		return fmt.Errorf("mgnet: %s: %w", s, err)
	}
	return nil
}
