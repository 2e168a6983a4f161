package tool

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/pde/file"
)

// Open space by a formula on the sides: a ball of radius R and density 1 has the potential
// R²/2 in its centre, R²/3 on its surface and R³/3r outside. At the surface, density falls
// from 1 to 0 within a cell's width, so that the mass is right to second order.
func TestBallInOpenSpace(t *testing.T) {
	var worst []float64
	for _, n := range []string{"16", "32"} {
		cells := map[string]int{"16": 16, "32": 32}[n]
		r := "sqrt((x-2)^2+(y-2)^2+(z-2)^2)"
		far := "dirichlet=1/(3*" + r + ")"
		s := stating(Statement{
			N: []int{cells, cells, cells}, Size: []float64{4},
			G:        "max(0,min(1,(1-" + r + ")*" + n + "/4+0.5))",
			Boundary: "x:" + far + ",y:" + far + ",z:" + far,
		})
		s.Out = filepath.Join(t.TempDir(), "u.npy")
		report := solved(t, s)
		u, err := file.ReadArray(s.Out, file.PointShape(report.Grid))
		if err != nil {
			t.Fatal(err)
		}
		// Along x from the centre: the distances 0, 1 and 1.5.
		at := func(distance float64) float64 {
			m := cells / 2
			return u[(m*(cells+1)+m)*(cells+1)+m+int(distance*float64(cells)/4)]
		}
		e := 0.
		for distance, want := range map[float64]float64{0: 1. / 2, 1: 1. / 3, 1.5: 1 / 4.5} {
			e = max(e, math.Abs(at(distance)-want))
		}
		worst = append(worst, e)
	}
	if !(worst[1] < 2e-3) || !(worst[0] > 3*worst[1]) {
		t.Errorf("largest errors %.3g; want less than 2e-3, and a third or less of it from one grid to the next", worst)
	}
}

// What flows out is what the sources make, to rounding: through sides of every kind, on
// vertices and in cells, in one to three dimensions.
func TestBalanced(t *testing.T) {
	for name, s := range map[string]Statement{
		"Dirichlet":       {N: []int{24, 17}, G: "1+x*y", A: "1+100*(x>0.5)"},
		"Dirichlet cells": {N: []int{24, 17}, G: "1+x*y", A: "1+100*(x>0.5)", Discretization: "cell"},
		"all kinds":       {N: []int{20, 13}, G: "exp(x)", C: "2", Boundary: "x-:neumann=y,x+:robin=3;1,y-:dirichlet=x"},
		"periodic":        {N: []int{16, 12, 10}, G: "x+z", Boundary: "x:periodic,y-:neumann=1"},
		"one axis":        {N: []int{33}, Dim: 1, G: "sin(x)", A: "1+x"},
	} {
		solve := stating(s)
		solve.Balance = true
		r := solved(t, solve)
		if r.Balance == nil {
			t.Fatalf("%s: no balance", name)
		}
		out, size := r.Balance.Fixed, math.Abs(r.Balance.Source)
		for _, side := range r.Balance.Sides {
			out += side[0] + side[1]
			size += math.Abs(side[0]) + math.Abs(side[1])
		}
		if math.Abs(out-r.Balance.Source) > 1e-9*size || size == 0 {
			t.Errorf("%s: %.12g flows out, the sources make %.12g", name, out, r.Balance.Source)
		}
	}
	// On vertices the outer faces lie half a cell inside, so that the source is g h² of the
	// unknowns alone.
	s := stating(Statement{N: []int{8}, G: "1"})
	s.Balance = true
	if r := solved(t, s); math.Abs(r.Balance.Source-49./64) > 1e-12 {
		t.Errorf("source %g of g = 1; want 49/64", r.Balance.Source)
	}
}

// Around an axis, x the distance from it and y the place along it: the equation times x,
// with a = x, whose mean on faces between cells is exact. u = (1 − x²) sin πy, to second
// order.
func TestAxisymmetric(t *testing.T) {
	var e []float64
	for _, n := range []int{32, 64} {
		e = append(e, solved(t, stating(Statement{
			N: []int{n}, A: "x", Average: "arithmetic", G: "x*(4+pi^2*(1-x^2))*sin(pi*y)", Exact: "(1-x^2)*sin(pi*y)",
			Boundary: "x-:neumann=0", Discretization: "cell",
		})).ErrorMax)
	}
	if r := e[0] / e[1]; !(r > 3.7 && r < 4.3) || e[1] > 1e-3 {
		t.Errorf("largest errors %.4g, ratio %.3f; want 4", e, r)
	}
}

// Central differences of a flow that is too fast for the cells are warned of, with the
// number; others are not.
func TestOscillationsNoted(t *testing.T) {
	for b, want := range map[string]string{"200,0": "up to 6.25, and", "31,0": ""} {
		s := stating(Statement{N: []int{16}, G: "1", B: b, Convection: "central"})
		var said []string
		if _, err := s.Prepare(context.Background(), Reporter{Note: func(text string) { said = append(said, text) }}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(said, "\n"); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("b = %s: %q; want %q", b, got, want)
		}
	}
}
