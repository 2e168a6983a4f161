package main

// mgtool predict.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/mgnet"
	"mgtool/vision"
)

func (a *app) predict() *cobra.Command {
	var run, tta, checkpoint string
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
			type prediction struct {
				File        string `json:"file"`
				Class       int    `json:"class"`
				Label       string `json:"label"`
				Probability number `json:"probability"`
			}
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
				best := mgnet.Best(probs)
				if best < 0 {
					return fmt.Errorf("%s: the model gives no finite score", file)
				}
				list = append(list, prediction{file, best, mgnet.ClassName(about.Classes, best), number(probs[best])})
			}
			if a.json {
				return object(map[string]any{"run": run, "tta": augmentation, "predictions": list})
			}
			rows := [][]any{{"file", "label", "probability"}}
			for _, q := range list {
				rows = append(rows, []any{q.File, q.Label, cell{"%.3f", float64(q.Probability)}})
			}
			grid(rows...)
			fmt.Printf("\ntest-time augmentation: %s\n", augmentation)
			return nil
		},
	}
	c.Flags().StringVar(&run, "run", "", "folder of the run")
	addTTA(c, &tta)
	addCheckpoint(c, &checkpoint)
	return c
}
