package fourier

// The waves of a level, and the symbols of kernels on them.

import (
	"math"
	"math/cmplx"
)

// waves are those of an antiperiodic grid of n points along each of dim axes,
//
//	θ_d = 2π (j_d + ½)/n,   0 ≤ j_d < n,
//
// number j_0 + n (j_1 + n j_2). None of them is constant, so that no operator is singular.
// On the next grid, of n/2 points, wave j is wave j mod n/2.
type waves struct {
	dim, n, count int
	onto          []int32      // the wave of the next grid that a wave is there
	phase         []complex128 // e^{iθ_j m}, m = −2 … 2, at 5j + m + 2
}

func newWaves(dim, n int) *waves {
	w := &waves{dim: dim, n: n, count: 1, phase: make([]complex128, 5*n)}
	for range dim {
		w.count *= n
	}
	for j := range n {
		for m := -2; m <= 2; m++ {
			w.phase[5*j+m+2] = cmplx.Exp(complex(0, 2*math.Pi*(float64(j)+.5)/float64(n)*float64(m)))
		}
	}
	w.onto = make([]int32, w.count)
	for i := range w.onto {
		to, scale := 0, 1
		for rest, d := i, 0; d < dim; d++ {
			to += rest % n % (n / 2) * scale
			rest, scale = rest/n, scale*(n/2)
		}
		w.onto[i] = int32(to)
	}
	return w
}

// offset is where the phases of offset m of axis 0 begin, and its step from wave to wave.
func at(kernel []float64, dim int) (width, half int) {
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
	width, half := at(kernel, w.dim)
	from := make([]complex128, len(kernel))
	for i, k := range kernel {
		from[i] = complex(k, 0)
	}
	// Axis by axis: what was an offset becomes a wave. The waves of an axis end up slower
	// than what is left, so that after all axes x is fastest again.
	for range w.dim {
		rest := len(from) / width
		to := make([]complex128, w.n*rest)
		for j := range w.n {
			phase := w.phase[5*j+2-half:]
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
	width, half := at(g, w.dim)
	from := bar
	for range w.dim {
		// The slowest index is a wave of the axis that symbol made last; it becomes the
		// fastest offset.
		rest := len(from) / w.n
		to := make([]complex128, rest*width)
		for j := range w.n {
			phase := w.phase[5*j+2-half:]
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
