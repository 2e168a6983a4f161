package main

// mgtool approximate.

import (
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/shallow"
	"mgtool/tool"
)

func (a *app) approximate() *cobra.Command {
	c := &cobra.Command{
		Use:   "approximate",
		Short: "How fast shallow networks approximate a function, and what they learn of each frequency",
		Args:  noArgs,
	}
	c.AddCommand(a.approximateRates(), a.approximateModes())
	return c
}

func (a *app) approximateRates() *cobra.Command {
	q := tool.DefaultApproximate()
	cmd := &cobra.Command{
		Use:   "rates",
		Short: "Error of greedy shallow networks over their neurons, beside the theory and piecewise polynomials",
		Long: `Error of greedy shallow networks over their neurons, beside the theory and piecewise polynomials.

Networks Σ a_i σ(ω_i·x + b_i) are made neuron by neuron by the orthogonal greedy algorithm, in one
to four dimensions. For σ = ReLU^k their best error falls as n^(−1/2 − (2k+1)/(2d)). The slope is
that of the logarithms from --first on, with its 95% interval over the seeds. Networks are tested
on other points than they are made on. A target that is smoother than the theory asks may
converge faster.

Activations: relu^K and power^K (the polynomial t^K) with K up to 5, heaviside, hat, sigmoid.
Targets: ` + targets(),
		Example: `  mgtool approximate rates
  mgtool approximate rates --dim 1 --activation relu --activation "relu^2" --terms 256 --plot rates.png
  mgtool approximate rates --dim 3 --activation relu --target radial-three-halves --seeds 5
  mgtool approximate rates --activation "power^3" --seeds 1 --terms 24`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q.Seed = a.seed
			report, err := q.Run(cmd.Context(), reporter)
			endLine()
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(ratesObject(report))
			}
			rows := [][]any{{"σ", "neurons", "error", "on other points", "slope", "± 95%", "theory", "seeds"}}
			for _, r := range report.Rows {
				last := r.Errors[0]
				rows = append(rows, []any{r.Activation, len(last), cell{"%.3g", last[len(last)-1]}, cell{"%.3g", r.Tested[0]}, cell{"%.3f", r.Slope}, cell{"%.3f", r.Half}, cell{"%.3f", r.Theory}, len(r.Slopes)})
			}
			for _, r := range report.Piecewise {
				n := len(r.Errors)
				rows = append(rows, []any{fmt.Sprintf("piecewise of degree %d", r.Degree), r.Coefficients[n-1], cell{"%.3g", r.Errors[n-1]}, cell{"", math.NaN()}, cell{"%.3f", r.Slope}, cell{"", math.NaN()}, cell{"%.3f", r.Theory}, cell{"", math.NaN()}})
			}
			printTable(rows...)
			fmt.Printf("\n%s: %s; dimension %d, %d points, slopes from term %d on; errors are relative, those of the first seed\n", report.Target, report.About, report.Dim, report.Points, report.First)
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.IntVar(&q.Dim, "dim", q.Dim, "dimension, 1 to 4")
	f.StringArrayVar(&q.Activations, "activation", q.Activations, "σ of a row; repeat for more rows")
	f.StringVar(&q.Target, "target", q.Target, "the function")
	f.IntVar(&q.Terms, "terms", q.Terms, "neurons at most; 0 is 128, 128, 96 and 64 in one to four dimensions")
	f.IntVar(&q.First, "first", q.First, "neurons from which slopes are fitted; 0 is an eighth of --terms")
	f.IntVar(&q.Seeds, "seeds", q.Seeds, "searches with random directions; in one dimension none is random")
	f.StringVar(&q.Plot, "plot", "", "write a picture of the errors to this file (.png)")
	return cmd
}

func targets() string {
	var lines []string
	for _, t := range shallow.Targets() {
		lines = append(lines, fmt.Sprintf("\n  %-20s %s", t.Name, t.About))
	}
	return strings.Join(lines, "")
}

func ratesObject(r *tool.ApproximateReport) any {
	type row struct {
		Activation string      `json:"activation"`
		Slope      number      `json:"slope"`
		Half       number      `json:"half_interval"`
		Theory     number      `json:"theory"`
		Slopes     []number    `json:"slopes"`
		Tested     []number    `json:"errors_on_other_points"`
		Errors     [][]float64 `json:"errors"`
	}
	type mesh struct {
		Degree       int       `json:"degree"`
		Slope        number    `json:"slope"`
		Theory       number    `json:"theory"`
		Coefficients []int     `json:"coefficients"`
		Errors       []float64 `json:"errors"`
	}
	var rows []row
	for _, s := range r.Rows {
		rows = append(rows, row{s.Activation, number(s.Slope), number(s.Half), number(s.Theory), numbers(s.Slopes), numbers(s.Tested), s.Errors})
	}
	var meshes []mesh
	for _, m := range r.Piecewise {
		meshes = append(meshes, mesh{m.Degree, number(m.Slope), number(m.Theory), m.Coefficients, m.Errors})
	}
	return map[string]any{"target": r.Target, "dim": r.Dim, "points": r.Points, "first": r.First, "terms": r.Terms, "rows": rows, "piecewise": meshes}
}

func (a *app) approximateModes() *cobra.Command {
	q := tool.DefaultFrequencies()
	cmd := &cobra.Command{
		Use:   "modes",
		Short: "Error of each Fourier mode while a shallow network is trained: ReLU against hats",
		Long: `Error of each Fourier mode while a shallow network is trained: ReLU against hats.

Networks Σ a_i σ(s_i (x − c_i)) of one variable are trained by Adam on a sum of sine waves. The
error of mode k is that of its Fourier coefficient, over the coefficient. ReLUs learn low
frequencies first; hats learn those up to their own width together.`,
		Example: `  mgtool approximate modes --plot modes.png
  mgtool approximate modes --steps 2000 --modes 1,3,9,27 --neurons 256 --scale 32`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q.Seed = a.seed
			list, err := q.Run(cmd.Context(), reporter)
			endLine()
			if err != nil {
				return err
			}
			if a.json {
				type row struct {
					Activation string      `json:"activation"`
					Modes      []int       `json:"modes"`
					Steps      []int       `json:"steps"`
					Loss       []float64   `json:"loss"`
					Errors     [][]float64 `json:"errors"`
				}
				var rows []row
				for _, s := range list {
					rows = append(rows, row{s.Network.Activation.String(), s.Modes, s.Steps, s.Loss, s.Errors})
				}
				return printJSON(map[string]any{"rows": rows})
			}
			header := []any{"σ", "steps", "loss"}
			for _, k := range list[0].Modes {
				header = append(header, fmt.Sprintf("error of k = %d", k))
			}
			rows := [][]any{header}
			for _, s := range list {
				for _, i := range shown(len(s.Steps)) {
					line := []any{s.Network.Activation.String(), s.Steps[i], cell{"%.3g", s.Loss[i]}}
					for _, e := range s.Errors[i] {
						line = append(line, cell{"%.3f", e})
					}
					rows = append(rows, line)
				}
			}
			printTable(rows...)
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringArrayVar(&q.Activations, "activation", q.Activations, "σ of a network: relu^K, hat, sigmoid or power^K; repeat for more")
	f.IntVar(&q.Neurons, "neurons", q.Neurons, "of a network")
	f.IntVar(&q.Points, "points", q.Points, "at which the error is taken")
	f.Float64Var(&q.Scale, "scale", q.Scale, "|s| at the start: a hat has the width 1/|s|")
	f.Float64Var(&q.Rate, "rate", q.Rate, "of Adam")
	f.IntVar(&q.Steps, "steps", q.Steps, "of the training")
	f.IntSliceVar(&q.Modes, "modes", q.Modes, "wave numbers of the function")
	f.IntVar(&q.Every, "every", q.Every, "steps between two rows of --json and of the picture")
	f.StringVar(&q.Plot, "plot", "", "write a picture of the errors to this file (.png)")
	return cmd
}

// shown are about six of n rows, the first and the last among them.
func shown(n int) (list []int) {
	const most = 6
	for i := range min(most, n) {
		list = append(list, i*(n-1)/max(1, min(most, n)-1))
	}
	return list
}
