package simd

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// What the tests of stencils and transfers share.

// eachReal runs a test with every implementation for float32 and float64.
func eachReal(t *testing.T, single func(*testing.T, *GridKernels[float32]), double func(*testing.T, *GridKernels[float64])) {
	for _, k := range All() {
		t.Run(k.Name+"/float32", func(t *testing.T) { single(t, Grid[float32](k)) })
		t.Run(k.Name+"/float64", func(t *testing.T) { double(t, Grid[float64](k)) })
	}
}

// lengths are the lengths of rows to try: every mask of every vector, with and without
// whole vectors before it.
func lengths() (list []int) {
	for n := 1; n <= 70; n++ {
		list = append(list, n)
	}
	return append(list, 127, 128, 129, 255, 1000, 1003)
}

// unitOf is the relative rounding error of T.
func unitOf[T Real]() float64 {
	if _, ok := any(T(0)).(float32); ok {
		return unit
	}
	return 1.0 / (1 << 53)
}

// bits returns the bits of a number.
func bits[T Real](x T) uint64 {
	switch x := any(x).(type) {
	case float32:
		return uint64(math.Float32bits(x))
	case float64:
		return math.Float64bits(x)
	}
	panic("unreachable")
}

// line is a row of n values with one more on either side, at a random place in memory.
// was is a copy of the row and its surroundings before the operation.
type line[T Real] struct {
	all, was []T
	at, n    int
}

const lineMargin = 40

func newLine[T Real](rng *rand.Rand, n int) *line[T] {
	l := &line[T]{at: lineMargin + rng.IntN(16), n: n}
	l.all = make([]T, l.at+n+lineMargin)
	for i := range l.all {
		l.all[i] = T(rng.NormFloat64())
	}
	l.was = append([]T(nil), l.all...)
	return l
}

// first is the address of value 0.
func (l *line[T]) first() *T { return &l.all[l.at] }

func (l *line[T]) get(i int) T { return l.all[l.at+i] }

// old is a value before the operation.
func (l *line[T]) old(i int) float64 { return float64(l.was[l.at+i]) }

// set changes a value before the operation.
func (l *line[T]) set(i int, x T) { l.all[l.at+i], l.was[l.at+i] = x, x }

// check compares all values with their definition, a sum of products. Where define
// returns false, the value must have kept its bits.
func (l *line[T]) check(t *testing.T, what string, roundings int, define func(i int) (terms [][2]float64, ok bool)) {
	t.Helper()
	for j, got := range l.all {
		i := j - l.at
		var terms [][2]float64
		ok := false
		if 0 <= i && i < l.n {
			terms, ok = define(i)
		}
		if !ok {
			if bits(got) != bits(l.was[j]) {
				t.Fatalf("%s: value %d of %d changed from %v to %v", what, i, l.n, l.was[j], got)
			}
			continue
		}
		want, abs := exact(terms)
		if bound := float64(roundings) * unitOf[T]() * abs; !(math.Abs(float64(got)-want) <= bound) {
			t.Fatalf("%s: value %d of %d is %v, want %v within %.2g", what, i, l.n, got, want, bound)
		}
	}
}

// exact is a sum of products, rounded once, and the sum of their absolute values.
// Products of float64 have 106 bits; 300 are enough for sums of normal numbers.
func exact(terms [][2]float64) (value, abs float64) {
	sum := new(big.Float).SetPrec(300)
	for _, x := range terms {
		p := new(big.Float).SetPrec(106).SetFloat64(x[0])
		sum.Add(sum, p.Mul(p, new(big.Float).SetFloat64(x[1])))
		abs += math.Abs(x[0] * x[1])
	}
	value, _ = sum.Float64()
	return value, abs
}

// Grid returns the loops of the type.
func TestGrid(t *testing.T) {
	for _, k := range All() {
		if Grid[float32](k) != &k.single || Grid[float64](k) != &k.double {
			t.Errorf("%s: Grid returns other loops", k.Name)
		}
	}
}

// benchmark runs f on rows of n values and reports the time per value.
func benchmark(b *testing.B, name string, n int, f func()) {
	b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
		for b.Loop() {
			f()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/value")
	})
}

// rows8 are eight rows of n numbers laid out as in a solver: in one piece of memory, the
// first value of each on a cache line, and no multiple of 4 KiB apart.
func rows8[T Real](n int) (rows [8]*T) {
	const margin = 16
	stride := (n+2*margin)&^(margin-1) + 5*margin
	all := make([]T, 9*stride)
	at := margin
	for uintptr(unsafe.Pointer(&all[at]))%64 != 0 {
		at++
	}
	for i := range rows {
		rows[i] = &all[at+i*stride]
	}
	return rows
}
