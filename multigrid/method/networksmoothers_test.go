package method

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// plainSmoothers are the entries of B_k at a point by the formula: coupling and diagonal of a
// neighbour are those at offset (x, y), and exist where ok.
func plainSmoothers(p Perceptron, count int, centre float64, at func(x, y int) (coupling, diagonal float64, ok bool)) (b []stencil.Kernel) {
	ring := [8][2]int{{1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}, {0, -1}, {1, -1}}
	b = make([]stencil.Kernel, count)
	for k := range b {
		b[k][13] = .8 / centre
	}
	for quarter := range 4 {
		var in []float64
		for kind := range 2 {
			for n := range ring {
				o := ring[(n+2*quarter)%8]
				coupling, diagonal, ok := at(o[0], o[1])
				v := -coupling / centre
				if kind == 1 {
					v = (diagonal - centre) / (diagonal + centre)
				}
				if !ok {
					v = 0
				}
				in = append(in, v)
			}
		}
		out := p.Evaluate(in)
		for k := range b {
			for side := range 2 {
				o := ring[2*quarter+side]
				if _, diagonal, ok := at(o[0], o[1]); ok {
					b[k][13+o[0]+3*o[1]] = out[3*k+side] * 2 / (centre + diagonal)
				}
			}
			b[k][13] += out[3*k+2] / 4 / centre
		}
	}
	return b
}

// What is emitted is the formula, at all points, with zeros around and on periodic sides, for
// rows longer and shorter than a vector.
func TestEmittedSmoothers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 8))
	n := networks()[2]
	f, err := n.Smoothers()
	if err != nil {
		t.Fatal(err)
	}
	for _, periodic := range [][]int{nil, {0}, {1}, {0, 1}} {
		grid, err := pde.NewGrid([]int{26, 12}, []float64{1, 1})
		if err != nil {
			t.Fatal(err)
		}
		if grid, err = grid.PeriodicAlong(periodic...); err != nil {
			t.Fatal(err)
		}
		var c stencil.Coefficients
		for o := 9; o < 18; o++ {
			c[o] = pde.NewField[float64](grid)
			for i := range c[o].Data() {
				c[o].Data()[i] = random.NormFloat64()
				if o == 13 {
					c[o].Data()[i] = 1 + 9*random.Float64()
				}
			}
		}
		c[9] = nil
		a, err := stencil.Varying(grid, c)
		if err != nil {
			t.Fatal(err)
		}
		c = a.Coefficients()
		list, err := f.Emit(a)
		if err != nil {
			t.Fatal(err)
		}
		ilo, ihi := grid.Inside(0)
		jlo, jhi := grid.Inside(1)
		wrap := func(d, i, lo, hi int) (int, bool) {
			if grid.Sides[d][0] == pde.Periodic {
				i = lo + (i-lo+hi-lo)%(hi-lo)
			}
			return i, i >= lo && i < hi
		}
		for j := jlo; j < jhi; j++ {
			for i := ilo; i < ihi; i++ {
				want := plainSmoothers(n.Parts[EmitsSmoothers], 3, c[13].At(i, j, 0), func(x, y int) (coupling, diagonal float64, ok bool) {
					if o := 13 + x + 3*y; c[o] != nil {
						coupling = c[o].At(i, j, 0)
					}
					x, okX := wrap(0, i+x, ilo, ihi)
					y, okY := wrap(1, j+y, jlo, jhi)
					if okX && okY {
						diagonal = c[13].At(x, y, 0)
					}
					return coupling, diagonal, okX && okY
				})
				for k := range list {
					for o, field := range list[k].Coefficients() {
						if field == nil {
							continue
						}
						if got := field.At(i, j, 0); math.Abs(got-want[k][o]) > 1e-13 {
							t.Fatalf("periodic along %v, (%d, %d): entry %d of B_%d is %g; want %g", periodic, i, j, o, k, got, want[k][o])
						}
					}
				}
			}
		}
	}
}

// A constant operator gets what every point away from the sides would get, and turned by 90° the
// same turned by 90°.
func TestEmittedTurns(t *testing.T) {
	f, err := networks()[2].Smoothers()
	if err != nil {
		t.Fatal(err)
	}
	grid, err := pde.Unit(2, 16)
	if err != nil {
		t.Fatal(err)
	}
	turn := func(k stencil.Kernel) (to stencil.Kernel) { // (x, y) to (−y, x)
		for o := 9; o < 18; o++ {
			d := stencil.Offset(o)
			to[13-d[1]+3*d[0]] = k[o]
		}
		return to
	}
	emit := func(k stencil.Kernel) (list []stencil.Kernel) {
		a, err := stencil.Constant(grid, k)
		if err != nil {
			t.Fatal(err)
		}
		ops, err := f.Emit(a)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range ops {
			b, ok := op.Kernel()
			if !ok {
				t.Fatal("the operators of a constant one vary")
			}
			list = append(list, b)
		}
		return list
	}
	kernel := stencil.Plane([3][3]float64{{-.1, -1, -.5}, {-2, 8, -2.5}, {-.6, -1.2, -.1}})
	own, turned := emit(kernel), emit(turn(kernel))
	want := plainSmoothers(networks()[2].Parts[EmitsSmoothers], 3, 8, func(x, y int) (float64, float64, bool) { return kernel[13+x+3*y], 8, true })
	for k := range own {
		moved := turn(own[k])
		for o := range moved {
			if math.Abs(moved[o]-turned[k][o]) > 1e-15 || math.Abs(own[k][o]-want[k][o]) > 1e-15 {
				t.Errorf("entry %d of B_%d: turned %g, want %g; itself %g, want %g", o, k, turned[k][o], moved[o], own[k][o], want[k][o])
			}
		}
	}
}

// Rows of points are evaluated as points are.
func TestEvaluateRows(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 8))
	for _, widths := range [][]int{{1, 2}, {2, 3, 1}, {5, 7, 6, 4}, {32, 16, 16, 2}, {3, 1, 1, 1}} {
		p := perceptron(random, widths...)
		f := newFlat(p)
		for _, n := range []int{0, 1, 7, 33} {
			x, out := rowsOf(widths[0], n), rowsOf(f.outputs(), n)
			for _, row := range x {
				for i := range row {
					row[i] = random.NormFloat64()
				}
			}
			f.evaluateRows(x, out, f.newRows(n+3), n)
			for i := range n {
				var in []float64
				for _, row := range x {
					in = append(in, row[i])
				}
				for k, want := range p.Evaluate(in) {
					if math.Abs(out[k][i]-want) > 1e-14 {
						t.Errorf("%v, point %d of %d: output %d is %g; want %g", widths, i, n, k, out[k][i], want)
					}
				}
			}
		}
	}
}

// TestSmoothersRefuse: operators that have no smoothers of every point.
func TestSmoothersRefuse(t *testing.T) {
	m := withNetwork(networks()[2])
	closed, err := pde.Unit(2, 16)
	if err != nil {
		t.Fatal(err)
	}
	signs := closed
	closed.Sides[0][0] = pde.Neumann
	var c stencil.Coefficients
	c[13] = pde.NewField[float64](signs)
	for i := range c[13].Data() {
		c[13].Data()[i] = 1 - 2*float64(i&1)
	}
	a, err := stencil.Varying(signs, c)
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.Network.Smoothers()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Emit(a); err == nil || !strings.Contains(err.Error(), "want all of one sign") {
		t.Errorf("a diagonal of both signs: error %v", err)
	}
	for _, emit := range []func() error{
		func() error { _, err := m.Settings(stencil.Laplacian(closed)); return err },
		func() error { _, err := f.Emit(stencil.Laplacian(closed)); return err },
	} {
		if err := emit(); err == nil || !strings.Contains(err.Error(), "Dirichlet or periodic") {
			t.Errorf("a Neumann side: error %v", err)
		}
	}
}

// A step that minimises the residual is read, and what is none is told in one line.
func TestMinimiseInFile(t *testing.T) {
	file := func(step string) string {
		return `{"format":"mgtool method","version":1,"name":"m","dim":1,"gamma":1,"repeat":"last","levels":[{"pre":[` + step + `],"restriction":"full-weighting","prolongation":"linear","coarse":"galerkin"}]}`
	}
	m, err := Decode(strings.NewReader(file(`{"minimise":[[0,0.7,0],[0.1,0,0.5,0,0.1]]}`)))
	if err != nil {
		t.Fatal(err)
	}
	grid, err := pde.Unit(1, 256)
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.Settings(stencil.Laplacian(grid))
	if err != nil {
		t.Fatal(err)
	}
	if name := s.Smoother.String(); !strings.Contains(name, "minimal residual of (m, level 0, m, level 0)") {
		t.Errorf("smoother %s; want a step that minimises over two corrections", name)
	}
	for step, want := range map[string]string{
		`{"minimise":[]}`: "minimise over 0 stencils; want 1 to 4",
		`{"minimise":[[0,1,0],[0,1,0],[0,1,0],[0,1,0],[0,1,0]]}`: "minimise over 5 stencils",
		`{"minimise":[[[0,1,0],[0,1,0],[0,1,0]]]}`:               "2 dimensions; want 1",
		`{"minimise":[null]}`:                                    "is missing",
		`{"minimise":[[0,1,0]],"jacobi":1}`:                      "2 of stencil, jacobi, colours and minimise; want exactly one",
		`{"minimise":true}`:                                      "minimise",
	} {
		if _, err := Decode(strings.NewReader(file(step))); err == nil || !strings.Contains(err.Error(), want) || strings.ContainsRune(err.Error(), '\n') {
			t.Errorf("%s: error %v; want one line with %q", step, err, want)
		}
	}
}
