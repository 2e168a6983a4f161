package simd

// Tiles of matrix products in plain Go: two rows by four columns, so that the compiler
// keeps the eight sums in registers.

import "unsafe"

var tilesPortable = Products{
	Rows: 2, Columns: 4, lanes: 1,
	tiles: []tileKernel{{2, 4, multiplyPlain, multiplyTransPlain}},
}

// floats is the n floats from p[from] on.
func floats(p *float32, from, n int) []float32 {
	return unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(p), 4*from)), n)
}

func multiplyPlain(arg *byte) {
	t := (*Tile)(unsafe.Pointer(arg))
	var s00, s01, s02, s03, s10, s11, s12, s13 float32
	b := floats(t.B, 0, 4*t.Runs*t.Run)
	for s := range t.Runs {
		at := s * (t.Run + t.JumpA)
		a0, a1 := floats(t.A, t.OffA[0]+at, t.Run), floats(t.A, t.OffA[1]+at, t.Run)
		for k, x := range a0 {
			y := a1[k]
			w := (*[4]float32)(b)
			b = b[4:]
			s00 += x * w[0]
			s10 += y * w[0]
			s01 += x * w[1]
			s11 += y * w[1]
			s02 += x * w[2]
			s12 += y * w[2]
			s03 += x * w[3]
			s13 += y * w[3]
		}
	}
	copy(floats(t.C, t.OffC[0], t.n), []float32{s00, s01, s02, s03})
	if t.Rows > 1 {
		copy(floats(t.C, t.OffC[1], t.n), []float32{s10, s11, s12, s13})
	}
}

func multiplyTransPlain(arg *byte) {
	t := (*Tile)(unsafe.Pointer(arg))
	var s00, s01, s02, s03, s10, s11, s12, s13 float32
	for s := range t.Runs {
		a := s * (t.Run*t.StrideA + t.JumpA)
		b := s * (t.Run*t.StrideB + t.JumpB)
		for range t.Run {
			x := floats(t.A, a, 2)
			var last [4]float32
			w := &last
			if t.n == 4 {
				w = (*[4]float32)(floats(t.B, b, 4))
			} else {
				copy(last[:], floats(t.B, b, t.n))
			}
			s00 += x[0] * w[0]
			s10 += x[1] * w[0]
			s01 += x[0] * w[1]
			s11 += x[1] * w[1]
			s02 += x[0] * w[2]
			s12 += x[1] * w[2]
			s03 += x[0] * w[3]
			s13 += x[1] * w[3]
			a += t.StrideA
			b += t.StrideB
		}
	}
	rows := [2][4]float32{{s00, s01, s02, s03}, {s10, s11, s12, s13}}
	for i, sums := range rows[:t.Rows] {
		for j, c := 0, floats(t.C, i*t.StrideC, t.n); j < t.n; j++ {
			c[j] += sums[j]
		}
	}
}
