package field

// Flow through a porous medium of two materials.

import (
	"cmp"
	"context"
	"fmt"

	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/elliptic"
)

var darcyKind = kind{
	usual:  Recipe{Kind: "darcy", N: 421, Every: 4, Alpha: 2, Tau: 3, High: 12, Low: 3},
	check:  checkDarcy,
	values: func(Recipe) (in, out int) { return 1, 1 },
	worker: newDarcy,
}

func checkDarcy(r Recipe) error {
	return cmp.Or(between("high", r.High, 1e-6, 1e6), between("low", r.Low, 1e-6, 1e6))
}

// darcy makes samples of
//
//	−∇·(a ∇u) = 1 in (0,1)²,   u = 0 on the sides,
//
// with a constant in each of N² cells and u at their centres, by finite volumes with
// harmonic means of a on faces. a is High in cells where the random field is 0 or more.
type darcy struct {
	recipe Recipe
	random *cosineField
}

func newDarcy(r Recipe) (worker, error) {
	return &darcy{r, newCosineField(r.N, r.Alpha, r.Tau, false)}, nil
}

func (d *darcy) sample(a, u []float64, number int) error {
	d.random.draw(a, normals(d.recipe.Seed, number))
	for i, v := range a {
		if v >= 0 {
			a[i] = d.recipe.High
		} else {
			a[i] = d.recipe.Low
		}
	}
	if err := solveDarcy(u, a); err != nil {
		return fmt.Errorf("darcy: %w", err)
	}
	return nil
}

// solveDarcy sets u to the solution for a.
func solveDarcy(u, a []float64) error {
	system, err := Darcy(a)
	if err != nil {
		return err
	}
	solver, err := multigrid.NewSolver(system.A, darcySettings())
	if err != nil {
		return err
	}
	result, err := solver.Solve(context.Background(), system.U, system.G)
	if err != nil {
		return err
	}
	copy(u, system.U.Interior())
	return result.Status.Err()
}

// Darcy is the linear system of −∇·(a ∇u) = 1, u = 0 on the sides of the unit square, for a in
// n² cells, x fastest.
func Darcy(a []float64) (*elliptic.System, error) {
	n := 0
	for n*n < len(a) {
		n++
	}
	if n*n != len(a) {
		return nil, fmt.Errorf("field: %d values of a; want a square number", len(a))
	}
	grid, err := pde.Unit(2, n)
	if err != nil {
		return nil, err
	}
	grid.Cells = true
	return elliptic.Equation{
		Grid:      grid,
		Diffusion: elliptic.Tensor{XX: elliptic.Array(a)},
		Source:    elliptic.Constant(1),
	}.Discretize()
}

// darcySettings are those of the solves: black-box multigrid, which takes grids of any size, in
// conjugate gradients.
func darcySettings() multigrid.Settings {
	s := multigrid.DefaultSettings()
	s.Smoother, s.Coarsening = multigrid.RedBlack{Omega: 1}, multigrid.BlackBox{}
	s.Krylov, s.RelTol = multigrid.CG, 1e-9
	return s
}
