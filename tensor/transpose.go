package tensor

// Transposed convolution: the prolongation of multigrid, y = Cᵀ x, for the
// restriction C.

import "mgtool/tensor/internal/fuse"

// ConvTranspose is the adjoint of a [Conv] C: it maps C's output space to its
// input space, y = Cᵀ x, so that ⟨C v, x⟩ = ⟨v, Cᵀ x⟩ for all v and x,
//
//	y[n,r,q,o] = Σ w[s,t,o,c] · x[n,i,j,c]   over i·Stride[0]+s−Pad[0] = r, j·Stride[1]+t−Pad[1] = q, all c.
//
// The weights are those of C, with shape (Size[0], Size[1], Out.C, In.C).
// [NewConvTranspose] and [NewConvTransposeWindow] set the fields, which must not be
// changed. Several goroutines may use one.
type ConvTranspose struct {
	In, Out Shape
	Window

	conv *fuse.Conv // C, from Out to In
}

// NewConvTranspose returns the transposed convolution from in to feature maps of
// outH×outW with the given number of channels, with the same kernel size, stride and
// padding along both axes; see [NewConvTransposeWindow].
func NewConvTranspose(in Shape, channels, kernel, stride, pad int, outH, outW int) (*ConvTranspose, error) {
	return NewConvTransposeWindow(in, channels, SquareWindow(kernel, stride, pad), outH, outW)
}

// NewConvTransposeWindow returns the transposed convolution from in, the coarse grid,
// to feature maps of outH×outW with the given number of channels, the fine grid. The
// fine size is an argument because several fine grids have the same coarse one. It is
// an error if [NewConvWindow] rejects the window for the fine grid, or if the window
// does not lead from the fine size to that of in.
func NewConvTransposeWindow(in Shape, channels int, w Window, outH, outW int) (*ConvTranspose, error) {
	c, err := fuse.NewTransposed(fuse.Shape(in), channels, fuse.Window(w), outH, outW)
	if err != nil {
		return nil, err
	}
	return &ConvTranspose{in, Shape(c.In), w, c}, nil
}

// WeightLen returns the number of weights, Size[0]·Size[1]·Out.C·In.C.
func (c *ConvTranspose) WeightLen() int { return c.conv.WeightLen() }

// MACs returns the multiply-adds of one Forward over the whole batch, those of the
// convolution whose adjoint it is.
func (c *ConvTranspose) MACs() int64 { return c.conv.MACs() }

// Forward sets y (shape Out) from x (shape In) and the weights w.
func (c *ConvTranspose) Forward(y, x, w []float32) {
	checkLen("transposed conv forward", "y", y, c.Out.Len())
	checkLen("transposed conv forward", "x", x, c.In.Len())
	checkLen("transposed conv forward", "w", w, c.WeightLen())
	c.conv.Transposed().Forward.Apply(y, x, w)
}

// BackwardInput sets dx (shape In) from dy (shape Out) and the weights w, dx = C dy.
func (c *ConvTranspose) BackwardInput(dx, dy, w []float32) {
	checkLen("transposed conv backward input", "dx", dx, c.In.Len())
	checkLen("transposed conv backward input", "dy", dy, c.Out.Len())
	checkLen("transposed conv backward input", "w", w, c.WeightLen())
	c.conv.Transposed().Input.Apply(dx, dy, w)
}

// BackwardWeight sets dw (as long as the weights) from dy (shape Out) and x (shape In):
//
//	dw[s,t,o,c] = Σ_{n,i,j} x[n,i,j,c] · dy[n, i·Stride[0]+s−Pad[0], j·Stride[1]+t−Pad[1], o].
func (c *ConvTranspose) BackwardWeight(dw, dy, x []float32) {
	checkLen("transposed conv backward weight", "dw", dw, c.WeightLen())
	checkLen("transposed conv backward weight", "dy", dy, c.Out.Len())
	checkLen("transposed conv backward weight", "x", x, c.In.Len())
	c.conv.Transposed().Weight.Apply(dw, dy, x)
}
