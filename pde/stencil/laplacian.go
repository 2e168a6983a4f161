package stencil

// Constant operators of 2d+1 points.

import "mgtool/pde"

// Laplacian is −Δ by a second difference along each axis,
//
//	(A u)(x) = Σ_d (2 u(x) − u(x−e_d) − u(x+e_d)) / h_d².
func Laplacian(g pde.Grid) (Operator, error) {
	return Diffusion(g, [3]float64{1, 1, 1}, 0)
}

// Diffusion is −Σ_d a_d ∂²u/∂x_d² + c u, discretised as [Laplacian]. Entries of a along
// axes that the grid does not have are ignored.
func Diffusion(g pde.Grid, a [3]float64, c float64) (Operator, error) {
	k := Kernel{centre: c}
	for d := range g.Dim() {
		weight := a[d] / (g.H[d] * g.H[d])
		o := [3]int{1, 3, 9}[d]
		k[centre-o] -= weight
		k[centre] += 2 * weight
		k[centre+o] -= weight
	}
	return Constant(g, k)
}

// Identity leaves every value as it is.
func Identity(g pde.Grid) (Operator, error) { return Constant(g, Kernel{centre: 1}) }
