package graph

// Operations that move values, or scale them, without mixing them.

import (
	"fmt"

	gt "gorgonia.org/tensor"

	"mgtool/tensor"
)

// Flatten makes one row of each image: (N, H, W, C) to (N, H·W·C).
func (b *Builder) Flatten(x *Node) *Node {
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps("flatten", x)
	if !ok {
		return nil
	}
	move := plain(func(y []float32, v [][]float32) { copy(y, v[0]) })
	return b.apply("flatten", gt.Shape{s.N, s.H * s.W * s.C}, []*Node{x}, move, func(dy *Node, _ int) *Node {
		return b.apply("flatten dx", dims(s), []*Node{dy}, move, nil)
	})
}

// Scale is x times a number.
func (b *Builder) Scale(x *Node, factor float32) *Node {
	if b.err != nil {
		return nil
	}
	scale := plain(func(y []float32, v [][]float32) {
		copy(y, v[0])
		tensor.Scale(y, factor)
	})
	n := b.apply("scale", x.Shape(), []*Node{x}, scale, func(dy *Node, _ int) *Node {
		return b.apply("scale dx", x.Shape(), []*Node{dy}, scale, nil)
	})
	return with(n, Attributes{"factor": float64(factor)})
}

// Channels are the channels first, first+1, …, first+count−1 of x (N, H, W, C).
func (b *Builder) Channels(x *Node, first, count int) *Node {
	if b.err != nil {
		return nil
	}
	s, ok := b.featureMaps("channels", x)
	if !ok {
		return nil
	}
	if first < 0 || count < 1 || first+count > s.C {
		b.fail("channels", fmt.Errorf("%d from %d on of %d; want channels that exist", count, first, s.C))
		return nil
	}
	n := b.apply("channels", gt.Shape{s.N, s.H, s.W, count}, []*Node{x},
		plain(func(y []float32, v [][]float32) { tensor.CopyChannels(y, count, 0, v[0], s.C, first, count) }),
		func(dy *Node, _ int) *Node {
			return b.apply("channels dx", dims(s), []*Node{dy}, plain(func(dx []float32, v [][]float32) {
				clear(dx)
				tensor.CopyChannels(dx, s.C, first, v[0], count, 0, count)
			}), nil)
		})
	return with(n, Attributes{"first": first, "count": count})
}

// Join concatenates feature maps along the channels.
func (b *Builder) Join(parts ...*Node) *Node {
	if b.err != nil {
		return nil
	}
	var all tensor.Shape
	var firsts, counts []int
	for i, x := range parts {
		s, ok := b.featureMaps("join", x)
		if !ok {
			return nil
		}
		firsts, counts = append(firsts, all.C), append(counts, s.C)
		s.C += all.C
		if i > 0 && (s.N != all.N || s.H != all.H || s.W != all.W) {
			b.fail("join", fmt.Errorf("feature maps %v and %v differ in their pixels", parts[0].Shape(), x.Shape()))
			return nil
		}
		all = s
	}
	if len(parts) == 0 {
		b.fail("join", fmt.Errorf("no feature maps; want one or more"))
		return nil
	}
	return b.apply("join", dims(all), parts,
		plain(func(y []float32, v [][]float32) {
			for i, part := range v {
				tensor.CopyChannels(y, all.C, firsts[i], part, counts[i], 0, counts[i])
			}
		}),
		func(dy *Node, i int) *Node { return b.Channels(dy, firsts[i], counts[i]) })
}
