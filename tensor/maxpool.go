package tensor

// Max pooling, which follows the first convolution of networks for large images.

import (
	"fmt"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
	"mgtool/tensor/internal/fuse"
)

// MaxPool takes the maximum of each channel over windows of pixels,
//
//	y[n,i,j,c] = max_{a < Size[0], b < Size[1]} x[n, i·Stride[0]+a−Pad[0], j·Stride[1]+b−Pad[1], c],
//
// where pixels outside the image are left out, from shape In to Out.
type MaxPool struct {
	In, Out Shape
	Window
}

// NewMaxPool returns max pooling with the same window size k, stride and padding along
// both axes; see [NewMaxPoolWindow].
func NewMaxPool(in Shape, k, stride, pad int) (*MaxPool, error) {
	return NewMaxPoolWindow(in, SquareWindow(k, stride, pad))
}

// NewMaxPoolWindow returns max pooling over the given windows. It is an error if a
// window could be empty: the padding must be smaller than the window, and the window
// no larger than the padded image.
func NewMaxPoolWindow(in Shape, w Window) (*MaxPool, error) {
	if err := in.valid(); err != nil {
		return nil, err
	}
	for axis, pixels := range [2]int{in.H, in.W} {
		if k, pad := w.Size[axis], w.Pad[axis]; k < 1 || w.Stride[axis] < 1 || pad < 0 || pad >= k || pixels+2*pad < k {
			return nil, fmt.Errorf("tensor: max pool of %d×%d windows, stride %v, padding %v on %v; want windows no larger than the padded image and padding smaller than they are",
				w.Size[0], w.Size[1], fuse.Axes(w.Stride), fuse.Axes(w.Pad), in)
		}
	}
	out := in
	out.H, out.W = fuse.Window(w).Out(in.H, in.W)
	return &MaxPool{in, out, w}, nil
}

// NewGlobalMaxPool returns max pooling over the whole image.
func NewGlobalMaxPool(in Shape) (*MaxPool, error) {
	return NewMaxPoolWindow(in, Window{[2]int{in.H, in.W}, [2]int{1, 1}, [2]int{}})
}

// Forward sets y (shape Out) from x (shape In). A NaN is the maximum of its window.
func (p *MaxPool) Forward(y, x []float32) {
	checkLen("max pool forward", "y", y, p.Out.Len())
	checkLen("max pool forward", "x", x, p.In.Len())
	k := simd.Best()
	p.images(func(n int) {
		p.windows(n, func(at int, pixels []int) {
			if p.square(pixels) {
				k.MaxPool2x2(y[at:at+p.In.C], x[pixels[0]:], pixels[2]-pixels[0])
			} else {
				p.largest(k, y[at:at+p.In.C], x, pixels)
			}
		})
	})
}

// Backward sets dx (shape In): each value of dy (shape Out) goes to the pixel with the
// maximum, the first one if there are several.
func (p *MaxPool) Backward(dx, dy, x []float32) {
	checkLen("max pool backward", "dx", dx, p.In.Len())
	checkLen("max pool backward", "dy", dy, p.Out.Len())
	checkLen("max pool backward", "x", x, p.In.Len())
	k, image, channels := simd.Best(), p.In.Len()/p.In.N, p.In.C
	apart := p.Stride[0] >= p.Size[0] && p.Stride[1] >= p.Size[1]
	p.images(func(n int) {
		clear(dx[n*image : (n+1)*image])
		best, left := make([]float32, channels), make([]float32, channels)
		p.windows(n, func(at int, pixels []int) {
			if apart && p.square(pixels) {
				k.MaxPool2x2Gradient(dx[pixels[0]:], dy[at:at+channels], x[pixels[0]:], pixels[2]-pixels[0])
				return
			}
			p.largest(k, best, x, pixels)
			copy(left, dy[at:])
			for _, from := range pixels {
				k.MaxGradient(dx[from:], left, x[from:], best)
			}
		})
	})
}

// square reports whether a window is 2×2 pixels, all of them in the image.
func (p *MaxPool) square(pixels []int) bool { return p.Size == [2]int{2, 2} && len(pixels) == 4 }

// largest sets y to the maximum of each channel over a window, given the positions of
// its pixels in x.
func (p *MaxPool) largest(k *simd.Kernels, y, x []float32, pixels []int) {
	copy(y, x[pixels[0]:])
	for _, from := range pixels[1:] {
		k.Max(y, x[from:])
	}
}

// images calls body for every image: windows may overlap, so an image is one thread's.
func (p *MaxPool) images(body func(n int)) {
	parallel.For(p.In.N, grain/(p.In.Len()/p.In.N+1)+1, func(lo, hi int) {
		for n := lo; n < hi; n++ {
			body(n)
		}
	})
}

// windows calls body for every pixel of y in an image, with its position and those of
// the pixels of its window in x.
func (p *MaxPool) windows(n int, body func(at int, pixels []int)) {
	in, out := p.In, p.Out
	at := n * out.H * out.W * out.C
	pixels := make([]int, 0, min(p.Size[0], in.H)*min(p.Size[1], in.W))
	for i := range out.H {
		r0, r1 := max(0, i*p.Stride[0]-p.Pad[0]), min(in.H, i*p.Stride[0]-p.Pad[0]+p.Size[0])
		for j := range out.W {
			c0, c1 := max(0, j*p.Stride[1]-p.Pad[1]), min(in.W, j*p.Stride[1]-p.Pad[1]+p.Size[1])
			pixels = pixels[:0]
			for r := r0; r < r1; r++ {
				for c := c0; c < c1; c++ {
					pixels = append(pixels, ((n*in.H+r)*in.W+c)*in.C)
				}
			}
			body(at, pixels)
			at += out.C
		}
	}
}
