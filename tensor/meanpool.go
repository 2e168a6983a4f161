package tensor

// Mean pooling over windows, the subsampling of LeNet-5.

import (
	"fmt"

	"mgtool/internal/parallel"
)

// MeanPool averages each channel over disjoint windows of h×w pixels, Size = {h, w},
//
//	y[n,i,j,c] = Σ_{a < h, b < w} x[n, i·h+a, j·w+b, c] / (h·w),
//
// from shape In to Out; rows and columns that do not fill a window are left out.
type MeanPool struct {
	In, Out Shape
	Size    [2]int
}

// NewMeanPool returns mean pooling over k×k windows; see [NewMeanPoolWindow].
func NewMeanPool(in Shape, k int) (*MeanPool, error) { return NewMeanPoolWindow(in, [2]int{k, k}) }

// NewMeanPoolWindow returns mean pooling over windows of the given height and width,
// which must be at least 1 and no larger than the image.
func NewMeanPoolWindow(in Shape, size [2]int) (*MeanPool, error) {
	if err := in.valid(); err != nil {
		return nil, err
	}
	h, w := size[0], size[1]
	if min(h, w) < 1 || in.H < h || in.W < w {
		return nil, fmt.Errorf("tensor: mean pool of %d×%d windows on %v; want 1 or more, and no larger than the image", h, w, in)
	}
	return &MeanPool{in, Shape{in.N, in.H / h, in.W / w, in.C}, size}, nil
}

// pixels returns the number of pixels of a window.
func (p *MeanPool) pixels() int { return p.Size[0] * p.Size[1] }

// Forward sets y (shape Out) from x (shape In).
func (p *MeanPool) Forward(y, x []float32) {
	checkLen("mean pool forward", "y", y, p.Out.Len())
	checkLen("mean pool forward", "x", x, p.In.Len())
	p.windows(func(at int, from []int) {
		out := y[at : at+p.In.C]
		clear(out)
		for _, f := range from {
			for c, v := range x[f : f+p.In.C] {
				out[c] += v
			}
		}
		for c := range out {
			out[c] /= float32(p.pixels())
		}
	})
}

// Backward sets dx (shape In) from dy (shape Out).
func (p *MeanPool) Backward(dx, dy []float32) {
	checkLen("mean pool backward", "dx", dx, p.In.Len())
	checkLen("mean pool backward", "dy", dy, p.Out.Len())
	if p.Out.H*p.Size[0] < p.In.H || p.Out.W*p.Size[1] < p.In.W {
		clear(dx)
	}
	share := 1 / float32(p.pixels())
	p.windows(func(at int, from []int) {
		for _, f := range from {
			out := dx[f : f+p.In.C]
			for c, v := range dy[at : at+p.In.C] {
				out[c] = share * v
			}
		}
	})
}

// windows calls body for every pixel of y, with its position and those of the pixels
// of its window in x.
func (p *MeanPool) windows(body func(at int, from []int)) {
	in, out := p.In, p.Out
	parallel.For(out.N*out.H, grain/(out.W*p.pixels()*in.C)+1, func(lo, hi int) {
		height, width := p.Size[0], p.Size[1]
		from := make([]int, p.pixels())
		for row := lo; row < hi; row++ {
			n, i := row/out.H, row%out.H
			for j := range out.W {
				for a := range height {
					for b := range width {
						from[a*width+b] = ((n*in.H+i*height+a)*in.W + j*width + b) * in.C
					}
				}
				body((row*out.W+j)*in.C, from)
			}
		}
	})
}
