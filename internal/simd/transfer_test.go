package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestRestrict(t *testing.T) { eachReal(t, testRestrict[float32], testRestrict[float64]) }

func testRestrict[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(2, 1))
	for _, n := range lengths() {
		rows := []*line[T]{newLine[T](rng, 2*n+1), newLine[T](rng, 2*n+1), newLine[T](rng, 2*n+1)}
		a, b, c := rows[0].first(), rows[1].first(), rows[2].first()
		w := T(rng.NormFloat64())
		terms := func(i int) (list [][2]float64) {
			for j, r := range rows {
				for l := range 3 {
					list = append(list, [2]float64{float64(w) * []float64{1, 2, 1}[j] * []float64{1, 2, 1}[l] / 16, r.old(2*i + l)})
				}
			}
			return list
		}
		for _, add := range []bool{false, true} {
			what := fmt.Sprintf("Restrict of %d values, added: %v", n, add)
			out := newLine[T](rng, n)
			if add {
				k.RestrictAdd(out.first(), a, b, c, w, n)
			} else {
				k.Restrict(out.first(), a, b, c, w, n)
			}
			// Roundings: two sums of rows, two of columns, the product, the test's
			// product with w, a sum and one in the definition.
			out.check(t, what, 8, func(i int) ([][2]float64, bool) {
				list := terms(i)
				if add {
					list = append(list, [2]float64{1, out.old(i)})
				}
				return list, true
			})
			for _, r := range rows {
				r.check(t, what, 0, unchanged)
			}
			i := rng.IntN(n)
			one := T(out.old(i))
			if add {
				k.RestrictAdd(&one, value(a, 2*i), value(b, 2*i), value(c, 2*i), w, 1)
			} else {
				k.Restrict(&one, value(a, 2*i), value(b, 2*i), value(c, 2*i), w, 1)
			}
			if bits(one) != bits(out.get(i)) {
				t.Fatalf("%s: value %d is %v in a row, %v alone", what, i, out.get(i), one)
			}
		}
	}
}

// unchanged defines no value.
func unchanged(int) ([][2]float64, bool) { return nil, false }

func TestProlong(t *testing.T) { eachReal(t, testProlong[float32], testProlong[float64]) }

func testProlong[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(2, 2))
	for _, n := range append([]int{0}, lengths()...) {
		what := fmt.Sprintf("Prolong of %d values", n)
		p, q, u := newLine[T](rng, n), newLine[T](rng, n), newLine[T](rng, 2*n+1)
		if n%3 == 0 {
			q = p
		}
		k.Prolong(u.first(), p.first(), q.first(), n)
		// Roundings: the sums of p and q, of two of those, with u, and one in the
		// definition.
		u.check(t, what, 4, func(i int) ([][2]float64, bool) {
			list := [][2]float64{{1, u.old(i)}}
			if i%2 == 1 {
				return append(list, [2]float64{0.5, p.old(i / 2)}, [2]float64{0.5, q.old(i / 2)}), true
			}
			for j := i/2 - 1; j <= i/2; j++ {
				list = append(list, [2]float64{0.25, p.old(j)}, [2]float64{0.25, q.old(j)})
			}
			return list, true
		})
		p.check(t, what, 0, unchanged)
		q.check(t, what, 0, unchanged)
		for i := range n {
			three := [3]T{T(u.old(2 * i)), T(u.old(2*i + 1)), T(u.old(2*i + 2))}
			k.Prolong(&three[0], value(p.first(), i), value(q.first(), i), 1)
			for j, v := range three {
				if got := u.get(2*i + j); bits(v) != bits(got) {
					t.Fatalf("%s: value %d is %v in a row, %v alone", what, 2*i+j, got, v)
				}
			}
		}
	}
}

func TestProlongCubic(t *testing.T) {
	eachReal(t, testProlongCubic[float32], testProlongCubic[float64])
}

func testProlongCubic[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(2, 3))
	for _, n := range append([]int{0}, lengths()...) {
		what := fmt.Sprintf("ProlongCubic of %d values", n)
		v, out := newLine[T](rng, n), newLine[T](rng, 2*n+1)
		k.ProlongCubic(out.first(), v.first(), n)
		// Roundings: a sum of two, the product, the sum with the outer two, and one in
		// the definition.
		out.check(t, what, 4, func(i int) ([][2]float64, bool) {
			j := i / 2
			switch {
			case i%2 == 1:
				return [][2]float64{{1, v.old(j)}}, true
			case i == 0 || i == 2*n:
				return nil, false
			}
			return [][2]float64{{9. / 16, v.old(j - 1)}, {9. / 16, v.old(j)}, {-1. / 16, v.old(j - 2)}, {-1. / 16, v.old(j + 1)}}, true
		})
		v.check(t, what, 0, unchanged)
		if n < 2 {
			continue
		}
		i := 1 + rng.IntN(n-1)
		var five [5]T
		k.ProlongCubic(&five[0], value(v.first(), i-1), 2)
		if bits(five[2]) != bits(out.get(2*i)) {
			t.Fatalf("%s: value %d is %v in a row, %v alone", what, 2*i, out.get(2*i), five[2])
		}
	}
	// Cubic polynomials are reproduced exactly: all numbers here are integers.
	cube := func(x int) T { return T(x*x*x - 2*x) }
	v, out := newLine[T](rng, 50), newLine[T](rng, 101)
	for i := -1; i <= 50; i++ {
		v.set(i, cube(2*i-30))
	}
	k.ProlongCubic(out.first(), v.first(), 50)
	for i := 1; i < 100; i++ {
		if got, want := out.get(i), cube(i-31); got != want {
			t.Fatalf("cubic polynomial: value %d is %v, want %v", i, got, want)
		}
	}
}

func TestRestrictCells(t *testing.T) {
	eachReal(t, testRestrictCells[float32], testRestrictCells[float64])
}

func testRestrictCells[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(2, 6))
	for _, n := range append([]int{0}, lengths()...) {
		a, b := newLine[T](rng, 2*n), newLine[T](rng, 2*n)
		if n%3 == 0 {
			b = a
		}
		w := T(rng.NormFloat64())
		for _, add := range []bool{false, true} {
			what, kernel := fmt.Sprintf("RestrictCells of %d values, added: %v", n, add), k.RestrictCells
			if add {
				kernel = k.RestrictCellsAdd
			}
			out := newLine[T](rng, n)
			kernel(out.first(), a.first(), b.first(), w, n)
			// Roundings: two sums, the product, a sum and one in the definition.
			out.check(t, what, 5, func(i int) (list [][2]float64, ok bool) {
				for _, r := range []*line[T]{a, b} {
					list = append(list, [2]float64{float64(w), r.old(2 * i)}, [2]float64{float64(w), r.old(2*i + 1)})
				}
				if add {
					list = append(list, [2]float64{1, out.old(i)})
				}
				return list, true
			})
			a.check(t, what, 0, unchanged)
			b.check(t, what, 0, unchanged)
			for i := range n {
				one := T(out.old(i))
				kernel(&one, value(a.first(), 2*i), value(b.first(), 2*i), w, 1)
				if bits(one) != bits(out.get(i)) {
					t.Fatalf("%s: value %d is %v in a row, %v alone", what, i, out.get(i), one)
				}
			}
		}
	}
}

func TestProlongCells(t *testing.T) {
	eachReal(t, testProlongCells[float32], testProlongCells[float64])
}

func testProlongCells[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(2, 7))
	for _, n := range append([]int{0}, lengths()...) {
		what := fmt.Sprintf("ProlongCells of %d values", n)
		p, q, u := newLine[T](rng, n), newLine[T](rng, n), newLine[T](rng, 2*n)
		if n%3 == 0 {
			q = p
		}
		wp, wq := T(rng.NormFloat64()), T(rng.NormFloat64())
		k.ProlongCells(u.first(), p.first(), q.first(), wp, wq, n)
		// Roundings: two products, their sum, three times that, the sums of two of those and
		// with u, and one in the definition.
		u.check(t, what, 7, func(i int) ([][2]float64, bool) {
			list := [][2]float64{{1, u.old(i)}}
			for _, from := range [2]struct {
				at int
				w  float64
			}{{i / 2, .75}, {i/2 - 1 + i%2*2, .25}} {
				list = append(list, [2]float64{from.w * float64(wp), p.old(from.at)}, [2]float64{from.w * float64(wq), q.old(from.at)})
			}
			return list, true
		})
		p.check(t, what, 0, unchanged)
		q.check(t, what, 0, unchanged)
		for i := range n {
			two := [2]T{T(u.old(2 * i)), T(u.old(2*i + 1))}
			k.ProlongCells(&two[0], value(p.first(), i), value(q.first(), i), wp, wq, 1)
			for j, v := range two {
				if got := u.get(2*i + j); bits(v) != bits(got) {
					t.Fatalf("%s: value %d is %v in a row, %v alone", what, 2*i+j, got, v)
				}
			}
		}
	}
}

func TestRowSums(t *testing.T) { eachReal(t, testRowSums[float32], testRowSums[float64]) }

func testRowSums[T Real](t *testing.T, k *GridKernels[T]) {
	rng := rand.New(rand.NewPCG(2, 4))
	for _, n := range append([]int{0}, lengths()...) {
		what := fmt.Sprintf("%d values", n)
		x := []*line[T]{newLine[T](rng, n), newLine[T](rng, n), newLine[T](rng, n), newLine[T](rng, n)}
		var w [4]T
		for i := range w {
			w[i] = T(rng.NormFloat64())
		}
		out := newLine[T](rng, n)
		k.Average(out.first(), x[0].first(), x[1].first(), n)
		out.check(t, "Average, "+what, 2, func(i int) ([][2]float64, bool) {
			return [][2]float64{{0.5, x[0].old(i)}, {0.5, x[1].old(i)}}, true
		})
		out = newLine[T](rng, n)
		k.AddScaled(out.first(), w[0], x[0].first(), n)
		out.check(t, "AddScaled, "+what, 3, func(i int) ([][2]float64, bool) {
			return [][2]float64{{1, out.old(i)}, {float64(w[0]), x[0].old(i)}}, true
		})
		out = newLine[T](rng, n)
		k.Combine4(out.first(), x[0].first(), x[1].first(), x[2].first(), x[3].first(), w[0], w[1], w[2], w[3], n)
		out.check(t, "Combine4, "+what, 5, func(i int) (list [][2]float64, ok bool) {
			for j, r := range x {
				list = append(list, [2]float64{float64(w[j]), r.old(i)})
			}
			return list, true
		})
		if n > 0 {
			i := rng.IntN(n)
			var one T
			k.Combine4(&one, value(x[0].first(), i), value(x[1].first(), i), value(x[2].first(), i), value(x[3].first(), i), w[0], w[1], w[2], w[3], 1)
			if bits(one) != bits(out.get(i)) {
				t.Fatalf("Combine4, %s: value %d is %v in a row, %v alone", what, i, out.get(i), one)
			}
		}
		for _, r := range x {
			r.check(t, what, 0, unchanged)
		}
		k.Average(x[0].first(), x[0].first(), x[1].first(), n) // in place
		x[0].check(t, "Average in place, "+what, 2, func(i int) ([][2]float64, bool) {
			return [][2]float64{{0.5, x[0].old(i)}, {0.5, x[1].old(i)}}, true
		})
	}
}

func TestMixed(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 5))
	for _, k := range All() {
		for _, n := range append([]int{0}, lengths()...) {
			what := fmt.Sprintf("%s, %d values", k.Name, n)
			single, double, scale := newLine[float32](rng, n), newLine[float64](rng, n), rng.NormFloat64()
			k.AddSingle(double.first(), single.first(), scale, n)
			double.check(t, "AddSingle, "+what, 3, func(i int) ([][2]float64, bool) {
				return [][2]float64{{1, double.old(i)}, {scale, single.old(i)}}, true
			})
			single.check(t, what, 0, unchanged)
			copy(double.was, double.all)
			k.ToSingle(single.first(), double.first(), scale, n)
			double.check(t, what, 0, unchanged)
			for i := range n {
				if got, want := single.get(i), float32(scale*double.get(i)); got != want {
					t.Fatalf("ToSingle, %s: value %d is %v, want %v", what, i, got, want)
				}
				single.set(i, 0)
			}
			single.check(t, "ToSingle, "+what, 0, unchanged)
		}
		x, y := math.NaN(), float32(0)
		if k.ToSingle(&y, &x, 1, 1); y == y {
			t.Errorf("ToSingle of %s makes %v of NaN", k.Name, y)
		}
	}
}

func BenchmarkTransfer(b *testing.B) {
	for _, k := range All() {
		benchmarkTransfer(b, k.Name+"/float64", Grid[float64](k))
		benchmarkTransfer(b, k.Name+"/float32", Grid[float32](k))
		for _, n := range []int{512, 4096} {
			single, double := rows8[float32](n)[0], rows8[float64](n)[0]
			benchmark(b, k.Name+"/toSingle", n, func() { k.ToSingle(single, double, 1, n) })
			benchmark(b, k.Name+"/addSingle", n, func() { k.AddSingle(double, single, 1, n) })
		}
	}
}

// For transfers, the values are those of the fine grid.
func benchmarkTransfer[T Real](b *testing.B, name string, k *GridKernels[T]) {
	for _, n := range []int{512, 4096} {
		r := rows8[T](n)
		x, y, z, v, u := r[0], r[1], r[2], r[3], r[4]
		nc := n/2 - 1
		benchmark(b, name+"/restrict", n, func() { k.Restrict(v, x, y, z, 1, nc) })
		benchmark(b, name+"/restrictAdd", n, func() { k.RestrictAdd(v, x, y, z, 0.5, nc) })
		benchmark(b, name+"/prolong", n, func() { k.Prolong(u, x, y, nc) })
		benchmark(b, name+"/prolongCubic", n, func() { k.ProlongCubic(u, x, nc) })
		benchmark(b, name+"/restrictCells", n, func() { k.RestrictCells(v, x, y, 1, n/2) })
		benchmark(b, name+"/prolongCells", n, func() { k.ProlongCells(u, x, y, .75, .25, n/2) })
		benchmark(b, name+"/average", n, func() { k.Average(u, x, y, n) })
		benchmark(b, name+"/combine4", n, func() { k.Combine4(u, x, y, z, v, 1, 1, 1, 1, n) })
		benchmark(b, name+"/addScaled", n, func() { k.AddScaled(u, 1, x, n) })
	}
}
