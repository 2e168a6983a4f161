package fuse

// The gradient of the weights by Winograd's algorithm: y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A is
// bilinear in g and d, and so
//
//	dg = Gᵀ [ Σ_tiles (A dy Aᵀ) ⊙ (Bᵀ d B) ] G,
//
// where the sum over the tiles is 36 products of matrices, 6 for kernels 1×3. The tiles are summed in a few
// blocks, each by one core from its own cache; if the sums are so large that there is
// only one block, the cores share it. A block transforms a chunk of tiles, multiplies it
// plane by plane, and continues with the next chunk. Every weight is a sum in the order
// of the tiles and then of the blocks, whatever the threads.

import (
	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// winogradWeight is the pass that computes dw.
type winogradWeight struct{ forward *winograd }

const (
	// chunkFloats is the target number of floats in the planes of a chunk.
	chunkFloats = 1 << 19
	// sumFloats bounds the memory for the sums of all blocks.
	sumFloats = 1 << 22
	// blockTiles is the number of tiles that justifies the sums of another block.
	blockTiles = 64
	// rowPad separates the tiles of a plane, which the products read column by column: at
	// a distance that is a power of two they would alias in the first-level cache.
	rowPad = 16
)

// run sets dw (3, 3, C, O) or (1, 3, C, O) from dy and x.
func (p winogradWeight) run(dw []float32, dy, x Source) {
	f := p.forward
	in, out := f.from.C, f.to.C
	plane, planes := in*out+planePad, f.planes()
	tiles := f.to.N * f.rows * f.across
	blocks := min(f.units(), WeightBlocks, max(1, sumFloats/(planes*plane)), max(2, tiles/blockTiles))
	sums := Borrow(blocks * planes * plane)
	defer sums.Release()
	parallel.Each(blocks, func(_, block int) {
		// With several blocks, the loops in add run on this core alone.
		p.add(sums.Data[block*planes*plane:][:planes*plane], plane, dy, x, block*f.units()/blocks, (block+1)*f.units()/blocks)
	})
	sum := sums.Data[:planes*plane]
	SumParts(sum, sums.Data, blocks)
	s := simd.WinogradLayout{Plane: plane, Row: 3 * in * out, Pixel: in * out}
	back := f.of(f.k.WinogradWeightGradient, f.k.WinogradLineWeightGradient)
	parallel.For(in, 1+(1<<10)/out, func(lo, hi int) {
		back(dw[lo*out:], sum[lo*out:], s, (hi-lo)*out)
	})
}

// add sets sum, the planes, to the contribution of units [first, last).
func (p winogradWeight) add(sum []float32, plane int, dy, x Source, first, last int) {
	f := p.forward
	k, in, out, planes := f.k, f.from.C, f.to.C, f.planes()
	parallel.For(planes, 1, func(lo, hi int) { clear(sum[lo*plane : hi*plane]) })

	// A chunk has enough tiles to justify traversing the sum.
	most := f.cut.largest() * f.across
	aim := max(chunkFloats, 2*len(sum)) / (planes * (in + out))
	group := min(last-first, max(1, (aim+most-1)/most))
	pv, pm := in+rowPad, out+rowPad // distances between terms in a plane
	terms := group * p.terms(most)
	v, m := terms*pv+planePad, terms*pm+planePad
	buf := Borrow(planes*(v+m) + simd.Slack)
	defer buf.Release()
	vs, ms := buf.Data[:planes*v+simd.Slack], buf.Data[planes*v:]
	products := &k.Products
	if p.pairs() {
		products = &k.Bfloat16.Products
	}

	for u := first; u < last; u += group {
		count := min(group, last-u)
		parallel.Each(count, func(_, i int) {
			at := 0
			for b := range i {
				at += p.terms(f.tiles(u + b))
			}
			win := f.window(u + i)
			p.transform(vs, v, pv, at, x, f.from, win, f.of(k.WinogradInput, k.WinogradLineInput), k.Bfloat16.WinogradInput)
			win.top, win.left, win.rows, win.columns = win.top-f.top, 0, win.rows-f.halo(), win.columns-2
			p.transform(ms, m, pm, at, dy, f.to, win, f.of(k.WinogradGradient, k.WinogradLineGradient), k.Bfloat16.WinogradGradient)
		})
		depth := 0
		for i := range count {
			depth += p.terms(f.tiles(u + i))
		}
		if f.bfloat16 && !p.pairs() {
			parallel.Each(planes, func(_, f int) {
				simd.RoundBfloat16(vs[f*v:][:depth*pv])
				simd.RoundBfloat16(ms[f*m:][:depth*pm])
			})
		}
		// In parallel over planes and strips of four tiles of rows.
		strips := (in + 4*k.Rows - 1) / (4 * k.Rows)
		parallel.Each(planes*strips, func(_, i int) {
			t := Borrow(0)
			defer t.Release()
			f, c := i/strips, i%strips*4*k.Rows
			rows := min(4*k.Rows, in-c)
			for o := 0; o < out; o += k.Columns {
				products.ProductTrans(&t.Tile, sum[f*plane+c*out+o:], vs[f*v+c:], ms[f*m+o:],
					rows, depth, min(k.Columns, out-o), pv, pm, out)
			}
		})
	}
}

// pairs reports whether terms are pairs of bfloat16.
func (p winogradWeight) pairs() bool { return p.forward.bfloat16 && p.forward.k.Bfloat16 != nil }

// terms returns the number of terms that some tiles of a unit contribute: with pairs, two
// successive tiles are one term.
func (p winogradWeight) terms(tiles int) int {
	if p.pairs() {
		return (tiles + 1) / 2
	}
	return tiles
}

// transform sets the planes, plane floats apart with rows pitch floats apart, to the
// transformed tiles of a window of feature maps of the given shape, singly or in pairs,
// from row first on.
func (p winogradWeight) transform(to []float32, plane, pitch, first int, from Source, shape Shape, win window,
	one transformKernel, two func(to, tile, next []float32, s simd.WinogradLayout, channels int)) {
	c := shape.C
	row := win.columns * c
	buf := Borrow(win.size(c) + 6*row)
	defer buf.Release()
	maps, zeros := buf.Data[:win.size(c)], buf.Data[win.size(c):]
	win.read(maps, from, shape)
	s := simd.WinogradLayout{Plane: plane, Row: row, Pixel: c}
	var tile []float32 // the first of a pair
	win.tiles(p.forward.tileRows(), p.forward.across, c, func(at int) {
		switch {
		case !p.pairs():
			one(to[first*pitch:], maps[at:], s, c)
			first++
		case tile == nil:
			tile = maps[at:]
		default:
			two(to[first*pitch:], tile, maps[at:], s, c)
			first++
			tile = nil
		}
	})
	if tile != nil {
		clear(zeros)
		two(to[first*pitch:], tile, zeros, s, c)
	}
}
