package simd

// Winograd's minimal filtering F(4×4, 3×3) and F(4, 3): sixteen outputs of a 3×3 convolution
// from 36 products instead of 144 (Lavin & Gray, Fast Algorithms for
// Convolutional Neural Networks, 2016),
//
//	y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A
//
// for a square d of 6×6 pixels and a square y of 4×4, and four outputs of a 1×3 convolution
// from six products instead of twelve,
//
//	y = Aᵀ [(G g) ⊙ (Bᵀ d)],
//
// for a line d of 6 pixels. Aᵀ evaluates polynomials at the
// points 0, ±p, ±q, ∞ with p = 11/16 and q = 3/2. The usual p = 1 and q = 2 double the
// rounding error (relative rms error for 64 channels: 1.4e-6 instead of 6.6e-7; a direct
// sum has 3.1e-7). The squares and products of p and q are exact in float32.
//
// Each square is transformed into 36 planes, plane floats apart, with one vector of
// channels each; all squares together are then multiplied as 36 matrices. Pixel (i, j) of
// a square lies at i·row + j·pixel. A line is transformed into 6 planes.

// WinogradLayout is the memory layout of a transform, in floats: the distance of two planes, two
// rows and two pixels.
type WinogradLayout struct{ Plane, Row, Pixel int }

// winogradKernels are the five transforms of an implementation, of squares and of lines.
type winogradKernels struct {
	input, output, gradient, weights, weightGradient transformKernel
	line                                             lineKernels
}

type lineKernels struct{ input, output, gradient, weights, weightGradient transformKernel }

type transformKernel func(dst, src *float32, plane, row, pixel, channels int, mask *int32)

// WinogradInput sets 36 planes to Bᵀ d B of the 6×6 pixels at src.
func (k *Kernels) WinogradInput(dst, src []float32, s WinogradLayout, channels int) {
	_, _ = dst[35*s.Plane+channels-1], src[5*(s.Row+s.Pixel)+channels-1]
	k.input(&dst[0], &src[0], s.Plane, s.Row, s.Pixel, channels, k.tail(channels))
}

// WinogradOutput sets the 4×4 pixels at dst to Aᵀ m A of 36 planes.
func (k *Kernels) WinogradOutput(dst, src []float32, s WinogradLayout, channels int) {
	_, _ = src[35*s.Plane+channels-1], dst[3*(s.Row+s.Pixel)+channels-1]
	k.output(&dst[0], &src[0], s.Plane, s.Row, s.Pixel, channels, k.tail(channels))
}

// WinogradGradient sets 36 planes to A y Aᵀ of the 4×4 pixels at src, the adjoint of
// WinogradOutput, which the gradient of the weights needs.
func (k *Kernels) WinogradGradient(dst, src []float32, s WinogradLayout, channels int) {
	_, _ = dst[35*s.Plane+channels-1], src[3*(s.Row+s.Pixel)+channels-1]
	k.gradient(&dst[0], &src[0], s.Plane, s.Row, s.Pixel, channels, k.tail(channels))
}

// WinogradWeights sets 36 planes to G g Gᵀ of the 3×3 weights at src.
func (k *Kernels) WinogradWeights(dst, src []float32, s WinogradLayout, channels int) {
	_, _ = dst[35*s.Plane+channels-1], src[2*(s.Row+s.Pixel)+channels-1]
	k.weights(&dst[0], &src[0], s.Plane, s.Row, s.Pixel, channels, k.tail(channels))
}

// WinogradWeightGradient sets the 3×3 weights at dst to Gᵀ u G of 36 planes, the
// adjoint of WinogradWeights.
func (k *Kernels) WinogradWeightGradient(dst, src []float32, s WinogradLayout, channels int) {
	_, _ = src[35*s.Plane+channels-1], dst[2*(s.Row+s.Pixel)+channels-1]
	k.weightGradient(&dst[0], &src[0], s.Plane, s.Row, s.Pixel, channels, k.tail(channels))
}

// WinogradLineInput sets 6 planes to Bᵀ d of the 6 pixels at src.
func (k *Kernels) WinogradLineInput(dst, src []float32, s WinogradLayout, channels int) {
	_, _ = dst[5*s.Plane+channels-1], src[5*s.Pixel+channels-1]
	k.line.input(&dst[0], &src[0], s.Plane, 0, s.Pixel, channels, k.tail(channels))
}

// WinogradLineOutput sets the 4 pixels at dst to Aᵀ m of 6 planes.
func (k *Kernels) WinogradLineOutput(dst, src []float32, s WinogradLayout, channels int) {
	_, _ = src[5*s.Plane+channels-1], dst[3*s.Pixel+channels-1]
	k.line.output(&dst[0], &src[0], s.Plane, 0, s.Pixel, channels, k.tail(channels))
}

// WinogradLineGradient sets 6 planes to A y of the 4 pixels at src, the adjoint of
// WinogradLineOutput.
func (k *Kernels) WinogradLineGradient(dst, src []float32, s WinogradLayout, channels int) {
	_, _ = dst[5*s.Plane+channels-1], src[3*s.Pixel+channels-1]
	k.line.gradient(&dst[0], &src[0], s.Plane, 0, s.Pixel, channels, k.tail(channels))
}

// WinogradLineWeights sets 6 planes to G g of the 1×3 weights at src.
func (k *Kernels) WinogradLineWeights(dst, src []float32, s WinogradLayout, channels int) {
	_, _ = dst[5*s.Plane+channels-1], src[2*s.Pixel+channels-1]
	k.line.weights(&dst[0], &src[0], s.Plane, 0, s.Pixel, channels, k.tail(channels))
}

// WinogradLineWeightGradient sets the 1×3 weights at dst to Gᵀ u of 6 planes, the adjoint of
// WinogradLineWeights.
func (k *Kernels) WinogradLineWeightGradient(dst, src []float32, s WinogradLayout, channels int) {
	_, _ = src[5*s.Plane+channels-1], dst[2*s.Pixel+channels-1]
	k.line.weightGradient(&dst[0], &src[0], s.Plane, 0, s.Pixel, channels, k.tail(channels))
}

// tail is the mask of the channels after the last whole vector of n.
func (k *Products) tail(n int) *int32 { return &masks[32-n%k.lanes] }
