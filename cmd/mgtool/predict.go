package main

// mgtool predict.

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"mgtool/mgnet"
	"mgtool/mgnet/starter"
	"mgtool/vision"
)

func (a *app) predict() *cobra.Command {
	var run, tta, checkpoint string
	var top int
	c := &cobra.Command{
		Use:   "predict FILE…",
		Short: "Classify PNG or JPEG pictures with a trained model",
		Long: `Classify PNG or JPEG pictures with a trained model: that of --run or, without one, a
small MgNet that is built in and knows the ten classes of CIFAR-10 (airplane, automobile,
bird, cat, deer, dog, frog, horse, ship, truck).

The largest centred piece of the right proportions is resampled to the size the
model takes, in grey if it takes grey. Brightness is not inverted: MNIST and
Fashion-MNIST show bright things on black.`,
		Example: `  mgtool predict cat.jpg
  mgtool predict --run runs/first shirt.png bag.jpg`,
		RunE: func(c *cobra.Command, files []string) error {
			if len(files) == 0 {
				return usagef("want the pictures' files")
			}
			if run == "" && c.Flags().Changed("checkpoint") {
				return usagef("--checkpoint %s; want --run FOLDER, whose it is", checkpoint)
			}
			if top < 1 {
				return usagef("--top %d; want 1 or more classes", top)
			}
			augmentation, err := mgnet.ParseTTA(tta)
			if err != nil {
				return usage(err)
			}
			open := func() (*mgnet.Network, mgnet.Run, error) { return mgnet.OpenCheckpoint(run, checkpoint) }
			if run == "" {
				open, run = starter.Model, "built in"
			}
			n, r, err := open()
			if err != nil {
				return err
			}
			list, err := predictions(n, r, augmentation, files, top)
			if err != nil {
				return err
			}
			if a.json {
				return object(map[string]any{"run": run, "tta": augmentation, "predictions": list})
			}
			rows := [][]any{{"file", "label", "probability"}}
			for _, q := range list {
				file := q.File
				for _, c := range q.Classes {
					rows = append(rows, []any{file, c.Label, cell{"%.3f", float64(c.Probability)}})
					file = ""
				}
			}
			grid(rows...)
			fmt.Printf("\nmodel: %s, trained on %s; test-time augmentation: %s\n", run, r.Data, augmentation)
			return nil
		},
	}
	c.Flags().StringVar(&run, "run", "", "folder of the run; the model that is built in if not given")
	c.Flags().IntVar(&top, "top", 3, "show so many classes of each picture, the likeliest first")
	addTTA(c, &tta)
	addCheckpoint(c, &checkpoint)
	return c
}

// predictions gives the likeliest classes of each picture.
func predictions(n *mgnet.Network, r mgnet.Run, tta mgnet.Augmentation, files []string, top int) (list []prediction, err error) {
	about, err := r.Describe()
	if err != nil {
		return nil, err
	}
	p, err := n.Predictor(1)
	if err != nil {
		return nil, err
	}
	p.TTA = tta
	c := n.Config
	x := make([]float32, c.Height*c.Width*c.InChannels)
	for _, file := range files {
		pixels, err := vision.ReadPicture(file, c.Height, c.Width, c.InChannels)
		if err != nil {
			return nil, err
		}
		if err := vision.Normalize(x, pixels, about.Mean, about.Std); err != nil {
			return nil, err
		}
		probs, err := p.Probabilities(x)
		if err != nil {
			return nil, err
		}
		if mgnet.Best(probs) < 0 {
			return nil, fmt.Errorf("%s: the model gives no finite score", file)
		}
		likely := likeliest(probs, about.Classes, top)
		list = append(list, prediction{file, likely[0], likely})
	}
	return list, nil
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
		all[c] = classOdds{c, mgnet.ClassName(names, c), number(p)}
	}
	slices.SortStableFunc(all, func(a, b classOdds) int { return cmp.Compare(b.Probability, a.Probability) })
	return all[:min(top, len(all))]
}
