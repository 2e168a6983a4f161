package stencil

// Constant operators of 2d+1 points.

import (
	"fmt"

	"mgtool/pde"
)

// Laplacian is −Δ by a second difference along each axis,
//
//	(A u)(x) = Σ_d (2 u(x) − u(x−e_d) − u(x+e_d)) / h_d².
//
// On a grid that [pde.NewGrid] would refuse it is an operator that fits no field.
func Laplacian(g pde.Grid) Operator {
	a, err := Diffusion(g, [3]float64{1, 1, 1}, 0)
	if err != nil {
		return Operator{fine: g, coarse: g}
	}
	return a
}

// Diffusion is −Σ_d a_d ∂²u/∂x_d² + c u, discretised as [Laplacian]: a_d is positive and
// c not negative. Entries of a along axes that the grid does not have are ignored. It is
// [Robin] with ∂u/∂n = 0 on Neumann sides.
func Diffusion(g pde.Grid, a [3]float64, c float64) (Operator, error) {
	return Robin(g, a, c, [3][2]float64{})
}

// Robin is [Diffusion] with ∂u/∂n + α u = 0 on Neumann sides: α, at the first and the last
// side of each axis, is not negative, and 0 on sides of another kind. Rows at closed sides
// are closed by [Closure]; what an inhomogeneous condition gives belongs to the right side.
func Robin(g pde.Grid, a [3]float64, c float64, alpha [3][2]float64) (Operator, error) {
	k := Kernel{centre: c}
	for d := range a {
		if d >= g.Dim() {
			a[d] = 0
			continue
		}
		if !(a[d] > 0) {
			return Operator{}, fmt.Errorf("stencil: diffusion %g along axis %d; want more than 0", a[d], d)
		}
		weight := a[d] / (g.H[d] * g.H[d])
		o := [3]int{1, 3, 9}[d]
		k[centre-o] -= weight
		k[centre] += 2 * weight
		k[centre+o] -= weight
	}
	if !(c >= 0) {
		return Operator{}, fmt.Errorf("stencil: the coefficient of u is %g; want 0 or more", c)
	}
	op, err := Constant(g, k)
	if err == nil {
		op.closures, err = closuresOf(g, alpha)
	}
	op.diffusion = &diffusion{a, c, alpha}
	op.again = func(g pde.Grid) (Operator, error) { return Robin(g, a, c, alpha) }
	return op.unless(err)
}

// diffusion is the coefficients of [Robin].
type diffusion struct {
	a     [3]float64
	c     float64
	alpha [3][2]float64
}

// Diffusion returns a and c of an operator that [Diffusion], [Robin] or [Laplacian] made.
func (a Operator) Diffusion() (diffusivity [3]float64, c float64, ok bool) {
	if a.diffusion == nil {
		return diffusivity, 0, false
	}
	return a.diffusion.a, a.diffusion.c, true
}

// Alpha returns the coefficients of u on the sides of an operator that [Robin] made; 0 of
// others.
func (a Operator) Alpha() [3][2]float64 {
	if a.diffusion == nil {
		return [3][2]float64{}
	}
	return a.diffusion.alpha
}

// Rediscretize is the same differential operator on another grid. An operator that is
// only known by its coefficients on one grid is an error.
func (a Operator) Rediscretize(g pde.Grid) (Operator, error) {
	if a.again == nil {
		return Operator{}, fmt.Errorf("stencil: %v is known by its coefficients on this grid only; want coarse operators by Galerkin products, or one of package stencil that stands for a differential operator", a)
	}
	return a.again(g)
}

// Identity leaves every value as it is.
func Identity(g pde.Grid) (Operator, error) { return Constant(g, Kernel{centre: 1}) }
