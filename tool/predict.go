package tool

// Classifying pictures.

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/starter"
	"mgtool/vision"
)

// Predictor classifies pictures with a trained model and collects the predictions.
type Predictor struct {
	Model       string // the run's folder, or "built in"
	Data        string // what the model was trained on
	TTA         evaluate.TTA
	Predictions []Prediction
	Unread      []Unread // pictures that could not be classified
	LeftOut     int      // files in folders that are not pictures

	images    mgnet.Signature
	about     *vision.Dataset
	predictor *evaluate.Predictor
	top       int
}

// Prediction lists the most likely classes of a picture, the most likely first.
type Prediction struct {
	File    string
	Classes []ClassProbability
}

// ClassProbability is a class with its probability.
type ClassProbability struct {
	Class       int
	Label       string
	Probability float64
}

// Unread is a picture that could not be classified, and why.
type Unread = job.Unread

// NewPredictor opens a checkpoint of a run (last, best or a file) or, if run is empty,
// the model that is built in. top is how many classes a prediction has at most; for tta
// see [evaluate.ParseTTA].
func NewPredictor(run, checkpoint, tta string, top int) (*Predictor, error) {
	if top < 1 {
		return nil, Usagef("--top %d; want 1 or more classes", top)
	}
	augmentation, err := evaluate.ParseTTA(tta)
	if err != nil {
		return nil, Usage(err)
	}
	open := func() (*mgnet.Network, runs.Run, error) { return runs.OpenCheckpoint(run, checkpoint) }
	if run == "" {
		open, run = starter.Model, "built in"
	}
	n, r, err := open()
	if err != nil {
		return nil, err
	}
	about, err := r.Describe()
	if err != nil {
		return nil, err
	}
	p, err := evaluate.NewPredictor(n, 1)
	if err != nil {
		return nil, err
	}
	p.TTA = augmentation
	return &Predictor{
		Model: run, Data: r.Data, TTA: augmentation, Predictions: []Prediction{}, Unread: []Unread{},
		images: n.Model.Sig(), about: about, predictor: p, top: top,
	}, nil
}

// Read classifies the picture that in holds. name stands for it in the results, about in
// errors.
func (p *Predictor) Read(ctx context.Context, in io.Reader, name, about string) error {
	return p.add(ctx, name, func() ([]uint8, error) {
		return vision.DecodePicture(in, about, p.images.Height, p.images.Width, p.images.InChannels)
	})
}

// File classifies a picture, or all pictures of a folder. It returns only errors that end
// the work, those of ctx and of the model; others go to Unread.
func (p *Predictor) File(ctx context.Context, name string, r Reporter) error {
	files, folder := []string{name}, false
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		folder = true
		var others []string
		if files, others, err = vision.PictureFiles(name); err == nil && len(files) == 0 {
			err = fmt.Errorf("%s: no pictures in this folder", name)
		}
		if err != nil {
			p.Unread = append(p.Unread, Unread{File: name, Error: err.Error()})
		}
		p.LeftOut += len(others)
	}
	for k, file := range files {
		if folder {
			r.status("%d of %d pictures of %s", k, len(files), name)
		}
		if info, err := os.Stat(file); folder && err == nil && !info.Mode().IsRegular() { // which may never end
			p.Unread = append(p.Unread, Unread{File: file, Error: file + " is not a file"})
			continue
		}
		err := p.add(ctx, file, func() ([]uint8, error) {
			return vision.ReadPicture(file, p.images.Height, p.images.Width, p.images.InChannels)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// add classifies one picture.
func (p *Predictor) add(ctx context.Context, name string, read func() ([]uint8, error)) error {
	pixels, err := orStop(ctx, read) // a pipe may have nothing to give
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		p.Unread = append(p.Unread, Unread{File: name, Error: err.Error()})
		return nil
	}
	x := make([]float32, len(pixels))
	if err := vision.Normalize(x, pixels, p.about.Mean, p.about.Std); err != nil {
		return err
	}
	probs, err := p.predictor.Probabilities(x)
	if err != nil {
		return err
	}
	if evaluate.Best(probs) < 0 {
		return fmt.Errorf("%s: the model gives no finite score", name)
	}
	p.Predictions = append(p.Predictions, Prediction{name, likeliest(probs, p.about.Classes, p.top)})
	return nil
}

// likeliest are the top classes in order of falling probability.
func likeliest(probs []float32, names []string, top int) []ClassProbability {
	all := make([]ClassProbability, len(probs))
	for c, p := range probs {
		all[c] = ClassProbability{c, evaluate.ClassName(names, c), float64(p)}
	}
	slices.SortStableFunc(all, func(a, b ClassProbability) int { return cmp.Compare(b.Probability, a.Probability) })
	return all[:min(top, len(all))]
}
