package bridge

// The table of fixed against learned cycles.

import (
	"context"
	"fmt"
	"math"
	"slices"

	"mgtool/bridge/specification"
	"mgtool/bridge/spectrum"
	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// CycleRow is a line of the table of fixed against learned cycles.
type CycleRow struct {
	Cycle      string                // its name
	Learned    specification.Learned // the operators that are learned
	Seed       uint64                // of its training; 0 of a classical cycle
	Parameters int                   // learned values
	// True asymptotic factors in the solver, one for each size asked for.
	Factors []float64
}

// CycleComparison says what [CompareCycles] measures.
type CycleComparison struct {
	Operator  func(pde.Grid) (stencil.Operator, error) // nil is −Δ
	Dim       int                                      // 0 is 2
	N         int                                      // cells a side of the training grid
	Sizes     []int                                    // cells a side where the factors are measured
	Pre, Post int
	Cycles    int // cycles of a measurement, at least 80
	// Variants are the cycles to be learned; their smoothing steps are Pre and Post.
	Variants []specification.Specification
	Seeds    []uint64 // of trainings; empty is that of Training alone
	Training Training
	// Stage, if not nil, is told what begins.
	Stage func(name string)
}

// maxCells bounds the cells a side of a measurement.
const maxCells = 1 << 14

// Validate reports the first invalid value.
func (c CycleComparison) Validate() error {
	if len(c.Sizes) == 0 || c.Cycles < 80 || c.Cycles > 1000 {
		return fmt.Errorf("bridge: %d sizes and %d cycles; want a size or more and 80 to 1000 cycles", len(c.Sizes), c.Cycles)
	}
	for _, n := range c.Sizes {
		if n < 4 || n > maxCells || n%2 != 0 { // kernels take half the cells
			return fmt.Errorf("bridge: measurement on %d cells a side; want an even number, 4 to %d", n, maxCells)
		}
	}
	if err := c.Training.Validate(); err != nil {
		return err
	}
	a, err := c.operator(c.N)
	if err != nil {
		return err
	}
	for _, s := range append([]specification.Specification{{}}, c.Variants...) {
		if _, err := New(c.specification(s, 0), 1, a); err != nil {
			return err
		}
	}
	return nil
}

// operator is A on n cells a side of the unit box.
func (c CycleComparison) operator(n int) (stencil.Operator, error) {
	grid, err := pde.Unit(max(c.Dim, 0), n)
	if c.Dim == 0 {
		grid, err = pde.Unit(2, n)
	}
	switch {
	case err != nil:
		return stencil.Operator{}, err
	case c.Operator == nil:
		return stencil.Laplacian(grid), nil
	}
	return c.Operator(grid)
}

// specification is a variant with the smoothing steps of the comparison, which starts from
// Jacobi with the weight ω where it names none; 0 is the usual weight.
func (c CycleComparison) specification(s specification.Specification, omega float64) specification.Specification {
	s.Pre, s.Post = c.Pre, c.Post
	b := s.Operators["B"]
	if b.Omega == 0 && b.Kind != specification.Colours {
		b.Omega = omega
	}
	all := map[string]specification.Switch{}
	for name, w := range s.Operators {
		all[name] = w
	}
	all["B"] = b
	s.Operators = all
	return s
}

// CompareCycles measures the classical cycles, ω-Jacobi with the ω that is best on the first
// size and red-black Gauss–Seidel, and then each variant, learned from that of Jacobi, with
// each seed.
func CompareCycles(ctx context.Context, c CycleComparison) ([]CycleRow, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	stage := func(format string, a ...any) {
		if c.Stage != nil {
			c.Stage(fmt.Sprintf(format, a...))
		}
	}
	stage("ω-Jacobi, finding the best ω")
	omega, _, err := c.bestOmega(ctx)
	if err != nil {
		return nil, err
	}
	var rows []CycleRow
	for _, s := range []multigrid.Smoother{multigrid.Jacobi{Omega: omega}, multigrid.RedBlack{Omega: 1}} {
		row := CycleRow{Cycle: s.String()}
		if row.Factors, err = c.factors(ctx, func(stencil.Operator) (multigrid.Settings, error) { return c.classical(s), nil }); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	seeds := c.Seeds
	if len(seeds) == 0 {
		seeds = []uint64{c.Training.Seed}
	}
	for _, v := range c.Variants {
		for _, seed := range seeds {
			if len(seeds) > 1 {
				stage("learning %v, seed %d", title(v), seed)
			} else {
				stage("learning %v", title(v))
			}
			a, err := c.operator(c.N)
			if err != nil {
				return nil, err
			}
			learned, err := New(c.specification(v, omega), seed, a)
			if err != nil {
				return nil, err
			}
			t := c.Training
			t.Seed = seed
			if err := learned.Train(ctx, t); err != nil {
				return nil, err
			}
			row := CycleRow{Cycle: "learned " + title(v), Learned: v.Learned(), Seed: seed, Parameters: learned.Parameters()}
			if row.Factors, err = c.factors(ctx, learned.Settings); err != nil {
				return nil, err
			}
			rows = append(rows, row)
			if len(v.Learned()) == 0 {
				break // it is the same with every seed
			}
		}
	}
	return rows, nil
}

// title is what a table calls a specification.
func title(s specification.Specification) string {
	if s.Name != "" {
		return s.Name
	}
	return s.Learned().String()
}

// classical are the settings of a cycle with a smoother, rediscretised where that is
// possible.
func (c CycleComparison) classical(s multigrid.Smoother) multigrid.Settings {
	var coarsening multigrid.Coarsening = multigrid.Rediscretized{}
	if a, err := c.operator(c.Sizes[0]); err == nil {
		grid, _ := a.Grids()
		if _, err := a.Rediscretize(grid); err != nil {
			coarsening = multigrid.Galerkin{}
		}
	}
	return multigrid.Settings{
		Cycle:      cycle.Cycle{Pre: []int{c.Pre}, Post: []int{c.Post}, Gamma: 1},
		Components: multigrid.Components{Smoother: s, Coarsening: coarsening},
	}
}

// factors are the true ones on all sizes.
func (c CycleComparison) factors(ctx context.Context, of func(stencil.Operator) (multigrid.Settings, error)) (list []float64, err error) {
	for _, n := range c.Sizes {
		a, err := c.operator(n)
		if err != nil {
			return nil, err
		}
		s, err := of(a)
		if err != nil {
			return nil, err
		}
		e, err := spectrum.Factor(ctx, a, s, spectrum.Options{MinCycles: c.Cycles, MaxCycles: max(400, c.Cycles), Seed: c.Training.Seed})
		if err != nil {
			return nil, err
		}
		list = append(list, e.Factor)
	}
	return list, nil
}

// bestOmega finds the weight of Jacobi whose cycle has the smallest factor on the first size,
// to 0.01 in ω, and that factor.
func (c CycleComparison) bestOmega(ctx context.Context) (omega, factor float64, err error) {
	factor = math.Inf(1)
	c.Sizes, c.Cycles = c.Sizes[:1], 80
	search := func(lo, hi, step float64) error {
		for w := lo; w < hi+step/2; w += step {
			f, err := c.factors(ctx, func(stencil.Operator) (multigrid.Settings, error) {
				return c.classical(multigrid.Jacobi{Omega: w}), nil
			})
			if err != nil {
				return err
			}
			if f[0] < factor {
				omega, factor = math.Round(100*w)/100, f[0]
			}
		}
		return nil
	}
	if err := search(.5, 1, .05); err != nil {
		return 0, 0, err
	}
	return omega, factor, search(omega-.04, omega+.04, .01)
}

// Worth is what learning one operator does to the factor: the mean over all pairs of rows
// that differ by it alone, with the same seed.
type Worth struct {
	Operator string
	Pairs    int
	// Ratio is the geometric mean of the factor with the operator learned over that with it
	// fixed, on each size; Low and High bound its 95% interval (of Student's t), NaN for
	// fewer than two pairs.
	Ratio, Low, High []float64
}

// Worths are those of all operators for which rows have pairs.
func Worths(rows []CycleRow) (list []Worth) {
	for _, op := range specification.Cycle.Operators() {
		var logs [][]float64 // of each size, of each pair
		for _, with := range rows {
			if with.Seed == 0 || !with.Learned.Has(op) {
				continue
			}
			rest := slices.DeleteFunc(slices.Clone(with.Learned), func(name string) bool { return name == op })
			at := slices.IndexFunc(rows, func(r CycleRow) bool {
				return r.Seed != 0 && (r.Seed == with.Seed || len(rest) == 0) && slices.Equal(r.Learned, rest)
			})
			if at < 0 {
				continue
			}
			if logs == nil {
				logs = make([][]float64, len(with.Factors))
			}
			for i, f := range with.Factors {
				logs[i] = append(logs[i], math.Log(f/rows[at].Factors[i]))
			}
		}
		if logs == nil {
			continue
		}
		w := Worth{Operator: op, Pairs: len(logs[0])}
		for _, l := range logs {
			mean, half := interval(l)
			w.Ratio = append(w.Ratio, math.Exp(mean))
			w.Low, w.High = append(w.Low, math.Exp(mean-half)), append(w.High, math.Exp(mean+half))
		}
		list = append(list, w)
	}
	return list
}
