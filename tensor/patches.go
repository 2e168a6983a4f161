package tensor

// Patch matrices. Row q of the patch matrix P of a convolution holds what the
// kernel sees at output pixel q = (n, i, j), in the order of the weights:
//
//	P[q, (s, t, c)] = x[n, i·Stride+s−Pad, j·Stride+t−Pad, c],   0 off the image.
//
// Then y = P·W, dW = Pᵀ·dy, and dx adds every value of dP = dy·Wᵀ to the place
// it was copied from. P is K² times as large as x, so only as many rows as fit
// in the cache exist at a time. With the channels last, a row is K runs of K·C
// neighbours in x.

// pointwise reports whether the patch matrix is x itself.
func (c *Conv) pointwise() bool { return c.K == 1 && c.Stride == 1 }

// depth is the length of a row of the patch matrix, K·K·Cin.
func (c *Conv) depth() int { return c.K * c.K * c.In.C }

// tile is the number of rows of the patch matrix that are worked on at a time:
// 256 kB, half or less of a second-level cache, but at least 64 rows, over which
// the cost of reading the weights is spread, and at most a sixteenth of all, so
// that there is work for every core.
func (c *Conv) tile() int {
	const floats, least, most, parts = 1 << 16, 64, 1024, 16
	rows := min(max(floats/c.depth(), least), most)
	return min(rows, max((c.Out.pixels()+parts-1)/parts, parts))
}

// patch is where the kernel lies at one output pixel: on image n, from row top
// and column left, which are negative on the padding. Columns first to last−1 of
// the kernel are on the image. There is at least one, because Pad < K.
type patch struct{ n, top, left, first, last int }

func (c *Conv) patch(q int) patch {
	j := q % c.Out.W
	q /= c.Out.W
	left := j*c.Stride - c.Pad
	return patch{
		n:     q / c.Out.H,
		top:   q%c.Out.H*c.Stride - c.Pad,
		left:  left,
		first: max(0, -left),
		last:  min(c.K, c.In.W-left),
	}
}

// gather returns rows lo to hi−1 of the patch matrix of x, in buf unless they
// can be had without a copy.
func (c *Conv) gather(buf, x []float32, lo, hi int) []float32 {
	if c.pointwise() {
		return x[lo*c.In.C : hi*c.In.C]
	}
	const short = 16 // floats that a loop copies faster than copy does
	run, ch := c.K*c.In.C, c.In.C
	rest := buf
	for q := lo; q < hi; q++ {
		p := c.patch(q)
		for s := range c.K {
			dst := rest[:run]
			rest = rest[run:]
			r := p.top + s
			if r < 0 || r >= c.In.H {
				clear(dst)
				continue
			}
			from := ((p.n*c.In.H+r)*c.In.W + p.left + p.first) * ch
			if run > short {
				clear(dst[:p.first*ch])
				copy(dst[p.first*ch:p.last*ch], x[from:])
				clear(dst[p.last*ch:])
				continue
			}
			if p.last-p.first < c.K {
				clear(dst)
				dst = dst[p.first*ch : p.last*ch]
			}
			for i, v := range x[from:][:len(dst)] {
				dst[i] = v
			}
		}
	}
	return buf[:(hi-lo)*c.depth()]
}

// scatter adds rows lo to hi−1 of the gradient of the patch matrix to dx, but
// only to image rows row0 to row1−1.
func (c *Conv) scatter(dx, dp []float32, lo, hi, row0, row1 int) {
	run, ch := c.K*c.In.C, c.In.C
	for q := lo; q < hi; q++ {
		p := c.patch(q)
		for s := range c.K {
			src := dp[:run]
			dp = dp[run:]
			r := p.top + s
			if r < row0 || r >= row1 {
				continue
			}
			src = src[p.first*ch : p.last*ch]
			to := ((p.n*c.In.H+r)*c.In.W + p.left + p.first) * ch
			dst := dx[to : to+len(src)]
			for i, v := range src {
				dst[i] += v
			}
		}
	}
}
