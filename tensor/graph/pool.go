package graph

// Pooling, whose gradients share a value among the pixels it came from or send it
// to one.

import (
	gt "gorgonia.org/tensor"

	"mgtool/tensor"
)

// GlobalAvgPool is the mean over the pixels: (N, H, W, C) to (N, C).
func (b *Builder) GlobalAvgPool(x *Node) *Node {
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps("pool", x)
	if !ok {
		return nil
	}
	pool := tensor.GlobalAvgPool{In: s}
	return b.apply("pool", gt.Shape{s.N, s.C}, []*Node{x},
		plain(func(y []float32, v [][]float32) { pool.Forward(y, v[0]) }),
		func(dy *Node, _ int) *Node {
			return b.apply("pool dx", dims(s), []*Node{dy},
				plain(func(dx []float32, v [][]float32) { pool.Backward(dx, v[0]) }), nil)
		})
}

// MaxPool is the largest value of each channel over k×k windows; see [tensor.MaxPool].
func (b *Builder) MaxPool(x *Node, k, stride, pad int) *Node {
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps("max pool", x)
	if !ok {
		return nil
	}
	pool, err := tensor.NewMaxPool(s, k, stride, pad)
	if err != nil {
		b.fail("max pool", err)
		return nil
	}
	return b.maxPool(x, pool, dims(pool.Out))
}

// GlobalMaxPool is the largest value of each channel: (N, H, W, C) to (N, C).
func (b *Builder) GlobalMaxPool(x *Node) *Node {
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps("max pool", x)
	if !ok {
		return nil
	}
	pool, err := tensor.NewGlobalMaxPool(s)
	if err != nil {
		b.fail("max pool", err)
		return nil
	}
	return b.maxPool(x, pool, gt.Shape{s.N, s.C})
}

func (b *Builder) maxPool(x *Node, pool *tensor.MaxPool, out gt.Shape) *Node {
	return b.apply("max pool", out, []*Node{x},
		plain(func(y []float32, v [][]float32) { pool.Forward(y, v[0]) }),
		func(dy *Node, _ int) *Node {
			return b.apply("max pool dx", x.Shape(), []*Node{dy, x},
				plain(func(dx []float32, v [][]float32) { pool.Backward(dx, v[0], v[1]) }), nil)
		})
}

// MeanPool is the mean of each channel over k×k windows; see [tensor.MeanPool].
func (b *Builder) MeanPool(x *Node, k int) *Node {
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps("mean pool", x)
	if !ok {
		return nil
	}
	pool, err := tensor.NewMeanPool(s, k)
	if err != nil {
		b.fail("mean pool", err)
		return nil
	}
	return b.apply("mean pool", dims(pool.Out), []*Node{x},
		plain(func(y []float32, v [][]float32) { pool.Forward(y, v[0]) }),
		func(dy *Node, _ int) *Node {
			return b.apply("mean pool dx", dims(s), []*Node{dy},
				plain(func(dx []float32, v [][]float32) { pool.Backward(dx, v[0]) }), nil)
		})
}
