package multigrid

// Data that no solve can take, by name.

import (
	"fmt"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// notFinite names the first value of a field that is not a finite number: among the
// unknowns, and with sides also among the values on Dirichlet sides, without their edges.
func notFinite(name string, f *pde.Field[float64], sides bool) error {
	margin := [3]int{}
	for d := range f.Dim() {
		if sides && f.Sides[d][0] != pde.Periodic {
			margin[d] = 1
		}
	}
	var lo, hi [3]int
	for d := range 3 {
		lo[d], hi[d] = f.Inside(d)
	}
	for k := lo[2] - margin[2]; k < hi[2]+margin[2]; k++ {
		for j := lo[1] - margin[1]; j < hi[1]+margin[1]; j++ {
			for i := lo[0] - margin[0]; i < hi[0]+margin[0]; i++ {
				beyond := 0
				for d, at := range [3]int{i, j, k} {
					if at < lo[d] || at >= hi[d] {
						beyond++
					}
				}
				if v := f.At(i, j, k); beyond < 2 && !finite(v) {
					return fmt.Errorf("%s%v is %g", name, [3]int{i, j, k}, v)
				}
			}
		}
	}
	return nil
}

// notFiniteIn names the first coefficient of A that is not a finite number.
func notFiniteIn(a stencil.Operator) error {
	for o, f := range a.Coefficients() {
		if f != nil {
			if err := notFinite(fmt.Sprintf("that at offset %v", stencil.Offset(o)), f, false); err != nil {
				return err
			}
		}
	}
	return nil
}
