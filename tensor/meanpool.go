package tensor

// Mean pooling over windows, the subsampling of LeNet-5.

import (
	"fmt"

	"mgtool/internal/parallel"
)

// MeanPool averages every channel over disjoint windows of K×K pixels,
//
//	y[n,i,j,c] = Σ_{a,b < K} x[n, i·K+a, j·K+b, c] / K²,
//
// from shape In to Out; rows and columns that do not fill a window are left out.
// Make one with [NewMeanPool].
type MeanPool struct {
	In, Out Shape
	K       int
}

// NewMeanPool checks the sizes: there must be a whole window.
func NewMeanPool(in Shape, k int) (*MeanPool, error) {
	if err := in.valid(); err != nil {
		return nil, err
	}
	if k < 1 || in.H < k || in.W < k {
		return nil, fmt.Errorf("tensor: mean pool of %d×%d windows on %v; want 1 or more, and no larger than the image", k, k, in)
	}
	return &MeanPool{in, Shape{in.N, in.H / k, in.W / k, in.C}, k}, nil
}

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
			out[c] /= float32(p.K * p.K)
		}
	})
}

// Backward sets dx (shape In) from dy (shape Out).
func (p *MeanPool) Backward(dx, dy []float32) {
	checkLen("mean pool backward", "dx", dx, p.In.Len())
	checkLen("mean pool backward", "dy", dy, p.Out.Len())
	if p.Out.H*p.K < p.In.H || p.Out.W*p.K < p.In.W {
		clear(dx)
	}
	share := 1 / float32(p.K*p.K)
	p.windows(func(at int, from []int) {
		for _, f := range from {
			out := dx[f : f+p.In.C]
			for c, v := range dy[at : at+p.In.C] {
				out[c] = share * v
			}
		}
	})
}

// windows calls body for every pixel of y: where its channels begin, and where
// those of its window do in x.
func (p *MeanPool) windows(body func(at int, from []int)) {
	in, out := p.In, p.Out
	parallel.For(out.N*out.H, grain/(out.W*p.K*p.K*in.C)+1, func(lo, hi int) {
		from := make([]int, p.K*p.K)
		for row := lo; row < hi; row++ {
			n, i := row/out.H, row%out.H
			for j := range out.W {
				for a := range p.K {
					for b := range p.K {
						from[a*p.K+b] = ((n*in.H+i*p.K+a)*in.W + j*p.K + b) * in.C
					}
				}
				body((row*out.W+j)*in.C, from)
			}
		}
	})
}
