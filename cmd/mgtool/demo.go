package main

// mgtool demo.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/demo"
	"mgtool/tool"
)

func (a *app) demo() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "demo",
		Short: "Solve, train and compare on built-in data in under a minute; writes one HTML page",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := tool.CheckFile("out", out, ".html", ".htm"); err != nil {
				return err
			}
			s := demo.DefaultSettings(a.seed)
			s.Stage, s.Report = stage, trainingBar()
			r, err := demo.Run(c.Context(), s)
			if err != nil {
				return err
			}
			if err := r.WriteFile(out); err != nil {
				return err
			}
			if a.json {
				pde := make([]map[string]any, len(r.Poisson))
				for i, row := range r.Poisson {
					pde[i] = map[string]any{"cycle": row.Cycle, "parameters": row.Parameters, "factors": numbers(row.Factors)}
				}
				images := make([]map[string]any, len(r.Vision))
				for i, row := range r.Vision {
					images[i] = map[string]any{"cycle": row.Cycle, "learned": row.Learned.String(), "parameters": row.Parameters, "test_accuracy": number(row.TestAccuracy)}
				}
				return printJSON(map[string]any{
					"report": out, "seconds": number(r.Seconds), "threads": r.Threads,
					"factor_v": number(r.Curves[1].Factor), "factor_w": number(r.Curves[2].Factor), "two_grid_factor": number(r.TwoGrid),
					"test_accuracy": number(r.Training.TestAccuracy), "pde": pde, "vision": images,
				})
			}
			fmt.Printf("Poisson, 255² unknowns, red-black V(1,1): factor %.3f, W(1,1): %.3f; two-grid factor from the symbols %.3f\n", r.Curves[1].Factor, r.Curves[2].Factor, r.TwoGrid)
			fmt.Printf("MgNet on Fashion-MNIST: %.1f%% of %d unseen images right after %d epochs, %.0f images/s\n\n", 100*r.Training.TestAccuracy, r.Test.Len(), r.Training.Epochs, r.Training.ImagesPerSecond)
			printTable(pdeTable(s.Poisson.Sizes, false, r.Poisson)...)
			fmt.Println()
			printTable(visionTable(r.Vision)...)
			fmt.Printf("\n%.0f s; open %s in a browser\n", r.Seconds, out)
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "report.html", "HTML page to write")
	return c
}
