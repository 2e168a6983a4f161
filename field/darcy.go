package field

// Flow through a porous medium of two materials.

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/elliptic"
)

var darcyKind = kind{
	usual:  Recipe{Kind: "darcy", N: 421, Every: 4, Alpha: 2, Tau: 3, High: 12, Low: 3},
	check:  checkDarcy,
	values: darcyValues,
	worker: newDarcy,
	bytes:  func(r Recipe) int { return 350 * r.N * r.N }, // 24 for the fields, and measured 280 to 320 of a solve
}

func darcyValues(r Recipe) (in, out int) {
	if r.Source == "random" {
		return 2, 1
	}
	return 1, 1
}

func checkDarcy(r Recipe) error {
	if r.Source != "" && r.Source != "random" {
		return fmt.Errorf("field: source %q; want random, or nothing for 1", r.Source)
	}
	return cmp.Or(between("high", r.High, 1e-6, 1e6), between("low", r.Low, 1e-6, 1e6))
}

// darcy makes samples of
//
//	−∇·(a ∇u) = f in (0,1)²,   u = 0 on the sides,
//
// with a constant in each of N² cells and u at their centres, by finite volumes with
// harmonic means of a on faces. a is High in cells where the random field is 0 or more.
type darcy struct {
	recipe Recipe
	random *cosineField
	a, f   []float64 // f nil for 1
}

func newDarcy(r Recipe) (worker, error) {
	d := &darcy{recipe: r, random: newCosineField(r.N, r.Alpha, r.Tau, false), a: make([]float64, r.N*r.N)}
	if r.Source == "random" {
		d.f = make([]float64, r.N*r.N)
	}
	return d, nil
}

func (d *darcy) sample(a, u []float64, number int) error {
	rng := normals(d.recipe.Seed, number)
	d.random.draw(d.a, rng)
	for i, v := range d.a {
		if v >= 0 {
			d.a[i] = d.recipe.High
		} else {
			d.a[i] = d.recipe.Low
		}
	}
	if d.f == nil {
		copy(a, d.a)
	} else {
		d.random.draw(d.f, rng)
		square := 0.0
		for _, v := range d.f {
			square += v * v / float64(len(d.f))
		}
		for i := range d.f {
			d.f[i] /= math.Sqrt(square)
			a[2*i], a[2*i+1] = d.a[i], d.f[i]
		}
	}
	if err := solveDarcy(u, d.a, d.f); err != nil {
		return fmt.Errorf("darcy: %w", err)
	}
	return nil
}

// solveDarcy sets u to the solution for a and f.
func solveDarcy(u, a, f []float64) error {
	system, err := Darcy(a, f)
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

// Darcy is the linear system of −∇·(a ∇u) = f, u = 0 on the sides of the unit square, for a and f
// in n² cells, x fastest; f nil is 1.
func Darcy(a, f []float64) (*elliptic.System, error) {
	n := int(math.Round(math.Sqrt(float64(len(a)))))
	if n*n != len(a) || f != nil && len(f) != len(a) {
		return nil, fmt.Errorf("field: %d values of a and %d of f; want a square number, and as many", len(a), len(f))
	}
	grid, err := pde.Unit(2, n)
	if err != nil {
		return nil, err
	}
	grid.Cells = true
	source := elliptic.Constant(1)
	if f != nil {
		source = elliptic.Array(f)
	}
	return elliptic.Equation{Grid: grid, Diffusion: elliptic.Tensor{XX: elliptic.Array(a)}, Source: source}.Discretize()
}

// darcySettings are those of the solves: black-box multigrid, which takes grids of any size, in
// conjugate gradients.
func darcySettings() multigrid.Settings {
	s := multigrid.DefaultSettings()
	s.Smoother, s.Coarsening = multigrid.RedBlack{Omega: 1}, multigrid.BlackBox{}
	s.Krylov, s.RelTol = multigrid.CG, 1e-9
	return s
}
