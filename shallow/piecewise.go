package shallow

// Piecewise polynomials on a uniform mesh, for comparison.

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// Piecewise is the relative L² error of the best approximation of f by functions that are, on
// each of side^dim equal cubes, a polynomial of degree 0 or 1: for smooth f of the order
// n^{−(degree+1)/dim} in the number n of their coefficients.
func Piecewise(dim, side, degree int, f func(x []float64) float64) (err float64, coefficients int, fault error) {
	if degree != 0 && degree != 1 {
		return 0, 0, fmt.Errorf("shallow: piecewise polynomials of degree %d; want 0 or 1", degree)
	}
	const perCell = 3
	p, fault := Gauss(dim, side, perCell)
	if fault != nil {
		return 0, 0, fault
	}
	v, fault := p.values(f)
	if fault != nil {
		return 0, 0, fault
	}
	all := p.inner(v, v)
	if all == 0 {
		return 0, 0, fmt.Errorf("shallow: the function is 0 at all points; want another one")
	}
	// The Legendre polynomials 1, √12 (x − c)/h along each axis are orthonormal on a cell in
	// the mean over it: the error is what Parseval's sum leaves.
	x, w := make([]float64, perCell), make([]float64, perCell)
	quad.Legendre{}.FixedLocations(x, w, -0.5, 0.5)
	line, points := side*perCell, pow(perCell, dim)
	functions := 1 + degree*dim
	left := 0.0
	for cell := range pow(side, dim) {
		var sums [9]float64
		square := 0.0
		for q := range points {
			at, stride, weight := 0, 1, 1.0
			var local [8]float64
			for d, c, rest := 0, cell, q; d < dim; d, c, rest = d+1, c/side, rest/perCell {
				at += stride * (c%side*perCell + rest%perCell)
				stride *= line
				local[d], weight = x[rest%perCell], weight*w[rest%perCell]
			}
			y := v[at]
			square += weight * y * y
			sums[0] += weight * y
			for d := range functions - 1 {
				sums[d+1] += weight * y * math.Sqrt(12) * local[d]
			}
		}
		for _, s := range sums {
			square -= s * s
		}
		left += max(0, square)
	}
	return math.Sqrt(left / float64(pow(side, dim)) / all), functions * pow(side, dim), nil
}

func pow(n, k int) int {
	p := 1
	for range k {
		p *= n
	}
	return p
}
