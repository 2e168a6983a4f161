package multigrid

import (
	"math"
	"testing"
)

func TestProbeChoose(t *testing.T) {
	for _, n := range []int{64} {
		for e := 1.0; e > 5e-7; e /= 10 {
			for _, c := range [][]float64{{1, e}, {e, 1}} {
				a := fluxOperator(t, square(t, n), func(d int, _ [3]int) float64 { return c[d] }, 0)
				s, why := Choose(a)
				t.Logf("%v: %.3f %d %s", c, boxFactor(t, a, s.Components, 1, 1, s.Cycle.Gamma), cgSteps(t, a, s.Components, 1, 1, s.Cycle.Gamma), why)
			}
			for _, c := range [][]float64{{1, 1, e}, {1, e, e}, {e, 1, 1}, {1, math.Sqrt(e), e}} {
				a := fluxOperator(t, cube(t, 32), func(d int, _ [3]int) float64 { return c[d] }, 0)
				s, why := Choose(a)
				t.Logf("%v: %.3f %d %s", c, boxFactor(t, a, s.Components, 1, 1, s.Cycle.Gamma), cgSteps(t, a, s.Components, 1, 1, s.Cycle.Gamma), why)
			}
		}
	}
}
