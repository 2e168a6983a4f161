package main

// mgtool constrained.

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/bridge/feature"
	"mgtool/tool"
)

func (a *app) constrained() *cobra.Command {
	c := &cobra.Command{
		Use:   "constrained",
		Short: "The constrained linear model A u = g, u ≥ 0: on grids, on images, learned",
		Long: `The constrained linear model of the lectures, A u = g with u ≥ 0: on a grid the obstacle
problem, on an image its feature, with an A that is given or learned.`,
		Args: unknownVerb,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.constrainedObstacle(), a.constrainedImage(), a.constrainedLearn())
	return c
}

func (a *app) constrainedObstacle() *cobra.Command {
	o := tool.DefaultObstacle()
	c := &cobra.Command{
		Use:   "obstacle",
		Short: "An obstacle problem by projected relaxation and by monotone multigrid",
		Long: `An obstacle problem with a known solution, −Δu = −d over u ≥ 0 on (0, 3)^d with the unit
ball in contact, by projected relaxation and by monotone multigrid. A cycle of either does
--pre + --post sweeps of the finest grid. On at most 1,000 unknowns the iterates are compared
with the minimiser by quadratic programming.`,
		Example: `  mgtool constrained obstacle --plot convergence.png
  mgtool constrained obstacle --dim 3 --n 64`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			a.saves.Store(true)
			defer a.saves.Store(false)
			report, err := o.Run(c.Context(), reporter)
			if report == nil || len(report.Rows) == 0 {
				return err
			}
			halted := err != nil
			err = stopped(err, "%s done", counted(len(report.Rows), "method"))
			if a.json {
				return cmp.Or(printJSON(obstacleJSON(o, report, halted)), err)
			}
			table := [][]any{{"method", "cycles", "residual", "factor", "in contact", "error", "off the reference", "status"}}
			for _, r := range report.Rows {
				off := nan
				if len(r.Off) > 0 {
					off = r.Off[len(r.Off)-1]
				}
				table = append(table, []any{r.Method, r.Cycles, cell{"%.1e", r.TrueResidual}, cell{"%.3f", r.Factor}, r.Contact, cell{"%.2e", r.Error}, cell{"%.1e", off}, r.Status.String()})
			}
			printTable(table...)
			fmt.Printf("\n%v, %d unknowns; residual: ‖min(a u, A u − g)‖ over that of the start; error: largest, against the exact u\n", report.Grid, report.Grid.Unknowns())
			if report.Contact >= 0 {
				fmt.Printf("reference: quadratic programming, %d in contact, %.2f s\n", report.Contact, report.Reference)
			}
			return err
		},
	}
	f := c.Flags()
	f.IntVar(&o.Dim, "dim", o.Dim, "dimensions, 1 to 3")
	f.IntVar(&o.N, "n", o.N, "cells a side, with factors of two")
	f.IntVar(&o.Pre, "pre", o.Pre, "sweeps before the coarse correction")
	f.IntVar(&o.Post, "post", o.Post, "sweeps after the coarse correction")
	f.Float64Var(&o.Omega, "omega", o.Omega, "ω of projected SOR, less than 2")
	f.Float64Var(&o.RelTol, "rtol", o.RelTol, "tolerance of the residual, relative to the start")
	f.IntVar(&o.MaxCycles, "max-cycles", o.MaxCycles, "most cycles")
	f.StringVar(&o.Plot, "plot", "", "PNG file for a picture of the convergence")
	return c
}

func obstacleJSON(o tool.Obstacle, report *tool.ObstacleReport, stopped bool) map[string]any {
	type row struct {
		Method    string   `json:"method"`
		Status    string   `json:"status"`
		Cycles    int      `json:"cycles"`
		Residuals []number `json:"residuals"`
		Residual  number   `json:"true_residual"`
		Factor    number   `json:"factor"`
		Levels    int      `json:"levels"`
		Contact   int      `json:"contact"`
		Error     number   `json:"error_max"`
		Off       []number `json:"off_reference"`
		Seconds   number   `json:"solve_s"`
	}
	rows := make([]row, len(report.Rows))
	for i, r := range report.Rows {
		rows[i] = row{r.Method, r.Status.String(), r.Cycles, numbers(r.Residuals), number(r.TrueResidual), number(r.Factor), r.Levels, r.Contact, number(r.Error), numbers(r.Off), number(r.Time.Seconds())}
	}
	out := map[string]any{"dim": o.Dim, "n": o.N, "unknowns": report.Grid.Unknowns(), "pre": o.Pre, "post": o.Post, "rows": rows, "reference_contact": nil, "reference_s": nil, "stopped": stopped}
	if report.Contact >= 0 {
		out["reference_contact"], out["reference_s"] = report.Contact, report.Reference
	}
	return out
}

func (a *app) constrainedImage() *cobra.Command {
	e := tool.DefaultExplain()
	c := &cobra.Command{
		Use:   "image FILE",
		Short: "The feature u ≥ 0 of a picture, A * u = g, by three forms of the iteration",
		Long: `The feature u ≥ 0 of a picture, A * u = g, by iteration (21) of the lectures and its forms:

  linear      u += B r,          r = g − A u, without the constraint
  projected   u ← σ(u + B r),    σ drops the negative values
  sigma       u += σ B σ r,      the form of MgNet

--operator laplacian  A is the five-point operator on each channel, B = ω/4, and g the picture
                      less its mean; u is compared with multigrid's
           blur       A is a Gaussian, B = ω Aᵀ, and g the picture blurred; u is compared with
                      the picture, and so is the minimum of ½‖g − A u‖² + ½ μ uᵀ(−Δ)u over
                      u ≥ 0, by conjugate gradients on what is not 0
           FILE.json  A, B and the form that mgtool constrained learn saved

The middle of the picture is scaled to --size pixels a side.`,
		Example: `  mgtool constrained image photo.jpg --out feature.png
  mgtool constrained image photo.jpg --operator blur --blur 2 --steps 300 --out sharp.png`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return tool.Usagef("want the file of a picture")
			}
			e.File = args[0]
			a.saves.Store(true)
			defer a.saves.Store(false)
			report, err := e.Run(c.Context(), reporter)
			if report == nil || len(report.Rows) == 0 {
				return err
			}
			halted := err != nil
			err = stopped(err, "%s done, no picture is written", counted(len(report.Rows), "form"))
			if a.json {
				type row struct {
					Form      feature.Form `json:"form"`
					Residual  number       `json:"residual"`
					Violation number       `json:"violation"`
					Zeros     number       `json:"zeros"`
					Least     number       `json:"least"`
					Off       number       `json:"off"`
				}
				rows := make([]row, len(report.Rows))
				for i, r := range report.Rows {
					rows[i] = row{r.Form, number(r.Residual), number(r.Violation), number(r.Zeros), number(r.Least), number(r.Off)}
				}
				return cmp.Or(printJSON(map[string]any{"operator": e.Operator, "steps": e.Steps, "omega": e.Omega, "size": e.Size, "multigrid_cycles": report.Cycles, "mu": number(e.Mu), "minimum_cycles": report.MinimumCycles, "rows": rows, "out": e.Out, "stopped": halted}), err)
			}
			table := [][]any{{"form", "‖g − A u‖/‖g‖", "violation", "zeros", "least u", "‖u − u*‖/‖u*‖"}}
			for _, r := range report.Rows {
				table = append(table, []any{string(r.Form), cell{"%.4f", r.Residual}, cell{"%.2e", r.Violation}, cell{"%.3f", r.Zeros}, cell{"%.3g", r.Least}, cell{"%.4f", r.Off}})
			}
			printTable(table...)
			fmt.Printf("\n%s; violation: ‖min(u, −B r)‖, of the linear form ‖B r‖, over that of u = 0\n", counted(e.Steps, "step"))
			if report.MinimumCycles > 0 {
				fmt.Printf("minimum: of ½‖g − A u‖² + ½ μ uᵀ(−Δ)u over u ≥ 0, μ = %g, in %s\n", e.Mu, counted(report.MinimumCycles, "cycle"))
			}
			if report.Cycles > 0 {
				fmt.Printf("u*: the minimiser of ½uᵀA u − gᵀu over u ≥ 0, by monotone multigrid to 1e-10 in %s\n", counted(report.Cycles, "cycle"))
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&e.Operator, "operator", e.Operator, "A: laplacian, blur, or the file of a learned model")
	f.Float64Var(&e.Blur, "blur", e.Blur, "standard deviation of the blur in pixels")
	f.Float64Var(&e.Mu, "mu", e.Mu, "μ of the minimum for a blur, the weight of −Δ")
	f.Float64Var(&e.Omega, "omega", e.Omega, "ω of B")
	f.IntVar(&e.Steps, "steps", e.Steps, "steps of the iteration")
	f.IntVar(&e.Size, "size", e.Size, "pixels a side; for the Laplacian one less than a number with factors of two")
	f.BoolVar(&e.Grey, "grey", false, "one channel, of greys, instead of three")
	f.StringVar(&e.Out, "out", "", "PNG file for a sheet of pictures")
	return c
}

func (a *app) constrainedLearn() *cobra.Command {
	l := tool.LearnFeature{Data: tool.DefaultData(), Learning: feature.DefaultLearning()}
	form := string(l.Form)
	c := &cobra.Command{
		Use:   "learn",
		Short: "Learn A and B of A * u = g, u ≥ 0 from images, through the iteration",
		Long: `Learn A and B of A * u = g, u ≥ 0 from images, by gradients through --steps of the iteration,
for the loss

  mean (g − A u)² + λ mean over images of (mean u)²,   λ from --sparsity,

with kernels of A of norm 1. What is learned is judged on images of the test set.`,
		Example: `  mgtool constrained learn --out atoms.png --save atoms.json
  mgtool constrained learn --data cifar10 --data-dir data/cifar10 --channels 16 --form sigma`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if l.Form, err = feature.ParseForm(form); err != nil {
				return tool.Usage(err)
			}
			l.Seed = a.seed
			a.saves.Store(true)
			defer a.saves.Store(false)
			report, err := l.Run(c.Context(), reporter)
			if report == nil {
				return err
			}
			halted, kept := err != nil, "nothing is kept without --save"
			if l.Save != "" {
				kept = l.Save + " has what was learned until then"
			}
			err = stopped(err, "%s", kept)
			if a.json {
				return cmp.Or(printJSON(map[string]any{
					"data": l.Data.Name, "train_images": report.Train, "test_images": report.Test, "form": l.Form, "channels": l.Channels, "width": l.Width,
					"steps": l.Steps, "sparsity": l.Sparsity, "epochs": l.Epochs, "batch": l.Batch, "rate": l.Rate, "seed": l.Seed,
					"losses": numbers(report.Losses), "start": report.Before, "train": report.OnTrain, "test": report.On, "save": l.Save, "out": l.Out, "stopped": halted,
				}), err)
			}
			if halted {
				fmt.Printf("learned in %s, and not judged\n", counted(len(report.Losses), "whole epoch"))
				return err
			}
			table := [][]any{{"", "‖g − A u‖/‖g‖", "zeros", "mean |u|", "least u"}}
			for _, r := range []struct {
				name string
				*feature.Quality
			}{{"A at random, B = Aᵀ/c", report.Before}, {"learned, training images", report.OnTrain}, {"learned, test images", report.On}} {
				table = append(table, []any{r.name, cell{"%.4f", r.Error}, cell{"%.3f", r.Zeros}, cell{"%.4f", r.Mean}, cell{"%.3g", r.Least}})
			}
			printTable(table...)
			fmt.Printf("\n%s form, %s, %d channels; %d training images\n", l.Form, counted(l.Steps, "step"), l.Channels, report.Train)
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&l.Data.Name, "data", l.Data.Name, "data set; see mgtool data list")
	f.StringVar(&l.Data.Dir, "data-dir", "", "folder of its files; default data/NAME")
	f.IntVar(&l.Limit, "limit", 0, "training images; 0 for all")
	f.StringVar(&form, "form", form, "linear, projected or sigma")
	f.IntVar(&l.Channels, "channels", l.Channels, "channels of u")
	f.IntVar(&l.Width, "width", l.Width, "width of the kernels of A and B, odd")
	f.IntVar(&l.Steps, "steps", l.Steps, "steps of the iteration")
	f.Float64Var(&l.Sparsity, "sparsity", l.Sparsity, "λ, the weight of small features in the loss")
	f.IntVar(&l.Epochs, "epochs", l.Epochs, "epochs")
	f.IntVar(&l.Batch, "batch", l.Batch, "images in a batch")
	f.Float64Var(&l.Rate, "rate", l.Rate, "largest learning rate of AdamW")
	f.StringVar(&l.Save, "save", "", "JSON file for A and B")
	f.StringVar(&l.Out, "out", "", "PNG file for a sheet of A, B and features")
	return c
}
