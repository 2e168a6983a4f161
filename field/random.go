package field

// Gaussian random fields by the Karhunen–Loève expansion: independent normal coefficients of
// the eigenfunctions of −Δ.

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/dsp/fourier"

	"mgtool/source"
)

// normals is the generator of a sample's random numbers.
func normals(seed uint64, number int) *rand.Rand {
	pcg := source.Random(0, seed, 0, number)
	return rand.New(&pcg)
}

// cosineField is the field on the unit square with zero flux through its sides,
//
//	U(x, y) = Σ_k σ_k ξ_k φ_k,   σ_k = τ^(α−1) (π²|k|² + τ²)^(−α/2),   k ≠ 0, k < n,
//	φ_k = c_k cos(π k₁ x) cos(π k₂ y),   c = 1, √2, 2 for two, one, no zero among k₁, k₂,
//
// at n² points: ((i+½)/n, (j+½)/n), or vertices (i, j)/(n−1). ξ_k are independent and standard
// normal. It has the covariance τ^(2α−2) (−Δ + τ²)^−α; this is the expansion behind the sets of
// Li et al., 2021.
type cosineField struct {
	n      int
	sigma  []float64 // σ_k c_k, k₁ fastest
	series func(row []float64)
}

func newCosineField(n int, alpha, tau float64, vertices bool) *cosineField {
	f := &cosineField{n: n, sigma: make([]float64, n*n)}
	sum := make([]float64, n)
	if vertices {
		dct := fourier.NewDCT(n)
		f.series = func(row []float64) {
			row[n-1] *= 2
			copy(row, dct.Transform(sum, row))
		}
	} else {
		quarter := fourier.NewQuarterWaveFFT(n)
		f.series = func(row []float64) { copy(row, quarter.CosCoefficients(sum, row)) }
	}
	for k2 := range n {
		for k1 := range n {
			if k1+k2 == 0 {
				continue
			}
			norm := 1.0
			for _, k := range []int{k1, k2} {
				if k > 0 {
					norm *= math.Sqrt2
				}
			}
			squares := math.Pi * math.Pi * float64(k1*k1+k2*k2)
			f.sigma[k2*n+k1] = norm * math.Pow(tau, alpha-1) * math.Pow(squares+tau*tau, -alpha/2)
		}
	}
	return f
}

// draw sets u (n, n) to a field.
func (f *cosineField) draw(u []float64, rng *rand.Rand) {
	for k, s := range f.sigma {
		u[k] = s * rng.NormFloat64()
	}
	f.sum(u)
}

// sum replaces the coefficients of cos(π k₁ x) cos(π k₂ y) by the values of their sum.
func (f *cosineField) sum(u []float64) {
	n := f.n
	for range 2 { // rows, then columns as rows of the transpose
		for j := range n {
			row := u[j*n : (j+1)*n]
			for k := 1; k < n; k++ { // the transforms take 2 x_k from k = 1 on
				row[k] /= 2
			}
			f.series(row)
		}
		transpose(u, n)
	}
}

// transpose swaps the axes of a square array.
func transpose(u []float64, n int) {
	for j := range n {
		for i := range j {
			u[j*n+i], u[i*n+j] = u[i*n+j], u[j*n+i]
		}
	}
}
