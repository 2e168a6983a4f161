package main

// mgtool compare operator.

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) compareOperator() *cobra.Command {
	q := tool.DefaultCompareOperator()
	c := &cobra.Command{
		Use:   "operator",
		Short: "What a trained operator is worth to the solver: as a first guess and as a preconditioner",
		Long: `Solve systems of Darcy flow with multigrid alone, with the network's u as the first
guess and, if the network was trained with random right sides, with the network as the
preconditioner of flexible GMRES, alone and with a V-cycle behind it. Times include the
network; the set-up of multigrid, which each system takes anew, is a column of its own.
Steps and times are means over the systems that all methods solved, but for methods that
solved none; of each solve the least time counts, the methods taking turns.

The data must have been made with --every 1: points kept of a finer grid carry a solution of that
grid's system. The systems are those of the run's test samples. Samples of another file made with
the same --seed are the same ones.`,
		Example: `  mgtool data make darcy --n 106 --every 1 --source random --out pairs.safetensors
  mgtool train fields --data pairs.safetensors --out runs/operator
  mgtool compare operator --run runs/operator`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if q.Run == "" {
				return tool.Usagef("want --run RUN, the folder of a run of mgtool train fields")
			}
			a.saves.Store(true)
			defer a.saves.Store(false)
			report, err := q.Compare(c.Context(), reporter)
			endLine()
			if report == nil || report.Samples == 0 {
				return err
			}
			halted := err != nil
			err = stopped(err, "%d of %d systems are done", report.Samples, report.All)
			return cmp.Or(a.showOperator(q, report, halted), err)
		},
	}
	fl := c.Flags()
	fl.StringVar(&q.Run, "run", "", "folder of a run of mgtool train fields, on Darcy flow")
	fl.StringVar(&q.Checkpoint, "checkpoint", q.Checkpoint, "checkpoint: last, best or a file")
	fl.StringVar(&q.Data, "data", "", "file of Darcy flow to solve, made with --every 1; default the run's")
	fl.IntVar(&q.Samples, "samples", q.Samples, "solve the first K of its test samples, by the split of the run")
	fl.Float64Var(&q.RelTol, "rtol", q.RelTol, "end a solve at this residual relative to the right side")
	fl.IntVar(&q.Most, "max-cycles", q.Most, "at most so many cycles or iterations")
	fl.IntVar(&q.Repeats, "repeats", q.Repeats, "time each solve K times after a first one; the least time counts")
	return c
}

func (a *app) showOperator(q tool.CompareOperator, report *tool.OperatorReport, halted bool) error {
	if a.json {
		var rows []map[string]any
		for _, r := range report.Rows {
			rows = append(rows, map[string]any{
				"method": r.Name, "steps": number(r.Steps), "solve_s": number(r.Seconds), "network_s": number(r.Network), "setup_s": number(r.Setup),
				"first_residual": number(r.First), "first_error": number(r.Error), "converged": r.Converged, "systems": r.Problems, "common": r.Common,
			})
		}
		return printJSON(map[string]any{
			"run": q.Run, "model": report.Model, "data": report.Data, "height": report.Height, "width": report.Width,
			"samples": report.Samples, "rtol": q.RelTol, "any_right_side": report.AnyRight, "methods": rows, "stopped": halted,
		})
	}
	rows := [][]any{{"method", "first error", "first residual", "steps", "ms", "of it network", "set-up ms", "solved"}}
	ms := func(s float64) cell { return cell{"%.2f", 1e3 * s} }
	for _, r := range report.Rows {
		rows = append(rows, []any{r.Name, cell{"%.2g", r.Error}, cell{"%.2g", r.First}, cell{"%.1f", r.Steps}, ms(r.Seconds), ms(r.Network), ms(r.Setup), fmt.Sprintf("%d of %d", r.Converged, r.Problems)})
	}
	printTable(rows...)
	fmt.Printf("\n%s; %d systems of %d×%d unknowns to %.0e, the least of %d solves each\n",
		printable(report.Model), report.Samples, report.Height, report.Width, q.RelTol, q.Repeats)
	if r := report.Rows[0]; r.Common < r.Problems {
		fmt.Printf("Steps and times are means over the %d systems that all methods solved, but for methods that solved none.\n", r.Common)
	}
	if !report.AnyRight {
		fmt.Println("The network knows one right side: it is a first guess, and no preconditioner.")
	}
	return nil
}
