package main

// mgtool eval.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
)

func (a *app) eval() *cobra.Command {
	var run, dataDir, tta, out, checkpoint string
	var worst int
	c := &cobra.Command{
		Use:   "eval",
		Short: "Evaluate a trained model on the test images of its data set",
		Long: `Evaluate a trained model on the test images of its data set.

--data-dir is where the data have moved to. For a run on class folders it can also be
another folder with these classes or some of them: all its pictures are evaluated, or
those of its folder test (or val, valid, validation) if it has one. The pixels show
whether it is the run's own data, moved, or another folder.

The folder --out gets confusion.csv and confusion.png (a row a true class, a
column a predicted one; no picture for more than 500 classes, and neither file for
more than 4096), and the mistakes with the largest loss, the worst first, with their
file names, in mistakes.csv and mistakes.png.`,
		Example: `  mgtool eval --run runs/first
  mgtool eval --run runs/cifar --tta mirror --out runs/cifar/eval --worst 50`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if run == "" {
				return usagef("want --run FOLDER")
			}
			augmentation, err := evaluate.ParseTTA(tta)
			if err != nil {
				return usage(err)
			}
			if worst < 1 || worst > 1000 {
				return usagef("--worst %d; want 1 to 1000", worst)
			}
			if out == "" && c.Flags().Changed("worst") {
				return usagef("--worst says how many mistakes --out gets; want --out FOLDER too")
			}
			n, r, err := runs.OpenCheckpoint(run, checkpoint)
			if err != nil {
				return err
			}
			test, err := testImages(c.Context(), &r, dataDir)
			if err != nil {
				return err
			}
			if err := makeFolder("out", out); err != nil {
				return err
			}
			e, err := evaluate.Evaluate(c.Context(), n, test, evaluate.Options{
				TTA: augmentation, Worst: worst,
				Report: func(done, images int) { status("%d of %d images", done, images) },
			})
			status("")
			if err != nil {
				return err
			}
			files := []string{}
			if out != "" {
				if files, err = e.WriteFiles(out); err != nil {
					return err
				}
			}
			type class struct {
				Label    string `json:"label"`
				Images   int    `json:"images"`
				Accuracy number `json:"accuracy"`
			}
			var classes []class
			rows := [][]any{{"class", "images", "accuracy"}}
			for i, label := range test.Classes {
				images, accuracy := e.Class(i)
				classes = append(classes, class{label, images, number(accuracy)})
				rows = append(rows, []any{printable(label), images, cell{"%.4f", accuracy}})
			}
			if a.json {
				return object(map[string]any{
					"run": run, "data": r.Data, "model": n.Config.Model, "parameters": n.Parameters(),
					"images": test.Len(), "hold_out": r.HoldOut, "tta": e.TTA, "test_accuracy": number(e.Accuracy()), "loss": number(e.Loss), "classes": classes, "files": files,
				})
			}
			grid(rows...)
			fmt.Printf("\n%s: test accuracy %.4f, loss %.4f on %d images of %s, test-time augmentation: %s; %d parameters\n",
				printable(run), e.Accuracy(), e.Loss, test.Len(), printable(r.Data), e.TTA, n.Parameters())
			stateHoldOut(r)
			for _, f := range files {
				fmt.Println(f)
			}
			return nil
		},
	}
	c.Flags().StringVar(&run, "run", "", "folder of the run")
	addCheckpoint(c, &checkpoint)
	c.Flags().StringVar(&dataDir, "data-dir", "", "folder of the data, if it has moved, or of other pictures of the same classes")
	addTTA(c, &tta)
	c.Flags().StringVar(&out, "out", "", "folder for the confusion matrix and the worst mistakes")
	c.Flags().IntVar(&worst, "worst", 24, "mistakes that --out gets")
	return c
}

// addTTA adds the flag of test-time augmentation.
func addTTA(c *cobra.Command, tta *string) {
	c.Flags().StringVar(tta, "tta", string(evaluate.NoTTA), "test-time augmentation, the mean of the logits of: the image alone, none; with its mirror image, mirror; with two shifts by a pixel too, mirror-translate")
}
