package main

// mgtool bench stream and bench solve.

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/tensor"
	"mgtool/tool"
)

func (a *app) benchStream() *cobra.Command {
	var mb int
	c := &cobra.Command{
		Use:   "stream",
		Short: "Bandwidth of the main memory: copy and triad",
		Long: `Bandwidth of the main memory, on all threads, in float64:

  copy    a = b          16 bytes a value
  triad   a = b + s·c    24 bytes a value

Each runs several times; the best is what the machine can do, the median what it did.
Only the bytes that the loops name are counted: where a store goes through the caches,
the processor also reads the line that it overwrites.`,
		Example: `  mgtool bench stream
  mgtool bench stream --mb 1024 --threads 1 --json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := tool.MeasureStream(c.Context(), mb)
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(map[string]any{
					"bench": "stream", "threads": s.Threads, "array_mb": mb,
					"copy_gb_per_s": number(s.CopyBest / 1e9), "copy_median_gb_per_s": number(s.CopyMedian / 1e9),
					"triad_gb_per_s": number(s.TriadBest / 1e9), "triad_median_gb_per_s": number(s.TriadMedian / 1e9),
				})
			}
			printTable([]any{"loop", "arrays", "GB/s, best", "GB/s, median"},
				[]any{"copy  a = b", 2, cell{"%.1f", s.CopyBest / 1e9}, cell{"%.1f", s.CopyMedian / 1e9}},
				[]any{"triad a = b + s·c", 3, cell{"%.1f", s.TriadBest / 1e9}, cell{"%.1f", s.TriadMedian / 1e9}})
			fmt.Printf("\n%d threads, float64 arrays of %d MB\n", s.Threads, mb)
			return nil
		},
	}
	c.Flags().IntVar(&mb, "mb", tool.StreamMB, "size of an array in MB; far larger than the caches")
	return c
}

func (a *app) benchSolve() *cobra.Command {
	f := tool.DefaultSolve()
	f.Problem, f.N, f.Cycle = "ones", nil, "v"
	var repeats int
	var coefficients bool
	c := &cobra.Command{
		Use:   "solve",
		Short: "Speed of a multigrid solve, and where its time goes",
		Long: `Speed of a multigrid solve, and where its time goes.

The problem is solved several times from the boundary values extended inwards; the
figures are those of the median solve, without set-up. Bytes come from a model of the
kernels: a pass over a grid reads each array that it needs once and writes each that it
changes once. The bound is the time that this machine takes to copy as many bytes,
measured in the same run; small grids stay in the caches and may be faster than memory.

With --coefficients it compares −Δu = 1 with −∇·(a ∇u) = 1, where a is an array on each
face between neighbours: per unknown and cycle, beside the bound of each. In memory the
two move 3 and 3 + dim arrays, so the bounds are as 1 : 1.67 in two dimensions and 1 : 2
in three.`,
		Example: `  mgtool bench solve
  mgtool bench solve --coefficients --dim 3
  mgtool bench solve --dim 3 --n 256 --threads 1 --json
  mgtool bench solve --cycle fmg --rtol 0`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("n") {
				f.N = []int{tool.BenchSides[f.Dim]}
			}
			if coefficients {
				s, err := f.MeasureCoefficients(c.Context(), repeats, reporter)
				if err != nil {
					return err
				}
				if a.json {
					return printJSON(coefficientsObject(f, s))
				}
				printCoefficients(f, s)
				return nil
			}
			s, err := f.MeasureSolve(c.Context(), repeats, reporter)
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(benchSolveObject(f, s))
			}
			printBenchSolve(f, s)
			return nil
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.Problem, "problem", f.Problem, "problem to solve; see mgtool solve --list")
	fl.IntVar(&f.Dim, "dim", f.Dim, "dimension: 1, 2 or 3")
	fl.Var(numberList[int]{&f.N, strconv.Atoi}, "n", "cells a side; default 4096 in two dimensions, 256 in three, 1048576 in one")
	fl.StringVar(&f.Cycle, "cycle", f.Cycle, "v, w, f or fmg: one full pass, then V-cycles")
	addSmoother(c, &f)
	fl.Float64Var(&f.RelTol, "rtol", f.RelTol, "stop at this residual, relative to that of the boundary values extended inwards; 0 runs all cycles, or with fmg the full pass alone")
	fl.IntVar(&f.MaxCycles, "max-cycles", f.MaxCycles, "maximum number of cycles")
	fl.BoolVar(&coefficients, "coefficients", false, "compare constant with variable coefficients")
	fl.IntVar(&repeats, "repeats", 3, "number of solves; the median is reported")
	return c
}

func benchSolveObject(f tool.Solve, s *tool.SolveSpeed) any {
	kernels, _ := tensor.Kernels()
	median := s.Median()
	type level struct {
		N            []int  `json:"n"`
		Unknowns     int    `json:"unknowns"`
		Passes       int    `json:"passes"`
		BytesUnknown number `json:"bytes_per_unknown_and_cycle"`
		CycleS       number `json:"cycle_s"`
		GBPerS       number `json:"gb_per_s"`
		Share        number `json:"share"`
	}
	var levels []level
	for _, w := range s.Work {
		levels = append(levels, level{w.Grid.N[:w.Grid.Dim()], w.Grid.Unknowns(), w.Passes,
			number(s.PerUnknown(w.Bytes, s.PerCycle())), number(w.Seconds / float64(s.PerCycle())),
			number(rate(w.Bytes, w.Seconds)), number(w.Seconds / median)})
	}
	return struct {
		Bench        string   `json:"bench"`
		Problem      string   `json:"problem"`
		Dim          int      `json:"dim"`
		N            int      `json:"n"`
		Unknowns     int      `json:"unknowns"`
		Cycle        string   `json:"cycle"`
		Smoother     string   `json:"smoother"`
		Pre          int      `json:"pre"`
		Post         int      `json:"post"`
		RTol         number   `json:"rtol"`
		Precision    string   `json:"precision"`
		Threads      int      `json:"threads"`
		SIMD         string   `json:"simd"`
		Repeats      int      `json:"repeats"`
		Cycles       int      `json:"cycles"`
		SetupS       number   `json:"setup_s"`
		SolveS       number   `json:"solve_s"`
		AllSolveS    []number `json:"solve_s_sorted"`
		CycleS       number   `json:"cycle_s"`
		MdofPerSec   number   `json:"mdof_per_s"`
		BytesUnknown number   `json:"bytes_per_unknown"`
		GBPerS       number   `json:"gb_per_s"`
		CopyGBPerS   number   `json:"copy_gb_per_s"`
		BoundS       number   `json:"bound_s"`
		Fraction     number   `json:"bound_fraction"`
		Levels       []level  `json:"levels"`
	}{"solve", f.Problem, f.Dim, s.Grid.N[0], s.Grid.Unknowns(), f.Cycle, fmt.Sprint(s.Smoother), f.Pre, f.Post, number(f.RelTol), f.Precision,
		runtime.GOMAXPROCS(0), kernels, len(s.SolveS), s.Cycles, number(s.SetupS), number(median), numbers(s.SolveS),
		number(median / float64(s.PerCycle())), number(s.MdofPerS()), number(s.PerUnknown(s.Bytes(), 1)), number(rate(s.Bytes(), median)),
		number(s.Copying / 1e9), number(s.Bound()), number(s.Bound() / median), levels}
}

func printBenchSolve(f tool.Solve, s *tool.SolveSpeed) {
	kernels, _ := tensor.Kernels()
	median, cycles := s.Median(), float64(s.PerCycle())
	fmt.Printf("%s, %d unknowns, %s(%d,%d) with %v, %s; %d threads, %s\n\n", f.Problem, s.Grid.Unknowns(),
		f.Cycle, f.Pre, f.Post, s.Smoother, f.Precision, runtime.GOMAXPROCS(0), kernels)
	printTable([]any{"a solve", ""},
		[]any{"million unknowns/s", cell{"%.1f", s.MdofPerS()}},
		[]any{"ms, median", cell{"%.2f", 1e3 * median}},
		[]any{"ms, least and most", fmt.Sprintf("%.2f–%.2f", 1e3*s.SolveS[0], 1e3*s.SolveS[len(s.SolveS)-1])},
		[]any{"cycles", s.Cycles},
		[]any{"ms a cycle", cell{"%.2f", 1e3 * median / cycles}},
		[]any{"ms of set-up", cell{"%.2f", 1e3 * s.SetupS}},
		[]any{"bytes moved per unknown, model", cell{"%.1f", s.PerUnknown(s.Bytes(), 1)}},
		[]any{"GB/s of these", cell{"%.1f", rate(s.Bytes(), median)}},
		[]any{"GB/s of copying, best", cell{"%.1f", s.Copying / 1e9}},
		[]any{"ms, bandwidth bound", cell{"%.2f", 1e3 * s.Bound()}},
		[]any{"bound reached, %", cell{"%.1f", 100 * s.Bound() / median}})
	rows := [][]any{{"grid", "unknowns", "passes", "bytes/unknown", "ms", "GB/s", "share %"}}
	line := func(what string, unknowns any, passes int, bytes int64, seconds float64) {
		rows = append(rows, []any{what, unknowns, passes, cell{"%.2f", s.PerUnknown(bytes, s.PerCycle())}, cell{"%.3f", 1e3 * seconds / cycles},
			cell{"%.1f", unlessZero(rate(bytes, seconds))}, cell{"%.1f", 100 * seconds / median}})
	}
	passes, inside := 0, 0.0
	for _, w := range s.Work {
		sides := strings.ReplaceAll(strings.Trim(fmt.Sprint(w.Grid.N[:w.Grid.Dim()]), "[]"), " ", "×")
		line(sides, w.Grid.Unknowns(), w.Passes, w.Bytes, w.Seconds)
		passes, inside = passes+w.Passes, inside+w.Seconds
	}
	line("between passes", "", 0, 0, median-inside)
	line("all of these", "", passes, s.Bytes(), median)
	fmt.Println()
	printTable(rows...)
	fmt.Println("\nbytes are modelled, per unknown of the finest grid; bytes and ms are means over the cycles; the finest grid includes the norms at the start")
}
