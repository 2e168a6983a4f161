package multigrid

// Several right sides with one A.

import (
	"context"
	"errors"
	"fmt"

	"mgtool/internal/memory"
	"mgtool/internal/parallel"
	"mgtool/pde"
)

// manySize is up to how many unknowns a solve leaves cores idle, on its coarse grids above
// all: several at a time are faster then, each on one core.
const manySize = 1 << 19

// SolveMany is [Solver.Solve] for each pair of us and gs, with the same results. Small
// systems are solved several at a time, one a core, by further solvers of the same
// settings, which are made at the first call and kept; large ones, and those with a
// Recorder or a Watch, one after the other with all cores each. The error joins those of
// the solves, each with its index; there is a Result for each.
func (s *Solver) SolveMany(ctx context.Context, us, gs []*pde.Field[float64]) ([]*Result, error) {
	if len(us) != len(gs) {
		return nil, fmt.Errorf("multigrid: %d approximations and %d right sides; want as many", len(us), len(gs))
	}
	for i, u := range us {
		for j := range i {
			if u == us[j] {
				return nil, fmt.Errorf("multigrid: approximations %d and %d are the same field; want one a right side", j, i)
			}
		}
	}
	solvers, err := s.team(len(us))
	if err != nil {
		return nil, err
	}
	results, failed := make([]*Result, len(us)), make([]error, len(us))
	solve := func(worker, i int) {
		var err error
		if results[i], err = solvers[worker].Solve(ctx, us[i], gs[i]); err != nil {
			failed[i] = fmt.Errorf("system %d: %w", i, err)
		}
	}
	if len(solvers) == 1 {
		for i := range us {
			solve(0, i)
		}
	} else {
		parallel.Each(len(us), solve)
	}
	return results, errors.Join(failed...)
}

// team is a solver for each worker that this many systems employ, the first being s.
func (s *Solver) team(systems int) ([]*Solver, error) {
	workers := min(parallel.Workers(), systems)
	grid := s.linear.grid()
	if workers < 2 || grid.Unknowns() > manySize || s.settings.Recorder != nil || s.settings.Watch != nil {
		return []*Solver{s}, nil
	}
	for len(s.more) < parallel.Workers()-1 { // any worker may come
		need, err := Memory(s.a, s.settings)
		if err != nil {
			return nil, err
		}
		if need > small && memory.Check("another solver", need) != nil {
			return []*Solver{s}, nil
		}
		another, err := NewSolver(s.a, s.settings)
		if err != nil {
			return nil, err
		}
		s.more = append(s.more, another)
	}
	return append([]*Solver{s}, s.more...), nil
}
