package main

// mgtool predict.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/starter"
	"mgtool/vision"
)

func (a *app) predict() *cobra.Command {
	var run, tta, checkpoint string
	var top int
	c := &cobra.Command{
		Use:   "predict FILE|FOLDER|-…",
		Short: "Classify pictures with a trained model",
		Long: `Classify pictures with a trained model: that of --run or, without one, a small MgNet
that is built in and knows the ten classes of CIFAR-10 (airplane, automobile, bird, cat,
deer, dog, frog, horse, ship, truck).

Files are PNG, JPEG, GIF, TIFF, WebP or BMP, of up to 250 million pixels; a folder stands
for all pictures in it, and - for standard input. A picture is turned upright by its EXIF
orientation; an animation or a file of several pages gives its first picture; transparent
pixels count as black. Files that cannot be read are named on standard error and the
others are classified; the exit status is then 1.

The largest centred piece of the right proportions is resampled to the size the
model takes, in grey if it takes grey. Brightness is not inverted: MNIST and
Fashion-MNIST show bright things on black.

Go's JPEG decoder upsamples colours differently from libjpeg, which Pillow and PyTorch
use: on 500 photographs, probabilities differed by up to 0.018 between the two, and 5 got
another class. Other formats give the same pixels.`,
		Example: `  mgtool predict cat.jpg
  mgtool predict --run runs/first shirt.png bag.jpg
  mgtool predict holiday/ --json
  curl -s https://example.org/cat.jpg | mgtool predict -`,
		RunE: func(c *cobra.Command, names []string) error {
			if len(names) == 0 {
				return usagef("want the pictures' files")
			}
			if run == "" && c.Flags().Changed("checkpoint") {
				return usagef("--checkpoint %s; want --run FOLDER, whose it is", checkpoint)
			}
			if top < 1 {
				return usagef("--top %d; want 1 or more classes", top)
			}
			augmentation, err := evaluate.ParseTTA(tta)
			if err != nil {
				return usage(err)
			}
			open := func() (*mgnet.Network, runs.Run, error) { return runs.OpenCheckpoint(run, checkpoint) }
			if run == "" {
				open, run = starter.Model, "built in"
			}
			n, r, err := open()
			if err != nil {
				return err
			}
			p, err := newClassifier(n, r, augmentation, top)
			if err != nil {
				return err
			}
			for _, name := range names {
				if err := p.name(c.Context(), name); err != nil {
					return err
				}
			}
			status("")
			return a.showPredictions(p, run, r.Data, augmentation)
		},
	}
	c.Flags().StringVar(&run, "run", "", "folder of the run; the model that is built in if not given")
	c.Flags().IntVar(&top, "top", 3, "show so many classes of each picture, the likeliest first")
	addTTA(c, &tta)
	addCheckpoint(c, &checkpoint)
	return c
}

// classifier classifies pictures and notes what cannot be read.
type classifier struct {
	config      mgnet.Config
	about       *vision.Dataset
	predictor   *evaluate.Predictor
	top         int
	predictions []prediction
	errors      []unread
	others      int // files of folders that are no pictures
}

// unread is a picture that could not be classified.
type unread struct {
	File  string `json:"file"`
	Error string `json:"error"`
}

func newClassifier(n *mgnet.Network, r runs.Run, tta evaluate.TTA, top int) (*classifier, error) {
	about, err := r.Describe()
	if err != nil {
		return nil, err
	}
	p, err := evaluate.NewPredictor(n, 1)
	if err != nil {
		return nil, err
	}
	p.TTA = tta
	return &classifier{config: n.Config, about: about, predictor: p, top: top, predictions: []prediction{}, errors: []unread{}}, nil
}

// name classifies a picture, all pictures of a folder, or that of standard input. It
// returns only errors that end the work: of ctx or of the model.
func (p *classifier) name(ctx context.Context, name string) error {
	c := p.config
	if name == "-" {
		return p.add(ctx, name, func() ([]uint8, error) {
			return vision.DecodePicture(os.Stdin, "standard input", c.Height, c.Width, c.InChannels)
		})
	}
	files, folder := []string{name}, false
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		folder = true
		var others []string
		if files, others, err = vision.PictureFiles(name); err == nil && len(files) == 0 {
			err = fmt.Errorf("%s: there are no pictures in this folder", name)
		}
		if err != nil {
			p.errors = append(p.errors, unread{name, err.Error()})
		}
		p.others += len(others)
	}
	for k, file := range files {
		if folder {
			status("%d of %d pictures of %s", k, len(files), printable(name))
		}
		if info, err := os.Stat(file); folder && err == nil && !info.Mode().IsRegular() { // which may never end
			p.errors = append(p.errors, unread{file, file + " is not a file"})
			continue
		}
		err := p.add(ctx, file, func() ([]uint8, error) { return vision.ReadPicture(file, c.Height, c.Width, c.InChannels) })
		if err != nil {
			return err
		}
	}
	return nil
}

// add classifies one picture.
func (p *classifier) add(ctx context.Context, name string, read func() ([]uint8, error)) error {
	pixels, err := orStop(ctx, read) // a pipe may have nothing to give
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		p.errors = append(p.errors, unread{name, err.Error()})
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
	likely := likeliest(probs, p.about.Classes, p.top)
	p.predictions = append(p.predictions, prediction{name, likely[0], likely})
	return nil
}

// showPredictions prints the predictions, and a line on standard error for each picture
// that could not be read; the last of these lines is the returned error.
func (a *app) showPredictions(p *classifier, run, data string, tta evaluate.TTA) error {
	switch {
	case a.json:
		err := object(map[string]any{"run": run, "tta": tta, "predictions": p.predictions, "errors": p.errors, "left_out": p.others})
		if err != nil {
			return err
		}
	case len(p.predictions) > 0:
		rows := [][]any{{"file", "label", "probability"}}
		for _, q := range p.predictions {
			file := printable(q.File)
			for _, c := range q.Classes {
				rows = append(rows, []any{file, printable(c.Label), cell{"%.3f", float64(c.Probability)}})
				file = ""
			}
		}
		grid(rows...)
		fmt.Printf("\nmodel: %s, trained on %s; test-time augmentation: %s\n", printable(run), printable(data), tta)
	}
	if p.others > 0 {
		fmt.Fprintf(os.Stderr, "left out files that are not pictures: %d\n", p.others)
	}
	for i, e := range p.errors {
		if i == len(p.errors)-1 {
			return errors.New(e.Error)
		}
		fmt.Fprintln(os.Stderr, "mgtool:", printable(e.Error))
	}
	return nil
}

// prediction is what a model says of a picture.
type prediction struct {
	File      string      `json:"file"`
	classOdds             // the likeliest
	Classes   []classOdds `json:"classes"`
}

// classOdds is a class and its probability.
type classOdds struct {
	Class       int    `json:"class"`
	Label       string `json:"label"`
	Probability number `json:"probability"`
}

// likeliest are the first of the classes by falling probability.
func likeliest(probs []float32, names []string, top int) []classOdds {
	all := make([]classOdds, len(probs))
	for c, p := range probs {
		all[c] = classOdds{c, evaluate.ClassName(names, c), number(p)}
	}
	slices.SortStableFunc(all, func(a, b classOdds) int { return cmp.Compare(b.Probability, a.Probability) })
	return all[:min(top, len(all))]
}
