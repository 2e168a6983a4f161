package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

// RoundBfloat16 returns the nearer of the two neighbouring bfloat16, and the even one in a
// tie.
func TestRoundBfloat16(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	x := append(normal(rand.New(rand.NewPCG(1, 2)), 1000), 0, inf, -inf)
	y := append([]float32(nil), x...)
	RoundBfloat16(y)
	for i, v := range x {
		down := math.Float32frombits(math.Float32bits(v) &^ 0xffff)
		up := math.Float32frombits(math.Float32bits(v)&^0xffff + 0x10000)
		if v == down {
			up = down
		}
		near := math.Min(math.Abs(float64(v-down)), math.Abs(float64(up-v)))
		if v != y[i] && math.Abs(float64(v-y[i])) != near || y[i] != down && y[i] != up {
			t.Errorf("%g becomes %g; want %g or %g, the nearer", v, y[i], down, up)
		}
	}
	few := []float32{1 + 1./256, 1 + 3./256, math.MaxFloat32, nan}
	RoundBfloat16(few)
	if few[0] != 1 || few[1] != 1+4./256 || few[2] != inf || few[3] == few[3] {
		t.Errorf("1 + 1/256, 1 + 3/256, the largest float32, NaN become %v; want 1, 1 + 4/256, +Inf, NaN", few)
	}
}

// Pairs of every length, also in place, hold the rounded numbers. Values behind them do
// not change.
func TestPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, k := range All() {
		b := k.Bfloat16
		if b == nil {
			t.Logf("%s has no products of bfloat16", k.Name)
			continue
		}
		for n := range 140 {
			x, y := normal(rng, 2*n), normal(rng, n)
			for name, pairs := range map[string]struct {
				run  func(to []float32)
				low  func(i int) float32
				high func(i int) float32
				own  []float32
			}{
				"neighbours": {func(to []float32) { b.PairNeighbours(to[:n], x) },
					func(i int) float32 { return x[2*i] }, func(i int) float32 { return x[2*i+1] }, x},
				"rows": {func(to []float32) { b.PairRows(to[:n], x, y) },
					func(i int) float32 { return x[i] }, func(i int) float32 { return y[i] }, x},
			} {
				want := make([]float32, n+1)
				for i := range n {
					v := []float32{pairs.low(i), pairs.high(i)}
					RoundBfloat16(v)
					want[i] = math.Float32frombits(math.Float32bits(v[0])>>16 | math.Float32bits(v[1]))
				}
				want[n] = -77
				got, before := make([]float32, n+1), append([]float32(nil), x...)
				got[n] = -77
				pairs.run(got)
				pairs.run(pairs.own)
				for i := range want {
					if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
						t.Fatalf("%s, %s, %d: pair %d is %x, want %x", k.Name, name, n, i, math.Float32bits(got[i]), math.Float32bits(want[i]))
					}
					if i < n && math.Float32bits(x[i]) != math.Float32bits(want[i]) {
						t.Fatalf("%s, %s, %d, in place: pair %d is %x, want %x", k.Name, name, n, i, math.Float32bits(x[i]), math.Float32bits(want[i]))
					}
				}
				for i := n; i < 2*n; i++ {
					if x[i] != before[i] {
						t.Fatalf("%s, %s, %d, in place: number %d was touched", k.Name, name, n, i)
					}
				}
				copy(x, before)
			}
		}
	}
}
