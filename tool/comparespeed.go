package tool

// The time of methods against the fastest classical one.

import (
	"context"
	"math"
	"slices"
	"time"

	"mgtool/bridge/baseline"
	"mgtool/pde"
)

// CompareSpeed names a problem and methods whose time is compared with that of the fastest
// classical method, which a search finds.
type CompareSpeed struct {
	Statement
	Methods []string // see [CompareSpectrum]; often files of learned methods
	RelTol  float64
	Repeats int           // solves of each method, in turns
	Budget  time.Duration // of the search
	Rough   bool          // g is random, not that of the problem
	Seed    uint64        // of a random g
	// WithSetup compares a set-up and one solve, not a solve alone.
	WithSetup bool
}

// DefaultCompareSpeed is to 1e-8, in five turns.
func DefaultCompareSpeed() CompareSpeed {
	return CompareSpeed{RelTol: 1e-8, Repeats: 5, Budget: 2 * time.Minute}
}

// SpeedReport has a row for each method, the fastest first.
type SpeedReport struct {
	Name, About string // of the problem
	Grid        pde.Grid
	Rows        []SpeedRow
}

// SpeedRow is a method with its times.
type SpeedRow struct {
	baseline.Row
	// Speedup is the time of the fastest classical method over that of this one: above 1 it is
	// faster. It is the median over the turns. NaN if the method failed.
	Speedup float64
}

// Run searches and compares.
func (c CompareSpeed) Run(ctx context.Context, r Reporter) (*SpeedReport, error) {
	switch {
	case !(c.RelTol > 0 && c.RelTol < 1):
		return nil, Usagef("--rtol %g; want more than 0 and less than 1", c.RelTol)
	case c.Repeats < 1 || c.Repeats > maxRepeats:
		return nil, Usagef("--repeats %d; want 1 to %d", c.Repeats, maxRepeats)
	case c.Budget <= 0:
		return nil, Usagef("--budget %v; want more than 0, as in 2m", c.Budget)
	case c.Nonlinear != "":
		return nil, Usagef("--nonlinear %s; want a linear equation", cutTo(c.Nonlinear, 60))
	}
	statement := c.Statement
	if c.Rough { // another g takes its place
		statement = statement.leftOnly()
	}
	problem, err := statement.mean(nil)
	if err != nil {
		return nil, err
	}
	if len(problem.more) > 0 {
		return nil, Usagef("--rhs %s with several right sides; want one", cutTo(c.RHS, 60))
	}
	system, err := problem.discretize()
	if err != nil {
		return nil, err
	}
	if c.Rough {
		system.G.Randomize(c.Seed)
	}
	if system.Singular() {
		system.Project()
	}
	var also []baseline.Candidate
	for _, name := range c.Methods {
		chosen, err := c.methodNamed(name, "v", 1, 1, system.A)
		if err != nil {
			return nil, err
		}
		if chosen.Note != "" {
			r.note("%s", chosen.Note)
		}
		if chosen.Method != "" {
			name = chosen.Method
		}
		also = append(also, baseline.Candidate{Name: name, Settings: chosen.Settings, Tune: true})
	}
	rows, err := baseline.Best(ctx, system.A, system.G, baseline.Options{
		RelTol: c.RelTol, Repeats: c.Repeats, Budget: c.Budget, Boundary: system.U, Also: also, WithSetup: c.WithSetup,
		Report: func(p baseline.Progress) {
			if p.Turn > 0 {
				r.status("turn %d of %d  %s", p.Turn, c.Repeats, p.Name)
				return
			}
			r.status("%d tried, best %.3g ms  %s", p.Tried, 1e3*p.Best, p.Name)
		},
	})
	if err != nil {
		return nil, err
	}
	report := &SpeedReport{Name: problem.name, About: problem.about, Grid: system.U.Grid}
	best := rows[slices.IndexFunc(rows, func(row baseline.Row) bool { return !row.Also && row.Err == nil })]
	for _, row := range rows {
		report.Rows = append(report.Rows, SpeedRow{row, speedup(best, row, c.WithSetup)})
	}
	return report, nil
}

// speedup is the time of the best over that of a row.
func speedup(best, row baseline.Row, withSetup bool) float64 {
	switch {
	case row.Err != nil:
		return math.NaN()
	case withSetup:
		return best.Seconds(true) / row.Seconds(true)
	}
	var list []float64
	for turn, t := range row.SolvesS {
		list = append(list, best.SolvesS[turn]/t)
	}
	slices.Sort(list)
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}
