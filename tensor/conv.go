package tensor

// Convolution: the smoother and the operator of MgNet (stride 1), its restriction
// (stride 2), and the only operation whose cost matters.

import "mgtool/tensor/internal/fuse"

// Conv is a 2-D convolution without bias,
//
//	y[n,i,j,o] = Σ_{s,t,c} w[s,t,c,o] · x[n, i·Stride[0]+s−Pad[0], j·Stride[1]+t−Pad[1], c]
//
// where x is zero outside the image. The weights have shape
// (Size[0], Size[1], In.C, Out.C). As in every deep learning library the kernel is
// not mirrored. [NewConv] and [NewConvWindow] set the fields, which must not be
// changed. A Conv holds no state: several goroutines may use one.
type Conv struct {
	In, Out Shape
	Window

	conv *fuse.Conv
}

// NewConv returns the convolution from in to feature maps with the given number of
// channels, with the same kernel size, stride and padding along both axes; see
// [NewConvWindow].
func NewConv(in Shape, channels, kernel, stride, pad int) (*Conv, error) {
	return NewConvWindow(in, channels, SquareWindow(kernel, stride, pad))
}

// NewConvWindow returns the convolution from in to feature maps with the given number
// of channels, of height (in.H+2·Pad[0]−Size[0])/Stride[0]+1, rounded down, and
// likewise of width. A sequence is one row high (in.H = 1) and takes kernels of Size
// {1, K}. It is an error if a size is below 1, if a padding is negative or above
// 4096, or if the kernel is larger than the padded image.
func NewConvWindow(in Shape, channels int, w Window) (*Conv, error) {
	c, err := fuse.NewConv(fuse.Shape(in), channels, fuse.Window(w))
	if err != nil {
		return nil, err
	}
	return &Conv{in, Shape(c.Out), w, c}, nil
}

// Bfloat16 returns the convolution with less precise products: where it uses
// Winograd's algorithm (kernel 3×3, stride 1, at least 8 channels), their factors are
// rounded to bfloat16, which has 8 significant bits, and summed in float32. The error
// is then about a hundredth of the root mean square of the result; a value that is
// small beside its neighbours, or has few terms, as in wide padding, may be lost in
// it. A machine with AVX-512 BF16 takes one half to two thirds of the time; others
// compute the same from rounded float32, in more time. Elsewhere Bfloat16 returns a
// convolution with unchanged products.
func (c *Conv) Bfloat16() *Conv {
	half := *c
	half.conv = c.conv.Bfloat16()
	return &half
}

// WeightLen returns the number of weights, Size[0]·Size[1]·In.C·Out.C.
func (c *Conv) WeightLen() int { return c.conv.WeightLen() }

// MACs returns the multiply-adds of one Forward over the whole batch. Zeros outside
// the image count like pixels, as is the custom.
func (c *Conv) MACs() int64 { return c.conv.MACs() }

// Forward sets y (shape Out) to the convolution of x (shape In) with the weights w.
func (c *Conv) Forward(y, x, w []float32) {
	checkLen("conv forward", "y", y, c.Out.Len())
	checkLen("conv forward", "x", x, c.In.Len())
	checkLen("conv forward", "w", w, c.WeightLen())
	c.conv.Passes().Forward.Apply(y, x, w)
}

// BackwardInput sets dx (shape In) from dy (shape Out) and the weights w:
//
//	dx[n,r,q,c] = Σ w[s,t,c,o] · dy[n,i,j,o]   over i·Stride[0]+s−Pad[0] = r, j·Stride[1]+t−Pad[1] = q, all o.
func (c *Conv) BackwardInput(dx, dy, w []float32) {
	checkLen("conv backward input", "dx", dx, c.In.Len())
	checkLen("conv backward input", "dy", dy, c.Out.Len())
	checkLen("conv backward input", "w", w, c.WeightLen())
	c.conv.Passes().Input.Apply(dx, dy, w)
}

// BackwardWeight sets dw (as long as the weights) from dy (shape Out) and x (shape In):
//
//	dw[s,t,c,o] = Σ_{n,i,j} dy[n,i,j,o] · x[n, i·Stride[0]+s−Pad[0], j·Stride[1]+t−Pad[1], c].
func (c *Conv) BackwardWeight(dw, dy, x []float32) {
	checkLen("conv backward weight", "dw", dw, c.WeightLen())
	checkLen("conv backward weight", "dy", dy, c.Out.Len())
	checkLen("conv backward weight", "x", x, c.In.Len())
	c.conv.Passes().Weight.Apply(dw, dy, x)
}
