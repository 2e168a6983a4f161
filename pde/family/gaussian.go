package family

// Stationary Gaussian random fields.

import (
	"math"
	"math/cmplx"
	"math/rand/v2"

	"mgtool/internal/parallel"
)

// normals are independent numbers of the standard normal distribution, by Box and Muller's
// method. It is written out here because that of math/rand may change between versions of
// Go, and with it the problem of a seed.
type normals struct {
	rng    *rand.PCG
	second float64
	stored bool
}

func newNormals(seed uint64) *normals { return &normals{rng: rand.NewPCG(seed, 0x66616d696c79)} }

func (n *normals) next() float64 {
	if n.stored {
		n.stored = false
		return n.second
	}
	uniform := func() float64 { return (float64(n.rng.Uint64()>>11) + .5) * 0x1p-53 }
	r := math.Sqrt(-2 * math.Log(uniform()))
	s, c := math.Sincos(2 * math.Pi * uniform())
	n.second, n.stored = r*s, true
	return r * c
}

// waveField is a Gaussian field on the unit box with mean 0 and covariance
// exp(−|x−y|²/(2ℓ²)): a sum of waves of the period p = 1 + 6ℓ,
//
//	Z(x) = Re Σ_j c_j e^{−2πi j·x/p},   c_j = √w_j (ξ_j + iη_j),
//
// with ξ, η independent and normal, and w_j ∝ exp(−½ (2πℓ|j|/p)²), Σ w_j = 1, the Fourier
// coefficients of the covariance. The period leaves it to e^{−18} as it is on a line; waves
// beyond 2πℓ|j_d|/p = 6.5, with w_j below e^{−21} of the largest, are left out. So Z is a
// function: the same on every grid.
type waveField struct {
	dim, most int     // |j_d| ≤ most
	period    float64 // p
	c         []complex128
}

func newWaveField(dim int, length float64, seed uint64) waveField {
	f := waveField{dim: dim, period: 1 + 6*length}
	along := f.weights(length)
	count := 1
	for range dim {
		count *= len(along)
	}
	f.c = make([]complex128, count)
	n := newNormals(seed)
	for at := range f.c {
		w, rest := 1.0, at
		for range dim {
			w *= along[rest%len(along)]
			rest /= len(along)
		}
		re := n.next()
		f.c[at] = complex(w*re, w*n.next())
	}
	return f
}

// weights sets how many waves there are, and returns √w_j of one axis: those of several are
// products.
func (f *waveField) weights(length float64) []float64 {
	per := 2 * math.Pi * length / f.period
	f.most = int(math.Ceil(6.5 / per))
	along := make([]float64, 2*f.most+1)
	sum := 0.0
	for i := range along {
		k := per * float64(i-f.most)
		along[i] = math.Exp(-k * k / 4)
		sum += along[i] * along[i]
	}
	for i := range along {
		along[i] /= math.Sqrt(sum)
	}
	return along
}

// at evaluates Z on the product of lists of coordinates, one an axis, x fastest, axis by
// axis.
func (f waveField) at(coordinates [][]float64) []float64 {
	waves := 2*f.most + 1
	values := f.c
	inner := 1 // points of the axes done
	for _, x := range coordinates {
		outer := len(values) / (inner * waves)
		phases := make([]complex128, len(x)*waves)
		for i, v := range x {
			for j := range waves {
				phases[i*waves+j] = cmplx.Exp(complex(0, -2*math.Pi*float64(j-f.most)*v/f.period))
			}
		}
		next := make([]complex128, outer*len(x)*inner)
		parallel.For(outer*len(x), 1+4096/(inner*waves), func(lo, hi int) {
			for n := lo; n < hi; n++ {
				o, i := n/len(x), n%len(x)
				to := next[n*inner : (n+1)*inner]
				for j := range waves {
					phase := phases[i*waves+j]
					for m, v := range values[(o*waves+j)*inner:][:inner] {
						to[m] += phase * v
					}
				}
			}
		})
		values, inner = next, inner*len(x)
	}
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = real(v)
	}
	return out
}
