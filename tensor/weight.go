package tensor

// The gradient of the weights as a product of matrices, dW = Pᵀ·dy, with P in
// the windows of implicit.go: for every row s of the kernel, the K·C numbers that
// it meets at a pixel are consecutive, and so are those at the next pixel after
// stride·C more. Neither side is copied but for its padding.

import (
	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// weightBlocks is in how many parts the pixels are summed, at most: as many for
// any number of threads.
const weightBlocks = 16

// implicitWeight is the pass that makes dw.
type implicitWeight struct{ forward *implicit }

// run sets dw (kernel rows, K, C, O) from dy and x, both as sources.
func (p implicitWeight) run(dw []float32, dy, x Source) {
	f := p.forward
	units := f.units()
	blocks := min(units, weightBlocks)
	parts := borrow(blocks * len(dw))
	defer parts.release()
	parallel.Each(blocks, func(_, block int) {
		part := parts.data[block*len(dw):][:len(dw)]
		clear(part)
		for u := block * units / blocks; u < (block+1)*units/blocks; u++ {
			p.add(part, dy, x, u)
		}
	})
	sumParts(dw, parts.data, blocks)
}

// sumParts sets dst to the sum of consecutive parts as long as dst, in order.
func sumParts(dst, parts []float32, count int) {
	size := len(dst)
	k := simd.Best()
	parallel.For(size, 1<<12, func(lo, hi int) {
		sum := dst[lo:hi]
		copy(sum, parts[lo:hi])
		for b := 1; b < count; b++ {
			k.Add(sum, sum, parts[b*size+lo:b*size+hi])
		}
	})
}

// add adds to dw what unit u of the pixels gives.
func (p implicitWeight) add(dw []float32, dy, x Source, u int) {
	f := p.forward
	k, in, out := f.k, f.from.C, f.to.C
	rows, columns := f.rows, f.columns
	n0, n1, i0, i1 := f.cut.unit(u)
	win := window{n0, n1, i0*rows.stride + rows.origin, columns.origin, rows.window(i1 - i0), columns.window(columns.size())}
	size := win.size(in)
	buf := borrow(size + simd.Slack)
	defer buf.release()
	win.read(buf.data[:size], x, f.from)

	// The rows of dy are consecutive; with a map, they are made in a buffer.
	grad, first := dy.X, (n0*f.to.H+i0)*f.to.W*out
	if !dy.plain() {
		b := borrow((n1 - n0) * (i1 - i0) * f.to.W * out)
		defer b.release()
		dy.Read(b.data, first)
		grad, first = b.data, 0
	}
	run := f.kernelWidth * in
	rowLen, pixels := win.columns*in, columns.size()
	t := &buf.tile
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
					t.A = &buf.data[(n*win.rows+s)*rowLen+m]
					t.B = &grad[first+n*(i1-i0)*f.to.W*out+o]
					k.MultiplyTrans(t, min(k.Columns, out-o))
				}
			}
		}
	}
}
