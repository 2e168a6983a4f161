package fuse

// A convolution and the choice of how its passes are computed.

import (
	"fmt"

	"mgtool/internal/simd"
)

// Conv is the convolution
//
//	y[n,i,j,o] = Σ_{s,t,c} w[s,t,c,o] · x[n, i·Stride[0]+s−Pad[0], j·Stride[1]+t−Pad[1], c]
//
// with weights of shape (Size[0], Size[1], In.C, Out.C). It holds no state.
type Conv struct {
	In, Out Shape
	Window

	forward, input pass
	weight         weightPass
}

// pass computes feature maps from others with weights in a layout of its own.
type pass interface {
	packedLen() int
	pack(dst, w []float32)
	// run writes to in units of work. It calls after with each unit and the part of
	// to it has written, while that part is in the cache.
	run(to []float32, from Source, packed []float32, after func(unit, lo, hi int))
	units() int
}

// weightPass computes the gradient of the weights.
type weightPass interface {
	run(dw []float32, dy, x Source)
}

// maxPad bounds the padding: the images are copied with it.
const maxPad = 1 << 12

// NewConv returns the convolution from in to feature maps of the given number of
// channels, or an error that says which size does not fit.
func NewConv(in Shape, channels int, w Window) (*Conv, error) {
	if err := in.Valid(); err != nil {
		return nil, err
	}
	switch {
	case channels < 1:
		return nil, fmt.Errorf("tensor: conv: %d output channels, want at least 1", channels)
	case min(w.Size[0], w.Size[1]) < 1:
		return nil, fmt.Errorf("tensor: conv: kernel size %s, want at least 1", Axes(w.Size))
	case min(w.Stride[0], w.Stride[1]) < 1:
		return nil, fmt.Errorf("tensor: conv: stride %s, want at least 1", Axes(w.Stride))
	case min(w.Pad[0], w.Pad[1]) < 0 || max(w.Pad[0], w.Pad[1]) > maxPad:
		return nil, fmt.Errorf("tensor: conv: padding %s, want 0 to %d", Axes(w.Pad), maxPad)
	case in.H+2*w.Pad[0] < w.Size[0] || in.W+2*w.Pad[1] < w.Size[1]:
		return nil, fmt.Errorf("tensor: conv: kernel size %s is larger than the %d×%d image with padding %s", Axes(w.Size), in.H, in.W, Axes(w.Pad))
	}
	out := Shape{N: in.N, C: channels}
	out.H, out.W = w.Out(in.H, in.W)
	return (&Conv{In: in, Out: out, Window: w}).plan(), nil
}

// NewTransposed returns the convolution C whose adjoint maps in to feature maps of
// outH×outW with the given number of channels; [Conv.Transposed] has its passes.
func NewTransposed(in Shape, channels int, w Window, outH, outW int) (*Conv, error) {
	if err := in.Valid(); err != nil {
		return nil, err
	}
	if channels < 1 || outH < 1 || outW < 1 {
		return nil, fmt.Errorf("tensor: transposed conv: output %d×%d with %d channels, want at least 1 of each", outH, outW, channels)
	}
	c, err := NewConv(Shape{in.N, outH, outW, channels}, in.C, w)
	if err != nil {
		return nil, fmt.Errorf("tensor: transposed conv to %d×%d: %w", outH, outW, err)
	}
	if c.Out != in {
		// The sizes that fit are Stride consecutive ones, from the first below.
		more := fmt.Sprintf("up to %d more", w.Stride[0]-1)
		if w.Stride[0] != w.Stride[1] {
			more = fmt.Sprintf("up to %d and %d more", w.Stride[0]-1, w.Stride[1]-1)
		}
		return nil, fmt.Errorf("tensor: transposed conv: a conv with %v leads from %d×%d to %d×%d, not to the input's %d×%d; want height %d and width %d, or %s",
			w, outH, outW, c.Out.H, c.Out.W, in.H, in.W,
			(in.H-1)*w.Stride[0]+w.Size[0]-2*w.Pad[0], (in.W-1)*w.Stride[1]+w.Size[1]-2*w.Pad[1], more)
	}
	return c, nil
}

// NewPointwise returns the convolution with a 1×1 kernel, the product of a matrix
// of in.N·in.H·in.W rows with one of in.C by channels.
func NewPointwise(in Shape, channels int) *Conv {
	one := [2]int{1, 1}
	out := in
	out.C = channels
	return (&Conv{In: in, Out: out, Window: Window{Size: one, Stride: one}}).plan()
}

// plan chooses how the three passes are computed: one channel to one as sums of
// rows, 3×3 and 1×3 kernels with stride 1 by Winograd's algorithm where that pays, all
// others as an implicit product of matrices.
func (c *Conv) plan() *Conv { return c.planFor(simd.Best(), worthwhile(c)) }

func (c *Conv) planFor(k *simd.Kernels, fast bool) *Conv {
	switch {
	case c.In.C == 1 && c.Out.C == 1:
		c.forward, c.input, c.weight = directForward{c}, directInput{c}, directWeight{c}
	case fast:
		f := newWinograd(k, c, false)
		c.forward, c.input, c.weight = f, newWinograd(k, c, true), winogradWeight{f}
	default:
		f := newImplicit(k, c, false)
		c.forward, c.input, c.weight = f, newImplicit(k, c, true), implicitWeight{f}
	}
	return c
}

// Bfloat16 returns the convolution with products of numbers rounded to bfloat16
// where it uses Winograd's algorithm with 3×3 kernels, and c itself elsewhere.
func (c *Conv) Bfloat16() *Conv {
	f, ok := c.forward.(*winograd)
	if !ok || f.line {
		return c
	}
	half := *c
	forward, input := *f, *c.input.(*winograd)
	forward.bfloat16, input.bfloat16 = true, true
	half.forward, half.input, half.weight = &forward, &input, winogradWeight{&forward}
	return &half
}

// WeightLen returns the number of weights.
func (c *Conv) WeightLen() int { return c.Size[0] * c.Size[1] * c.In.C * c.Out.C }

// MACs returns the multiply-adds of one pass over the whole batch. Zeros in the
// padding count like pixels, as is the custom.
func (c *Conv) MACs() int64 { return int64(c.Out.pixels()) * int64(c.WeightLen()) }
