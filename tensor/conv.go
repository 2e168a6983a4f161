package tensor

// Convolution: the smoother and the operator of MgNet (stride 1), its
// restriction (stride 2), and the only operation whose cost matters.

import (
	"fmt"

	"mgtool/internal/simd"
)

// Conv is a 2-D convolution with a K×K kernel, without bias,
//
//	y[n,i,j,o] = Σ_{s,t,c} w[s,t,c,o] · x[n, i·Stride+s−Pad, j·Stride+t−Pad, c]
//
// where x is zero off the image. The weights have shape (K, K, In.C, Out.C). As
// in every deep learning library the kernel is not mirrored. The fields are set
// by [NewConv] and must not be changed. A Conv holds no state: several
// goroutines may use one.
type Conv struct {
	In, Out        Shape
	K, Stride, Pad int

	line           bool // 1-D: the kernel is 1×K
	forward, input pass
	weight         interface {
		run(dw []float32, dy, x Source)
	}
}

// pass computes feature maps from others with weights in a layout of its own.
type pass interface {
	packedLen() int
	pack(dst, w []float32)
	// run writes to in units of work, and calls after with each and what part of
	// to it has written, while that is in the cache.
	run(to []float32, from Source, packed []float32, after func(unit, lo, hi int))
	units() int
}

// maxPad bounds the padding: the images are copied with it.
const maxPad = 1 << 12

// NewConv returns the convolution from in to feature maps with the given number
// of channels, of height (in.H+2·pad−kernel)/stride+1, rounded down, and the
// same for the width. It is an error if a size is below 1, if pad is negative or
// beyond all sense, or if the kernel is larger than the padded image.
func NewConv(in Shape, channels, kernel, stride, pad int) (*Conv, error) {
	if err := in.valid(); err != nil {
		return nil, err
	}
	switch {
	case channels < 1:
		return nil, fmt.Errorf("tensor: conv: %d output channels, want at least 1", channels)
	case kernel < 1:
		return nil, fmt.Errorf("tensor: conv: kernel size %d, want at least 1", kernel)
	case stride < 1:
		return nil, fmt.Errorf("tensor: conv: stride %d, want at least 1", stride)
	case pad < 0 || pad > maxPad:
		return nil, fmt.Errorf("tensor: conv: padding %d, want 0 to %d", pad, maxPad)
	case in.H+2*pad < kernel || in.W+2*pad < kernel:
		return nil, fmt.Errorf("tensor: conv: kernel size %d is larger than the %d×%d image with padding %d", kernel, in.H, in.W, pad)
	}
	out := Shape{in.N, (in.H+2*pad-kernel)/stride + 1, (in.W+2*pad-kernel)/stride + 1, channels}
	return (&Conv{In: in, Out: out, K: kernel, Stride: stride, Pad: pad}).plan(), nil
}

// NewConv1D returns the convolution of sequences (in.H = 1) with a kernel 1×K,
// which goes, strides and pads along W alone; the weights have shape
// (1, K, In.C, Out.C). The errors are those of [NewConv].
func NewConv1D(in Shape, channels, kernel, stride, pad int) (*Conv, error) {
	if in.H != 1 {
		return nil, fmt.Errorf("tensor: 1-D conv: images of height %d, want 1", in.H)
	}
	square := in
	square.H = max(in.W, 1)
	c, err := NewConv(square, channels, kernel, stride, pad)
	if err != nil {
		return nil, err
	}
	return (&Conv{In: in, Out: Shape{in.N, 1, c.Out.W, channels}, K: kernel, Stride: stride, Pad: pad, line: true}).plan(), nil
}

// vertical is kernel size, stride and padding from row to row.
func (c *Conv) vertical() (kernel, stride, pad int) {
	if c.line {
		return 1, 1, 0
	}
	return c.K, c.Stride, c.Pad
}

// plan chooses how the three passes are done.
func (c *Conv) plan() *Conv { return c.planFor(simd.Best(), worthwhile(c)) }

func (c *Conv) planFor(k *simd.Kernels, fast bool) *Conv {
	switch {
	case c.In.C == 1 && c.Out.C == 1 && !c.line:
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

// Bfloat16 is the convolution with less precise products: where it is done by
// Winograd's way (kernel 3×3, stride 1, some channels), their factors are rounded to
// bfloat16, 8 bits, and summed in float32. The error is then about a hundredth of the
// root mean square of the result; a value that is small beside its neighbours, or that
// has few terms, as those in wide padding, may be lost in it. On a machine with AVX-512
// BF16 this takes a half to two thirds of the time; other machines compute the same from
// rounded float32, in more time. Where it is not, Bfloat16 is the convolution itself.
func (c *Conv) Bfloat16() *Conv {
	f, ok := c.forward.(*winograd)
	if !ok {
		return c
	}
	half := *c
	forward, input := *f, *c.input.(*winograd)
	forward.bfloat16, input.bfloat16 = true, true
	half.forward, half.input, half.weight = &forward, &input, winogradWeight{&forward}
	return &half
}

// WeightLen returns the number of weights, K·K·In.C·Out.C (K·In.C·Out.C in 1-D).
func (c *Conv) WeightLen() int {
	rows, _, _ := c.vertical()
	return rows * c.K * c.In.C * c.Out.C
}

// MACs returns the multiply-adds of one Forward over the whole batch. The zeros
// off the image count like pixels, as is the custom.
func (c *Conv) MACs() int64 { return int64(c.Out.pixels()) * int64(c.WeightLen()) }

// Forward sets y (shape Out) to the convolution of x (shape In) with the weights w.
func (c *Conv) Forward(y, x, w []float32) {
	checkLen("conv forward", "y", y, c.Out.Len())
	checkLen("conv forward", "x", x, c.In.Len())
	checkLen("conv forward", "w", w, c.WeightLen())
	runOnce(c.forward, y, x, w)
}

// BackwardInput sets dx (shape In) from dy (shape Out) and the weights w:
//
//	dx[n,r,q,c] = Σ w[s,t,c,o] · dy[n,i,j,o]   over i·Stride+s−Pad = r, j·Stride+t−Pad = q, all o.
func (c *Conv) BackwardInput(dx, dy, w []float32) {
	checkLen("conv backward input", "dx", dx, c.In.Len())
	checkLen("conv backward input", "dy", dy, c.Out.Len())
	checkLen("conv backward input", "w", w, c.WeightLen())
	runOnce(c.input, dx, dy, w)
}

// BackwardWeight sets dw (as long as the weights) from dy (shape Out) and x (shape In):
//
//	dw[s,t,c,o] = Σ_{n,i,j} dy[n,i,j,o] · x[n, i·Stride+s−Pad, j·Stride+t−Pad, c].
func (c *Conv) BackwardWeight(dw, dy, x []float32) {
	checkLen("conv backward weight", "dw", dw, c.WeightLen())
	checkLen("conv backward weight", "dy", dy, c.Out.Len())
	checkLen("conv backward weight", "x", x, c.In.Len())
	c.weight.run(dw, Source{X: dy}, Source{X: x})
}

// runOnce packs the weights for one run.
func runOnce(p pass, to, from, w []float32) {
	packed := borrow(p.packedLen())
	defer packed.release()
	p.pack(packed.data, w)
	p.run(to, Source{X: from}, packed.data, nil)
}
