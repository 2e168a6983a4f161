package baseline

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
)

// What the search ranks by: medians, times with and without a set-up, those that converged.
func TestRanks(t *testing.T) {
	for _, c := range []struct {
		list []float64
		want float64
	}{{[]float64{7}, 7}, {[]float64{9, 1, 4}, 4}, {[]float64{4, 9, 1, 6}, 4}, {[]float64{5, 4, 3, 2, 1}, 3}} {
		if got := median(c.list); got != c.want {
			t.Errorf("median of %v is %g; want %g", c.list, got, c.want)
		}
	}
	if got := median(nil); !math.IsNaN(got) {
		t.Errorf("median of nothing is %g", got)
	}
	r := Row{SetupS: 3, SolveS: 2}
	if r.Seconds(false) != 2 || r.Seconds(true) != 5 {
		t.Errorf("%g s without and %g s with a set-up; want 2 and 5", r.Seconds(false), r.Seconds(true))
	}
	if r.Err = errors.New("failed"); !math.IsInf(r.Seconds(false), 1) || !math.IsInf(r.Seconds(true), 1) {
		t.Error("what failed has a time")
	}
	s := &search{Options: Options{Finalists: 2}}
	if !math.IsInf(s.best(), 1) {
		t.Errorf("the best of none takes %g s", s.best())
	}
	for name, seconds := range map[string]float64{"c": 3, "never": math.Inf(1), "a": 1, "b": 2} {
		s.tried = append(s.tried, tried{Candidate{Name: name}, seconds})
	}
	names := func() string {
		var list []string
		for _, c := range s.finalists() {
			list = append(list, c.Name)
		}
		return strings.Join(list, " ")
	}
	if s.best() != 1 || names() != "a b" {
		t.Errorf("best %g, finalists %s; want 1 and a b", s.best(), names())
	}
	if s.Finalists = 9; names() != "a b c" {
		t.Errorf("finalists %s; want those that converged, a b c", names())
	}
	if s.of("b").seconds != 2 || s.of("d") != nil {
		t.Error("b or d is not what was tried")
	}
}

// The changes that are tried: every shape, numbers of steps, Krylov method and precision, and
// weights for SOR alone; planes are relaxed in three dimensions only.
func TestChanges(t *testing.T) {
	from := multigrid.Settings{Cycle: cycle.Cycle{Pre: []int{2}, Post: []int{1}, Gamma: 1}, Components: multigrid.Components{Smoother: multigrid.RedBlack{Omega: 1}}}
	var names []string
	for _, change := range []func(multigrid.Settings) []multigrid.Settings{shapes, krylovs, precisions} {
		for _, s := range change(from) {
			names = append(names, around(s))
			if s.Cycle.Pre[0] != 2 || s.Cycle.Post[0] != 1 || s.Smoother != from.Smoother {
				t.Errorf("%s has other steps or another smoother", around(s))
			}
		}
	}
	if got := strings.Join(names, ", "); got != "v, f, w, fmg, v, v cg, v bicgstab, v fgmres, v, v mixed" {
		t.Errorf("around a cycle: %s", got)
	}
	var counts [][2]int
	for _, s := range steps(from) {
		counts = append(counts, [2]int{s.Cycle.Pre[0], s.Cycle.Post[0]})
	}
	if !slices.Contains(counts, [2]int{0, 1}) || !slices.Contains(counts, [2]int{2, 2}) || slices.Contains(counts, [2]int{0, 0}) {
		t.Errorf("steps %v", counts)
	}
	for _, s := range weights(from) {
		if w := s.Smoother.(multigrid.RedBlack).Omega; !(w >= 1 && w < 2) {
			t.Errorf("weight %g", w)
		}
	}
	from.Smoother = multigrid.Lines{}
	if list := weights(from); list != nil {
		t.Errorf("weights of lines: %v", list)
	}
	for _, name := range []string{"poisson(dim=2)", "poisson(dim=3)"} {
		a, g := system(t, name, 8)
		s, err := newSearch(context.Background(), a, g, Options{})
		if err != nil {
			t.Fatal(err)
		}
		planes := slices.ContainsFunc(s.pairs(), func(c multigrid.Components) bool { _, ok := c.Smoother.(multigrid.Planes); return ok })
		if planes != (s.dim == 3) {
			t.Errorf("%s: planes are relaxed: %v", name, planes)
		}
	}
}

// An answer whose residual is above the tolerance is no solution, whatever the solver says.
func TestInaccurate(t *testing.T) {
	a, g := system(t, "poisson", 16)
	s, err := newSearch(context.Background(), a, g, Options{RelTol: 1e-8, Budget: 1})
	if err != nil {
		t.Fatal(err)
	}
	loose := vCycle(multigrid.RedBlack{Omega: 1}, multigrid.Rediscretized{})
	loose.RelTol, loose.MaxCycles = 1e-3, 50
	if _, _, _, err := s.solve(context.Background(), loose); !errors.Is(err, errInaccurate) {
		t.Errorf("a solve to 1e-3: %v; want it refused", err)
	}
	loose.RelTol = 1e-8
	if _, _, _, err := s.solve(context.Background(), loose); err != nil {
		t.Errorf("a solve to 1e-8: %v", err)
	}
}
