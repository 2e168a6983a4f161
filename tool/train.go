package tool

// Training: a recipe by name or file, the images, the model, and the folder of a run.

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/vision"
)

// Recipe names a recipe or its file. The values that are not nil replace the recipe's own.
type Recipe struct {
	Name               string // see [runs.Recipes], or a JSON file, NAME.json; empty for a job's own
	Augment, Precision *string
	Epochs, Batch      *int
	LearningRate       *float64
}

// Read finds the recipe for a data set.
func (c Recipe) Read(ctx context.Context, data string) (runs.Recipe, error) {
	r, err := c.find(ctx)
	if err != nil {
		return r, err
	}
	return c.change(r.For(data))
}

// read finds the recipe for a job, its own if no other is named. A wrong one is a mistake in
// the request.
func (c Recipe) read(ctx context.Context, own *runs.Recipe) (r runs.Recipe, err error) {
	r = *own
	if c.Name != "" && c.Name != own.Name {
		if r, err = c.find(ctx); err == nil {
			r.Augment = vision.Augment{} // of images
		}
	}
	if ctx.Err() != nil { // stopped while it waited for the file
		return r, ctx.Err()
	}
	if err == nil {
		r, err = c.change(r)
	}
	return r, Usage(err)
}

// change puts the caller's values in place of the recipe's.
func (c Recipe) change(r runs.Recipe) (_ runs.Recipe, err error) {
	if c.Augment != nil {
		if r.Augment, err = vision.ParseAugment(*c.Augment); err != nil {
			return r, err
		}
	}
	replace(&r.Epochs, c.Epochs)
	replace(&r.Batch, c.Batch)
	replace(&r.LearningRate, c.LearningRate)
	replace(&r.Precision, c.Precision)
	return r, r.Validate()
}

func replace[T any](value, with *T) {
	if with != nil {
		*value = *with
	}
}

// find looks a recipe up, or reads it from a file.
func (c Recipe) find(ctx context.Context) (runs.Recipe, error) {
	if !strings.HasSuffix(c.Name, ".json") {
		return runs.LookupRecipe(c.Name)
	}
	data, err := readJSON(ctx, c.Name)
	if err != nil {
		return runs.Recipe{}, err
	}
	r, err := runs.ParseRecipe(data)
	if err != nil {
		err = fmt.Errorf("%s: %w", c.Name, err)
	}
	return r, err
}

// fitBatch shrinks a batch that is larger than the data set, so that an epoch has
// fewSteps steps, and reports it. One that the caller gave is refused.
func fitBatch(r *runs.Recipe, given bool, train interface{ Len() int }, report Reporter) error {
	const fewSteps = 4
	if r.Batch <= train.Len() {
		return nil
	}
	if given {
		return Usagef("--batch %d; want 1 to %d, the number of training samples", r.Batch, train.Len())
	}
	before := r.Batch
	r.Batch = max(1, train.Len()/fewSteps)
	report.note("%d training samples are fewer than the recipe's batch of %d; using batches of %d", train.Len(), before, r.Batch)
	return nil
}

// CheckImages reports a limit or a hold-out that is out of range.
func CheckImages(limit, holdOut int) error {
	if limit < 0 {
		return Usagef("--limit %d; want a number of images, or 0 for all", limit)
	}
	if holdOut < 0 || holdOut == 1 {
		return Usagef("--hold-out %d; want 2 or more, 10 for a tenth, or 0 for none", holdOut)
	}
	return nil
}

// Train describes a new training.
type Train struct {
	Data      Data
	Shape     Shape
	Recipe    Recipe
	Seed      uint64
	Limit     int    // train and test on the first K images only; 0 is all
	HoldOut   int    // test on every k-th training image of each class, held out; 0 is none
	KeepBest  bool   // keep the checkpoint with the best test accuracy too
	KeepEvery int    // keep the checkpoint of every k-th epoch too; 0 is none
	Out       string // folder of the run; runs/DATA-MODEL if empty
}

// Begin makes the training and its folder, and returns both.
func (t Train) Begin(ctx context.Context, report Reporter) (*train.Trainer, string, error) {
	r, err := t.Recipe.Read(ctx, t.Data.Name)
	if ctx.Err() != nil { // stopped while it waited for the file
		return nil, "", ctx.Err()
	}
	if err != nil {
		return nil, "", Usage(err)
	}
	if err := CheckImages(t.Limit, t.HoldOut); err != nil {
		return nil, "", err
	}
	if t.KeepEvery < 0 {
		return nil, "", Usagef("--keep-every %d; want a number of epochs, or 0 for none", t.KeepEvery)
	}
	run, err := t.Data.Run(ctx, report)
	if err != nil {
		return nil, "", err
	}
	run.Recipe, run.Seed, run.Limit, run.HoldOut, run.KeepBest, run.KeepEvery = r, t.Seed, t.Limit, t.HoldOut, t.KeepBest, t.KeepEvery
	if run.Folder != nil && r.ResizedCrop {
		run.Folder.Stored = (8*run.Folder.Size + 6) / 7 // as 256 for 224, which is usual
	}
	dir := t.Out
	if dir == "" {
		dir = filepath.Join("runs", run.Data+"-"+t.Shape.Name())
	}
	about, err := run.Describe()
	if err != nil {
		return nil, "", err
	}
	if run.Model, err = t.Shape.Make(ctx, imagesOf(about)); err != nil {
		return nil, "", err
	}
	if run.Model.Sig().Classes < len(about.Classes) {
		return nil, "", Usagef("--classes %d; %s has %d", run.Model.Sig().Classes, t.Data.Name, len(about.Classes))
	}
	training, test, err := LoadRun(ctx, &run, report)
	if err != nil {
		return nil, "", err
	}
	if err := fitBatch(&run.Recipe, t.Recipe.Batch != nil, training, report); err != nil {
		return nil, "", err
	}
	trainer, err := orStop(ctx, func() (*train.Trainer, error) { return train.NewTrainer(run, training, test, dir) })
	return trainer, dir, err
}

// Resume continues the run in a folder. changed says what to do if the images or the
// kernels have changed since it began, see [train.ResumeOptions].
func Resume(ctx context.Context, dir, changed string, report Reporter) (*train.Trainer, error) {
	o := train.ResumeOptions{Changed: changed}
	if err := o.Validate(); err != nil {
		return nil, Usage(err)
	}
	has, err := HasJob(dir)
	if err != nil {
		return nil, err
	}
	var t *train.Trainer
	if has {
		t, err = resumeJob(ctx, dir, o)
	} else {
		t, err = orStop(ctx, func() (*train.Trainer, error) { return train.ResumeTrainerWith(dir, o) })
	}
	if err != nil {
		return nil, damaged(err, "; want them as they were when the run began")
	}
	for _, note := range t.Notes {
		report.note("note: %s", note)
	}
	return t, nil
}
