package main

// mgtool bench train and bench infer.

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/mgnet"
	"mgtool/mgnet/bench"
	"mgtool/tensor"
)

func (a *app) bench() *cobra.Command {
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure the speed of memory, of solves, of training and of evaluation",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("bench %s; want stream, solve, train or infer", args[0])
			}
			return usagef("want mgtool bench stream, solve, train or infer")
		},
	}
	c.AddCommand(
		a.benchStream(),
		a.benchSolve(),
		a.benchNetwork("train", "Speed of training: forward, backward and a step of SGD", true),
		a.benchNetwork("infer", "Speed of evaluation", false),
	)
	return c
}

func (a *app) benchNetwork(use, short string, train bool) *cobra.Command {
	var shape shapeFlags
	var picture string
	o := bench.Options{Train: train}
	c := &cobra.Command{
		Use:   use,
		Short: short,
		Long: short + `.

Steps on random images are timed, after one that warms up; a figure is that of
the median step. FLOPs are counted on the standard form, which carries u and g,
times three for training, whatever form runs: so speeds compare between programs
(for --cycle v they are those of the form that runs). The profile counts those of
the form that runs, plainly: a Winograd convolution needs a quarter of the
multiplications, and may show more than the machine's peak. Bytes are those of
the arrays that operations read and write, also where they come from a cache.`,
		Example: `  mgtool bench ` + use + ` --channels 64 --smoothings 2,2,2,2 --batch 128
  mgtool bench ` + use + ` --channels 256 --smoothings 2,2,2,2 --batch 32 --profile --plot roofline.png
  MGTOOL_SIMD=avx2 mgtool bench ` + use + ` --threads 1 --json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := shape.config(mgnet.Signature{})
			if err != nil {
				return err
			}
			if err := o.Validate(); err != nil {
				return usage(err)
			}
			if err := canWrite("plot", picture, ".png"); err != nil {
				return err
			}
			measure := o
			measure.Seed, measure.Profile = a.seed, o.Profile || picture != ""
			s, err := bench.Measure(c.Context(), config, measure)
			if err != nil {
				return err
			}
			peak, bandwidth := nan, nan
			if picture != "" {
				if peak, bandwidth, err = plotRoofline(c.Context(), s, picture); err != nil {
					return err
				}
			}
			if !o.Profile {
				s.Profile = nil
			}
			if a.json {
				return object(speedObject(s, peak, bandwidth))
			}
			printSpeed(s)
			if picture != "" {
				fmt.Printf("\nroofs: %s GFLOP/s of multiply-adds, %.1f GB/s of copying; %s shows the operations under them\n", cell{"%.0f", peak / 1e9}, bandwidth/1e9, picture)
			}
			return nil
		},
	}
	fl := c.Flags()
	fl.StringVar(&shape.model, "model", "mgnet", "model; see mgtool model --list")
	addModelFile(c, &shape)
	addShape(c, &shape, 64, true)
	fl.IntVar(&o.Batch, "batch", 128, "images a step")
	fl.Float64Var(&o.Seconds, "seconds", 8, "how long to measure; at least three steps")
	fl.BoolVar(&o.Profile, "profile", false, "also show what each kind of operation takes")
	if train {
		fl.StringVar(&o.Precision, "precision", "f32", "of what convolutions multiply: f32, or bf16, 8 bits")
	}
	fl.StringVar(&picture, "plot", "", "write the operations under the machine's roofs to this file (.png)")
	return c
}

// plotRoofline measures the roofs and draws the picture.
func plotRoofline(ctx context.Context, s *bench.Speed, path string) (peak, bandwidth float64, err error) {
	if err := ctx.Err(); err != nil {
		return nan, nan, err
	}
	peak, bandwidth = tensor.Limits()
	if err := s.WriteRoofline(path, peak, bandwidth); err != nil {
		return nan, nan, fmt.Errorf("--plot %s: %w", path, err)
	}
	if peak == 0 {
		peak = nan
	}
	return peak, bandwidth, nil
}

// unlessZero is v, or null in JSON and a dash in tables for 0, not known.
func unlessZero(v float64) float64 {
	if v == 0 {
		return nan
	}
	return v
}

// rate is amount a second, in units of 1e9.
func rate(amount int64, seconds float64) float64 { return float64(amount) / seconds / 1e9 }

func speedObject(s *bench.Speed, peak, bandwidth float64) map[string]any {
	kernels, _ := tensor.Kernels()
	mode := "infer"
	if s.Options.Train {
		mode = "train"
	}
	c := s.Config
	out := map[string]any{
		"bench": mode, "config": c, "batch": s.Options.Batch, "seed": s.Options.Seed,
		"threads": runtime.GOMAXPROCS(0), "simd": kernels, "precision": cmp.Or(s.Options.Precision, "f32"),
		"images_per_s": number(s.ImagesPerSecond()), "steps": s.Steps,
		"step_s": number(s.StepSeconds), "step_s_quartiles": numbers([]float64{s.Quartile1, s.Quartile3}),
		"gflop_per_s": number(rate(2*s.StandardMACs, s.StepSeconds)), "executed_gflop_per_s": number(rate(2*s.ExecutedMACs, s.StepSeconds)),
		"parameters": s.Parameters, "standard_macs_per_step": s.StandardMACs, "executed_macs_per_step": s.ExecutedMACs,
		"bytes_per_step": s.BytesMoved, "memory_bytes": s.MemoryBytes, "peak_bytes": number(unlessZero(float64(s.PeakResidentBytes))),
	}
	if bandwidth == bandwidth {
		out["peak_gflop_per_s"], out["copy_gb_per_s"] = number(peak/1e9), number(bandwidth/1e9)
	}
	if s.Profile == nil {
		return out
	}
	var profile []map[string]any
	for _, g := range s.Profile {
		profile = append(profile, map[string]any{
			"op": g.Op, "weights": g.Param, "shape": g.Shape, "calls": g.Calls, "seconds": number(g.Seconds), "share": number(g.Seconds / s.MeanSeconds),
			"macs": g.MACs, "bytes": g.Bytes, "gflop_per_s": number(rate(2*g.MACs, g.Seconds)), "gb_per_s": number(rate(g.Bytes, g.Seconds)),
		})
	}
	out["profile"] = profile
	return out
}

func printSpeed(s *bench.Speed) {
	kernels, _ := tensor.Kernels()
	c := s.Config.Sig()
	fmt.Printf("%s, images %d×%d×%d, batch %d; %d threads, %s, %s\n\n", s.Config, c.Height, c.Width, c.InChannels, s.Options.Batch, runtime.GOMAXPROCS(0), kernels, cmp.Or(s.Options.Precision, "f32"))
	const mb = 1e6
	grid([]any{"a step", ""},
		[]any{"images/s", cell{"%.1f", s.ImagesPerSecond()}},
		[]any{"ms, median", cell{"%.2f", 1e3 * s.StepSeconds}},
		[]any{"ms, quartiles", fmt.Sprintf("%.2f–%.2f", 1e3*s.Quartile1, 1e3*s.Quartile3)},
		[]any{"steps timed", s.Steps},
		[]any{"GFLOP/s, standard form", cell{"%.4g", rate(2*s.StandardMACs, s.StepSeconds)}},
		[]any{"GFLOP/s, executed form", cell{"%.4g", rate(2*s.ExecutedMACs, s.StepSeconds)}},
		[]any{"parameters", s.Parameters},
		[]any{"MB moved", cell{"%.4g", float64(s.BytesMoved) / mb}},
		[]any{"MB of values", cell{"%.4g", float64(s.MemoryBytes) / mb}},
		[]any{"MB resident, most", cell{"%.4g", unlessZero(float64(s.PeakResidentBytes)) / mb}})
	if s.Profile == nil {
		return
	}
	rows := [][]any{{"operation", "weights", "result", "calls", "ms", "share %", "GFLOP/s", "MB", "GB/s"}}
	total := bench.OperationSpeed{}
	line := func(op, param, shape string, g bench.OperationSpeed) {
		rows = append(rows, []any{op, param, shape, g.Calls, cell{"%.3f", 1e3 * g.Seconds}, cell{"%.1f", 100 * g.Seconds / s.MeanSeconds},
			cell{"%.1f", unlessZero(rate(2*g.MACs, g.Seconds))}, cell{"%.2f", float64(g.Bytes) / mb}, cell{"%.1f", rate(g.Bytes, g.Seconds)}})
		total.Calls, total.Seconds, total.MACs, total.Bytes = total.Calls+g.Calls, total.Seconds+g.Seconds, total.MACs+g.MACs, total.Bytes+g.Bytes
	}
	for _, g := range s.Profile {
		line(g.Op, g.Param, strings.ReplaceAll(strings.Trim(fmt.Sprint(g.Shape), "[]"), " ", "×"), g)
	}
	line("all of these", "", "", total)
	fmt.Println()
	grid(rows...)
	fmt.Printf("\nms are means of a step, of %.2f; FLOPs are those of the form that runs, counted plainly\n", 1e3*s.MeanSeconds)
}
