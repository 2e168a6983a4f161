package meta

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// elements is −∇·(a ∇u) by bilinear finite elements, a constant on each of n × n cells, as
// Greenfeld et al. discretise it.
func elements(n int, a func(i, j int) float64) (stencil.Operator, error) {
	grid, err := pde.Unit(2, n)
	if err != nil {
		return stencil.Operator{}, err
	}
	var c stencil.Coefficients
	for o := 9; o < 18; o++ {
		c[o] = pde.NewField[float64](grid)
	}
	for j := 1; j < n; j++ {
		for i := 1; i < n; i++ {
			sum := 0.0
			for dy := 0; dy <= 1; dy++ {
				for dx := 0; dx <= 1; dx++ {
					v := a(i-1+dx, j-1+dy)
					sum += v
					sx, sy := 2*dx-1, 2*dy-1
					c[13+sx+3*sy].Set(i, j, 0, -v/3)
					c[13+sx].Set(i, j, 0, c[13+sx].At(i, j, 0)-v/6)
					c[13+3*sy].Set(i, j, 0, c[13+3*sy].At(i, j, 0)-v/6)
				}
			}
			c[13].Set(i, j, 0, sum*2/3)
		}
	}
	return stencil.Varying(grid, c)
}

// greenfeld has coefficients exp(N(0,1)), each cell by itself.
func greenfeld(random *rand.Rand, n int) (stencil.Operator, error) {
	a := make([]float64, n*n)
	for i := range a {
		a[i] = math.Exp(random.NormFloat64())
	}
	return elements(n, func(i, j int) float64 { return a[j*n+i] })
}

func TestScoreGradient(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	a, err := greenfeld(random, 8)
	if err != nil {
		t.Fatal(err)
	}
	p, err := patchOf(a)
	if err != nil {
		t.Fatal(err)
	}
	in := newInterpolation(p)
	for i := range in.scores {
		in.scores[i] = .3 * random.NormFloat64()
	}
	start := make([]float64, (p.n+2)*(p.n+2))
	for j := 1; j <= p.n; j++ {
		for i := 1; i <= p.n; i++ {
			start[j*(p.n+2)+i] = random.NormFloat64()
		}
	}
	log := func(gradient []float64) float64 {
		in.weigh()
		two, err := newTwoGrids(in)
		if err != nil {
			t.Fatal(err)
		}
		return math.Log(two.cycle(append([]float64(nil), start...), 1, gradient))
	}
	gradient := make([]float64, len(in.scores))
	log(gradient)
	for i := range in.scores {
		const h = 1e-5
		at := in.scores[i]
		in.scores[i] = at + h
		up := log(nil)
		in.scores[i] = at - h
		down := log(nil)
		in.scores[i] = at
		if want := (up - down) / (2 * h); math.Abs(gradient[i]-want) > 1e-7+1e-5*math.Abs(want) {
			t.Errorf("score %d: gradient %g, difference %g", i, gradient[i], want)
		}
	}
}

// TestPotential: free scores of one problem.
func TestPotential(t *testing.T) {
	if os.Getenv("META_POTENTIAL") == "" {
		t.Skip()
	}
	random := rand.New(rand.NewPCG(1, 2))
	a, _ := greenfeld(random, 32)
	p, _ := patchOf(a)
	in := newInterpolation(p)
	opt := newAdam(len(in.scores))
	for step := range 300 {
		in.weigh()
		two, err := newTwoGrids(in)
		if err != nil {
			t.Fatal(err)
		}
		g := make([]float64, len(in.scores))
		l := two.loss(random, 1, g)
		if step%20 == 0 {
			fmt.Println(step, l, math.Exp(l))
		}
		opt.update(in.scores, g, annealed(.05, step, 300))
	}
}

func TestInfluenceOut(t *testing.T) {
	path := os.Getenv("INFLUENCE_OUT")
	if path == "" {
		t.Skip("INFLUENCE_OUT is not set")
	}
	start := time.Now()
	mean := 0.0
	n, err := Influence(context.Background(), greenfeld, Options{Seed: 1, Progress: func(s, of int, loss float64) {
		mean += loss
		if s%20 == 0 {
			fmt.Println(s, mean/20, time.Since(start))
			mean = 0
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	data, _ := json.Marshal(n)
	os.WriteFile(path, data, 0o644)
}
