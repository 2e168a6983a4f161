package graph

// Operations on windows of time series: the channels of a place are the values of a window.

import (
	"errors"
	"fmt"

	"mgtool/tensor"
)

// Level says how a window is brought to a common level; see [tensor.InstanceNorm].
type Level string

const (
	ByLast Level = "last" // less the last value
	ByMean Level = "mean" // less the mean, over the standard deviation
)

// instanceEps is what RevIN adds to the variance.
const instanceEps = 1e-5

// window checks that x is feature maps that no parameter comes before: operations on
// windows have no gradient by them.
func (b *Builder) window(kind string, x *Node) (rows, size int, ok bool) {
	if b.err != nil {
		return 0, 0, false
	}
	s, ok := b.featureMaps(kind, x)
	if !ok {
		return 0, 0, false
	}
	if b.active[x] {
		b.fail(kind, errors.New("its windows depend on parameters, by which it has no gradient; want an input"))
		return 0, 0, false
	}
	return s.N * s.H * s.W, s.C, true
}

// instance is the norm of windows x by a level.
func (b *Builder) instance(kind string, x *Node, by Level) (tensor.InstanceNorm, bool) {
	rows, size, ok := b.window(kind, x)
	if ok && by != ByLast && by != ByMean {
		b.fail(kind, fmt.Errorf("level %q; want %q or %q", by, ByLast, ByMean))
		return tensor.InstanceNorm{}, false
	}
	return tensor.InstanceNorm{Rows: rows, Size: size, Last: by == ByLast, Eps: instanceEps}, ok
}

// InstanceNorm brings windows x (N, H, W, C), an input, to a common level, each by its own
// C values.
func (b *Builder) InstanceNorm(x *Node, by Level) *Node {
	const kind = "instance norm"
	n, ok := b.instance(kind, x, by)
	if !ok {
		return nil
	}
	return with(b.apply(kind, x.Shape(), []*Node{x},
		plain(func(y []float32, v [][]float32) { n.Forward(y, v[0]) }), nil), Attributes{"by": string(by), "eps": instanceEps})
}

// InstanceRestore brings y (N, H, W, D) to the level of the windows x (N, H, W, C): what
// [Builder.InstanceNorm] does, undone.
func (b *Builder) InstanceRestore(y, x *Node, by Level) *Node {
	const kind = "instance restore"
	n, ok := b.instance(kind, x, by)
	if !ok {
		return nil
	}
	s, ok := b.featureMaps(kind, y)
	if !ok {
		return nil
	}
	if w, _ := b.featureMaps(kind, x); s.N != w.N || s.H != w.H || s.W != w.W {
		b.fail(kind, fmt.Errorf("values of shape %v for windows of shape %v; want as many places", y.Shape(), x.Shape()))
		return nil
	}
	return with(b.apply(kind, y.Shape(), []*Node{y, x},
		plain(func(z []float32, v [][]float32) { n.Undo(z, v[0], v[1]) }),
		func(dz *Node, _ int) *Node {
			return b.apply(kind+" dx", y.Shape(), []*Node{dz, x},
				plain(func(dy []float32, v [][]float32) { n.UndoBackward(dy, v[0], v[1]) }), nil)
		}), Attributes{"by": string(by), "eps": instanceEps})
}

// MovingAverage is the trend of windows x (N, H, W, C), an input: the mean of width
// neighbours, an odd number, along C; see [tensor.MovingAverage].
func (b *Builder) MovingAverage(x *Node, width int) *Node {
	const kind = "moving average"
	rows, size, ok := b.window(kind, x)
	if !ok {
		return nil
	}
	if width < 1 || width%2 == 0 {
		b.fail(kind, fmt.Errorf("width %d; want an odd number, 1 or more", width))
		return nil
	}
	a := tensor.MovingAverage{Rows: rows, Size: size, Width: width}
	return with(b.apply(kind, x.Shape(), []*Node{x},
		plain(func(y []float32, v [][]float32) { a.Forward(y, v[0]) }), nil), Attributes{"width": width})
}
