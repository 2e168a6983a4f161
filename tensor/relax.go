package tensor

// What a smoother does vertex by vertex: a residual over the diagonal of A, weighed, at all
// vertices or at those of one colour.

import "mgtool/internal/parallel"

// OverDiagonal sets y = r/D, where D holds the coefficients of A at its own vertex.
func (s *Stencil) OverDiagonal(y, r, a []float32) {
	s.diagonal(func(i, _ int, d float32) { y[i] = r[i] / d }, a)
}

// OverDiagonalWeight sets da, the gradient by the coefficients of r/D.
func (s *Stencil) OverDiagonalWeight(da, dy, r, a []float32) {
	clear(da)
	if s.Varying && s.Own {
		s.diagonal(func(i, at int, d float32) { da[at] = -dy[i] * r[i] / (d * d) }, a)
		return
	}
	sums := make([]float64, len(da))
	for n := range s.Fields.N {
		s.diagonalOf(n, a, func(i, at int, d float32) {
			sums[at] -= float64(dy[i]) * float64(r[i]) / (float64(d) * float64(d))
		})
	}
	for i, v := range sums {
		da[i] = float32(v)
	}
}

// diagonal calls body for each vertex of all fields, with where its coefficient of the
// diagonal lies.
func (s *Stencil) diagonal(body func(i, at int, d float32), a []float32) {
	parallel.For(s.Fields.N, 1+4096/s.Fields.Size(), func(lo, hi int) {
		for n := lo; n < hi; n++ {
			s.diagonalOf(n, a, body)
		}
	})
}

func (s *Stencil) diagonalOf(n int, a []float32, body func(i, at int, d float32)) {
	size, p, m := s.Fields.Size(), 1, n
	if s.Varying {
		p = size
	}
	if !s.Own {
		m = 0
	}
	first := (m*len(s.taps) + len(s.taps)/2) * p
	for i := range size {
		at := first
		if s.Varying {
			at += i
		}
		body(n*size+i, at, a[at])
	}
}

// colour is that of a vertex among 1, 2 or 2^d: none, red (0) where the sum of its indices,
// counted from 1 beside a side, is even and black elsewhere, or their parities, x the lowest bit.
func (f Fields) colour(i, colours int) int {
	x, y, z := i%f.X+1, i/f.X%f.Y, i/f.X/f.Y
	if f.Y > 1 {
		y++
	}
	if f.Z > 1 {
		z++
	}
	switch colours {
	case 1:
		return 0
	case 2:
		return (x + y + z) % 2
	}
	return x%2 + 2*(y%2) + 4*(z%2)
}

// Weigh sets y = ω x at the vertices of one colour and 0 at the others. There are 1 colour
// (all vertices), 2 (by the sum of the indices) or 2^d (by their parities).
func (f Fields) Weigh(y, x []float32, omega float32, colour, colours int) {
	size := f.Size()
	for i := range size {
		here := f.colour(i, colours) == colour
		for n := range f.N {
			at := n*size + i
			if y[at] = 0; here {
				y[at] = omega * x[at]
			}
		}
	}
}

// WeighGradient is the gradient by ω of [Fields.Weigh].
func (f Fields) WeighGradient(dy, x []float32, colour, colours int) float32 {
	sum, size := 0.0, f.Size()
	for i := range size {
		if f.colour(i, colours) != colour {
			continue
		}
		for n := range f.N {
			sum += float64(dy[n*size+i]) * float64(x[n*size+i])
		}
	}
	return float32(sum)
}
