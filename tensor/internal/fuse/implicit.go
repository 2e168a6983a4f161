package fuse

// Convolution as a product of matrices, the first of which is never stored: row q of the
// patch matrix is what the kernel reads at output pixel q, and y is the patch matrix
// times the weights. For each row of the kernel, the patch is a run of consecutive
// numbers in the padded image, as long as the kernel's width times the channels. So the
// tiles of package simd read their rows from a copy of a band of the image, and the patch
// matrix, larger than the image by the size of the kernel, is not needed.
//
// The gradient of the input is a product of the same kind, in phases: see axis.go.

import (
	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// implicit is such a pass over feature maps from → to.
type implicit struct {
	k             *simd.Kernels
	from, to      Shape
	rows, columns axis
	adjoint       bool
	kernelWidth   int
	phases        []phase
	cut           Cut // of the rows of the largest phase
}

// phase is one product, for the pixels of one phase of the rows and one of the columns.
type phase struct {
	rows, columns axisPhase
	depth         int // of the product: taps times channels
	packed        int // position of its weights
}

// newImplicit returns the pass y = conv(x), or dx from dy for the adjoint.
func newImplicit(k *simd.Kernels, c *Conv, adjoint bool) *implicit {
	p := &implicit{k: k, adjoint: adjoint, kernelWidth: c.Size[1]}
	if adjoint {
		p.from, p.to = c.Out, c.In
		p.rows, p.columns = adjointAxis(c.Size[0], c.Stride[0], c.Pad[0], c.In.H), adjointAxis(c.Size[1], c.Stride[1], c.Pad[1], c.In.W)
	} else {
		p.from, p.to = c.In, c.Out
		p.rows, p.columns = forwardAxis(c.Size[0], c.Stride[0], c.Pad[0], c.Out.H), forwardAxis(c.Size[1], c.Stride[1], c.Pad[1], c.Out.W)
	}
	at := 0
	for _, r := range p.rows.phases {
		for _, q := range p.columns.phases {
			f := phase{r, q, len(r.taps) * len(q.taps) * p.from.C, at}
			at += f.depth * panels(k, p.to.C)
			p.phases = append(p.phases, f)
		}
	}
	row := p.rows.stride * p.columns.window(p.columns.size()) * p.from.C
	least := (2*p.rows.reach + p.rows.stride - 1) / p.rows.stride // rows, so that the halo is the smaller part
	p.cut = NewCut(p.to.N, p.rows.size(), row, max(UnitFloats, least*row))
	return p
}

// panels returns the width of all panels into which n columns are packed.
func panels(k *simd.Kernels, n int) int {
	whole := n / k.Columns * k.Columns
	if n == whole {
		return n
	}
	return whole + k.Panel(n-whole)
}

func (p *implicit) packedLen() int {
	last := p.phases[len(p.phases)-1]
	return last.packed + last.depth*panels(p.k, p.to.C)
}

// pack lays out the weights w (height, width, C, O) of the convolution: for each phase
// and panel, the rows in the order in which a patch is read.
func (p *implicit) pack(dst, w []float32) {
	in, out := p.from.C, p.to.C
	for _, f := range p.phases {
		for o := 0; o < out; o += p.k.Columns {
			n := min(p.k.Columns, out-o)
			width := p.k.Panel(n)
			panel := dst[f.packed+o*f.depth:][:f.depth*width]
			if n < width {
				clear(panel)
			}
			for i, s := range f.rows.taps {
				for j, t := range f.columns.taps {
					rows := panel[(i*len(f.columns.taps)+j)*in*width:][:in*width]
					tap := w[(s*p.kernelWidth+t)*in*out:][:in*out]
					for c := range in {
						row := rows[c*width:][:n]
						if !p.adjoint {
							copy(row, tap[c*out+o:])
							continue
						}
						// Here in is the number of the convolution's output channels.
						for l := range row {
							row[l] = tap[(o+l)*in+c]
						}
					}
				}
			}
		}
	}
}

func (p *implicit) units() int { return p.cut.Units() }

// run computes to from the source and packed weights. If after is not nil, run calls it
// with each unit and the part of to that the unit has just written.
func (p *implicit) run(to []float32, from Source, packed []float32, after func(unit, lo, hi int)) {
	in, out, rows, columns := p.from.C, p.to.C, p.rows, p.columns
	width := columns.window(columns.size())
	// A pointwise convolution reads its rows from the source itself.
	direct := from.plain() && rows.reach == 1 && columns.reach == 1 && rows.stride == 1 && columns.stride == 1 &&
		rows.origin == 0 && columns.origin == 0 && width == p.from.W && rows.window(rows.size()) <= p.from.H
	parallel.Each(p.units(), func(_, unit int) {
		n0, n1, i0, i1 := p.cut.Unit(unit)
		win := window{n0, n1, i0*rows.stride + rows.origin, columns.origin, rows.window(i1 - i0), width}
		size := win.size(in)
		if direct {
			size = 0
		}
		buf := Borrow(size)
		defer buf.Release()
		a := buf.Data
		if direct {
			a = from.X[(n0*p.from.H+i0)*width*in:]
		} else {
			win.read(a, from, p.from)
		}
		for _, f := range p.phases {
			list := buf.places(2 * (n1 - n0) * (i1 - i0) * columns.size())[:0]
			for n := n0; n < n1; n++ {
				for i := i0; i < min(i1, f.rows.size); i++ {
					read := (((n-n0)*win.rows+(i-i0)*rows.stride+f.rows.offset)*width + f.columns.offset) * in
					write := ((n*p.to.H+i*rows.spread+f.rows.at)*p.to.W + f.columns.at) * out
					for range f.columns.size {
						list = append(list, place{read, write})
						read += columns.stride * in
						write += columns.spread * out
					}
				}
			}
			p.multiply(&buf.Tile, to, a, packed, f, width*in, list)
		}
		if after != nil {
			row := p.to.W * out
			after(unit, (n0*p.to.H+i0*rows.spread)*row, ((n1-1)*p.to.H+min(i1*rows.spread, p.to.H))*row)
		}
	})
}

// place is where the window of a pixel starts, and where the pixel is written.
type place struct{ read, write int }

// multiply computes the product of one phase for the pixels of a list, whose windows are
// in a, in rows of rowLen floats.
func (p *implicit) multiply(t *simd.Tile, to, a, packed []float32, f phase, rowLen int, list []place) {
	out := p.to.C
	if f.depth == 0 { // no tap reads these pixels
		for _, at := range list {
			clear(to[at.write:][:out])
		}
		return
	}
	run := len(f.columns.taps) * p.from.C
	*t = simd.Tile{A: &a[0], Runs: len(f.rows.taps), Run: run, JumpA: rowLen - run}
	for o := 0; o < out; o += p.k.Columns {
		t.B, t.C = &packed[f.packed+o*f.depth], &to[o]
		for rest := list; len(rest) > 0; rest = rest[t.Rows:] {
			t.Rows = min(p.k.Rows, len(rest))
			for r, at := range rest[:t.Rows] {
				t.OffA[r], t.OffC[r] = at.read, at.write
			}
			p.k.Multiply(t, min(p.k.Columns, out-o))
		}
	}
}
