package fuse

// What a convolution reads, and the windows into which it copies that.

import "mgtool/internal/simd"

// Source is feature maps as an operation reads them: X itself, or a function of X
// that is computed while reading and never stored.
type Source struct {
	X []float32
	// Sigma is applied to X unless it is nil.
	Sigma *Sigma
	// Before, if Sigma and it are not nil, selects the gradient of Sigma: X is ∂L/∂σ,
	// and ∂L/∂x at x = Before is read.
	Before []float32
}

// plain reports whether the source is X itself.
func (s Source) plain() bool { return s.Sigma == nil }

// Read sets dst to the values from lo on. lo and len(dst) are multiples of the
// number of channels.
func (s Source) Read(dst []float32, lo int) {
	switch hi := lo + len(dst); {
	case s.Sigma == nil:
		copy(dst, s.X[lo:hi])
	case s.Before == nil:
		simd.Best().Affine(dst, s.X[lo:hi], &s.Sigma.Map)
	default:
		s.Sigma.Back(dst, nil, s.X[lo:hi], s.Before[lo:hi])
	}
}

// AddTo adds the values from lo on to dst, rows of channels. Before must be nil.
func (s Source) AddTo(dst []float32, lo int) {
	if k, x := simd.Best(), s.X[lo:lo+len(dst)]; s.plain() {
		k.Add(dst, dst, x)
	} else {
		k.AddAffine(dst, dst, x, &s.Sigma.Map)
	}
}

// AddPiece sets dst to the values of x + y from lo on. Either may be seen through a
// σ, but both only if dst is neither's X; otherwise dst may be X of either.
func AddPiece(dst []float32, x, y Source, lo int) {
	k, hi := simd.Best(), lo+len(dst)
	if y.plain() {
		x, y = y, x
	}
	if !x.plain() {
		x.Read(dst, lo)
		y.AddTo(dst, lo)
	} else if y.plain() {
		k.Add(dst, x.X[lo:hi], y.X[lo:hi])
	} else {
		k.AddAffine(dst, x.X[lo:hi], y.X[lo:hi], &y.Sigma.Map)
	}
}

// SubPiece sets dst to the values of x − y from lo on, where y is plain. dst may be X
// of x, and of y if x is plain.
func SubPiece(dst []float32, x, y Source, lo int) {
	k, hi := simd.Best(), lo+len(dst)
	if x.plain() {
		k.Sub(dst, x.X[lo:hi], y.X[lo:hi])
		return
	}
	x.Read(dst, lo)
	k.Sub(dst, dst, y.X[lo:hi])
}

// all returns all values, in a buffer to release unless the source is plain.
func (s Source) all() ([]float32, *Buffer) {
	if s.plain() {
		return s.X, nil
	}
	b := Borrow(len(s.X))
	s.Read(b.Data, 0)
	return b.Data, b
}

// window is the part of some images that a kernel reads: rows [top, top+rows) and
// columns [left, left+columns) of images [n0, n1). It may extend beyond the image,
// where values are 0.
type window struct {
	n0, n1                   int
	top, left, rows, columns int
}

// size returns the number of floats of the window in images with c channels.
func (w window) size(c int) int { return (w.n1 - w.n0) * w.rows * w.columns * c }

// read copies the window of images of the given shape into buf, image by image and row by
// row.
func (w window) read(buf []float32, s Source, shape Shape) {
	c := shape.C
	first, last := min(max(0, -w.left), w.columns), max(0, min(w.columns, shape.W-w.left))
	last = max(first, last)
	for n := w.n0; n < w.n1; n++ {
		for r := w.top; r < w.top+w.rows; r++ {
			row := buf[:w.columns*c]
			buf = buf[len(row):]
			if r < 0 || r >= shape.H {
				clear(row)
				continue
			}
			clear(row[:first*c])
			if last > first {
				s.Read(row[first*c:last*c], ((n*shape.H+r)*shape.W+w.left+first)*c)
			}
			clear(row[last*c:])
		}
	}
}
