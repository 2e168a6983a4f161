package graph

// Pooling, whose gradients distribute a value over its window or send it to one pixel.

import (
	gt "gorgonia.org/tensor"

	"mgtool/tensor"
)

// GlobalAvgPool is the mean of each channel: (N, H, W, C) to (N, C).
func (b *Builder) GlobalAvgPool(x *Node) *Node {
	if b.err != nil {
		return nil
	}
	const kind = "pool"
	s, ok := b.featureMaps(kind, x)
	if !ok {
		return nil
	}
	pool := tensor.GlobalAvgPool{In: s}
	return b.apply(kind, gt.Shape{s.N, s.C}, []*Node{x},
		plain(func(y []float32, v [][]float32) { pool.Forward(y, v[0]) }),
		func(dy *Node, _ int) *Node {
			return b.apply(kind+" dx", dims(s), []*Node{dy},
				plain(func(dx []float32, v [][]float32) { pool.Backward(dx, v[0]) }), nil)
		})
}

// MaxPool is the maximum of each channel over k×k windows, with the same stride and
// padding along both axes; see [tensor.MaxPool].
func (b *Builder) MaxPool(x *Node, k, stride, pad int) *Node {
	return b.MaxPoolWindow(x, tensor.SquareWindow(k, stride, pad))
}

// MaxPoolWindow is the maximum of each channel over the given windows.
func (b *Builder) MaxPoolWindow(x *Node, w tensor.Window) *Node {
	const kind = "max pool"
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps(kind, x)
	if !ok {
		return nil
	}
	pool, err := tensor.NewMaxPoolWindow(s, w)
	if err != nil {
		b.fail(kind, err)
		return nil
	}
	return with(b.maxPool(kind, x, pool, dims(pool.Out)), Attributes{"size": w.Size, "stride": w.Stride, "pad": w.Pad})
}

// GlobalMaxPool is the maximum of each channel: (N, H, W, C) to (N, C).
func (b *Builder) GlobalMaxPool(x *Node) *Node {
	const kind = "max pool"
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps(kind, x)
	if !ok {
		return nil
	}
	pool, err := tensor.NewGlobalMaxPool(s)
	if err != nil {
		b.fail(kind, err)
		return nil
	}
	return with(b.maxPool(kind, x, pool, gt.Shape{s.N, s.C}), Attributes{"size": pool.Size, "stride": pool.Stride, "pad": pool.Pad})
}

func (b *Builder) maxPool(kind string, x *Node, pool *tensor.MaxPool, out gt.Shape) *Node {
	return b.apply(kind, out, []*Node{x},
		plain(func(y []float32, v [][]float32) { pool.Forward(y, v[0]) }),
		func(dy *Node, _ int) *Node {
			return b.apply(kind+" dx", x.Shape(), []*Node{dy, x},
				plain(func(dx []float32, v [][]float32) { pool.Backward(dx, v[0], v[1]) }), nil)
		})
}

// MeanPool is the mean of each channel over disjoint k×k windows; see [tensor.MeanPool].
func (b *Builder) MeanPool(x *Node, k int) *Node { return b.MeanPoolWindow(x, [2]int{k, k}) }

// MeanPoolWindow is the mean of each channel over disjoint windows of a height and a
// width.
func (b *Builder) MeanPoolWindow(x *Node, size [2]int) *Node {
	const kind = "mean pool"
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps(kind, x)
	if !ok {
		return nil
	}
	pool, err := tensor.NewMeanPoolWindow(s, size)
	if err != nil {
		b.fail(kind, err)
		return nil
	}
	n := b.apply(kind, dims(pool.Out), []*Node{x},
		plain(func(y []float32, v [][]float32) { pool.Forward(y, v[0]) }),
		func(dy *Node, _ int) *Node {
			return b.apply(kind+" dx", dims(s), []*Node{dy},
				plain(func(dx []float32, v [][]float32) { pool.Backward(dx, v[0]) }), nil)
		})
	return with(n, Attributes{"size": size, "stride": size, "pad": [2]int{}})
}
