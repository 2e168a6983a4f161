package train

// Training on labelled images: the task and the sources of a run.

import (
	"mgtool/mgnet/runs"
	"mgtool/source"
	"mgtool/vision"
)

// NewTrainer starts a training on labelled images, augmented as the recipe says; see [New].
func NewTrainer(r runs.Run, train, test *vision.Dataset, dir string) (*Trainer, error) {
	task, from, to := images(r, train, test)
	return New(r, task, from, to, dir)
}

// ResumeTrainer continues the training on images in dir; see [Resume].
func ResumeTrainer(dir string) (*Trainer, error) {
	return ResumeTrainerWith(dir, ResumeOptions{})
}

// ResumeTrainerWith is [ResumeTrainer] with options.
func ResumeTrainerWith(dir string, o ResumeOptions) (*Trainer, error) {
	return Resume(dir, o, func(r *runs.Run) (Task, source.Source, source.Source, error) {
		train, test, err := r.Load()
		if err != nil {
			return nil, nil, nil, err
		}
		task, from, to := images(*r, train, test)
		return task, from, to, nil
	})
}

// images are the task and the sources of a run on images.
func images(r runs.Run, train, test *vision.Dataset) (task Task, from, to source.Source) {
	return Classes{Smoothing: r.Recipe.LabelSmoothing}, vision.Images{Dataset: train, Augment: r.Recipe.Augment}, vision.Images{Dataset: test}
}
