package graphs

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func normal(n int, seed uint64) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	g := make([]float64, n)
	for i := range g {
		g[i] = r.NormFloat64()
	}
	return g
}

// Every method agrees with gonum's dense factorisation, with a shift and without, also on a
// graph of several components and an isolated node: the mean of u over each is 0.
func TestSolveAgainstDense(t *testing.T) {
	two := must[*Graph](t)(New("two parts", 9, []Edge{{0, 1, 2}, {1, 2, .5}, {0, 2, 1}, {3, 4, 1}, {4, 5, 3}, {5, 6, 1}, {6, 3, .1}, {3, 5, 1}, {8, 0, 7}}))
	for _, g := range []*Graph{must[*Graph](t)(Grid(17, 9)), must[*Graph](t)(BarabasiAlbert(150, 3, 1)), must[*Graph](t)(Geometric(300, 5, 2)), two} {
		n := g.Nodes()
		of, count := g.Components()
		for _, shift := range []float64{0, .1} {
			b := normal(n, 3)
			// Σ over components of 1 1ᵀ makes L regular, and u of mean 0.
			a, data := mat.NewDense(n, n, nil), append([]float64{}, b...)
			sums, sizes := make([]float64, count), make([]float64, count)
			for i := range n {
				sums[of[i]] += b[i]
				sizes[of[i]]++
			}
			for i := range n {
				for k := g.Start[i]; k < g.Start[i+1]; k++ {
					w := g.weight(k)
					a.Set(i, int(g.Neighbour[k]), -w)
					a.Set(i, i, a.At(i, i)+w)
				}
			}
			for i := range n {
				a.Set(i, i, a.At(i, i)+shift)
				if shift == 0 {
					data[i] -= sums[of[i]] / sizes[of[i]]
					for j := range n {
						if of[i] == of[j] {
							a.Set(i, j, a.At(i, j)+1)
						}
					}
				}
			}
			var want mat.VecDense
			if err := want.SolveVec(a, mat.NewVecDense(n, data)); err != nil {
				t.Fatal(err)
			}
			for _, method := range Methods {
				s := must[*Solution](t)(Solve(g, b, Settings{Shift: shift, Method: method, RelTol: 1e-11}))
				if !s.Converged {
					t.Errorf("%s, shift %g, %s: not converged: %v", g.Name, shift, method, s.Residuals[len(s.Residuals)-1])
				}
				worst := 0.0
				for i, v := range s.U {
					worst = max(worst, math.Abs(v-want.AtVec(i)))
				}
				// 1e-11 times the condition of A, below 1e4 here, times ‖u‖.
				if limit := 1e-7 * mat.Norm(&want, 2); !(worst < limit) {
					t.Errorf("%s, shift %g, %s: off by %g; want below %g", g.Name, shift, method, worst, limit)
				}
			}
		}
	}
}

// Iterations of conjugate gradients around the cycle stay few as graphs grow, where those
// around the diagonal double with each doubling of a side.
func TestSolveIterations(t *testing.T) {
	count := func(side int, method string) int {
		g := must[*Graph](t)(Grid(side, side))
		s := must[*Solution](t)(Solve(g, normal(g.Nodes(), 1), Settings{Method: method}))
		if !s.Converged {
			t.Fatalf("side %d, %s: not converged", side, method)
		}
		return len(s.Residuals) - 1
	}
	small, large := count(32, "aggregation"), count(128, "aggregation")
	if large > 25 || large > small+10 {
		t.Errorf("%d and %d iterations around the cycle; want at most 25, and about as many", small, large)
	}
	if small, large := count(32, "jacobi"), count(128, "jacobi"); large < 3*small {
		t.Errorf("%d and %d iterations around the diagonal: the problem does not grow harder", small, large)
	}
}

// A direct solution has converged if its residual says so.
func TestDirectConverged(t *testing.T) {
	g := must[*Graph](t)(Grid(20, 20))
	for tolerance, want := range map[float64]bool{1e-12: true, 1e-17: false} {
		s := must[*Solution](t)(Solve(g, normal(400, 1), Settings{Method: "direct", RelTol: tolerance}))
		if s.Converged != want {
			t.Errorf("residual %g, tolerance %g: converged %t; want %t", s.Residuals[1], tolerance, s.Converged, want)
		}
	}
}

func TestSolveErrors(t *testing.T) {
	g := must[*Graph](t)(Grid(3, 3))
	b := normal(9, 1)
	for want, err := range map[string]func() (*Solution, error){
		"8 values for 9 nodes": func() (*Solution, error) { return Solve(g, b[:8], Settings{}) },
		`method "lu"`:          func() (*Solution, error) { return Solve(g, b, Settings{Method: "lu"}) },
		"shift -1":             func() (*Solution, error) { return Solve(g, b, Settings{Shift: -1}) },
		"tolerance 2":          func() (*Solution, error) { return Solve(g, b, Settings{RelTol: 2}) },
		"NaN at node 4": func() (*Solution, error) {
			c := append([]float64{}, b...)
			c[4] = math.NaN()
			return Solve(g, c, Settings{})
		},
	} {
		if _, err := err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one about %q", err, want)
		}
	}
}
