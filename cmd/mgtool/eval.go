package main

// mgtool eval.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/mgnet/evaluate"
	"mgtool/tool"
)

func (a *app) eval() *cobra.Command {
	var q tool.Evaluate
	c := &cobra.Command{
		Use:   "eval",
		Short: "Evaluate a trained model on the test images, or other samples, of its data",
		Long: `Evaluate a trained model on the test images, or other samples, of its data.

A run of another job than the classes of images (see mgtool train) has metrics, and
pictures for --out, of its own; --data-dir is then the place of its data, or of other
data of the same form. The --limit and --hold-out of its training hold for its own data,
and all test samples of others are taken.

If the data have moved, --data-dir says where. For a run on class folders it can also be
another folder with some or all of the classes: all its pictures are evaluated, or
those of its folder test (or val, valid, validation) if it has one. The pixels decide
whether a folder holds the run's own data.

The folder --out gets confusion.csv and confusion.png (a row for each true class, a
column for each predicted one; no picture above 500 classes, neither file above 4096),
and mistakes.csv and mistakes.png with the mistakes of largest loss, worst first, and
their file names.`,
		Example: `  mgtool eval --run runs/first
  mgtool eval --run runs/cifar --tta mirror --out runs/cifar/eval --worst 50`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if q.Out == "" && c.Flags().Changed("worst") {
				return tool.Usagef("--worst is the number of mistakes written to --out; want --out FOLDER too")
			}
			if has, err := tool.HasJob(q.Run); err == nil && has {
				if err := forImages(c, "tta", "worst"); err != nil {
					return err
				}
				return a.evalJob(c, tool.EvaluateJob{Run: q.Run, Checkpoint: q.Checkpoint, Data: q.DataDir, Out: q.Out})
			}
			e, err := q.Evaluate(c.Context(), reporter)
			if err != nil {
				return err
			}
			n, r, test := e.Network, e.Run, e.Test
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
				return printJSON(map[string]any{
					"run": q.Run, "data": r.Data, "model": n.Model.Sig().Family, "parameters": n.Parameters(),
					"images": test.Len(), "hold_out": r.HoldOut, "tta": e.TTA, "test_accuracy": number(e.Accuracy()), "loss": number(e.Loss), "classes": classes, "files": e.Files,
				})
			}
			printTable(rows...)
			fmt.Printf("\n%s: test accuracy %.4f, loss %.4f on %d images of %s, test-time augmentation: %s; %d parameters\n",
				printable(q.Run), e.Accuracy(), e.Loss, test.Len(), printable(r.Data), e.TTA, n.Parameters())
			stateHoldOut(r)
			for _, f := range e.Files {
				fmt.Println(f)
			}
			return nil
		},
	}
	c.Flags().StringVar(&q.Run, "run", "", "folder of the run")
	addCheckpoint(c, &q.Checkpoint)
	c.Flags().StringVar(&q.DataDir, "data-dir", "", "folder of the data, if they have moved, or of other pictures of the same classes")
	addTTA(c, &q.TTA)
	c.Flags().StringVar(&q.Out, "out", "", "folder for the confusion matrix and the worst mistakes")
	c.Flags().IntVar(&q.Worst, "worst", 24, "number of mistakes written to --out")
	return c
}

// forImages refuses flags that are for the classes of images, of a run with another job.
func forImages(c *cobra.Command, flags ...string) error {
	for _, flag := range flags {
		if c.Flags().Changed(flag) {
			return tool.Usagef("--%s is for images of one class each; drop it", flag)
		}
	}
	return nil
}

// addTTA adds the flag of test-time augmentation.
func addTTA(c *cobra.Command, tta *string) {
	c.Flags().StringVar(tta, "tta", string(evaluate.NoTTA), "test-time augmentation: none; mirror averages the logits of the image and its mirror image; mirror-translate adds both shifted by one pixel, in two directions")
}
