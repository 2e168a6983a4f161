package elliptic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// chance is an equation made by chance: any dimension, sides, place of the unknowns,
// widths, coefficients with jumps, mask, reaction and convection.
func chance(t *testing.T, seed uint64) Equation {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 7))
	dim := 1 + rng.IntN(3)
	n, size := make([]int, dim), make([]float64, dim)
	for d := range n {
		n[d], size[d] = 2+rng.IntN([]int{20, 9, 5}[dim-1]), .5+rng.Float64()
	}
	e := Equation{Grid: newGrid(t, n, size)}
	e.Grid.Cells = rng.IntN(2) == 0
	if rng.IntN(3) == 0 {
		e.Grid.Stretch = new(pde.Coordinates)
		for d := range n {
			if rng.IntN(4) > 0 {
				e.Grid.Stretch[d] = geometric(n[d], .2+5*rng.Float64())
			}
		}
	}
	number := func() Coefficient { return Constant(rng.NormFloat64()) }
	for d := range n {
		if rng.IntN(4) == 0 {
			e.Boundary[d] = periodic()
			continue
		}
		for end := range 2 {
			switch c := &e.Boundary[d][end]; rng.IntN(3) {
			case 0:
				c.Value = number()
			case 1:
				*c = Condition{Kind: pde.Neumann, Value: number()}
			case 2:
				*c = Condition{Kind: pde.Neumann, Value: number(), Alpha: Constant(rng.Float64())}
			}
			e.Grid.Sides[d][end] = e.Boundary[d][end].Kind
		}
	}
	cells, points := 1, 1
	for d := range n {
		cells *= n[d]
		lo, hi := e.Grid.Box(d)
		points *= hi - lo
	}
	array := func(length int, f func() float64) Coefficient {
		list := make([]float64, length)
		for i := range list {
			list[i] = f()
		}
		return Array(list)
	}
	jump := func() float64 { return math.Pow(10, 6*rng.Float64()-3) }
	e.Source = array(points, rng.NormFloat64)
	switch rng.IntN(6) {
	case 0:
		e.Diffusion.XX = array(points, jump)
	case 1, 2:
		e.Diffusion.XX = array(cells, jump)
	case 3:
		e.Diffusion.XX = Function(func(x, y, z float64) float64 { return 1 + x*x + y + z })
	case 4:
		if dim == 2 {
			e.Diffusion = Tensor{XX: Constant(2), YY: Function(func(x, y, _ float64) float64 { return 1 + x + y }), XY: Function(func(x, _, _ float64) float64 { return math.Sin(9 * x) })}
		}
	}
	e.Average = Average(rng.IntN(3))
	if e.Diffusion.XY.given {
		e.Average = Natural
	}
	if rng.IntN(3) == 0 {
		e.Reaction = array(cells, rng.Float64)
	}
	if rng.IntN(4) == 0 {
		e.Upwind = Upwind(rng.IntN(2))
		for d := range n {
			e.Convection[d] = array(points, rng.NormFloat64)
		}
	}
	if rng.IntN(3) == 0 {
		e.Mask = &Mask{Value: number()}
		switch rng.IntN(3) {
		case 0:
			e.Mask = Without(e.Grid, func(int) bool { return rng.IntN(5) == 0 }, rng.IntN(2) == 0)
		default:
			e.Mask.State = make([]State, points)
			for i := range e.Mask.State {
				if rng.IntN(4) == 0 {
					e.Mask.State[i] = State(rng.IntN(3))
				}
			}
		}
		e.Reaction = Constant(.1) // no region floats
	}
	return e
}

// What holds for every equation: W A is symmetric without convection, rows add up to the
// reaction, diagonals are positive, and for the solution what flows out is what the
// sources give.
func TestEveryEquation(t *testing.T) {
	kinds := map[string]int{}
	for seed := range uint64(600) {
		e := chance(t, seed)
		s, err := e.Discretize()
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
			continue
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			symmetric(t, s, kinds)
			s.Project()
			if s.Singular() && math.IsNaN(s.Defect()) {
				kinds["singular with convection"]++
				return
			}
			direct(t, s, s.Singular())
			b, err := s.Balance(s.U)
			if err != nil {
				t.Fatal(err)
			}
			out := b.Fixed
			for d := range s.U.Dim() {
				for end := range 2 {
					out += b.Sides[d][end]
				}
			}
			if size := throughput(t, s); !(math.Abs(out-b.Source) <= 1e-13*size) {
				t.Errorf("%g flows out, the sources give %g: %+v; want them equal, since %g moves about", out, b.Source, b, size)
			}
			kinds["balanced"]++
		})
	}
	for _, kind := range []string{"faces", "other operators", "singular", "masked", "balanced"} {
		if kinds[kind] < 5 {
			t.Errorf("%d problems are %s; want some: %v", kinds[kind], kind, kinds)
		}
	}
}

// throughput is what moves between the control volumes, were it not for cancellation:
// Σ |a_ii u_i| over the volumes, the size that rounding is measured by.
func throughput(t *testing.T, s *System) (sum float64) {
	constant, varying, err := s.A.Diagonal()
	if err != nil {
		t.Fatal(err)
	}
	u, g, w := s.U.Interior(), s.G.Interior(), s.Weights().Interior()
	diagonal := make([]float64, len(u))
	for i := range diagonal {
		diagonal[i] = constant
	}
	if varying != nil {
		diagonal = varying.Interior()
	}
	for i := range u {
		sum += math.Abs(w[i]*diagonal[i]*u[i]) + math.Abs(w[i]*g[i])
	}
	for d := range s.U.Dim() {
		sum *= s.U.H[d]
	}
	return sum
}

// symmetric checks the matrix.
func symmetric(t *testing.T, s *System, kinds map[string]int) {
	t.Helper()
	m, err := s.A.Matrix()
	if err != nil {
		t.Fatal(err)
	}
	w := s.Weights().Interior()
	entries := map[[2]int]float64{}
	sums, diagonal := make([]float64, len(w)), make([]float64, len(w))
	m.DoNonZero(func(i, j int, v float64) {
		entries[[2]int{i, j}] = w[i] * v
		sums[i] += v
		if i == j {
			diagonal[i] = v
		}
	})
	for i, d := range diagonal {
		if !(d > 0) && s.Equation.Upwind != Central {
			t.Fatalf("diagonal %d is %g", i, d)
		}
	}
	if s.assembly.b == [3]*values{} {
		for at, v := range entries {
			if other := entries[[2]int{at[1], at[0]}]; !(math.Abs(v-other) <= 1e-12*(math.Abs(v)+math.Abs(other))) {
				t.Fatalf("entry %v is %g, its mirror image %g", at, v, other)
			}
		}
	}
	if _, _, star := s.A.Star(); !star && s.A.Coefficients() != (stencil.Coefficients{}) {
		kinds[map[bool]string{true: "other operators", false: "faces"}[s.assembly.xy != nil || s.assembly.b != [3]*values{} || s.U.Stretch != nil]]++
	}
	if s.assembly.state != nil {
		kinds["masked"]++
	}
	if s.Singular() {
		kinds["singular"]++
		for i, sum := range sums {
			if !(math.Abs(sum) <= 1e-11*diagonal[i]) {
				t.Fatalf("row %d of a singular matrix adds up to %g", i, sum)
			}
		}
	}
}

// The loops over rows of cells make the same faces as the definition face by face.
func TestFacesByRows(t *testing.T) {
	for seed := range uint64(200) {
		s, err := chance(t, seed).prepare()
		if err != nil {
			t.Fatal(err)
		}
		for d := range s.grid.Dim() {
			if err := s.tabulate(s.a[d]); err != nil {
				t.Fatal(err)
			}
		}
		s.conduct()
		for d := range s.grid.Dim() {
			for k := range max(1, s.grid.Inner(2)+2) {
				for j := range max(1, s.grid.Inner(1)+2) {
					for i := range s.grid.Inner(0) + 2 {
						x := [3]int{i, j, k}
						if !isFace(s.grid, d, x) {
							continue
						}
						want := 0.0
						if _, side := s.axes[d].side(x[d]); !side {
							want = s.conductance(d, x) / (s.axes[d].distance(x[d]) * s.axes[d].h)
						}
						if got := s.faces[d].At(i, j, k); !(math.Abs(got-want) <= 1e-14*want) {
							t.Fatalf("seed %d: face %v along %d is %g; want %g", seed, x, d, got, want)
						}
					}
				}
			}
		}
	}
}

// isFace reports that a face along d has the index x.
func isFace(g pde.Grid, d int, x [3]int) bool {
	for e := range x {
		lo, hi := g.Inside(e)
		if e == d {
			hi++
		}
		if x[e] < lo || x[e] >= hi {
			return false
		}
	}
	return true
}

// swapped is the equation with x and y exchanged.
func swapped(e Equation) Equation {
	swap := func(c Coefficient) Coefficient {
		if c.function == nil {
			return c
		}
		return Function(func(x, y, z float64) float64 { return c.function(y, x, z) })
	}
	s := e
	s.Grid.N[0], s.Grid.N[1], s.Grid.H[0], s.Grid.H[1] = e.Grid.N[1], e.Grid.N[0], e.Grid.H[1], e.Grid.H[0]
	if e.Grid.Stretch != nil {
		s.Grid.Stretch = &pde.Coordinates{e.Grid.Stretch[1], e.Grid.Stretch[0], e.Grid.Stretch[2]}
	}
	yy := e.Diffusion.YY
	if !yy.given {
		yy = e.Diffusion.XX
	}
	s.Diffusion = Tensor{XX: swap(yy), YY: swap(e.Diffusion.XX), ZZ: swap(e.Diffusion.ZZ), XY: swap(e.Diffusion.XY)}
	if e.Grid.Dim() == 3 && !e.Diffusion.ZZ.given {
		s.Diffusion.ZZ = swap(e.Diffusion.XX)
	}
	s.Convection = [3]Coefficient{swap(e.Convection[1]), swap(e.Convection[0]), swap(e.Convection[2])}
	s.Reaction, s.Source = swap(e.Reaction), swap(e.Source)
	for d, from := range [3]int{1, 0, 2} {
		for end := range 2 {
			c := e.Boundary[from][end]
			c.Value, c.Alpha = swap(c.Value), swap(c.Alpha)
			s.Boundary[d][end] = c
		}
	}
	return s
}

// Nothing depends on which axis is called x.
func TestAxesAreAlike(t *testing.T) {
	for _, m := range every() {
		if m.dim == 1 || m.a == "cells" || m.a == "points" || m.dim == 3 && m.a == "one" {
			continue
		}
		e, _ := m.equation(t, 6)
		s, other := discretize(t, e), discretize(t, swapped(e))
		s.Project()
		other.Project()
		direct(t, s, s.Singular())
		direct(t, other, other.Singular())
		lo, hi := s.U.Inside(0)
		for r := range s.U.RowCount() {
			j, k := s.U.RowAt(r)
			for i := lo; i < hi; i++ {
				if u, v := s.U.At(i, j, k), other.U.At(j, i, k); !(math.Abs(u-v) <= 1e-10*(1+math.Abs(u))) {
					t.Fatalf("%s: u(%d, %d, %d) is %g, with the axes exchanged %g", m, i, j, k, u, v)
				}
			}
		}
	}
}
