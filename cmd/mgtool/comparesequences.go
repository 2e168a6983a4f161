package main

// mgtool compare sequences.

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/sequence"
	"mgtool/tool"
)

func (a *app) compareSequences() *cobra.Command {
	c := tool.CompareSequences{Job: sequence.NewJob()}
	cmd := &cobra.Command{
		Use:   "sequences",
		Short: "Networks and classifiers without layers on the same sequences",
		Long: `Train networks, each once a seed, and classifiers without layers on the same sequences, and
print accuracy, area under the ROC curve (AUC) and F1 on the test part. Classifiers have their
default settings, which mgtool classify sequences can change. Figures are those of the last epoch. The files are as for
mgtool train sequences.`,
		Example: `  mgtool data make pulses --out pulses
  mgtool compare sequences --data pulses
  mgtool compare sequences --data ECG200 --seeds 1,2,3,4,5 --models mgnet1d --classifiers svm-gauss`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("seed") {
				return tool.Usagef("--seed; want --seeds, one or more")
			}
			c.Begin = func(r tool.SequencesResult) { stage(r.Title()) }
			c.Follow = trainingBar()
			c.Done = func(r tool.SequencesResult) {
				reporter.Note(fmt.Sprintf("%s: accuracy %.4f, AUC %.4f in %.0f s", r.Title(), r.Accuracy, r.AUC, r.Seconds))
			}
			a.saves.Store(true)
			defer a.saves.Store(false)
			results, err := c.Run(cmd.Context(), reporter)
			if len(results) == 0 {
				return err
			}
			halted := err != nil
			err = stopped(err, "%d of %d rows are done, and kept nowhere but here", len(results), c.Rows())
			if a.json {
				var rows []map[string]any
				for _, r := range results {
					row := map[string]any{
						"name": r.Name, "parameters": r.Parameters, "accuracy": number(r.Accuracy), "balanced_accuracy": number(r.Balanced),
						"auc": number(r.AUC), "f1": number(r.F1), "confusion": r.Confusion, "seconds": number(r.Seconds), "seed": nil,
					}
					if r.Network {
						row["seed"] = r.Seed
					}
					rows = append(rows, row)
				}
				return cmp.Or(printJSON(map[string]any{"data": c.Data, "hold_out": c.HoldOut, "classes": c.Job.Classes, "rows": rows, "stopped": halted}), err)
			}
			printTable(sequencesTable(results)...)
			fmt.Printf("\n%s: %s; networks at their last epoch\n", printable(c.Data), printable(strings.Join(c.Job.Classes, ", ")))
			return err
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&c.Data, "data", "", sequenceData)
	addReading(cmd, c.Job)
	fl.StringSliceVar(&c.Classifiers, "classifiers", []string{"logistic", "svm-gauss"}, "classifiers without layers; see mgtool classify")
	fl.StringSliceVar(&c.Models, "models", []string{"resnet1d", "mgnet1d"}, "networks: "+strings.Join(c.Job.Models(), ", "))
	fl.UintSliceVar(&c.Seeds, "seeds", []uint{1, 2, 3}, "seeds of each network, in place of --seed")
	fl.IntVar(&c.Epochs, "epochs", 0, "epochs of each training; default those of the job's recipe")
	fl.IntVar(&c.Limit, "limit", 0, "train and test on K sequences only, the first of the classes in turn; 0 is all")
	fl.IntVar(&c.HoldOut, "hold-out", 0, "test on every K-th training sequence of each class, held out, and not on the test part; 0 holds none out")
	return cmd
}

// sequencesTable has a row for each training and, where there are several seeds, the means
// with their standard deviations.
func sequencesTable(results []tool.SequencesResult) [][]any {
	rows := [][]any{{"model", "parameters", "seed", "accuracy", "balanced", "AUC", "F1", "s"}}
	figures := func(r tool.SequencesResult) []float64 { return []float64{r.Accuracy, r.Balanced, r.AUC, r.F1} }
	for i := 0; i < len(results); {
		of := 1
		for i+of < len(results) && results[i+of].Name == results[i].Name {
			of++
		}
		sums, squares := make([]float64, 4), make([]float64, 4)
		for _, r := range results[i : i+of] {
			row := []any{r.Name, "–", "–"}
			if r.Parameters > 0 {
				row[1] = r.Parameters
			}
			if r.Network {
				row[2] = r.Seed
			}
			for k, v := range figures(r) {
				row = append(row, cell{"%.4f", v})
				sums[k] += v
				squares[k] += v * v
			}
			rows = append(rows, append(row, cell{"%.1f", r.Seconds}))
		}
		if of > 1 {
			row := []any{results[i].Name, results[i].Parameters, fmt.Sprintf("mean of %d", of)}
			for k := range sums {
				m := sums[k] / float64(of)
				row = append(row, fmt.Sprintf("%.4f ± %.4f", m, math.Sqrt(max(0, squares[k]/float64(of)-m*m)*float64(of)/float64(of-1))))
			}
			rows = append(rows, append(row, ""))
		}
		i += of
	}
	return rows
}
