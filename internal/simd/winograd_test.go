package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// matrices builds Bᵀ (6×6), G (6×3) and Aᵀ (4×6) of F(4, 3) from the points 0, ±p,
// ±q and ∞: with M(x) = Π(x − α) over the finite ones, row i of Bᵀ has the
// coefficients of M(x)/(x − α_i), the last those of M; row i of G and column i of
// Aᵀ have powers of α_i, G over Π(α_i − α_j).
func matrices() (bt, g, at [][]float64) {
	points := []float64{0, 11. / 16, -11. / 16, 3. / 2, -3. / 2}
	without := func(skip int) []float64 {
		poly := []float64{1}
		for j, a := range points {
			if j == skip {
				continue
			}
			next := make([]float64, len(poly)+1)
			for i, v := range poly {
				next[i+1] += v
				next[i] -= a * v
			}
			poly = next
		}
		for len(poly) < 6 {
			poly = append(poly, 0)
		}
		return poly
	}
	at = make([][]float64, 4)
	for i := range 6 {
		bt = append(bt, without(i))
		row := make([]float64, 3)
		if i == 5 {
			row[2] = 1
		}
		for k := range at {
			v := 0.0
			if i < 5 {
				v = math.Pow(points[i], float64(k))
			} else if k == 3 {
				v = 1
			}
			at[k] = append(at[k], v)
		}
		if i < 5 {
			scale := 1.0
			for j, a := range points {
				if j != i {
					scale /= points[i] - a
				}
			}
			for k := range row {
				row[k] = scale * math.Pow(points[i], float64(k))
			}
		}
		g = append(g, row)
	}
	return bt, g, at
}

// transpose returns mᵀ.
func transpose(m [][]float64) [][]float64 {
	t := make([][]float64, len(m[0]))
	for _, row := range m {
		for j, v := range row {
			t[j] = append(t[j], v)
		}
	}
	return t
}

// Aᵀ[(G g) ⊙ (Bᵀ d)] is the convolution.
func TestMinimalFiltering(t *testing.T) {
	bt, g, at := matrices()
	rng := rand.New(rand.NewPCG(1, 2))
	var d [6]float64
	var w [3]float64
	for i := range d {
		d[i] = rng.NormFloat64()
	}
	for i := range w {
		w[i] = rng.NormFloat64()
	}
	for k := range 4 {
		y := 0.0
		for i := range 6 {
			u, v := 0.0, 0.0
			for j := range w {
				u += g[i][j] * w[j]
			}
			for j := range d {
				v += bt[i][j] * d[j]
			}
			y += at[k][i] * u * v
		}
		if want := w[0]*d[k] + w[1]*d[k+1] + w[2]*d[k+2]; math.Abs(y-want) > 1e-12 {
			t.Errorf("output %d is %v, want %v", k, y, want)
		}
	}
}

// The five transforms of every implementation are M x Mᵀ with these matrices, for any
// number of channels. They write nothing else, and a NaN stays in its channel. A value
// passes through two lines of at most ten roundings each, of numbers of at most
// Σ|M||x||M|ᵀ.
func TestWinogradTransforms(t *testing.T) {
	bt, g, at := matrices()
	for _, k := range All() {
		for _, x := range []struct {
			name     string
			m        [][]float64
			fromGrid bool
			run      func(dst, src []float32, s WinogradLayout, channels int)
		}{
			{"input", bt, true, k.WinogradInput},
			{"output", at, false, k.WinogradOutput},
			{"gradient", transpose(at), true, k.WinogradGradient},
			{"weights", g, true, k.WinogradWeights},
			{"weight gradient", transpose(g), false, k.WinogradWeightGradient},
		} {
			for channels := 1; channels <= 70; channels++ {
				checkTransform(t, fmt.Sprintf("%s of %s, %d channels", x.name, k.Name, channels), x.m, x.fromGrid, x.run, channels)
			}
		}
	}
}

// Those of lines are M x, of at most ten roundings.
func TestWinogradLineTransforms(t *testing.T) {
	bt, g, at := matrices()
	for _, k := range All() {
		for _, x := range []struct {
			name     string
			m        [][]float64
			fromGrid bool
			run      func(dst, src []float32, s WinogradLayout, channels int)
		}{
			{"input", bt, true, k.WinogradLineInput},
			{"output", at, false, k.WinogradLineOutput},
			{"gradient", transpose(at), true, k.WinogradLineGradient},
			{"weights", g, true, k.WinogradLineWeights},
			{"weight gradient", transpose(g), false, k.WinogradLineWeightGradient},
		} {
			for channels := 1; channels <= 70; channels++ {
				checkLine(t, fmt.Sprintf("%s of lines of %s, %d channels", x.name, k.Name, channels), x.m, x.fromGrid, x.run, channels)
			}
		}
	}
}

func checkLine(t *testing.T, what string, m [][]float64, fromGrid bool, run func(dst, src []float32, s WinogradLayout, channels int), channels int) {
	t.Helper()
	const untouched = -77
	rng := rand.New(rand.NewPCG(uint64(channels), 4))
	s := WinogradLayout{Plane: channels + 5, Pixel: channels + 3}
	from, to := s.Pixel, s.Plane
	if !fromGrid {
		from, to = s.Plane, s.Pixel
	}
	src := normal(rng, 6*(channels+8))
	bad := rng.IntN(channels)
	src[bad] = float32(math.NaN())
	dst := make([]float32, 6*(channels+8))
	for i := range dst {
		dst[i] = untouched
	}
	run(dst, src, s, channels)
	for a, row := range m {
		for c := range channels {
			got := dst[a*to+c]
			dst[a*to+c] = untouched
			if c == bad {
				continue // NaN where its coefficient is not 0, in this channel only
			}
			want, abs := 0.0, 0.0
			for i, v := range row {
				want += v * float64(src[i*from+c])
				abs += math.Abs(v * float64(src[i*from+c]))
			}
			if bound := 10 * unit * abs; !(math.Abs(float64(got)-want) <= bound) {
				t.Fatalf("%s: %d, channel %d is %v, want %v within %.1e", what, a, c, got, want, bound)
			}
		}
	}
	for i, v := range dst {
		if v != untouched {
			t.Fatalf("%s: value %d was touched", what, i)
		}
	}
}

func checkTransform(t *testing.T, what string, m [][]float64, fromGrid bool, run func(dst, src []float32, s WinogradLayout, channels int), channels int) {
	t.Helper()
	const untouched = -77
	rng := rand.New(rand.NewPCG(uint64(channels), 3))
	s := WinogradLayout{Plane: channels + 5, Row: 6*(channels+3) + 1, Pixel: channels + 3}
	place := func(grid bool, i, j, c int) int {
		if grid {
			return i*s.Row + j*s.Pixel + c
		}
		return (i*6+j)*s.Plane + c
	}
	src := normal(rng, 36*(channels+8)+6)
	bad := rng.IntN(channels)
	src[place(fromGrid, 0, 0, bad)] = float32(math.NaN())
	dst := make([]float32, 36*(channels+8)+6)
	for i := range dst {
		dst[i] = untouched
	}
	run(dst, src, s, channels)
	n, size := len(m), len(m[0])
	for a := range n {
		for b := range n {
			for c := range channels {
				at := place(!fromGrid, a, b, c)
				got := dst[at]
				dst[at] = untouched
				if c == bad {
					continue // NaN where its coefficient is not 0, in this channel only
				}
				want, abs := 0.0, 0.0
				for i := range size {
					for j := range size {
						v := m[a][i] * m[b][j] * float64(src[place(fromGrid, i, j, c)])
						want += v
						abs += math.Abs(v)
					}
				}
				if bound := 20 * unit * abs; !(math.Abs(float64(got)-want) <= bound) {
					t.Fatalf("%s: (%d, %d), channel %d is %v, want %v within %.1e", what, a, b, c, got, want, bound)
				}
			}
		}
	}
	for i, v := range dst {
		if v != untouched {
			t.Fatalf("%s: value %d was touched", what, i)
		}
	}
}
