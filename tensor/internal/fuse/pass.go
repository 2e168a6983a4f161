package fuse

// The three passes of a convolution, with weights that are packed once and used for
// several runs.

import (
	"fmt"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// Passes are y from x, dx from dy, and dw from dy and x.
type Passes struct {
	Forward, Input Pass
	Weight         WeightPass
}

// Passes returns the passes of the convolution.
func (c *Conv) Passes() Passes {
	return Passes{
		Pass{c.In, c.Out, c, false, c.forward},
		Pass{c.Out, c.In, c, true, c.input},
		WeightPass{c.weight, false},
	}
}

// Transposed returns the passes of the adjoint, from Out to In.
func (c *Conv) Transposed() Passes {
	p := c.Passes()
	return Passes{p.Input, p.Forward, WeightPass{c.weight, true}}
}

// Pass is a linear map of feature maps: a convolution or its adjoint.
type Pass struct {
	From, To Shape
	conv     *Conv
	adjoint  bool
	pass     pass
}

// Layout names the layout of packed weights: passes with the same layout can share
// them.
func (p Pass) Layout() string {
	w, ok := p.pass.(*winograd)
	direction := "y"
	if p.adjoint {
		direction = "dx"
	}
	return fmt.Sprintf("%s by %T %d→%d, %v, bfloat16 %t", direction, p.pass, p.conv.In.C, p.conv.Out.C, p.conv.Window, ok && w.bfloat16)
}

// PackedLen returns the length of packed weights.
func (p Pass) PackedLen() int { return p.pass.packedLen() }

// Pack lays out the weights w, or −w if sign is negative, for Run.
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

// Units returns the number of parts in which Run makes its result.
func (p Pass) Units() int { return p.pass.units() }

// Run computes to, of shape To. If after is not nil, the thread that has just
// written a part [lo, hi), whole rows of pixels, calls it; calls overlap.
func (p Pass) Run(to []float32, from Source, packed []float32, after func(unit, lo, hi int)) {
	p.pass.run(to, from, packed, after)
}

// Apply packs the weights w and runs the pass once.
func (p Pass) Apply(to, from, w []float32) {
	packed := Borrow(p.PackedLen())
	defer packed.Release()
	p.Pack(packed.Data, w, 1)
	p.Run(to, Source{X: from}, packed.Data, nil)
}

// WeightPass computes the gradient of the weights.
type WeightPass struct {
	pass      weightPass
	exchanged bool // of the adjoint, whose output is the convolution's input
}

// Run sets dw from dy and x.
func (p WeightPass) Run(dw []float32, dy, x Source) {
	if p.exchanged {
		dy, x = x, dy
	}
	p.pass.run(dw, dy, x)
}

// Apply is Run for plain slices.
func (p WeightPass) Apply(dw, dy, x []float32) { p.Run(dw, Source{X: dy}, Source{X: x}) }

// Negate changes the sign of every value of x.
func Negate(x []float32) {
	const grain = 1 << 14 // fewer values are not worth another thread
	parallel.For(len(x), grain, func(lo, hi int) {
		for i, v := range x[lo:hi] {
			x[lo+i] = -v
		}
	})
}
