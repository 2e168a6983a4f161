package simd

// Winograd's minimal filtering F(4×4, 3×3): sixteen outputs of a 3×3 convolution
// from 36 products instead of 144 (Lavin & Gray, Fast Algorithms for
// Convolutional Neural Networks, 2016),
//
//	y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A
//
// for a square d of 6×6 pixels and one y of 4×4. Aᵀ evaluates at the points
// 0, ±p, ±q, ∞, here with p = 11/16 and q = 3/2: with the usual 1 and 2 the
// rounding error would be twice as large (rms 6.6e-7 against 1.4e-6 of the
// result's size for 64 channels; a plain sum has 3.1e-7). Their squares and
// products are exact in float32.
//
// A square is transformed into 36 planes, apart by plane floats, of one vector of
// channels each; the products of all squares are then 36 matrix products. Pixel
// (i, j) of a square is at i·row + j·pixel.

// Square says where the two sides of a transform are, in floats.
type Square struct{ Plane, Row, Pixel int }

// winogradKernels are an implementation's five transforms.
type winogradKernels struct {
	input, output, gradient, weights, weightGradient transformKernel
}

type transformKernel func(dst, src *float32, plane, row, pixel, channels int, mask *int32)

// WinogradInput sets 36 planes to Bᵀ d B of the 6×6 pixels at src.
func (k *Kernels) WinogradInput(dst, src []float32, s Square, channels int) {
	_, _ = dst[35*s.Plane+channels-1], src[5*(s.Row+s.Pixel)+channels-1]
	k.input(&dst[0], &src[0], s.Plane, s.Row, s.Pixel, channels, k.tail(channels))
}

// WinogradOutput sets the 4×4 pixels at dst to Aᵀ m A of 36 planes.
func (k *Kernels) WinogradOutput(dst, src []float32, s Square, channels int) {
	_, _ = src[35*s.Plane+channels-1], dst[3*(s.Row+s.Pixel)+channels-1]
	k.output(&dst[0], &src[0], s.Plane, s.Row, s.Pixel, channels, k.tail(channels))
}

// WinogradGradient sets 36 planes to A y Aᵀ of the 4×4 pixels at src, the
// adjoint of WinogradOutput: for the gradient of the weights.
func (k *Kernels) WinogradGradient(dst, src []float32, s Square, channels int) {
	_, _ = dst[35*s.Plane+channels-1], src[3*(s.Row+s.Pixel)+channels-1]
	k.gradient(&dst[0], &src[0], s.Plane, s.Row, s.Pixel, channels, k.tail(channels))
}

// WinogradWeights sets 36 planes to G g Gᵀ of the 3×3 weights at src.
func (k *Kernels) WinogradWeights(dst, src []float32, s Square, channels int) {
	_, _ = dst[35*s.Plane+channels-1], src[2*(s.Row+s.Pixel)+channels-1]
	k.weights(&dst[0], &src[0], s.Plane, s.Row, s.Pixel, channels, k.tail(channels))
}

// WinogradWeightGradient sets the 3×3 weights at dst to Gᵀ u G of 36 planes, the
// adjoint of WinogradWeights.
func (k *Kernels) WinogradWeightGradient(dst, src []float32, s Square, channels int) {
	_, _ = src[35*s.Plane+channels-1], dst[2*(s.Row+s.Pixel)+channels-1]
	k.weightGradient(&dst[0], &src[0], s.Plane, s.Row, s.Pixel, channels, k.tail(channels))
}

// tail is the mask of what is left of n channels after whole vectors.
func (k *Products) tail(n int) *int32 { return &masks[32-n%k.lanes] }
