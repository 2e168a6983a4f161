package tensor

// Convolutions in the steps that fuse with neighbours: weights packed once for
// several runs, sources seen through a map, results worked on while in a cache.

import (
	"fmt"

	"mgtool/internal/simd"
)

// Pass is a convolution or its adjoint as feature maps from feature maps: the
// Forward and the BackwardInput of [Conv] and [ConvTranspose]. It holds no state.
type Pass struct {
	From, To Shape
	// Layout names what the packed weights look like: passes of one Layout can
	// share them.
	Layout string
	pass   pass
}

// PackedLen is the length of packed weights.
func (p Pass) PackedLen() int { return p.pass.packedLen() }

// Pack lays out weights for Run; with a negative sign, −w.
func (p Pass) Pack(dst, w []float32, sign int) {
	p.pass.pack(dst, w)
	f, ok := p.pass.(*winograd)
	switch {
	case sign >= 0:
	case ok && f.pairs():
		simd.NegatePairs(dst)
	default:
		Negate(dst)
	}
}

// Units is the number of parts that Run makes its result in.
func (p Pass) Units() int { return p.pass.units() }

// Run computes to (shape To). after, if not nil, is called with each part [lo, hi)
// of it, whole rows of pixels, by the thread that has just written it; several
// at a time.
func (p Pass) Run(to []float32, from Source, packed []float32, after func(unit, lo, hi int)) {
	p.pass.run(to, from, packed, after)
}

// WeightPass is the gradient of the weights.
type WeightPass struct {
	run func(dw []float32, dy, x Source)
}

// Run sets dw from dy and x.
func (p WeightPass) Run(dw []float32, dy, x Source) { p.run(dw, dy, x) }

// Passes returns the three passes of the convolution: y from x, dx from dy, and
// dw from dy and x.
func (c *Conv) Passes() (forward, input Pass, weight WeightPass) {
	layout := func(p pass) string {
		w, ok := p.(*winograd)
		return fmt.Sprintf("%T %d→%d kernel %d, stride %d, padding %d, line %t, bfloat16 %t", p, c.In.C, c.Out.C, c.K, c.Stride, c.Pad, c.line, ok && w.bfloat16)
	}
	forward = Pass{c.In, c.Out, "y by " + layout(c.forward), c.forward}
	input = Pass{c.Out, c.In, "dx by " + layout(c.input), c.input}
	return forward, input, WeightPass{run: c.weight.run}
}

// Passes returns the three passes of the transposed convolution.
func (c *ConvTranspose) Passes() (forward, input Pass, weight WeightPass) {
	input, forward, _ = c.conv.Passes()
	return forward, input, WeightPass{run: func(dw []float32, dy, x Source) { c.conv.weight.run(dw, x, dy) }}
}
