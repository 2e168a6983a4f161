package field

// Sound in a square box: waves of one frequency.

import (
	"cmp"
	"fmt"
	"math"
)

var helmholtzKind = kind{
	usual:  Recipe{Kind: "helmholtz", N: 101, Every: 1, Alpha: 2, Tau: 3, Frequency: 1000, Speed: 20},
	check:  checkHelmholtz,
	values: func(Recipe) (in, out int) { return 1, 1 },
	worker: newHelmholtz,
}

func checkHelmholtz(r Recipe) error {
	err := cmp.Or(within("n", r.N, 8, 513), between("speed", r.Speed, 1.001, 1e6), between("frequency", r.Frequency, 1e-3, 1e6))
	// Four points a wave length are too few for the five-point formula to mean anything.
	if most := math.Pi / 2 * float64(r.N-1) * (r.Speed - 1); err == nil && r.Frequency > most {
		return fmt.Errorf("field: frequency %g on %d points a side; want at most %.4g, for four points a wave length", r.Frequency, r.N, most)
	}
	return err
}

// helmholtz makes samples of
//
//	−Δu − (ω/c)² u = 0 in (0,1)²,   ∂u/∂n = 1 for 0.35 ≤ x ≤ 0.65 at y = 1, else 0 on the sides,
//
// at N² vertices, by finite volumes of the second order and a direct solution; c = Speed +
// tanh ĉ, with ĉ of the covariance (−Δ + τ²)^−α. The operator is not definite.
type helmholtz struct {
	recipe Recipe
	random *cosineField
	system *bandedSystem
}

func newHelmholtz(r Recipe) (worker, error) {
	return &helmholtz{r, newCosineField(r.N, r.Alpha, r.Tau, true), newBandedSystem(r.N)}, nil
}

func (h *helmholtz) sample(a, u []float64, number int) error {
	r := h.recipe
	h.random.draw(a, normals(r.Seed, number))
	for i, v := range a {
		a[i] = r.Speed + math.Tanh(v/math.Pow(r.Tau, r.Alpha-1))
	}
	return h.solve(u, a, .35, .65)
}

// solve sets u for the speeds c and a flux of 1 through y = 1 for from ≤ x ≤ to.
func (h *helmholtz) solve(u, c []float64, from, to float64) error {
	n, width := h.recipe.N, 1/float64(h.recipe.N-1)
	h.system.clear()
	share := func(i int) float64 { // of a control volume along an axis
		if i == 0 || i == n-1 {
			return .5
		}
		return 1
	}
	for j := range n {
		for i := range n {
			row := j*n + i
			k := h.recipe.Frequency / c[row]
			h.system.add(row, row, -k*k*width*width*share(i)*share(j))
			if i+1 < n {
				h.system.couple(row, row+1, share(j))
			}
			if j+1 < n {
				h.system.couple(row, row+n, share(i))
			}
			u[row] = 0
			if j == n-1 { // the part of the side that lies in the control volume and the window
				x := float64(i) * width
				lo, hi := max(from, x-width/2, 0), min(to, x+width/2, 1)
				u[row] = max(0, hi-lo)
			}
		}
	}
	return h.system.solve(u)
}
