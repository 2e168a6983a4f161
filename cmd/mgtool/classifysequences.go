package main

// mgtool classify sequences.

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/mgnet/job"
	"mgtool/sequence"
	"mgtool/tool"
)

func (a *app) classifySequences() *cobra.Command {
	j, k := sequence.NewJob(), tool.DefaultClassify()
	var data string
	var part job.Part
	var names []string
	for _, known := range tool.Classifiers() {
		names = append(names, known.Name)
	}
	c := &cobra.Command{
		Use:   "sequences " + strings.Join(names, "|"),
		Short: "Train a classifier without layers on the values of sequences",
		Long: `Train a classifier without layers on the values of sequences, and test it. The files are as
for mgtool train sequences.`,
		Example: "  mgtool classify sequences svm-gauss --data pulses",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			k.Name = strings.Join(args, " ")
			if err := k.Validate(); err != nil {
				return err
			}
			if err := tool.CheckImages(part.Limit, part.HoldOut); err != nil {
				return err
			}
			r, train, test, err := k.ReadSequences(c.Context(), j, data, part, reporter)
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(map[string]any{
					"classifier": k.Name, "status": r.Status.String(), "iterations": r.Iterations, "data": data, "hold_out": part.HoldOut,
					"train_sequences": train, "test_sequences": test, "train_accuracy": r.TrainAccuracy, "test_accuracy": r.TestAccuracy,
					"balanced_accuracy": number(r.Test.Balanced), "auc": number(r.Test.AUC), "f1": number(r.Test.F1), "confusion": r.Test.Confusion, "train_s": r.TrainS,
				})
			}
			fmt.Printf("%s on %s: %v after %v iterations, %.1f s; training accuracy %.4f on %d sequences, test accuracy %.4f on %d, AUC %.4f, F1 %.4f\n",
				k.Name, printable(data), r.Status, r.Iterations, r.TrainS, r.TrainAccuracy, train, r.TestAccuracy, test, r.Test.AUC, r.Test.F1)
			return nil
		},
	}
	fl := c.Flags()
	fl.StringVar(&data, "data", "", sequenceData)
	addReading(c, j)
	fl.IntVar(&part.Limit, "limit", 0, "train and test on K sequences only, the first of the classes in turn; 0 is all")
	fl.IntVar(&part.HoldOut, "hold-out", 0, "test on every K-th training sequence of each class, held out, and not on the test part; 0 holds none out")
	addClassifier(c, &k)
	return c
}
