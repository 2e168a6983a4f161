package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// unit is the relative rounding error of float32.
const unit = 1.0 / (1 << 24)

func normal(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// The assembly reads the fields of Tile at these offsets.
func TestTileOffsets(t *testing.T) {
	var x Tile
	for i, at := range []uintptr{
		unsafe.Offsetof(x.A), unsafe.Offsetof(x.B), unsafe.Offsetof(x.C), unsafe.Offsetof(x.mask),
		unsafe.Offsetof(x.Rows), unsafe.Offsetof(x.Runs), unsafe.Offsetof(x.Run),
		unsafe.Offsetof(x.JumpA), unsafe.Offsetof(x.JumpB),
		unsafe.Offsetof(x.StrideA), unsafe.Offsetof(x.StrideB), unsafe.Offsetof(x.StrideC), unsafe.Offsetof(x.OffA),
	} {
		if at != uintptr(8*i) {
			t.Errorf("field %d is at %d, want %d", i, at, 8*i)
		}
	}
	if at := unsafe.Offsetof(x.OffC); at != 8*(12+maxRows) {
		t.Errorf("OffC is at %d", at)
	}
}

// Both products of every implementation, for all numbers of rows and columns, agree with
// sums in float64 within (terms+1)·unit·Σ|a·b|, and do not write outside C.
func TestTile(t *testing.T) {
	for _, k := range All() {
		products{k.Name, &k.Products, normal, (*sums).add}.check(t)
	}
}

// The same for pairs of bfloat16.
func TestTilePairs(t *testing.T) {
	for _, k := range All() {
		if k.Bfloat16 == nil {
			t.Logf("%s has no products of bfloat16", k.Name)
			continue
		}
		products{k.Name + ", pairs", &k.Bfloat16.Products, normalPairs, (*sums).addPairs}.check(t)
	}
}

// products are the products of an implementation, with their inputs and the exact sum of a
// product of two numbers.
type products struct {
	name string
	*Products
	normal func(rng *rand.Rand, n int) []float32
	add    func(s *sums, a, b float32)
}

func (k products) check(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for rows := 1; rows <= k.Rows; rows++ {
		for n := 1; n <= k.Columns; n++ {
			for _, depth := range [][2]int{{1, 1}, {1, 2}, {3, 5}, {2, 33}} {
				k.checkMultiply(t, rng, rows, n, depth[0], depth[1])
				k.checkMultiplyTrans(t, rng, rows, n, depth[0], depth[1])
			}
		}
	}
}

type sums struct{ value, abs float64 }

func (s *sums) add(a, b float32) {
	s.value += float64(a) * float64(b)
	s.abs += math.Abs(float64(a) * float64(b))
}

func (s *sums) addPairs(a, b float32) {
	x, y := math.Float32bits(a), math.Float32bits(b)
	s.add(math.Float32frombits(x<<16), math.Float32frombits(y<<16))
	s.add(math.Float32frombits(x&^0xffff), math.Float32frombits(y&^0xffff))
}

// normalPairs are normally distributed pairs of bfloat16.
func normalPairs(rng *rand.Rand, n int) []float32 {
	low, high := normal(rng, n), normal(rng, n)
	for i := range low {
		low[i] = math.Float32frombits(math.Float32bits(low[i])>>16 | math.Float32bits(high[i])&^0xffff)
	}
	return low
}

func (s sums) check(t *testing.T, what string, got float32, terms int) {
	t.Helper()
	if bound := float64(terms+1) * unit * s.abs; !(math.Abs(float64(got)-s.value) <= bound) {
		t.Fatalf("%s: %v, want %v within %.2g", what, got, s.value, bound)
	}
}

func (k products) checkMultiply(t *testing.T, rng *rand.Rand, rows, n, runs, run int) {
	t.Helper()
	panel := k.Panel(n)
	a, b, c := k.normal(rng, 4000), k.normal(rng, runs*run*panel), make([]float32, 2000)
	for i := range c {
		c[i] = -77
	}
	x := Tile{A: &a[0], B: &b[0], C: &c[0], Rows: rows, Runs: runs, Run: run, JumpA: 7}
	for i := range rows {
		x.OffA[i], x.OffC[i] = rng.IntN(1000), 50+i*(n+3)
	}
	k.Multiply(&x, n)
	what := fmt.Sprintf("%s, %d rows, %d columns, %d×%d", k.name, rows, n, runs, run)
	for i := range rows {
		for j := range n {
			var want sums
			for s := range runs {
				for l := range run {
					k.add(&want, a[x.OffA[i]+s*(run+7)+l], b[(s*run+l)*panel+j])
				}
			}
			want.check(t, what, c[x.OffC[i]+j], 2*runs*run)
			c[x.OffC[i]+j] = -77
		}
	}
	for i, v := range c {
		if v != -77 {
			t.Fatalf("%s: C[%d] was touched", what, i)
		}
	}
}

func (k products) checkMultiplyTrans(t *testing.T, rng *rand.Rand, rows, n, runs, run int) {
	t.Helper()
	strideA, strideB, strideC := rows+2, n+1, n+3
	depth := runs * run
	a := k.normal(rng, depth*strideA+runs*5+Slack)
	b := k.normal(rng, depth*strideB+runs*9-10) // ends with the last number in use
	c := normal(rng, rows*strideC)
	before := append([]float32(nil), c...)
	x := Tile{A: &a[0], B: &b[0], C: &c[0], Rows: rows, Runs: runs, Run: run,
		JumpA: 5, JumpB: 9, StrideA: strideA, StrideB: strideB, StrideC: strideC}
	k.MultiplyTrans(&x, n)
	what := fmt.Sprintf("%s transposed, %d rows, %d columns, %d×%d", k.name, rows, n, runs, run)
	for i := range rows {
		for j := range strideC {
			want := sums{}
			want.add(before[i*strideC+j], 1)
			if j < n {
				for p := range depth {
					k.add(&want, a[p*strideA+p/run*5+i], b[p*strideB+p/run*9+j])
				}
			}
			want.check(t, what, c[i*strideC+j], 2*depth+1)
		}
	}
}

func BenchmarkTile(b *testing.B) {
	for _, k := range All() {
		for _, depth := range []int{64, 576} {
			rng := rand.New(rand.NewPCG(1, 2))
			a, w, c := normal(rng, 12*depth+Slack), normal(rng, depth*k.Columns), make([]float32, k.Rows*k.Columns)
			x := Tile{A: &a[0], B: &w[0], C: &c[0], Rows: k.Rows, Runs: 1, Run: depth, StrideA: 12, StrideB: k.Columns, StrideC: k.Columns}
			for i := range k.Rows {
				x.OffA[i], x.OffC[i] = i*depth, i*k.Columns
			}
			report := func(b *testing.B) {
				b.ReportMetric(2*float64(k.Rows*k.Columns*depth)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			}
			b.Run(fmt.Sprintf("%s/%d", k.Name, depth), func(b *testing.B) {
				for b.Loop() {
					k.Multiply(&x, k.Columns)
				}
				report(b)
			})
			b.Run(fmt.Sprintf("%s/trans/%d", k.Name, depth), func(b *testing.B) {
				for b.Loop() {
					k.MultiplyTrans(&x, k.Columns)
				}
				report(b)
			})
		}
		b.Run(k.Name+"/peak", func(b *testing.B) {
			flops := 0
			for b.Loop() {
				flops += k.Peak(1e6)
			}
			b.ReportMetric(float64(flops)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
