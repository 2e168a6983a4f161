package tool

// Training for a job: its data, the model that they need, its recipe, the folder of the run.

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"mgtool/mgnet"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/source"
)

// TrainJob describes a new training for a job.
type TrainJob struct {
	Job       job.Job // with its settings
	Data      string  // a file or a folder
	Shape     Shape   // its Model, if empty, is the job's first
	Recipe    Recipe  // its Name, if empty, is the job's own
	Seed      uint64
	Limit     int    // train and test on the first K samples only; 0 is all
	HoldOut   int    // see [job.Part]
	KeepBest  bool   // keep the checkpoint of the best epoch too
	KeepEvery int    // keep the checkpoint of every k-th epoch too; 0 is none
	Out       string // folder of the run; runs/DATA-MODEL if empty
}

// Begin makes the training and its folder, and returns both.
func (t TrainJob) Begin(ctx context.Context, report Reporter) (*train.Trainer, string, error) {
	if t.Data == "" {
		return nil, "", Usagef("want --data FILE or FOLDER")
	}
	if err := t.Job.Validate(); err != nil {
		return nil, "", Usage(err)
	}
	if err := CheckImages(t.Limit, t.HoldOut); err != nil {
		return nil, "", err
	}
	if t.KeepEvery < 0 {
		return nil, "", Usagef("--keep-every %d; want a number of epochs, or 0 for none", t.KeepEvery)
	}
	models := t.Job.Models()
	if t.Shape.File == "" {
		if t.Shape.Model == "" {
			t.Shape.Model = models[0]
		}
		if !slices.Contains(models, t.Shape.Model) {
			return nil, "", Usagef("--model %s; mgtool train %s takes %s", t.Shape.Model, t.Job.Kind(), strings.Join(models, ", "))
		}
	}
	own := t.Job.Recipe()
	r, err := t.Recipe.read(ctx, &own)
	if err != nil {
		return nil, "", err
	}
	data, err := loadJob(ctx, t.Job, t.Data, job.Part{Limit: t.Limit, HoldOut: t.HoldOut})
	if err != nil {
		return nil, "", err
	}
	run := runs.Run{
		Job: t.Job.Kind(), Data: filepath.Base(absolute(t.Data)), DataDir: absolute(t.Data), Recipe: r,
		Seed: t.Seed, Limit: t.Limit, HoldOut: t.HoldOut, KeepBest: t.KeepBest, KeepEvery: t.KeepEvery,
	}
	if run.Settings, err = job.Settings(t.Job); err != nil {
		return nil, "", err
	}
	if run.Model, err = t.model(ctx, data); err != nil {
		return nil, "", err
	}
	if err := fitBatch(&run.Recipe, t.Recipe.Batch != nil, data.Train, report); err != nil {
		return nil, "", err
	}
	dir := t.Out
	if dir == "" {
		dir = filepath.Join("runs", strings.TrimSuffix(run.Data, filepath.Ext(run.Data))+"-"+t.Shape.Name())
	}
	trainer, err := orStop(ctx, func() (*train.Trainer, error) {
		return train.New(run, t.Job.Task(), data.Train, data.Test, dir)
	})
	return trainer, dir, err
}

// model is the model for the data, bound to their structure.
func (t TrainJob) model(ctx context.Context, data *job.Data) (mgnet.Model, error) {
	m, err := t.Shape.Make(ctx, data.Signature)
	if err != nil {
		return nil, err
	}
	got, want := m.Sig(), data.Signature
	got.Family, want.Family = "", ""
	if got != want {
		return nil, Usagef("the model takes inputs of %d×%d×%d and has %d outputs; %s needs %d×%d×%d and %d",
			got.Height, got.Width, got.InChannels, got.Classes, t.Data, want.Height, want.Width, want.InChannels, want.Classes)
	}
	return mgnet.Bind(m, data.Structure)
}

// reloadJob reads the job and the data of a run, and binds the run's model.
func reloadJob(ctx context.Context, r *runs.Run) (job.Job, *job.Data, error) {
	j, err := jobOf(*r)
	if err != nil {
		return nil, nil, err
	}
	data, err := loadJob(ctx, j, r.DataDir, job.Part{Limit: r.Limit, HoldOut: r.HoldOut})
	if err != nil {
		return nil, nil, err
	}
	r.Model, err = mgnet.Bind(r.Model, data.Structure)
	return j, data, err
}

// resumeJob continues the training of a job.
func resumeJob(ctx context.Context, dir string, o train.ResumeOptions) (*train.Trainer, error) {
	return orStop(ctx, func() (*train.Trainer, error) {
		return train.Resume(dir, o, func(r *runs.Run) (train.Task, source.Source, source.Source, error) {
			j, data, err := reloadJob(ctx, r)
			if err != nil {
				return nil, nil, nil, fmt.Errorf("mgnet: the data of the run in %s: %w", dir, err)
			}
			return j.Task(), data.Train, data.Test, nil
		})
	})
}
