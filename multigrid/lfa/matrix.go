package lfa

// Matrices on harmonics, their spectral radius, and its maximum over frequencies.

import (
	"math"
	"math/cmplx"
)

// matrix acts on, or is, coefficients of harmonics. A nil one is zero.
type matrix struct {
	rows, columns int
	v             []complex128
}

func newMatrix(rows, columns int) *matrix {
	return &matrix{rows, columns, make([]complex128, rows*columns)}
}

func identity(n int) *matrix {
	m := newMatrix(n, n)
	for i := range n {
		m.row(i)[i] = 1
	}
	return m
}

func (m *matrix) row(i int) []complex128 { return m.v[i*m.columns : (i+1)*m.columns] }

// addRow adds s times v to row i.
func (m *matrix) addRow(i int, s complex128, v []complex128) {
	row := m.row(i)
	for k, c := range v {
		row[k] += s * c
	}
}

// scaled is m with row i times s[i].
func (m *matrix) scaled(s []complex128) *matrix {
	p := newMatrix(m.rows, m.columns)
	for i, c := range s {
		p.addRow(i, c, m.row(i))
	}
	return p
}

func add(x, y *matrix) *matrix { return combined(x, y, 1) }
func sub(x, y *matrix) *matrix { return combined(x, y, -1) }

// combined is x + s y.
func combined(x, y *matrix, s complex128) *matrix {
	if y == nil {
		return x
	}
	z := newMatrix(y.rows, y.columns)
	for k, c := range y.v {
		z.v[k] = s * c
	}
	if x != nil {
		for k, c := range x.v {
			z.v[k] += c
		}
	}
	return z
}

// squared is (s m)².
func (m *matrix) squared(s float64) *matrix {
	p := newMatrix(m.rows, m.columns)
	ss := complex(s*s, 0)
	for i := range m.rows {
		for k, c := range m.row(i) {
			if c != 0 {
				p.addRow(i, ss*c, m.row(k))
			}
		}
	}
	return p
}

// norm is the smaller of the largest sums of |m| along rows and along columns.
func (m *matrix) norm() float64 {
	columns := make([]float64, m.columns)
	var rows, most float64
	for i := range m.rows {
		sum := 0.0
		for k, c := range m.row(i) {
			a := cmplx.Abs(c)
			sum += a
			columns[k] += a
		}
		rows = max(rows, sum)
	}
	for _, sum := range columns {
		most = max(most, sum)
	}
	return min(rows, most)
}

// squarings is how often a matrix is squared for its spectral radius: of norms that exceed
// it by a factor of 1000 in all its powers 4e-4 is left.
const squarings = 14

// radius is the spectral radius or most, whichever is larger, from ρ ≤ ‖m^p‖^{1/p}, which
// falls towards ρ as p doubles.
func (m *matrix) radius(most float64) float64 {
	log, power := 0.0, 1.0 // m to this power is e^log times the matrix at hand
	for k := 0; ; k++ {
		norm := m.norm()
		if norm == 0 {
			return most
		}
		log += math.Log(norm)
		bound := math.Exp(log / power)
		if bound <= most || k == squarings || math.IsNaN(bound) {
			return max(most, bound) // keeps a NaN
		}
		m = m.squared(1 / norm)
		log, power = 2*log, 2*power
	}
}

// samples is the number of frequencies φ along an axis, by dimension, for up to 2^dim
// harmonics and for more. It is odd, so that φ = 0, where the coarse operator may have no
// inverse, is not among them, while π, where the maximum often lies, is.
var samples = [...][2]int{1: {65, 65}, 2: {65, 17}, 3: {25, 9}}

// maximum is the largest spectral radius of M(φ): of samples, and then of a search around
// the best of these.
func (a *analysis) maximum(m func(*walk) *matrix) float64 {
	count := samples[a.dim][0]
	if a.levels[0].count() > 1<<a.dim {
		count = samples[a.dim][1]
	}
	// All kernels are real, so M(−φ) is the conjugate of M(φ), and half of the last axis is
	// enough.
	var first, points [3]int
	for d := range points {
		first[d], points[d] = 1, 1
		if d < a.dim {
			if points[d] = count; a.low[d] || d == a.dim-1 {
				first[d], points[d] = (count+1)/2, (count+1)/2
			}
		}
	}
	most, best := 0.0, [3]float64{}
	try := func(phi [3]float64) {
		if v := m(a.walk(phi)).radius(most); v != most { // larger, or NaN
			most, best = v, phi
		}
	}
	for n := range points[0] * points[1] * points[2] {
		var phi [3]float64
		for d, k := range [3]int{n % points[0], n / points[0] % points[1], n / points[0] / points[1]} {
			if d < a.dim {
				phi[d] = 2 * math.Pi * (float64(first[d]+k)/float64(count) - .5)
			}
		}
		try(phi)
	}
	for step := math.Pi / float64(count); step > .01; step /= 2 {
		centre := best
		for d := range a.dim {
			for _, s := range []float64{-step, step} {
				phi := centre
				phi[d] = math.Remainder(phi[d]+s, 2*math.Pi)
				if max(math.Abs(phi[0]), math.Abs(phi[1]), math.Abs(phi[2])) > step/2 { // not 0
					try(phi)
				}
			}
		}
	}
	return most
}
