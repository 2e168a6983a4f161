package bridge

import (
	"math"
	"strings"
	"testing"

	"mgtool/bridge/specification"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// What an operator does not admit is refused before anything is trained.
func TestCycleErrors(t *testing.T) {
	poisson := stencil.Laplacian(unit(t, 2, 32))
	varying := jumping(t, 2, 32)
	odd, _ := pde.Unit(2, 99)
	periodic := unit(t, 2, 32)
	periodic.Sides[0] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
	constant, err := stencil.Constant(unit(t, 2, 32), stencil.Plane([3][3]float64{{0, -1, 0}, {-1, 4, -1}, {0, -1, 0}}))
	if err != nil {
		t.Fatal(err)
	}
	zero, err := stencil.Constant(unit(t, 2, 32), stencil.Plane([3][3]float64{{0, -1, 0}, {-1, 0, -1}, {0, -1, 0}}))
	if err != nil {
		t.Fatal(err)
	}
	for want, problems := range map[string][]stencil.Operator{
		"no operator":                 {},
		"operator 1 is":               {poisson, stencil.Laplacian(unit(t, 2, 16))},
		"operator 1 has other kinds":  {poisson, varying},
		"are left: 96 a side, or 100": {stencil.Laplacian(odd)},
		"as on 10 cells a side":       {stencil.Laplacian(unit(t, 2, 8))},
		"with Dirichlet sides":        {stencil.Laplacian(periodic)},
		"A learned for several":       {poisson, poisson},
		"A learned for several ":      {varying},
		"known by its coefficients":   {constant},
		"0 on its diagonal":           {zero},
		"learned in one dimension":    {stencil.Laplacian(unit(t, 1, 128))},
	} {
		if _, err := New(specification.Learn(specification.Cycle.Operators()), 1, problems...); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("%q wanted in the error, which is %v", want, err)
		}
	}
}

// Kernels of a symmetry have the dimensions that counting orbits gives: of a 3×3 kernel 9,
// 5 points apart from each other, 4 orbits under reflections of each axis, 3 under the
// square's. Of P, linear functions fix all but the four weights to the vertices between four,
// of which one may move; in three dimensions one in each of three faces and four in the middle.
func TestSpaces(t *testing.T) {
	for _, c := range []struct {
		dim, width int
		symmetry   string
		op         string
		want       int
	}{
		{2, 3, "none", "", 9}, {2, 3, "point", "", 5}, {2, 3, "axes", "", 4}, {2, 3, "full", "", 3},
		{2, 5, "none", "", 25}, {2, 5, "point", "", 13}, {2, 5, "axes", "", 9}, {2, 5, "full", "", 6},
		{3, 3, "none", "", 27}, {3, 3, "point", "", 14}, {3, 3, "axes", "", 8}, {3, 3, "full", "", 4},
		{1, 3, "none", "", 3}, {1, 3, "full", "", 2},
		{2, 3, "none", "P", 1}, {2, 3, "full", "P", 0}, {2, 3, "point", "P", 1}, {2, 3, "none", "R", 6}, {2, 3, "point", "R", 4}, {2, 3, "none", "A", 3}, {2, 3, "full", "A", 1},
		{3, 3, "none", "A", 17}, {3, 3, "none", "P", 7},
	} {
		start := method.LinearStencil(c.dim).Weights
		if c.width == 5 {
			start = make([]float64, 25)
			start[12] = 1
		}
		var keep [][]float64
		if c.op != "" {
			keep = conditions(c.op, c.dim)
		}
		if s := newSpace(start, c.dim, c.width, c.symmetry, keep); len(s.Basis) != c.want {
			t.Errorf("%d-D, %d wide, %s, %q: dimension %d; want %d", c.dim, c.width, c.symmetry, c.op, len(s.Basis), c.want)
		}
	}
}

// Kernels of the operator's own symmetry: full for −Δ, reflections for an anisotropic one
// along the axes, at the middle for a rotated one, none for a flow and where A varies.
func TestSymmetryOfTheOperator(t *testing.T) {
	g := unit(t, 2, 16)
	anisotropic, err := stencil.Diffusion(g, [3]float64{1, .1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	flow, err := stencil.Constant(g, stencil.Plane([3][3]float64{{0, -1, 0}, {-2, 5, -1}, {0, -1, 0}}))
	if err != nil {
		t.Fatal(err)
	}
	poisson := stencil.Laplacian(g)
	s := specification.Specification{Share: "levels", Operators: map[string]specification.Switch{"A": {From: "galerkin"}, "B": {State: specification.Started, Symmetry: "operator"}}}
	for want, problems := range map[int][][]stencil.Operator{
		3: {{poisson}}, 4: {{anisotropic}, {poisson, anisotropic}}, 5: {{rotated(t, 16, .1, .5)}, {anisotropic, rotated(t, 16, .1, .5)}}, 9: {{flow}, {jumping(t, 2, 16)}},
	} {
		for _, p := range problems {
			if got := made(t, s, p...).Parameters(); got != want {
				t.Errorf("%v: %d values; want %d", p, got, want)
			}
		}
	}
}

// Levels share what they are to share, and the method lists as many as differ.
func TestShares(t *testing.T) {
	a := stencil.Laplacian(unit(t, 2, 128)) // levels of 128, 64, 32, 16 smooth
	for share, want := range map[string][3]int{"none": {36, 4, 0}, "levels": {9, 1, 0}, "cyclic:3": {27, 3, 1}, "cyclic:8": {36, 4, 0}} {
		c := made(t, specification.Specification{Share: share, Operators: map[string]specification.Switch{"B": {State: specification.Started}}}, a)
		m := c.Method()
		cyclic := 0
		if m.Repeat == "cyclic" {
			cyclic = 1
		}
		if got := [3]int{c.Parameters(), len(m.Levels), cyclic}; got != want {
			t.Errorf("%s: values, levels, cyclic %v; want %v", share, got, want)
		}
	}
	// Red and black on the finest level, four colours below: the method lists both.
	c := made(t, specification.Specification{Share: "levels", Operators: map[string]specification.Switch{"A": {From: "galerkin"}, "B": {State: specification.Started, Kind: "colours"}}}, a)
	if m := c.Method(); c.Parameters() != 6 || len(m.Levels) != 2 || len(m.Levels[0].Pre[0].Colours) != 2 || len(m.Levels[1].Pre[0].Colours) != 4 {
		t.Errorf("%d weights on %d levels", c.Parameters(), len(m.Levels))
	}
	// So that list cannot begin again below: the method lists every level, and runs.
	c.Specification.Share = "cyclic:2"
	if c = made(t, c.Specification, a); len(c.Method().Levels) != 4 || c.Method().Repeat != "last" {
		t.Errorf("cyclic colours: %d levels, repeat %s; want 4, last", len(c.Method().Levels), c.Method().Repeat)
	}
	if f := trueFactor(t, c, a); !(f < .1) {
		t.Errorf("cyclic colours: factor %.4f; want red-black's, less than 0.1", f)
	}
}

// With steps on one side of the coarse correction alone, smoothers that may differ before and after
// it have the values of those that are, and start from the classical ones.
func TestStepsOnOneSide(t *testing.T) {
	a := stencil.Laplacian(unit(t, 2, 32))
	for _, steps := range [][2]int{{1, 0}, {0, 1}} {
		c := made(t, specification.Specification{Pre: steps[0], Post: steps[1], Share: "levels", Operators: map[string]specification.Switch{"B": {State: specification.Started, Apart: true}}}, a)
		l := c.Method().Levels[0]
		step := append(l.Pre, l.Post...)
		if len(step) != 1 || c.Parameters() != 9 || math.Abs(step[0].Stencil.Weights[4]-.8) > 1e-6 {
			t.Errorf("%v steps: %d values, %+v; want 9, and one stencil with 0.8 in the middle", steps, c.Parameters(), step)
		}
	}
}
