package fuse

// A block of DenseNet in one piece of memory. Its layers make a few channels each of all
// that are there,
//
//	z_l = W1_l σ1_l([x, y_0, …, y_{l−1}]),   y_l = W2_l * σ2_l(z_l),   result [x, y_0, …, y_{L−1}],
//
// with 1×1 kernels W1 to width channels, 3×3 kernels W2 to growth channels, and a batch
// norm and an activation in each σ. The result has room for all channels from the start:
// a layer writes its own behind those that it has read, and nothing is concatenated.
//
// The mean and variance of a channel are the same for every layer that reads it, so they
// are summed once, when it is written. That makes the way back one pass a layer too. The
// gradient by channel c is
//
//	D_c = Σ_l p_lc g_lc + (Σ_l q_lc) (x_c − mean_c) + Σ_l r_lc,   g_l = σ' W1_lᵀ ∂L/∂z_l,
//
// over the layers l that read c, where p = γ/√(var + ε) is known beforehand, and q and r
// are made of sums over the batch: the first sum is taken as the layers pass, and the
// rest, numbers, added when D_c is complete. So g_l is never stored.

import (
	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// DenseBlock computes such a block. It remembers its last Forward for Backward, so that
// one goroutine at a time may use it.
type DenseBlock struct {
	In                    Shape
	Growth, Width, Layers int

	conv         *Conv // by W2, the same for all layers
	first, last  []*Sigma
	mean, square []float64 // of each channel of the result
	q, r         []float32 // sums over the readers of a channel so far
	zeros        []float32
}

// DenseLayer holds the values of a layer that reads c channels.
type DenseLayer struct {
	Gamma1, Beta1, W1 []float32 // (c), (c), (c, width)
	Gamma2, Beta2, W2 []float32 // (width), (width), (3, 3, width, growth)
	// Running are the running statistics of both norms; those of gradients have none.
	Running1, Running2 Running
}

// NewDenseBlock returns the block on feature maps in with an activation of package tensor
// that has no parameter.
func NewDenseBlock(in Shape, growth, width, layers int, activation string, half bool) (*DenseBlock, error) {
	mid := in
	mid.C = width
	conv, err := NewConv(mid, growth, Window{[2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}})
	if err != nil {
		return nil, err
	}
	if half {
		conv = conv.Bfloat16()
	}
	b := &DenseBlock{In: in, Growth: growth, Width: width, Layers: layers, conv: conv}
	for l := range layers {
		b.first = append(b.first, NewSigma(b.channels(l), true, activation))
		b.last = append(b.last, NewSigma(width, true, activation))
	}
	all := b.channels(layers)
	b.mean, b.square = make([]float64, all), make([]float64, all)
	b.q, b.r, b.zeros = make([]float32, all), make([]float32, all), make([]float32, all)
	return b, nil
}

// channels returns the number of channels that a layer reads, or of the result.
func (b *DenseBlock) channels(layer int) int { return b.In.C + layer*b.Growth }

// Out returns the shape of the result.
func (b *DenseBlock) Out() Shape {
	out := b.In
	out.C = b.channels(b.Layers)
	return out
}

// MidLen returns the number of values of all z_l, which Forward leaves for Backward.
func (b *DenseBlock) MidLen() int { return b.Layers * b.In.pixels() * b.Width }

// MACs returns the multiply-adds of Forward.
func (b *DenseBlock) MACs() (sum int64) {
	for l := range b.Layers {
		sum += int64(b.In.pixels())*int64(b.channels(l))*int64(b.Width) + b.conv.MACs()
	}
	return sum
}

// tileValues is the target number of values of a tile of the result: with what is computed
// of it, half a second-level cache of a megabyte.
const tileValues = 1 << 15

// tileRows returns the number of pixels of a tile, for all layers of a block.
func (b *DenseBlock) tileRows() int { return min(2048, max(64, tileValues/b.channels(b.Layers))) }

// tiles returns the number of tiles.
func (b *DenseBlock) tiles() int { return (b.In.pixels() + b.tileRows() - 1) / b.tileRows() }

// eachTile calls body with the pixels [lo, hi) of each tile. The tiles come in a fixed
// number of blocks, each on one core in order.
func (b *DenseBlock) eachTile(body func(block, tile, lo, hi int)) {
	rows, tiles := b.tileRows(), b.tiles()
	blocks := min(tiles, WeightBlocks)
	parallel.Each(blocks, func(_, block int) {
		for tile := block * tiles / blocks; tile < (block+1)*tiles/blocks; tile++ {
			body(block, tile, tile*rows, min((tile+1)*rows, b.In.pixels()))
		}
	})
}

// gather copies count channels, from first on, of the pixels [lo, hi) of rows of so many
// channels.
func gather(dst, src []float32, channels, first, count, lo, hi int) {
	at := lo*channels + first
	for range hi - lo {
		copy(dst[:count], src[at:])
		dst, at = dst[count:], at+channels
	}
}

// know takes the moments of the channels from first on.
func (b *DenseBlock) know(first int, m *Moments) {
	m.total()
	copy(b.mean[first:], m.mean)
	copy(b.square[first:], m.square)
}

// Forward sets y, of shape Out, from x. In training it takes the statistics of the batch,
// and moves the running ones. It leaves what Backward needs in mids, MidLen values; fewer,
// those of a single layer, will do without Backward.
func (b *DenseBlock) Forward(y, mids, x []float32, layers []DenseLayer, train bool) {
	in, all, pixels := b.In.C, b.channels(b.Layers), b.In.pixels()
	moments := NewMomentsOf(in, b.tiles())
	b.eachTile(func(_, tile, lo, hi int) {
		for p := lo; p < hi; p++ {
			copy(y[p*all:][:in], x[p*in:])
		}
		if train {
			moments.Add(tile, x[lo*in:hi*in])
		}
	})
	if train {
		b.know(0, moments)
	}
	pass := b.conv.Passes().Forward
	packed, own := Borrow(pass.PackedLen()), Borrow(pixels*b.Growth)
	defer packed.Release()
	defer own.Release()
	for l, v := range layers {
		mid := mids[:pixels*b.Width]
		if len(mids) > len(mid) {
			mid = mids[l*len(mid):][:len(mid)]
		}
		b.widen(l, y, mid, v, train)

		// Its own channels, behind those it has read.
		c := b.channels(l)
		pass.Pack(packed.Data, v.W2, 1)
		grown := NewMomentsOf(b.Growth, pass.Units())
		pass.Run(own.Data, Source{X: mid, Sigma: b.last[l]}, packed.Data, func(unit, lo, hi int) {
			part := own.Data[lo:hi]
			for at := lo/b.Growth*all + c; len(part) > 0; part, at = part[b.Growth:], at+all {
				copy(y[at:at+b.Growth], part)
			}
			if train {
				grown.Add(unit, own.Data[lo:hi])
			}
		})
		if train {
			b.know(c, grown)
		}
	}
}

// widen sets z of a layer, and prepares its σ.
func (b *DenseBlock) widen(l int, y, mid []float32, v DenseLayer, train bool) {
	k, c, width, all := simd.Best(), b.channels(l), b.Width, b.channels(b.Layers)
	s1, s2 := b.first[l], b.last[l]
	if train {
		s1.trainOn(b.In.pixels(), b.mean[:c], b.square[:c], v.Running1, v.Gamma1, v.Beta1, nil)
	} else {
		s1.Evaluate(v.Running1, v.Gamma1, v.Beta1, nil)
	}
	packed := Borrow(c * panels(k, width))
	defer packed.Release()
	packRows(k, packed.Data, v.W1, c, width)
	moments := NewMomentsOf(width, b.tiles())
	b.eachTile(func(_, tile, lo, hi int) {
		buf := Borrow((hi - lo) * c)
		defer buf.Release()
		gather(buf.Data, y, all, 0, c, lo, hi)
		s1.Apply(buf.Data)
		z := mid[lo*width : hi*width]
		for o := 0; o < width; o += k.Columns {
			k.Product(&buf.Tile, z[o:], buf.Data, packed.Data[o*c:], hi-lo, c, min(k.Columns, width-o), c, width)
		}
		if train {
			moments.Add(tile, z)
		}
	})
	if train {
		s2.Train(moments, v.Running2, v.Gamma2, v.Beta2, nil)
	} else {
		s2.Evaluate(v.Running2, v.Gamma2, v.Beta2, nil)
	}
}

// packRows lays out w (depth, n) in panels of columns.
func packRows(k *simd.Kernels, dst, w []float32, depth, n int) {
	for o := 0; o < n; o += k.Columns {
		count := min(k.Columns, n-o)
		width := k.Panel(count)
		panel := dst[o*depth:][:depth*width]
		if count < width {
			clear(panel)
		}
		for i := range depth {
			copy(panel[i*width:][:count], w[i*n+o:])
		}
	}
}

// packColumns lays out the transpose of w (n, depth) in panels of columns.
func packColumns(k *simd.Kernels, dst, w []float32, depth, n int) {
	for o := 0; o < n; o += k.Columns {
		count := min(k.Columns, n-o)
		width := k.Panel(count)
		panel := dst[o*depth:][:depth*width]
		if count < width {
			clear(panel)
		}
		for j := range count {
			for i, v := range w[(o+j)*depth:][:depth] {
				panel[i*width+j] = v
			}
		}
	}
}

// Backward sets the gradients of all layers, and replaces d, ∂L/∂y of shape Out, by what
// [DenseBlock.Complete] takes. y, mids and layers are those of the last Forward.
func (b *DenseBlock) Backward(d, y, mids []float32, layers, gradients []DenseLayer) {
	pixels := b.In.pixels()
	clear(b.q)
	clear(b.r)
	own, wide := Borrow(pixels*b.Growth), Borrow(pixels*b.Width)
	defer own.Release()
	defer wide.Release()
	passes := b.conv.Passes()
	packed := Borrow(passes.Input.PackedLen())
	defer packed.Release()
	for l := b.Layers - 1; l >= 0; l-- {
		v, g, s2 := layers[l], gradients[l], b.last[l]
		mid := mids[l*pixels*b.Width:][:pixels*b.Width]
		b.complete(own.Data, d, y, b.channels(l), b.Growth)

		passes.Input.Pack(packed.Data, v.W2, 1)
		sums := s2.NewGradientOf(passes.Input.Units(), false, s2.Map.Act.Gated())
		passes.Input.Run(wide.Data, Source{X: own.Data}, packed.Data, func(unit, lo, hi int) {
			sums.Add(unit, wide.Data[lo:hi], mid[lo:hi])
		})
		sums.Finish(g.Gamma2, g.Beta2, nil, v.Gamma2)
		passes.Weight.Run(g.W2, Source{X: own.Data}, Source{X: mid, Sigma: s2})
		b.narrow(l, d, y, Source{X: wide.Data, Sigma: s2, Before: mid}, v, g)
	}
}

// narrow goes back through W1 and σ1 of a layer, from dz = ∂L/∂z: it adds p·g to d.
func (b *DenseBlock) narrow(l int, d, y []float32, dz Source, v, g DenseLayer) {
	k, c, width, all := simd.Best(), b.channels(l), b.Width, b.channels(b.Layers)
	s1 := b.first[l]
	for i, gamma := range v.Gamma1 {
		s1.p[i], s1.q[i], s1.r[i] = float32(float64(gamma)*s1.invStd[i]), 0, 0
	}
	sums := s1.NewGradientOf(b.tiles(), false, s1.Map.Act.Gated())
	packed := Borrow(width * panels(k, c))
	defer packed.Release()
	packColumns(k, packed.Data, v.W1, width, c)
	blocks := min(b.tiles(), WeightBlocks)
	parts := Borrow(blocks * c * width)
	defer parts.Release()
	clear(parts.Data)
	b.eachTile(func(block, tile, lo, hi int) {
		rows := hi - lo
		buf := Borrow(rows*(2*c+width) + simd.Slack)
		defer buf.Release()
		back, rest := buf.Data[:rows*c], buf.Data[rows*c:]
		wide, x := rest[:rows*width], rest[rows*width:] // Slack floats follow x
		dz.Read(wide, lo*width)
		for o := 0; o < c; o += k.Columns {
			k.Product(&buf.Tile, back[o:], wide, packed.Data[o*width:], rows, width, min(k.Columns, c-o), width, c)
		}
		gather(x, y, all, 0, c, lo, hi)
		sums.Add(tile, back, x[:rows*c])
		s1.Back(back, nil, back, x[:rows*c])
		for p := range rows {
			to := d[(lo+p)*all:][:c]
			k.Add(to, to, back[p*c:])
		}
		s1.Apply(x[:rows*c])
		part := parts.Data[block*c*width:][:c*width]
		for o := 0; o < width; o += k.Columns {
			k.ProductTrans(&buf.Tile, part[o:], x, wide[o:], c, rows, min(k.Columns, width-o), c, width, width)
		}
	})
	SumParts(g.W1, parts.Data, blocks)
	sums.Finish(g.Gamma1, g.Beta1, nil, v.Gamma1)
	for i := range c {
		b.q[i] += s1.q[i]
		b.r[i] += s1.r[i]
	}
}

// Complete sets dx from the d that Backward left.
func (b *DenseBlock) Complete(dx, d, y []float32) { b.complete(dx, d, y, 0, b.In.C) }

// complete sets dst to ∂L by count channels of the result, from first on, whose readers are
// all done.
func (b *DenseBlock) complete(dst, d, y []float32, first, count int) {
	k, all := simd.Best(), b.channels(b.Layers)
	x0 := Borrow(count)
	defer x0.Release()
	for i := range x0.Data {
		x0.Data[i] = float32(b.mean[first+i])
	}
	same := simd.Affine{X0: x0.Data, A: b.zeros[:count], C: b.zeros[:count], Act: simd.Identity}
	ones := Borrow(count)
	defer ones.Release()
	for i := range ones.Data {
		ones.Data[i] = 1
	}
	b.eachTile(func(_, _, lo, hi int) {
		x := Borrow((hi - lo) * count)
		defer x.Release()
		gather(x.Data, y, all, first, count, lo, hi)
		to := dst[lo*count : hi*count]
		gather(to, d, all, first, count, lo, hi)
		k.GradApply(to, nil, to, x.Data, &same, ones.Data, b.q[first:], b.r[first:])
	})
}
