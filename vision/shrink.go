package vision

// This file scales network inputs down.

import (
	"fmt"

	"mgtool/internal/parallel"
)

// Shrinker scales inputs down from (N, H, W, C) to (N, h, w, C), by the same rule along
// columns and rows: with s = H/h, pixel i of the result is the mean of the pixels k of the
// input with the weights
//
//	max(0, 1 − |k − c|/s),   c = (i + 1/2)·s − 1/2.
//
// This is bilinear interpolation with a triangle as wide as the new pixels, so that finer
// details do not alias.
type Shrinker struct {
	height, width, channels int
	down, along             []taps // of the rows and of the columns of the result
}

// taps are the weights of an old row or column and those after it.
type taps struct {
	first   int
	weights []float32
}

// NewShrinker scales height x width pixels to h x w. A side below 1 or above that of the
// input is an error.
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

// Shrink writes the inputs x, scaled down, to dst, on all cores. Both must hold the same
// number of whole images.
func (s *Shrinker) Shrink(dst, x []float32) error {
	from, to := s.height*s.width*s.channels, len(s.down)*len(s.along)*s.channels
	if len(x)%from != 0 || len(dst)*from != len(x)*to {
		return fmt.Errorf("vision: %d inputs shrunk to %d; want the same multiple of %d and of %d", len(x), len(dst), from, to)
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
