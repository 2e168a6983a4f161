package tool

// Evaluating a run, and inspecting it.

import (
	"context"
	"fmt"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// Evaluate says which run is evaluated, and how.
type Evaluate struct {
	Run        string // its folder
	Checkpoint string // last, best or a file
	DataDir    string // where the data have moved to, or other pictures of the same classes
	TTA        string // test-time augmentation, see [evaluate.ParseTTA]
	Out        string // folder for the confusion matrix and the worst mistakes; empty for none
	Worst      int    // number of these mistakes, 1 to 1000
}

// Evaluated is the result of an evaluation.
type Evaluated struct {
	*evaluate.Evaluation
	Network *mgnet.Network
	Run     runs.Run
	Test    *vision.Dataset
	Files   []string // those written to Out
}

// Evaluate evaluates the model on the test images of its data.
func (e Evaluate) Evaluate(ctx context.Context, r Reporter) (*Evaluated, error) {
	if e.Run == "" {
		return nil, Usagef("want --run FOLDER")
	}
	augmentation, err := evaluate.ParseTTA(e.TTA)
	if err != nil {
		return nil, Usage(err)
	}
	if e.Worst < 1 || e.Worst > 1000 {
		return nil, Usagef("--worst %d; want 1 to 1000", e.Worst)
	}
	n, run, err := runs.OpenCheckpoint(e.Run, e.Checkpoint)
	if err != nil {
		return nil, err
	}
	test, err := testImages(ctx, &run, e.DataDir, r)
	if err != nil {
		return nil, err
	}
	if err := makeFolder("out", e.Out); err != nil {
		return nil, err
	}
	evaluation, err := evaluate.Evaluate(ctx, n, test, evaluate.Options{
		TTA: augmentation, Worst: e.Worst,
		Report: func(done, images int) { r.status("%d of %d images", done, images) },
	})
	r.status("")
	if err != nil {
		return nil, err
	}
	report := &Evaluated{Evaluation: evaluation, Network: n, Run: run, Test: test, Files: []string{}}
	if e.Out != "" {
		report.Files, err = evaluation.WriteFiles(e.Out)
	}
	return report, err
}

// Inspect names a run and an image to look at: a test image, or a picture.
type Inspect struct {
	Run, Checkpoint, DataDir string // as in [Evaluate]
	File                     string // a picture; empty for the test image Index
	Index                    int    // from 0
	Out                      string // folder for the pictures
}

// Inspected is what a model makes of an image.
type Inspected struct {
	Network     *mgnet.Network
	Image       string // in words
	Label       string // empty if not known
	Predicted   string
	Probability float32
	About       string // the four fields above, in one line
	Files       []string
}

// Inspect writes pictures of what the model has learned and how it sees the image.
func (q Inspect) Inspect(ctx context.Context, r Reporter) (*Inspected, error) {
	if q.Index < 0 {
		return nil, Usagef("--index %d; want 0 or more", q.Index)
	}
	n, run, err := runs.OpenCheckpoint(q.Run, q.Checkpoint)
	if err != nil {
		return nil, err
	}
	report := &Inspected{Network: n, Image: q.File}
	var d *vision.Dataset // with the image
	index := 0
	if q.File == "" {
		index = q.Index
		if d, err = testImages(ctx, &run, q.DataDir, r); err != nil {
			return nil, err
		}
		if index >= d.Len() {
			return nil, Usagef("--index %d; %s has test images 0 to %d", index, run.Data, d.Len()-1)
		}
		report.Label = d.Classes[d.Labels[index]]
		report.Image = fmt.Sprintf("test image %d of %s", index, run.Data)
		if file := d.File(index); file != "" {
			report.Image += " (" + file + ")"
		}
	} else {
		d, err = orStop(ctx, func() (*vision.Dataset, error) { return pictureAsData(run, n.Model.Sig(), q.File) })
		if err != nil {
			return nil, err
		}
	}
	if err := makeFolder("out", q.Out); err != nil {
		return nil, err
	}
	x := make([]float32, d.Height*d.Width*d.Channels)
	if err := d.Normalize(x, index, 1); err != nil {
		return nil, err
	}
	seen, err := evaluate.Inspect(n, x)
	if err != nil {
		return nil, err
	}
	best := evaluate.Best(seen.Probabilities)
	if best < 0 {
		return nil, fmt.Errorf("%s: the model gives no finite score", report.Image)
	}
	report.Predicted, report.Probability = evaluate.ClassName(d.Classes, best), seen.Probabilities[best]
	report.About = report.Image
	if report.Label != "" {
		report.About += ", " + report.Label
	}
	report.About += fmt.Sprintf(": classified as %s, probability %.3f", report.Predicted, report.Probability)
	report.Files, err = seen.WriteFiles(q.Out, d.Picture(index), report.About)
	return report, err
}

// pictureAsData reads a picture as a data set of one image without a known label.
func pictureAsData(r runs.Run, c mgnet.Signature, file string) (*vision.Dataset, error) {
	about, err := r.Describe()
	if err != nil {
		return nil, err
	}
	pixels, err := vision.ReadPicture(file, c.Height, c.Width, c.InChannels)
	if err != nil {
		return nil, err
	}
	d := *about
	d.Height, d.Width, d.Channels = c.Height, c.Width, c.InChannels
	d.Pixels, d.Labels = pixels, []uint16{0}
	return &d, nil
}
