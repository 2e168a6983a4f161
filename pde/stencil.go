package pde

// Operators of nine points in two dimensions, as those that are learned.

import "fmt"

// Stencil is a 3×3 kernel. It acts on a field in two dimensions as the
// convolution of the lectures does, (K * x)(i,j) = Σ K[1+t][1+s] x(i+s, j+t),
// s and t in −1…1. It knows no mesh widths: one that stands for an operator is
// scaled for its grid, whose cells are to be squares.
type Stencil [3][3]float64

// Scale is the stencil with every entry multiplied by a.
func (k Stencil) Scale(a float64) Stencil {
	for t := range k {
		for s := range k[t] {
			k[t][s] *= a
		}
	}
	return k
}

// AddStencil adds K * x to y at the interior vertices, in two dimensions. x and
// y must not be the same field; the boundary values of x enter.
func AddStencil(y *Field[float64], k Stencil, x *Field[float64]) {
	if x.Dim() != 2 {
		panic(fmt.Sprintf("pde: 3×3 stencil on %v; want two dimensions", x.Grid))
	}
	x.Rows(func(j, _ int) {
		out := y.Row(j, 0)[1:x.N[0]]
		s, c, n := x.Row(j-1, 0), x.Row(j, 0), x.Row(j+1, 0)
		for i := range out {
			out[i] += k[0][0]*s[i] + k[0][1]*s[i+1] + k[0][2]*s[i+2] +
				k[1][0]*c[i] + k[1][1]*c[i+1] + k[1][2]*c[i+2] +
				k[2][0]*n[i] + k[2][1]*n[i+1] + k[2][2]*n[i+2]
		}
	})
}
