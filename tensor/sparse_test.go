package tensor

import (
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/james-bowman/sparse"
	"gonum.org/v1/gonum/mat"

	"mgtool/tensor/gradtest"
)

// randomSparse has entries anywhere with the probability density, empty rows and columns
// among them.
func randomSparse(t testing.TB, rows, columns int, density float64) *Sparse {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	start, column, value := make([]int32, 1, rows+1), []int32{}, []float32{}
	for i := range rows {
		for j := range columns {
			if i != rows/2 && j != columns/2 && r.Float64() < density {
				column, value = append(column, int32(j)), append(value, float32(r.NormFloat64()))
			}
		}
		start = append(start, int32(len(column)))
	}
	a, err := NewSparse(rows, columns, start, column, value)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Products agree with those of james-bowman/sparse in float64, to rounding: for each number of
// channels a row is summed in, and for several samples.
func TestSparse(t *testing.T) {
	const rows, columns, samples = 57, 41, 3
	a := randomSparse(t, rows, columns, .2)
	coo := sparse.NewCOO(rows, columns, nil, nil, nil)
	for i := range rows {
		for k := a.Start[i]; k < a.Start[i+1]; k++ {
			coo.Set(i, int(a.Column[k]), float64(a.Value[k]))
		}
	}
	csr := coo.ToCSR()
	for _, channels := range []int{1, 7, 8, 16, 19} {
		x, dy := gradtest.Random(samples*columns*channels, 1), gradtest.Random(samples*rows*channels, 2)
		y, dx := gradtest.NaNs(samples*rows*channels), gradtest.NaNs(samples*columns*channels)
		a.Multiply(y, x, nil, channels)
		a.MultiplyTransposed(dx, dy, nil, channels)
		for n := range samples {
			compare := func(name string, got, from []float32, m mat.Matrix) {
				r, c := m.Dims()
				in := make([]float64, c*channels)
				for i := range in {
					in[i] = float64(from[n*len(in)+i])
				}
				var want mat.Dense
				want.Mul(m, mat.NewDense(c, channels, in))
				for i := range r {
					for k := range channels {
						v := float64(got[(n*r+i)*channels+k])
						// 20 terms of size 1, each rounded to 2⁻²⁴.
						if d := math.Abs(v - want.At(i, k)); !(d < 1e-5) {
							t.Fatalf("%s, %d channels, sample %d: row %d is off by %g", name, channels, n, i, d)
						}
					}
				}
			}
			compare("product", y, x, csr)
			compare("transposed", dx, dy, csr.T())
		}
	}
}

func TestSparseErrors(t *testing.T) {
	for want, make := range map[string]func() (*Sparse, error){
		"0 rows":           func() (*Sparse, error) { return NewSparse(0, 1, []int32{0}, nil, nil) },
		"2 starts":         func() (*Sparse, error) { return NewSparse(2, 1, []int32{0, 0}, nil, nil) },
		"column 3":         func() (*Sparse, error) { return NewSparse(1, 3, []int32{0, 1}, []int32{3}, []float32{1}) },
		"from 0 to 2 of 1": func() (*Sparse, error) { return NewSparse(2, 3, []int32{0, 2, 1}, []int32{0}, []float32{1}) },
	} {
		if _, err := make(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one about %q", err, want)
		}
	}
	a := randomSparse(t, 5, 4, .5)
	wantPanic(t, "y has 9 values", func() { a.Multiply(make([]float32, 9), make([]float32, 8), nil, 2) })
	wantPanic(t, "value has 1 values", func() { a.Multiply(make([]float32, 10), make([]float32, 8), make([]float32, 1), 2) })
}

// The share of dropped values is the rate within 5 standard deviations, others are scaled,
// steps and keys differ, and a mask does not depend on threads.
func TestDropout(t *testing.T) {
	const n = 100001
	ones := make([]float32, n)
	for i := range ones {
		ones[i] = 1
	}
	mask := func(d Dropout, step uint64) []float32 {
		y := gradtest.NaNs(n)
		d.Apply(y, ones, step)
		return y
	}
	d := Dropout{Rate: .3, Key: 7}
	first := mask(d, 5)
	zeros, pairs := 0, 0
	for i, v := range first {
		if v != 0 && v != float32(1/.7) {
			t.Fatalf("value %d is %g; want 0 or 1/0.7", i, v)
		}
		if v == 0 {
			zeros++
			if i > 0 && first[i-1] == 0 {
				pairs++
			}
		}
	}
	for name, c := range map[string]struct {
		got  int
		rate float64
	}{"values": {zeros, .3}, "two in a row": {pairs, .09}} {
		if dev := math.Sqrt(n * c.rate * (1 - c.rate)); math.Abs(float64(c.got)-n*c.rate) > 5*dev*1.3 { // pairs are not independent
			t.Errorf("%s: %d of %d are dropped; want %.0f ± %.0f", name, c.got, n, n*c.rate, dev)
		}
	}
	for name, other := range map[string][]float32{"another step": mask(d, 6), "another key": mask(Dropout{.3, 8}, 5)} {
		both := 0
		for i := range first {
			if first[i] == 0 && other[i] == 0 {
				both++
			}
		}
		if dev := math.Sqrt(n * .09 * .91); math.Abs(float64(both)-n*.09) > 5*dev {
			t.Errorf("%s: %d values are dropped in both; want %.0f", name, both, n*.09)
		}
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if !gradtest.SameBits(first, mask(d, 5)) {
		t.Error("one thread has another mask")
	}
}
