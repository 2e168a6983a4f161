package stencil

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
)

// sideKinds are grids with sides of every kind, vertices and cells.
func sideKinds(t *testing.T, n ...int) (list []pde.Grid) {
	t.Helper()
	pairs := [][2]pde.Boundary{{}, {pde.Periodic, pde.Periodic}, {pde.Neumann, pde.Neumann}, {pde.Dirichlet, pde.Neumann}, {pde.Neumann, pde.Dirichlet}}
	for first := range pairs {
		g := grid(t, n)
		for d := range n {
			g.Sides[d] = pairs[(first+2*d)%len(pairs)]
		}
		list = append(list, g)
		g.Cells = true
		list = append(list, g)
	}
	return list
}

// someFaces are whole numbers from 1 on at every value, also of ghosts, which count
// nowhere or are set.
func someFaces(g pde.Grid, seed uint64) (along [3]*pde.Field[float64], reaction *pde.Field[float64]) {
	rng := rand.New(rand.NewPCG(seed, 7))
	fill := func() *pde.Field[float64] {
		f := pde.NewField[float64](g)
		for i := range f.Data() {
			f.Data()[i] = float64(1 + rng.IntN(9))
		}
		return f
	}
	for d := range g.Dim() {
		along[d] = fill()
	}
	return along, fill()
}

// The matrix of faces is Σ_d E_dᵀ F_d E_d + C, where E_d are the differences across the
// faces that join unknowns, plus the faces of Dirichlet sides, and of all sides of cells, on the diagonal; rows of
// unknowns on a Neumann side are twice that, along the axis.
func TestFacesAreIncidence(t *testing.T) {
	for _, n := range [][]int{{5}, {4, 5}, {4, 3, 5}} {
		for _, g := range sideKinds(t, n...) {
			t.Run(fmt.Sprint(g, g.Sides, g.Cells), func(t *testing.T) {
				along, reaction := someFaces(g, 1)
				a, err := Faces(g, along, reaction)
				if err != nil {
					t.Fatal(err)
				}
				u := unknownsOf(g)
				want := mat.NewDense(g.Unknowns(), g.Unknowns(), nil)
				add := func(i, j int, v float64) { want.Set(i, j, want.At(i, j)+v) }
				half := func(x [3]int, d int) float64 { // 2 where the volume is half along d
					if s := g.Sides[d]; !g.Cells && (x[d] == 1 && s[0] == pde.Neumann || x[d] == g.Inner(d) && s[1] == pde.Neumann) {
						return 2
					}
					return 1
				}
				for row := range g.RowCount() {
					j, k := g.RowAt(row)
					for i := 1; i <= g.Inner(0); i++ {
						x := [3]int{i, j, k}
						me := u.index(x)
						add(me, me, reaction.At(i, j, k))
						for d := range g.Dim() {
							next := x
							next[d]++
							f := along[d].At(next[0], next[1], next[2]) // after x
							switch y, _, ok := u.find(next); {
							case ok:
								other := u.index(y)
								if x[d] == g.Inner(d) { // a periodic axis has one face there
									f = along[d].At(y[0], y[1], y[2])
								}
								add(me, me, half(x, d)*f)
								add(me, other, -half(x, d)*f)
								add(other, other, half(y, d)*f)
								add(other, me, -half(y, d)*f)
							case g.Cells || g.Sides[d][1] == pde.Dirichlet:
								add(me, me, f)
							}
							if x[d] == 1 && g.Sides[d][0] != pde.Periodic && (g.Cells || g.Sides[d][0] == pde.Dirichlet) {
								add(me, me, along[d].At(i, j, k))
							}
						}
					}
				}
				if _, _, star := a.Star(); star {
					t.Error("faces are a constant star")
				}
				if _, constant := a.Kernel(); constant {
					t.Error("faces have a kernel")
				}
				if got := matrix(t, a); !mat.Equal(got, want) {
					t.Errorf("the matrix is\n%v\nwant\n%v", mat.Formatted(got), mat.Formatted(want))
				}
				if got := matrix(t, must(t)(Varying(g, a.Coefficients()))); !mat.Equal(got, want) {
					t.Errorf("the matrix of the coefficients is\n%v\nwant\n%v", mat.Formatted(got), mat.Formatted(want))
				}
				if got := matrix(t, a.Transpose()); !mat.Equal(got, want.T()) {
					t.Errorf("the transpose is\n%v\nwant\n%v", mat.Formatted(got), mat.Formatted(want.T()))
				}
				_, diagonal, err := a.Scale(.5).Diagonal()
				if err != nil {
					t.Fatal(err)
				}
				for i, v := range diagonal.Interior() {
					if v != .5*want.At(i, i) {
						t.Fatalf("entry %d of the diagonal is %g, want %g", i, v, .5*want.At(i, i))
					}
				}
				// A x by rows, from ghosts that count on no closed side.
				x, y := pde.NewField[float64](g), pde.NewField[float64](g)
				rng := rand.New(rand.NewPCG(2, 2))
				x.FillInterior(func(_, _, _ float64) float64 { return float64(rng.IntN(19) - 9) })
				x.FillGhosts()
				if err := a.Apply(y, x); err != nil {
					t.Fatal(err)
				}
				var product mat.VecDense
				product.MulVec(want, vector(x))
				if !mat.Equal(vector(y), &product) {
					t.Errorf("A x = %v, want %v", y.Interior(), product.RawVector().Data)
				}
			})
		}
	}
}

// Faces of a constant a are −a Δ + c, on coarse grids too, of odd numbers of cells also.
func TestFacesOfConstants(t *testing.T) {
	must := must(t)
	weights := [3]float64{2, 3, .5}
	of := func(g pde.Grid) Operator {
		var along [3]*pde.Field[float64]
		for d := range g.Dim() {
			along[d] = pde.NewField[float64](g)
			for i := range along[d].Data() {
				along[d].Data()[i] = weights[d] / (g.H[d] * g.H[d])
			}
			if g.Cells { // half a cell to a Dirichlet side; nothing to a Neumann side
				for side, at := range [2]int{1, g.Inner(d) + 1} {
					v := map[pde.Boundary]float64{pde.Dirichlet: 2 * weights[d] / (g.H[d] * g.H[d])}[g.Sides[d][side]]
					if g.Sides[d][side] == pde.Periodic {
						continue
					}
					g.Rows(func(j, k int) {
						for i := 1; i <= g.Inner(0); i++ {
							x := [3]int{i, j, k}
							x[d] = at
							along[d].Set(x[0], x[1], x[2], v)
						}
					})
				}
			}
		}
		c := pde.NewField[float64](g)
		for i := range c.Data() {
			c.Data()[i] = 7
		}
		return must(Faces(g, along, c))
	}
	equal := func(what string, a, b Operator) {
		t.Helper()
		if x, y := matrix(t, a), matrix(t, b); !mat.EqualApprox(x, y, 1e-13) {
			t.Errorf("%s: the matrix is\n%v\nwant\n%v", what, mat.Formatted(x), mat.Formatted(y))
		}
	}
	for dim := 1; dim <= 3; dim++ {
		for _, periodic := range sides(dim) {
			g := grid(t, []int{6, 4, 4}[:dim], periodic...)
			equal(fmt.Sprint(g.Sides), of(g), must(Diffusion(g, weights, 7)))
		}
		n, half := []int{9, 8, 4}[:dim], []int{5, 4, 2}[:dim]
		for _, g := range sideKinds(t, n...) {
			coarse := coarsened(g, half...)
			equal(fmt.Sprint(g, coarse, g.Sides, g.Cells), must(of(g).Rediscretize(coarse)), of(coarse))
			if dim > 1 {
				semi := coarsened(g, g.N[0], half[1])
				equal(fmt.Sprint(g, semi, g.Sides, g.Cells), must(of(g).Rediscretize(semi)), of(semi))
			}
		}
	}
}

// In one dimension with Dirichlet sides coarse faces in a row keep the flux of every
// solution without sources that is given at coarse vertices, whatever a is: resistances in
// a row add up. Across, conductances side by side do.
func TestCoarseFacesKeepFlux(t *testing.T) {
	must := must(t)
	g := grid(t, []int{8})
	along, _ := someFaces(g, 3)
	a := must(must(Faces(g, along, nil)).Rediscretize(coarsened(g, 4)))
	coarse, _, _ := a.Faces()
	for m := 1; m <= 4; m++ {
		f, s := along[0].At(2*m-1, 0, 0), along[0].At(2*m, 0, 0)
		// 1/a' per coarse cell of two, f = a/h²: (h'/h)² f' = 2/(1/f + 1/s).
		if got, want := coarse[0].At(m, 0, 0), 2/(1/f+1/s)/4; math.Abs(got-want) > 1e-15 {
			t.Errorf("face %d is %g, want %g", m, got, want)
		}
	}
	plane := grid(t, []int{8, 8})
	along, reaction := someFaces(plane, 4)
	a = must(must(Faces(plane, along, reaction)).Rediscretize(coarsened(plane, 8, 4)))
	coarse, c, _ := a.Faces()
	for j := 1; j <= 3; j++ {
		for i := 1; i <= 8; i++ {
			at := func(f *pde.Field[float64]) float64 {
				return .25*f.At(i, 2*j-1, 0) + .5*f.At(i, 2*j, 0) + .25*f.At(i, 2*j+1, 0)
			}
			if got := coarse[0].At(i, j, 0); got != at(along[0]) {
				t.Errorf("face (%d, %d) along x is %g, want %g", i, j, got, at(along[0]))
			}
			if got := c.At(i, j, 0); i < 8 && got != at(reaction) {
				t.Errorf("c at (%d, %d) is %g, want %g", i, j, got, at(reaction))
			}
		}
	}
	zero, _ := someFaces(g, 3)
	zero[0].Set(3, 0, 0, 0)
	coarse, _, _ = must(must(Faces(g, zero, nil)).Rediscretize(coarsened(g, 4))).Faces()
	if got := coarse[0].At(2, 0, 0); got != 0 {
		t.Errorf("a coarse face over one of 0 is %g, want 0", got)
	}
}

// Values on closed sides count nowhere, whatever they are.
func TestFacesIgnoreClosedGhosts(t *testing.T) {
	for _, g := range sideKinds(t, 4, 5) {
		along, reaction := someFaces(g, 1)
		a := must(t)(Faces(g, along, reaction))
		u, f := pde.NewField[float64](g), pde.NewField[float64](g)
		for side, i := range []int{0, g.Inner(0) + 1} {
			for j := range g.Inner(1) + 2 {
				if ClosedSide(g, 0, side) {
					u.Set(i, j, 0, math.NaN())
				}
			}
		}
		for side, j := range []int{0, g.Inner(1) + 1} {
			for i := range g.Inner(0) + 2 {
				if ClosedSide(g, 1, side) {
					u.Set(i, j, 0, math.NaN())
				}
			}
		}
		if err := a.Apply(f, u); err != nil {
			t.Fatal(err)
		}
		for i, v := range f.Interior() {
			if v != 0 {
				t.Fatalf("%v %v: value %d of A 0 is %g", g, g.Sides, i, v)
			}
		}
	}
}

func TestFacesRefuse(t *testing.T) {
	g, other := grid(t, []int{4, 4}), grid(t, []int{4, 8})
	fields := func() [3]*pde.Field[float64] { f, _ := someFaces(g, 1); return f }
	with := func(d int, f *pde.Field[float64]) [3]*pde.Field[float64] {
		along := fields()
		along[d] = f
		return along
	}
	bad := func(v float64) *pde.Field[float64] {
		f := pde.NewField[float64](g)
		f.Set(3, 2, 0, v)
		return f
	}
	stretched := g
	stretched.Stretch = &pde.Coordinates{}
	for want, c := range map[string]struct {
		g        pde.Grid
		along    [3]*pde.Field[float64]
		reaction *pde.Field[float64]
	}{
		"no faces along axis 1":                   {g, with(1, nil), nil},
		"faces along axis 2 in dimension 2":       {g, with(2, bad(1)), nil},
		"faces along axis 0 on 4×8 cells":         {g, with(0, pde.NewField[float64](other)), nil},
		"reaction on 4×8 cells":                   {g, fields(), pde.NewField[float64](other)},
		"faces along axis 1: -2 at index [3 2]":   {g, with(1, bad(-2)), nil},
		"reaction: NaN at index [3 2]":            {g, fields(), bad(math.NaN())},
		"faces along axis 0: +Inf at index [3 2]": {g, with(0, bad(math.Inf(1))), nil},
		"unequal widths":                          {stretched, fields(), nil},
		"a grid without axes":                     {pde.Grid{}, fields(), nil},
	} {
		if _, err := Faces(c.g, c.along, c.reaction); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want an error with %q", err, want)
		}
	}
	a := must(t)(Faces(g, fields(), nil))
	for want, g := range map[string]pde.Grid{"half the cells": grid(t, []int{4}), "want 4 or 2 cells along axis 1": other} {
		if _, err := a.Rediscretize(g); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want an error with %q", err, want)
		}
	}
}

// The coefficients by rows are the entries of the matrix, on every kind of side.
func TestFacesByRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	kinds := [][2]pde.Boundary{{pde.Dirichlet, pde.Neumann}, {pde.Neumann, pde.Dirichlet}, {pde.Neumann, pde.Neumann}, {pde.Dirichlet, pde.Dirichlet}, {pde.Periodic, pde.Periodic}}
	for trial := range 200 {
		dim := 1 + rng.IntN(3)
		n, h := make([]int, dim), make([]float64, dim)
		for d := range n {
			n[d], h[d] = 2+rng.IntN(5), 1
		}
		g, err := pde.NewGrid(n, h)
		if err != nil {
			t.Fatal(err)
		}
		g.Cells = rng.IntN(2) == 0
		for d := range dim {
			g.Sides[d] = kinds[rng.IntN(len(kinds))]
		}
		var fields [4]*pde.Field[float64]
		for d := range fields {
			if d < dim || d == 3 && trial%2 == 0 {
				fields[d] = pde.NewField[float64](g)
				for i := range fields[d].Data() {
					fields[d].Data()[i] = float64(rng.IntN(4)) * rng.Float64() // some are 0
				}
			}
		}
		a, err := Faces(g, [3]*pde.Field[float64](fields[:3]), fields[3])
		if err != nil {
			t.Fatal(err)
		}
		c := a.Coefficients()
		for row := range g.RowCount() {
			j, k := g.RowAt(row)
			for i := 1; i <= g.Inner(0); i++ {
				var want, got Kernel
				for _, e := range a.entries(nil, [3]int{i, j, k}) {
					want[centre+e.y[0]-i+3*(e.y[1]-j)+9*(e.y[2]-k)] += e.c
				}
				for o, f := range c {
					if f != nil {
						got[o] = f.At(i, j, k)
					}
				}
				if got != want {
					t.Fatalf("%v, cells %t, sides %v: row (%d, %d, %d) is %v; want %v", g, g.Cells, g.Sides, i, j, k, got, want)
				}
			}
		}
	}
}
