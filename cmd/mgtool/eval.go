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
			if q.Out == "" && c.Flags().Changed("worst") {
				return tool.Usagef("--worst says how many mistakes --out gets; want --out FOLDER too")
			}
			e, err := q.Evaluate(c.Context(), watcher)
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
					"run": q.Run, "data": r.Data, "model": n.Config.Model, "parameters": n.Parameters(),
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
	c.Flags().StringVar(&q.DataDir, "data-dir", "", "folder of the data, if it has moved, or of other pictures of the same classes")
	addTTA(c, &q.TTA)
	c.Flags().StringVar(&q.Out, "out", "", "folder for the confusion matrix and the worst mistakes")
	c.Flags().IntVar(&q.Worst, "worst", 24, "mistakes that --out gets")
	return c
}

// addTTA adds the flag of test-time augmentation.
func addTTA(c *cobra.Command, tta *string) {
	c.Flags().StringVar(tta, "tta", string(evaluate.NoTTA), "test-time augmentation, the mean of the logits of: the image alone, none; with its mirror image, mirror; with two shifts by a pixel too, mirror-translate")
}
