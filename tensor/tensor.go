// Package tensor holds the operations of a convolutional network, forward and
// backward, on plain float32 slices.
//
// A batch of feature maps is one slice with the channels last: value (n, i, j, c)
// of a [Shape] {N, H, W, C} is at ((n·H+i)·W+j)·C+c. In this layout the K·C values
// under one row of a K×K kernel are contiguous, and an operation per channel is
// an operation on the columns of a matrix with N·H·W rows.
//
// An operation y = f(x, w) comes as Forward(y, x, w) and, for a loss L, as
// BackwardInput(dx, dy, w) and BackwardWeight(dw, dy, x), where dy stands for
// ∂L/∂y. [ConvTranspose] is the adjoint of [Conv]: their Forward and
// BackwardInput are each other's. It is the prolongation of multigrid where
// Conv, with stride 2, is the restriction.
//
// How a convolution is done is chosen by its shape: 3×3 kernels with stride 1 and
// enough channels by Winograd's F(4×4, 3×3) (winograd.go), others as an implicit
// product of matrices (implicit.go), one channel to one as sums of rows
// (direct.go). What a network fuses to a convolution uses its steps: [Pass],
// [Source], [Sigma], [Moments].
//
// Rules that hold for all operations:
//
//   - The caller owns every slice. Outputs are overwritten, never added to.
//     An output may share memory with an input only where its doc says so.
//   - Constructors return an error for a geometry that does not fit. A slice of
//     the wrong length is a programmer's mistake and panics, naming the lengths.
//   - All cores are used, and the result has the same bits on any number of
//     them: a sum over the batch is cut in a way that depends on shapes only,
//     and the parts are added in order. Processors with different vectors
//     (package simd) differ in rounding.
//   - A NaN that enters comes out as NaN, also through [ReLU], so that a
//     training that diverged shows it in its loss.
//   - Working memory is kept and used again: in steady state a call allocates
//     nothing but the closures of its loops.
package tensor

import "fmt"

// Shape is that of a batch of feature maps: N images of H×W pixels with C
// channels, stored with the channels last.
type Shape struct{ N, H, W, C int }

// Len returns the number of values, N·H·W·C.
func (s Shape) Len() int { return s.N * s.H * s.W * s.C }

// pixels returns the number of positions that carry a vector of C values.
func (s Shape) pixels() int { return s.N * s.H * s.W }

// valid returns an error that names the shape if a size is not positive.
func (s Shape) valid() error {
	if s.N < 1 || s.H < 1 || s.W < 1 || s.C < 1 {
		return fmt.Errorf("tensor: shape N=%d H=%d W=%d C=%d: every size must be at least 1", s.N, s.H, s.W, s.C)
	}
	return nil
}

// checkLen panics unless the slice called name has the length that op needs.
func checkLen(op, name string, s []float32, want int) {
	if len(s) != want {
		panic(fmt.Sprintf("tensor: %s: %s has %d values, want %d", op, name, len(s), want))
	}
}
