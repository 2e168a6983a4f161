package tensor

// The lowest Fourier modes of feature maps, and back.
//
// Few modes of many points: a product with the matrix of the waves takes 2·modes
// multiply-adds a value, for sides of any length, where a fast transform takes log₂ of the
// side and wants it to have small factors, and computes modes that nobody reads.

import (
	"fmt"
	"math"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
	"mgtool/tensor/internal/fuse"
)

// Fourier is the discrete Fourier transform of real feature maps (N, H, W, C), cut to the
// modes k = (k₁, k₂) with −m₁ ≤ k₁ < m₁ along the height and 0 ≤ k₂ < m₂ along the width,
//
//	m_k = Σ_x x e^(−2πi (k₁h/H + k₂w/W)),   Modes = {m₁, m₂}.
//
// Modes are stored as (N, m₂, 2m₁, 2, C): k₁ in the order 0, …, m₁−1, −m₁, …, −1, then the real
// and the imaginary parts. It is F of the Fourier neural operator (Li et al., ICLR 2021, section
// 4), the rfft2 and irfft2 of PyTorch with all other modes 0.
type Fourier struct {
	Shape Shape
	Modes [2]int

	// The waves along the width, (W, 2m₂), and transposed; and with the factors of the inverse.
	along, alongT, inverse, inverseT []float32
	// Those along the height, which act on pairs: (2H, 4m₁), and transposed.
	up, upT []float32
}

// NewFourier returns the transform; an error if the sides are shorter than 2m₁ and 2m₂.
func NewFourier(s Shape, modes [2]int) (*Fourier, error) {
	if err := s.valid(); err != nil {
		return nil, err
	}
	m1, m2 := modes[0], modes[1]
	if min(m1, m2) < 1 || 2*m1 > s.H || 2*m2 > s.W {
		return nil, fmt.Errorf("tensor: %d×%d Fourier modes of %d×%d pixels; want 1 to half of each side", m1, m2, s.H, s.W)
	}
	f := &Fourier{Shape: s, Modes: modes}
	matrix := func(rows, columns int) []float32 { return make([]float32, rows*columns+simd.Slack) }
	f.along, f.alongT = matrix(s.W, 2*m2), matrix(2*m2, s.W)
	f.inverse, f.inverseT = matrix(s.W, 2*m2), matrix(2*m2, s.W)
	for w := range s.W {
		for k := range m2 {
			sin, cos := math.Sincos(2 * math.Pi * float64(k*w%s.W) / float64(s.W))
			factor := 2 / float64(s.H*s.W) // for k₂ and −k₂
			if k == 0 {
				factor /= 2
			}
			for part, v := range []float64{cos, -sin} {
				f.along[w*2*m2+2*k+part] = float32(v)
				f.alongT[(2*k+part)*s.W+w] = float32(v)
				f.inverse[w*2*m2+2*k+part] = float32(factor * v)
				f.inverseT[(2*k+part)*s.W+w] = float32(factor * v)
			}
		}
	}
	f.up, f.upT = matrix(2*s.H, 4*m1), matrix(4*m1, 2*s.H)
	for h := range s.H {
		for q := range 2 * m1 {
			k := q
			if q >= m1 {
				k = q - 2*m1 + s.H
			}
			sin, cos := math.Sincos(2 * math.Pi * float64(k*h%s.H) / float64(s.H))
			for i, v := range []float64{cos, -sin, sin, cos} { // e^(−iθ)(a + ib), from a, then from b
				row, column := 2*h+i/2, 2*q+i%2
				f.up[row*4*m1+column] = float32(v)
				f.upT[column*2*s.H+row] = float32(v)
			}
		}
	}
	return f, nil
}

// Len is the number of values of all modes.
func (f *Fourier) Len() int { return f.Shape.N * f.Modes[1] * 4 * f.Modes[0] * f.Shape.C }

// MACs is the number of multiply-adds of a transform, in either direction.
func (f *Fourier) MACs() int64 {
	s, m1, m2 := f.Shape, int64(f.Modes[0]), int64(f.Modes[1])
	return int64(s.N) * int64(s.C) * (int64(s.H)*int64(s.W)*2*m2 + m2*2*int64(s.H)*4*m1)
}

// Forward sets the modes m of x.
func (f *Fourier) Forward(m, x []float32) { f.analyse(m, x, f.along) }

// ForwardAdjoint sets dx to the gradient by x from that by the modes.
func (f *Fourier) ForwardAdjoint(dx, dm []float32) { f.synthesise(dx, dm, f.alongT) }

// Inverse sets x to the field with the modes m and no others,
//
//	x = 1/(HW) Re Σ_k c_k m_k e^(2πi (k₁h/H + k₂w/W)),   c_k = 1 for k₂ = 0, else 2.
func (f *Fourier) Inverse(x, m []float32) { f.synthesise(x, m, f.inverseT) }

// InverseAdjoint sets dm to the gradient by the modes from that by x.
func (f *Fourier) InverseAdjoint(dm, dx []float32) { f.analyse(dm, dx, f.inverse) }

// analyse transforms along the width with the matrix along, then along the height.
func (f *Fourier) analyse(m, x, along []float32) {
	s, m1, m2, c := f.Shape, f.Modes[0], f.Modes[1], f.Shape.C
	checkLen("fourier", "x", x, s.N*s.H*s.W*c)
	checkLen("fourier", "modes", m, f.Len())
	half := fuse.Borrow(s.N * s.H * 2 * m2 * c) // (N, H, m₂, 2, C)
	defer half.Release()
	parallel.For(s.N*s.H, 4, func(lo, hi int) {
		buf := fuse.Borrow(0)
		defer buf.Release()
		for row := lo; row < hi; row++ {
			to := half.Data[row*2*m2*c : (row+1)*2*m2*c]
			productTrans(&buf.Tile, to, x[row*s.W*c:], strided{data: along, rows: s.W, stride: 2 * m2, columns: 2 * m2}, 1, s.W, c, 0)
		}
	})
	parallel.For(s.N*m2, 1, func(lo, hi int) {
		buf := fuse.Borrow(0)
		defer buf.Release()
		for unit := lo; unit < hi; unit++ {
			n, k := unit/m2, unit%m2
			to := m[unit*4*m1*c : (unit+1)*4*m1*c]
			productTrans(&buf.Tile, to, half.Data[(n*s.H*m2+k)*2*c:], strided{data: f.up, rows: 2 * s.H, stride: 4 * m1, columns: 4 * m1}, s.H, 2, c, (2*m2-2)*c)
		}
	})
}

// synthesise transforms along the height, then along the width with the matrix alongT.
func (f *Fourier) synthesise(x, m, alongT []float32) {
	s, m1, m2, c := f.Shape, f.Modes[0], f.Modes[1], f.Shape.C
	checkLen("fourier inverse", "x", x, s.N*s.H*s.W*c)
	checkLen("fourier inverse", "modes", m, f.Len())
	half := fuse.Borrow(s.N * m2 * 2 * s.H * c) // (N, m₂, H, 2, C)
	defer half.Release()
	parallel.For(s.N*m2, 1, func(lo, hi int) {
		buf := fuse.Borrow(0)
		defer buf.Release()
		for unit := lo; unit < hi; unit++ {
			to := half.Data[unit*2*s.H*c : (unit+1)*2*s.H*c]
			productTrans(&buf.Tile, to, m[unit*4*m1*c:], strided{data: f.upT, rows: 4 * m1, stride: 2 * s.H, columns: 2 * s.H}, 1, 4*m1, c, 0)
		}
	})
	parallel.For(s.N*s.H, 4, func(lo, hi int) {
		buf := fuse.Borrow(0)
		defer buf.Release()
		for row := lo; row < hi; row++ {
			n, h := row/s.H, row%s.H
			to := x[row*s.W*c : (row+1)*s.W*c]
			productTrans(&buf.Tile, to, half.Data[(n*m2*s.H+h)*2*c:], strided{data: alongT, rows: 2 * m2, stride: s.W, columns: s.W}, m2, 2, c, (2*s.H-2)*c)
		}
	})
}

// strided is a matrix with rows at a distance, and Slack floats behind it.
type strided struct {
	data                  []float32
	rows, stride, columns int
}

// productTrans sets to = aᵀ·b, with c columns, for the rows of b: runs of run rows each, rows c
// apart and jump more between runs.
func productTrans(t *simd.Tile, to, b []float32, a strided, runs, run, c, jump int) {
	clear(to)
	k := simd.Best()
	for o := 0; o < c; o += k.Columns {
		*t = simd.Tile{Runs: runs, Run: run, StrideA: a.stride, StrideB: c, StrideC: c, JumpB: jump, B: &b[o]}
		for i := 0; i < a.columns; i += k.Rows {
			t.Rows = min(k.Rows, a.columns-i)
			t.A, t.C = &a.data[i], &to[i*c+o]
			k.MultiplyTrans(t, min(k.Columns, c-o))
		}
	}
}
