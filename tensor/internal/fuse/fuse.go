// Package fuse computes convolutions, normalisations and activations in steps that
// a program of a network fuses: one operation runs on a tile of another while that
// is in the cache.
//
//   - A [Pass] is a convolution or its adjoint. It reads a [Source], feature maps as
//     they are or seen through a [Sigma], and reports each part it has written.
//   - A [Sigma] is batch norm followed by an activation. [Moments] and
//     [SigmaGradient] collect the sums over the batch that it needs, part by part.
//   - [Pieces] cuts operations on single values into parts of the same kind.
//
// Package tensor wraps these steps as operations on whole slices and checks their
// arguments; here lengths are the caller's responsibility. Every sum is cut by
// shapes alone and its parts are added in order, so results have the same bits on
// any number of threads.
package fuse

import "fmt"

// Shape is the shape of feature maps: N images of H×W pixels with C channels, the
// channels last.
type Shape struct{ N, H, W, C int }

// Len returns the number of values, N·H·W·C.
func (s Shape) Len() int { return s.N * s.H * s.W * s.C }

// pixels returns the number of positions that carry a vector of C values.
func (s Shape) pixels() int { return s.N * s.H * s.W }

// Valid returns an error that names the shape if a size is not positive.
func (s Shape) Valid() error {
	if s.N < 1 || s.H < 1 || s.W < 1 || s.C < 1 {
		return fmt.Errorf("tensor: shape N=%d H=%d W=%d C=%d: every size must be at least 1", s.N, s.H, s.W, s.C)
	}
	return nil
}

// Window is the geometry of a kernel, vertical first: its size, the step from one
// output to the next, and the zeros before and behind the image.
type Window struct{ Size, Stride, Pad [2]int }

// Out returns the number of windows on h×w pixels, vertically and horizontally.
func (w Window) Out(h, wide int) (int, int) {
	return (h+2*w.Pad[0]-w.Size[0])/w.Stride[0] + 1, (wide+2*w.Pad[1]-w.Size[1])/w.Stride[1] + 1
}

func (w Window) String() string {
	return fmt.Sprintf("kernel size %s, stride %s and padding %s", Axes(w.Size), Axes(w.Stride), Axes(w.Pad))
}

// Axes is a vertical and a horizontal number, printed as one if they are equal.
type Axes [2]int

func (a Axes) String() string {
	if a[0] == a[1] {
		return fmt.Sprint(a[0])
	}
	return fmt.Sprintf("%d×%d", a[0], a[1])
}
