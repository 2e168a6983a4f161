package baseline

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/family"
	"mgtool/pde/stencil"
)

func system(t *testing.T, name string, n int) (stencil.Operator, *pde.Field[float64]) {
	t.Helper()
	p, err := family.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	grid, err := pde.Unit(p.Dim(), n)
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Operator(grid)
	if err != nil {
		t.Fatal(err)
	}
	g := pde.NewField[float64](grid)
	g.FillInterior(p.Source())
	return a, g
}

func vCycle(s multigrid.Smoother, c multigrid.Coarsening) multigrid.Settings {
	return multigrid.Settings{Cycle: cycle.Cycle{Pre: []int{1}, Post: []int{1}}, Components: multigrid.Components{Smoother: s, Coarsening: c}}
}

// Rows are in the order of their times, each of them solved again here to the tolerance with
// its settings; the method that multigrid chooses is one of them, and so is what was added,
// with the error of what does not converge.
func TestBest(t *testing.T) {
	for _, name := range []string{"poisson(dim=2)", "rotated(eps=0.05,theta=30)", "convection(eps=0.01)", "lognormal(dim=3,length=0)"} {
		n := 32
		if strings.Contains(name, "dim=3") {
			n = 16
		}
		a, g := system(t, name, n)
		reports, turns := 0, 0
		rows, err := Best(context.Background(), a, g, Options{
			Finalists: 3, Repeats: 3, Budget: 700 * time.Millisecond,
			Also: []Candidate{
				{Name: "diverges", Settings: vCycle(multigrid.Jacobi{Omega: 1.9}, multigrid.Galerkin{})},
				{Name: "cannot be built", Settings: vCycle(multigrid.Lines{}, multigrid.Galerkin{})},
				{Name: "good", Settings: vCycle(multigrid.Lines{}, multigrid.BlackBox{})},
			},
			Report: func(p Progress) { reports++; turns = max(turns, p.Turn) },
		})
		if err != nil {
			t.Fatal(name, err)
		}
		chosen, also, failed := 0, 0, 0
		for i, r := range rows {
			if i > 0 && r.Seconds(false) < rows[i-1].Seconds(false) {
				t.Errorf("%s: row %d, %s, is faster than the one before", name, i, r.Name)
			}
			if r.Chosen {
				chosen++
			}
			if r.Also {
				also++
			}
			if r.Err != nil {
				failed++
				if r.Name == "good" {
					t.Errorf("%s: %s failed: %v", name, r.Name, r.Err)
				}
				continue
			}
			if len(r.SolvesS) != 3 || !(r.SolveS > 0) || !(r.SetupS > 0) || r.Cycles < 1 || r.Levels < 2 || r.Seconds(true) != r.SetupS+r.SolveS {
				t.Errorf("%s: %+v", name, r)
			}
			// By a plain application of A.
			solver, err := multigrid.NewSolver(a, r.Settings)
			if err != nil {
				t.Fatal(err)
			}
			u := pde.NewField[float64](g.Grid)
			if _, err := solver.Solve(context.Background(), u, g); err != nil {
				t.Fatalf("%s: %s: %v", name, r.Name, err)
			}
			au, sum, all := u.Clone(), 0.0, 0.0
			if err := a.Apply(au, u); err != nil {
				t.Fatal(err)
			}
			of := au.Interior()
			for i, v := range g.Interior() {
				sum += (v - of[i]) * (v - of[i])
				all += v * v
			}
			if left := math.Sqrt(sum / all); !(left <= 1.02e-8) || math.Abs(left-r.TrueResidual) > 1e-3*r.TrueResidual+1e-13 {
				t.Errorf("%s: %s leaves %.3g of the residual, and says %.3g; want 1e-8", name, r.Name, left, r.TrueResidual)
			}
		}
		if chosen != 1 || also != 3 || failed != 2 || turns != 3 || reports < len(rows) {
			t.Errorf("%s: %d rows chosen, %d added, %d failed, %d turns; want 1, 3, 2 and 3", name, chosen, also, failed, turns)
		}
		if rows[0].Also && rows[0].Name != "good" || rows[len(rows)-1].Err == nil || !math.IsInf(rows[len(rows)-1].Seconds(false), 1) {
			t.Errorf("%s: what failed is not last", name)
		}
	}
}

// What is tuned has the same operators, and says what is around them; what failed before stays as
// it is.
func TestTune(t *testing.T) {
	a, g := system(t, "rotated(eps=0.01,theta=45)", 32)
	slowly, never := vCycle(multigrid.RedBlack{Omega: 1}, multigrid.Galerkin{}), vCycle(multigrid.Lines{}, multigrid.Galerkin{})
	rows, err := Best(context.Background(), a, g, Options{
		Budget: 300 * time.Millisecond, Finalists: 1, Repeats: 1,
		Also: []Candidate{{Name: "tuned", Settings: slowly, Tune: true}, {Name: "never", Settings: never, Tune: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		name, beside, _ := strings.Cut(r.Name, " ")
		switch name {
		case "tuned":
			if r.Err != nil || r.Settings.Smoother != slowly.Smoother || r.Settings.Coarsening != slowly.Coarsening || beside != around(r.Settings) {
				t.Errorf("%s: %v, %v, %v; want the same operators, and what is around them", r.Name, r.Settings.Smoother, r.Settings.Coarsening, r.Err)
			}
		case "never":
			if r.Err == nil || beside != "v" {
				t.Errorf("%s: %v; want an error, and a V-cycle", r.Name, r.Err)
			}
		}
	}
	slowly.Cycle.Full, slowly.Krylov, slowly.Precision = true, multigrid.FGMRES, multigrid.Mixed
	if got := around(slowly); got != "fmg fgmres mixed" {
		t.Errorf("around is %q; want fmg fgmres mixed", got)
	}
}

// Boundary values belong to the problem: with those of a linear function and g = 0 the start,
// which extends them inwards, is the solution.
func TestBoundary(t *testing.T) {
	a, g := system(t, "poisson", 32)
	g.Zero()
	u := g.Clone()
	u.FillBoundary(func(x, y, _ float64) float64 { return 1 + x - 2*y })
	rows, err := Best(context.Background(), a, g, Options{Budget: 1, Repeats: 1, Boundary: u})
	if err != nil || rows[0].Cycles != 0 {
		t.Errorf("%+v, %v; want no cycle", rows, err)
	}
}

// Time bounds the search, not what is timed in the end: without any, it is the method that
// multigrid chooses.
func TestBudget(t *testing.T) {
	a, g := system(t, "poisson", 32)
	rows, err := Best(context.Background(), a, g, Options{Budget: 1, Repeats: 1})
	if err != nil || len(rows) != 1 || !rows[0].Chosen || rows[0].Err != nil {
		t.Errorf("%+v, %v; want the chosen method alone", rows, err)
	}
}

func TestMistakes(t *testing.T) {
	a, g := system(t, "poisson", 32)
	_, other := system(t, "poisson", 16)
	for want, err := range map[string]error{
		"relative tolerance 2": second(Best(context.Background(), a, g, Options{RelTol: 2})),
		"a budget of -1":       second(Best(context.Background(), a, g, Options{Budget: -1})),
		"-1 finalists":         second(Best(context.Background(), a, g, Options{Finalists: -1})),
		"at most -5 cycles":    second(Best(context.Background(), a, g, Options{MaxCycles: -5})),
		"g is not on the grid": second(Best(context.Background(), a, other, Options{})),
		"boundary values are":  second(Best(context.Background(), a, g, Options{Boundary: other})),
		"on one grid":          second(Best(context.Background(), stencil.Operator{}, g, Options{})),
		"none of":              second(Best(context.Background(), a, g, Options{MaxCycles: 1, RelTol: 1e-12, Budget: 200 * time.Millisecond})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want an error with %q", err, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Best(ctx, a, g, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

func second(_ []Row, err error) error { return err }
