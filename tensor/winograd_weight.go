package tensor

// The gradient of the weights by Winograd's way: y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A is
// bilinear in g and d, and so
//
//	dg = Gᵀ [ Σ_tiles (A dy Aᵀ) ⊙ (Bᵀ d B) ] G,
//
// where the sum over the tiles is 36 products of matrices. The tiles are summed in
// a few blocks, each by one core from its own cache; where the sum is so large that
// there is one block, the cores share it. In a block a chunk of tiles is
// transformed, then multiplied by planes, and so on: every weight is one sum in
// the order of the tiles, and then of the blocks, by whichever thread.

import (
	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// winogradWeight is the pass that makes dw.
type winogradWeight struct{ forward *winograd }

const (
	// chunkFloats is how many floats of planes a chunk aims at.
	chunkFloats = 1 << 19
	// sumFloats bounds the sums of all blocks.
	sumFloats = 1 << 22
	// blockTiles is how many tiles pay for a block's sums of their own.
	blockTiles = 64
	// rowPad is between the tiles of a plane, which the products read down columns:
	// by a power of two they would meet in a few places of the first-level cache.
	rowPad = 16
)

// run sets dw (3, 3, C, O) from dy and x, both as sources.
func (p winogradWeight) run(dw []float32, dy, x Source) {
	f := p.forward
	in, out := f.from.C, f.to.C
	plane := in*out + planePad
	tiles := f.to.N * f.rows * f.across
	blocks := min(f.units(), weightBlocks, max(1, sumFloats/(planes*plane)), max(2, tiles/blockTiles))
	sums := borrow(blocks * planes * plane)
	defer sums.release()
	parallel.Each(blocks, func(_, block int) {
		// With several blocks the loops below are this core's alone.
		p.add(sums.data[block*planes*plane:][:planes*plane], plane, dy, x, block*f.units()/blocks, (block+1)*f.units()/blocks)
	})
	sum := sums.data[:planes*plane]
	sumParts(sum, sums.data, blocks)
	s := simd.Square{Plane: plane, Row: 3 * in * out, Pixel: in * out}
	parallel.For(in, 1+(1<<10)/out, func(lo, hi int) {
		f.k.WinogradWeightGradient(dw[lo*out:], sum[lo*out:], s, (hi-lo)*out)
	})
}

// add sets sum, 36 planes, to what units [first, last) give.
func (p winogradWeight) add(sum []float32, plane int, dy, x Source, first, last int) {
	f := p.forward
	k, in, out := f.k, f.from.C, f.to.C
	parallel.For(planes, 1, func(lo, hi int) { clear(sum[lo*plane : hi*plane]) })

	// A chunk: no fewer tiles than pay for going over the sum.
	most := f.cut.largest() * f.across
	aim := max(chunkFloats, 2*len(sum)) / (planes * (in + out))
	group := min(last-first, max(1, (aim+most-1)/most))
	pv, pm := in+rowPad, out+rowPad // distances of tiles in a plane
	v, m := group*most*pv+planePad, group*most*pm+planePad
	buf := borrow(planes*(v+m) + simd.Slack)
	defer buf.release()
	vs, ms := buf.data[:planes*v+simd.Slack], buf.data[planes*v:]

	for u := first; u < last; u += group {
		count := min(group, last-u)
		parallel.Each(count, func(_, i int) {
			at := 0
			for b := range i {
				at += f.tiles(u + b)
			}
			f.transform(vs, v, pv, at, x, u+i)
			p.gradient(ms, m, pm, at, dy, u+i)
		})
		tiles := 0
		for i := range count {
			tiles += f.tiles(u + i)
		}
		// A term is a tile, or a pair of them.
		products, depth, every := &k.Products, tiles, 1
		if f.bfloat16 {
			p.round(vs, v, in, pv, tiles)
			p.round(ms, m, out, pm, tiles)
			if k.Bfloat16 != nil {
				products, depth, every = &k.Bfloat16.Products, (tiles+1)/2, 2
			}
		}
		// By planes and strips of rows, several of them where there are few.
		strips := (in + 4*k.Rows - 1) / (4 * k.Rows)
		parallel.Each(planes*strips, func(_, i int) {
			t := borrow(0)
			defer t.release()
			f, c := i/strips, i%strips*4*k.Rows
			rows := min(4*k.Rows, in-c)
			for o := 0; o < out; o += k.Columns {
				products.ProductTrans(&t.tile, sum[f*plane+c*out+o:], vs[f*v+c:], ms[f*m+o:],
					rows, depth, min(k.Columns, out-o), every*pv, every*pm, out)
			}
		})
	}
}

// round rounds the tiles of 36 planes to bfloat16, in place. Where the machine has
// products of pairs, every second tile is one with the next.
func (p winogradWeight) round(ms []float32, plane, channels, pitch, tiles int) {
	pairs := p.forward.k.Bfloat16
	zeros := borrow(channels) // beside the last of an odd number
	defer zeros.release()
	clear(zeros.data)
	parallel.For(planes, 1, func(lo, hi int) {
		for f := lo; f < hi; f++ {
			for t := 0; t < tiles; t++ {
				x, y := ms[f*plane+t*pitch:][:channels], zeros.data
				if pairs == nil {
					simd.RoundBfloat16(x)
					continue
				}
				if t++; t < tiles {
					y = ms[f*plane+t*pitch:]
				}
				pairs.PairRows(x, x, y)
			}
		}
	})
}

// gradient sets 36 planes to the transformed tiles of dy of a unit, the first in
// row first.
func (p winogradWeight) gradient(ms []float32, plane, pitch, first int, dy Source, unit int) {
	f := p.forward
	out := f.to.C
	n0, n1, i0, i1 := f.cut.unit(unit)
	win := window{n0, n1, i0 * tileSize, 0, (i1 - i0) * tileSize, f.across * tileSize}
	buf := borrow(win.size(out))
	defer buf.release()
	win.read(buf.data, dy, f.to)
	s := simd.Square{Plane: plane, Row: win.columns * out, Pixel: out}
	for n := range n1 - n0 {
		for i := range i1 - i0 {
			for j := range f.across {
				f.k.WinogradGradient(ms[first*pitch:], buf.data[((n*win.rows+i*tileSize)*win.columns+j*tileSize)*out:], s, out)
				first++
			}
		}
	}
}
