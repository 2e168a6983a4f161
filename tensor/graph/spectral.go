package graph

// Operations of networks that map fields to fields: Fourier modes, their mixing, the extent of
// feature maps, and relative errors.

import (
	"fmt"

	gt "gorgonia.org/tensor"

	"mgtool/tensor"
)

// FourierModes are the lowest Fourier modes of x (N, H, W, C), modes[0] of each sign along the
// height and modes[1] along the width, as (N, modes[1], 2·modes[0], 2·C); see
// [tensor.Fourier].
func (b *Builder) FourierModes(x *Node, modes [2]int) *Node {
	const kind = "fourier modes"
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps(kind, x)
	if !ok {
		return nil
	}
	f, err := tensor.NewFourier(s, modes)
	if err != nil {
		b.fail(kind, err)
		return nil
	}
	n := b.apply(kind, gt.Shape{s.N, modes[1], 2 * modes[0], 2 * s.C}, []*Node{x},
		plain(func(m []float32, v [][]float32) { f.Forward(m, v[0]) }),
		func(dm *Node, _ int) *Node {
			return withMACs(f.MACs(), b.apply(kind+" dx", dims(s), []*Node{dm},
				plain(func(dx []float32, v [][]float32) { f.ForwardAdjoint(dx, v[0]) }), nil))
		})
	return withMACs(f.MACs(), with(n, Attributes{"modes": modes}))
}

// FromModes is the field (N, height, width, C) with the modes x that [Builder.FourierModes]
// makes, and no others.
func (b *Builder) FromModes(x *Node, height, width int) *Node {
	const kind = "from modes"
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps(kind, x)
	if !ok {
		return nil
	}
	if s.W%2 != 0 || s.C%2 != 0 {
		b.fail(kind, fmt.Errorf("input has shape %v; want modes as FourierModes makes them", x.Shape()))
		return nil
	}
	modes := [2]int{s.W / 2, s.H}
	f, err := tensor.NewFourier(tensor.Shape{N: s.N, H: height, W: width, C: s.C / 2}, modes)
	if err != nil {
		b.fail(kind, err)
		return nil
	}
	n := b.apply(kind, dims(f.Shape), []*Node{x},
		plain(func(y []float32, v [][]float32) { f.Inverse(y, v[0]) }),
		func(dy *Node, _ int) *Node {
			return withMACs(f.MACs(), b.apply(kind+" dx", dims(s), []*Node{dy},
				plain(func(dm []float32, v [][]float32) { f.InverseAdjoint(dm, v[0]) }), nil))
		})
	return withMACs(f.MACs(), with(n, Attributes{"modes": modes}))
}

// ModeMix multiplies the channels of each mode of x, as [Builder.FourierModes] makes them, by a
// complex matrix; positive and negative are leaves (m₁, m₂, 2, out, in) for k₁ ≥ 0 and k₁ < 0. See
// [tensor.ModeMix].
func (b *Builder) ModeMix(x, positive, negative *Node) *Node {
	const kind = "mode mix"
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps(kind, x)
	if !ok {
		return nil
	}
	w := positive.Shape()
	if w.Dims() != 5 || !w.Eq(negative.Shape()) || s.W%2 != 0 || s.H != w[1] || s.W != 2*w[0] || w[2] != 2 || s.C != 2*w[4] {
		b.fail(kind, fmt.Errorf("modes %v, weights %v and %v; want (N, m₂, 2m₁, 2·in) and twice (m₁, m₂, 2, out, in)", x.Shape(), w, negative.Shape()))
		return nil
	}
	m := tensor.ModeMix{N: s.N, Modes: [2]int{w[0], w[1]}, In: w[4], Out: w[3]}
	if err := m.Validate(); err != nil {
		b.fail(kind, err)
		return nil
	}
	// Both gradients of weights come of one pass, so the node of one holds them, one after the
	// other, and each gradient is a half.
	var both *Node
	half := func(dy *Node, input int) *Node {
		if both == nil {
			both = withMACs(m.MACs(), b.apply(kind+" dw", gt.Shape{2 * m.WeightLen()}, []*Node{dy, x},
				plain(func(dw []float32, v [][]float32) {
					m.BackwardWeight(dw[:m.WeightLen()], dw[m.WeightLen():], v[0], v[1])
				}), nil))
		}
		at := (input - 1) * m.WeightLen()
		return b.apply(kind+" dw half", w, []*Node{both},
			plain(func(dw []float32, v [][]float32) { copy(dw, v[0][at:at+len(dw)]) }), nil)
	}
	n := b.apply(kind, gt.Shape{s.N, s.H, s.W, 2 * m.Out}, []*Node{x, positive, negative},
		plain(func(y []float32, v [][]float32) { m.Forward(y, v[0], v[1], v[2]) }),
		func(dy *Node, input int) *Node {
			if input > 0 {
				return half(dy, input)
			}
			return withMACs(m.MACs(), b.apply(kind+" dx", dims(s), []*Node{dy, positive, negative},
				plain(func(dx []float32, v [][]float32) { m.BackwardInput(dx, v[0], v[1], v[2]) }), nil))
		})
	return withMACs(m.MACs(), n)
}

// Extent gives x (N, H, W, C) the extent height×width: rows and columns of zeros are added at
// the lower and the right end, or rows and columns there are dropped.
func (b *Builder) Extent(x *Node, height, width int) *Node {
	const kind = "extent"
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps(kind, x)
	if !ok {
		return nil
	}
	if height < 1 || width < 1 {
		b.fail(kind, fmt.Errorf("%d×%d; want sides of at least 1", height, width))
		return nil
	}
	if height == s.H && width == s.W {
		return x
	}
	to := tensor.Shape{N: s.N, H: height, W: width, C: s.C}
	n := b.apply(kind, dims(to), []*Node{x},
		plain(func(y []float32, v [][]float32) { tensor.Extent(y, v[0], to, s) }),
		func(dy *Node, _ int) *Node {
			return b.apply(kind+" dx", dims(s), []*Node{dy},
				plain(func(dx []float32, v [][]float32) { tensor.Extent(dx, v[0], s, to) }), nil)
		})
	return with(n, Attributes{"height": height, "width": width})
}

// RelativeError is the scalar mean over the fields y (N, H, W, C) of ‖y − t‖ / ‖t‖, in L² for
// order 0 and in H¹ for order 1. targets is the caller's slice, as long as y, read at every Run;
// see [tensor.RelativeError].
func (b *Builder) RelativeError(y *Node, targets []float32, order int) *Node {
	const kind = "relative error"
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps(kind, y)
	if !ok {
		return nil
	}
	if s.Len() != len(targets) {
		b.fail(kind, fmt.Errorf("fields of shape %v for %d targets; want as many", y.Shape(), len(targets)))
		return nil
	}
	e, err := tensor.NewRelativeError(s.N, s.H, s.W, s.C, order)
	if err != nil {
		b.fail(kind, err)
		return nil
	}
	n := b.apply(kind, nil, []*Node{y},
		plain(func(out []float32, v [][]float32) { out[0] = e.Forward(v[0], targets) }),
		func(dl *Node, _ int) *Node {
			return b.apply(kind+" dx", dims(s), []*Node{dl, y},
				plain(func(dy []float32, v [][]float32) { e.Backward(dy, v[1], targets, v[0][0]) }), nil)
		})
	return with(n, Attributes{"order": order})
}
