package multigrid

import (
	"math"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

const (
	dir = pde.Dirichlet
	per = pde.Periodic
	neu = pde.Neumann
)

// sided is a grid with sides of all kinds and coefficients α on its Neumann sides.
type sided struct {
	n     []int
	sides [3][2]pde.Boundary
	cells bool
	alpha [3][2]float64
}

func (s sided) grid(t testing.TB) pde.Grid {
	t.Helper()
	g := mustGrid(t, s.n, []float64{.1, .11, .09}[:len(s.n)])
	g.Sides, g.Cells = s.sides, s.cells
	return g
}

func (s sided) operator(t testing.TB, a [3]float64, c float64) stencil.Operator {
	t.Helper()
	op, err := stencil.Robin(s.grid(t), a, c, s.alpha)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// sidedCases are mixtures of sides, the large ones with several blocks.
var sidedCases = []sided{
	{[]int{128}, [3][2]pde.Boundary{{neu, neu}}, false, [3][2]float64{}},
	{[]int{129}, [3][2]pde.Boundary{{neu, dir}}, false, [3][2]float64{{2}}},
	{[]int{130}, [3][2]pde.Boundary{{dir, neu}}, true, [3][2]float64{{0, 3}}},
	{[]int{97}, [3][2]pde.Boundary{{per, per}}, true, [3][2]float64{}},
	{[]int{3 * piece}, [3][2]pde.Boundary{{neu, dir}}, false, [3][2]float64{}},
	{[]int{3*piece + 1}, [3][2]pde.Boundary{{dir, neu}}, true, [3][2]float64{}},
	{[]int{16, 16}, [3][2]pde.Boundary{{neu, neu}, {neu, neu}}, false, [3][2]float64{}},
	{[]int{24, 32}, [3][2]pde.Boundary{{neu, dir}, {dir, neu}}, false, [3][2]float64{{3, 0}, {0, .5}}},
	{[]int{32, 24}, [3][2]pde.Boundary{{dir, neu}, {neu, dir}}, false, [3][2]float64{{0, 7}, {1, 0}}},
	{[]int{25, 33}, [3][2]pde.Boundary{{dir, neu}, {neu, neu}}, false, [3][2]float64{{0, 1}}},
	{[]int{32, 27}, [3][2]pde.Boundary{{per, per}, {neu, neu}}, false, [3][2]float64{}},
	{[]int{27, 32}, [3][2]pde.Boundary{{neu, neu}, {per, per}}, false, [3][2]float64{{1, 0}}},
	{[]int{16, 24}, [3][2]pde.Boundary{{dir, dir}, {dir, dir}}, true, [3][2]float64{}},
	{[]int{24, 16}, [3][2]pde.Boundary{{neu, dir}, {neu, neu}}, true, [3][2]float64{{20, 0}, {.3, 0}}},
	{[]int{25, 19}, [3][2]pde.Boundary{{dir, neu}, {dir, neu}}, true, [3][2]float64{}},
	{[]int{26, 24}, [3][2]pde.Boundary{{per, per}, {neu, neu}}, true, [3][2]float64{}},
	{[]int{20, 32}, [3][2]pde.Boundary{{dir, dir}, {per, per}}, true, [3][2]float64{}},
	{[]int{12, 16, 8}, [3][2]pde.Boundary{{neu, neu}, {neu, neu}, {neu, neu}}, false, [3][2]float64{}},
	{[]int{9, 12, 16}, [3][2]pde.Boundary{{neu, dir}, {per, per}, {dir, neu}}, false, [3][2]float64{{2, 0}, {}, {0, 1}}},
	{[]int{12, 9, 16}, [3][2]pde.Boundary{{per, per}, {neu, dir}, {per, per}}, false, [3][2]float64{{}, {4, 0}}},
	{[]int{12, 10, 8}, [3][2]pde.Boundary{{dir, neu}, {dir, dir}, {neu, dir}}, true, [3][2]float64{{}, {}, {9, 0}}},
	{[]int{9, 11, 10}, [3][2]pde.Boundary{{neu, neu}, {per, per}, {per, per}}, true, [3][2]float64{}},
	{[]int{160, 256}, [3][2]pde.Boundary{{neu, dir}, {neu, neu}}, false, [3][2]float64{{1, 0}, {2, 3}}},
	{[]int{161, 256}, [3][2]pde.Boundary{{neu, neu}, {per, per}}, false, [3][2]float64{}},
	{[]int{256, 161}, [3][2]pde.Boundary{{dir, neu}, {neu, dir}}, true, [3][2]float64{}},
	{[]int{256, 160}, [3][2]pde.Boundary{{dir, dir}, {per, per}}, true, [3][2]float64{}},
	{[]int{32, 30, 64}, [3][2]pde.Boundary{{neu, dir}, {neu, neu}, {neu, dir}}, false, [3][2]float64{{1, 0}}},
	{[]int{32, 30, 64}, [3][2]pde.Boundary{{dir, neu}, {neu, dir}, {per, per}}, true, [3][2]float64{{0, 2}}},
	{[]int{32, 30, 64}, [3][2]pde.Boundary{{per, per}, {per, per}, {neu, dir}}, false, [3][2]float64{}},
}

// Operators with sides of every kind do in the fused passes what the formula says.
func TestSidesAreReference(t *testing.T) {
	var list []operatorCase
	for _, c := range sidedCases {
		smoothers := []Smoother{RedBlack{1.1}, Jacobi{.7}, Chebyshev{2}}
		large := c.grid(t).Unknowns() > 1<<12
		periodic := false
		odd := false
		for d := range c.n {
			periodic = periodic || c.sides[d][0] == per
			odd = odd || c.sides[d][0] == per && c.n[d]%2 != 0
		}
		switch {
		case large:
			smoothers = smoothers[:2]
		case !periodic:
			smoothers = append(smoothers, GaussSeidel{})
		}
		if len(c.n) == 1 && odd || odd || coarsensToOdd(c) { // colours meet: the order of points counts
			smoothers = smoothers[1:2]
		}
		for i, s := range smoothers {
			list = append(list, operatorCase{"−Δ", c.operator(t, [3]float64{1, 1, 1}, 0), Components{Smoother: s}})
			if i == 0 && !large {
				list = append(list, operatorCase{"−a Δ + 2", c.operator(t, [3]float64{1, 1.2, .9}, 2), Components{Smoother: s}})
			}
		}
	}
	areReference(t, list)
}

// coarsensToOdd reports that a ring becomes one of an odd number of points, in which red
// and black meet.
func coarsensToOdd(c sided) bool {
	for d, n := range c.n {
		if c.sides[d][0] != per {
			continue
		}
		for ; n >= 4; n = (n + 1) / 2 {
			if n%2 != 0 {
				return true
			}
		}
		if n%2 != 0 {
			return true
		}
	}
	return false
}

// factor is the mean ratio of residuals over cycles 8 to 12.
func factorOf(t *testing.T, a stencil.Operator, kind string) float64 {
	t.Helper()
	s := DefaultSettings()
	grid, _ := a.Grids()
	var err error
	if s.Smoother, err = NewSmoother("rbsor", grid.Dim(), 0); err != nil {
		t.Fatal(err)
	}
	s.Cycle.Full = false
	s.RelTol, s.MaxCycles = 0, 13
	solver, err := NewSolver(a, s)
	if err != nil {
		t.Fatal(err)
	}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.Randomize(1)
	res, err := solver.Solve(t.Context(), u, g)
	if err != nil && len(res.Residuals) < 13 {
		t.Fatal(err)
	}
	r := res.Residuals
	return math.Pow(r[12]/r[7], 1./5)
}
