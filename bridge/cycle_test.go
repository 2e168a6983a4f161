package bridge

import (
	"math"
	"testing"

	"mgtool/bridge/specification"
	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/stencil"
	"mgtool/tensor/graph"
)

// unit is a grid of n cells a side.
func unit(t *testing.T, dim, n int) pde.Grid {
	t.Helper()
	g, err := pde.Unit(dim, n)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// rotated is the nine-point operator of −∇·(Q diag(1, ε) Qᵀ ∇u), Q a rotation by θ, with
// central differences, and so without a star.
func rotated(t *testing.T, n int, epsilon, theta float64) stencil.Operator {
	t.Helper()
	g := unit(t, 2, n)
	c, s := math.Cos(theta), math.Sin(theta)
	xx, yy, xy := c*c+epsilon*s*s, s*s+epsilon*c*c, (1-epsilon)*c*s
	a, err := stencil.Differential(g, stencil.Plane([3][3]float64{
		{-xy / 2, -yy, xy / 2}, {-xx, 2 * (xx + yy), -xx}, {xy / 2, -yy, -xy / 2},
	}).Scale(float64(n*n)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// jumping has coefficients on faces between 1 and 20.
func jumping(t *testing.T, dim, n int) stencil.Operator {
	t.Helper()
	g := unit(t, dim, n)
	var c stencil.Coefficients
	first := [...]int{0, 12, 9, 0}[dim]
	for o := first; o < 27-first; o++ {
		off := stencil.Offset(o)
		if off[0]*off[0]+off[1]*off[1]+off[2]*off[2] == 1 {
			c[o] = pde.NewField[float64](g)
		}
	}
	c[13] = pde.NewField[float64](g)
	at := func(i, j, k int) float64 { return 1 + 9.5*(1+math.Sin(float64(7*i+3*j*j+5*k))) }
	lo, hi := g.Inside(0)
	for row := range g.RowCount() {
		j, k := g.RowAt(row)
		for i := lo; i < hi; i++ {
			sum := 0.0
			for o, f := range c {
				if f == nil || o == 13 {
					continue
				}
				off := stencil.Offset(o)
				face := at(2*i+off[0], 2*j+off[1], 2*k+off[2]) // the same from both sides
				f.Set(i, j, k, -face)
				sum += face
			}
			c[13].Set(i, j, k, sum)
		}
	}
	a, err := stencil.Varying(g, c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The unrolled cycle over nodes does what the numeric solver does with the method made of
// it, to float32 rounding, for every kind of operator and with values that are no classics.
func TestNodesAreTheSolver(t *testing.T) {
	laplacian := func(dim, n int) stencil.Operator { return stencil.Laplacian(unit(t, dim, n)) }
	galerkin := specification.Switch{From: "galerkin"}
	rows := func(b specification.Switch) specification.Specification {
		return specification.Specification{Operators: map[string]specification.Switch{"A": galerkin, "B": b, "R": {From: "transpose"}, "P": {From: "blackbox"}}}
	}
	galerkinLearned := specification.Switch{From: "galerkin", State: specification.Started}
	for name, c := range map[string]struct {
		a stencil.Operator
		s specification.Specification
	}{
		"poisson B":         {laplacian(2, 64), specification.Learn(specification.Learned{"B"})},
		"poisson A,B,R,P":   {laplacian(2, 64), specification.Learn(specification.Cycle.Operators())},
		"poisson none":      {laplacian(2, 32), specification.Learn(nil)},
		"1-D":               {laplacian(1, 128), specification.Learn(specification.Learned{"A", "B"})},
		"3-D":               {laplacian(3, 16), specification.Learn(specification.Cycle.Operators())},
		"3-D galerkin":      {laplacian(3, 16), specification.Specification{Operators: map[string]specification.Switch{"A": galerkin, "B": {State: specification.Started, Count: 2}, "P": {State: specification.Started}, "R": {From: "transpose"}}}},
		"galerkin R,P":      {laplacian(2, 64), specification.Specification{Share: "levels", Operators: map[string]specification.Switch{"A": galerkin, "B": {State: specification.Started, Apart: true}, "R": {State: specification.Started}, "P": {State: specification.Started}}}},
		"cyclic, W":         {laplacian(2, 128), specification.Specification{Gamma: 2, Share: "cyclic:2", Operators: map[string]specification.Switch{"A": galerkin, "B": {State: specification.Started, Apart: true}}}},
		"A from galerkin":   {laplacian(2, 64), specification.Specification{Operators: map[string]specification.Switch{"A": galerkinLearned, "B": {State: specification.Started}}}},
		"jacobi polynomial": {laplacian(2, 64), specification.Specification{Pre: 0, Post: 2, Operators: map[string]specification.Switch{"B": {State: specification.Started, Kind: "jacobi", Count: 3}}}},
		"colours":           {laplacian(2, 64), specification.Specification{Operators: map[string]specification.Switch{"B": {State: specification.Started, Kind: "colours", Apart: true}}}},
		"colours galerkin":  {laplacian(2, 64), specification.Specification{Share: "levels", Operators: map[string]specification.Switch{"A": galerkin, "B": {State: specification.Started, Kind: "colours"}}}},
		"colours 3-D":       {laplacian(3, 16), specification.Specification{Operators: map[string]specification.Switch{"A": galerkin, "B": {State: specification.Started, Kind: "colours"}}}},
		"rotated":           {rotated(t, 64, .1, .5), specification.Specification{Operators: map[string]specification.Switch{"A": galerkin, "B": {State: specification.Started, Count: 2, Symmetry: "point"}, "P": {State: specification.Started}, "R": {From: "transpose"}}}},
		"rotated colours":   {rotated(t, 32, .1, .5), specification.Specification{Operators: map[string]specification.Switch{"B": {State: specification.Started, Kind: "colours"}}}},
		"jumping":           {jumping(t, 2, 32), specification.Specification{Operators: map[string]specification.Switch{"A": galerkin, "B": {State: specification.Started}, "P": {State: specification.Started}, "R": {State: specification.Started}}}},
		"black box":         {jumping(t, 2, 32), rows(specification.Switch{State: specification.Started, Apart: true})},
		"black box colours": {jumping(t, 2, 64), rows(specification.Switch{State: specification.Started, Kind: "colours", Share: "levels"})},
		"black box rotated": {rotated(t, 64, .1, .5), rows(specification.Switch{State: specification.Started, Count: 2})},
		"black box 3-D":     {jumping(t, 3, 16), rows(specification.Switch{State: specification.Started})},
		"jumping 3-D":       {jumping(t, 3, 16), specification.Specification{Share: "levels", Operators: map[string]specification.Switch{"A": galerkin, "B": {State: specification.Started}, "R": {From: "transpose"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			cycle, err := New(c.s, 1, c.a)
			if err != nil {
				t.Fatal(err)
			}
			x := cycle.get()
			for i := range x {
				x[i] += .02 * math.Sin(float64(7*i)) // any fixed numbers
			}
			cycle.set(x)
			sameAsSolver(t, cycle, c.a)
		})
	}
}

// sameAsSolver does two cycles over nodes and in the solver. Some 30 operations of relative
// error 2⁻²⁴ on values up to ½ in each cycle come to 2e-6. Where R A P is computed in float32
// the sum of its entries, which is to vanish, is wrong by some 2⁻²⁴ of D, beside the smallest
// eigenvalue of some 0.01 D on the coarsest grid: another 1e-5.
func sameAsSolver(t *testing.T, c *Cycle, a stencil.Operator) {
	t.Helper()
	grid, _ := a.Grids()
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.Randomize(1)
	got, err := c.apply(interior(u, 1), 2)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := c.Settings(a)
	if err != nil {
		t.Fatal(err)
	}
	settings.MaxCycles, settings.RelTol = 2, 0
	solver, err := multigrid.NewSolver(a, settings)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := solver.Solve(t.Context(), u, g); err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for i, v := range u.Interior() {
		worst = max(worst, math.Abs(v-float64(got[i])))
	}
	if !(worst < 2e-5) {
		t.Errorf("values over nodes and in numbers differ by %.2g", worst)
	}
}

// apply runs count cycles with g = 0 on the numbers u of one field, in float32.
func (c *Cycle) apply(u []float32, count int) ([]float32, error) {
	f := c.fields(0, 1)
	shape := []int{f.N, f.Z, f.Y, f.X}
	program, err := graph.Build(func(b *graph.Builder) *graph.Node {
		last, _, err := c.cycles(b, b.Input("u", shape, u), b.Input("g", shape, make([]float32, len(u))), 1, count)
		if err != nil {
			b.Fail(err)
		}
		return last
	})
	if err != nil {
		return nil, err
	}
	if err := program.Run(); err != nil {
		return nil, err
	}
	return program.Value(), nil
}
