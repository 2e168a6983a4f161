package direct

// The eigenvectors along an axis, and fast transforms to them and back.

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/dsp/fourier"

	"mgtool/pde"
)

// kind is the family of eigenvectors v_k of a second difference with its sides, by what
// they are at unknown i = 0, 1, … of n.
type kind int

const (
	waves         kind = iota // periodic: e^{2πi k/n}
	sines                     // vertices, D–D: sin π(k+1)(i+1)/(n+1)
	cosines                   // vertices, N–N: cos πk i/(n−1)
	quarterSines              // vertices, D–N: sin π(k+½)(i+1)/n
	quarterCosine             // vertices, N–D: cos π(k+½) i/n
	cellSines                 // cells, D–D: sin π(k+1)(i+½)/n
	cellCosines               // cells, N–N: cos πk(i+½)/n
	cellMixed                 // cells, D–N: sin π(k+½)(i+½)/n
	cellMirrored              // cells, N–D: the same from the other end
)

// axis is the transform of an axis of n unknowns.
type axis struct {
	kind  kind
	n     int
	scale float64 // a forward and a backward transform multiply by 1/scale
}

func newAxis(g pde.Grid, d int) *axis {
	a := &axis{n: g.Inner(d)}
	first, last := g.Sides[d][0] == pde.Neumann, g.Sides[d][1] == pde.Neumann
	n := float64(a.n)
	switch {
	case g.Sides[d][0] == pde.Periodic:
		a.kind, a.scale = waves, 1/n
	case g.Cells:
		a.kind, a.scale = [...]kind{cellSines, cellMirrored, cellMixed, cellCosines}[number(first, last)], 1/(4*n)
		if first != last {
			a.scale /= 2
		}
	default:
		a.kind = [...]kind{sines, quarterCosine, quarterSines, cosines}[number(first, last)]
		switch a.kind {
		case sines:
			a.scale = 1 / (2 * (n + 1))
		case cosines:
			a.scale = 1 / (2 * (n - 1))
		default:
			a.scale = 1 / (4 * n)
		}
	}
	return a
}

// number is 0 to 3.
func number(first, last bool) (k int) {
	if first {
		k++
	}
	if last {
		k += 2
	}
	return k
}

// eigenvalues are w (2 − 2 cos φ_k) = 4w sin² φ_k/2, in the order of the coefficients.
func (a *axis) eigenvalues(w float64) []float64 {
	list := make([]float64, a.n)
	n := float64(a.n)
	for k := range list {
		k, phi := float64(k), 0.0
		switch a.kind {
		case waves: // 0, 1, 1, 2, 2, …
			phi = 2 * math.Pi * math.Floor((k+1)/2) / n
		case sines:
			phi = math.Pi * (k + 1) / (n + 1)
		case cosines:
			phi = math.Pi * k / (n - 1)
		case cellSines:
			phi = math.Pi * (k + 1) / n
		case cellCosines:
			phi = math.Pi * k / n
		default:
			phi = math.Pi * (k + .5) / n
		}
		sin := math.Sin(phi / 2)
		list[int(k)] = 4 * w * sin * sin
	}
	return list
}

// transform is an axis with the tables and memory of a worker.
type transform struct {
	*axis
	lines   []float64 // room for lanes lines
	ratio   []float64 // of an elimination
	double  []float64 // a line and its mirror image
	complex []complex128

	sine    *fourier.DST
	cosine  *fourier.DCT
	quarter *fourier.QuarterWaveFFT
	wave    *fourier.FFT
	slow    *slow // instead of these
}

func (a *axis) transform() *transform {
	t := &transform{axis: a, lines: make([]float64, lanes*a.n), ratio: make([]float64, a.n)}
	if largestPrime(a.length()) > mostPrime {
		t.slow = newSlow(a)
		return t
	}
	switch a.kind {
	case waves:
		t.wave, t.complex = fourier.NewFFT(a.n), make([]complex128, a.n/2+1)
	case sines:
		t.sine = fourier.NewDST(a.n)
	case cosines:
		t.cosine = fourier.NewDCT(a.n)
	case cellMixed, cellMirrored:
		t.quarter, t.double = fourier.NewQuarterWaveFFT(2*a.n), make([]float64, 2*a.n)
	default:
		t.quarter = fourier.NewQuarterWaveFFT(a.n)
	}
	return t
}

// forward turns values into coefficients, in place.
func (t *transform) forward(v []float64) {
	if t.slow != nil {
		if t.kind == cellMirrored {
			slices.Reverse(v)
		}
		t.slowly(v, t.slow.wave, t.slow.chirpForward, t.slow.forward)
		return
	}
	switch t.kind {
	case waves:
		t.wave.Coefficients(t.complex, v)
		for k := range v {
			if c := t.complex[(k+1)/2]; k%2 == 1 || k == 0 {
				v[k] = real(c)
			} else {
				v[k] = imag(c)
			}
		}
	case sines:
		t.sine.Transform(v, v)
	case cosines:
		t.cosine.Transform(v, v)
	case quarterSines:
		t.quarter.SinCoefficients(v, v)
	case quarterCosine:
		t.quarter.CosCoefficients(v, v)
	case cellSines:
		t.quarter.SinSequence(v, v)
	case cellCosines:
		t.quarter.CosSequence(v, v)
	default:
		// With its mirror image beyond the Neumann side a line is one of twice as many
		// cells between Dirichlet sides, whose every second coefficient is 0.
		for i, x := range v {
			if t.kind == cellMirrored {
				i = t.n - 1 - i
			}
			t.double[i], t.double[2*t.n-1-i] = x, x
		}
		t.quarter.SinSequence(t.double, t.double)
		for k := range v {
			v[k] = t.double[2*k]
		}
	}
}

// backward is the inverse of forward.
func (t *transform) backward(v []float64) {
	t.undo(v)
	for i := range v {
		v[i] *= t.scale
	}
}

// slowly is a transform by chirps, wave on a periodic axis.
func (t *transform) slowly(v []float64, wave func([]float64), c *chirp, s sum) {
	if t.kind == waves {
		wave(v)
		return
	}
	c.real(v, s)
}

// undo is the inverse of forward, but for the scale.
func (t *transform) undo(v []float64) {
	if t.slow != nil {
		t.slowly(v, t.slow.unwave, t.slow.chirpBackward, t.slow.backward)
		if t.kind == cellMirrored {
			slices.Reverse(v)
		}
		return
	}
	switch t.kind {
	case waves:
		for k := range t.complex {
			c := complex(v[max(2*k-1, 0)], 0)
			if 0 < k && 2*k < t.n {
				c += complex(0, v[2*k])
			}
			t.complex[k] = c
		}
		t.wave.Sequence(v, t.complex)
	case sines:
		t.sine.Transform(v, v)
	case cosines:
		t.cosine.Transform(v, v)
	case quarterSines:
		t.quarter.SinSequence(v, v)
	case quarterCosine:
		t.quarter.CosSequence(v, v)
	case cellSines:
		t.quarter.SinCoefficients(v, v)
	case cellCosines:
		t.quarter.CosCoefficients(v, v)
	default:
		clear(t.double)
		for k, x := range v {
			t.double[2*k] = x
		}
		t.quarter.SinCoefficients(t.double, t.double)
		for i := range v {
			if v[i] = t.double[i]; t.kind == cellMirrored {
				v[i] = t.double[t.n-1-i]
			}
		}
	}
}
