package main

// mgtool classify.

import (
	"fmt"
	"maps"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) classify() *cobra.Command {
	var data dataFlags
	var limit, holdOut int
	k := tool.DefaultClassify()
	var names, long []string
	for _, known := range tool.Classifiers() {
		names = append(names, known.Name)
		long = append(long, fmt.Sprintf("  %-10s %s", known.Name, known.About))
	}
	c := &cobra.Command{
		Use:   "classify " + strings.Join(names, "|"),
		Short: "Train classifiers without layers on a data set: logistic regression and SVMs",
		Long: "Train a classifier without layers on the pixels of a data set, scaled to [0, 1], and test it:\n\n" +
			strings.Join(long, "\n") + "\n\nThe time of an SVM grows roughly with the square of the number of images: try --limit first.",
		Example: `  mgtool classify logistic --data mnist
  mgtool classify svm-gauss --data sample --c 10 --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			k.Name = strings.Join(args, " ")
			if err := k.Validate(); err != nil {
				return err
			}
			if err := tool.CheckImages(limit, holdOut); err != nil {
				return err
			}
			choice, err := data.choice(c)
			if err != nil {
				return err
			}
			run, err := choice.Run(c.Context(), reporter)
			if err != nil {
				return err
			}
			run.Limit, run.HoldOut = limit, holdOut
			train, test, err := tool.LoadRun(c.Context(), &run, reporter)
			if err != nil {
				return err
			}
			r, err := k.Train(c.Context(), train, test, reporter)
			if err != nil {
				return err
			}
			if a.json {
				found := map[string]any{
					"classifier": k.Name, "status": r.Status.String(), "iterations": r.Iterations,
					"data": run.Data, "hold_out": holdOut, "train_images": train.Len(), "test_images": test.Len(),
					"train_accuracy": r.TrainAccuracy, "test_accuracy": r.TestAccuracy, "train_s": r.TrainS,
				}
				if l := r.Logistic; l != nil {
					maps.Copy(found, map[string]any{"lambda": k.Logistic.Lambda, "loss": number(l.Loss), "norm": number(l.Norm)})
				} else {
					maps.Copy(found, map[string]any{"c": k.SVM.C, "support": r.SVM.Support, "gap": number(r.SVM.Gap)})
				}
				if r.Gamma != 0 {
					found["gamma"] = r.Gamma
				}
				return printJSON(found)
			}
			fmt.Printf("%s on %s: %v after %v iterations, %.1f s; training accuracy %.4f on %d images, test accuracy %.4f on %d\n",
				k.Name, run.Data, r.Status, r.Iterations, r.TrainS, r.TrainAccuracy, train.Len(), r.TestAccuracy, test.Len())
			stateHoldOut(run)
			return nil
		},
	}
	fl := c.Flags()
	fl.StringVar(&data.Name, "data", "sample", "data set, as for mgtool train, or a folder of class folders")
	fl.StringVar(&data.Dir, "data-dir", "", "folder of its files; default data/NAME")
	fl.IntVar(&limit, "limit", 0, "train and test on the first K images only; 0 is all")
	fl.IntVar(&holdOut, "hold-out", 0, holdOutUsage)
	addClassifier(c, &k)
	data.addFolder(c)
	c.AddCommand(a.classifySequences())
	return c
}

// addClassifier adds the settings of classifiers.
func addClassifier(c *cobra.Command, k *tool.Classify) {
	fl := c.Flags()
	fl.Float64Var(&k.Logistic.Lambda, "lambda", k.Logistic.Lambda, "λ of the penalty λ‖θ‖² of logistic regression; 0 is none")
	fl.IntVar(&k.Logistic.MaxIterations, "max-iterations", k.Logistic.MaxIterations, "maximum number of iterations of logistic regression")
	fl.Float64Var(&k.SVM.C, "c", k.SVM.C, "C of an SVM, the penalty for a sample within the margin")
	fl.Float64Var(&k.Gamma, "gamma", k.Gamma, "γ of a kernel; 0 is 1 / (features · variance of the values)")
	fl.IntVar(&k.Degree, "degree", k.Degree, "degree of the polynomial kernel")
}
