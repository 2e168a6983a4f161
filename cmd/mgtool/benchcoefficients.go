package main

// mgtool bench solve --coefficients.

import (
	"fmt"
	"runtime"

	"mgtool/tensor"
	"mgtool/tool"
)

func coefficientsObject(f tool.Solve, s *tool.CoefficientSpeed) any {
	kernels, _ := tensor.Kernels()
	type speed struct {
		Cycles     int    `json:"cycles"`
		SolveS     number `json:"solve_s"`
		SetupS     number `json:"setup_s"`
		SetupCycle number `json:"setup_cycles"`
		Ns         number `json:"ns_per_unknown_and_cycle"`
		BoundNs    number `json:"bound_ns_per_unknown_and_cycle"`
	}
	of := func(s *tool.SolveSpeed) speed {
		return speed{s.Cycles, number(s.Median()), number(s.SetupS), number(s.SetupCycles()), number(s.NsPerUnknown()), number(s.BoundNsPerUnknown())}
	}
	return struct {
		Bench      string `json:"bench"`
		Dim        int    `json:"dim"`
		N          int    `json:"n"`
		Unknowns   int    `json:"unknowns"`
		Cycle      string `json:"cycle"`
		Smoother   string `json:"smoother"`
		Threads    int    `json:"threads"`
		SIMD       string `json:"simd"`
		Repeats    int    `json:"repeats"`
		CopyGBPerS number `json:"copy_gb_per_s"`
		Constant   speed  `json:"constant"`
		Variable   speed  `json:"variable"`
		Ratio      number `json:"ratio"`
		BoundRatio number `json:"bound_ratio"`
	}{"coefficients", f.Dim, s.Constant.Grid.N[0], s.Constant.Grid.Unknowns(), f.Cycle, fmt.Sprint(s.Constant.Smoother), runtime.GOMAXPROCS(0), kernels,
		len(s.Constant.SolveS), number(s.Variable.Copying / 1e9), of(s.Constant), of(s.Variable), number(s.Ratio()), number(s.BoundRatio())}
}

func printCoefficients(f tool.Solve, s *tool.CoefficientSpeed) {
	kernels, _ := tensor.Kernels()
	fmt.Printf("%d unknowns, %s(%d,%d) with %v; %d threads, %s\n\n", s.Constant.Grid.Unknowns(), f.Cycle, f.Pre, f.Post, s.Constant.Smoother, runtime.GOMAXPROCS(0), kernels)
	c, v := s.Constant, s.Variable
	printTable([]any{"", "−Δu = 1", "−∇·(a ∇u) = 1", "ratio"},
		[]any{"ns per unknown and cycle", cell{"%.3f", c.NsPerUnknown()}, cell{"%.3f", v.NsPerUnknown()}, cell{"%.2f", s.Ratio()}},
		[]any{"that of the bandwidth bound", cell{"%.3f", c.BoundNsPerUnknown()}, cell{"%.3f", v.BoundNsPerUnknown()}, cell{"%.2f", s.BoundRatio()}},
		[]any{"cycles", c.Cycles, v.Cycles, ""},
		[]any{"ms, median solve", cell{"%.2f", 1e3 * c.Median()}, cell{"%.2f", 1e3 * v.Median()}, cell{"%.2f", v.Median() / c.Median()}},
		[]any{"ms of set-up", cell{"%.2f", 1e3 * c.SetupS}, cell{"%.2f", 1e3 * v.SetupS}, ""},
		[]any{"set-up in cycles", cell{"%.2f", c.SetupCycles()}, cell{"%.2f", v.SetupCycles()}, ""})
	fmt.Printf("\na = 1 + ½ Π sin 2πx on faces; bytes are modelled, memory copies %.1f GB/s\n", v.Copying/1e9)
}
