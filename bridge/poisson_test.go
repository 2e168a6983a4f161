package bridge

import (
	"context"
	"fmt"
	"math"
	"testing"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/multigrid/lfa"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// With everything fixed, three cycles over graph nodes give what the numeric solver
// gives, to float32 rounding: some 30 operations of relative error
// 2⁻²⁴ on values up to ½ in each cycle are within 1e-5.
func TestFixedIsTheNumericCycle(t *testing.T) {
	for _, n := range []int{4, 16, 64} {
		for _, steps := range [][2]int{{1, 1}, {2, 1}, {0, 1}} {
			p, err := NewPoisson(n, .8, steps[0], steps[1], nil)
			if err != nil {
				t.Fatal(err)
			}
			grid, _ := pde.Unit(2, n)
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			u.Randomize(1)
			var start []float32
			for _, v := range u.Interior() {
				start = append(start, float32(v))
			}
			got, err := p.apply(start, 3)
			if err != nil {
				t.Fatal(err)
			}
			solve(t, u, g, multigrid.Components{Smoother: multigrid.Jacobi{Omega: .8}, Coarsening: p.Components().Coarsening}, steps, 3)
			for i, v := range u.Interior() {
				if math.Abs(v-float64(got[i])) > 1e-5 {
					t.Fatalf("n %d, V(%d,%d): value %d is %.7f over nodes, %.7f in numbers", n, steps[0], steps[1], i, got[i], v)
				}
			}
		}
	}
}

// solve does V-cycles in the numeric solver.
func solve(t *testing.T, u, g *pde.Field[float64], c multigrid.Components, steps [2]int, cycles int) {
	t.Helper()
	solver, err := multigrid.NewSolver(stencil.Laplacian(u.Grid), multigrid.Settings{
		Cycle: cycle.Cycle{Pre: []int{steps[0]}, Post: []int{steps[1]}, Gamma: 1}, Components: c, MaxCycles: cycles,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := solver.Solve(t.Context(), u, g); err != nil {
		t.Fatal(err)
	}
}

// The numeric solver with a cycle's kernels does what the graph does, also with
// kernels that are no classics: all of them shifted by random amounts.
func TestComponentsAreTheKernels(t *testing.T) {
	l, _ := ParseLearned("all", LinearOperators)
	p, err := NewPoisson(32, .8, 1, 1, l)
	if err != nil {
		t.Fatal(err)
	}
	x := p.get()
	for i := range x {
		x[i] += .02 * math.Sin(float64(7*i)) // any fixed numbers
	}
	p.set(x)
	grid, _ := pde.Unit(2, 32)
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.Randomize(1)
	var start []float32
	for _, v := range u.Interior() {
		start = append(start, float32(v))
	}
	got, err := p.apply(start, 2)
	if err != nil {
		t.Fatal(err)
	}
	solve(t, u, g, p.Components(), [2]int{1, 1}, 2)
	for i, v := range u.Interior() {
		if math.Abs(v-float64(got[i])) > 1e-5 {
			t.Fatalf("value %d is %.7f over nodes, %.7f in numbers", i, got[i], v)
		}
	}
}

// A learned B beats the best ω-Jacobi on 63² unknowns by far more than the 0.85
// that is asked for, and holds on 255² untouched. Trained on 31² in a few steps.
func TestLearnedB(t *testing.T) {
	const cycles = 25
	omega, best, err := bestOmega(context.Background(), 64, 1, 1, cycles, 1)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(omega-.8) > .03 || math.Abs(best-.35) > .02 {
		t.Errorf("best ω %.2f with factor %.3f; want about .8 and .35", omega, best)
	}
	l, _ := ParseLearned("B", LinearOperators)
	p, err := NewPoisson(32, omega, 1, 1, l)
	if err != nil {
		t.Fatal(err)
	}
	training := DefaultTraining()
	training.Rounds, training.Steps, training.Batch = 2, 6, 4
	if err := p.Train(context.Background(), training); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{64, 256} {
		jacobi, err := smootherFactor(context.Background(), multigrid.Jacobi{Omega: omega}, n, 1, 1, cycles, 1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Factor(context.Background(), n, cycles, 1)
		if err != nil || got > .5*jacobi {
			t.Errorf("n = %d: learned %.3f, best ω-Jacobi %.3f (%v); want at most half", n, got, jacobi, err)
		}
	}
	// The same kernel by its symbol: local Fourier analysis agrees that the
	// two-grid cycle is fast.
	twoGrid, err := lfa.Poisson(2, p.Components().Smoother, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := twoGrid.Analyse(); err != nil || f.TwoGrid > .2 {
		t.Errorf("two-grid factor of the learned smoother %.3f (%v), want at most .2", f.TwoGrid, err)
	}
}

// Training keeps what makes transfers and coarse operators consistent.
func TestConditions(t *testing.T) {
	l, _ := ParseLearned("all", LinearOperators)
	p, err := NewPoisson(16, .8, 1, 1, l)
	if err != nil {
		t.Fatal(err)
	}
	training := Training{Rounds: 2, Steps: 5, Batch: 2, Cycles: 2, Seed: 1}
	if err := p.Train(context.Background(), training); err != nil {
		t.Fatal(err)
	}
	classic, _ := NewPoisson(16, .8, 1, 1, nil)
	moved := map[string]bool{}
	for i, q := range p.params() {
		op := q.Name[len("level0."):]
		old := classic.params()[i]
		for _, c := range conditions[op] {
			var now, want float64
			for k, v := range c {
				now += v * float64(q.Data[k])
				want += v * float64(old.Data[k])
			}
			if math.Abs(now-want) > 1e-5 {
				t.Errorf("%s: condition %v is %.6f, want %g", q.Name, c, now, want)
			}
		}
		for k, v := range q.Data {
			if math.Abs(float64(v-old.Data[k])) > 1e-4 {
				moved[op] = true
			}
		}
	}
	for _, op := range l {
		if !moved[op] {
			t.Errorf("%s has not moved", op)
		}
	}
}

// A round starts from what the cycle of the round before is slowest with: its
// mean factor begins well above the one that round ended with.
func TestRoundsKeepTheSlowest(t *testing.T) {
	p, err := NewPoisson(16, .8, 1, 1, Learned{"B"})
	if err != nil {
		t.Fatal(err)
	}
	first, last := map[int]float64{}, map[int]float64{}
	training := Training{Rounds: 2, Steps: 8, Batch: 4, Cycles: 3, Seed: 1}
	training.Report = func(round, _ int, factor float64) {
		if first[round] == 0 {
			first[round] = factor
		}
		last[round] = factor
	}
	if err := p.Train(context.Background(), training); err != nil {
		t.Fatal(err)
	}
	if first[2] < 1.1*last[1] {
		t.Errorf("round 1 ends with factor %.4f, round 2 begins with %.4f; want at least a tenth more", last[1], first[2])
	}
}

func TestPoissonErrors(t *testing.T) {
	for name, err := range map[string]error{
		"odd":       second(NewPoisson(48, .8, 1, 1, nil)),
		"small":     second(NewPoisson(2, .8, 1, 1, nil)),
		"no steps":  second(NewPoisson(16, .8, 0, 0, nil)),
		"omega":     second(NewPoisson(16, 2, 1, 1, nil)),
		"operator":  second(ParseLearned("A,C", LinearOperators)),
		"Pi":        second(NewPoisson(16, .8, 1, 1, Learned{"B", "Pi"})),
		"no sizes":  second(ComparePoisson(context.Background(), PoissonComparison{N: 16, Cycles: 20})),
		"no cycles": second(ComparePoisson(context.Background(), PoissonComparison{N: 16, Sizes: []int{16}, Cycles: 5})),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	p, _ := NewPoisson(16, .8, 1, 1, Learned{"B"})
	if p.Train(context.Background(), Training{}) == nil {
		t.Error("no steps of training accepted")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Train(ctx, DefaultTraining()); err != context.Canceled {
		t.Errorf("cancelled training: %v", err)
	}
	if _, err := p.Factor(ctx, 64, 20, 1); err != context.Canceled {
		t.Errorf("cancelled measurement: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func ExamplePoisson() {
	learned, _ := ParseLearned("B", LinearOperators)
	cycle, err := NewPoisson(16, 0.8, 1, 1, learned) // starts as ω-Jacobi
	if err != nil {
		fmt.Println(err)
		return
	}
	before, _ := cycle.Factor(context.Background(), 64, 20, 1)
	err = cycle.Train(context.Background(), Training{Rounds: 1, Steps: 8, Batch: 2, Cycles: 4, Seed: 1})
	after, _ := cycle.Factor(context.Background(), 64, 20, 1) // in the numeric solver, on a larger grid
	fmt.Printf("%d values learned, factor at most half of before: %v, %v\n", cycle.Parameters(), after < before/2, err)
	// Output: 27 values learned, factor at most half of before: true, <nil>
}
