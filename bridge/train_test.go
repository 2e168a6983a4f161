package bridge

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"mgtool/bridge/specification"
	"mgtool/bridge/spectrum"
	"mgtool/multigrid"
	"mgtool/multigrid/lfa"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// trueFactor is that of a cycle on an operator.
func trueFactor(t *testing.T, c *Cycle, a stencil.Operator) float64 {
	t.Helper()
	s, err := c.Settings(a)
	if err != nil {
		t.Fatal(err)
	}
	e, err := spectrum.Factor(t.Context(), a, s, spectrum.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e.Factor
}

// made makes a cycle, or fails the test.
func made(t *testing.T, s specification.Specification, problems ...stencil.Operator) *Cycle {
	t.Helper()
	c, err := New(s, 1, problems...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// On cells that become odd before 64 unknowns are left the coarsest A in training is larger, and
// what is learned there is as good on 48 cells, which do not. Operators that have no
// coarser form than that, which the solver needs, are refused before the work.
func TestOddCells(t *testing.T) {
	training := DefaultTraining()
	training.Rounds, training.Steps, training.Batch = 1, 6, 4
	s := specification.Specification{Share: "levels", Operators: map[string]specification.Switch{"A": {From: "galerkin"}, "B": {State: specification.Started, Symmetry: "full"}, "R": {From: "transpose"}}}
	c := made(t, s, stencil.Laplacian(unit(t, 2, 44))) // 22, and 11 with 100 unknowns
	if last := c.grids[len(c.grids)-1]; last.Unknowns() != 100 {
		t.Errorf("the coarsest grid is %v; want 100 unknowns", last)
	}
	if err := c.Train(t.Context(), training); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{44, 48} { // the latter has levels down to 6 cells
		if got := trueFactor(t, c, stencil.Laplacian(unit(t, 2, n))); got > .12 {
			t.Errorf("factor %.3f on %d cells; want about .1", got, n)
		}
	}
	if _, err := New(s, 1, jumping(t, 2, 44)); err == nil || !strings.Contains(err.Error(), "known by its coefficients on one grid only") {
		t.Errorf("%v; want that the solver has no levels below 11 cells", err)
	}
}

// A learned B beats the best ω-Jacobi on 63² unknowns by far more than the 0.85
// that is asked for, and holds on 255² untouched. Trained on 31² in a few steps.
func TestLearnedB(t *testing.T) {
	comparison := CycleComparison{N: 32, Sizes: []int{64}, Pre: 1, Post: 1, Cycles: 80}
	omega, best, err := comparison.bestOmega(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(omega-.8) > .03 || math.Abs(best-.35) > .02 {
		t.Errorf("best ω %.2f with factor %.3f; want about .8 and .35", omega, best)
	}
	c := made(t, specification.Learn(specification.Learned{"B"}), stencil.Laplacian(unit(t, 2, 32)))
	training := DefaultTraining()
	training.Rounds, training.Steps, training.Batch = 2, 6, 4
	if err := c.Train(t.Context(), training); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{64, 256} {
		if got := trueFactor(t, c, stencil.Laplacian(unit(t, 2, n))); got > .5*best {
			t.Errorf("n = %d: learned %.3f, best ω-Jacobi %.3f; want at most half", n, got, best)
		}
	}
	// The same kernel by its symbol: local Fourier analysis agrees that the two-grid
	// cycle is fast.
	b := multigrid.StencilSmoother{Name: "learned", B: func(g pde.Grid) (stencil.Operator, error) {
		k, err := c.Method().Levels[0].Pre[0].Stencil.Kernel()
		if err != nil {
			return stencil.Operator{}, err
		}
		d, _, _ := stencil.Laplacian(g).Diagonal()
		return stencil.Constant(g, k.Scale(1/d))
	}}
	twoGrid, err := lfa.Poisson(2, b, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := twoGrid.Analyse(); err != nil || f.TwoGrid > .2 {
		t.Errorf("two-grid factor of the learned smoother %.3f (%v), want at most .2", f.TwoGrid, err)
	}
}

// The gradient by the learned values, through the graph and the spaces of kernels, is that of
// the loss, for every loss and for kernels from which R A P is computed.
func TestGradientOfTheLoss(t *testing.T) {
	galerkin := specification.Specification{Share: "levels", Operators: map[string]specification.Switch{
		"A": {From: "galerkin"}, "B": {State: specification.Started, Apart: true, Symmetry: "axes"}, "P": {State: specification.Started}, "R": {State: specification.Started, Free: true},
	}}
	for name, c := range map[string]struct {
		s    specification.Specification
		a    []stencil.Operator
		loss string
	}{
		"gelfand":    {specification.Learn(specification.Cycle.Operators()), []stencil.Operator{stencil.Laplacian(unit(t, 2, 32))}, "gelfand"},
		"residual":   {galerkin, []stencil.Operator{rotated(t, 32, .1, .5), rotated(t, 32, .3, .2)}, "residual"},
		"supervised": {galerkin, []stencil.Operator{jumping(t, 2, 16)}, "supervised"},
		"transpose": {specification.Specification{Operators: map[string]specification.Switch{
			"A": {From: "galerkin"}, "B": {State: specification.Started, Kind: "colours"}, "P": {State: specification.Started}, "R": {From: "transpose"},
		}}, []stencil.Operator{stencil.Laplacian(unit(t, 3, 8))}, "gelfand"},
	} {
		t.Run(name, func(t *testing.T) {
			cycle := made(t, c.s, c.a...)
			training := DefaultTraining()
			training.Loss, training.Batch, training.Cycles = c.loss, 4, 2
			l, err := newLearner(t.Context(), cycle, training)
			if err != nil {
				t.Fatal(err)
			}
			x := cycle.get()
			for i := range x {
				x[i] += .01 * math.Sin(float64(3*i))
			}
			grad := make([]float64, len(x))
			l.loss(x)
			l.gradient(grad, x)
			norm := 0.0
			for _, g := range grad {
				norm = math.Hypot(norm, g)
			}
			if norm < .01 {
				t.Fatalf("a gradient of norm %g", norm)
			}
			// The loss is the log of a sum in float32, exact to some 1e-7, so differences over
			// 2h = 0.02 are to 1e-5. Where the gradient is large so are higher derivatives.
			for direction := range 4 {
				d := make([]float64, len(x))
				length := 0.0
				for i := range d {
					if d[i] = math.Cos(float64((direction+1)*(i+1)) + float64(direction)); direction == 0 {
						d[i] = grad[i]
					}
					length = math.Hypot(length, d[i])
				}
				want := 0.0
				for i := range d {
					d[i] /= length
					want += d[i] * grad[i]
				}
				at := func(h float64) float64 {
					y := slices.Clone(x)
					for i := range y {
						y[i] += h * d[i]
					}
					return l.loss(y)
				}
				h := min(.01, .05/norm)
				got := (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
				if math.Abs(got-want) > .01*norm {
					t.Errorf("direction %d: difference quotient %.6f, gradient %.6f of norm %.3f", direction, got, want, norm)
				}
			}
		})
	}
}

// Training keeps what makes transfers and coarse operators consistent, in kernels that are
// not what they were.
func TestConditions(t *testing.T) {
	classic := made(t, specification.Learn(specification.Cycle.Operators()), stencil.Laplacian(unit(t, 2, 32)))
	c := made(t, specification.Learn(specification.Cycle.Operators()), stencil.Laplacian(unit(t, 2, 32)))
	training := smallTraining()
	if err := c.Train(t.Context(), training); err != nil {
		t.Fatal(err)
	}
	for i, v := range c.learned() {
		old := classic.learned()[i]
		for _, k := range conditions(v.name[:1], 2) {
			var now, want float64
			for o, w := range k {
				now += w * float64(v.data[o])
				want += w * float64(old.data[o])
			}
			if math.Abs(now-want) > 1e-5 {
				t.Errorf("%s: condition %v is %.6f, want %g", v.name, k, now, want)
			}
		}
		moved := 0.0
		for o, w := range v.data {
			moved = max(moved, math.Abs(float64(w-old.data[o])))
		}
		if moved < 1e-4 {
			t.Errorf("%s has not moved", v.name)
		}
	}
}

// A round starts from what the cycle of the round before is slowest with: its
// mean factor begins well above the one that round ended with.
func TestRoundsKeepTheSlowest(t *testing.T) {
	c := made(t, specification.Learn(specification.Learned{"B"}), stencil.Laplacian(unit(t, 2, 32)))
	first, last := map[int]float64{}, map[int]float64{}
	training := smallTraining()
	training.Steps = 8
	training.Report = func(round, _ int, factor float64) {
		if first[round] == 0 {
			first[round] = factor
		}
		last[round] = factor
	}
	if err := c.Train(t.Context(), training); err != nil {
		t.Fatal(err)
	}
	if first[2] < 1.1*last[1] {
		t.Errorf("round 1 ends with factor %.4f, round 2 begins with %.4f; want at least a tenth more", last[1], first[2])
	}
}

// With as many problems as fields, each keeps its slow errors in every second round; with fewer, the
// fields of the first half are followed over all rounds.
func TestRoundsTakeTurns(t *testing.T) {
	for _, c := range []struct {
		problems int
		kept     [2][]int // in rounds 2 and 3
	}{{4, [2][]int{{0, 1}, {2, 3}}}, {2, [2][]int{{0, 1}, {0, 1}}}} {
		var problems []stencil.Operator
		for range c.problems {
			problems = append(problems, stencil.Laplacian(unit(t, 2, 16)))
		}
		training := smallTraining()
		training.Batch = 4
		cycle := made(t, specification.Learn(specification.Learned{"B"}), problems...)
		l, err := newLearner(t.Context(), cycle, training)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.kept {
			if err := l.renew(2 + i); err != nil {
				t.Fatal(err)
			}
			var slow []int
			for k := range 4 {
				u := l.starts.at(k)
				left := slices.Clone(l.program.Values(l.last)[k*len(u):][:len(u)])
				if normalise(left); slices.Equal(u, left) {
					slow = append(slow, k)
				}
			}
			if !slices.Equal(slow, want) {
				t.Errorf("%d problems, round %d: fields %v are what cycles leave; want %v", c.problems, 2+i, slow, want)
			}
		}
	}
}

// Every loss and both optimisers make the cycle faster, from the classical start and, with
// more steps, from a random one; the same seed gives the same bits.
func TestLossesAndOptimisers(t *testing.T) {
	a := rotated(t, 32, .3, .4)
	s := specification.Specification{Share: "levels", Operators: map[string]specification.Switch{"A": {From: "galerkin"}, "B": {State: specification.Started}}}
	anew := specification.Specification{Share: "levels", Operators: map[string]specification.Switch{"A": {From: "galerkin"}, "B": {State: specification.Anew}}}
	start := trueFactor(t, made(t, s, a), a)
	for name, c := range map[string]struct {
		s    specification.Specification
		with func(t *Training)
	}{
		"gelfand":    {s, func(*Training) {}},
		"residual":   {s, func(t *Training) { t.Loss = "residual" }},
		"supervised": {s, func(t *Training) { t.Loss = "supervised" }},
		"adam":       {s, func(t *Training) { t.Optimiser, t.Rate, t.Steps = "adam", .02, 30 }},
		"anew":       {anew, func(t *Training) { t.Steps = 30 }},
	} {
		t.Run(name, func(t *testing.T) {
			training := smallTraining()
			c.with(&training)
			learned := made(t, c.s, a)
			if err := learned.Train(t.Context(), training); err != nil {
				t.Fatal(err)
			}
			if f := trueFactor(t, learned, a); !(f < .9*start) {
				t.Errorf("factor %.4f after training, %.4f of the classical cycle; want at most 0.9 of that", f, start)
			}
			again := made(t, c.s, a)
			if err := again.Train(t.Context(), training); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(learned.get(), again.get()) {
				t.Error("another result of the same seed")
			}
		})
	}
}

// A training that only makes things worse leaves the cycle as it was.
func TestTheBestIsKept(t *testing.T) {
	a := stencil.Laplacian(unit(t, 2, 16))
	c := made(t, specification.Learn(specification.Learned{"B"}), a)
	start := c.get()
	training := smallTraining()
	training.Optimiser, training.Rate, training.Steps, training.Rounds = "adam", 1, 1, 1
	var factors []float64
	training.Measured = func(_ int, f float64) { factors = append(factors, f) }
	if err := c.Train(t.Context(), training); err != nil {
		t.Fatal(err)
	}
	if len(factors) != 2 || !(factors[1] > factors[0]) {
		t.Fatalf("factors %v; the test wants a step that is too long", factors)
	}
	if !slices.Equal(c.get(), start) {
		t.Error("the values of a slower cycle are kept")
	}
}

// A cancelled training ends with the context's error and the best values so far.
func TestTrainingIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	a := stencil.Laplacian(unit(t, 2, 16))
	c := made(t, specification.Learn(specification.Learned{"B"}), a)
	before := trueFactor(t, c, a)
	training := smallTraining()
	training.Rounds = 5
	training.Measured = func(round int, _ float64) {
		if round == 1 {
			cancel()
		}
	}
	if err := c.Train(ctx, training); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if after := trueFactor(t, c, a); !(after < before) {
		t.Errorf("factor %.4f after a round and a cancellation, %.4f before", after, before)
	}
	if err := c.Train(ctx, training); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled from the start: %v", err)
	}
}

func TestTrainingErrors(t *testing.T) {
	a := stencil.Laplacian(unit(t, 2, 16))
	for want, change := range map[string]func(*Training){
		`loss "l2"`:         func(t *Training) { t.Loss = "l2" },
		`optimiser "sgd"`:   func(t *Training) { t.Optimiser = "sgd" },
		"rate 0 of Adam":    func(t *Training) { t.Optimiser, t.Rate = "adam", 0 },
		"0 rounds":          func(t *Training) { t.Rounds = 0 },
		"batch -1":          func(t *Training) { t.Batch = -1 },
		"51 cycles":         func(t *Training) { t.Cycles = 51 },
		"batch of 1 for 2 ": func(t *Training) { t.Batch = 1 },
		"overflows":         func(t *Training) { t.Cycles, t.Optimiser, t.Rate, t.Steps = 50, "adam", 1, 30 },
	} {
		training := smallTraining()
		change(&training)
		c := made(t, specification.Learn(specification.Learned{"B"}), a)
		if strings.HasPrefix(want, "batch of") {
			c = made(t, specification.Learn(specification.Learned{"B"}), a, a)
		}
		if err := c.Train(t.Context(), training); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q wanted in the error, which is %v", want, err)
		}
	}
}

func ExampleCycle() {
	grid, _ := pde.Unit(2, 16)
	learned, _ := specification.ParseLearned("B", specification.Cycle.Operators())
	cycle, err := New(specification.Learn(learned), 1, stencil.Laplacian(grid)) // starts as ω-Jacobi
	if err != nil {
		fmt.Println(err)
		return
	}
	before := cycle.Method()
	training := DefaultTraining()
	training.Rounds, training.Steps, training.Batch = 1, 8, 2
	err = cycle.Train(context.Background(), training)
	after := cycle.Method()

	factor := func(n int, s func(stencil.Operator) (multigrid.Settings, error)) float64 {
		grid, _ := pde.Unit(2, n)
		a := stencil.Laplacian(grid)
		settings, _ := s(a)
		e, _ := spectrum.Factor(context.Background(), a, settings, spectrum.Options{})
		return e.Factor
	}
	fmt.Printf("%d values learned, factor on a larger grid at most half of before: %v, %v\n", cycle.Parameters(), factor(64, after.Settings) < factor(64, before.Settings)/2, err)
	// Output: 9 values learned, factor on a larger grid at most half of before: true, <nil>
}
