package bridge

// The table of fixed against learned cycles.

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"mgtool/bridge/specification"
	"mgtool/bridge/spectrum"
	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// CycleRow is a line of the table of fixed against learned cycles.
type CycleRow struct {
	Cycle   string                // its name
	Learned specification.Learned // the operators that are learned
	// Specification is what it was learned by; nil of a classical cycle.
	Specification *specification.Specification
	Omega         float64 // the weight of Jacobi; 0 of all other cycles
	Seed          uint64  // of its training; 0 of a classical cycle
	Parameters    int     // learned values
	// True asymptotic factors in the solver, one for each size asked for, and whether the
	// estimate of each has settled.
	Factors   []float64
	Converged []bool
	Seconds   float64 // that training and measurement took
}

// CycleComparison says what [CompareCycles] measures.
type CycleComparison struct {
	Operator  func(pde.Grid) (stencil.Operator, error) // nil is −Δ
	Dim       int                                      // 0 is 2
	N         int                                      // cells a side of the training grid
	Sizes     []int                                    // cells a side where the factors are measured
	Pre, Post int
	Cycles    int // cycles of a measurement, at least 80
	// Variants are the cycles to be learned, of different names; their smoothing steps are Pre
	// and Post.
	Variants []specification.Specification
	Seeds    []uint64 // of trainings; empty is that of Training alone
	Training Training
	// File, if not empty, keeps the rows, each as soon as it is done. What it holds already is not
	// done again; the error is a [results.Mismatch] if it belongs to another setting. Problem says
	// there whose operator it is, and Weights, its stencil, where that has no name.
	File    string
	Problem string
	Weights []float64
	// Stage, if not nil, is told what begins, and Done of each row.
	Stage func(name string)
	Done  func(CycleRow)
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
	for i, seed := range c.Seeds {
		if slices.Contains(c.Seeds[:i], seed) {
			return fmt.Errorf("bridge: seed %d twice; want it once", seed)
		}
	}
	names := map[string]bool{}
	for _, s := range c.Variants {
		if names[title(s)] {
			return fmt.Errorf("bridge: two cycles of the name %q; want names that differ, by the key \"name\" of a specification", title(s))
		}
		names[title(s)] = true
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
	grid, err := pde.Unit(cmp.Or(c.Dim, 2), n)
	if err != nil {
		return stencil.Operator{}, err
	}
	if c.Operator == nil {
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
// each seed; seed by seed, so that a table that is stopped early has all rows of its first seeds.
// The rows are in the order of the variants. If ctx is cancelled they are those that are done,
// with the error of ctx.
func CompareCycles(ctx context.Context, c CycleComparison) ([]CycleRow, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	kept, err := c.kept()
	if err != nil {
		return nil, err
	}
	t := &cycleTable{CycleComparison: c, kept: kept}
	err = t.classicalRows(ctx)
	for _, seed := range c.seeds() {
		for _, v := range c.Variants {
			if err == nil && t.find(v, seed) < 0 {
				err = t.learn(ctx, v, seed)
			}
		}
	}
	return t.asked(), err
}

// seeds are those of the trainings.
func (c CycleComparison) seeds() []uint64 {
	if len(c.Seeds) == 0 {
		return []uint64{c.Training.Seed}
	}
	return c.Seeds
}

// Rows is how many rows the table has.
func (c CycleComparison) Rows() int {
	rows := 2
	for _, v := range c.Variants {
		if len(v.Learned()) == 0 {
			rows++
		} else {
			rows += len(c.seeds())
		}
	}
	return rows
}

// cycleTable is a comparison at work: what is done of it, in the order in which it was done.
type cycleTable struct {
	CycleComparison
	kept  []CycleRow
	omega float64 // the best weight of Jacobi
}

func (t *cycleTable) stage(format string, a ...any) {
	if t.Stage != nil {
		t.Stage(fmt.Sprintf(format, a...))
	}
}

// add keeps a row.
func (t *cycleTable) add(r CycleRow) error {
	t.kept = append(t.kept, r)
	if err := t.keep(t.kept); err != nil {
		return err
	}
	if t.Done != nil {
		t.Done(r)
	}
	return nil
}

// find is the place of the row of a specification with a seed, −1 without; of a row of which
// nothing is learned any seed will do, as it is the same with each.
func (t *cycleTable) find(s specification.Specification, seed uint64) int {
	return slices.IndexFunc(t.kept, func(r CycleRow) bool {
		return r.Specification != nil && same(*r.Specification, s) && (r.Seed == seed || len(r.Learned) == 0)
	})
}

// same reports whether two specifications say the same, by the same name.
func same(s, t specification.Specification) bool {
	a, err := json.Marshal(s)
	b, wrong := json.Marshal(t)
	return err == nil && wrong == nil && string(a) == string(b)
}

// classicalRows measures the rows of which nothing is learned, which come first.
func (t *cycleTable) classicalRows(ctx context.Context) (err error) {
	if len(t.kept) == 0 {
		t.stage("ω-Jacobi, finding the best ω")
		if t.omega, _, err = t.bestOmega(ctx); err != nil {
			return err
		}
		if err := t.measured(ctx, multigrid.Jacobi{Omega: t.omega}, t.omega); err != nil {
			return err
		}
	}
	t.omega = t.kept[0].Omega
	if len(t.kept) == 1 {
		return t.measured(ctx, multigrid.RedBlack{Omega: 1}, 0)
	}
	return nil
}

// measured adds the row of a classical smoother.
func (t *cycleTable) measured(ctx context.Context, s multigrid.Smoother, omega float64) error {
	row, begin := CycleRow{Cycle: s.String(), Omega: omega}, time.Now()
	if err := row.measure(ctx, t.CycleComparison, func(stencil.Operator) (multigrid.Settings, error) { return t.classical(s), nil }); err != nil {
		return err
	}
	row.Seconds = time.Since(begin).Seconds()
	return t.add(row)
}

// learn adds the row of a variant with a seed.
func (t *cycleTable) learn(ctx context.Context, v specification.Specification, seed uint64) error {
	t.stage("%d/%d  learning %s, seed %d", len(t.asked())-1, t.Rows()-2, title(v), seed)
	begin := time.Now()
	a, err := t.operator(t.N)
	if err != nil {
		return err
	}
	learned, err := New(t.specification(v, t.omega), seed, a)
	if err != nil {
		return err
	}
	training := t.Training
	training.Seed = seed
	if err := learned.Train(ctx, training); err != nil {
		return err
	}
	row := CycleRow{Cycle: "learned " + title(v), Specification: &v, Learned: v.Learned(), Seed: seed, Parameters: learned.Parameters()}
	if err := row.measure(ctx, t.CycleComparison, learned.Settings); err != nil {
		return err
	}
	row.Seconds = time.Since(begin).Seconds()
	return t.add(row)
}

// asked are the rows of the comparison among those that are kept, in its order.
func (t *cycleTable) asked() []CycleRow {
	list := slices.Clone(t.kept[:min(2, len(t.kept))])
	for _, v := range t.Variants {
		for _, seed := range t.seeds() {
			at := t.find(v, seed)
			if at < 0 {
				continue
			}
			list = append(list, t.kept[at])
			if len(t.kept[at].Learned) == 0 {
				break // it is the same with every seed
			}
		}
	}
	return list
}

// title is what a table calls a specification.
func title(s specification.Specification) string {
	switch {
	case s.Name != "":
		return s.Name
	case s.Gamma == 2:
		return s.Learned().String() + ", W-cycle"
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

// measure takes the true factors on all sizes.
func (r *CycleRow) measure(ctx context.Context, c CycleComparison, of func(stencil.Operator) (multigrid.Settings, error)) error {
	for _, n := range c.Sizes {
		a, err := c.operator(n)
		if err != nil {
			return err
		}
		s, err := of(a)
		if err != nil {
			return err
		}
		e, err := spectrum.Factor(ctx, a, s, spectrum.Options{MinCycles: c.Cycles, MaxCycles: max(400, c.Cycles), Seed: c.Training.Seed})
		if err != nil {
			return err
		}
		r.Factors, r.Converged = append(r.Factors, e.Factor), append(r.Converged, e.Converged)
	}
	return nil
}

// bestOmega finds the weight of Jacobi whose cycle has the smallest factor on the first size,
// to 0.01 in ω, and that factor.
func (c CycleComparison) bestOmega(ctx context.Context) (omega, factor float64, err error) {
	factor = math.Inf(1)
	c.Sizes, c.Cycles = c.Sizes[:1], 80
	search := func(lo, hi, step float64) error {
		for w := lo; w < hi+step/2; w += step {
			var row CycleRow
			if err := row.measure(ctx, c, func(stencil.Operator) (multigrid.Settings, error) {
				return c.classical(multigrid.Jacobi{Omega: w}), nil
			}); err != nil {
				return err
			}
			if f := row.Factors[0]; f < factor {
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
