package tensor

import "mgtool/internal/parallel"

// Extent copies the pixels that y, of shape to, and x, of shape from, both have; the others of y
// become 0. The shapes differ in H and W alone. It is its own adjoint with the shapes changed
// over.
func Extent(y, x []float32, to, from Shape) {
	checkLen("extent", "y", y, to.Len())
	checkLen("extent", "x", x, from.Len())
	row := min(to.W, from.W) * to.C
	parallel.For(to.N*to.H, grain/(to.W*to.C)+1, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			dst, n, h := y[r*to.W*to.C:(r+1)*to.W*to.C], r/to.H, r%to.H
			if h >= from.H {
				clear(dst)
				continue
			}
			copy(dst[:row], x[(n*from.H+h)*from.W*from.C:])
			clear(dst[row:])
		}
	})
}
