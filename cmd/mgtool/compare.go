package main

// mgtool compare pde and compare vision.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/bridge"
	"mgtool/mgnet/runs"
)

func (a *app) compare() *cobra.Command {
	c := &cobra.Command{
		Use:   "compare",
		Short: "The table of fixed against learned operators, for pde or vision",
		RunE: func(*cobra.Command, []string) error {
			return usagef("want mgtool compare pde or mgtool compare vision")
		},
	}
	c.AddCommand(a.comparePDE(), a.compareVision())
	return c
}

func (a *app) comparePDE() *cobra.Command {
	c := bridge.PoissonComparison{Training: bridge.DefaultTraining()}
	var variants []string
	cmd := &cobra.Command{
		Use:   "pde",
		Short: "Convergence factors of V-cycles with fixed and with learned kernels",
		Long: `Convergence factors of V-cycles with fixed and with learned kernels.

The kernels are learned on a grid of --n cells a side, to reduce the error of
random starts, and measured in the numeric solver on each of --sizes: grids
larger than the one of the training take the kernels of its finest level.`,
		Example: `  mgtool compare pde
  mgtool compare pde --learn B --learn B,R,P --sizes 64,1024`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if c.Variants, err = parseLines(variants, bridge.LinearOperators); err != nil {
				return err
			}
			c.Training.Seed = a.seed
			c.Stage = stage
			c.Training.Report = func(round, step int, factor float64) {
				status("round %d/%d  step %d/%d  mean factor %.4f", round, c.Training.Rounds, step, c.Training.Steps, factor)
			}
			if err := c.Validate(); err != nil {
				return usage(err)
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
				return object(map[string]any{"sizes": c.Sizes, "pre": c.Pre, "post": c.Post, "cycles": c.Cycles, "rows": list})
			}
			grid(poissonTable(c.Sizes, rows)...)
			fmt.Printf("\nasymptotic factor of V(%d,%d) after %d cycles from a random start; learned on %d cells a side\n", c.Pre, c.Post, c.Cycles, c.N)
			return nil
		},
	}
	f := cmd.Flags()
	f.IntVar(&c.N, "n", 64, "cells a side in training, a power of two")
	f.IntSliceVar(&c.Sizes, "sizes", []int{64, 256}, "cells a side where the factor is measured, powers of two")
	f.IntVar(&c.Pre, "pre", 1, "smoothing steps before the coarse correction")
	f.IntVar(&c.Post, "post", 1, "smoothing steps after it")
	f.IntVar(&c.Cycles, "cycles", 25, "cycles of a measurement, at least 20")
	f.IntVar(&c.Training.Rounds, "rounds", c.Training.Rounds, "rounds of training, each with starts of its own")
	f.IntVar(&c.Training.Steps, "steps", c.Training.Steps, "steps of a round")
	f.StringArrayVar(&variants, "learn", []string{"B", "R,P", "B,R,P", "A,B,R,P"}, "learned operators of a line, out of A,B,R,P, none or all; again for more lines")
	return cmd
}

// parseLines reads the values of --learn, one a line of the table.
func parseLines(lists []string, operators bridge.Learned) ([]bridge.Learned, error) {
	var lines []bridge.Learned
	for _, list := range lists {
		l, err := bridge.ParseLearned(list, operators)
		if err != nil {
			return nil, usage(err)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// poissonTable lays the rows out.
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
	var shape shapeFlags
	var data, dataDir string
	var folders folderFlags
	var epochs, batch, limit int
	var rate float64
	var learn []string
	cmd := &cobra.Command{
		Use:   "vision",
		Short: "Accuracy of classifiers with fixed and with learned operators",
		Long: `Accuracy of classifiers with fixed and with learned operators.

Fixed operators are the stencils of multigrid on each channel alone. All
classifiers are trained in the same way, with stem, batch norms and head learned;
the accuracy is that of the last epoch.`,
		Example: `  mgtool compare vision
  mgtool compare vision --data cifar10 --data-dir data/cifar10 --channels 32 --smoothings 2,2,2,2 --epochs 20`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			run, err := folders.run(cmd, data, dataDir)
			if err != nil {
				return err
			}
			about, err := run.Describe()
			if err != nil {
				return err
			}
			shape.model = "mgnet"
			model, err := shape.config(formOf(about))
			if err != nil {
				return err
			}
			variants := bridge.VisionVariants()
			if len(learn) > 0 {
				variants = nil
			}
			lines, err := parseLines(learn, bridge.ImageOperators)
			if err != nil {
				return err
			}
			for _, l := range lines {
				variants = append(variants, bridge.VisionVariant{Cycle: model.Cycle, Learned: l})
			}
			r, err := runs.LookupRecipe("quick")
			if err != nil {
				return err
			}
			r = r.For(data)
			r.Epochs, r.Batch, r.LearningRate = epochs, batch, rate
			if err := r.Validate(); err != nil {
				return usage(err)
			}
			if err := checkImages(limit, 0); err != nil {
				return err
			}
			for _, v := range variants {
				base := model
				base.Cycle = v.Cycle
				if err := bridge.VisionConfig(base, v.Learned).Validate(); err != nil {
					return usage(err)
				}
			}
			run.Limit = limit
			train, test, err := loadRun(cmd.Context(), &run)
			if err != nil {
				return err
			}
			if err := fitBatch(cmd, &r, train); err != nil {
				return err
			}
			rows, err := bridge.CompareVision(cmd.Context(), bridge.VisionComparison{
				Model: model, Recipe: r, Seed: a.seed, Variants: variants, Stage: stage, Report: trainingBar(),
			}, train, test)
			if err != nil {
				return err
			}
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
				return object(map[string]any{"data": data, "epochs": epochs, "rows": list})
			}
			grid(visionTable(rows)...)
			fmt.Printf("\n%s, %d training and %d test images, %d epochs; last epoch\n", data, train.Len(), test.Len(), epochs)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&data, "data", "sample", "data set, see mgtool data list, or a folder of class folders")
	f.StringVar(&dataDir, "data-dir", "", "folder of its files; data/NAME if not given")
	addShape(cmd, &shape, 8, false)
	folders.add(cmd)
	f.Lookup("cycle").Usage = "down or v, of the lines that --learn asks for"
	f.StringArrayVar(&learn, "learn", nil, "learned operators of a line, out of A,B,R,P,Pi, none or all; again for more lines")
	f.IntVar(&epochs, "epochs", 6, "epochs of each training")
	f.IntVar(&batch, "batch", 40, "images a step")
	f.Float64Var(&rate, "learning-rate", .2, "learning rate at the start, falling to zero like a cosine")
	f.IntVar(&limit, "limit", 0, "train and test on the first so many images each; 0 is all")
	return cmd
}

// visionTable lays the rows out.
func visionTable(rows []bridge.VisionRow) [][]any {
	table := [][]any{{"cycle", "learned", "parameters", "train accuracy", "test accuracy", "seconds"}}
	for _, r := range rows {
		table = append(table, []any{r.Cycle, r.Learned.String(), r.Parameters, cell{"%.3f", r.TrainAccuracy}, cell{"%.3f", r.TestAccuracy}, cell{"%.1f", r.Seconds}})
	}
	return table
}
