package bridge

// The table of Poisson cycles, fixed against learned.

import (
	"context"
	"fmt"
	"math"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
)

// PoissonRow is a line of the table of fixed against learned cycles.
type PoissonRow struct {
	Cycle      string  // its name
	Learned    Learned // the operators that are learned
	Parameters int     // learned values
	// Asymptotic factors in the numeric solver, one for each size asked for.
	Factors []float64
}

// PoissonComparison says what ComparePoisson measures.
type PoissonComparison struct {
	N         int   // cells a side of the training grid, a power of two
	Sizes     []int // cells a side where the factors are measured
	Pre, Post int
	Cycles    int // cycles of a measurement, at least 20
	Variants  []Learned
	Training  Training
	// Stage, if not nil, is told what begins.
	Stage func(name string)
}

// maxCells bounds the cells a side of a measurement.
const maxCells = 1 << 14

// Validate reports the first invalid value.
func (c PoissonComparison) Validate() error {
	if len(c.Sizes) == 0 || c.Cycles < 20 || c.Cycles > 150 {
		return fmt.Errorf("bridge: %d sizes and %d cycles; want a size or more and 20 to 150 cycles", len(c.Sizes), c.Cycles)
	}
	for _, n := range c.Sizes {
		if n < 4 || n&(n-1) != 0 || n > maxCells {
			return fmt.Errorf("bridge: measurement on %d cells a side; want a power of two, 4 to %d", n, maxCells)
		}
	}
	if err := c.Training.validate(); err != nil {
		return err
	}
	_, err := NewPoisson(c.N, .8, c.Pre, c.Post, nil)
	return err
}

// ComparePoisson measures the classical cycles, ω-Jacobi with the ω that is best
// on the first size and red-black Gauss–Seidel, and then each variant, learned from
// that of Jacobi.
func ComparePoisson(ctx context.Context, c PoissonComparison) ([]PoissonRow, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	stage := func(format string, a ...any) {
		if c.Stage != nil {
			c.Stage(fmt.Sprintf(format, a...))
		}
	}
	stage("ω-Jacobi, finding the best ω")
	omega, _, err := bestOmega(ctx, c.Sizes[0], c.Pre, c.Post, c.Cycles, c.Training.Seed)
	if err != nil {
		return nil, err
	}
	classic := func(s multigrid.Smoother) (PoissonRow, error) {
		row := PoissonRow{Cycle: s.String()}
		for _, n := range c.Sizes {
			f, err := smootherFactor(ctx, s, n, c.Pre, c.Post, c.Cycles, c.Training.Seed)
			if err != nil {
				return row, err
			}
			row.Factors = append(row.Factors, f)
		}
		return row, nil
	}
	var rows []PoissonRow
	for _, s := range []multigrid.Smoother{multigrid.Jacobi{Omega: omega}, multigrid.RedBlack{Omega: 1}} {
		row, err := classic(s)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	for _, l := range c.Variants {
		stage("learning %v", l)
		p, err := NewPoisson(c.N, omega, c.Pre, c.Post, l)
		if err != nil {
			return nil, err
		}
		if err := p.Train(ctx, c.Training); err != nil {
			return nil, err
		}
		row := PoissonRow{Cycle: "learned " + l.String(), Learned: l, Parameters: p.Parameters()}
		for _, n := range c.Sizes {
			f, err := p.Factor(ctx, n, c.Cycles, c.Training.Seed)
			if err != nil {
				return nil, err
			}
			row.Factors = append(row.Factors, f)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// bestOmega finds the weight of Jacobi whose V(pre,post)-cycle has the smallest
// asymptotic factor on n × n cells, to 0.01 in ω, and that factor.
func bestOmega(ctx context.Context, n, pre, post, cycles int, seed uint64) (omega, factor float64, err error) {
	factor = math.Inf(1)
	search := func(lo, hi, step float64) error {
		for w := lo; w < hi+step/2; w += step {
			f, err := smootherFactor(ctx, multigrid.Jacobi{Omega: w}, n, pre, post, cycles, seed)
			if err != nil {
				return err
			}
			if f < factor {
				omega, factor = math.Round(100*w)/100, f
			}
		}
		return nil
	}
	if err := search(.5, 1, .05); err != nil {
		return 0, 0, err
	}
	return omega, factor, search(omega-.04, omega+.04, .01)
}

func smootherFactor(ctx context.Context, s multigrid.Smoother, n, pre, post, cycles int, seed uint64) (float64, error) {
	return factor(ctx, n, multigrid.Settings{
		Cycle:      cycle.Cycle{Pre: []int{pre}, Post: []int{post}, Gamma: 1},
		Components: multigrid.Components{Smoother: s}, MaxCycles: cycles,
	}, seed)
}
