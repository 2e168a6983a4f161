package vision

// This file holds the lectures' features that need no training: 3×3 kernels,
// whose weights are given, an activation, and averages.

import "math"

// Kernel is a 3×3 convolution kernel, row by row.
type Kernel [3][3]float64

// The kernels of the lectures, not scaled. SobelX is 8 on a ramp that rises by one
// a pixel to the right, SobelY on one that rises downwards; Laplacian is −Δ on a
// grid of width 1, the A of the PDE; Averaging is the mean.
var (
	SobelX    = Kernel{{-1, 0, 1}, {-2, 0, 2}, {-1, 0, 1}}
	SobelY    = Kernel{{-1, -2, -1}, {0, 0, 0}, {1, 2, 1}}
	Laplacian = Kernel{{0, -1, 0}, {-1, 4, -1}, {0, -1, 0}}
	Averaging = Kernel{{1. / 9, 1. / 9, 1. / 9}, {1. / 9, 1. / 9, 1. / 9}, {1. / 9, 1. / 9, 1. / 9}}
)

// Filter is the convolution of eq. (12) of the lectures, on each channel alone,
//
//	(K * f)(y, x) = Σ_{s,t = −1…1} K[s+1][t+1] f(y+s, x+t).
//
// Pixels beyond the border have the value of the pixel at it. So the border is no
// edge: averages keep a constant, and differences of one are zero, there too.
func (f Feature) Filter(k Kernel) Feature {
	out := f.like(f.channels)
	row := f.width * f.channels
	for y := range f.height {
		var rows [3][]float32
		for s := range rows {
			from := min(max(y+s-1, 0), f.height-1)
			rows[s] = f.values[from*row : (from+1)*row]
		}
		for x := range f.width {
			left, right := max(x-1, 0)*f.channels, min(x+1, f.width-1)*f.channels
			for c := range f.channels {
				sum, at := 0.0, x*f.channels
				for s, r := range rows { // float64, so that the mean of equal values is that value
					sum += k[s][0]*float64(r[left+c]) + k[s][1]*float64(r[at+c]) + k[s][2]*float64(r[right+c])
				}
				out.values[y*row+at+c] = float32(sum)
			}
		}
	}
	return out
}

// ReLU is max(0, f).
func (f Feature) ReLU() Feature {
	out := f.like(f.channels)
	for i, v := range f.values {
		out.values[i] = max(0, v)
	}
	return out
}

// Sobel is the length of the gradient as Sobel's kernels see it, on each channel
// alone, √((SobelX * f)² + (SobelY * f)²): where the edges are.
func (f Feature) Sobel() Feature {
	out, dy := f.Filter(SobelX), f.Filter(SobelY)
	for i, dx := range out.values {
		out.values[i] = float32(math.Hypot(float64(dx), float64(dy.values[i])))
	}
	return out
}

// LaplacianOfGaussian is what the lectures call by this name, Averaging * ReLU(Laplacian * f):
// the pixels that are brighter than what is around them, averaged.
func (f Feature) LaplacianOfGaussian() Feature { return f.Filter(Laplacian).ReLU().Filter(Averaging) }

// Average applies Averaging the given number of times.
func (f Feature) Average(times int) Feature {
	for range times {
		f = f.Filter(Averaging)
	}
	return f
}
