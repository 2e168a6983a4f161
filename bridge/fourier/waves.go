package fourier

// The waves of a level, and the symbols of kernels on them.

import (
	"math"
	"math/cmplx"
)

// waves are those of a grid of n cells along each of dim axes. If no kernel changes when an axis
// is reflected, they are along it sin θx, the eigenvectors for zero boundary values, with
//
//	θ_j = π j/n,   0 < j < n.
//
// On the next grid, of n/2 cells, the waves j and n − j are the same but for their sign, which
// does not matter, and n/2 is zero. Otherwise they are e^{iθx} with
//
//	θ_j = (2π j + φ)/n,   0 ≤ j < n,
//
// of which j and j + n/2 are the same on the next grid, and all on a grid of a single point,
// the wave φ: those that a larger grid couples with that wave. With φ = π they are those of an
// antiperiodic grid. No wave is constant, so that no operator is singular.
type waves struct {
	dim, count int
	size       [3]int          // waves along each axis, x fastest
	onto       []int32         // the wave of the next grid that a wave is there
	gone       []int32         // those that are zero there
	phase      [3][]complex128 // e^{iθ_j m}, m = −2 … 2, at 5j + m + 2
}

func newWaves(dim, n int, sines [3]bool, phi [3]float64) *waves {
	w := &waves{dim: dim, count: 1}
	for d := range dim {
		w.size[d] = n
		if sines[d] {
			w.size[d] = n - 1
		}
		w.count *= w.size[d]
		for j := range w.size[d] {
			theta := (2*math.Pi*float64(j) + phi[d]) / float64(n)
			if sines[d] {
				theta = math.Pi * float64(j+1) / float64(n)
			}
			for m := -2; m <= 2; m++ {
				w.phase[d] = append(w.phase[d], cmplx.Exp(complex(0, theta*float64(m))))
			}
		}
	}
	w.onto = make([]int32, w.count)
	for i := range w.onto {
		to, scale, rest, gone := 0, 1, i, false
		for d := range dim {
			j, below := rest%w.size[d], w.size[d]/2
			rest /= w.size[d]
			switch {
			case !sines[d]:
				j %= max(1, below)
			case j == below:
				gone = true
			case j > below:
				j = w.size[d] - 1 - j
			}
			to, scale = to+j*scale, scale*below
		}
		if gone {
			w.gone, to = append(w.gone, int32(i)), 0 // wherever: R and P are 0 there
		}
		w.onto[i] = int32(to)
	}
	return w
}

// widthOf is the width of a kernel, and the largest offset.
func widthOf(kernel []float64, dim int) (width, half int) {
	width = 3
	if len(kernel) == power(5, dim) {
		width = 5
	}
	return width, width / 2
}

func power(base, exponent int) int {
	p := 1
	for range exponent {
		p *= base
	}
	return p
}

// symbol is Σ_o k_o e^{iθ·o} on all waves, for a kernel of 3^dim or 5^dim weights, x
// fastest.
func (w *waves) symbol(kernel []float64) []complex128 {
	width, half := widthOf(kernel, w.dim)
	from := make([]complex128, len(kernel))
	for i, k := range kernel {
		from[i] = complex(k, 0)
	}
	// Axis by axis: what was an offset becomes a wave. The waves of an axis end up slower
	// than what is left, so that after all axes x is fastest again.
	for d := range w.dim {
		rest := len(from) / width
		to := make([]complex128, w.size[d]*rest)
		for j := range w.size[d] {
			phase := w.phase[d][5*j+2-half:]
			for i := range rest {
				var sum complex128
				for m := range width {
					sum += phase[m] * from[width*i+m]
				}
				to[j*rest+i] = sum
			}
		}
		from = to
	}
	return from
}

// gradient adds the gradient by the weights to g, given that by the symbol: the transpose of
// symbol, Re Σ_θ e^{−iθ·o} s̄(θ).
func (w *waves) gradient(g []float64, bar []complex128) {
	width, half := widthOf(g, w.dim)
	from := bar
	for d := w.dim - 1; d >= 0; d-- {
		// The slowest index is a wave of the axis that symbol made last; it becomes the
		// fastest offset.
		rest := len(from) / w.size[d]
		to := make([]complex128, rest*width)
		for j := range w.size[d] {
			phase := w.phase[d][5*j+2-half:]
			row := from[j*rest : (j+1)*rest]
			for m := range width {
				p := cmplx.Conj(phase[m])
				for i, v := range row {
					to[width*i+m] += p * v
				}
			}
		}
		from = to
	}
	for o := range g {
		g[o] += real(from[o])
	}
}
