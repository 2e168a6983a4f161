package tensor

// Global average pooling, from the last feature maps to the classifier.

import "mgtool/internal/parallel"

// GlobalAvgPool averages each channel of each image over the pixels,
//
//	y[n,c] = Σ_{i,j} x[n,i,j,c] / (H·W),
//
// from shape In to (N, C). The sum is in float64.
type GlobalAvgPool struct{ In Shape }

// Forward sets y, of N·C values, from x (shape In).
func (p GlobalAvgPool) Forward(y, x []float32) {
	s := p.In
	checkLen("global average pool forward", "y", y, s.N*s.C)
	checkLen("global average pool forward", "x", x, s.Len())
	image := s.H * s.W * s.C
	parallel.For(s.N, grain/(image+1)+1, func(first, last int) {
		for n := first; n < last; n++ {
			in, out := x[n*image:(n+1)*image], y[n*s.C:(n+1)*s.C]
			for c := range out {
				sum := 0.0
				for i := c; i < image; i += s.C {
					sum += float64(in[i])
				}
				out[c] = float32(sum / float64(s.H*s.W))
			}
		}
	})
}

// Backward sets dx (shape In), dx[n,i,j,c] = dy[n,c]/(H·W), from dy of N·C values.
func (p GlobalAvgPool) Backward(dx, dy []float32) {
	s := p.In
	checkLen("global average pool backward", "dx", dx, s.Len())
	checkLen("global average pool backward", "dy", dy, s.N*s.C)
	image := s.H * s.W * s.C
	parallel.For(s.N, grain/(image+1)+1, func(first, last int) {
		for n := first; n < last; n++ {
			g := dy[n*s.C : (n+1)*s.C]
			for lo := n * image; lo < (n+1)*image; lo += s.C {
				out := dx[lo : lo+s.C]
				for c, v := range g {
					out[c] = v / float32(s.H*s.W)
				}
			}
		}
	})
}
