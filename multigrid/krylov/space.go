package krylov

// Sums and products of fields: loops over rows, on all cores.

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"mgtool/internal/parallel"
	"mgtool/pde"
)

// space does the arithmetic of fields on a grid. A loop goes over pieces, the rows
// of the grid, or parts of the one row in one dimension. They are summed in blocks that do not
// depend on the number of threads.
type space struct {
	grid    pde.Grid
	weights [3][]float64
	inner   bool // the inner product has the weights, not only the mean
	pieces  int
	blocks  int
	body    func(block, lo, hi int)
	sums    [mostBlocks][2]float64
	work    [mostBlocks]piece // that a block is at

	// The loop that runs: the fields it is about, its numbers, and what it does to a piece.
	fields [4]*pde.Field[float64]
	c      [2]float64
	do     func(s *space, p *piece) (a, b float64)
	most   bool // the first sum is the largest value instead
}

// piece is the values of the fields at work, with the weights along x, if any, and that
// of the row.
type piece struct {
	x     [4][]float64
	wx    []float64
	w     float64
	inner bool
}

const (
	mostBlocks = 64
	pieceSize  = 4096    // of a row in one dimension
	serialSize = 1 << 14 // unknowns that are not worth a second thread
)

func newSpace(grid pde.Grid, weights [3][]float64, inner bool) *space {
	s := &space{grid: grid, weights: weights, inner: inner, pieces: grid.RowCount(), blocks: mostBlocks}
	if grid.Dim() == 1 {
		s.pieces = (grid.Inner(0) + pieceSize - 1) / pieceSize
	}
	if grid.Unknowns() < serialSize {
		s.blocks = 1
	}
	s.body = func(block, lo, hi int) {
		var sum [2]float64
		for i := lo; i < hi; i++ {
			p := &s.work[block]
			*p = s.piece(i)
			a, b := s.do(s, p)
			sum[0], sum[1] = s.join(sum[0], a), sum[1]+b
		}
		s.sums[block] = sum
	}
	return s
}

// join adds up, or takes the larger one, or a NaN.
func (s *space) join(a, b float64) float64 {
	if s.most {
		return max(a, b)
	}
	return a + b
}

func (s *space) piece(i int) (p piece) {
	j, k := 0, 0
	lo, hi := s.grid.Inside(0)
	if s.grid.Dim() == 1 {
		lo += i * pieceSize
		hi = min(hi, lo+pieceSize)
	} else {
		j, k = s.grid.RowAt(i)
	}
	p.w, p.inner = 1, s.inner
	if w := s.weights[1]; len(w) > 0 {
		p.w *= w[j-1]
	}
	if w := s.weights[2]; len(w) > 0 {
		p.w *= w[k-1]
	}
	if w := s.weights[0]; len(w) > 0 {
		p.wx = w[lo-1 : hi-1]
	}
	for n, f := range s.fields {
		if f != nil {
			p.x[n] = f.Row(j, k)[lo:hi]
		}
	}
	return p
}

// dot is the inner product of two rows.
func (p *piece) dot(x, y []float64) float64 {
	switch {
	case !p.inner:
		return floats.Dot(x, y)
	case p.wx == nil:
		return p.w * floats.Dot(x, y)
	}
	sum := 0.0
	for i, w := range p.wx {
		sum += w * x[i] * y[i]
	}
	return p.w * sum
}

// run does a loop over these fields and returns its two sums.
func (s *space) run(do func(s *space, p *piece) (a, b float64), a, b, c, d *pde.Field[float64]) (x, y float64) {
	s.do, s.fields = do, [4]*pde.Field[float64]{a, b, c, d}
	parallel.Blocks(s.pieces, s.blocks, s.body)
	for _, sum := range s.sums[:s.blocks] {
		x, y = s.join(x, sum[0]), y+sum[1]
	}
	return x, y
}

// weighted reports that the inner product has weights.
func (s *space) weighted() bool {
	return s.inner && len(s.weights[0])+len(s.weights[1])+len(s.weights[2]) > 0
}

// dot is ⟨x, y⟩.
func (s *space) dot(x, y *pde.Field[float64]) float64 {
	xy, _ := s.run(func(_ *space, p *piece) (a, b float64) { return p.dot(p.x[0], p.x[1]), 0 }, x, y, nil, nil)
	return xy
}

// dots are ⟨x, y⟩ and ⟨v, w⟩.
func (s *space) dots(x, y, v, w *pde.Field[float64]) (xy, vw float64) {
	return s.run(func(_ *space, p *piece) (a, b float64) {
		return p.dot(p.x[0], p.x[1]), p.dot(p.x[2], p.x[3])
	}, x, y, v, w)
}

// dotAbs is ⟨x, y⟩ and the same of absolute values.
func (s *space) dotAbs(x, y *pde.Field[float64]) (xy, size float64) {
	return s.run(func(_ *space, p *piece) (a, b float64) {
		for i, v := range p.x[0] {
			term := v * p.x[1][i]
			if p.wx != nil {
				term *= p.wx[i]
			}
			a += term
			b += math.Abs(term)
		}
		return p.w * a, p.w * b
	}, x, y, nil, nil)
}

// add is y += c x.
func (s *space) add(y *pde.Field[float64], c float64, x *pde.Field[float64]) {
	s.c[0] = c
	s.run(func(s *space, p *piece) (a, b float64) {
		floats.AddScaled(p.x[0], s.c[0], p.x[1])
		return 0, 0
	}, y, x, nil, nil)
}

// addDot is y += c x, and then ⟨y, v⟩.
func (s *space) addDot(y *pde.Field[float64], c float64, x, v *pde.Field[float64]) float64 {
	s.c[0] = c
	yv, _ := s.run(func(s *space, p *piece) (a, b float64) {
		floats.AddScaled(p.x[0], s.c[0], p.x[1])
		return p.dot(p.x[0], p.x[2]), 0
	}, y, x, v, nil)
	return yv
}

// step is u += c₀ p and r += c₁ q, and then Σ r² and Σ u², without weights.
func (s *space) step(u *pde.Field[float64], c0 float64, p, r *pde.Field[float64], c1 float64, q *pde.Field[float64]) (rr, uu float64) {
	s.c = [2]float64{c0, c1}
	return s.run(func(s *space, p *piece) (a, b float64) {
		floats.AddScaled(p.x[0], s.c[0], p.x[1])
		floats.AddScaled(p.x[2], s.c[1], p.x[3])
		return floats.Dot(p.x[2], p.x[2]), floats.Dot(p.x[0], p.x[0])
	}, u, p, r, q)
}

// update is p = z + c p.
func (s *space) update(d, z *pde.Field[float64], c float64) {
	s.c[0] = c
	s.run(func(s *space, p *piece) (a, b float64) {
		floats.AddScaledTo(p.x[0], p.x[1], s.c[0], p.x[0])
		return 0, 0
	}, d, z, nil, nil)
}

// direct is d = r + beta (d + omega v), the direction of BiCGStab with v = −A M d.
func (s *space) direct(d, r *pde.Field[float64], beta, omega float64, v *pde.Field[float64]) {
	s.c = [2]float64{beta, omega}
	s.run(func(s *space, p *piece) (a, b float64) {
		beta, omega, out := s.c[0], s.c[1], p.x[0]
		r, v := p.x[1][:len(out)], p.x[2][:len(out)]
		for i := range out {
			out[i] = r[i] + beta*(out[i]+omega*v[i])
		}
		return 0, 0
	}, d, r, v, nil)
}

// scaled is y = c x.
func (s *space) scaled(y *pde.Field[float64], c float64, x *pde.Field[float64]) {
	s.c[0] = c
	s.run(func(s *space, p *piece) (a, b float64) {
		floats.ScaleTo(p.x[0], s.c[0], p.x[1])
		return 0, 0
	}, y, x, nil, nil)
}

// largest is max |x|, or a NaN.
func (s *space) largest(x *pde.Field[float64]) float64 {
	s.most = true
	largest, _ := s.run(func(_ *space, p *piece) (a, b float64) {
		for _, v := range p.x[0] {
			a = max(a, math.Abs(v))
		}
		return a, 0
	}, x, nil, nil, nil)
	s.most = false
	return largest
}

// takeMean takes the mean out of x.
func (s *space) takeMean(x *pde.Field[float64]) {
	mean, count := s.run(func(_ *space, p *piece) (sum, count float64) {
		for i, v := range p.x[0] {
			w := p.w
			if p.wx != nil {
				w *= p.wx[i]
			}
			sum += w * v
			count += w
		}
		return sum, count
	}, x, nil, nil, nil)
	s.c[0] = mean / count
	s.run(func(s *space, p *piece) (a, b float64) {
		floats.AddConst(-s.c[0], p.x[0])
		return 0, 0
	}, x, nil, nil, nil)
}

// norm is ‖x‖₂, without weights.
func (s *space) norm(x *pde.Field[float64]) float64 {
	xx, _ := s.run(func(_ *space, p *piece) (a, b float64) { return floats.Dot(p.x[0], p.x[0]), 0 }, x, nil, nil, nil)
	return s.root(xx, x)
}

// root is the root of the sum of squares of x, also where that has left the range of
// float64.
func (s *space) root(sum float64, x *pde.Field[float64]) float64 {
	if sum > 1e-280 && sum < 1e280 || math.IsNaN(sum) {
		return math.Sqrt(sum)
	}
	largest := s.largest(x)
	if largest == 0 || math.IsInf(largest, 0) || math.IsNaN(largest) {
		return largest
	}
	s.c[0] = largest
	sum, _ = s.run(func(s *space, p *piece) (a, b float64) {
		for _, v := range p.x[0] {
			v /= s.c[0]
			a += v * v
		}
		return a, 0
	}, x, nil, nil, nil)
	return largest * math.Sqrt(sum)
}
