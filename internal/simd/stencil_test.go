package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// The assembly reads the fields of Stencil at these offsets.
func TestStencilOffsets(t *testing.T) {
	checkOffsets[float32](t)
	checkOffsets[float64](t)
}

func checkOffsets[T Real](t *testing.T) {
	var s Stencil[T]
	for i, at := range []uintptr{
		unsafe.Offsetof(s.U), unsafe.Offsetof(s.G), unsafe.Offsetof(s.South), unsafe.Offsetof(s.North),
		unsafe.Offsetof(s.Below), unsafe.Offsetof(s.Above), unsafe.Offsetof(s.Out), unsafe.Offsetof(s.Ahead),
	} {
		if at != uintptr(8*i) {
			t.Errorf("row %d is at %d, want %d", i, at, 8*i)
		}
	}
	for i, at := range []uintptr{
		unsafe.Offsetof(s.A), unsafe.Offsetof(s.Q), unsafe.Offsetof(s.X), unsafe.Offsetof(s.Y), unsafe.Offsetof(s.Z),
	} {
		if want := 8*8 + uintptr(i)*unsafe.Sizeof(s.A); at != want {
			t.Errorf("coefficient %d is at %d, want %d", i, at, want)
		}
	}
}

// stencilCase is one stencil with all its rows.
type stencilCase[T Real] struct {
	s                                   Stencil[T]
	u, g, south, north, below, above, f *line[T]
}

func newStencilCase[T Real](rng *rand.Rand, points, n int) *stencilCase[T] {
	c := &stencilCase[T]{
		u: newLine[T](rng, n), g: newLine[T](rng, n), f: newLine[T](rng, n),
		south: newLine[T](rng, n), north: newLine[T](rng, n), below: newLine[T](rng, n), above: newLine[T](rng, n),
	}
	x := func() T { return T(rng.NormFloat64()) }
	c.s = Stencil[T]{
		U: c.u.first(), G: c.g.first(), South: c.south.first(), North: c.north.first(), Out: c.f.first(),
		A: x(), Q: x(), X: x(), Y: x(), Z: x(), N: n,
	}
	if points == 7 {
		c.s.Below, c.s.Above = c.below.first(), c.above.first()
	}
	return c
}

// terms is the definition of f(u)[i].
func (c *stencilCase[T]) terms(i int) [][2]float64 {
	a, q, x, y, z := float64(c.s.A), float64(c.s.Q), float64(c.s.X), float64(c.s.Y), float64(c.s.Z)
	list := [][2]float64{
		{a, c.u.old(i)}, {q, c.g.old(i)}, {x, c.u.old(i - 1)}, {x, c.u.old(i + 1)},
		{y, c.south.old(i)}, {y, c.north.old(i)},
	}
	if c.s.Below != nil {
		list = append(list, [2]float64{z, c.below.old(i)}, [2]float64{z, c.above.old(i)})
	}
	return list
}

// stencilRoundings bounds the roundings of a term: the sum of two neighbours, the
// product, four sums, and one in the definition.
const stencilRoundings = 7

// check compares the row that an operation writes, if any, with f(u), and all others with
// what they were.
func (c *stencilCase[T]) check(t *testing.T, what string, written *line[T], ok func(i int) bool) {
	t.Helper()
	for _, l := range []*line[T]{c.u, c.g, c.south, c.north, c.below, c.above, c.f} {
		l.check(t, what, stencilRoundings, func(i int) ([][2]float64, bool) {
			if l != written || !ok(i) {
				return nil, false
			}
			return c.terms(i), true
		})
	}
}

func TestStencil(t *testing.T) { eachReal(t, testStencil[float32], testStencil[float64]) }

func testStencil[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range lengths() {
		for _, points := range []int{5, 7} {
			what := fmt.Sprintf("%d points, %d values", points, n)
			for first := range 2 {
				c := newStencilCase[T](rng, points, n)
				k.Relax(&c.s, first)
				c.check(t, "Relax, "+what, c.u, func(i int) bool { return i%2 == first })
				testRelaxNorms(t, k, newStencilCase[T](rng, points, n), first)
			}
			c := newStencilCase[T](rng, points, n)
			ff, uu := k.Norms(&c.s)
			c.check(t, "Norms, "+what, nil, nil)
			sum := k.Map(&c.s)
			c.check(t, "Map, "+what, c.f, func(int) bool { return true })
			wantF, wantU := 0.0, 0.0
			for i := range n {
				wantF += float64(c.f.get(i)) * float64(c.f.get(i))
				wantU += float64(c.u.get(i)) * float64(c.u.get(i))
			}
			// Sums of at most 1003 squares, in float64.
			for _, x := range [][2]float64{{sum, wantF}, {ff, wantF}, {uu, wantU}} {
				if !(math.Abs(x[0]-x[1]) <= 2e3/(1<<53)*x[1]) {
					t.Fatalf("%s: sum of squares is %v, want %v", what, x[0], x[1])
				}
			}
		}
	}
	c := newStencilCase[T](rng, 7, 1)
	c.s.N = 0
	k.Relax(&c.s, 0)
	if ff, uu := k.Norms(&c.s); k.Map(&c.s) != 0 || ff != 0 || uu != 0 {
		t.Error("sums of no values are not 0")
	}
	c.check(t, "no values", nil, nil)
}

// RelaxNorms has the bits of Relax, and returns the sums over its values.
func testRelaxNorms[T Real](t *testing.T, k *GridKernels[T], c *stencilCase[T], first int) {
	t.Helper()
	n := c.s.N
	old := append([]T(nil), c.u.all...)
	k.Relax(&c.s, first)
	relaxed := append([]T(nil), c.u.all...)
	copy(c.u.all, old)
	dd, uu := k.RelaxNorms(&c.s, first)
	wantD, wantU := 0.0, 0.0
	for i, v := range c.u.all {
		if v != relaxed[i] && v == v {
			t.Fatalf("RelaxNorms(%d), %d values: value %d is %v, Relax makes it %v", first, n, i-c.u.at, v, relaxed[i])
		}
		if i >= c.u.at && i < c.u.at+n {
			d := v - old[i]
			wantD += float64(d) * float64(d)
			wantU += float64(v) * float64(v)
		}
	}
	for _, x := range [][2]float64{{dd, wantD}, {uu, wantU}} {
		if !(math.Abs(x[0]-x[1]) <= 2e3/(1<<53)*x[1]) {
			t.Fatalf("RelaxNorms(%d), %d values: sum of squares is %v, want %v", first, n, x[0], x[1])
		}
	}
}

// A value has the same bits in a longer row, alone, and in Map and Relax.
func TestStencilCut(t *testing.T) { eachReal(t, testStencilCut[float32], testStencilCut[float64]) }

func testStencilCut[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(1, 3))
	for _, points := range []int{5, 7} {
		const n = 131
		c := newStencilCase[T](rng, points, n)
		k.Map(&c.s)
		var relaxed [2][]T
		for first := range relaxed {
			k.Relax(&c.s, first)
			relaxed[first] = append([]T(nil), c.u.all[c.u.at:][:n]...)
			copy(c.u.all, c.u.was)
		}
		for i := range n {
			one := c.s
			var out T
			one.N, one.Out = 1, &out
			for _, p := range []**T{&one.U, &one.G, &one.South, &one.North, &one.Below, &one.Above} {
				if *p != nil {
					*p = value(*p, i)
				}
			}
			k.Map(&one)
			k.Relax(&one, 0)
			if want := bits(c.f.get(i)); bits(out) != want || bits(*one.U) != want || bits(relaxed[i%2][i]) != want {
				t.Fatalf("%d points: value %d is %v in a row, %v and %v alone, relaxed %v",
					points, i, c.f.get(i), out, *one.U, relaxed[i%2][i])
			}
			copy(c.u.all, c.u.was)
		}
	}
}

// A NaN reaches its neighbours and no further, and keeps its bits where it is not of the
// colour.
func TestStencilNaN(t *testing.T) {
	eachReal(t, func(t *testing.T, k *GridKernels[float32]) {
		testStencilNaN(t, k, math.Float32frombits(0xff812345))
	}, func(t *testing.T, k *GridKernels[float64]) {
		testStencilNaN(t, k, math.Float64frombits(0xfff0000012345678))
	})
}

func testStencilNaN[T Real](t *testing.T, k *GridKernels[T], signalling T) {
	rng := rand.New(rand.NewPCG(1, 4))
	for n := 1; n <= 40; n++ {
		for bad := -1; bad <= n; bad++ {
			c := newStencilCase[T](rng, 5, n)
			c.u.all[c.u.at+bad] = signalling // no conversion, which would quiet it
			sum := k.Map(&c.s)
			if !math.IsNaN(sum) {
				t.Fatalf("NaN at %d of %d: Σ Out² is %v", bad, n, sum)
			}
			for i := range n {
				if v, want := c.f.get(i), i >= bad-1 && i <= bad+1; (v != v) != want {
					t.Fatalf("NaN at %d of %d: Out[%d] is %v", bad, n, i, v)
				}
			}
			k.Relax(&c.s, 1-bad&1)
			for i := -1; i <= n; i++ {
				if v, want := c.u.get(i), i == bad || i >= 0 && i < n && (i == bad-1 || i == bad+1); (v != v) != want {
					t.Fatalf("NaN at %d of %d: U[%d] is %v", bad, n, i, v)
				}
			}
			if bits(c.u.get(bad)) != bits(signalling) {
				t.Fatalf("NaN at %d of %d: bits changed to %x", bad, n, bits(c.u.get(bad)))
			}
		}
	}
}

// Sums of squares are accurate for many values, and for small ones.
func TestStencilSums(t *testing.T) { eachReal(t, testStencilSums[float32], testStencilSums[float64]) }

func testStencilSums[T Real](t *testing.T, k *GridKernels[T]) {
	const n = 16000
	for _, size := range []float64{0.1, 1e-25} {
		u := newLine[T](rand.New(rand.NewPCG(1, 5)), n)
		for i := -1; i <= n; i++ {
			u.set(i, T(size))
		}
		s := Stencil[T]{U: u.first(), G: u.first(), South: u.first(), North: u.first(), A: 1, N: n}
		ff, uu := k.Norms(&s)
		if want := n * float64(T(size)) * float64(T(size)); !(math.Abs(ff-want) <= 1e-12*want && math.Abs(uu-want) <= 1e-12*want) {
			t.Errorf("%v: sums are %v and %v, want %v", size, ff, uu, want)
		}
	}
}

// A Stencil that is reused allocates nothing.
func TestStencilAllocs(t *testing.T) {
	for _, k := range All() {
		g, c := Grid[float64](k), newStencilCase[float64](rand.New(rand.NewPCG(1, 6)), 7, 70)
		if n := testing.AllocsPerRun(10, func() {
			k := Grid[float64](k)
			k.Relax(&c.s, 0)
			k.Map(&c.s)
			k.Norms(&c.s)
			g.Prolong(c.u.first(), c.g.first(), c.north.first(), 30)
		}); n != 0 {
			t.Errorf("%s: %v allocations", k.Name, n)
		}
	}
}

func BenchmarkStencil(b *testing.B) {
	for _, k := range All() {
		benchmarkStencil(b, k.Name+"/float64", Grid[float64](k))
		benchmarkStencil(b, k.Name+"/float32", Grid[float32](k))
	}
}

// Rows take turns, as in a sweep.
func benchmarkStencil[T Real](b *testing.B, name string, k *GridKernels[T]) {
	for _, n := range []int{32, 512, 4096} {
		r, j := rows8[T](n), 0
		s := Stencil[T]{A: -0.15, Q: 0.1, X: 0.1, Y: 0.1, Z: 0.1, N: n}
		for _, points := range []int{5, 7} {
			turn := func() *Stencil[T] {
				j++
				s.U, s.G, s.Out = r[j&7], r[(j+3)&7], r[(j+4)&7]
				s.South, s.North = r[(j-1)&7], r[(j+1)&7]
				if points == 7 {
					s.Below, s.Above = r[(j-2)&7], r[(j+2)&7]
				}
				return &s
			}
			benchmark(b, fmt.Sprint(name, "/relax", points), n, func() { k.Relax(turn(), j>>3&1) })
			benchmark(b, fmt.Sprint(name, "/map", points), n, func() { k.Map(turn()) })
			benchmark(b, fmt.Sprint(name, "/norms", points), n, func() { k.Norms(turn()) })
		}
	}
}
