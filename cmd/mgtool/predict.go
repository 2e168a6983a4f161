package main

// mgtool predict.

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"mgtool/mgnet"
	"mgtool/vision"
)

func (a *app) predict() *cobra.Command {
	var run, tta, checkpoint string
	var top int
	c := &cobra.Command{
		Use:   "predict FILE…",
		Short: "Classify PNG or JPEG pictures with a trained model",
		Long: `Classify PNG or JPEG pictures with a trained model.

The largest centred piece of the right proportions is resampled to the size the
model takes, in grey if it takes grey. Brightness is not inverted: MNIST and
Fashion-MNIST show bright things on black.`,
		Example: `  mgtool predict --run runs/first shirt.png bag.jpg`,
		RunE: func(_ *cobra.Command, files []string) error {
			if run == "" || len(files) == 0 {
				return usagef("want --run FOLDER and the pictures' files")
			}
			if top < 1 {
				return usagef("--top %d; want 1 or more classes", top)
			}
			augmentation, err := mgnet.ParseTTA(tta)
			if err != nil {
				return usage(err)
			}
			n, r, err := mgnet.OpenCheckpoint(run, checkpoint)
			if err != nil {
				return err
			}
			about, err := r.Describe()
			if err != nil {
				return err
			}
			p, err := n.Predictor(1)
			if err != nil {
				return err
			}
			p.TTA = augmentation
			var list []prediction
			cfg := n.Config
			x := make([]float32, cfg.Height*cfg.Width*cfg.InChannels)
			for _, file := range files {
				pixels, err := vision.ReadPicture(file, cfg.Height, cfg.Width, cfg.InChannels)
				if err != nil {
					return err
				}
				if err := vision.Normalize(x, pixels, about.Mean, about.Std); err != nil {
					return err
				}
				probs, err := p.Probabilities(x)
				if err != nil {
					return err
				}
				if mgnet.Best(probs) < 0 {
					return fmt.Errorf("%s: the model gives no finite score", file)
				}
				likely := likeliest(probs, about.Classes, top)
				list = append(list, prediction{file, likely[0], likely})
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
			fmt.Printf("\ntest-time augmentation: %s\n", augmentation)
			return nil
		},
	}
	c.Flags().StringVar(&run, "run", "", "folder of the run")
	c.Flags().IntVar(&top, "top", 3, "show so many classes of each picture, the likeliest first")
	addTTA(c, &tta)
	addCheckpoint(c, &checkpoint)
	return c
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
