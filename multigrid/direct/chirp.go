package direct

// Transforms of lengths with large prime factors.

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

// mostPrime is the largest prime factor p of a length that the fast transforms of gonum
// serve: they take some n p operations for it. Beyond, a chirp is faster.
const mostPrime = 50

// sum is one direction of the transform of a kind,
//
//	x_k = Σ_j weight_j a_j · sin or cos of π(k+α)(j+β)/m,   0 ≤ j, k < n.
type sum struct {
	sine           bool
	alpha, beta, m float64
	weight         float64 // of all but
	first, last    float64 // these
}

// sums are what the transforms in [transform.forward] and [transform.backward] add up, with
// the factors of FFTPACK.
func (a *axis) sums() (forward, backward sum) {
	n := float64(a.n)
	switch a.kind {
	case sines:
		forward = sum{true, 1, 1, n + 1, 2, 2, 2}
		backward = forward
	case cosines:
		forward = sum{false, 0, 0, n - 1, 2, 1, 1}
		backward = forward
	case quarterSines:
		forward, backward = sum{true, .5, 1, n, 2, 2, 1}, sum{true, 1, .5, n, 4, 4, 4}
	case quarterCosine:
		forward, backward = sum{false, .5, 0, n, 2, 1, 2}, sum{false, 0, .5, n, 4, 4, 4}
	case cellSines:
		forward, backward = sum{true, 1, .5, n, 4, 4, 4}, sum{true, .5, 1, n, 2, 2, 1}
	case cellCosines:
		forward, backward = sum{false, 0, .5, n, 4, 4, 4}, sum{false, .5, 0, n, 2, 1, 2}
	case waves:
		forward = sum{false, 0, 0, n / 2, 1, 1, 1}
		backward = forward
	default:
		forward, backward = sum{true, .5, .5, n, 8, 8, 8}, sum{true, .5, .5, n, 2, 2, 2}
	}
	return forward, backward
}

// chirp computes Σ_j a_j e^{iπ(k+α)(j+β)/m} as a convolution (Bluestein, IEEE Trans. Audio
// Electroacoust. 18, 1970), by 2(k+α)(j+β) = (k+α)² + (j+β)² − (k−j+α−β)².
type chirp struct {
	n         int
	fft       *fourier.CmplxFFT // of a power of two, at least 2n − 1
	pre, post []complex128
	kernel    []complex128 // transformed, over the length of the transform
	work      []complex128
}

func newChirp(n int, s sum) *chirp {
	length := 1
	for length < 2*n-1 {
		length *= 2
	}
	c := &chirp{n: n, fft: fourier.NewCmplxFFT(length), pre: make([]complex128, n), post: make([]complex128, n)}
	c.kernel, c.work = make([]complex128, length), make([]complex128, length)
	// e^{±iπx²/2m}: x is a multiple of ½, so the remainder is exact.
	phase := func(x, sign float64) complex128 {
		sin, cos := math.Sincos(sign * math.Pi * math.Mod(x*x, 4*s.m) / (2 * s.m))
		return complex(cos, sin)
	}
	for j := range n {
		c.pre[j], c.post[j] = phase(float64(j)+s.beta, 1), phase(float64(j)+s.alpha, 1)
		c.kernel[j] = phase(float64(j)+s.alpha-s.beta, -1)
		c.kernel[(length-j)%length] = phase(float64(-j)+s.alpha-s.beta, -1)
	}
	c.fft.Coefficients(c.kernel, c.kernel)
	for k := range c.kernel {
		c.kernel[k] /= complex(float64(length), 0)
	}
	return c
}

// apply turns the first n of work into their sums.
func (c *chirp) apply() {
	for j := range c.n {
		c.work[j] *= c.pre[j]
	}
	clear(c.work[c.n:])
	c.fft.Coefficients(c.work, c.work)
	for k := range c.work {
		c.work[k] *= c.kernel[k]
	}
	c.fft.Sequence(c.work, c.work)
	for k := range c.n {
		c.work[k] *= c.post[k]
	}
}

// real replaces v by a sum.
func (c *chirp) real(v []float64, s sum) {
	for j, x := range v {
		c.work[j] = complex(s.weight*x, 0)
	}
	last := len(v) - 1
	c.work[0], c.work[last] = complex(s.first*v[0], 0), complex(s.last*v[last], 0)
	c.apply()
	for k := range v {
		if v[k] = real(c.work[k]); s.sine {
			v[k] = imag(c.work[k])
		}
	}
}

// slow is a transform by chirps.
type slow struct {
	forward, backward           sum
	chirpForward, chirpBackward *chirp
}

func newSlow(a *axis) *slow {
	s := &slow{}
	s.forward, s.backward = a.sums()
	s.chirpForward = newChirp(a.n, s.forward)
	s.chirpBackward = newChirp(a.n, s.backward)
	return s
}

// wave does what [transform.forward] does on a periodic axis.
func (s *slow) wave(v []float64) {
	c := s.chirpForward
	for j, x := range v {
		c.work[j] = complex(x, 0)
	}
	c.apply()
	for k := range v {
		if f := c.work[(k+1)/2]; k%2 == 1 || k == 0 {
			v[k] = real(f)
		} else {
			v[k] = -imag(f) // FFTPACK has e^{−2πi jk/n} forwards
		}
	}
}

// unwave is the inverse of wave, times n.
func (s *slow) unwave(v []float64) {
	c, n := s.chirpBackward, len(v)
	clear(c.work[:n])
	c.work[0] = complex(v[0], 0)
	for k := 1; 2*k <= n; k++ {
		if 2*k == n {
			c.work[k] = complex(v[n-1], 0)
		} else {
			c.work[k] = complex(2*v[2*k-1], 2*v[2*k])
		}
	}
	c.apply()
	for j := range v {
		v[j] = real(c.work[j])
	}
}

// length is that of the complex transforms behind an axis.
func (a *axis) length() int {
	switch a.kind {
	case sines:
		return a.n + 1
	case cosines:
		return a.n - 1
	}
	return a.n
}

// largestPrime is the largest prime factor of n, at least 1.
func largestPrime(n int) int {
	largest := 1
	for p := 2; p*p <= n; p++ {
		for n%p == 0 {
			largest, n = p, n/p
		}
	}
	return max(largest, n)
}
