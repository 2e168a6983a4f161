package tool

// Several right sides of one operator.

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/elliptic"
)

// takesSeveral refuses what several right sides cannot have.
func (s Solve) takesSeveral() error {
	for _, one := range []struct {
		flag  string
		given bool
	}{
		{"nonlinear " + s.Nonlinear, s.Nonlinear != ""}, {"method " + s.Name, s.Name == "direct"}, {"balance", s.Balance},
		{"plot-convergence " + s.PlotConvergence, s.PlotConvergence != ""},
		{"out " + s.Out, s.Out != "" && s.Out != "-" && !strings.EqualFold(filepath.Ext(s.Out), ".npy")},
	} {
		if one.given {
			return Usagef("--%s with several right sides in --rhs %s; want one right side, or cycles and a .npy file", cutTo(one.flag, 60), cutTo(s.RHS, 60))
		}
	}
	return nil
}

// several makes the right sides and first guesses of the systems, where there is more than
// one right side.
func (p *Prepared) several() error {
	if len(p.problem.more) == 0 {
		return nil
	}
	first := p.problem.equation.Source
	p.us, p.gs = []*pde.Field[float64]{p.system.U}, []*pde.Field[float64]{p.system.G.Clone()}
	for i, values := range p.problem.more {
		if err := p.system.SetSource(elliptic.Array(values)); err != nil {
			return fmt.Errorf("right side %d: %w", i+1, err)
		}
		p.compatible()
		p.us, p.gs = append(p.us, p.system.U.Clone()), append(p.gs, p.system.G.Clone())
	}
	return p.system.SetSource(first)
}

// solutions are the approximations, one for each right side.
func (p *Prepared) solutions() []*pde.Field[float64] {
	if len(p.us) > 0 {
		return p.us
	}
	return []*pde.Field[float64]{p.system.U}
}

// solve solves all systems. The result is that of the one that took the most cycles, or of
// the first that failed; its Time is that of all.
func (p *Prepared) solve(ctx context.Context) (*multigrid.Result, error) {
	solver, ok := p.solver.(interface {
		SolveMany(ctx context.Context, us, gs []*pde.Field[float64]) ([]*multigrid.Result, error)
	})
	if len(p.us) == 0 || !ok {
		return p.solver.Solve(ctx, p.system.U, p.system.G)
	}
	begin := time.Now()
	all, err := solver.SolveMany(ctx, p.us, p.gs)
	if len(all) == 0 { // no further solver could be made
		return nil, err
	}
	took := time.Since(begin)
	res := *slices.MaxFunc(all, func(a, b *multigrid.Result) int { return cmp.Compare(a.Cycles, b.Cycles) })
	if i := slices.IndexFunc(all, func(r *multigrid.Result) bool { return r.Status.Err() != nil }); i >= 0 {
		res = *all[i]
		err = fmt.Errorf("right side %d: %w", i, res.Status.Err())
	}
	res.Time = took
	return &res, err
}
