package fuse

// The gradient of the weights as a product of matrices, dW = Pᵀ·dy, with the patch matrix
// P in the windows of implicit.go: the numbers that a row of the kernel reads at a pixel
// are consecutive, and those at the next pixel follow at a distance of stride times the
// channels. Neither factor is copied except for padding.

import (
	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// blockPixels is the least number of pixels in each block of the sum over all pixels,
// unless two blocks remain: a sum of few is fast, but every block reads and writes all
// of dw.
const blockPixels = 256

// implicitWeight is the pass that computes dw.
type implicitWeight struct{ forward *implicit }

// run sets dw (height, width, C, O) from dy and x.
func (p implicitWeight) run(dw []float32, dy, x Source) {
	f := p.forward
	units := f.units()
	blocks := min(units, WeightBlocks, max(2, f.to.pixels()/blockPixels))
	parts := Borrow(blocks * len(dw))
	defer parts.Release()
	parallel.Each(blocks, func(_, block int) {
		part := parts.Data[block*len(dw):][:len(dw)]
		clear(part)
		last := (block + 1) * units / blocks
		for u := block * units / blocks; u < last; {
			n0, n1, i0, i1 := f.cut.Unit(u)
			u++
			// Units of several small images are merged for the same reason.
			for ; u < last && f.cut.images > 1 && (n1-n0)*f.to.H*f.to.W < 2*blockPixels; u++ {
				_, n1, _, _ = f.cut.Unit(u)
			}
			p.add(part, dy, x, n0, n1, i0, i1)
		}
	})
	SumParts(dw, parts.Data, blocks)
}

// add adds to dw the contribution of rows [i0, i1) of images [n0, n1).
func (p implicitWeight) add(dw []float32, dy, x Source, n0, n1, i0, i1 int) {
	f := p.forward
	k, in, out := f.k, f.from.C, f.to.C
	rows, columns := f.rows, f.columns
	win := window{n0, n1, i0*rows.stride + rows.origin, columns.origin, rows.window(i1 - i0), columns.window(columns.size())}
	size := win.size(in)
	buf := Borrow(size + simd.Slack)
	defer buf.Release()
	win.read(buf.Data[:size], x, f.from)

	// The rows of dy are consecutive; unless dy is plain, a buffer holds them.
	grad, first := dy.X, (n0*f.to.H+i0)*f.to.W*out
	if !dy.plain() {
		b := Borrow((n1 - n0) * (i1 - i0) * f.to.W * out)
		defer b.Release()
		dy.Read(b.Data, first)
		grad, first = b.Data, 0
	}
	run := f.kernelWidth * in
	rowLen, pixels := win.columns*in, columns.size()
	t := &buf.Tile
	if n := (i1 - i0) * pixels; n < fewPixels && out >= 2*k.Columns {
		p.addPacked(dw, grad[first:], buf.Data, n0, n1, i0, i1, win, t)
		return
	}
	*t = simd.Tile{
		Runs: i1 - i0, Run: pixels, StrideA: columns.stride * in, StrideB: out, StrideC: out,
		JumpA: rows.stride*rowLen - pixels*columns.stride*in,
	}
	for o := 0; o < out; o += k.Columns {
		for s := range rows.reach {
			for m := 0; m < run; m += k.Rows {
				t.Rows = min(k.Rows, run-m)
				t.C = &dw[(s*run+m)*out+o]
				for n := range n1 - n0 {
					t.A = &buf.Data[(n*win.rows+s)*rowLen+m]
					t.B = &grad[first+n*(i1-i0)*f.to.W*out+o]
					k.MultiplyTrans(t, min(k.Columns, out-o))
				}
			}
		}
	}
}

// fewPixels is the number of pixels of an image below which it gets no product of its
// own: the sums would be loaded and stored for each image, and pixels whose distance is
// a power of two, as with many channels, alias in the cache. Instead the pixels of all
// images of a unit are first packed together, which is two to four times as fast.
const fewPixels = 128

// addPacked is add for a unit with few pixels. It packs dy in panels, and what the kernel
// reads for as many rows of P as a tile has.
func (p implicitWeight) addPacked(dw, dy, x []float32, n0, n1, i0, i1 int, win window, t *simd.Tile) {
	f := p.forward
	k, in, out := f.k, f.from.C, f.to.C
	width, rows := f.to.W, f.rows.stride*win.columns*in
	pixels := (n1 - n0) * (i1 - i0) * width
	b, a := Borrow(pixels*panels(k, out)), Borrow(pixels*k.Rows+simd.Slack)
	defer b.Release()
	defer a.Release()
	for o := 0; o < out; o += k.Columns {
		n := min(k.Columns, out-o)
		panel := b.Data[pixels*o:]
		for q := range pixels {
			copy(panel[q*k.Panel(n):][:n], dy[q*out+o:])
		}
	}
	run := f.kernelWidth * in
	for s := range f.rows.reach {
		for m := 0; m < run; m += k.Rows {
			count := min(k.Rows, run-m)
			at := 0
			for n := range n1 - n0 {
				for i := range i1 - i0 {
					from := (n*win.rows+s)*win.columns*in + i*rows + m
					for range width {
						copy(a.Data[at:][:count], x[from:])
						at += count
						from += f.columns.stride * in
					}
				}
			}
			for o := 0; o < out; o += k.Columns {
				n := min(k.Columns, out-o)
				*t = simd.Tile{
					A: &a.Data[0], B: &b.Data[pixels*o], C: &dw[(s*run+m)*out+o], Rows: count,
					Runs: 1, Run: pixels, StrideA: count, StrideB: k.Panel(n), StrideC: out,
				}
				k.MultiplyTrans(t, n)
			}
		}
	}
}
