package stencil

// Constant coefficients that stand for a differential operator.

import (
	"math"

	"mgtool/pde"
)

// Differential is [Constant] for a kernel that stands for a differential operator of second
// order, so that it can be discretised anew. On a grid of other widths h' the part of the kernel
// that is even in the offset o is a second derivative and is multiplied by (h/h')², the odd
// part is a first derivative and is multiplied by h/h', and the sum, the coefficient of u, stays.
// Where the widths change by different factors along the axes, an offset across several of them
// takes their geometric mean.
func Differential(g pde.Grid, k Kernel) (Operator, error) {
	a, err := Constant(g, k)
	if err != nil {
		return a, err
	}
	a.again = func(to pde.Grid) (Operator, error) {
		var scaled Kernel
		reaction, rest := 0.0, 0.0
		for o, c := range k {
			reaction += c
			if o == centre || c == 0 && k[2*centre-o] == 0 {
				continue
			}
			ratio, axes := 1.0, 0
			for d, step := range Offset(o) {
				if step != 0 {
					ratio *= g.H[d] / to.H[d]
					axes++
				}
			}
			ratio = math.Pow(ratio, 1/float64(axes))
			even, odd := (c+k[2*centre-o])/2, (c-k[2*centre-o])/2
			scaled[o] = ratio * (ratio*even + odd)
			rest += scaled[o]
		}
		scaled[centre] = reaction - rest
		return Differential(to, scaled)
	}
	return a, nil
}
