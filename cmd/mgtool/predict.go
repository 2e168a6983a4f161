package main

// mgtool predict.

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) predict() *cobra.Command {
	var run, tta, checkpoint, out string
	var top int
	c := &cobra.Command{
		Use:   "predict FILE|FOLDER|-…",
		Short: "Classify pictures with a trained model",
		Long: `Classify pictures with a trained model: that of --run or, by default, a small built-in
MgNet that knows the ten classes of CIFAR-10 (airplane, automobile, bird, cat,
deer, dog, frog, horse, ship, truck).

With a run of another job (see mgtool train) it applies the model to one file or folder
of that job's data, without --tta and --top. With a run of the job masks, --out is a
file for the mask of one picture or a folder for those of a folder; a mask never
replaces one of the pictures.

Files are PNG, JPEG, GIF, TIFF, WebP or BMP, of up to 250 million pixels; a folder stands
for all pictures in it, and - for standard input. The EXIF orientation is applied; of an
animation or a file of several pages the first picture is taken; transparent pixels count
as black. Files that cannot be read are reported on standard error and the others are
classified; the exit status is then 1.

The largest centred crop with the model's aspect ratio is resampled to the model's size,
in greyscale if the model is. Brightness is not inverted: MNIST and Fashion-MNIST show
bright objects on black.

Go's JPEG decoder upsamples colours differently from libjpeg, which Pillow and PyTorch
use: on 500 photographs, probabilities differed by up to 0.018, and 5 photographs got
another class. Other formats give the same pixels.`,
		Example: `  mgtool predict cat.jpg
  mgtool predict --run runs/first shirt.png bag.jpg
  mgtool predict holiday/ --json
  curl -s https://example.org/cat.jpg | mgtool predict -`,
		RunE: func(c *cobra.Command, names []string) error {
			if len(names) == 0 {
				return tool.Usagef("want picture files")
			}
			if run == "" && c.Flags().Changed("checkpoint") {
				return tool.Usagef("--checkpoint %s; want --run FOLDER, whose it is", checkpoint)
			}
			if has, err := tool.HasJob(run); err == nil && has {
				if err := forImages(c, "tta", "top"); err != nil {
					return err
				}
				if len(names) != 1 {
					return tool.Usagef("%d files; the job of %s takes one file or folder at a time", len(names), run)
				}
				return a.predictJob(c, run, checkpoint, names[0], out)
			}
			if out != "" {
				return tool.Usagef("--out %s; it is for runs of other jobs than the classes of images", out)
			}
			p, err := tool.NewPredictor(run, checkpoint, tta, top)
			if err != nil {
				return err
			}
			for _, name := range names {
				if name == "-" {
					err = p.Read(c.Context(), os.Stdin, name, "standard input")
				} else {
					err = p.File(c.Context(), name, reporter)
				}
				if err != nil {
					return err
				}
			}
			endLine()
			return a.showPredictions(p)
		},
	}
	c.Flags().StringVar(&run, "run", "", "folder of the run; default the built-in model")
	c.Flags().StringVar(&out, "out", "", "for runs of other jobs: write the prediction to this file, or masks of a folder to this folder")
	c.Flags().IntVar(&top, "top", 3, "number of classes shown for each picture, likeliest first")
	addTTA(c, &tta)
	addCheckpoint(c, &checkpoint)
	return c
}

// showPredictions prints the predictions, and what could not be read.
func (a *app) showPredictions(p *tool.Predictor) error {
	switch {
	case a.json:
		err := printJSON(map[string]any{"run": p.Model, "tta": p.TTA, "predictions": predictionObjects(p.Predictions), "errors": p.Unread, "left_out": p.LeftOut})
		if err != nil {
			return err
		}
	case len(p.Predictions) > 0:
		rows := [][]any{{"file", "label", "probability"}}
		for _, q := range p.Predictions {
			file := printable(q.File)
			for _, c := range q.Classes {
				rows = append(rows, []any{file, printable(c.Label), cell{"%.3f", c.Probability}})
				file = ""
			}
		}
		printTable(rows...)
		fmt.Printf("\nmodel: %s, trained on %s; test-time augmentation: %s\n", printable(p.Model), printable(p.Data), p.TTA)
	}
	if p.LeftOut > 0 {
		fmt.Fprintf(os.Stderr, "skipped files that are not pictures: %d\n", p.LeftOut)
	}
	return unread(p.Unread)
}

// unread prints on standard error a line for each file that could not be read; the last is
// returned as the error.
func unread(list []tool.Unread) error {
	for i, e := range list {
		if i == len(list)-1 {
			return errors.New(e.Error)
		}
		fmt.Fprintln(os.Stderr, "mgtool:", printable(e.Error))
	}
	return nil
}

// predictionObjects are the predictions in JSON: the likeliest class, then the list.
func predictionObjects(list []tool.Prediction) any {
	type class struct {
		Class       int    `json:"class"`
		Label       string `json:"label"`
		Probability number `json:"probability"`
	}
	type prediction struct {
		File string `json:"file"`
		class
		Classes []class `json:"classes"`
	}
	objects := []prediction{}
	for _, p := range list {
		o := prediction{File: p.File}
		for _, c := range p.Classes {
			o.Classes = append(o.Classes, class{c.Class, c.Label, number(c.Probability)})
		}
		o.class = o.Classes[0]
		objects = append(objects, o)
	}
	return objects
}
