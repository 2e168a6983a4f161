package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// varyingCase is a varying stencil of 3×3 points with all its rows.
type varyingCase[T Real] struct {
	s         Varying[T]
	rows      [3]*line[T]
	c         [9]*line[T]
	base, out *line[T]
}

// Coefficient i is nil where bit i of without is set.
func newVaryingCase[T Real](rng *rand.Rand, n, without int, base bool) *varyingCase[T] {
	c := &varyingCase[T]{out: newLine[T](rng, n), base: newLine[T](rng, n)}
	c.s = Varying[T]{Out: c.out.first(), S: T(rng.NormFloat64()), W: T(rng.NormFloat64()), N: n}
	if base {
		c.s.Base = c.base.first()
	}
	for i := range c.rows {
		c.rows[i] = newLine[T](rng, n)
		c.s.Rows[i] = c.rows[i].first()
	}
	for i := range c.c {
		if without>>i&1 == 0 {
			c.c[i] = newLine[T](rng, n)
			c.s.C[i] = c.c[i].first()
		}
	}
	return c
}

// check holds the row Out to f, and all others to what they were.
func (c *varyingCase[T]) check(t *testing.T, what string) {
	t.Helper()
	// Roundings: the product, nine sums, W, the sum with Base, and two in the definition.
	c.out.check(t, what, 14, func(i int) (list [][2]float64, ok bool) {
		if c.s.Base != nil {
			list = append(list, [2]float64{float64(c.s.S), c.base.old(i)})
		}
		for k, l := range c.c {
			if l != nil {
				list = append(list, [2]float64{float64(c.s.W) * l.old(i), c.rows[k/3].old(i + k%3 - 1)})
			}
		}
		return list, true
	})
	for _, l := range append(append(c.rows[:], c.base), c.c[:]...) {
		if l != nil && l != c.out {
			l.check(t, what, 0, unchanged)
		}
	}
}

func TestVarying(t *testing.T) { eachReal(t, testVarying[float32], testVarying[float64]) }

func testVarying[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(4, 1))
	for _, n := range append([]int{0}, lengths()...) {
		for _, without := range []int{0, 1 << 4, 0b101_000_101, 0b111_101_111, 0b111_111_111, rng.IntN(512)} {
			for _, base := range []bool{false, true} {
				what := fmt.Sprintf("MapVarying, %d values, base: %v, without %09b", n, base, without)
				c := newVaryingCase[T](rng, n, without, base)
				k.MapVarying(&c.s)
				c.check(t, what)
				for i := 0; i < n; i += 1 + rng.IntN(20) {
					var alone T
					one := c.s
					one.N, one.Out = 1, &alone
					for _, p := range append(pointers(one.C[:]), &one.Base, &one.Rows[0], &one.Rows[1], &one.Rows[2]) {
						if *p != nil {
							*p = value(*p, i)
						}
					}
					k.MapVarying(&one)
					if bits(alone) != bits(c.out.get(i)) {
						t.Fatalf("%s: value %d is %v in a row, %v alone", what, i, c.out.get(i), alone)
					}
				}
				c = newVaryingCase[T](rng, n, without, true)
				c.s.Base, c.base = c.s.Out, c.out
				k.MapVarying(&c.s)
				c.check(t, what+", in place")
			}
		}
	}
}

// pointers are pointers to the elements of a list.
func pointers[P any](list []P) (to []*P) {
	for i := range list {
		to = append(to, &list[i])
	}
	return to
}

// A NaN reaches its neighbours and no further; one of a coefficient reaches its own value.
func TestVaryingNaN(t *testing.T) { eachReal(t, testVaryingNaN[float32], testVaryingNaN[float64]) }

func testVaryingNaN[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(4, 2))
	for n := 1; n <= 40; n++ {
		for bad := -1; bad <= n; bad++ {
			c := newVaryingCase[T](rng, n, 0, true)
			c.rows[(n+bad+1)%3].set(bad, T(math.NaN()))
			k.MapVarying(&c.s)
			for i := range n {
				if v, want := c.out.get(i), i >= bad-1 && i <= bad+1; (v != v) != want {
					t.Fatalf("NaN at %d of %d: value %d is %v", bad, n, i, v)
				}
			}
			c = newVaryingCase[T](rng, n, 0, true)
			c.c[rng.IntN(9)].set(bad, T(math.NaN()))
			k.MapVarying(&c.s)
			for i := range n {
				if v := c.out.get(i); (v != v) != (i == bad) {
					t.Fatalf("coefficient NaN at %d of %d: value %d is %v", bad, n, i, v)
				}
			}
		}
	}
}

func TestCopyColour(t *testing.T) { eachReal(t, testCopyColour[float32], testCopyColour[float64]) }

func testCopyColour[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(4, 3))
	for _, n := range append([]int{0}, lengths()...) {
		for first := range 2 {
			what := fmt.Sprintf("CopyColour of %d values from %d", n, first)
			dst, src := newLine[T](rng, n), newLine[T](rng, n)
			k.CopyColour(dst.first(), src.first(), first, n)
			dst.check(t, what, 0, func(i int) ([][2]float64, bool) {
				return [][2]float64{{1, src.old(i)}}, i%2 == first
			})
			src.check(t, what, 0, unchanged)
		}
	}
}

func TestDot(t *testing.T) { eachReal(t, testDot[float32], testDot[float64]) }

func testDot[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(4, 4))
	for _, n := range append([]int{0, 16000}, lengths()...) {
		for _, size := range []float64{1, 1e-25} { // the square of 1e-25 vanishes in float32
			x, y := newLine[T](rng, n), newLine[T](rng, n)
			for i := -1; i <= n; i++ {
				x.set(i, T(size*x.old(i)))
			}
			for _, other := range []*line[T]{y, x} {
				var terms [][2]float64
				for i := range n {
					terms = append(terms, [2]float64{x.old(i), other.old(i)})
				}
				want, abs := exact(terms)
				if got, bound := k.Dot(x.first(), other.first(), n), float64(n+1)/(1<<53)*abs; !(math.Abs(got-want) <= bound) {
					t.Fatalf("%d values: %v, want %v within %.2g", n, got, want, bound)
				}
			}
			x.check(t, "Dot", 0, unchanged)
		}
	}
	if nan := T(math.NaN()); !math.IsNaN(k.Dot(&nan, &nan, 1)) {
		t.Error("the square of NaN is a number")
	}
}
