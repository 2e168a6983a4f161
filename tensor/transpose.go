package tensor

// Transposed convolution: the prolongation of multigrid, y = Cᵀ x, for the
// restriction C.

import "fmt"

// ConvTranspose is the adjoint of a [Conv] C: it maps C's output space to its
// input space, y = Cᵀ x, so that ⟨C v, x⟩ = ⟨v, Cᵀ x⟩ for all v and x,
//
//	y[n,r,q,o] = Σ w[s,t,o,c] · x[n,i,j,c]   over i·Stride+s−Pad = r, j·Stride+t−Pad = q, all c.
//
// The weights are those of C, with shape (K, K, Out.C, In.C). The fields are set
// by [NewConvTranspose] and must not be changed. Several goroutines may use one.
type ConvTranspose struct {
	In, Out        Shape
	K, Stride, Pad int
	conv           Conv // C, from Out to In
}

// NewConvTranspose returns the transposed convolution from in, the coarse grid,
// to feature maps of outH×outW with the given number of channels, the fine grid.
// The fine size is asked for because several have the same coarse one. It is an
// error if [NewConv] with this kernel, stride and padding is, or if it would not
// lead from the fine size to that of in.
func NewConvTranspose(in Shape, channels, kernel, stride, pad int, outH, outW int) (*ConvTranspose, error) {
	if err := in.valid(); err != nil {
		return nil, err
	}
	if channels < 1 || outH < 1 || outW < 1 {
		return nil, fmt.Errorf("tensor: transposed conv: output %d×%d with %d channels, want at least 1 of each", outH, outW, channels)
	}
	out := Shape{in.N, outH, outW, channels}
	conv, err := NewConv(out, in.C, kernel, stride, pad)
	if err != nil {
		return nil, fmt.Errorf("tensor: transposed conv to %d×%d: %w", outH, outW, err)
	}
	if conv.Out != in {
		// The sizes that fit are from the first value on, stride of them.
		return nil, fmt.Errorf("tensor: transposed conv: a conv with kernel size %d, stride %d and padding %d leads from %d×%d to %d×%d, not to the input's %d×%d; want height %d and width %d, or up to %d more",
			kernel, stride, pad, outH, outW, conv.Out.H, conv.Out.W, in.H, in.W,
			(in.H-1)*stride+kernel-2*pad, (in.W-1)*stride+kernel-2*pad, stride-1)
	}
	return &ConvTranspose{In: in, Out: out, K: kernel, Stride: stride, Pad: pad, conv: *conv}, nil
}

// WeightLen returns the number of weights, K·K·Out.C·In.C.
func (c *ConvTranspose) WeightLen() int { return c.conv.WeightLen() }

// MACs returns the multiply-adds of one Forward over the whole batch, those of
// the convolution it is the adjoint of.
func (c *ConvTranspose) MACs() int64 { return c.conv.MACs() }

// Forward sets y (shape Out) from x (shape In) and the weights w.
func (c *ConvTranspose) Forward(y, x, w []float32) {
	checkLen("transposed conv forward", "y", y, c.Out.Len())
	checkLen("transposed conv forward", "x", x, c.In.Len())
	checkLen("transposed conv forward", "w", w, c.WeightLen())
	runOnce(c.conv.input, y, x, w)
}

// BackwardInput sets dx (shape In) from dy (shape Out) and the weights w, dx = C dy.
func (c *ConvTranspose) BackwardInput(dx, dy, w []float32) {
	checkLen("transposed conv backward input", "dx", dx, c.In.Len())
	checkLen("transposed conv backward input", "dy", dy, c.Out.Len())
	checkLen("transposed conv backward input", "w", w, c.WeightLen())
	runOnce(c.conv.forward, dx, dy, w)
}

// BackwardWeight sets dw (as long as the weights) from dy (shape Out) and x (shape In):
//
//	dw[s,t,o,c] = Σ_{n,i,j} x[n,i,j,c] · dy[n, i·Stride+s−Pad, j·Stride+t−Pad, o].
func (c *ConvTranspose) BackwardWeight(dw, dy, x []float32) {
	checkLen("transposed conv backward weight", "dw", dw, c.WeightLen())
	checkLen("transposed conv backward weight", "dy", dy, c.Out.Len())
	checkLen("transposed conv backward weight", "x", x, c.In.Len())
	c.conv.weight.run(dw, Source{X: x}, Source{X: dy})
}
