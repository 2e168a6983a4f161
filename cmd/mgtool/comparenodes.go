package main

// mgtool compare nodes.

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) compareNodes() *cobra.Command {
	var q tool.CompareNodes
	var f recipeFlags
	c := &cobra.Command{
		Use:   "nodes",
		Short: "Compare models that classify the nodes of a graph, over several seeds",
		Long: `Compare models that classify the nodes of a graph, over several seeds.

Accuracies are those on the test nodes after the last epoch, for the seeds from 1 to the number
--seeds, with the 95% interval of their mean. When the command is stopped, it prints what it has
finished. Choose settings with --hold-out 2, which tests on the validation nodes.`,
		Example: `  mgtool compare nodes --data cora.txt.gz --seeds 20
  mgtool compare nodes --data cora.txt.gz --models graph-mgnet,mine.json --hold-out 2`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("seed") {
				return tool.Usagef("--seed with several seeds; want --seeds")
			}
			q.Recipe = f.choice(c)
			a.saves.Store(true)
			defer a.saves.Store(false)
			rows, recipe, err := q.Run(c.Context(), reporter)
			endLine()
			if len(rows) == 0 {
				return err
			}
			done := 0
			for _, r := range rows {
				done += len(r.Accuracies)
			}
			halted := err != nil
			err = stopped(err, "%s done; nothing is kept", counted(done, "training"))
			if a.json {
				var list []map[string]any
				for _, r := range rows {
					list = append(list, map[string]any{
						"model": r.Model, "parameters": r.Parameters, "accuracies": numbers(r.Accuracies),
						"mean": number(r.Mean), "interval": number(r.Half), "wall_s": number(r.Seconds),
					})
				}
				return cmp.Or(printJSON(map[string]any{"data": q.Data, "hold_out": q.HoldOut, "epochs": recipe.Epochs, "seeds": q.Seeds, "rows": list, "stopped": halted}), err)
			}
			table := [][]any{{"model", "parameters", "accuracy", "95% interval", "lowest", "highest", "seconds"}}
			for _, r := range rows {
				lowest, highest := 1.0, 0.0
				for _, v := range r.Accuracies {
					lowest, highest = min(lowest, v), max(highest, v)
				}
				table = append(table, []any{r.Model, r.Parameters, cell{"%.4f", r.Mean}, cell{"± %.4f", r.Half}, cell{"%.4f", lowest}, cell{"%.4f", highest}, cell{"%.1f", r.Seconds}})
			}
			printTable(table...)
			for _, r := range rows {
				fmt.Printf("\n%s by seed:", r.Model)
				for _, v := range r.Accuracies {
					fmt.Printf(" %.3f", v)
				}
			}
			fmt.Printf("\n%s, %s; last epoch\n", counted(recipe.Epochs, "epoch"), counted(q.Seeds, "seed"))
			return err
		},
	}
	fl := c.Flags()
	fl.StringVar(&q.Data, "data", "", "file of a graph with features and labels, which may be compressed (.gz)")
	fl.StringSliceVar(&q.Models, "models", nil, "models, or JSON files of configurations; default all: graph-mgnet, gcn")
	fl.IntVar(&q.Seeds, "seeds", 20, "number of seeds: 1, 2, …")
	fl.IntVar(&q.HoldOut, "hold-out", 0, "with any number from 2 on, test on the validation nodes, which are for choosing settings")
	f.add(c, "", "recipe: that of mgtool train nodes, or a JSON file")
	return c
}
