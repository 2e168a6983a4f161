package main

// mgtool eval.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/mgnet"
)

func (a *app) eval() *cobra.Command {
	var run, dataDir string
	c := &cobra.Command{
		Use:     "eval",
		Short:   "Evaluate a trained model on the test images of its data set",
		Example: `  mgtool eval --run runs/first`,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if run == "" {
				return usagef("want --run FOLDER")
			}
			n, r, err := mgnet.Open(run)
			if err != nil {
				return err
			}
			if dataDir != "" {
				r.DataDir = dataDir
			}
			test, err := r.LoadTest()
			if err != nil {
				return err
			}
			accuracy, err := n.Accuracy(test)
			if err != nil {
				return err
			}
			if a.json {
				return object(map[string]any{
					"run": run, "data": r.Data, "model": n.Config.Model, "parameters": n.Parameters(),
					"images": test.Len(), "test_accuracy": number(accuracy),
				})
			}
			fmt.Printf("%s: test accuracy %.4f on %d images of %s, %d parameters\n", run, accuracy, test.Len(), r.Data, n.Parameters())
			return nil
		},
	}
	c.Flags().StringVar(&run, "run", "", "folder of the run")
	c.Flags().StringVar(&dataDir, "data-dir", "", "folder of the data, if it has moved")
	return c
}
