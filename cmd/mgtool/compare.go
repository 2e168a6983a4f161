package main

// mgtool compare and its verbs; here compare pde and compare vision.

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/bridge"
	"mgtool/bridge/images"
	"mgtool/tool"
)

func (a *app) compare() *cobra.Command {
	c := &cobra.Command{
		Use:   "compare",
		Short: "Compare fixed with learned operators, for pde or vision; spectra of cycles; speed; networks on sequences; a page",
		RunE: func(*cobra.Command, []string) error {
			return tool.Usagef("want mgtool compare pde, mgtool compare vision, mgtool compare sequences, mgtool compare spectrum, mgtool compare speed or mgtool compare report")
		},
	}
	c.AddCommand(a.comparePDE(), a.compareVision(), a.compareSequences(), a.compareSpectrum(), a.compareSpeed(), a.compareReport(), a.compareOperator())
	return c
}

func (a *app) comparePDE() *cobra.Command {
	c := tool.DefaultComparePDE()
	cmd := &cobra.Command{
		Use:   "pde",
		Short: "Convergence factors of V-cycles with fixed and with learned kernels",
		Long: `Convergence factors of V-cycles with fixed and with learned kernels.

The kernels are trained on a grid of --n cells a side to reduce the error of random
starts, and measured in the numeric solver on each of --sizes; larger grids take the kernels
of the deepest level in training again on levels deeper still. Factors are true ones, by power
iteration of --cycles cycles or more.

With --factorial a row is learned for each subset of A, B, R and P and each of --seeds, and a
second table has what learning an operator is worth: by what it multiplies the factor, all
else being equal.

--results keeps each row as it is done: the same command goes on where it was stopped.`,
		Example: `  mgtool compare pde
  mgtool compare pde --learn B --learn B,R,P --sizes 64,1024
  mgtool compare pde --factorial --seeds 1,2,3 --coarse galerkin --results pde.json
  mgtool compare pde --family 'rotated(eps=0.1,theta=30)' --coarse galerkin`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.Factorial && cmd.Flags().Changed("learn") {
				return tool.Usagef("--learn with --factorial, which learns every subset; want one of them")
			}
			if len(c.Specs) > 0 && !cmd.Flags().Changed("learn") {
				c.Learn = nil // rows of the user's own instead of the default ones
			}
			c.Training.Seed = a.seed
			c.Stage = stage
			c.Training.Report = func(round, step int, factor float64) {
				status("round %d/%d  step %d/%d  mean factor %.4f", round, c.Training.Rounds, step, c.Training.Steps, factor)
			}
			c.Done = func(r bridge.CycleRow) {
				if r.Specification != nil {
					reporter.Note(fmt.Sprintf("%s, seed %d: %s in %.0f s", r.Cycle, r.Seed, strings.Trim(fmt.Sprintf("%.4f", r.Factors), "[]"), r.Seconds))
				}
			}
			a.saves.Store(true)
			defer a.saves.Store(false)
			report, err := c.Run(cmd.Context())
			status("")
			if report == nil {
				return err
			}
			if err != nil {
				kept := "nothing is kept without --results"
				if c.File != "" {
					kept = fmt.Sprintf("%d of %d rows are in %s; the same command goes on from there", len(report.Rows), report.All, c.File)
				}
				err = stopped(err, "%s", kept)
			}
			if a.json {
				return cmp.Or(printJSON(pdeObject(c, report, err != nil)), err)
			}
			printTable(pdeTable(c.Sizes, len(c.SeedList) > 0, report.Rows)...)
			if len(report.Worths) > 0 {
				fmt.Print("\nby what learning an operator multiplies the factor, with 95% intervals\n\n")
				printTable(worthTable(c.Sizes, report.Worths)...)
			}
			fmt.Printf("\n%s: true asymptotic factor of V(%d,%d), by %d cycles or more; learned on %d cells a side\n", report.Name, c.Pre, c.Post, c.Cycles, c.N)
			if slices.ContainsFunc(report.Rows, func(r bridge.CycleRow) bool { return slices.Contains(r.Converged, false) }) {
				fmt.Println("≈: the estimate had not settled after all of its cycles")
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Family, "family", "", "problem of a family, as in rotated(eps=0.1,theta=30), instead of −Δ in two dimensions")
	f.StringVar(&c.OperatorFile, "operator", "", "operator: a JSON file of a constant stencil, as for mgtool solve")
	f.IntVar(&c.N, "n", c.N, "cells a side in training, best 2^k times a few: where they become odd A is inverted on up to 1024 unknowns")
	f.IntSliceVar(&c.Sizes, "sizes", c.Sizes, "cells a side of the grids on which the factor is measured")
	f.IntVar(&c.Pre, "pre", c.Pre, "smoothing steps before the coarse correction")
	f.IntVar(&c.Post, "post", c.Post, "smoothing steps after the coarse correction")
	f.IntVar(&c.Cycles, "cycles", c.Cycles, "least number of cycles in a measurement, 80 or more")
	f.IntVar(&c.Training.Rounds, "rounds", c.Training.Rounds, "rounds of training, each with new random starts")
	f.IntVar(&c.Training.Steps, "steps", c.Training.Steps, "training steps in a round")
	f.StringArrayVar(&c.Learn, "learn", c.Learn, "learned operators of a row, from A,B,R,P, or none, or all; repeat for more rows")
	f.StringArrayVar(&c.Specs, "spec", nil, "file of a specification (.json) for a row, or of a list of them, instead of the default rows; repeat for more")
	f.StringVar(&c.Coarse, "coarse", c.Coarse, "coarse A of the rows of --learn, and what a learned one starts from: galerkin or rediscretized")
	f.BoolVar(&c.Factorial, "factorial", false, "a row for each subset of A, B, R and P, and what each operator is worth")
	f.StringVar(&c.File, "results", "", resultsUsage)
	f.UintSliceVar(&c.SeedList, "seeds", nil, "seeds, each a row; default --seed alone")
	return cmd
}

// resultsUsage is the help of --results, of all tables that have it.
const resultsUsage = "keep the results in this file (.json), and do not repeat what it holds"

func pdeObject(c tool.ComparePDE, report *tool.PDEReport, stopped bool) any {
	type row struct {
		Cycle      string   `json:"cycle"`
		Learned    []string `json:"learned"`
		Seed       *uint64  `json:"seed"`
		Parameters int      `json:"parameters"`
		Factors    []number `json:"factors"`
		Converged  []bool   `json:"converged"`
	}
	rows := make([]row, len(report.Rows))
	for i, r := range report.Rows {
		rows[i] = row{r.Cycle, append([]string{}, r.Learned...), nil, r.Parameters, numbers(r.Factors), r.Converged}
		if r.Seed != 0 {
			rows[i].Seed = &r.Seed
		}
	}
	type worth struct {
		Operator string   `json:"operator"`
		Pairs    int      `json:"pairs"`
		Ratio    []number `json:"ratio"`
		Low      []number `json:"low"`
		High     []number `json:"high"`
	}
	worths := make([]worth, len(report.Worths))
	for i, w := range report.Worths {
		worths[i] = worth{w.Operator, w.Pairs, numbers(w.Ratio), numbers(w.Low), numbers(w.High)}
	}
	return map[string]any{"problem": report.Name, "sizes": c.Sizes, "pre": c.Pre, "post": c.Post, "cycles": c.Cycles, "rows": rows, "worth": worths, "stopped": stopped}
}

// pdeTable arranges the rows for printTable.
func pdeTable(sizes []int, seeds bool, rows []bridge.CycleRow) [][]any {
	head := []any{"cycle", "learned values"}
	if seeds {
		head = append(head, "seed")
	}
	for _, n := range sizes {
		head = append(head, fmt.Sprintf("factor at n = %d", n))
	}
	table := [][]any{head}
	for _, r := range rows {
		line := []any{r.Cycle, r.Parameters}
		if seeds {
			line = append(line, r.Seed)
		}
		for i, f := range r.Factors {
			format := "%.4f"
			if !r.Converged[i] {
				format = "≈ %.4f"
			}
			line = append(line, cell{format, f})
		}
		table = append(table, line)
	}
	return table
}

func worthTable(sizes []int, worths []bridge.Worth) [][]any {
	head := []any{"operator", "pairs"}
	for _, n := range sizes {
		head = append(head, fmt.Sprintf("at n = %d", n))
	}
	table := [][]any{head}
	for _, w := range worths {
		line := []any{w.Operator, w.Pairs}
		for i := range sizes {
			line = append(line, fmt.Sprintf("%.3f (%.3f to %.3f)", w.Ratio[i], w.Low[i], w.High[i]))
		}
		table = append(table, line)
	}
	return table
}

func (a *app) compareVision() *cobra.Command {
	var v tool.CompareVision
	var shape shapeFlags
	var data dataFlags
	var table imagesFlags
	cmd := &cobra.Command{
		Use:   "vision",
		Short: "Accuracy of classifiers with fixed and with learned operators",
		Long: `Accuracy of classifiers with fixed and with learned operators.

Fixed operators are multigrid's stencils, applied to each channel on its own. All
classifiers are trained in the same way; stem, batch norms and head are always learned.
The accuracy is that of the last epoch.

With --factorial the rows are every combination of fixed and learned A, B, R, Π, and
controls, each with several seeds:

` + imagesBlocks() + `
--switches adds rows of your own. A part is fixed, learned, start (learned from what
fixed gives) or, for A, B, R, P, Pi, random (fixed at random); parts that are left out
are learned, but sigma, which is then ReLU. B=start/apart is one B on the way down and
another on the way up of a V-cycle; share=levels, or A=learned/cyclic:2 for one, shares
operators between levels. --spec reads the same from a file as compare pde. --results keeps each training as it ends:
the same command goes on where it was stopped.`,
		Example: `  mgtool compare vision
  mgtool compare vision --factorial --data cifar10 --channels 24 --smoothings 1,1,2 --epochs 5 --batch 100 --results images.json
  mgtool compare vision --cycle v --switches B=start/apart,share=levels --spec mine.json
  mgtool compare vision --switches A=start,B=start --switches A=fixed,B=fixed,mixing=learned --seeds 1,2
  mgtool compare vision --data cifar10 --data-dir data/cifar10 --channels 32 --smoothings 2,2,2,2 --epochs 20`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if v.Data, err = data.choice(cmd); err != nil {
				return err
			}
			if v.Shape, err = shape.choice(); err != nil {
				return err
			}
			if table.asked(cmd) {
				return a.compareImages(cmd, v, table)
			}
			v.Seed, v.BatchGiven, v.Stage, v.Follow = a.seed, cmd.Flags().Changed("batch"), stage, trainingBar()
			a.saves.Store(true)
			defer a.saves.Store(false)
			report, err := v.Run(cmd.Context(), reporter)
			if report == nil {
				return err
			}
			halted := err != nil
			err = stopped(err, "nothing is kept: a table with --switches or --spec and --results is")
			rows := report.Rows
			if a.json {
				type row struct {
					Cycle         string   `json:"cycle"`
					Learned       []string `json:"learned"`
					Parameters    int      `json:"parameters"`
					TrainAccuracy number   `json:"train_accuracy"`
					TestAccuracy  number   `json:"test_accuracy"`
					Seconds       number   `json:"seconds"`
				}
				list := make([]row, len(rows))
				for i, r := range rows {
					list[i] = row{r.Cycle, append([]string{}, r.Learned...), r.Parameters, number(r.TrainAccuracy), number(r.TestAccuracy), number(r.Seconds)}
				}
				return cmp.Or(printJSON(map[string]any{"data": v.Data.Name, "epochs": v.Epochs, "rows": list, "stopped": halted}), err)
			}
			printTable(visionTable(rows)...)
			fmt.Printf("\n%s, %d training and %d test images, %s; last epoch\n", v.Data.Name, report.Train, report.Test, counted(v.Epochs, "epoch"))
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&data.Name, "data", "sample", "data set (see mgtool data list) or a folder of class folders")
	f.StringVar(&data.Dir, "data-dir", "", "folder of its files; default data/NAME")
	addShape(cmd, &shape, tool.VisionChannels, false)
	data.addFolder(cmd)
	f.Lookup("cycle").Usage = "cycle of the rows that --learn adds: down or v"
	f.StringArrayVar(&v.Learn, "learn", nil, "learned operators of a row, from A,B,R,P,Pi, or none, or all; repeat for more rows")
	f.IntVar(&v.Epochs, "epochs", 6, "epochs of each training")
	f.IntVar(&v.Batch, "batch", 40, "batch size: images in a step")
	f.Float64Var(&v.LearningRate, "learning-rate", .2, "initial learning rate, with cosine decay to zero")
	f.IntVar(&v.Limit, "limit", 0, "train and test on the first K images only; 0 is all")
	table.add(cmd)
	return cmd
}

// visionTable arranges the rows for printTable.
func visionTable(rows []images.VariantRow) [][]any {
	table := [][]any{{"cycle", "learned", "parameters", "train accuracy", "test accuracy", "seconds"}}
	for _, r := range rows {
		table = append(table, []any{r.Cycle, r.Learned.String(), r.Parameters, cell{"%.3f", r.TrainAccuracy}, cell{"%.3f", r.TestAccuracy}, cell{"%.1f", r.Seconds}})
	}
	return table
}
