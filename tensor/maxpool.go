package tensor

// Max pooling, behind the first convolution of networks for large images.

import (
	"fmt"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// MaxPool takes the largest value of every channel over windows of K×K pixels,
//
//	y[n,i,j,c] = max_{a,b < K} x[n, i·Stride+a−Pad, j·Stride+b−Pad, c],
//
// over the pixels that there are, from shape In to Out. Make one with [NewMaxPool].
type MaxPool struct {
	In, Out        Shape
	K, Stride, Pad int
}

// NewMaxPool checks the sizes: every window must hold a pixel.
func NewMaxPool(in Shape, k, stride, pad int) (*MaxPool, error) {
	if err := in.valid(); err != nil {
		return nil, err
	}
	if k < 1 || stride < 1 || pad < 0 || pad >= k || in.H+2*pad < k || in.W+2*pad < k {
		return nil, fmt.Errorf("tensor: max pool of %d×%d windows, stride %d, padding %d on %v; want windows no larger than the padded image and padding smaller than they are", k, k, stride, pad, in)
	}
	return &MaxPool{in, Shape{in.N, (in.H+2*pad-k)/stride + 1, (in.W+2*pad-k)/stride + 1, in.C}, k, stride, pad}, nil
}

// NewGlobalMaxPool has one window, the image.
func NewGlobalMaxPool(in Shape) (*MaxPool, error) {
	if err := in.valid(); err != nil {
		return nil, err
	}
	return &MaxPool{in, Shape{in.N, 1, 1, in.C}, max(in.H, in.W), 1, 0}, nil
}

// Forward sets y (shape Out) from x (shape In). A NaN in a window is its largest.
func (p *MaxPool) Forward(y, x []float32) {
	checkLen("max pool forward", "y", y, p.Out.Len())
	checkLen("max pool forward", "x", x, p.In.Len())
	k := simd.Best()
	p.images(func(n int) {
		p.windows(n, func(at int, pixels []int) {
			if p.square(pixels) {
				k.LargestOfFour(y[at:at+p.In.C], x[pixels[0]:], pixels[2]-pixels[0])
			} else {
				p.largest(k, y[at:at+p.In.C], x, pixels)
			}
		})
	})
}

// Backward sets dx (shape In): each value of dy (shape Out) goes to the pixel that
// was the largest, the first of equals.
func (p *MaxPool) Backward(dx, dy, x []float32) {
	checkLen("max pool backward", "dx", dx, p.In.Len())
	checkLen("max pool backward", "dy", dy, p.Out.Len())
	checkLen("max pool backward", "x", x, p.In.Len())
	k, image, channels := simd.Best(), p.In.Len()/p.In.N, p.In.C
	apart := p.Stride >= p.K
	p.images(func(n int) {
		clear(dx[n*image : (n+1)*image])
		best, left := make([]float32, channels), make([]float32, channels)
		p.windows(n, func(at int, pixels []int) {
			if apart && p.square(pixels) {
				k.ToLargestOfFour(dx[pixels[0]:], dy[at:at+channels], x[pixels[0]:], pixels[2]-pixels[0])
				return
			}
			p.largest(k, best, x, pixels)
			copy(left, dy[at:])
			for _, from := range pixels {
				k.ToLargest(dx[from:], left, x[from:], best)
			}
		})
	})
}

// square reports a window of 2×2 pixels, all of them in the image.
func (p *MaxPool) square(pixels []int) bool { return p.K == 2 && len(pixels) == 4 }

// largest sets y to that of each channel in a window, whose pixels begin there in x.
func (p *MaxPool) largest(k *simd.Kernels, y, x []float32, pixels []int) {
	copy(y, x[pixels[0]:])
	for _, from := range pixels[1:] {
		k.Larger(y, x[from:])
	}
}

// images calls body for every image; windows overlap, images do not.
func (p *MaxPool) images(body func(n int)) {
	parallel.For(p.In.N, grain/(p.In.Len()/p.In.N+1)+1, func(lo, hi int) {
		for n := lo; n < hi; n++ {
			body(n)
		}
	})
}

// windows calls body for every pixel of y of an image: where its channels begin, and
// where those of the pixels of its window do in x.
func (p *MaxPool) windows(n int, body func(at int, pixels []int)) {
	in, out := p.In, p.Out
	at := n * out.H * out.W * out.C
	pixels := make([]int, 0, min(p.K, in.H)*min(p.K, in.W))
	for i := range out.H {
		r0, r1 := max(0, i*p.Stride-p.Pad), min(in.H, i*p.Stride-p.Pad+p.K)
		for j := range out.W {
			c0, c1 := max(0, j*p.Stride-p.Pad), min(in.W, j*p.Stride-p.Pad+p.K)
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
