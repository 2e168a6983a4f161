package guess

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/field"
	"mgtool/pde/elliptic"
)

// exact is A⁻¹ by elimination, times a factor.
type exact struct {
	lu     mat.LU
	factor float64
}

func (e *exact) Solve(u, g []float64) error {
	var x mat.VecDense
	if err := e.lu.SolveVecTo(&x, false, mat.NewVecDense(len(g), g)); err != nil {
		return err
	}
	for i := range u {
		u[i] = e.factor * x.AtVec(i)
	}
	return nil
}

// inverse is the exact operator of a system: A is what it makes of the unit vectors.
func inverse(t *testing.T, s *elliptic.System, factor float64) *exact {
	t.Helper()
	n := s.G.Unknowns()
	m := mat.NewDense(n, n, nil)
	u, zero, r := s.U.Clone(), s.G.Clone(), s.G.Clone()
	zero.Zero()
	for k := range n {
		unit := make([]float64, n)
		unit[k] = -1
		set(u, unit)
		if err := s.A.Residual(r, u, zero); err != nil {
			t.Fatal(err)
		}
		m.SetCol(k, r.Interior())
	}
	e := &exact{factor: factor}
	e.lu.Factorize(m)
	return e
}

// solution is u of a system, by elimination.
func solution(t *testing.T, s *elliptic.System) []float64 {
	t.Helper()
	u := make([]float64, s.G.Unknowns())
	if err := inverse(t, s, 1).Solve(u, s.G.Interior()); err != nil {
		t.Fatal(err)
	}
	return u
}

func system(t *testing.T) *elliptic.System {
	t.Helper()
	const n = 12
	a := make([]float64, n*n)
	for i := range a {
		a[i] = 3
		if i%n+i/n > n {
			a[i] = 12
		}
	}
	s, err := field.Darcy(a, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A perfect network saves all cycles and is a perfect preconditioner; one that answers 0 saves
// none; half of the solution leaves half of the residual.
func TestNetworks(t *testing.T) {
	s := system(t)
	rows := func(factor float64) map[string]Row {
		table, err := New(Options{RelTol: 1e-8, Most: 60, Repeats: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := table.Add(context.Background(), Problem{s, solution(t, s), inverse(t, s, factor), true}); err != nil {
			t.Fatal(err)
		}
		list := map[string]Row{}
		for _, r := range table.Rows() {
			if list[r.Name] = r; r.Problems != 1 || r.Converged == 1 && !(r.Seconds > 0) {
				t.Errorf("factor %g: %+v", factor, r)
			}
		}
		return list
	}
	perfect, half, none := rows(1), rows(.5), rows(0)
	v, guessed := "V-cycles from 0", "V-cycles from the network"
	if r := perfect[guessed]; r.Converged != 1 || r.Steps > 1 || r.First > 1e-10 {
		t.Errorf("perfect guess: %+v", r)
	}
	if r := perfect["FGMRES with the network"]; r.Converged != 1 || r.Steps != 1 {
		t.Errorf("perfect preconditioner: %+v", r)
	}
	if r := half["FGMRES with the network"]; r.Converged != 1 || r.Steps != 1 {
		t.Errorf("half of a perfect preconditioner, which Krylov methods scale: %+v", r)
	}
	if r := half["FGMRES with the network and a V-cycle"]; r.Converged != 1 || !(r.Steps < half["FGMRES with a V-cycle from 0"].Steps+1) {
		t.Errorf("half of a perfect preconditioner and a cycle: %+v", r)
	}
	if r := half[guessed]; math.Abs(r.First-.5) > 1e-10 || math.Abs(r.Error-.5) > 1e-10 {
		t.Errorf("half of the solution: %+v; want half of the residual and of the error", r)
	}
	if r := none[guessed]; r.Steps != none[v].Steps || r.First != 1 || r.Error != 1 {
		t.Errorf("no guess: %+v; want the cycles of %+v", r, none[v])
	}
	if r := none["FGMRES with the network"]; r.Converged != 0 {
		t.Errorf("M = 0 converged: %+v", r)
	}
}

// Means are over the problems that all methods solved, but for methods that solved none: one that
// fails on hard problems does not look fast for it.
func TestMeansOverCommonProblems(t *testing.T) {
	solve := func(steps int) outcome { return outcome{steps: steps, seconds: 1, converged: true} }
	table := Table{rows: []entry{
		{name: "all", outcomes: []outcome{solve(2), solve(4), solve(90)}},
		{name: "easy", outcomes: []outcome{solve(1), solve(3), {steps: 100}}},
		{name: "none", outcomes: []outcome{{}, {}, {}}},
	}}
	rows := table.Rows()
	for i, want := range []float64{3, 2, math.NaN()} {
		r := rows[i]
		if r.Steps != want && !(math.IsNaN(want) && math.IsNaN(r.Steps)) || r.Common != 2 || r.Converged != 3-i && i < 2 {
			t.Errorf("%+v; want %g steps over 2 common problems", r, want)
		}
	}
	table.rows[0].outcomes, table.rows[1].outcomes = []outcome{solve(1), {}, {}}, []outcome{{}, solve(1), {}}
	if r := table.Rows()[0]; r.Common != 0 || !math.IsNaN(r.Steps) {
		t.Errorf("%+v; want NaN where there is no common problem", r)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{0, 1, 1}, {1, 1, 1}, {.1, 0, 1}, {.1, 1, 0}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v is no error", o)
		}
	}
	s := system(t)
	table, _ := New(Options{RelTol: 1e-6, Most: 50, Repeats: 1})
	if err := table.Add(context.Background(), Problem{s, solution(t, s), inverse(t, s, 1), false}); err != nil || len(table.Rows()) != 5 {
		t.Errorf("%d methods of a network for one right side; want 5 (%v)", len(table.Rows()), err)
	}
	if err := table.Add(context.Background(), Problem{s, nil, inverse(t, s, 1), false}); err == nil {
		t.Error("no solution is no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := table.Add(ctx, Problem{s, solution(t, s), inverse(t, s, 1), true}); err == nil {
		t.Error("a context that was cancelled is no error")
	}
}
