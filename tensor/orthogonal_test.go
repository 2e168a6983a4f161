package tensor

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/tensor/gradtest"
)

// newtonSchulz is the iteration in float64, by gonum, always from the right.
func newtonSchulz(m *mat.Dense, steps int) *mat.Dense {
	rows, columns := m.Dims()
	x := mat.NewDense(rows, columns, nil)
	x.Scale(1/(mat.Norm(m, 2)+1e-7), m)
	for range steps {
		var gram, square, next mat.Dense
		gram.Mul(x.T(), x)
		square.Mul(&gram, &gram)
		gram.Scale(-4.7750, &gram)
		square.Scale(2.0315, &square)
		gram.Add(&gram, &square)
		for i := range columns {
			gram.Set(i, i, gram.At(i, i)+3.4445)
		}
		next.Mul(x, &gram)
		x.Copy(&next)
	}
	return x
}

func dense(rows, columns int, x []float32) *mat.Dense {
	m := mat.NewDense(rows, columns, nil)
	for i, v := range x {
		m.Set(i/columns, i%columns, float64(v))
	}
	return m
}

// The result is that of float64 in every shape: tall and wide, of one column, of
// sizes that no tile divides. A rounding of one singular value at the start, 6e-8, is
// multiplied by 3.4445⁵ = 485 at most, so 1e-4 allows three of them.
func TestOrthogonal(t *testing.T) {
	for _, c := range []struct{ rows, columns, steps int }{
		{1, 1, 5}, {9, 1, 5}, {1, 9, 5}, {27, 64, 5}, {64, 27, 5}, {54, 6, 5}, {67, 67, 3}, {144, 16, 3}, {288, 70, 5}, {70, 288, 1},
	} {
		m := gradtest.Random(c.rows*c.columns, uint64(c.rows))
		want := newtonSchulz(dense(c.rows, c.columns, m), c.steps)
		got := gradtest.NaNs(len(m))
		NewOrthogonal(c.rows, c.columns, c.steps).Apply(got, m)
		for i, v := range got {
			if w := want.At(i/c.columns, i%c.columns); !(math.Abs(float64(v)-w) <= 1e-4) {
				t.Errorf("%d×%d, %d steps: value %d is %g, want %g", c.rows, c.columns, c.steps, i, v, w)
				break
			}
		}
		// In place, and of a matrix a thousand times as large, it is the same matrix.
		Scale(m, 1024)
		o := NewOrthogonal(c.rows, c.columns, c.steps)
		o.Apply(m, m)
		for i, v := range m {
			if math.Abs(float64(v-got[i])) > 1e-4 {
				t.Errorf("%d×%d in place: value %d is %g, want %g", c.rows, c.columns, i, v, got[i])
				break
			}
		}
	}
}

// By bfloat16 it is that of the same iteration to two digits, whichever way it is done.
func TestOrthogonalBfloat16(t *testing.T) {
	for _, c := range []struct{ rows, columns, steps int }{{54, 6, 3}, {67, 66, 3}, {145, 48, 3}, {288, 70, 5}, {401, 100, 3}, {33, 9, 3}, {70, 288, 3}} {
		m := gradtest.Random(c.rows*c.columns, uint64(c.rows))
		want := newtonSchulz(dense(c.rows, c.columns, m), c.steps)
		got := gradtest.NaNs(len(m))
		NewOrthogonal(c.rows, c.columns, c.steps).Bfloat16().Apply(got, m)
		var e, size float64
		for i, v := range got {
			w := want.At(i/c.columns, i%c.columns)
			e += math.Pow(float64(v)-w, 2)
			size += w * w
		}
		if d := math.Sqrt(e / size); !(d > 1e-4 && d < .03) {
			t.Errorf("%d×%d, %d steps: differs by %.1e of its size", c.rows, c.columns, c.steps, d)
		}
	}
}

// Singular values from 0.002 of the norm on come into 0.68 to 1.21, and their
// vectors stay: UᵀYV is diagonal where M = USVᵀ.
func TestOrthogonalSingularValues(t *testing.T) {
	const rows, columns = 96, 8
	var svd mat.SVD
	if !svd.Factorize(dense(rows, columns, gradtest.Random(rows*columns, 1)), mat.SVDThin) {
		t.Fatal("no singular values")
	}
	var u, v, m mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	s := mat.NewDiagDense(columns, []float64{1, .7, .3, .1, .05, .02, .01, .003})
	m.Mul(&u, s)
	m.Mul(&m, v.T())
	y := make([]float32, rows*columns)
	for i := range y {
		y[i] = float32(m.At(i/columns, i%columns))
	}
	NewOrthogonal(rows, columns, 5).Apply(y, y)
	var d mat.Dense
	d.Mul(u.T(), dense(rows, columns, y))
	d.Mul(&d, &v)
	for i := range columns {
		for j := range columns {
			got := d.At(i, j)
			if i == j && !(got >= .68 && got <= 1.21) || i != j && math.Abs(got) > 1e-4 {
				t.Errorf("UᵀYV[%d,%d] is %g, want 0 off the diagonal and 0.68 to 1.21 on it", i, j, got)
			}
		}
	}
}

// Zeros stay zeros, and a NaN is not hidden.
func TestOrthogonalEdges(t *testing.T) {
	o := NewOrthogonal(6, 4, 5)
	y := make([]float32, 24)
	o.Apply(y, y)
	for i, v := range y {
		if v != 0 {
			t.Errorf("of zeros, value %d is %g", i, v)
		}
	}
	y[5] = float32(math.NaN())
	o.Apply(y, y)
	if v := float64(y[0]); !math.IsNaN(v) {
		t.Errorf("with a NaN the result is %g", v)
	}
}

func BenchmarkOrthogonal(b *testing.B) {
	m, y := gradtest.Random(2304*256, 1), make([]float32, 2304*256)
	o := NewOrthogonal(2304, 256, 5)
	for name, o := range map[string]*Orthogonal{"float32": o, "bfloat16": o.Bfloat16()} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				o.Apply(y, m)
			}
			b.ReportMetric(5*2*(2*2304*256*256+256*256*256)/b.Elapsed().Seconds()*float64(b.N)/1e9, "GFLOP/s")
		})
	}
}
