package fuse

// How far Winograd's way of lines may be from the definition, as in winograd_error_test.go
// with one pass of a line in place of two: a line takes at most 4 roundings, or 5 for Gᵀ u,
//
//	U = G g,  V = Bᵀ d,  |Û − U| ≤ γ₄ |G||g|,   y = Aᵀ Σ U ⊙ V.

import (
	"math"
	"testing"
)

// mustRow is the convolution with kernels 1×3 and stride 1 that keeps the width.
func mustRow(t testing.TB, in Shape, channels int) *Conv {
	t.Helper()
	c, err := NewConv(in, channels, Window{[2]int{1, 3}, [2]int{1, 1}, [2]int{0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// of is m x, and its largest absolute value as computed.
func (m matrix) of(x [6]float64) (y, most [6]float64) {
	for i, row := range m {
		for k, v := range row {
			y[i] += v * x[k]
			most[i] += math.Abs(v * x[k])
		}
		most[i] = math.Abs(y[i]) + gamma(4)*most[i]
	}
	return y, most
}

// linePair is a transformed line, and its largest absolute value as computed.
type linePair struct{ value, most [6]float64 }

// lineSum is Σ u ⊙ v over terms, with what its bound needs.
type lineSum struct {
	terms            int
	value, abs, most [6]float64
}

func (s *lineSum) add(u, umost, v, vmost [6]float64) {
	s.terms++
	for f := range u {
		s.value[f] += u[f] * v[f]
		s.abs[f] += math.Abs(u[f] * v[f])
		s.most[f] += umost[f] * vmost[f]
	}
}

// result is m times the sum, of a number of roundings, with a bound for each value.
func (s *lineSum) result(m matrix, roundings int) (y, bound [6]float64) {
	g := gamma(roundings)
	for i, row := range m {
		for f, v := range row {
			y[i] += v * s.value[f]
			e := (1+gamma(s.terms+1))*s.most[f] - s.abs[f]
			bound[i] += math.Abs(v) * ((1+g)*e + g*math.Abs(s.value[f]))
		}
	}
	return y, bound
}

// filterLines has the three passes of a convolution with 1×3 kernels.
func filterLines(c *Conv, in operands) [3]expected {
	turned := make([]float32, len(in.w))
	for tap := range 3 {
		for ch := range c.In.C {
			for o := range c.Out.C {
				turned[((2-tap)*c.Out.C+o)*c.In.C+ch] = in.w[(tap*c.In.C+ch)*c.Out.C+o]
			}
		}
	}
	return [3]expected{
		lineMaps(in.x, in.w, c.In, c.Out, c.Pad),
		lineMaps(in.dy, turned, c.Out, c.In, [2]int{-c.Pad[0], 2 - c.Pad[1]}),
		lineWeights(c, in.dy, in.x),
	}
}

// pixels are n of a channel from (r, q) on, zero off the image.
func pixels(x []float32, s Shape, image, channel, r, q, n int) (d [6]float64) {
	for j := range n {
		if r >= 0 && r < s.H && q+j >= 0 && q+j < s.W {
			d[j] = float64(x[((image*s.H+r)*s.W+q+j)*s.C+channel])
		}
	}
	return d
}

func lineMaps(x, w []float32, in, out Shape, pad [2]int) expected {
	e := newExpected(out.Len())
	weights := make([]linePair, in.C*out.C)
	for i := range weights {
		var g [6]float64
		for tap := range 3 {
			g[tap] = float64(w[tap*len(weights)+i])
		}
		weights[i].value, weights[i].most = weightsMatrix.of(g)
	}
	tiles := make([]linePair, in.C)
	for image := range out.N {
		for r := range out.H {
			for q := 0; q < out.W; q += tileSize {
				for ch := range tiles {
					tiles[ch].value, tiles[ch].most = inputMatrix.of(pixels(x, in, image, ch, r-pad[0], q-pad[1], 6))
				}
				for o := range out.C {
					var s lineSum
					for ch, d := range tiles {
						u := weights[ch*out.C+o]
						s.add(u.value, u.most, d.value, d.most)
					}
					y, bound := s.result(outputMatrix, 4)
					for j := range min(tileSize, out.W-q) {
						at := ((image*out.H+r)*out.W+q+j)*out.C + o
						e.value[at], e.bound[at] = y[j], bound[j]
					}
				}
			}
		}
	}
	return e
}

func lineWeights(c *Conv, dy, x []float32) expected {
	e := newExpected(c.WeightLen())
	sums, us := make([]lineSum, c.In.C*c.Out.C), make([]linePair, c.Out.C)
	gradient := outputMatrix.transposed(6)
	for image := range c.Out.N {
		for r := range c.Out.H {
			for q := 0; q < c.Out.W; q += tileSize {
				for o := range us {
					us[o].value, us[o].most = gradient.of(pixels(dy, c.Out, image, o, r, q, tileSize))
				}
				for ch := range c.In.C {
					v, vmost := inputMatrix.of(pixels(x, c.In, image, ch, r-c.Pad[0], q-c.Pad[1], 6))
					for o, u := range us {
						sums[ch*c.Out.C+o].add(u.value, u.most, v, vmost)
					}
				}
			}
		}
	}
	for i := range sums {
		g, bound := sums[i].result(weightsMatrix.transposed(3), 5)
		for tap := range 3 {
			e.value[tap*len(sums)+i], e.bound[tap*len(sums)+i] = g[tap], bound[tap]
		}
	}
	return e
}
