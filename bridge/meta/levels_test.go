package meta

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"mgtool/multigrid/method"
	"mgtool/pde/stencil"
)

func TestGradient(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		k, err := Rotated(random)
		if err != nil {
			t.Fatal(err)
		}
		s, ok := method.SymmetricOf(k)
		if !ok {
			t.Fatal("not symmetric")
		}
		s, _ = method.Canonical(s)
		y := make([]float64, method.LevelOutputs(3))
		for i := range y {
			y[i] = .2 * random.NormFloat64()
		}
		g := newTwoGrid(s, 6, .3, .4)
		gradient := make([]float64, len(y))
		g.objective(method.EmittedBy(s, y), 1, gradient)
		toOutputs(s, gradient)
		for i := range y {
			const h = 1e-6
			at := y[i]
			y[i] = at + h
			up := g.objective(method.EmittedBy(s, y), 1, nil).loss
			y[i] = at - h
			down := g.objective(method.EmittedBy(s, y), 1, nil).loss
			y[i] = at
			if want := (up - down) / (2 * h); math.Abs(gradient[i]-want) > 1e-5*(1+math.Abs(want)) {
				t.Errorf("output %d: gradient %g, difference %g", i, gradient[i], want)
			}
		}
	}
}

// short is a training of seconds.
var short = Options{Seed: 2, Steps: 120, Batch: 8, Hidden: 12, Rate: 1e-2}

func TestSameSeedSameBits(t *testing.T) {
	o := short
	o.Steps = 5
	one, err := Levels(context.Background(), Rotated, 1, 1, o)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Levels(context.Background(), Rotated, 1, 1, o)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(one, two) {
		t.Error("two trainings of the same seed differ")
	}
	o.Seed++
	if two, _ = Levels(context.Background(), Rotated, 1, 1, o); reflect.DeepEqual(one, two) {
		t.Error("trainings of different seeds are the same")
	}
}

// TestTwoGridFactor checks the factor against a matrix of all harmonics built without any of the
// simplifications: S_post (I − p (pᵀ a p)⁻¹ pᵀ A) S_pre, by power iteration.
func TestTwoGridFactor(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 30 {
		k, err := Rotated(random)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := method.SymmetricOf(k)
		a, _ = method.Canonical(a)
		y := make([]float64, method.LevelOutputs(2))
		for i := range y {
			y[i] = .1 * random.NormFloat64()
		}
		e := method.EmittedBy(a, y)
		two := newTwoGrid(a, 2, random.Float64(), random.Float64())
		got, _ := two.at(0, e)
		symbol := func(s stencil.Kernel, h int) (sum float64) {
			for q, c := range two.basis[0][h] {
				at := [5]int{13, 14, 16, 17, 15}[q]
				sum += s[at] * c
			}
			return sum
		}
		var hat, p, pre, post [4]float64
		coarse := 0.0
		for h := range 4 {
			hat[h] = symbol(a.Kernel(), h)
			p[h] = symbol(e.Prolongation(), h)
			pre[h] = 1 - symbol(e.Stencils[0].Kernel(), h)*hat[h]
			post[h] = 1 - symbol(e.Stencils[1].Kernel(), h)*hat[h]
			coarse += p[h] * hat[h] * p[h]
		}
		u := [4]float64{.3, .7, -.2, .9}
		ratio := 0.0
		logs, count := 0.0, 0
		for step := range 4000 {
			dot := 0.0
			for h := range u {
				u[h] *= pre[h]
				dot += p[h] * hat[h] * u[h]
			}
			norm := 0.0
			for h := range u {
				u[h] = post[h] * (u[h] - p[h]*dot/coarse)
				norm += u[h] * u[h]
			}
			norm = math.Sqrt(norm)
			for h := range u {
				u[h] /= norm
			}
			if step >= 2000 { // also where the largest are λ and −λ
				logs += math.Log(norm)
				count++
			}
		}
		ratio = math.Exp(logs / float64(count))
		if math.Abs(ratio-got) > 1e-3*got {
			t.Errorf("factor %g, power iteration %g", got, ratio)
		}
	}
}

// TestOneTrainingServesTheFamily: after seconds of training, two stencils before and after reduce
// better than two steps of Jacobi on operators that the training has not seen.
func TestOneTrainingServesTheFamily(t *testing.T) {
	n, err := Levels(context.Background(), Rotated, 2, 2, short)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range [][2]float64{{.3, 25}, {.03, 70}, {.01, 130}} {
		k, err := rotated(at[0], at[1])
		if err != nil {
			t.Fatal(err)
		}
		a, _ := method.SymmetricOf(k)
		two := newTwoGrid(a, 24, .5, .5)
		learned := two.factor(n.Level(a))
		jacobi := two.factor(method.EmittedBy(a, make([]float64, method.LevelOutputs(4))))
		if !(learned < jacobi*jacobi) {
			t.Errorf("ε = %g, θ = %g°: factor %.3f, that of Jacobi is %.3f; want half the cycles", at[0], at[1], learned, jacobi)
		}
		t.Logf("ε = %g, θ = %g°: factor %.3f, that of Jacobi %.3f", at[0], at[1], learned, jacobi)
	}
}

func TestBadOptions(t *testing.T) {
	ctx := context.Background()
	for name, train := range map[string]func() error{
		"no stencils": func() error { _, err := Levels(ctx, Rotated, 0, 0, Options{}); return err },
		"too many":    func() error { _, err := Levels(ctx, Rotated, 9, 0, Options{}); return err },
		"steps":       func() error { _, err := Levels(ctx, Rotated, 1, 1, Options{Steps: -1}); return err },
		"batch":       func() error { _, err := Influence(ctx, LogNormal, Options{Batch: -1}); return err },
		"rate":        func() error { _, err := Influence(ctx, LogNormal, Options{Rate: math.NaN()}); return err },
		"unsymmetric": func() error {
			_, err := Levels(ctx, func(*rand.Rand) (stencil.Kernel, error) { return stencil.Kernel{13: 2, 12: -2}, nil }, 1, 1, Options{})
			return err
		},
	} {
		if err := train(); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			t.Log(err)
		}
	}
}

// Digits are those of the factor: one of a factor of a tenth; of two grids a little more than those
// of the largest factor, since the maximum is a smooth one.
func TestDigits(t *testing.T) {
	if d := digitsOf(math.Log(-1 / math.Log(.1))); math.Abs(d-1) > 1e-12 {
		t.Errorf("%g digits of a factor of 0.1; want 1", d)
	}
	two, e := newTwoGrid(isotropic, frequencies, .5, .5), method.EmittedBy(isotropic, make([]float64, method.LevelOutputs(2)))
	least := -math.Log10(two.factor(e))
	if d := two.objective(e, 1, nil).digits; !(d > least && d < 1.2*least) {
		t.Errorf("%g digits; the largest factor has %g", d, least)
	}
}
