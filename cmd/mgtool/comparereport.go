package main

// mgtool compare report.

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/bridge/report"
	"mgtool/internal/buildinfo"
	"mgtool/tool"
)

func (a *app) compareReport() *cobra.Command {
	c := tool.DefaultCompareReport()
	cmd := &cobra.Command{
		Use:   "report",
		Short: "One HTML page on what trained operators are worth",
		Long: `One HTML page on what trained operators are worth.

For −Δu = g in two dimensions learned methods stand beside classical ones with the same smoothing
steps: true convergence factors on --n cells a side and on eight times as many, cycles and time to
1e-8, stencils and symbols, eigenvalues of the error propagation, and what a cycle leaves of each
wave. Without --method the learned methods are those that the program has with it.

--pde adds a table that compare pde --json has printed, --images the file of results of compare
vision --factorial. Nothing else in the page comes from elsewhere: the command measures it.
The page is one file without scripts, and needs no network.`,
		Example: `  mgtool compare report --out report.html
  mgtool compare report --method learned.json --n 64 --out report.html
  mgtool compare report --images docs/results/bridge/images.json --out report.html`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			program := buildinfo.Read()
			c.Seed = a.seed
			c.Made = report.Made{Command: commandLine(os.Args), Version: program.Version, Commit: program.Commit, Modified: program.Modified, Go: program.Go}
			r, err := c.Run(cmd.Context(), reporter)
			endLine()
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(r)
			}
			rows := [][]any{{"method", "cycle", "numbers in its file", "", "", "cycles", "ms", "speedup", "ms a digit"}}
			for i, n := range r.Sizes {
				rows[0][3+i] = fmt.Sprintf("factor, %d²", n)
			}
			for _, m := range r.Methods {
				cycles := any(m.Status)
				if m.Cycles != nil {
					cycles = *m.Cycles
				}
				rows = append(rows, []any{m.Name, m.Cycle, m.Numbers, optional("%.4f", 1, m.Factors[0].True), optional("%.4f", 1, m.Factors[1].True), cycles, optional("%.3g", 1e3, m.Solve), optional("%.2f", 1, m.Speedup), optional("%.3g", 1e3, m.Digit)})
			}
			printTable(rows...)
			fmt.Println()
			for _, m := range r.Methods {
				if m.Note != "" {
					fmt.Printf("%s: %s\n", m.Name, m.Note)
				}
			}
			fmt.Printf("%s: %s\n", c.Out, c.Title)
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&c.Out, "out", "", "page to write (.html)")
	f.IntVar(&c.N, "n", c.N, "cells a side of the smaller grid, a multiple of 16 up to 512; the larger one has eight times as many")
	f.StringArrayVar(&c.Methods, "method", nil, "file of a method (.json); repeat for more; default those that the program has with it")
	f.StringVar(&c.PDE, "pde", "", "add the table of this file, the output of compare pde --json")
	f.StringVar(&c.Images, "images", "", "add the table of this file, the --results of compare vision --factorial")
	f.StringVar(&c.Title, "title", report.DefaultTitle, "title of the page")
	return cmd
}

// optional is a number in a table times a factor; nil is a dash.
func optional(format string, times float64, v *float64) cell {
	if v == nil {
		return cell{format, nan}
	}
	if *v >= 1e4 { // the factor of a cycle that diverges
		format = "%.1e"
	}
	return cell{format, times * *v}
}

// commandLine joins arguments as a shell reads them.
func commandLine(args []string) string {
	words := []string{"mgtool"}
	for _, w := range args[1:] {
		if w == "" || strings.ContainsAny(w, " \t\n\"'$`\\*?[](){}<>|&;#~!") {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}
