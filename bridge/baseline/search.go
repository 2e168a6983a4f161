package baseline

// The search: pairs of a smoother and a coarsening first, then one change at a time of the
// best of them.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// search is the candidates tried so far.
type search struct {
	Options
	ctx      context.Context
	a        stencil.Operator
	g, u     *pde.Field[float64]
	start    *pde.Field[float64] // the boundary values, extended inwards
	dim      int
	deadline time.Time
	chosen   Candidate
	tried    []tried
	known    map[string]bool
	failure  error // of the last candidate that failed
}

// tried is a candidate with its time.
type tried struct {
	Candidate
	seconds float64 // +Inf if it failed
}

func newSearch(ctx context.Context, a stencil.Operator, g *pde.Field[float64], o Options) (*search, error) {
	o, err := o.with()
	if err != nil {
		return nil, err
	}
	grid, to := a.Grids()
	if grid != to || grid.Dim() == 0 {
		return nil, fmt.Errorf("baseline: %v; want an operator on one grid", a)
	}
	if g == nil || g.Grid != grid {
		return nil, fmt.Errorf("baseline: g is not on the grid of %v; want a field on it", a)
	}
	s := &search{Options: o, ctx: ctx, a: a, g: g, u: pde.NewField[float64](grid), dim: grid.Dim(), deadline: time.Now().Add(o.Budget), known: map[string]bool{}}
	s.start = pde.NewField[float64](grid)
	if o.Boundary != nil {
		if o.Boundary.Grid != grid {
			return nil, fmt.Errorf("baseline: the boundary values are not on the grid of %v; want a field on it", a)
		}
		s.start = o.Boundary.Clone()
		s.start.ExtendBoundary()
	}
	settings, _ := multigrid.Choose(a)
	s.chosen = s.named(settings)
	return s, nil
}

// named is a candidate called by its parts, as in "fmg(1,1) rbsor(1.15) full cg mixed".
func (s *search) named(settings multigrid.Settings) Candidate {
	settings.RelTol, settings.MaxCycles = s.RelTol, s.MaxCycles
	shape, rest, _ := strings.Cut(around(settings)+" ", " ")
	c := settings.Cycle
	name := fmt.Sprintf("%s(%d,%d) %v %s %s", shape, c.Pre[0], c.Post[0], settings.Smoother, coarseningName(settings.Coarsening), rest)
	return Candidate{Name: strings.TrimSpace(name), Settings: settings}
}

// around names what is around the operators of a method: the shape of the cycle, the Krylov
// method and the precision.
func around(s multigrid.Settings) string {
	name := "v"
	switch {
	case s.Cycle.Full:
		name = "fmg"
	case s.Cycle.F:
		name = "f"
	case s.Cycle.Gamma == 2:
		name = "w"
	}
	if s.Krylov != multigrid.None {
		name += " " + s.Krylov.String()
	}
	if s.Precision == multigrid.Mixed {
		name += " mixed"
	}
	return name
}

// coarseningName is the name that [multigrid.CoarseningByName] reads.
func coarseningName(c multigrid.Coarsening) string {
	switch c := c.(type) {
	case multigrid.Galerkin:
		return "galerkin"
	case multigrid.BlackBox:
		if c.Semi {
			return "semi"
		}
		return "blackbox"
	case multigrid.Aggregation:
		return "aggregation"
	}
	return "full"
}

// run tries candidates until there are no more, or the time is over.
func (s *search) run() {
	s.try(s.chosen.Settings)
	for _, c := range s.pairs() {
		settings := multigrid.Settings{
			Cycle: cycle.Cycle{Pre: []int{1}, Post: []int{1}, Gamma: 1}, Components: c,
		}
		if _, ok := c.Coarsening.(multigrid.Aggregation); !ok {
			s.try(settings)
		}
		settings.Krylov = multigrid.CG
		if errors.Is(s.try(settings), multigrid.NotSymmetric.Err()) {
			settings.Krylov = multigrid.FGMRES
			s.try(settings)
		}
	}
	const starts = 3
	for rank := range starts {
		best := s.ranked()
		if rank >= len(best) || math.IsInf(best[rank].seconds, 1) {
			break
		}
		s.descend(best[rank])
	}
}

// pairs are the smoothers with the coarsenings that they go with.
func (s *search) pairs() (list []multigrid.Components) {
	omega := []float64{1, 1.15, 1.2}[s.dim-1]
	points := []multigrid.Smoother{multigrid.RedBlack{Omega: 1}, multigrid.RedBlack{Omega: omega}}
	jacobi, _ := multigrid.NewSmoother("jacobi", s.dim, 0)
	for _, c := range []multigrid.Coarsening{multigrid.Rediscretized{}, multigrid.Galerkin{}} {
		for _, smoother := range append(slices.Clone(points), jacobi, multigrid.Chebyshev{Degree: 2}, multigrid.GaussSeidel{}) {
			list = append(list, multigrid.Components{Smoother: smoother, Coarsening: c})
		}
	}
	for _, semi := range []bool{false, true} {
		smoothers := append(slices.Clone(points), multigrid.Adaptive{}, multigrid.Lines{})
		for d := range s.dim {
			smoothers = append(smoothers, multigrid.Lines{Axes: []int{d}})
		}
		if s.dim == 3 {
			smoothers = append(smoothers, multigrid.Planes{})
		}
		for _, smoother := range smoothers {
			list = append(list, multigrid.Components{Smoother: smoother, Coarsening: multigrid.BlackBox{Semi: semi}})
		}
	}
	return append(list, multigrid.Components{Smoother: multigrid.SymmetricGaussSeidel{}, Coarsening: multigrid.Aggregation{}})
}

// descend takes every change of one part that makes a candidate faster, part by part.
func (s *search) descend(from tried) {
	for _, change := range []func(multigrid.Settings) []multigrid.Settings{shapes, krylovs, steps, weights, precisions, steps, shapes} {
		for _, settings := range change(from.Settings) {
			s.try(settings)
			if last := s.of(s.named(settings).Name); last != nil && last.seconds < from.seconds {
				from = *last
			}
		}
	}
}

// shapes are the cycles of other shapes with the same steps.
func shapes(s multigrid.Settings) (list []multigrid.Settings) {
	for _, c := range []cycle.Cycle{{Gamma: 1}, {Gamma: 1, F: true}, {Gamma: 2}, {Gamma: 1, Full: true}} {
		c.Pre, c.Post = s.Cycle.Pre, s.Cycle.Post
		s.Cycle = c
		list = append(list, s)
	}
	return list
}

// steps are other numbers of steps before and after.
func steps(s multigrid.Settings) (list []multigrid.Settings) {
	for _, n := range [][2]int{{1, 1}, {1, 2}, {2, 1}, {2, 2}, {0, 1}, {1, 0}} {
		s.Cycle.Pre, s.Cycle.Post = []int{n[0]}, []int{n[1]}
		list = append(list, s)
	}
	return list
}

// krylovs are the methods around the cycle.
func krylovs(s multigrid.Settings) (list []multigrid.Settings) {
	for _, k := range []multigrid.Krylov{multigrid.None, multigrid.CG, multigrid.BiCGStab, multigrid.FGMRES} {
		s.Krylov = k
		list = append(list, s)
	}
	return list
}

// weights are other weights of SOR.
func weights(s multigrid.Settings) (list []multigrid.Settings) {
	if _, ok := s.Smoother.(multigrid.RedBlack); !ok {
		return nil
	}
	for _, w := range []float64{1, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3} {
		s.Smoother = multigrid.RedBlack{Omega: w}
		list = append(list, s)
	}
	return list
}

// precisions are both.
func precisions(s multigrid.Settings) (list []multigrid.Settings) {
	for _, p := range []multigrid.Precision{multigrid.Double, multigrid.Mixed} {
		s.Precision = p
		list = append(list, s)
	}
	return list
}

const (
	// slow is how many times as long as the best so far a candidate may take before it is
	// stopped, and patience a time that each has.
	slow     = 3
	patience = 50 * time.Millisecond
)

// try times a candidate that was not tried yet by the faster of two solves, unless the time
// is over, and returns why it failed.
func (s *search) try(settings multigrid.Settings) error {
	c := s.named(settings)
	if s.known[c.Name] || s.ctx.Err() != nil || len(s.tried) > 0 && time.Now().After(s.deadline) {
		return nil
	}
	s.known[c.Name] = true
	s.report(c.Name, 0)
	seconds, err := s.time(c.Settings, s.best())
	if err != nil {
		s.failure = err
	}
	s.tried = append(s.tried, tried{c, seconds})
	return err
}

// time is the faster of two solves, or +Inf and why there is none; limit is the seconds of the
// best so far.
func (s *search) time(settings multigrid.Settings, limit float64) (seconds float64, err error) {
	seconds = math.Inf(1)
	for range 2 {
		ctx, cancel := s.ctx, context.CancelFunc(func() {})
		if !math.IsInf(limit, 1) {
			ctx, cancel = context.WithTimeout(s.ctx, patience+time.Duration(slow*limit*float64(time.Second)))
		}
		res, setup, _, err := s.solve(ctx, settings)
		cancel()
		if err != nil {
			return math.Inf(1), err
		}
		one := res.Time.Seconds()
		if s.WithSetup {
			one += setup
		}
		seconds = min(seconds, one)
		if one > 1.5*limit { // a second solve would not make it the best
			break
		}
	}
	return seconds, nil
}

// tune takes every change of the shape of the cycle, the Krylov method around it and the
// precision that makes a method faster; its operators stay. One that never converges stays as
// it is.
func (s *search) tune(c Candidate) Candidate {
	from := c.Settings
	s.report(c.Name, 0)
	least, _ := s.time(from, slow*s.best())
	for _, change := range []func(multigrid.Settings) []multigrid.Settings{shapes, krylovs, precisions, shapes} {
		for _, settings := range change(from) {
			if s.ctx.Err() != nil {
				return c
			}
			name := c.Name + " " + around(settings)
			s.report(name, 0)
			if seconds, err := s.time(settings, min(least, slow*s.best())); err == nil && seconds < least {
				least, from = seconds, settings
			}
		}
	}
	return Candidate{Name: c.Name + " " + around(from), Settings: from}
}

// best is the seconds of the fastest so far, +Inf before there is one.
func (s *search) best() float64 {
	least := math.Inf(1)
	for _, t := range s.tried {
		least = min(least, t.seconds)
	}
	return least
}

// of is the candidate of this name, if it was tried.
func (s *search) of(name string) *tried {
	for i := range s.tried {
		if s.tried[i].Name == name {
			return &s.tried[i]
		}
	}
	return nil
}

// ranked are the candidates, the fastest first.
func (s *search) ranked() []tried {
	list := slices.Clone(s.tried)
	slices.SortStableFunc(list, func(a, b tried) int { return cmp.Compare(a.seconds, b.seconds) })
	return list
}

// finalists are the fastest that converged.
func (s *search) finalists() (list []Candidate) {
	for _, t := range s.ranked() {
		if len(list) == s.Finalists || math.IsInf(t.seconds, 1) {
			break
		}
		list = append(list, t.Candidate)
	}
	return list
}

func (s *search) report(name string, turn int) {
	if s.Report == nil {
		return
	}
	best := s.best()
	if math.IsInf(best, 1) {
		best = math.NaN()
	}
	s.Report(Progress{len(s.tried), name, turn, best})
}
