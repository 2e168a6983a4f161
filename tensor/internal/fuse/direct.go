package fuse

// Convolution of one channel to one, as in smoothers of a scalar equation. Building a
// patch matrix would cost more than the product with it: 0.6 GFLOP/s per core with 3×3
// kernels on 63×63 images, against 5 to 6 here for stride 1 and about 2 for stride 2.
// Here every row of the result is a weighted sum of rows,
//
//	y[i, ·] = Σ_{s,t} w[s,t] · (the pixels of x that tap (s, t) reads along row i),
//
// all of them contiguous: a row of x is copied with its padding and split into as many
// phases as its stride, each of every stride-th pixel. Tap t then reads phase t mod
// stride from position t/stride on. A row of y or dx is always computed in the same way,
// so it has the same bits on any number of threads.

import "mgtool/internal/parallel"

// The three passes. Weights need no packing.
type (
	directForward struct{ c *Conv }
	directInput   struct{ c *Conv }
	directWeight  struct{ c *Conv }
)

func (p directForward) packedLen() int { return p.c.WeightLen() }
func (p directInput) packedLen() int   { return p.c.WeightLen() }

func (directForward) pack(dst, w []float32) { copy(dst, w) }
func (directInput) pack(dst, w []float32)   { copy(dst, w) }

func (p directForward) units() int { return directBands(p.c.In.N, p.c.Out.H) }
func (p directInput) units() int   { return directBands(p.c.In.N, p.c.In.H) }

func (p directForward) run(y []float32, x Source, w []float32, after func(unit, lo, hi int)) {
	values, b := x.all()
	defer b.Release()
	p.c.directForward(y, values, w)
	eachBand(p.c.Out, after)
}

func (p directInput) run(dx []float32, dy Source, w []float32, after func(unit, lo, hi int)) {
	values, b := dy.all()
	defer b.Release()
	p.c.directBackwardInput(dx, values, w)
	eachBand(p.c.In, after)
}

// eachBand calls after for all bands of rows of images of one channel.
func eachBand(s Shape, after func(unit, lo, hi int)) {
	if after == nil {
		return
	}
	parallel.Each(directBands(s.N, s.H), func(_, unit int) {
		n, lo, hi := directBand(unit, s.H)
		after(unit, (n*s.H+lo)*s.W, (n*s.H+hi)*s.W)
	})
}

func (p directWeight) run(dw []float32, dy, x Source) {
	dyValues, d := dy.all()
	defer d.Release()
	xValues, v := x.all()
	defer v.Release()
	bands := directBands(p.c.In.N, p.c.Out.H)
	blocks := min(bands, WeightBlocks)
	parts := Borrow(blocks * len(dw))
	defer parts.Release()
	parallel.Blocks(bands, blocks, func(block, first, last int) {
		p.c.directBackwardWeight(parts.Data[block*len(dw):][:len(dw)], dyValues, xValues, first, last)
	})
	SumParts(dw, parts.Data, blocks)
}

// reaching returns the output rows [i0, i1) that read any of rows [r0, r1). Output row i
// reads rows i·Stride−Pad to i·Stride−Pad+Size−1: i0 is the first that reaches r0, i1 one
// past the last that starts before r1.
func (c *Conv) reaching(r0, r1 int) (i0, i1 int) {
	return max(0, (r0+c.Pad[0]-c.Size[0]+c.Stride[0])/c.Stride[0]), min(c.Out.H, (r1-1+c.Pad[0])/c.Stride[0]+1)
}

// weighted is a row of numbers and its weight in a sum.
type weighted struct {
	w   float32
	row []float32
}

// reach returns the excess of the length of a phase over Out.W, the pixels one tap reads.
func (c *Conv) reach() int { return (c.Size[1] - 1) / c.Stride[1] }

// phaseLen returns the length of a phase, splitWidth that of all phases of a row.
func (c *Conv) phaseLen() int   { return c.Out.W + c.reach() }
func (c *Conv) splitWidth() int { return c.Stride[1] * c.phaseLen() }

// The work is cut into bands of directRows rows of one image.
const directRows = 16

// directBands returns the number of bands of n images of height h.
func directBands(n, h int) int { return n * ((h + directRows - 1) / directRows) }

// directBand returns band u of images of height h: rows lo to hi−1 of image n.
func directBand(u, h int) (n, lo, hi int) {
	bands := (h + directRows - 1) / directRows
	lo = u % bands * directRows
	return u / bands, lo, min(lo+directRows, h)
}

// eachTap calls body for the output rows of bands [first, last), with the pixels that
// each tap reads along the row, in the order of the weights.
func (c *Conv) eachTap(x, w []float32, first, last int, body func(row int, taps []weighted)) {
	width, phase := c.splitWidth(), c.phaseLen()
	rows, columns := c.Size[0], c.Size[1]
	buf := Borrow(((directRows-1)*c.Stride[0] + rows) * width)
	defer buf.Release()
	taps := make([]weighted, rows*columns)
	for u := first; u < last; u++ {
		n, lo, hi := directBand(u, c.Out.H)
		for r := range (hi-lo-1)*c.Stride[0] + rows {
			c.split(buf.Data[r*width:][:width], x, n, lo*c.Stride[0]-c.Pad[0]+r)
		}
		for i := lo; i < hi; i++ {
			for s := range rows {
				from := buf.Data[((i-lo)*c.Stride[0]+s)*width:][:width]
				for t := range columns {
					taps[s*columns+t] = weighted{w[s*columns+t], from[t%c.Stride[1]*phase+t/c.Stride[1]:][:c.Out.W]}
				}
			}
			body(n*c.Out.H+i, taps)
		}
	}
}

// split sets dst to row r of image n of x, padded and split into phases.
func (c *Conv) split(dst, x []float32, n, r int) {
	clear(dst)
	if r < 0 || r >= c.In.H {
		return
	}
	row, phase := x[(n*c.In.H+r)*c.In.W:][:c.In.W], c.phaseLen()
	if c.Stride[1] == 1 {
		copy(dst[c.Pad[1]:], row)
		return
	}
	for p := range c.Stride[1] {
		l, q := c.phaseStart(p)
		for ; l < phase && q < len(row); l, q = l+1, q+c.Stride[1] {
			dst[p*phase+l] = row[q]
		}
	}
}

// phaseStart returns the first position of phase p right of the padding, and the pixel
// there.
func (c *Conv) phaseStart(p int) (place, pixel int) {
	place = max(0, (c.Pad[1]-p+c.Stride[1]-1)/c.Stride[1])
	return place, place*c.Stride[1] + p - c.Pad[1]
}

// merge is the adjoint of split: it sets a row of dx from the phases in src, and to 0
// where no tap reaches.
func (c *Conv) merge(row, src []float32) {
	clear(row)
	phase := c.phaseLen()
	if c.Stride[1] == 1 {
		copy(row, src[c.Pad[1]:])
		return
	}
	for p := range c.Stride[1] {
		l, q := c.phaseStart(p)
		for ; l < phase && q < len(row); l, q = l+1, q+c.Stride[1] {
			row[q] = src[p*phase+l]
		}
	}
}

// directForward sets every row of y to its weighted sum.
func (c *Conv) directForward(y, x, w []float32) {
	parallel.For(directBands(c.In.N, c.Out.H), 1, func(first, last int) {
		c.eachTap(x, w, first, last, func(row int, taps []weighted) {
			sum(y[row*c.Out.W:][:c.Out.W], taps)
		})
	})
}

// directBackwardInput sets rows of dx to sums of rows of dy: row r of dx, padded and
// split, is the sum over the rows i with i·Stride + s = r + Pad, and its phase p that
// over the taps t = p + e·Stride, each shifted by e.
func (c *Conv) directBackwardInput(dx, dy, w []float32) {
	reach, phase := c.reach(), c.phaseLen()
	width := c.Out.W + 2*reach // of a row of dy with zeros on both sides
	rows, columns, down, right := c.Size[0], c.Size[1], c.Stride[0], c.Stride[1]
	parallel.For(directBands(c.In.N, c.In.H), 1, func(first, last int) {
		buf, line := Borrow((directRows+rows)*width), Borrow(c.splitWidth())
		defer buf.Release()
		defer line.Release()
		taps := make([]weighted, 0, rows*columns)
		for u := first; u < last; u++ {
			n, lo, hi := directBand(u, c.In.H)
			i0, i1 := c.reaching(lo, hi)
			for i := i0; i < i1; i++ {
				dst := buf.Data[(i-i0)*width:][:width]
				clear(dst)
				copy(dst[reach:], dy[(n*c.Out.H+i)*c.Out.W:][:c.Out.W])
			}
			for r := lo; r < hi; r++ {
				for p := range right {
					taps = taps[:0]
					for s := (r + c.Pad[0]) % down; s < rows; s += down {
						i := (r + c.Pad[0] - s) / down
						if r+c.Pad[0] < s || i >= c.Out.H {
							continue
						}
						for t, e := p, 0; t < columns; t, e = t+right, e+1 {
							taps = append(taps, weighted{w[s*columns+t], buf.Data[(i-i0)*width+reach-e:][:phase]})
						}
					}
					sum(line.Data[p*phase:][:phase], taps)
				}
				c.merge(dx[(n*c.In.H+r)*c.In.W:][:c.In.W], line.Data)
			}
		}
	})
}

// directBackwardWeight sets part to the contribution of bands [first, last) to the
// gradient of the weights: the dot products of each row of dy with the pixels that the
// taps read there.
func (c *Conv) directBackwardWeight(part, dy, x []float32, first, last int) {
	clear(part)
	// The weights are not used here; part, of the same length, takes their place.
	c.eachTap(x, part, first, last, func(row int, taps []weighted) {
		addDots(part, dy[row*c.Out.W:][:c.Out.W], taps)
	})
}

// sum sets dst to the weighted sum of rows, three of them at a time.
func sum(dst []float32, rows []weighted) {
	clear(dst)
	for ; len(rows) >= 3; rows = rows[3:] {
		u, v, w := rows[0].w, rows[1].w, rows[2].w
		a, b, c := rows[0].row[:len(dst)], rows[1].row[:len(dst)], rows[2].row[:len(dst)]
		for j, y := range dst {
			dst[j] = y + u*a[j] + v*b[j] + w*c[j]
		}
	}
	for _, r := range rows {
		a := r.row[:len(dst)]
		for j := range dst {
			dst[j] += r.w * a[j]
		}
	}
}

// addDots adds to dst the product of d with every row, three of them at a time.
func addDots(dst, d []float32, rows []weighted) {
	for ; len(rows) >= 3; rows, dst = rows[3:], dst[3:] {
		a, b, c := rows[0].row[:len(d)], rows[1].row[:len(d)], rows[2].row[:len(d)]
		var u, v, w float32
		for j, y := range d {
			u += a[j] * y
			v += b[j] * y
			w += c[j] * y
		}
		dst[0] += u
		dst[1] += v
		dst[2] += w
	}
	for i, r := range rows {
		a := r.row[:len(d)]
		var u float32
		for j, y := range d {
			u += a[j] * y
		}
		dst[i] += u
	}
}
