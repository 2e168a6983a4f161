package main

// mgtool compare spectrum.

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) compareSpectrum() *cobra.Command {
	s := tool.DefaultCompareSpectrum()
	var stated *statementFlags
	cmd := &cobra.Command{
		Use:   "spectrum",
		Short: "Eigenvalues of the error propagation of cycles, and sine waves before and after a cycle",
		Long: `Eigenvalues of the error propagation of cycles, and sine waves before and after a cycle.

On a small grid the error after a cycle, e ← E e, is a matrix times the error before it. The
largest |λ| of E is the convergence factor. The mean is by how much one cycle multiplies the size
of a random error. The worst wave is that of all sine waves of which a cycle leaves most.
--plot draws for each method the eigenvalues in the complex plane and in order, the
amplification of every sine wave, and the waves in a random error after a cycle.`,
		Example: `  mgtool compare spectrum
  mgtool compare spectrum --method rbgs --method rbsor --n 24 --plot spectrum.png
  mgtool compare spectrum --family "rotated(eps=0.01,theta=45)" --method rbgs/galerkin --method line --method auto
  mgtool compare spectrum --method "jacobi(0.8)/galerkin" --pre 2 --post 2 --n 32`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := stated.read(); err != nil {
				return err
			}
			a.saves.Store(true)
			defer a.saves.Store(false)
			report, err := s.Run(cmd.Context(), reporter)
			endLine()
			if report == nil || len(report.Rows) == 0 {
				return err
			}
			if err := stated.write(); err != nil {
				return err
			}
			halted := err != nil
			err = stopped(err, "%d of %d methods are done", len(report.Rows), len(s.Methods))
			if a.json {
				return cmp.Or(printJSON(spectrumObject(report, halted)), err)
			}
			rows := [][]any{{"method", "cycle", "factor", "predicted", "mean", "|λ| above half", "worst wave", "amplified by"}}
			for _, r := range report.Rows {
				rows = append(rows, []any{r.Method, r.Cycle, cell{"%.4f", r.Factor}, cell{"%.4f", r.Predicted}, cell{"%.4f", r.Mean}, r.Above, wave(r.Worst), cell{"%.4f", r.Amplification}})
			}
			printTable(rows...)
			fmt.Println()
			rows = [][]any{{"largest eigenvalues"}}
			for _, r := range report.Rows {
				line := []any{r.Method}
				for _, v := range r.Largest {
					line = append(line, eigenvalue(v))
				}
				rows = append(rows, line)
			}
			for i := range report.Rows[0].Largest {
				rows[0] = append(rows[0], i+1)
			}
			printTable(rows...)
			fmt.Printf("\n%s: %s; %d unknowns on %s\n", report.Name, report.About, report.Grid.Unknowns(), report.Grid)
			return err
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	stated = addStatement(cmd, &s.Statement)
	f.Lookup("n").Usage = "cells a side, or cells along each axis; default 128, 16 and 8 in one, two and three dimensions; at most 1024 unknowns"
	f.StringArrayVar(&s.Methods, "method", s.Methods, "method of a row: a smoother of solve, with its weight and a coarsening, as in rbgs, jacobi(0.8) or linex/blackbox; auto; or a file of a method (.json); repeat for more rows")
	f.StringVar(&s.Cycle, "cycle", s.Cycle, "v, w or f, of methods named by a smoother")
	f.IntVar(&s.Pre, "pre", s.Pre, "their smoothing steps before the coarse-grid correction")
	f.IntVar(&s.Post, "post", s.Post, "their smoothing steps after the coarse-grid correction")
	f.IntVar(&s.List, "eigenvalues", s.List, "how many of the largest eigenvalues are listed")
	f.StringVar(&s.Plot, "plot", "", "write a picture of the spectra and the waves to this file (.png)")
	return cmd
}

// wave is the wave numbers of a sine wave.
func wave(k []int) string {
	if k == nil {
		return "–"
	}
	return "(" + strings.ReplaceAll(strings.Trim(fmt.Sprint(k), "[]"), " ", ", ") + ")"
}

// eigenvalue is a complex number in a table, as a real one if it is real but for rounding.
func eigenvalue(v complex128) string {
	if math.Abs(imag(v)) < 5e-5 {
		return fmt.Sprintf("%.4f", real(v))
	}
	return fmt.Sprintf("%.4f%+.4fi", real(v), imag(v))
}

func spectrumObject(r *tool.SpectrumReport, stopped bool) any {
	type value struct {
		Re number `json:"re"`
		Im number `json:"im"`
	}
	type row struct {
		Method        string  `json:"method"`
		Cycle         string  `json:"cycle"`
		Factor        number  `json:"factor"`
		Predicted     number  `json:"predicted_factor"`
		Mean          number  `json:"mean"`
		Above         int     `json:"above_half"`
		Worst         []int   `json:"worst_wave"`
		Amplification number  `json:"amplification"`
		Eigenvalues   []value `json:"eigenvalues"`
	}
	var rows []row
	for _, s := range r.Rows {
		one := row{s.Method, s.Cycle, number(s.Factor), number(s.Predicted), number(s.Mean), s.Above, s.Worst, number(s.Amplification), nil}
		for _, v := range s.Largest {
			one.Eigenvalues = append(one.Eigenvalues, value{number(real(v)), number(imag(v))})
		}
		rows = append(rows, one)
	}
	dim := r.Grid.Dim()
	return map[string]any{"problem": r.Name, "dim": dim, "cells": r.Grid.N[:dim], "unknowns": r.Grid.Unknowns(), "rows": rows, "stopped": stopped}
}
