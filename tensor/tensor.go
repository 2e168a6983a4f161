// Package tensor provides the operations of a convolutional network, forward and
// backward, on plain float32 slices.
//
// A batch of feature maps is one slice with the channels last: value (n, i, j, c)
// of a [Shape] {N, H, W, C} is at ((n·H+i)·W+j)·C+c. In this layout the values under
// one row of a kernel are contiguous, and an operation per channel is an operation on
// the columns of a matrix with N·H·W rows.
//
// An operation y = f(x, w) comes as Forward(y, x, w) and, for a loss L, as
// BackwardInput(dx, dy, w) and BackwardWeight(dw, dy, x), where dy stands for
// ∂L/∂y. [ConvTranspose] is the adjoint of [Conv]: the Forward of one is the
// BackwardInput of the other. It is the prolongation of multigrid where Conv, with
// stride 2, is the restriction.
//
// The shape decides how a convolution is computed: 3×3 kernels with stride 1 and
// enough channels by Winograd's algorithm F(4×4, 3×3), one channel to one as sums of
// rows, all others as an implicit product of matrices.
//
// Rules for all operations:
//
//   - The caller owns every slice. Outputs are overwritten, never added to. An output
//     may share memory with an input only where its documentation says so.
//   - Constructors return an error for a geometry that does not fit. A slice of the
//     wrong length is a programming error and panics, naming the lengths.
//   - All cores are used, and the result has the same bits on any number of them:
//     shapes alone decide how a sum over the batch is cut, and the parts are added in
//     order. Rounding differs between processors with different vectors (AVX-512,
//     AVX2, neither).
//   - A NaN in an input becomes a NaN in the output, also through ReLU, so a training
//     that has diverged shows it in its loss.
//   - Working memory is kept and reused: in steady state a call allocates only the
//     closures of its loops.
package tensor

import (
	"fmt"

	"mgtool/tensor/internal/fuse"
)

// Shape is the shape of a batch of feature maps: N images of H×W pixels with C
// channels, stored with the channels last.
type Shape struct{ N, H, W, C int }

// Len returns the number of values, N·H·W·C.
func (s Shape) Len() int { return s.N * s.H * s.W * s.C }

// valid returns an error that names the shape if a size is not positive.
func (s Shape) valid() error { return fuse.Shape(s).Valid() }

// Window is the geometry of a kernel or a pooling window in pixels, the height before
// the width: its size, the step from one output to the next, and the padding on each
// side of the image.
type Window struct{ Size, Stride, Pad [2]int }

// SquareWindow returns the window with the same size, stride and padding along both
// axes.
func SquareWindow(size, stride, pad int) Window {
	return Window{[2]int{size, size}, [2]int{stride, stride}, [2]int{pad, pad}}
}

// checkLen panics unless the slice called name has the length that op needs.
func checkLen(op, name string, s []float32, want int) {
	if len(s) != want {
		panic(fmt.Sprintf("tensor: %s: %s has %d values, want %d", op, name, len(s), want))
	}
}
