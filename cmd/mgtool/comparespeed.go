package main

// mgtool compare speed.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) compareSpeed() *cobra.Command {
	s := tool.DefaultCompareSpeed()
	var stated *statementFlags
	cmd := &cobra.Command{
		Use:   "speed",
		Short: "Time of methods to a tolerance, against the fastest classical one",
		Long: `Time of methods to a tolerance, against the fastest classical one.

A search finds the fastest classical methods for the problem: relaxation of points, lines and
planes; rediscretised, Galerkin, operator-dependent and algebraic coarsening; V-, W-, F- and full
cycles with one or two steps before and after; Krylov methods around them; mixed precision.
Each --method also gets the cycle, the Krylov method and the precision that suit it best. The
best then solve in turns with the methods that you name. The speedup is the time of the fastest
classical method over that of a row, the median over the turns: above 1 is faster.

A smooth right side flatters full multigrid; --random-g takes one of all frequencies.`,
		Example: `  mgtool compare speed --family "rotated(eps=0.01,theta=30)" --n 256
  mgtool compare speed --family "rotated(eps=0.01,theta=30)" --n 1024 --method learned.json
  mgtool compare speed --family "lognormal(length=0)" --n 512 --method line/blackbox --random-g --with-setup`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := stated.read(); err != nil {
				return err
			}
			s.Seed = a.seed
			report, err := s.Run(cmd.Context(), reporter)
			endLine()
			if err != nil {
				return err
			}
			if err := stated.write(); err != nil {
				return err
			}
			if a.json {
				return printJSON(comparedSpeeds(report))
			}
			rows := [][]any{{"method", "cycles", "factor", "set-up ms", "solve ms", "speedup"}}
			for _, r := range report.Rows {
				name := r.Name
				if r.Chosen {
					name += " (auto)"
				}
				cycles := any(r.Cycles)
				if r.Err != nil {
					cycles = "failed"
				}
				rows = append(rows, []any{name, cycles, cell{"%.4f", r.Factor}, cell{"%.2f", 1e3 * r.SetupS}, cell{"%.2f", 1e3 * r.SolveS}, cell{"%.2f", r.Speedup}})
			}
			printTable(rows...)
			right := ""
			if s.Rough {
				right = ", with a random g instead"
			}
			fmt.Printf("\n%s: %s%s; %d unknowns on %s, to %g, medians of %d solves\n", report.Name, report.About, right, report.Grid.Unknowns(), report.Grid, s.RelTol, s.Repeats)
			for _, r := range report.Rows {
				if r.Err != nil {
					fmt.Printf("%s: %v\n", r.Name, r.Err)
				}
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	stated = addStatement(cmd, &s.Statement)
	f.StringArrayVar(&s.Methods, "method", nil, "method to compare: a file (.json), or a smoother with its weight and a coarsening, as in rbgs, jacobi(0.8) or linex/blackbox; repeat for more")
	f.Float64Var(&s.RelTol, "rtol", s.RelTol, "relative residual to reach")
	f.IntVar(&s.Repeats, "repeats", s.Repeats, "solves of each method, in turns")
	f.DurationVar(&s.Budget, "budget", s.Budget, "time of the search, after which it tries no other method")
	f.BoolVar(&s.Rough, "random-g", false, "a random right side, by --seed, instead of that of the problem")
	f.BoolVar(&s.WithSetup, "with-setup", false, "compare a set-up and one solve, not a solve alone")
	return cmd
}

func comparedSpeeds(r *tool.SpeedReport) any {
	type row struct {
		Method  string   `json:"method"`
		Kind    string   `json:"kind"`
		Status  string   `json:"status"`
		Cycles  int      `json:"cycles"`
		Factor  number   `json:"factor"`
		TrueRes number   `json:"true_residual"`
		SetupS  number   `json:"setup_s"`
		SolveS  number   `json:"solve_s"`
		SolvesS []number `json:"solves_s"`
		Speedup number   `json:"speedup"`
	}
	var rows []row
	for _, s := range r.Rows {
		kind, status := "classical", "converged"
		switch {
		case s.Also:
			kind = "given"
		case s.Chosen:
			kind = "auto"
		}
		if s.Err != nil {
			status = s.Err.Error()
		}
		rows = append(rows, row{s.Name, kind, status, s.Cycles, number(s.Factor), number(s.TrueResidual), number(s.SetupS), number(s.SolveS), numbers(s.SolvesS), number(s.Speedup)})
	}
	dim := r.Grid.Dim()
	return map[string]any{"problem": r.Name, "dim": dim, "cells": r.Grid.N[:dim], "unknowns": r.Grid.Unknowns(), "rows": rows}
}
