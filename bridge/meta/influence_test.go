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

	"mgtool/multigrid"
	"mgtool/multigrid/method"
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

// correlated has coefficients exp(2 z), z a moving average of N(0,1) over a disc of five cells.
func correlated(random *rand.Rand, n int) (stencil.Operator, error) {
	const reach = 5
	w := n + 2*reach
	z := make([]float64, w*w)
	for i := range z {
		z[i] = random.NormFloat64()
	}
	a := make([]float64, n*n)
	for j := range n {
		for i := range n {
			sum, count := 0.0, 0.0
			for y := -reach; y <= reach; y++ {
				for x := -reach; x <= reach; x++ {
					if x*x+y*y <= reach*reach {
						sum += z[(j+reach+y)*w+i+reach+x]
						count++
					}
				}
			}
			a[j*n+i] = math.Exp(2 * sum / math.Sqrt(count))
		}
	}
	return elements(n, func(i, j int) float64 { return a[j*n+i] })
}

// TestCompare: cycles of the solver with and without a network.
func TestCompare(t *testing.T) {
	path := os.Getenv("INFLUENCE_NET")
	if path == "" {
		t.Skip()
	}
	data, _ := os.ReadFile(path)
	var n method.Network
	if err := json.Unmarshal(data, &n); err != nil {
		t.Fatal(err)
	}
	f, err := n.Influence()
	if err != nil {
		t.Fatal(err)
	}
	for name, problems := range map[string]Problems{"greenfeld": greenfeld, "correlated": correlated} {
		fewer, more := 0, 0
		var sum [2]float64
		var rates [2]float64
		var setups [2]time.Duration
		count := 20
		for k := range count {
			a, _ := problems(rand.New(rand.NewPCG(uint64(k), 77)), 256)
			var cycles [2]int
			for i, box := range []multigrid.BlackBox{{}, {Influence: f}} {
				s := multigrid.DefaultSettings()
				s.Coarsening, s.Krylov = box, multigrid.None
				solver, err := multigrid.NewSolver(a, s)
				if err != nil {
					t.Fatal(err)
				}
				grid, _ := a.Grids()
				u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
				u.Randomize(uint64(k))
				r, err := solver.Solve(context.Background(), u, g)
				if err != nil {
					t.Fatal(err)
				}
				cycles[i] = r.Cycles
				sum[i] += float64(r.Cycles)
				rates[i] += math.Log(r.Factor)
				setups[i] += r.Times.Setup
			}
			if cycles[1] < cycles[0] {
				fewer++
			}
			if cycles[1] > cycles[0] {
				more++
			}
		}
		t.Logf("%s: fewer %d more %d of %d; mean cycles %.2f %.2f; factor %.4f %.4f; setup %v %v", name, fewer, more, count, sum[0]/float64(count), sum[1]/float64(count), math.Exp(rates[0]/float64(count)), math.Exp(rates[1]/float64(count)), setups[0]/time.Duration(count), setups[1]/time.Duration(count))
	}
}

func TestProgress(t *testing.T) {
	steps, _ := strconv.Atoi(os.Getenv("INFLUENCE_STEPS"))
	if steps == 0 {
		t.Skip()
	}
	hidden, _ := strconv.Atoi(os.Getenv("INFLUENCE_HIDDEN"))
	rate, _ := strconv.ParseFloat(os.Getenv("INFLUENCE_RATE"), 64)
	start := time.Now()
	mean := 0.0
	family := greenfeld
	if os.Getenv("INFLUENCE_FAMILY") == "correlated" {
		family = correlated
	}
	n, err := Influence(context.Background(), family, Options{Seed: 1, Steps: steps, Hidden: hidden, Rate: rate, Batch: 8, Progress: func(s, of int, loss float64) {
		mean += loss
		if s%50 == 0 {
			fmt.Println(s, mean/50, time.Since(start))
			mean = 0
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	data, _ := json.Marshal(n)
	os.WriteFile(os.Getenv("INFLUENCE_OUT"), data, 0o644)
}
