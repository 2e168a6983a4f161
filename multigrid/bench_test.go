package multigrid

import (
	"context"
	"fmt"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// A solve of −Δu = 1 to 1e-8, as the comparison with other programs does it.
func BenchmarkSolve(b *testing.B) {
	for _, c := range []struct {
		dim, n    int
		precision Precision
	}{{2, 512, Double}, {2, 4095, Double}, {2, 4096, Double}, {3, 128, Double}, {3, 256, Double}, {2, 4096, Mixed}, {3, 256, Mixed}} {
		b.Run(fmt.Sprintf("dim%d/n%d/precision%d", c.dim, c.n, c.precision), func(b *testing.B) {
			grid, _ := pde.Unit(c.dim, c.n)
			p, _ := pde.Lookup("ones", c.dim)
			u, g := discretize(b, p, grid)
			s := DefaultSettings()
			s.Precision = c.precision
			s.Smoother, _ = NewSmoother("rbsor", c.dim, 0)
			solver, err := NewSolver(stencil.Laplacian(grid), s)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				b.StopTimer()
				u.Zero()
				b.StartTimer()
				if _, err := solver.Solve(context.Background(), u, g); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(grid.Unknowns())*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mdof/s")
		})
	}
}
