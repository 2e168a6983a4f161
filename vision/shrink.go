package vision

// This file scales network inputs down.

import (
	"fmt"

	"mgtool/internal/parallel"
)

// Shrinker scales inputs of n images from (N, H, W, C) down to (N, h, w, C), along
// columns and rows by the same rule: a pixel i of the result, s = H/h old ones high,
// is the mean of the old ones with the weights
//
//	max(0, 1 − |k − c|/s),   c = (i + 1/2)·s − 1/2,
//
// over those k that there are: the triangle that bilinear interpolation has for
// s = 1, as wide as the new pixels, so that nothing finer than these is left to
// alias.
type Shrinker struct {
	height, width, channels int
	down, along             []taps // of the rows and of the columns of the result
}

// taps are the weights of an old row or column and those after it.
type taps struct {
	first   int
	weights []float32
}

// NewShrinker makes one from height x width to h x w pixels, each side at most that
// of the input and 1 or more; others are an error.
func NewShrinker(height, width, channels, h, w int) (*Shrinker, error) {
	if h < 1 || w < 1 || h > height || w > width || channels < 1 {
		return nil, fmt.Errorf("vision: %d x %d pixels of %d channels shrunk to %d x %d; want 1 to as many", height, width, channels, h, w)
	}
	return &Shrinker{height: height, width: width, channels: channels, down: triangles(height, h), along: triangles(width, w)}, nil
}

// triangles are the weights of n pixels of a side that has count.
func triangles(count, n int) []taps {
	list := make([]taps, n)
	s := float64(count) / float64(n)
	for i := range list {
		centre, sum := (float64(i)+0.5)*s-0.5, 0.0
		var t taps
		for k := range count {
			if weight := 1 - max(float64(k)-centre, centre-float64(k))/s; weight > 1e-9 {
				if len(t.weights) == 0 {
					t.first = k
				}
				t.weights = append(t.weights, float32(weight))
				sum += weight
			}
		}
		for k := range t.weights {
			t.weights[k] /= float32(sum)
		}
		list[i] = t
	}
	return list
}

// Shrink writes the inputs x, scaled, to dst, on all cores. Both are of the same
// number of whole images; others are an error.
func (s *Shrinker) Shrink(dst, x []float32) error {
	from, to := s.height*s.width*s.channels, len(s.down)*len(s.along)*s.channels
	if len(x)%from != 0 || len(dst)*from != len(x)*to {
		return fmt.Errorf("vision: %d inputs shrunk to %d; want so many times %d and %d", len(x), len(dst), from, to)
	}
	parallel.For(len(x)/from, 8, func(lo, hi int) {
		rows := make([]float32, len(s.down)*s.width*s.channels) // of an image, scaled along its columns alone
		for n := lo; n < hi; n++ {
			s.one(dst[n*to:(n+1)*to], rows, x[n*from:(n+1)*from])
		}
	})
	return nil
}

// one does one image.
func (s *Shrinker) one(dst, rows, x []float32) {
	clear(rows)
	long := s.width * s.channels
	for i, t := range s.down {
		row := rows[i*long : (i+1)*long]
		for k, weight := range t.weights {
			for j, v := range x[(t.first+k)*long:][:long] {
				row[j] += weight * v
			}
		}
	}
	clear(dst)
	c := s.channels
	for i := range s.down {
		row := rows[i*long : (i+1)*long]
		for j, t := range s.along {
			pixel := dst[(i*len(s.along)+j)*c:][:c]
			for k, weight := range t.weights {
				for m, v := range row[(t.first+k)*c:][:c] {
					pixel[m] += weight * v
				}
			}
		}
	}
}
