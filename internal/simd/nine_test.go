package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// The assembly reads the fields of Nine at these offsets.
func TestNineOffsets(t *testing.T) {
	checkNineOffsets[float32](t)
	checkNineOffsets[float64](t)
}

func checkNineOffsets[T Real](t *testing.T) {
	var s Nine[T]
	size := unsafe.Sizeof(s.S)
	for i, at := range []uintptr{unsafe.Offsetof(s.Out), unsafe.Offsetof(s.Base), unsafe.Offsetof(s.Rows), unsafe.Offsetof(s.Ahead), unsafe.Offsetof(s.S), unsafe.Offsetof(s.C)} {
		if want := []uintptr{0, 8, 16, 40, 48, 48 + size}[i]; at != want {
			t.Errorf("field %d is at %d, want %d", i, at, want)
		}
	}
}

// nineCase is a stencil of 3×3 points with all its rows. Rows have stride values for each
// value of Out.
type nineCase[T Real] struct {
	s         Nine[T]
	rows      [3]*line[T]
	base, out *line[T]
	stride    int
}

func newNineCase[T Real](rng *rand.Rand, stride, n int, base bool) *nineCase[T] {
	c := &nineCase[T]{out: newLine[T](rng, n), base: newLine[T](rng, n), stride: stride}
	c.s = Nine[T]{Out: c.out.first(), S: T(rng.NormFloat64()), N: n}
	if base {
		c.s.Base = c.base.first()
	}
	for i := range c.rows {
		c.rows[i] = newLine[T](rng, stride*n)
		c.s.Rows[i] = c.rows[i].first()
	}
	for i := range c.s.C {
		c.s.C[i] = T(rng.NormFloat64())
	}
	return c
}

// terms is the definition of f[i].
func (c *nineCase[T]) terms(i int) (list [][2]float64) {
	if c.s.Base != nil {
		list = append(list, [2]float64{float64(c.s.S), c.base.old(i)})
	}
	for k, w := range c.s.C {
		list = append(list, [2]float64{float64(w), c.rows[k/3].old(c.stride*i + k%3 - 1)})
	}
	return list
}

// nineRoundings bounds the roundings of a term: the product, nine sums and one in the
// definition.
const nineRoundings = 11

// check compares the values of a row for which ok holds with f, and all others with what
// they were.
func (c *nineCase[T]) check(t *testing.T, what string, written *line[T], ok func(i int) bool) {
	t.Helper()
	for _, l := range []*line[T]{c.rows[0], c.rows[1], c.rows[2], c.base, c.out} {
		l.check(t, what, nineRoundings, func(i int) ([][2]float64, bool) {
			if l != written || !ok(i) {
				return nil, false
			}
			return c.terms(i), true
		})
	}
}

func all(int) bool { return true }

func TestNine(t *testing.T) { eachReal(t, testNine[float32], testNine[float64]) }

func testNine[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(3, 1))
	for _, n := range append([]int{0}, lengths()...) {
		for _, base := range []bool{false, true} {
			what := fmt.Sprintf("%d values, base: %v", n, base)
			c := newNineCase[T](rng, 1, n, base)
			k.MapNine(&c.s)
			c.check(t, "MapNine, "+what, c.out, all)
			c = newNineCase[T](rng, 1, n, base)
			c.s.Base = c.s.Out // in place
			c.base = c.out
			k.MapNine(&c.s)
			c.check(t, "MapNine in place, "+what, c.out, all)
			for first := range 2 {
				ok := func(i int) bool { return i%2 == first }
				c := newNineCase[T](rng, 1, n, base)
				k.RelaxNine(&c.s, first)
				c.check(t, "RelaxNine, "+what, c.out, ok)
				for r := range c.rows {
					c := newNineCase[T](rng, 1, n, base)
					c.s.Out = c.s.Rows[r]
					k.RelaxNine(&c.s, first)
					c.check(t, fmt.Sprintf("RelaxNine of row %d, %s", r, what), c.rows[r], ok)
				}
			}
			c = newNineCase[T](rng, 2, n, base)
			k.RestrictNine(&c.s)
			c.check(t, "RestrictNine, "+what, c.out, all)
			c = newNineCase[T](rng, 2, n, base)
			c.s.Base = c.s.Out
			c.base = c.out
			k.RestrictNine(&c.s)
			c.check(t, "RestrictNine in place, "+what, c.out, all)
		}
	}
}

// A value has the same bits in a longer row, alone, relaxed and restricted.
func TestNineCut(t *testing.T) { eachReal(t, testNineCut[float32], testNineCut[float64]) }

func testNineCut[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(3, 2))
	for _, base := range []bool{false, true} {
		const n = 132
		c := newNineCase[T](rng, 1, n, base)
		k.MapNine(&c.s)
		relaxed, restricted := newLine[T](rng, n), newLine[T](rng, n/2)
		s := c.s
		s.Out = relaxed.first()
		k.RelaxNine(&s, 0)
		k.RelaxNine(&s, 1)
		for i := range n {
			var alone T
			one := c.s
			one.N, one.Out = 1, &alone
			for r := range one.Rows {
				one.Rows[r] = value(one.Rows[r], i)
			}
			if base {
				one.Base = value(one.Base, i)
			}
			k.MapNine(&one)
			if want := bits(c.out.get(i)); bits(alone) != want || bits(relaxed.get(i)) != want {
				t.Fatalf("value %d is %v in a row, %v alone, %v relaxed", i, c.out.get(i), alone, relaxed.get(i))
			}
		}
		half := newLine[T](rng, n/2)
		s = c.s
		s.Out, s.N = restricted.first(), n/2
		if base {
			for i := range n / 2 {
				half.set(i, c.base.get(2*i))
			}
			s.Base = half.first()
		}
		k.RestrictNine(&s)
		for i := range n / 2 {
			if bits(restricted.get(i)) != bits(c.out.get(2*i)) {
				t.Fatalf("value %d is %v restricted, %v on the fine grid", i, restricted.get(i), c.out.get(2*i))
			}
		}
	}
}

// A NaN reaches its neighbours and no further, and keeps its bits where it is not of the
// colour.
func TestNineNaN(t *testing.T) {
	eachReal(t, func(t *testing.T, k *GridKernels[float32]) {
		testNineNaN(t, k, math.Float32frombits(0xff812345))
	}, func(t *testing.T, k *GridKernels[float64]) {
		testNineNaN(t, k, math.Float64frombits(0xfff0000012345678))
	})
}

func testNineNaN[T Real](t *testing.T, k *GridKernels[T], signalling T) {
	rng := rand.New(rand.NewPCG(3, 3))
	isNaN := func(x T) bool { return x != x }
	for n := 1; n <= 40; n++ {
		for bad := -1; bad <= n; bad++ {
			c := newNineCase[T](rng, 1, n, n%2 == 0)
			r := c.rows[(n+bad+1)%3]
			r.all[r.at+bad] = signalling // no conversion, which would quiet it
			k.MapNine(&c.s)
			for i := range n {
				if v, want := c.out.get(i), i >= bad-1 && i <= bad+1; isNaN(v) != want {
					t.Fatalf("NaN at %d of %d: value %d is %v", bad, n, i, v)
				}
			}
			c.s.Out = r.first()
			k.RelaxNine(&c.s, 1-bad&1)
			for i := -1; i <= n; i++ {
				if v, want := r.get(i), i == bad || i >= 0 && i < n && (i == bad-1 || i == bad+1); isNaN(v) != want {
					t.Fatalf("NaN at %d of %d: value %d is %v, relaxed", bad, n, i, v)
				}
			}
			if bits(r.get(bad)) != bits(signalling) {
				t.Fatalf("NaN at %d of %d: bits changed to %x", bad, n, bits(r.get(bad)))
			}

			c = newNineCase[T](rng, 2, n, n%2 == 0)
			r = c.rows[(n+bad+1)%3]
			r.set(bad, signalling)
			k.RestrictNine(&c.s)
			for i := range n {
				if v, want := c.out.get(i), 2*i >= bad-1 && 2*i <= bad+1; isNaN(v) != want {
					t.Fatalf("NaN at %d of %d: value %d is %v, restricted", bad, n, i, v)
				}
			}
		}
	}
}

func TestProlongNine(t *testing.T) { eachReal(t, testProlongNine[float32], testProlongNine[float64]) }

func testProlongNine[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range append([]int{0}, lengths()...) {
		what := fmt.Sprintf("ProlongNine of %d values", n)
		var c [6]T
		for i := range c {
			c[i] = T(rng.NormFloat64())
		}
		w := func(i int) float64 { return float64(c[i]) }
		// For an odd n the last coarse value that is read is the boundary.
		p, q, u := newLine[T](rng, n/2), newLine[T](rng, n/2), newLine[T](rng, n)
		if n%3 == 0 {
			q = p
		}
		k.ProlongNine(u.first(), p.first(), q.first(), &c, n)
		// Roundings: the product, three sums, the sum with u and one in the definition.
		u.check(t, what, 6, func(i int) ([][2]float64, bool) {
			list := [][2]float64{{1, u.old(i)}}
			j := i / 2
			if i%2 == 1 {
				return append(list, [2]float64{w(1), p.old(j)}, [2]float64{w(4), q.old(j)}), true
			}
			return append(list, [2]float64{w(2), p.old(j - 1)}, [2]float64{w(5), q.old(j - 1)},
				[2]float64{w(0), p.old(j)}, [2]float64{w(3), q.old(j)}), true
		})
		p.check(t, what, 0, unchanged)
		q.check(t, what, 0, unchanged)
		for i := 0; i < n; i += 2 {
			two := [2]T{T(u.old(i)), T(u.old(i + 1))}
			count := min(2, n-i)
			k.ProlongNine(&two[0], value(p.first(), i/2), value(q.first(), i/2), &c, count)
			for j, v := range two[:count] {
				if got := u.get(i + j); bits(v) != bits(got) {
					t.Fatalf("%s: value %d is %v in a row, %v alone", what, i+j, got, v)
				}
			}
		}
	}
}

// Prolongation is the transpose of restriction: Σ v·(R r) = Σ (P v)·r for rows that are 0
// on the boundary.
func TestNineTranspose(t *testing.T) {
	eachReal(t, testNineTranspose[float32], testNineTranspose[float64])
}

func testNineTranspose[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(3, 5))
	for _, nc := range []int{1, 2, 7, 8, 31, 64, 100} {
		c := newNineCase[T](rng, 2, nc, false)
		for _, r := range c.rows {
			r.set(-1, 0)
			r.set(2*nc, 0)
		}
		// Coarse value m lies at fine value 2m for RestrictNine and at 2m+1 for ProlongNine.
		v := newLine[T](rng, nc)
		v.set(-1, 0)
		v.set(nc, 0)
		k.RestrictNine(&c.s)
		want, size := 0.0, 0.0
		for m := range nc {
			want += float64(c.out.get(m)) * v.old(m)
			size += math.Abs(float64(c.out.get(m)) * v.old(m))
		}
		got := 0.0
		for t, r := range c.rows {
			u := newLine[T](rng, 2*nc+1)
			for i := -1; i <= u.n; i++ {
				u.set(i, 0)
			}
			w := [6]T{c.s.C[3*t], c.s.C[3*t+1], c.s.C[3*t+2]}
			k.ProlongNine(u.first(), v.first(), v.first(), &w, u.n)
			for i := range u.n {
				got += float64(u.get(i)) * r.old(i-1)
				size += math.Abs(float64(u.get(i)) * r.old(i-1))
			}
		}
		if bound := 10 * unitOf[T]() * size; !(math.Abs(got-want) <= bound) {
			t.Errorf("%d coarse values: %v, transposed %v, want a difference within %.2g", nc, want, got, bound)
		}
	}
}

// A Nine and a Varying that are reused allocate nothing.
func TestNineAllocs(t *testing.T) {
	for _, k := range All() {
		rng := rand.New(rand.NewPCG(3, 6))
		g, c, r, v := Grid[float64](k), newNineCase[float64](rng, 1, 70, true), newNineCase[float64](rng, 2, 70, true), newVaryingCase[float64](rng, 70, 0, true)
		w := new([6]float64)
		if n := testing.AllocsPerRun(10, func() {
			g.MapNine(&c.s)
			g.RelaxNine(&c.s, 0)
			g.RestrictNine(&r.s)
			g.ProlongNine(r.s.Rows[0], c.s.Out, c.s.Base, w, 140)
			g.MapVarying(&v.s)
			g.CopyColour(c.s.Out, c.s.Base, 1, 70)
			g.Dot(c.s.Out, c.s.Base, 70)
		}); n != 0 {
			t.Errorf("%s: %v allocations", k.Name, n)
		}
	}
}

func BenchmarkNine(b *testing.B) {
	for _, k := range All() {
		benchmarkNine(b, k.Name+"/float64", Grid[float64](k))
		benchmarkNine(b, k.Name+"/float32", Grid[float32](k))
	}
}

// Rows take turns, as in a sweep. map5 is the five-point Map for comparison.
func benchmarkNine[T Real](b *testing.B, name string, k *GridKernels[T]) {
	for _, n := range []int{512, 4096} {
		r, j := rows8[T](n), 0
		five := Stencil[T]{A: -0.15, Q: 0.1, X: 0.1, Y: 0.1, Z: 0.1, N: n}
		nine := Nine[T]{S: 0.1, N: n}
		varying := Varying[T]{S: 0.1, W: 0.5, N: n}
		coefficients, w := rows8[T](n), [6]T{0.1, 0.1, 0.1, 0.1, 0.1, 0.1}
		for i := range nine.C {
			nine.C[i], varying.C[i] = 0.1, coefficients[i%8]
		}
		turn := func() {
			j++
			five.U, five.G, five.Out = r[j&7], r[(j+3)&7], r[(j+4)&7]
			five.South, five.North = r[(j-1)&7], r[(j+1)&7]
			nine.Rows, nine.Base, nine.Out = [3]*T{five.South, five.U, five.North}, five.G, five.Out
			varying.Rows, varying.Base, varying.Out = nine.Rows, nine.Base, nine.Out
		}
		run := func(what string, f func()) { benchmark(b, name+"/"+what, n, func() { turn(); f() }) }
		run("map5", func() { k.Map(&five) })
		run("mapNine", func() { k.MapNine(&nine) })
		run("relaxNine", func() { nine.Out = five.U; k.RelaxNine(&nine, j>>3&1) })
		run("mapVarying", func() { k.MapVarying(&varying) })
		run("copyColour", func() { k.CopyColour(five.Out, five.G, j&1, n) })
		run("dot", func() { k.Dot(five.U, five.G, n) })
		nine.N = n / 2
		run("restrictNine", func() { k.RestrictNine(&nine) })
		run("prolongNine", func() { k.ProlongNine(five.Out, five.U, five.North, &w, n) })
		nine.N = n
	}
}
