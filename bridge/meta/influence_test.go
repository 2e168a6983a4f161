package meta

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"mgtool/internal/parallel"
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
	for name, problems := range map[string]Problems{"greenfeld": greenfeld} {
		fewer, more := 0, 0
		var sum [2]float64
		var rates [2]float64
		var setups [2]time.Duration
		count, _ := strconv.Atoi(os.Getenv("COUNT"))
		for k := range count {
			a, _ := problems(rand.New(rand.NewPCG(uint64(k), 77)), 256)
			var cycles [2]int
			for i, box := range []multigrid.BlackBox{{}, {Influence: f}} {
				s := multigrid.DefaultSettings()
				s.Coarsening, s.Krylov, s.RelTol = box, multigrid.None, 1e-12
				if g, _ := strconv.Atoi(os.Getenv("GAMMA")); g > 0 {
					s.Cycle.Gamma = g
				}
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

func TestDump(t *testing.T) {
	path := os.Getenv("DUMP")
	if path == "" {
		t.Skip()
	}
	f, _ := os.Create(path)
	defer f.Close()
	var mutex sync.Mutex
	parallel.Each(48, func(_, k int) {
		random := rand.New(rand.NewPCG(uint64(k), 2))
		a, _ := greenfeld(random, 32)
		p, _ := patchOf(a)
		in := newInterpolation(p)
		run := func(which int) float64 {
			opt := newAdam(len(in.scores))
			clear(in.scores)
			steps := 120
			last := 0.0
			for step := range steps {
				in.weigh()
				two, _ := newTwoGrids(in)
				g := make([]float64, len(in.scores))
				l := two.loss(random, 1, g)
				if step >= steps-20 {
					last += l / 20
				}
				for i := range in.points {
					x := &in.points[i]
					if which == 1 && len(x.neighbours) == 8 || which == 2 && len(x.neighbours) == 2 {
						for q := range x.neighbours {
							g[x.first+q] = 0
						}
					}
				}
				if which < 0 {
					clear(g)
				}
				opt.update(in.scores, g, annealed(.05, step, steps))
			}
			return last
		}
		l0, l1, l2 := run(-1), run(1), run(2)
		l3 := run(0)
		mutex.Lock()
		defer mutex.Unlock()
		fmt.Println(k, l0, l1, l2, l3)
		for i := range in.points {
			x := &in.points[i]
			if x.i < 4 || x.j < 4 || x.i > p.n-3 || x.j > p.n-3 {
				continue
			}
			fmt.Fprint(f, len(x.neighbours))
			for _, v := range in.scores[x.first : x.first+len(x.neighbours)] {
				fmt.Fprintf(f, " %.4f", v)
			}
			for q := len(x.neighbours); q < 8; q++ {
				fmt.Fprint(f, " 0")
			}
			// cell coefficients around, turned so that the axis is x for edges
			for dy := -4; dy < 4; dy++ {
				for dx := -4; dx < 4; dx++ {
					i, j := x.i+dx, x.j+dy
					v := 0.0
					if len(x.neighbours) == 2 && x.neighbours[0] == 10 {
						i, j = x.i+dy, x.j+dx
					}
					// the cell (i, j): diagonal coupling from vertex (i, j) to (i+1, j+1)
					if i >= 0 && j >= 0 && i < p.n && j < p.n && i+1 >= 1 && j+1 >= 1 {
						c := a.Coefficients()[17]
						if i >= 1 && j >= 1 {
							v = -3 * c.At(i, j, 0)
						} else {
							v = -3 * a.Coefficients()[9].At(i+1, j+1, 0)
						}
					}
					fmt.Fprintf(f, " %.4f", math.Log(math.Max(v, 1e-6)))
				}
			}
			fmt.Fprintln(f)
		}
	})
}

func TestDepths(t *testing.T) {
	path := os.Getenv("INFLUENCE_NET")
	if path == "" {
		t.Skip()
	}
	data, _ := os.ReadFile(path)
	var n method.Network
	if err := json.Unmarshal(data, &n); err != nil {
		t.Fatal(err)
	}
	f, _ := n.Influence()
	score := func(in *interpolation, on bool) {
		clear(in.scores)
		for k := range in.points {
			x := &in.points[k]
			if on {
				a := in.patch.a
				copy(in.scores[x.first:], f.Scores([3]*[27][]float64{&a[x.j-1], &a[x.j], &a[x.j+1]}, x.i, x.neighbours))
			}
		}
		in.weigh()
	}
	for depth := range 3 {
		var sum [2]float64
		for k := range 16 {
			for on := range 2 {
				random := rand.New(rand.NewPCG(uint64(k), 99))
				a, _ := greenfeld(random, 32<<depth)
				p, _ := patchOf(a)
				for range depth {
					in := newInterpolation(p)
					score(in, false)
					p = in.coarse()
				}
				in := newInterpolation(p)
				score(in, on == 1)
				two, _ := newTwoGrids(in)
				sum[on] += two.loss(random, 0, nil) / 16
			}
		}
		fmt.Println(depth, sum)
	}
}
