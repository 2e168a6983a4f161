package tensor

// What a convolution reads, and where it puts it first.

import "mgtool/internal/simd"

// Source is feature maps as an operation reads them: X itself, or what it becomes
// on the way, which then is never stored.
type Source struct {
	X []float32
	// Sigma, if not nil, is applied to X.
	Sigma *Sigma
	// Before, if not nil too, makes it the gradient of Sigma: X is ∂L/∂σ, and
	// what is read is ∂L/∂x at x = Before.
	Before []float32
}

// plain reports whether the source is X itself.
func (s Source) plain() bool { return s.Sigma == nil }

// Read sets dst to the values from lo on; both are multiples of the channels.
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

// AddTo adds to dst, rows of channels, the values from lo on.
func (s Source) AddTo(dst []float32, lo int) {
	if k, x := simd.Best(), s.X[lo:lo+len(dst)]; s.plain() {
		k.Add(dst, dst, x)
	} else {
		k.AddAffine(dst, dst, x, &s.Sigma.Map)
	}
}

// AddPiece sets dst to the values of x + y from lo on; one of them may be seen
// through a σ, both if dst is neither. dst may be X of either.
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

// SubPiece sets dst to the values of x − y from lo on, y plain. dst may be X of
// x, and of y if x is plain.
func SubPiece(dst []float32, x, y Source, lo int) {
	k, hi := simd.Best(), lo+len(dst)
	if x.plain() {
		k.Sub(dst, x.X[lo:hi], y.X[lo:hi])
		return
	}
	x.Read(dst, lo)
	k.Sub(dst, dst, y.X[lo:hi])
}

// all returns the values, in a buffer to release where there is a map.
func (s Source) all() ([]float32, *buffer) {
	if s.plain() {
		return s.X, nil
	}
	b := borrow(len(s.X))
	s.Read(b.data, 0)
	return b.data, b
}

// window is a part of some images with what a kernel sees around them: rows
// [top, top+rows) and columns [left, left+columns) of images [n0, n1), which may
// reach over the edges of the image, where there is 0.
type window struct {
	n0, n1                   int
	top, left, rows, columns int
}

// size is the number of floats of a window of images with c channels.
func (w window) size(c int) int { return (w.n1 - w.n0) * w.rows * w.columns * c }

// read copies the window of images of the given shape into buf, image after
// image, row after row.
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

// cut divides images into units of work: several whole images, or bands of the
// rows of one. It depends on shapes only, so that what is summed by units has
// the same bits on any number of threads.
type cut struct {
	n, rows      int // images, and rows of each
	images, band int // of a unit; band < rows only if images is 1
}

// newCut cuts n images of rows of the given weight each, for units of about
// target weight, but for at least some units where there is so much to divide.
func newCut(n, rows, weight, target int) cut {
	const units = 16
	if image := rows * weight; image < target {
		return cut{n, rows, max(1, min(target/image, (n+units-1)/units)), rows}.balanced()
	}
	return cut{n, rows, 1, max(1, target/weight)}.balanced()
}

// balanced makes the units as even as it can, and bands where there are few images.
func (c cut) balanced() cut {
	const units = 16
	if c.images > 1 {
		groups := (c.n + c.images - 1) / c.images
		c.images = (c.n + groups - 1) / groups
		return c
	}
	bands := (c.rows + c.band - 1) / c.band
	bands = min(c.rows, max(bands, units/c.n))
	c.band = (c.rows + bands - 1) / bands
	return c
}

func (c cut) bands() int { return (c.rows + c.band - 1) / c.band }
func (c cut) units() int { return (c.n + c.images - 1) / c.images * c.bands() }

// unit returns its images [n0, n1) and rows [r0, r1).
func (c cut) unit(u int) (n0, n1, r0, r1 int) {
	n0 = u / c.bands() * c.images
	r0 = u % c.bands() * c.band
	return n0, min(n0+c.images, c.n), r0, min(r0+c.band, c.rows)
}

// largest is the size of a unit in rows of images.
func (c cut) largest() int { return c.images * c.band }
