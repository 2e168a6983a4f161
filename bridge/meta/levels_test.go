package meta

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"mgtool/multigrid/method"
	"mgtool/pde/stencil"
)

// rotated is −∇·(K ∇u) times h², K with the eigenvalues 1 along θ and ε across.
func rotated(eps, theta float64) stencil.Kernel {
	c, s := math.Cos(theta), math.Sin(theta)
	xx, yy, xy := c*c+eps*s*s, s*s+eps*c*c, (1-eps)*c*s
	return stencil.Plane([3][3]float64{
		{-xy / 2, -yy, xy / 2},
		{-xx, 2 * (xx + yy), -xx},
		{xy / 2, -yy, -xy / 2},
	})
}

func rotatedFamily(random *rand.Rand) stencil.Kernel {
	return rotated(math.Pow(10, -3*random.Float64()), math.Pi*random.Float64())
}

func TestGradient(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		s, ok := method.SymmetricOf(rotatedFamily(random))
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
		g.objective(method.EmittedBy(s, y), 1, 1, gradient)
		toOutputs(s, gradient)
		for i := range y {
			const h = 1e-6
			at := y[i]
			y[i] = at + h
			up := g.objective(method.EmittedBy(s, y), 1, 1, nil)
			y[i] = at - h
			down := g.objective(method.EmittedBy(s, y), 1, 1, nil)
			y[i] = at
			if want := (up - down) / (2 * h); math.Abs(gradient[i]-want) > 1e-5*(1+math.Abs(want)) {
				t.Errorf("output %d: gradient %g, difference %g", i, gradient[i], want)
			}
		}
	}
}

func TestTrainOut(t *testing.T) {
	path := os.Getenv("META_OUT")
	if path == "" {
		t.Skip("META_OUT is not set")
	}
	steps, _ := strconv.Atoi(os.Getenv("META_STEPS"))
	hidden, _ := strconv.Atoi(os.Getenv("META_HIDDEN"))
	k, _ := strconv.Atoi(os.Getenv("META_K"))
	start := time.Now()
	mean := 0.0
	n, err := Levels(context.Background(), rotatedFamily, k, k, Options{Seed: 1, Steps: steps, Hidden: hidden, Progress: func(s, of int, loss float64) {
		mean += loss
		if s%200 == 0 {
			fmt.Println(s, mean/200, time.Since(start))
			mean = 0
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	data, _ := json.Marshal(n)
	os.WriteFile(path, data, 0o644)
}

func TestPlain(t *testing.T) {
	path := os.Getenv("META_NET")
	if path == "" {
		t.Skip()
	}
	data, _ := os.ReadFile(path)
	var n method.Network
	if err := json.Unmarshal(data, &n); err != nil {
		t.Fatal(err)
	}
	outs := method.LevelOutputs(n.Pre + n.Post)
	emit := func(_ int, s method.Symmetric) *method.Emitted {
		c, turn := method.Canonical(s)
		e := method.EmittedBy(c, n.Parts["levels"].Evaluate(method.Inputs(c))).Turned(turn)
		return &e
	}
	for _, eps := range []float64{1, .3, .1, .03, .01, .003} {
		for _, deg := range []float64{0, 7, 15, 30, 45} {
			s, _ := method.SymmetricOf(rotated(eps, deg*math.Pi/180))
			c, _ := method.Canonical(s)
			line := ""
			for gamma := 1; gamma <= 2; gamma++ {
				k, f := newPlain(s, 63, n.Pre, gamma, emit).cycles(500)
				kr, fr := newPlain(s, 63, 1, gamma, func(int, method.Symmetric) *method.Emitted { return nil }).cycles(500)
				ke, fe := newPlain(s, 63, n.Pre, gamma, func(_ int, a method.Symmetric) *method.Emitted {
					c, turn := method.Canonical(a)
					e, _ := Each(c, n.Pre, [][]float64{make([]float64, outs), n.Parts["levels"].Evaluate(method.Inputs(c))}, Options{Seed: 3, Steps: 150})
					e = e.Turned(turn)
					return &e
				}).cycles(500)
				line += fmt.Sprintf("| γ=%d net %d %.3f each %d %.3f gs %d %.3f ", gamma, k, f, ke, fe, kr, fr)
			}
			t.Logf("%g %g two-grid %.3f %s", eps, deg, newTwoGrid(c, 48, .5, .5).factor(*emit(0, c)), line)
		}
	}
}
