package main

// mgtool solve.

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) solve() *cobra.Command {
	s := tool.DefaultSolve()
	s.Statement = tool.Statement{}
	var list, families bool
	var onGraph tool.SolveGraph
	var stated *statementFlags
	c := &cobra.Command{
		Use:   "solve",
		Short: "Solve −∇·(a ∇u) + b·∇u + c u = g on an interval, a rectangle or a box by multigrid",
		Long: `Solve −∇·(a ∇u) + b·∇u + c u = g on an interval, a rectangle or a box by multigrid.

Data are formulas in x, y and z, or NumPy arrays with a value for each vertex or cell: the
element [k, j, i] is at (x_i, y_j, z_k). Formulas may use pi, e, + - * / % ^, comparisons
(1 or 0), and, or, not, a ? b : c, and the usual functions. See docs/solving.md.

--cycle, --smoother and --coarsening are picked to suit the operator unless you name them:
for constant coefficients, full multigrid with red-black SOR. Residuals are relative to
‖g − A E‖, where E is the boundary values extended inwards. E is also the default first
guess, so the residual starts at 1. A solve that reaches the rounding errors of float64 before
--rtol counts as converged and says so.`,
		Example: `  mgtool solve --problem sine --n 512 --rtol 1e-10
  mgtool solve --problem ones --dim 3 --n 128 --cycle v --smoother rbgs
  mgtool solve --problem zero --start random --cycle w --rtol 0 --max-cycles 20
  mgtool solve --n 512,64 --size 2,0.25 --g "sin(pi*x)*exp(y)" --out u.npy
  mgtool solve --rhs photo.jpg --n 256 --plot u.png
  mgtool solve --family "rotated(eps=0.01,theta=30)" --n 256
  mgtool solve --graph geometric:100000`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if list {
				return a.listProblems()
			}
			if families {
				return a.listFamilies()
			}
			if c.Flags().Changed("graph") {
				onGraph.Seed, onGraph.Method, onGraph.RelTol, onGraph.Out = a.seed, s.Name, s.RelTol, s.Out
				if onGraph.MaxCycles = s.MaxCycles; !c.Flags().Changed("max-cycles") {
					onGraph.MaxCycles = 1000
				}
				return a.solveGraph(c, onGraph)
			}
			if c.Flags().Changed("shift") {
				return tool.Usagef("--shift is for --graph; want both, or --c for c in the equation")
			}
			if err := stated.read(); err != nil {
				return err
			}
			s.Measured = c.Flags().Changed("max-cycles")
			s.Seed = a.seed
			return a.runSolve(c.Context(), s, stated)
		},
	}
	fl := c.Flags()
	fl.SortFlags = false
	stated = addStatement(c, &s.Statement)
	fl.StringVar(&onGraph.Graph, "graph", "", "solve (L + s I) u = g with the Laplacian L of a graph and random g instead: a file (edges, Matrix Market, or a data set of nodes), or grid:WxH, geometric:NODES[,DEGREE], barabasi-albert:NODES[,EDGES]; takes --shift, --method auto, aggregation, jacobi or direct, --rtol, --max-cycles and --out FILE.csv")
	fl.Float64Var(&onGraph.Shift, "shift", 0, "with --graph, the shift s, 0 or more")
	fl.BoolVar(&list, "list", false, "list the problems")
	fl.BoolVar(&families, "list-families", false, "list the families of problems and their parameters")
	fl.StringVar(&s.Name, "method", s.Name, "auto; direct: by fast transforms for constant coefficients, by elimination in one dimension; or a file of a method (.json), which sets cycle, smoother and coarsening")
	fl.StringVar(&s.Cycle, "cycle", "", "v, w, f or fmg (one full pass, then V-cycles); default as suits the operator, v with --start random or with --rtol 0 --max-cycles K")
	fl.StringVar(&s.Coarsening, "coarsening", s.Coarsening, "auto, full (rediscretised), galerkin, semi, blackbox (operator-dependent) or aggregation (algebraic)")
	addSmoother(c, &s)
	fl.StringVar(&s.Krylov, "krylov", s.Krylov, "Krylov method around the cycle: none, cg, fgmres, bicgstab, or auto, which takes one if cycles stall or grow and says so, whatever smoother is named; default as suits the operator")
	fl.StringVar(&s.Start, "start", s.Start, "first guess: zero (the boundary values extended inwards), random, a formula, or an array (.npy, file.npz:name)")
	fl.Float64Var(&s.RelTol, "rtol", s.RelTol, "stop at this relative residual (see above); 0 runs all cycles, or with fmg the full pass alone")
	fl.Float64Var(&s.AbsTol, "atol", s.AbsTol, "stop at this absolute residual; 0 is no such test")
	fl.Float64Var(&s.Backward, "backward", s.Backward, "stop at this backward error ‖r‖/(‖A‖ ‖u‖ + ‖g‖); 0 is no such test")
	fl.StringVar(&s.Baseline, "baseline", s.Baseline, "what residuals are relative to: data (see above), first (the first residual) or none")
	fl.StringVar(&s.Norm, "norm", s.Norm, "norm of residuals: 2 or max")
	fl.StringVar(&s.Singular, "singular", s.Singular, "if data of a singular problem have no solution: project (subtract their mean) or refuse")
	fl.IntVar(&s.MaxCycles, "max-cycles", s.MaxCycles, "maximum number of cycles and of iterations of a Krylov method")
	fl.StringVar(&s.Precision, "precision", s.Precision, "f64, or mixed: two to four float32 cycles for each float64 residual, counted as one cycle")
	fl.StringVar(&s.Out, "out", s.Out, "write u to this file: NumPy (.npy; .npz with coordinates), or VTK (.vti; .vtr with unequal widths); - writes .npy to standard output and the report to standard error")
	fl.StringVar(&s.Plot, "plot", s.Plot, "write a picture of u to this file (.png)")
	fl.StringVar(&s.PlotConvergence, "plot-convergence", "", "write the curve of the residuals to this file (.png)")
	fl.StringVar(&s.Matrix, "matrix", "", "write the matrix A to this file (Matrix Market, .mtx)")
	fl.BoolVar(&s.Balance, "balance", false, "report what flows out through each side and around the mask, and what sources make of it: equal sums")
	return c
}

// addSmoother adds the flags of the smoother; the defaults are the values of s.
func addSmoother(c *cobra.Command, s *tool.Solve) {
	fl := c.Flags()
	fl.StringVar(&s.Smoother, "smoother", s.Smoother, "jacobi, gs, sgs (symmetric), rbgs (red-black), rbsor, chebyshev, line, linex, liney, linez (zebra lines), adaptive (points or lines, by level), or in three dimensions plane, planexy, planexz, planeyz (zebra planes); default as suits the operator")
	fl.Float64Var(&s.Omega, "omega", s.Omega, "relaxation weight of jacobi and rbsor; 0 is the default (0.8 and 1.15 in two dimensions)")
	fl.IntVar(&s.Pre, "pre", s.Pre, "smoothing steps before the coarse-grid correction")
	fl.IntVar(&s.Post, "post", s.Post, "smoothing steps after the coarse-grid correction")
}

func (a *app) listProblems() error {
	list := tool.Problems()
	if a.json {
		return printJSON(map[string]any{"problems": list})
	}
	rows := [][]any{{"problem", "dimensions", "what it is"}}
	for _, p := range list {
		rows = append(rows, []any{p.Name, strings.Trim(fmt.Sprint(p.Dims), "[]"), p.About})
	}
	printTable(rows...)
	return nil
}

func (a *app) runSolve(ctx context.Context, s tool.Solve, stated *statementFlags) error {
	if s.Out == "-" { // the report goes elsewhere
		s.Output = os.Stdout
		os.Stdout = os.Stderr
	}
	p, err := s.Prepare(ctx, reporter)
	if r := s.Stopped(); err == context.Canceled && a.json && r != nil {
		if failed := printJSON(solveObject(s, r, "failed")); failed != nil {
			return failed
		}
		return err
	}
	if err != nil {
		return err
	}
	if err := stated.write(); err != nil {
		return err
	}
	a.saves.Store(true) // u is written also if the solve is stopped
	defer a.saves.Store(false)
	r, failure := p.Run(ctx)
	endLine()
	if r == nil {
		return failure
	}
	status := "converged"
	if failure != nil {
		status = "failed"
	}
	if a.json {
		if err := printJSON(solveObject(s, r, status)); err != nil {
			return err
		}
		return failure
	}
	rows := [][]any{{"cycle", "residual", "ratio"}}
	for k, v := range r.Residuals {
		ratio := nan
		if k > 0 {
			ratio = v / r.Residuals[k-1]
		}
		rows = append(rows, []any{k, cell{"%.3e", v}, cell{"%.4f", ratio}})
	}
	printTable(rows...)
	fmt.Printf("\n%s: %s, %d unknowns on %s", r.Name, r.About, r.Grid.Unknowns(), counted(r.Levels, "level"))
	switch {
	case r.Method != "":
		fmt.Printf(", %s-cycles of %s", r.Cycle, r.Method)
	case r.Settings.Smoother != nil:
		fmt.Printf(", %s(%d,%d) with %v", r.Cycle, stepsOf(r.Settings.Cycle.Pre, s.Pre), stepsOf(r.Settings.Cycle.Post, s.Post), r.Settings.Smoother)
	}
	fmt.Println()
	if r.Why != "" {
		fmt.Println("method:", r.Why)
	}
	fmt.Printf("%s (%v) after %s, factor %v", status, r.Status, counted(r.Cycles, "cycle"), cell{"%.4f", r.Factor})
	if !math.IsNaN(r.Predicted) {
		fmt.Printf(", predicted %.4f", r.Predicted)
	}
	if r.KrylovIterations > 0 {
		fmt.Printf("; %s of a Krylov method", counted(r.KrylovIterations, "iteration"))
	}
	if r.StalledAt > 0 {
		fmt.Printf(", since cycles stalled at cycle %d", r.StalledAt)
	}
	fmt.Println()
	if r.FallbackWhy != "" {
		fmt.Println("fallback to the classical method:", r.FallbackWhy)
	}
	if r.Defect != 0 && !math.IsNaN(r.Defect) {
		fmt.Printf("defect: the mean of g and of the flux through the sides is %.4g; it is 0 where there is a solution\n", r.Defect)
	}
	if !math.IsNaN(r.ErrorL2) {
		fmt.Printf("error: L2 %.4e, largest %.4e\n", r.ErrorL2, r.ErrorMax)
	}
	if b := r.Balance; b != nil {
		var through []string
		for _, f := range r.FluxOut() {
			through = append(through, fmt.Sprintf("%s %.10g", f.Through, f.Flux))
		}
		fmt.Printf("flux out: %s; sources: %.10g\n", strings.Join(through, ", "), b.Source)
	}
	if r.RightSides > 1 {
		fmt.Printf("%d right sides, %.2f ms each; the figures above are of the one that took the most cycles\n", r.RightSides, 1e3*r.SolveS/float64(r.RightSides))
	}
	fmt.Printf("%.1f ms set-up, %.1f ms solve, %.1f million unknowns/s\n", 1e3*r.SetupS, 1e3*r.SolveS, r.MdofPerS)
	return failure
}

func solveObject(s tool.Solve, r *tool.SolveReport, status string) any {
	dim := r.Grid.Dim()
	var sources *number
	if r.Balance != nil {
		v := number(r.Balance.Source)
		sources = &v
	}
	name := s.Name
	if r.Method != "" {
		name = r.Method
	}
	var size []number
	for d := range dim {
		size = append(size, number(float64(r.Grid.N[d])*r.Grid.H[d]))
	}
	return struct {
		Problem    string          `json:"problem"`
		Dim        int             `json:"dim"`
		N          int             `json:"n"`
		Cells      []int           `json:"cells"`
		Size       []number        `json:"size"`
		Unknowns   int             `json:"unknowns"`
		Levels     int             `json:"levels"`
		Cycle      string          `json:"cycle"`
		Smoother   string          `json:"smoother"`
		Pre        int             `json:"pre"`
		Post       int             `json:"post"`
		Precision  string          `json:"precision"`
		Threads    int             `json:"threads"`
		Status     string          `json:"status"`
		Reason     string          `json:"reason"`
		Cycles     int             `json:"cycles"`
		Residuals  []number        `json:"residuals"`
		Factor     number          `json:"factor"`
		ErrorL2    number          `json:"error_l2"`
		ErrorMax   number          `json:"error_max"`
		Method     string          `json:"method"`
		Fallback   *string         `json:"fallback"`
		Why        string          `json:"why"`
		Coarsening string          `json:"coarsening"`
		Krylov     int             `json:"krylov_iterations"`
		StalledAt  int             `json:"stalled_at"`
		TrueRes    number          `json:"true_residual"`
		Predicted  number          `json:"predicted_factor"`
		Defect     number          `json:"defect"`
		SetupS     number          `json:"setup_s"`
		SolveS     number          `json:"solve_s"`
		MdofPerSec number          `json:"mdof_per_s"`
		RightSides int             `json:"right_sides"`
		EachS      number          `json:"right_side_s"`
		FluxOut    []tool.PartFlux `json:"flux_out,omitempty"`
		Sources    *number         `json:"sources,omitempty"`
	}{r.Name, dim, r.Grid.N[0], r.Grid.N[:dim], size, r.Grid.Unknowns(), r.Levels, r.Cycle, r.Smoother, stepsOf(r.Settings.Cycle.Pre, s.Pre), stepsOf(r.Settings.Cycle.Post, s.Post), s.Precision,
		runtime.GOMAXPROCS(0), status, r.Status.String(), r.Cycles, numbers(r.Residuals), number(r.Factor),
		number(r.ErrorL2), number(r.ErrorMax), name, orNull(r.Fallback), r.Why, s.Coarsening, r.KrylovIterations, r.StalledAt, number(r.TrueResidual), number(r.Predicted), number(r.Defect), number(r.SetupS), number(r.SolveS), number(r.MdofPerS), r.RightSides, number(r.SolveS / float64(r.RightSides)), r.FluxOut(), sources}
}

// stepsOf is the number of smoothing steps on the finest level, or what was asked for where no
// cycle is run.
func stepsOf(steps []int, asked int) int {
	if len(steps) == 0 {
		return asked
	}
	return steps[0]
}
