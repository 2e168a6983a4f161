package shallow

// The L² inner product on the unit cube, by Gauss points.

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/integrate/quad"

	"mgtool/internal/parallel"
)

// Points are a quadrature rule on the unit cube: point i is X[i·Dim:(i+1)·Dim].
type Points struct {
	Dim int
	X   []float64
	W   []float64 // weights, whose sum is 1
}

// mostPoints bounds the memory of a rule.
const mostPoints = 1 << 22

// Gauss is the tensor product of the rule of perCell Gauss–Legendre points on each of cells
// equal cells along every axis.
func Gauss(dim, cells, perCell int) (Points, error) {
	if dim < 1 || dim > 8 || cells < 1 || perCell < 1 || perCell > 64 {
		return Points{}, fmt.Errorf("shallow: %d Gauss points in each of %d cells along %d axes; want 1 to 64, 1 or more, and 1 to 8", perCell, cells, dim)
	}
	side := cells * perCell
	if n := math.Pow(float64(side), float64(dim)); n > mostPoints {
		return Points{}, fmt.Errorf("shallow: %.3g points of %d along each of %d axes; want at most %d", n, side, dim, mostPoints)
	}
	x, w := make([]float64, side), make([]float64, side)
	for c := range cells {
		quad.Legendre{}.FixedLocations(x[c*perCell:(c+1)*perCell], w[c*perCell:(c+1)*perCell], float64(c)/float64(cells), float64(c+1)/float64(cells))
	}
	count := 1
	for range dim {
		count *= side
	}
	p := Points{dim, make([]float64, count*dim), make([]float64, count)}
	for i := range p.W {
		p.W[i] = 1
		for d, rest := 0, i; d < dim; d, rest = d+1, rest/side {
			p.X[i*dim+d] = x[rest%side]
			p.W[i] *= w[rest%side]
		}
	}
	return p, nil
}

// Len is the number of points.
func (p Points) Len() int { return len(p.W) }

// values are those of a function at the points. A value that is not finite is an error.
func (p Points) values(f func(x []float64) float64) ([]float64, error) {
	v := make([]float64, p.Len())
	parallel.For(p.Len(), 256, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			v[i] = f(p.X[i*p.Dim : (i+1)*p.Dim])
		}
	})
	for i, y := range v {
		if y-y != 0 {
			return nil, fmt.Errorf("shallow: the function is %g at %.4g; want finite values on the unit cube", y, p.X[i*p.Dim:(i+1)*p.Dim])
		}
	}
	return v, nil
}

// Error is ‖f − u‖ over ‖f‖ in L², by this rule.
func (p Points) Error(f, u func(x []float64) float64) (float64, error) {
	want, err := p.values(f)
	if err != nil {
		return 0, err
	}
	got, err := p.values(u)
	if err != nil {
		return 0, err
	}
	for i := range got {
		got[i] -= want[i]
	}
	return p.norm(got) / p.norm(want), nil
}

func (p Points) norm(v []float64) float64 { return math.Sqrt(p.inner(v, v)) }

// blocks of a sum: the same for any number of threads.
const blocks = 64

func (p Points) inner(u, v []float64) float64 {
	var sums [blocks]float64
	parallel.Blocks(p.Len(), blocks, func(b, lo, hi int) {
		sum := 0.0
		for i := lo; i < hi; i++ {
			sum += p.W[i] * u[i] * v[i]
		}
		sums[b] = sum
	})
	total := 0.0
	for _, s := range sums {
		total += s
	}
	return total
}
