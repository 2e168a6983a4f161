package fuse

// 3×3 convolution with stride 1 by Winograd's F(4×4, 3×3) (package simd): tiles of 6×6
// pixels become 36 planes of vectors, and the convolution 36 products of matrices, with a
// quarter of the multiplications. A 1×3 convolution, as of sequences, goes by F(4, 3): tiles
// of 1×6 pixels, 6 planes, half of the multiplications. A unit of tiles goes from its window through its planes
// and their products to the result without leaving the cache.
//
// The price is rounding: with these interpolation points the root mean square of the
// error is about twice that of the plain sum, see TestWinogradError; winograd_error_test.go
// derives a bound for a single value.
//
// With bfloat16, the factors of the products, the transformed pixels and weights, are
// rounded to it. A machine with bfloat16 products multiplies pairs of terms of a sum;
// others multiply the same numbers in float32.

import (
	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

const (
	tileSize = 4  // pixels of a tile's result along each axis
	planes   = 36 // of transformed tiles
	lines    = 6  // of transformed tiles one row high
	// planePad keeps the distance of planes from being a power of two: then all 36
	// vectors of a tile would alias in the first-level cache.
	planePad = 16
)

// winograd is such a pass over feature maps from → to.
type winograd struct {
	k            *simd.Kernels
	from, to     Shape
	top, left    int // in from, of the window of the first tile
	adjoint      bool
	bfloat16     bool
	line         bool // 1×3 kernels
	rows, across int  // tiles of an image
	cut          Cut  // of the rows of tiles
}

// worthwhile reports whether Winograd's algorithm is faster. Its products run at four
// fifths of the plain ones' speed, tiles that extend beyond the image included, and its
// transforms take about 220 operations per tile and channel.
func worthwhile(c *Conv) bool {
	if c.Stride != [2]int{1, 1} {
		return false
	}
	if c.Size == [2]int{1, 3} {
		return worthwhileLine(c)
	}
	if c.Size != [2]int{3, 3} {
		return false
	}
	tiles := (c.Out.H + tileSize - 1) / tileSize * ((c.Out.W + tileSize - 1) / tileSize)
	cost := tiles * (planes*c.In.C*c.Out.C + 220*(c.In.C+c.Out.C))
	return min(c.In.C, c.Out.C) >= 8 && cost < 8*c.In.C*c.Out.C*c.Out.H*c.Out.W
}

// worthwhileLine is worthwhile for 1×3 kernels, whose transforms take about 30 operations.
func worthwhileLine(c *Conv) bool {
	tiles := (c.Out.W + tileSize - 1) / tileSize
	cost := tiles * (lines*c.In.C*c.Out.C + 30*(c.In.C+c.Out.C))
	return min(c.In.C, c.Out.C) >= 16 && 5*cost < 4*3*c.In.C*c.Out.C*c.Out.W
}

// tileFloats is the target number of floats in the planes of a unit of work.
const tileFloats = 160 << 10

func newWinograd(k *simd.Kernels, c *Conv, adjoint bool) *winograd {
	p := &winograd{k: k, from: c.In, to: c.Out, top: -c.Pad[0], left: -c.Pad[1], adjoint: adjoint, line: c.Size[0] == 1}
	if adjoint {
		p.from, p.to, p.top, p.left = c.Out, c.In, c.Pad[0]-p.halo(), c.Pad[1]-2
	}
	p.rows, p.across = (p.to.H+p.tileRows()-1)/p.tileRows(), (p.to.W+tileSize-1)/tileSize
	weight := p.across * p.planes() * (p.from.C + p.to.C)
	p.cut = NewCut(p.to.N, p.rows, weight, max(tileFloats, 4*k.Rows*p.planes()*(p.from.C+p.to.C)))
	return p
}

// planes returns the number of planes of transformed tiles.
func (p *winograd) planes() int {
	if p.line {
		return lines
	}
	return planes
}

// tileRows returns the rows of a tile's result, halo by how many more it reads.
func (p *winograd) tileRows() int {
	if p.line {
		return 1
	}
	return tileSize
}

func (p *winograd) halo() int {
	if p.line {
		return 0
	}
	return 2
}

// transformKernel transforms one tile.
type transformKernel = func(dst, src []float32, s simd.WinogradLayout, channels int)

// of returns the transform of squares or of lines.
func (p *winograd) of(square, line transformKernel) transformKernel {
	if p.line {
		return line
	}
	return square
}

// pairs reports whether products multiply pairs of bfloat16, of two channels each.
func (p *winograd) pairs() bool { return p.bfloat16 && p.k.Bfloat16 != nil && p.from.C%2 == 0 }

// products returns the kernels that multiply planes.
func (p *winograd) products() *simd.Products {
	if p.pairs() {
		return &p.k.Bfloat16.Products
	}
	return &p.k.Products
}

// depth returns the number of terms of a product, where a pair is one.
func (p *winograd) depth() int {
	if p.pairs() {
		return p.from.C / 2
	}
	return p.from.C
}

// stride returns the distance between planes of packed weights.
func (p *winograd) stride() int { return p.depth()*panels(p.k, p.to.C) + planePad }

func (p *winograd) packedLen() int { return p.planes() * p.stride() }

// pack transforms the weights w (3, 3, C, O) or (1, 3, C, O) of the convolution into
// matrices, one a plane, each in panels.
func (p *winograd) pack(dst, w []float32) {
	in, out := p.from.C, p.to.C
	if p.adjoint {
		turned := Borrow(len(w))
		defer turned.Release()
		turn(turned.Data, w, out, in)
		w = turned.Data
	}
	if out%p.k.Columns != 0 {
		clear(dst)
	}
	if p.pairs() {
		p.packPairs(dst, w)
		return
	}
	parallel.For(in, 1+(1<<10)/out, func(lo, hi int) {
		for c := lo; c < hi; c++ {
			for o := 0; o < out; o += p.k.Columns {
				n := min(p.k.Columns, out-o)
				p.transformWeights(dst[o*in+c*p.k.Panel(n):], p.stride(), w, c, o)
			}
		}
	})
	if p.bfloat16 {
		parallel.For(len(dst), 1<<14, func(lo, hi int) { simd.RoundBfloat16(dst[lo:hi]) })
	}
}

// transformWeights sets the planes, plane floats apart, to the weights from input c to a
// panel of outputs from o on.
func (p *winograd) transformWeights(dst []float32, plane int, w []float32, c, o int) {
	in, out := p.from.C, p.to.C
	s := simd.WinogradLayout{Plane: plane, Row: 3 * in * out, Pixel: in * out}
	p.of(p.k.WinogradWeights, p.k.WinogradLineWeights)(dst, w[c*out+o:], s, min(p.k.Columns, out-o))
}

// packPairs is pack with inputs in pairs.
func (p *winograd) packPairs(dst, w []float32) {
	out, size := p.to.C, planes*p.k.Columns
	parallel.For(p.depth(), 1+(1<<9)/out, func(lo, hi int) {
		buf := Borrow(2 * size)
		defer buf.Release()
		x, y := buf.Data[:size], buf.Data[size:]
		for i := lo; i < hi; i++ {
			for o := 0; o < out; o += p.k.Columns {
				n := min(p.k.Columns, out-o)
				p.transformWeights(x, p.k.Columns, w, 2*i, o)
				p.transformWeights(y, p.k.Columns, w, 2*i+1, o)
				panel := dst[o*p.depth()+i*p.k.Panel(n):]
				for f := range planes {
					at := f * p.k.Columns
					p.k.Bfloat16.PairRows(panel[f*p.stride():][:n], x[at:], y[at:])
				}
			}
		}
	})
}

// turn sets dst (3, 3, O, C) to the weights of the adjoint of w (3, 3, C, O): rotated by
// 180°, inputs and outputs exchanged. It does so with (1, 3, C, O) too.
func turn(dst, w []float32, in, out int) {
	taps := len(w) / (in * out)
	parallel.For(taps, 1+(1<<12)/(in*out), func(lo, hi int) {
		for tap := lo; tap < hi; tap++ {
			d, v := dst[tap*in*out:][:in*out], w[(taps-1-tap)*in*out:][:in*out]
			for c := range in {
				for o, x := range v[c*out:][:out] {
					d[o*in+c] = x
				}
			}
		}
	})
}

func (p *winograd) units() int { return p.cut.Units() }

// tiles returns the number of tiles of a unit.
func (p *winograd) tiles(unit int) int {
	n0, n1, i0, i1 := p.cut.Unit(unit)
	return (n1 - n0) * (i1 - i0) * p.across
}

// run computes to from the source and packed weights. If after is not nil, run calls it
// with each unit and the part of to that the unit has just written.
func (p *winograd) run(to []float32, from Source, packed []float32, after func(unit, lo, hi int)) {
	in, out, depth, products := p.from.C, p.to.C, p.depth(), p.products()
	most := p.cut.largest() * p.across
	parallel.Each(p.units(), func(_, unit int) {
		tiles := p.tiles(unit)
		v, m := most*in+planePad, most*out+planePad // distances of planes
		buf := Borrow(p.planes() * (v + m))
		defer buf.Release()
		vs, ms := buf.Data[:p.planes()*v], buf.Data[p.planes()*v:]
		p.transform(vs, v, from, unit)
		for f := range p.planes() {
			plane := vs[f*v:][:tiles*in]
			switch {
			case p.pairs():
				p.k.Bfloat16.PairNeighbours(plane[:tiles*depth], plane)
			case p.bfloat16:
				simd.RoundBfloat16(plane)
			}
			for o := 0; o < out; o += p.k.Columns {
				products.Product(&buf.Tile, ms[f*m+o:], plane, packed[f*p.stride()+o*depth:],
					tiles, depth, min(p.k.Columns, out-o), depth, out)
			}
		}
		lo, hi := p.result(to, ms, m, unit)
		if after != nil {
			after(unit, lo, hi)
		}
	})
}

// window returns the pixels that the tiles of a unit read.
func (p *winograd) window(unit int) window {
	n0, n1, i0, i1 := p.cut.Unit(unit)
	return window{n0, n1, i0*p.tileRows() + p.top, p.left, (i1-i0)*p.tileRows() + p.halo(), p.across*tileSize + 2}
}

// transform sets the planes, plane floats apart, to the transformed tiles of a unit.
func (p *winograd) transform(vs []float32, plane int, from Source, unit int) {
	in, win := p.from.C, p.window(unit)
	buf := Borrow(win.size(in))
	defer buf.Release()
	win.read(buf.Data, from, p.from)
	s := simd.WinogradLayout{Plane: plane, Row: win.columns * in, Pixel: in}
	input := p.of(p.k.WinogradInput, p.k.WinogradLineInput)
	win.tiles(p.tileRows(), p.across, in, func(at int) {
		input(vs, buf.Data[at:], s, in)
		vs = vs[in:]
	})
}

// tiles calls visit with the position in the window at which each of its tiles begins, each
// with so many rows of results, with across tiles per row and channels floats per pixel.
func (w window) tiles(rows, across, channels int, visit func(at int)) {
	for n := range w.n1 - w.n0 {
		for i := range w.rows / rows {
			for j := range across {
				visit(((n*w.rows+i*rows)*w.columns + j*tileSize) * channels)
			}
		}
	}
}

// result writes the tiles of a unit from their planes, and returns the part of to that
// it wrote. Tiles that extend beyond the image are computed aside and cut.
func (p *winograd) result(to, ms []float32, plane, unit int) (lo, hi int) {
	out := p.to.C
	n0, n1, i0, i1 := p.cut.Unit(unit)
	tall := p.tileRows()
	output := p.of(p.k.WinogradOutput, p.k.WinogradLineOutput)
	edge := Borrow(tall * tileSize * out)
	defer edge.Release()
	row := p.to.W * out
	tile := 0
	for n := n0; n < n1; n++ {
		for i := i0; i < i1; i++ {
			for j := range p.across {
				at := (n*p.to.H+i*tall)*row + j*tileSize*out
				h, w := min(tall, p.to.H-i*tall), min(tileSize, p.to.W-j*tileSize)
				if h == tall && w == tileSize {
					output(to[at:], ms[tile*out:], simd.WinogradLayout{Plane: plane, Row: row, Pixel: out}, out)
				} else {
					output(edge.Data, ms[tile*out:], simd.WinogradLayout{Plane: plane, Row: tileSize * out, Pixel: out}, out)
					for r := range h {
						copy(to[at+r*row:][:w*out], edge.Data[r*tileSize*out:])
					}
				}
				tile++
			}
		}
	}
	return (n0*p.to.H + i0*tall) * row, ((n1-1)*p.to.H + min(i1*tall, p.to.H)) * row
}
