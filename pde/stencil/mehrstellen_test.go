package stencil

import (
	"math"
	"strings"
	"testing"

	"mgtool/pde"
)

// Errors of solutions shrink by 16 when h is halved, on cells that are no squares, with
// boundary values.
func TestMehrstellenIsFourthOrder(t *testing.T) {
	order(t, "mehrstellen", 1, 4, 8, 16, 32)
	order(t, "mehrstellen", 2, 4, 8, 16, 32)
	order(t, "mehrstellen", 3, 4, 8, 16)
}

// The kernels are those of the textbooks on squares and cubes, and Numerov's in one
// dimension.
func TestMehrstellenKernels(t *testing.T) {
	faces := func(k *Kernel, dim int, c float64) {
		for _, o := range []int{1, 3, 9}[:dim] {
			k[centre-o], k[centre+o] = c, c
		}
	}
	cube := Kernel{centre: 24}
	for o := range cube {
		at := Offset(o)
		switch at[0]*at[0] + at[1]*at[1] + at[2]*at[2] {
		case 1:
			cube[o] = -2
		case 2:
			cube[o] = -1
		}
	}
	lines := Kernel{centre: 12}
	faces(&lines, 1, -6)
	for dim, want := range map[int]Kernel{1: lines, 2: Plane([3][3]float64{{-1, -4, -1}, {-4, 20, -4}, {-1, -4, -1}}), 3: cube} {
		const h = 0.5
		g, err := pde.NewGrid([]int{4, 4, 4}[:dim], []float64{h, h, h}[:dim])
		if err != nil {
			t.Fatal(err)
		}
		d, err := Discretize("mehrstellen", g)
		if err != nil {
			t.Fatal(err)
		}
		right := Kernel{centre: float64(12 - 2*dim)}
		faces(&right, dim, 1)
		same := func(what string, got Operator, want Kernel) {
			k, ok := got.Kernel()
			for o := range k {
				if !ok || math.Abs(k[o]-want[o]) > 1e-14 {
					t.Errorf("dimension %d: %s at %v is %g, want %g", dim, what, Offset(o), k[o], want[o])
				}
			}
		}
		same("A", d.A, want.Scale(1/(6*h*h)))
		same("B", d.B, right.Scale(1./12))
	}
}

// Rows beside a closed side would not be of fourth order: they are refused.
func TestMehrstellenRefusesClosedSides(t *testing.T) {
	grid, err := pde.Unit(2, 8)
	if err != nil {
		t.Fatal(err)
	}
	neumann, cells := grid, grid
	neumann.Sides[1][0], cells.Cells = pde.Neumann, true
	for want, g := range map[string]pde.Grid{"closed side 0 of axis 1": neumann, "closed side 0 of axis 0": cells} {
		if _, err := Discretize("mehrstellen", g); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want an error with %q", err, want)
		}
	}
}
