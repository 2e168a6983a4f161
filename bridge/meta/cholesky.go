package meta

// The direct solve on the coarsest patch.

import (
	"fmt"
	"math"

	"mgtool/pde/stencil"
)

// cholesky is the factor of a symmetric patch as a banded matrix.
type cholesky struct {
	n, band int
	l       []float64 // row i has the columns i−band to i
}

func (p *patch) cholesky() (*cholesky, error) {
	n, band := p.n*p.n, p.n+1
	c := &cholesky{n: n, band: band, l: make([]float64, n*(band+1))}
	at := func(i, j int) *float64 { return &c.l[i*(band+1)+j-i+band] }
	for j := 1; j <= p.n; j++ {
		for i := 1; i <= p.n; i++ {
			row := (j-1)*p.n + i - 1
			for _, o := range nine {
				d := stencil.Offset(o)
				column := row + d[0] + d[1]*p.n
				if v := p.a[j][o][i]; v != 0 && column <= row {
					*at(row, column) = v
				}
			}
		}
	}
	for i := range n {
		from := max(0, i-band)
		for j := from; j <= i; j++ {
			sum := *at(i, j)
			start := max(from, j-band)
			x, y := c.l[i*(band+1)+start-i+band:i*(band+1)+j-i+band], c.l[j*(band+1)+start-j+band:]
			for k, v := range x {
				sum -= v * y[k]
			}
			if j < i {
				*at(i, j) = sum / *at(j, j)
				continue
			}
			if !(sum > 0) {
				return nil, fmt.Errorf("meta: pivot %d of the coarse operator is %g; want a positive definite one", i, sum)
			}
			*at(i, i) = math.Sqrt(sum)
		}
	}
	return c, nil
}

// solve sets e to the solution for g, both of a patch of m × m.
func (c *cholesky) solve(e, g []float64, m int) {
	x := make([]float64, c.n)
	for j := 1; j <= m; j++ {
		copy(x[(j-1)*m:j*m], g[j*(m+2)+1:])
	}
	b := c.band
	for i := range x {
		from := max(0, i-b)
		sum := x[i]
		for k, v := range c.l[i*(b+1)+from-i+b : i*(b+1)+b] {
			sum -= v * x[from+k]
		}
		x[i] = sum / c.l[i*(b+1)+b]
	}
	for i := c.n - 1; i >= 0; i-- {
		x[i] /= c.l[i*(b+1)+b]
		from := max(0, i-b)
		for k, v := range c.l[i*(b+1)+from-i+b : i*(b+1)+b] {
			x[from+k] -= v * x[i]
		}
	}
	clear(e)
	for j := 1; j <= m; j++ {
		copy(e[j*(m+2)+1:j*(m+2)+1+m], x[(j-1)*m:])
	}
}
