package main

// mgtool compare pde, compare vision, compare spectrum and compare speed.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/bridge"
	"mgtool/tool"
)

func (a *app) compare() *cobra.Command {
	c := &cobra.Command{
		Use:   "compare",
		Short: "Compare fixed with learned operators, for pde or vision; spectra of cycles; speed",
		RunE: func(*cobra.Command, []string) error {
			return tool.Usagef("want mgtool compare pde, mgtool compare vision, mgtool compare spectrum or mgtool compare speed")
		},
	}
	c.AddCommand(a.comparePDE(), a.compareVision(), a.compareSpectrum(), a.compareSpeed())
	return c
}

func (a *app) comparePDE() *cobra.Command {
	c := bridge.PoissonComparison{Training: bridge.DefaultTraining()}
	var variants []string
	cmd := &cobra.Command{
		Use:   "pde",
		Short: "Convergence factors of V-cycles with fixed and with learned kernels",
		Long: `Convergence factors of V-cycles with fixed and with learned kernels.

The kernels are trained on a grid of --n cells a side to reduce the error of random
starts, and measured in the numeric solver on each of --sizes; grids larger than the
training grid take the kernels of its finest level.`,
		Example: `  mgtool compare pde
  mgtool compare pde --learn B --learn B,R,P --sizes 64,1024`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if c.Variants, err = tool.ParseLearned(variants, bridge.LinearOperators); err != nil {
				return err
			}
			c.Training.Seed = a.seed
			c.Stage = stage
			c.Training.Report = func(round, step int, factor float64) {
				status("round %d/%d  step %d/%d  mean factor %.4f", round, c.Training.Rounds, step, c.Training.Steps, factor)
			}
			if err := c.Validate(); err != nil {
				return tool.Usage(err)
			}
			rows, err := bridge.ComparePoisson(cmd.Context(), c)
			status("")
			if err != nil {
				return err
			}
			if a.json {
				type row struct {
					Cycle      string   `json:"cycle"`
					Learned    []string `json:"learned"`
					Parameters int      `json:"parameters"`
					Factors    []number `json:"factors"`
				}
				list := make([]row, len(rows))
				for i, r := range rows {
					list[i] = row{r.Cycle, append([]string{}, r.Learned...), r.Parameters, numbers(r.Factors)}
				}
				return printJSON(map[string]any{"sizes": c.Sizes, "pre": c.Pre, "post": c.Post, "cycles": c.Cycles, "rows": list})
			}
			printTable(poissonTable(c.Sizes, rows)...)
			fmt.Printf("\nasymptotic factor of V(%d,%d) after %d cycles from a random start; learned on %d cells a side\n", c.Pre, c.Post, c.Cycles, c.N)
			return nil
		},
	}
	f := cmd.Flags()
	f.IntVar(&c.N, "n", 64, "cells a side in training, a power of two")
	f.IntSliceVar(&c.Sizes, "sizes", []int{64, 256}, "cells a side of the grids on which the factor is measured, powers of two")
	f.IntVar(&c.Pre, "pre", 1, "smoothing steps before the coarse correction")
	f.IntVar(&c.Post, "post", 1, "smoothing steps after the coarse correction")
	f.IntVar(&c.Cycles, "cycles", 25, "number of cycles in a measurement, at least 20")
	f.IntVar(&c.Training.Rounds, "rounds", c.Training.Rounds, "rounds of training, each with new random starts")
	f.IntVar(&c.Training.Steps, "steps", c.Training.Steps, "training steps in a round")
	f.StringArrayVar(&variants, "learn", []string{"B", "R,P", "B,R,P", "A,B,R,P"}, "learned operators of a row, from A,B,R,P, or none, or all; repeat for more rows")
	return cmd
}

// poissonTable arranges the rows for printTable.
func poissonTable(sizes []int, rows []bridge.PoissonRow) [][]any {
	head := []any{"cycle", "learned values"}
	for _, n := range sizes {
		head = append(head, fmt.Sprintf("factor at %d²", n-1))
	}
	table := [][]any{head}
	for _, r := range rows {
		line := []any{r.Cycle, r.Parameters}
		for _, f := range r.Factors {
			line = append(line, cell{"%.4f", f})
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
are learned, but sigma, which is then ReLU. --results keeps each training as it ends:
the same command goes on where it was stopped.`,
		Example: `  mgtool compare vision
  mgtool compare vision --factorial --data cifar10 --channels 24 --smoothings 1,1,2 --epochs 5 --batch 100 --results images.json
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
			report, err := v.Run(cmd.Context(), reporter)
			if err != nil {
				return err
			}
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
				return printJSON(map[string]any{"data": v.Data.Name, "epochs": v.Epochs, "rows": list})
			}
			printTable(visionTable(rows)...)
			fmt.Printf("\n%s, %d training and %d test images, %d epochs; last epoch\n", v.Data.Name, report.Train, report.Test, v.Epochs)
			return nil
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
func visionTable(rows []bridge.VisionRow) [][]any {
	table := [][]any{{"cycle", "learned", "parameters", "train accuracy", "test accuracy", "seconds"}}
	for _, r := range rows {
		table = append(table, []any{r.Cycle, r.Learned.String(), r.Parameters, cell{"%.3f", r.TrainAccuracy}, cell{"%.3f", r.TestAccuracy}, cell{"%.1f", r.Seconds}})
	}
	return table
}
