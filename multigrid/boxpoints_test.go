package multigrid

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Relaxation of points is SOR in the order of the colours, from the last to the first in reverse:
// for coefficients of faces, of rows and constant ones, around rings of odd numbers, from 0 and
// from any u.
func TestBlackBoxPoints(t *testing.T) {
	const omega = 1.3
	ring := mustGrid(t, []int{7, 6}, []float64{1, 1})
	ring.Sides[0] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
	around := ring
	around.Sides[1] = ring.Sides[0]
	even := mustGrid(t, []int{6, 7}, []float64{1, 1})
	even.Sides[0] = ring.Sides[0]
	closed, cells := square(t, 8), square(t, 8)
	closed.Sides[0][0], closed.Sides[1][1] = pde.Neumann, pde.Neumann
	cells.Cells = true
	vary := func(d int, x [3]int) float64 { return 1 + float64((3*d+7*x[0]+5*x[1]+x[2])%6) }
	for name, a := range map[string]stencil.Operator{
		"constant":            rotated(t, mustGrid(t, []int{9, 8}, []float64{1, 1}), 30, .1),
		"rows":                fluxOperator(t, mustGrid(t, []int{9, 8}, []float64{1, 1}), vary, .1),
		"rows in a cube":      fluxOperator(t, mustGrid(t, []int{6, 5, 7}, []float64{1, 1, 1}), vary, .1),
		"ring of 7":           fluxOperator(t, ring, vary, .1),
		"ring of 6":           fluxOperator(t, even, vary, .1),
		"rings":               fluxOperator(t, around, vary, .1),
		"faces":               byFaces(t, square(t, 9), func(x, y float64) float64 { return 1 + x + 3*y*y }),
		"faces on a ring":     byFaces(t, ring, func(x, y float64) float64 { return 1 + y*y }),
		"faces, closed":       byFaces(t, closed, func(x, y float64) float64 { return 1 + x + 3*y*y }),
		"faces of cells":      byFaces(t, cells, func(x, y float64) float64 { return 1 + x + 3*y*y }),
		"faces with reaction": withReaction(t, byFaces(t, square(t, 9), func(x, y float64) float64 { return 1 + x + 3*y*y })),
		"convection":          convected(t, square(t, 8), 300, 100),
	} {
		for _, reverse := range []bool{false, true} {
			for _, fresh := range []bool{false, true} {
				if err := comparePoints(t, a, omega, reverse, fresh); err != nil {
					t.Errorf("%s, reverse %t, from 0 %t: %v", name, reverse, fresh, err)
				}
			}
		}
	}
}

// withReaction adds a reaction to an operator by faces.
func withReaction(t *testing.T, a stencil.Operator) stencil.Operator {
	t.Helper()
	along, _, _ := a.Faces()
	grid, _ := a.Grids()
	c := pde.NewField[float64](grid)
	c.FillInterior(func(x, _, _ float64) float64 { return 50 * x })
	a, err := stencil.Faces(grid, along, c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// comparePoints relaxes once and compares with plain loops.
func comparePoints(t *testing.T, a stencil.Operator, omega float64, reverse, fresh bool) error {
	grid, _ := a.Grids()
	b := boxOf(a)
	b.makeScratch()
	b.points(omega)
	b.u, b.g = pde.NewField[float64](grid), pde.NewField[float64](grid)
	b.g.Randomize(2)
	if b.fresh = fresh; !fresh {
		b.u.Randomize(1)
	}
	if grid.Cells { // ghosts serve the first guess alone
		b.u.Set(0, 3, 0, 7)
	}
	b.fill(b.u)
	want := b.u.Clone()
	relax := func(x [3]int) {
		r := b.g.At(x[0], x[1], x[2])
		for o, f := range a.Coefficients() {
			d := stencil.Offset(o)
			at := x
			for e := range at {
				at[e], _ = b.within(e, x[e]+d[e])
				if !b.periodic[e] {
					at[e] = x[e] + d[e]
				}
			}
			if k, ok := a.Kernel(); ok && k[o] != 0 {
				r -= k[o] * want.At(at[0], at[1], at[2])
			} else if f != nil {
				r -= f.At(x[0], x[1], x[2]) * want.At(at[0], at[1], at[2])
			}
		}
		want.Set(x[0], x[1], x[2], want.At(x[0], x[1], x[2])+omega*r/b.a[13].At(x[0], x[1], x[2]))
	}
	var order [][3]int
	for _, z := range b.classes(2) {
		for _, y := range b.classes(1) {
			for _, x := range b.classes(0) {
				for l := range z.count {
					for m := range y.count {
						for n := range x.count {
							order = append(order, [3]int{x.first + n*x.step, y.first + m*y.step, z.first + l*z.step})
						}
					}
				}
			}
		}
	}
	if reverse {
		slices.Reverse(order)
	}
	for _, x := range order {
		relax(x)
	}
	f := &blackBox{levels: []*box{b}}
	f.smooth(0, 1, reverse)
	for row := range b.rows() {
		j, k := b.rowAt(row)
		for i := 1; i <= b.n[0]; i++ {
			if got, want := b.u.At(i, j, k), want.At(i, j, k); !(math.Abs(got-want) <= 1e-13*max(1, math.Abs(want))) {
				return fmt.Errorf("%g at %v; want %g", got, [3]int{i, j, k}, want)
			}
		}
	}
	return nil
}

// P has the weights of the recursion by subsets of axes, see [box.interpolation], point by point.
func TestBlackBoxWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 1))
	checked := 0
	for range 150 {
		a, what := randomOperator(t, rng)
		b := boxOf(a)
		if !b.coarsen(false) {
			continue
		}
		b.interpolation()
		c := b.coarser
		var weight func(m, f [3]int) float64
		weight = func(m, f [3]int) float64 {
			var x [3]int
			for d := range x {
				x[d] = b.axes[d].fine(m[d]) + f[d]
				if d < b.dim && b.periodic[d] {
					x[d], _ = b.within(d, x[d])
				}
			}
			if f == [3]int{} {
				return 1
			}
			var s [27]float64
			for _, o := range b.support {
				d, fold := stencil.Offset(o), 13
				ok := true
				for e := range d {
					_, in := b.within(e, x[e]+d[e])
					ok = ok && in
					if f[e] != 0 {
						fold += d[e] * [3]int{1, 3, 9}[e]
					}
				}
				if ok {
					s[fold] += b.a[o].At(x[0], x[1], x[2])
				}
			}
			sides := s[13]
			for _, v := range s {
				sides -= v
			}
			centre := s[13]
			if centre < 0 {
				sides, centre = -sides, -centre
			}
			if sum := centre - sides; !(sum > keep*sides) && sides > 1e-8*centre {
				centre = sides
			}
			if s[13] < 0 {
				centre = -centre
			}
			if centre == 0 {
				return 0
			}
			total := 0.0
			for T := 1; T < 8; T++ {
				back, rest, part := 13, f, true
				for e := range f {
					if T>>e&1 == 1 {
						part = part && f[e] != 0
						back -= f[e] * [3]int{1, 3, 9}[e]
						rest[e] = 0
					}
				}
				if part {
					total += s[back] * weight(m, rest)
				}
			}
			return -total / centre
		}
		for f, w := range b.w {
			if w == nil {
				continue
			}
			at := stencil.Offset(f)
			for row := range c.rows() {
				j, k := c.rowAt(row)
				for i := 1; i <= c.n[0]; i++ {
					m, exists := [3]int{i, j, k}, true
					for d := range at {
						x := b.axes[d].fine(m[d]) + at[d]
						_, in := b.within(d, x)
						// Of a ring of an odd number the first and the last are both coarse.
						exists = exists && in && !(d < b.dim && b.axes[d].shift == 1 && (x < 1 || x > b.n[d]))
					}
					if !exists {
						continue
					}
					checked++
					if got, want := w.At(i, j, k), weight(m, at); !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) {
						t.Fatalf("%s: weight %v of %v is %g; want %g", what, at, m, got, want)
					}
				}
			}
		}
	}
	if checked < 1000 {
		t.Errorf("%d weights compared; want more", checked)
	}
}
