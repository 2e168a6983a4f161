package main

// mgtool solve --graph.

import (
	"fmt"
	"runtime"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgtool/tool"
)

// graphFlags are those of mgtool solve that go with --graph.
var graphFlags = []string{"graph", "shift", "method", "rtol", "max-cycles", "out", "json", "threads", "seed"}

// solveGraph solves on a graph and prints the residuals.
func (a *app) solveGraph(c *cobra.Command, s tool.SolveGraph) error {
	var err error
	c.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && !slices.Contains(graphFlags, f.Name) && c.LocalFlags().Lookup(f.Name) != nil {
			err = tool.Usagef("--%s does not apply to --graph; drop one of the two", f.Name)
		}
	})
	if err != nil {
		return err
	}
	if s.Method == "direct" && c.Flags().Changed("max-cycles") {
		return tool.Usagef("--max-cycles does not apply to --method direct, which has no iterations; drop one of the two")
	}
	r, failure := s.Solve(c.Context(), reporter)
	if r == nil {
		return failure
	}
	iterations := len(r.Residuals) - 1
	if a.json {
		status := "converged"
		if failure != nil {
			status = "failed"
		}
		err := printJSON(map[string]any{
			"graph": r.Graph.Name, "nodes": r.Graph.Nodes(), "edges": r.Graph.Edges(), "components": r.Components, "shift": s.Shift,
			"method": r.Method, "levels": r.Levels, "band": r.Band, "threads": runtime.GOMAXPROCS(0), "status": status, "iterations": iterations,
			"residuals": numbers(r.Residuals), "setup_s": number(r.SetupS), "solve_s": number(r.SolveS),
		})
		if err != nil {
			return err
		}
		return failure
	}
	rows := [][]any{{"iteration", "residual", "ratio"}}
	for k, v := range r.Residuals {
		ratio := nan
		if k > 0 {
			ratio = v / r.Residuals[k-1]
		}
		rows = append(rows, []any{k, cell{"%.3e", v}, cell{"%.4f", ratio}})
	}
	printTable(rows...)
	fmt.Printf("\n%s: %d nodes, %d edges, %s\n", printable(r.Graph.Name), r.Graph.Nodes(), r.Graph.Edges(), counted(r.Components, "component"))
	switch r.Method {
	case "direct":
		fmt.Printf("direct, half-bandwidth %d", r.Band)
	case "jacobi":
		fmt.Printf("conjugate gradients around the diagonal, %s", counted(iterations, "iteration"))
	default:
		fmt.Printf("conjugate gradients around a cycle on %s, %s", counted(r.Levels, "level"), counted(iterations, "iteration"))
	}
	fmt.Printf("; %.1f ms set-up, %.1f ms solve\n", 1e3*r.SetupS, 1e3*r.SolveS)
	return failure
}
