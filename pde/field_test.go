package pde

import (
	"fmt"
	"math"
	"testing"
	"unsafe"
)

// Rows start where the documentation says, and no two values share a place.
func TestLayout(t *testing.T) {
	list := grids(t)
	// Sizes whose rows or planes would lie pages apart without care.
	for _, n := range [][]int{{511, 3}, {255, 3}, {1023, 3}, {127, 127, 3}, {7, 63, 3}, {512, 4}, {31, 15, 3}} {
		g, err := NewGrid(n, []float64{1, 1, 1}[:len(n)])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, g)
	}
	for _, g := range list {
		checkLayout[float64](t, g)
		checkLayout[float32](t, g)
	}
}

func checkLayout[T Real](t *testing.T, g Grid) {
	t.Helper()
	f := NewField[T](g)
	data := f.Data()
	size := int(unsafe.Sizeof(data[0]))
	row, plane := f.Strides()
	for _, stride := range []int{row, plane} {
		if stride*size%64 != 0 || stride*size%2048 == 0 {
			t.Errorf("%v of %d bytes: rows %d and planes %d bytes apart", g, size, row*size, plane*size)
		}
	}
	if row < g.N[0]+1 || plane < (g.N[1]+1)*row {
		t.Errorf("%v: rows %d and planes %d values apart: they overlap", g, row, plane)
	}
	if p := uintptr(unsafe.Pointer(&data[0])); p%64 != 0 {
		t.Errorf("%v: memory at %#x", g, p)
	}
	count := 0
	for k := 0; k <= g.N[2]; k++ {
		for j := 0; j <= g.N[1]; j++ {
			r := f.Row(j, k)
			if p := uintptr(unsafe.Pointer(&r[1])); p%64 != 0 {
				t.Errorf("%v: row (%d, %d) has its interior at %#x", g, j, k, p)
			}
			if len(r) != g.N[0]+1 || cap(r) != len(r) || &r[0] != &data[f.Offset(j, k)] {
				t.Errorf("%v: row (%d, %d) of %d values", g, j, k, len(r))
			}
			// Whole lines from i = 1 on are inside Data.
			_ = data[f.Offset(j, k)+1:][:row]
			for i := range r {
				count++
				r[i] = T(count)
			}
		}
	}
	if count != g.Vertices() {
		t.Errorf("%v: %d values", g, count)
	}
	// Each value is still there, by the other access too.
	count = 0
	for k := 0; k <= g.N[2]; k++ {
		for j := 0; j <= g.N[1]; j++ {
			for i := 0; i <= g.N[0]; i++ {
				count++
				if f.At(i, j, k) != T(count) {
					t.Fatalf("%v: vertex (%d, %d, %d) is %v, want %d", g, i, j, k, f.At(i, j, k), count)
				}
			}
		}
	}
	c := f.Clone()
	f.Set(1, 0, 0, -1)
	if c.At(1, 0, 0) != 2 || f.At(1, 0, 0) != -1 || c.At(g.N[0], g.N[1], g.N[2]) != T(count) {
		t.Errorf("%v: a clone has %v, its original %v", g, c.At(1, 0, 0), f.At(1, 0, 0))
	}
	f.Zero()
	for _, v := range f.Data() {
		if v != 0 {
			t.Fatalf("%v: zero field has %v", g, v)
		}
	}
}

// Padding costs next to nothing where memory matters.
func TestPadding(t *testing.T) {
	for _, n := range [][]int{{1 << 20}, {1024, 1024}, {2048, 256}, {1024, 64, 64}} {
		g, _ := NewGrid(n, []float64{1, 1, 1}[:len(n)])
		f := NewField[float64](g)
		if extra := float64(len(f.Data()))/float64(g.Vertices()) - 1; extra > .035 {
			t.Errorf("%v: %.2f%% more memory than values", g, 100*extra)
		}
	}
}

// A field of any shape takes at most 28 bytes a value, the shortest rows included, and
// as much as FieldBytes says.
func TestFieldBytes(t *testing.T) {
	for _, n := range [][]int{{2, 100000}, {100000, 2}, {2, 2, 50000}, {50000, 2, 2}, {3, 3000, 3}, {7, 5000}, {255, 300}, {257, 300}, {40, 40, 40}, {3, 100, 100}, {8, 8, 8}, {2, 250, 250}} {
		g, err := NewGrid(n, []float64{1, 1, 1}[:len(n)])
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ took, said, value int }{
			{len(NewField[float64](g).Data())*8 + cacheLine, int(FieldBytes[float64](g)), 8},
			{len(NewField[float32](g).Data())*4 + cacheLine, int(FieldBytes[float32](g)), 4},
		} {
			most := g.Vertices()*28 + 4096 // a row of three values takes a line, 21 bytes a value
			if c.took != c.said || c.took > most {
				t.Errorf("%v of %d bytes: %d bytes, foreseen %d, want at most %d", g, c.value, c.took, c.said, most)
			}
		}
	}
}

// Interior values go where they belong and the boundary stays, and the other way
// round.
func TestInteriorAndBoundary(t *testing.T) {
	for _, g := range grids(t) {
		f := NewField[float64](g)
		f.FillBoundary(func(_, _, _ float64) float64 { return 1 })
		f.FillInterior(func(_, _, _ float64) float64 { return 2 })
		other := NewField[float64](g)
		other.CopyInterior(f)
		inside := 0
		for k := 0; k <= g.N[2]; k++ {
			for j := 0; j <= g.N[1]; j++ {
				for i := 0; i <= g.N[0]; i++ {
					want, copied := 2.0, 2.0
					for d, at := range []int{i, j, k} {
						if d < g.Dim() && (at == 0 || at == g.N[d]) {
							want, copied = 1, 0
						}
					}
					if want == 2 {
						inside++
					}
					if f.At(i, j, k) != want || other.At(i, j, k) != copied {
						t.Errorf("%v: (%d, %d, %d) is %g, copied %g; want %g, %g", g, i, j, k, f.At(i, j, k), other.At(i, j, k), want, copied)
					}
				}
			}
		}
		if inside != g.Unknowns() || len(f.Interior()) != inside {
			t.Errorf("%v: %d vertices inside and %d values, want %d", g, inside, len(f.Interior()), g.Unknowns())
		}
	}
}

// Functions see the coordinates, 0 along axes that are not there.
func TestCoordinates(t *testing.T) {
	place := func(x, y, z float64) float64 { return x + 10*y + 100*z }
	for _, g := range grids(t) {
		f := NewField[float64](g)
		f.FillBoundary(place)
		f.FillInterior(place)
		for k := 0; k <= g.N[2]; k++ {
			for j := 0; j <= g.N[1]; j++ {
				for i, v := range f.Row(j, k) {
					if want := place(float64(i)*g.H[0], float64(j)*g.H[1], float64(k)*g.H[2]); v != want {
						t.Fatalf("%v: (%d, %d, %d) is %g, want %g", g, i, j, k, v, want)
					}
				}
			}
		}
	}
}

// With one Dirichlet side along an axis, values are set there and not on the other side, and
// their extension is constant along that axis, between vertices and between cells.
func TestOneDirichletSide(t *testing.T) {
	fn := func(x, y, _ float64) float64 { return math.Sin(9*x+1) * math.Cos(7*y+x) }
	const before = 1e6 // of ghosts that have no value
	for _, cells := range []bool{false, true} {
		for _, sides := range [][3][2]Boundary{
			{{Dirichlet, Neumann}, {Neumann, Neumann}}, {{Neumann, Dirichlet}, {Neumann, Neumann}},
			{{Neumann, Neumann}, {Dirichlet, Neumann}}, {{Neumann, Neumann}, {Neumann, Dirichlet}},
			{{Dirichlet, Neumann}, {Neumann, Dirichlet}}, {{Neumann, Dirichlet}, {Dirichlet, Dirichlet}},
			{{Dirichlet, Dirichlet}, {Dirichlet, Neumann}}, {{Periodic, Periodic}, {Neumann, Dirichlet}},
		} {
			g, _ := NewGrid([]int{6, 9}, []float64{.2, .1})
			g.Sides, g.Cells = sides, cells
			f := NewField[float64](g)
			for i := range f.Data() {
				f.Data()[i] = before
			}
			f.FillBoundary(fn)
			given := func(d, i int) bool {
				return i == 0 && sides[d][0] == Dirichlet || i == g.Inner(d)+1 && sides[d][1] == Dirichlet
			}
			at := func(i, j int) float64 { return fn(g.Coordinate(0, i), g.Coordinate(1, j), 0) }
			for j := range g.Inner(1) + 2 {
				for i := range g.Inner(0) + 2 {
					want := before
					if given(0, i) || given(1, j) {
						want = at(i, j)
					}
					if got := f.At(i, j, 0); got != want {
						t.Fatalf("cells %t, sides %v: (%d, %d) is %g after FillBoundary; want %g", cells, sides[:2], i, j, got, want)
					}
				}
			}
			f.ExtendBoundary()
			// The blend P_d of f(0) and f(n+1) at i along an axis.
			blend := func(d, i int, f func(i int) float64) float64 {
				end := g.Inner(d) + 1
				switch low, high := sides[d][0] == Dirichlet, sides[d][1] == Dirichlet; {
				case low && high:
					s := float64(i) / float64(end)
					return (1-s)*f(0) + s*f(end)
				case low:
					return f(0)
				case high:
					return f(end)
				}
				return 0
			}
			for j := 1; j <= g.Inner(1); j++ {
				for i := 1; i <= g.Inner(0); i++ {
					inX := func(j int) float64 { return blend(0, i, func(i int) float64 { return at(i, j) }) }
					inY := blend(1, j, func(j int) float64 { return at(i, j) })
					want := inX(j) + inY - blend(1, j, inX)
					if got := f.At(i, j, 0); math.Abs(got-want) > 1e-14 {
						t.Fatalf("cells %t, sides %v: (%d, %d) is %g after ExtendBoundary; want %g", cells, sides[:2], i, j, got, want)
					}
				}
			}
		}
	}
}

// The transfinite interpolant reproduces its boundary, and every function that
// is linear along each axis. Values are up to 40, with some ten roundings.
func TestExtendBoundary(t *testing.T) {
	linear := func(x, y, z float64) float64 { return 1 + 2*x - 3*y + 4*x*y + 5*z - 2*x*z + y*z + 7*x*y*z }
	// Sums of functions of one axis fewer, which it reproduces too: a(x) + b(y)
	// and a(x, y) + b(y, z) + c(x, z).
	sum := map[int]func(x, y, z float64) float64{
		2: func(x, y, _ float64) float64 { return x*x + math.Sin(y) },
		3: func(x, y, z float64) float64 { return x*x*math.Cos(y) + math.Sin(y*z) + math.Exp(x-z) },
	}
	for _, g := range grids(t) {
		f := NewField[float64](g)
		f.FillBoundary(linear)
		f.Randomize(1) // what was inside does not matter
		f.ExtendBoundary()
		if _, worst := f.Errors(linear); worst > 1e-13*(1+g.H[2]*float64(g.N[2])) {
			t.Errorf("%v: a multilinear function is off by %g", g, worst)
		}
		for k := 0; k <= g.N[2]; k++ { // the boundary is untouched
			for j := 0; j <= g.N[1]; j++ {
				for _, i := range []int{0, g.N[0]} {
					if want := linear(float64(i)*g.H[0], float64(j)*g.H[1], float64(k)*g.H[2]); f.At(i, j, k) != want {
						t.Fatalf("%v: boundary (%d, %d, %d) is %g, was %g", g, i, j, k, f.At(i, j, k), want)
					}
				}
			}
		}
		if fn := sum[g.Dim()]; fn != nil {
			f.FillBoundary(fn)
			f.ExtendBoundary()
			if _, worst := f.Errors(fn); worst > 1e-13 {
				t.Errorf("%v: a sum of functions of an axis fewer is off by %g", g, worst)
			}
		}
	}
	// The formula in two dimensions, written out.
	g, _ := NewGrid([]int{6, 9}, []float64{.2, .1})
	f := NewField[float64](g)
	f.FillBoundary(func(x, y, _ float64) float64 { return math.Sin(9*x) * math.Cos(7*y+x) })
	f.ExtendBoundary()
	nx, ny := g.N[0], g.N[1]
	for j := 1; j < ny; j++ {
		for i := 1; i < nx; i++ {
			s, t1 := float64(i)/float64(nx), float64(j)/float64(ny)
			want := (1-s)*f.At(0, j, 0) + s*f.At(nx, j, 0) + (1-t1)*f.At(i, 0, 0) + t1*f.At(i, ny, 0) -
				(1-s)*(1-t1)*f.At(0, 0, 0) - s*(1-t1)*f.At(nx, 0, 0) - (1-s)*t1*f.At(0, ny, 0) - s*t1*f.At(nx, ny, 0)
			if math.Abs(f.At(i, j, 0)-want) > 1e-14 {
				t.Errorf("(%d, %d) is %.16f, by the formula %.16f", i, j, f.At(i, j, 0), want)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	two := func(_, _, _ float64) float64 { return 2 }
	for _, c := range []struct {
		dim, n int
		l2     float64
	}{{1, 4, 1.5}, {2, 4, .75}, {3, 4, .375}} { // 3 times the root of h^dim, h = 1/4
		g, _ := Unit(c.dim, c.n)
		f := NewField[float64](g)
		f.FillBoundary(func(_, _, _ float64) float64 { return 100 }) // must not count
		f.FillInterior(two)
		at := []int{2, 0, 0}
		for d := 1; d < c.dim; d++ {
			at[d] = 1
		}
		f.Set(at[0], at[1], at[2], -1)
		if l2, worst := f.Errors(two); l2 != c.l2 || worst != 3 {
			t.Errorf("%v: errors %g, %g; want %g, 3", g, l2, worst, c.l2)
		}
		f.Set(at[0], at[1], at[2], math.NaN())
		if _, worst := f.Errors(two); !math.IsNaN(worst) {
			t.Errorf("largest error %g, want NaN", worst)
		}
	}
	// Unequal widths: the root of the cell's volume.
	g, _ := NewGrid([]int{4, 4}, []float64{1. / 4, 1. / 16})
	f := NewField[float64](g)
	f.Set(2, 2, 0, 8)
	if l2, _ := f.Errors(func(_, _, _ float64) float64 { return 0 }); l2 != 1 {
		t.Errorf("error %g, want 8 times the root of 1/64", l2)
	}
}

// The values are a function of the seed: those that measured factors began from.
func TestRandomizeIsSeeded(t *testing.T) {
	square, _ := Unit(2, 8)
	oblong, _ := NewGrid([]int{8, 4}, []float64{.5, .5})
	for _, c := range []struct {
		grid Grid
		seed uint64
		want map[int]float64 // at some unknowns
	}{
		{square, 7, map[int]float64{0: 0.17382025449677818, 1: 0.39315850284641096, 7: -0.07018436035949316, 48: -0.3856933605682844}},
		{oblong, 1, map[int]float64{0: -0.21392637295306627, 1: -0.2080512359721256, 7: 0.07542706603713278, 20: -0.42277429072506856}},
	} {
		f := NewField[float64](c.grid)
		f.Randomize(c.seed)
		for at, want := range c.want {
			if got := f.Interior()[at]; got != want {
				t.Errorf("%v, seed %d: unknown %d is %v, want %v", c.grid, c.seed, at, got, want)
			}
		}
	}
	for _, g := range grids(t) {
		a, b, c := NewField[float64](g), NewField[float64](g), NewField[float64](g)
		a.Randomize(7)
		b.Randomize(7)
		c.Randomize(8)
		if fmt.Sprint(a.Interior()) != fmt.Sprint(b.Interior()) || fmt.Sprint(a.Interior()) == fmt.Sprint(c.Interior()) {
			t.Errorf("%v: the values are not a function of the seed", g)
		}
	}
}
