package multigrid

import (
	"context"
	"math"
	"testing"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/elliptic"
)

// Black-box multigrid on 256² cells with a = (1, 10⁻³) turned by 75°: a step of relaxation
// along each axis, a cycle as the preconditioner of conjugate gradients, and the whole.
func BenchmarkRotated(b *testing.B) {
	grid, _ := pde.Unit(2, 256)
	constant := elliptic.Constant
	s, c := math.Sincos(75 * math.Pi / 180)
	const e = 1e-3
	system, err := elliptic.Equation{Grid: grid, Source: constant(1),
		Diffusion: elliptic.Tensor{XX: constant(c*c + e*s*s), YY: constant(s*s + e*c*c), XY: constant((1 - e) * c * s)}}.Discretize()
	if err != nil {
		b.Fatal(err)
	}
	for d, name := range []string{"x", "y"} {
		f, err := newBlackBox(system.A, Settings{Components: Components{Smoother: Lines{Axes: []int{d}}}}, BlackBox{})
		if err != nil {
			b.Fatal(err)
		}
		if err := f.bind(system.U, system.G); err != nil {
			b.Fatal(err)
		}
		b.Run("lines/"+name, func(b *testing.B) {
			for b.Loop() {
				f.smooth(0, 1, false)
			}
		})
		b.Run("residual/"+name, func(b *testing.B) {
			for b.Loop() {
				f.levels[0].residual.do()
			}
		})
		b.Run("cycle/"+name, func(b *testing.B) {
			v, _ := cycle.ParseCycle("v", 1, 1)
			m := f.linear()
			m.begin(v, true)
			z := system.U.Clone()
			for b.Loop() {
				if err := m.Precondition(z, system.G); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	settings, _ := Choose(system.A)
	b.Run("choose", func(b *testing.B) {
		for b.Loop() {
			Choose(system.A)
		}
	})
	b.Run("set-up", func(b *testing.B) {
		for b.Loop() {
			if _, err := NewSolver(system.A, settings); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("solve", func(b *testing.B) {
		solver, err := NewSolver(system.A, settings)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			system.U.Zero()
			if _, err := solver.Solve(context.Background(), system.U, system.G); err != nil {
				b.Fatal(err)
			}
		}
	})
}
