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
	bytes:  func(r Recipe) int { return 8 * (bandedValues(r.N*r.N, r.N+1) + r.N*r.N) },
}

func checkHelmholtz(r Recipe) error {
	err := cmp.Or(within("n", r.N, 8, 513), between("speed", r.Speed, 1.001, 1e6), between("frequency", r.Frequency, 1e-3, 1e6))
	// On fewer points the error in the wave length is more than 1%.
	if most := math.Pi / 2 * float64(r.N-1) * (r.Speed - 1); err == nil && r.Frequency > most {
		return fmt.Errorf("field: frequency %g on %d points a side; want at most %.4g, for four points a wave length", r.Frequency, r.N, most)
	}
	return err
}

// helmholtz makes samples of
//
//	−Δu − (ω/c)² u = 0 in (0,1)²,   ∂u/∂n = 1 for 0.35 ≤ x ≤ 0.65 at y = 1, else 0 on the sides,
//
// at N² vertices of width h, by a compact scheme of nine points and a direct solution; c = Speed +
// tanh ĉ, with ĉ of the covariance (−Δ + τ²)^−α. The operator is not definite. With the second
// differences δ along the axes and k = ω/c the scheme is
//
//	−(δ_x² + δ_y² + δ_x²δ_y²/6) u − (1 + (δ_x² + δ_y²)/12 + 7 δ_x²δ_y²/360) κu = 0,
//	κ = (kh)² (1 − (kh)⁴/240),
//
// of the fourth order, and of the sixth where c is constant: there the phase of a wave is off by
// less than 1e-4 at the other end of the box for the usual values, k = 50 and h = 1/100. With
// five points it would be off by k (kh)²/24 = 0.5. Points beyond a side are mirror images, but for the
// flux g through y = 1: u(1+h) − u(1−h) = 2h (g + h²/6 u_yyy + …), u_yyy = −g_xx − k²g.
//
// There is no damping: near a resonance of the box u is as large as the distance is small.
type helmholtz struct {
	recipe Recipe
	random *cosineField
	system *bandedSystem
}

func newHelmholtz(r Recipe) (worker, error) {
	return &helmholtz{r, newCosineField(r.N, r.Alpha, r.Tau, true), newBandedSystem(r.N*r.N, r.N+1)}, nil
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
	h.assemble(u, c, from, to)
	return h.system.solve(u)
}

// assemble sets the system, times h², and u to its right side.
func (h *helmholtz) assemble(u, c []float64, from, to float64) {
	n, width := h.recipe.N, 1/float64(h.recipe.N-1)
	mirror := func(i int) int { return min(max(i, -i), 2*(n-1)-i) }
	h.system.clear()
	for j := range n {
		for i := range n {
			row := j*n + i
			u[row] = 0
			for y := -1; y <= 1; y++ {
				for x := -1; x <= 1; x++ {
					column := mirror(j+y)*n + mirror(i+x)
					square := math.Pow(width*h.recipe.Frequency/c[column], 2)
					square *= 1 - square*square/240
					switch x*x + y*y {
					case 0:
						h.system.add(row, column, 10./3-268./360*square)
						if j == n-1 {
							u[row] = 2 * width * (1 - square/12 - square*square/180) * flux(float64(i)*width, width, from, to)
						}
					case 1:
						h.system.add(row, column, -2./3-16./360*square)
					default:
						h.system.add(row, column, -1./6-7./360*square)
					}
				}
			}
		}
	}
}

// flux is the mean flux through the part of a side that is nearest to the point x, where 1 flows
// through the window from the one to the other.
func flux(x, width, from, to float64) float64 {
	left, right := max(0, x-width/2), min(1, x+width/2)
	return max(0, min(to, right)-max(from, left)) / (right - left)
}
