package multigrid

import (
	"testing"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// BenchmarkCycle is a V(1,1)-cycle on 4096² cells: red-black Gauss–Seidel, and stencils
// of nine points for B, for R and P as well, and for the coarse A.
func BenchmarkCycle(b *testing.B) {
	grid, err := pde.Unit(2, 4096)
	if err != nil {
		b.Fatal(err)
	}
	smoother := StencilSmoother{"B", byKernel(func(g pde.Grid) (k stencil.Kernel) {
		h2 := g.H[0] * g.H[0]
		for o := 9; o < 18; o++ {
			k[o] = .01 * h2
		}
		k[13] = .2 * h2
		return k
	})}
	for _, c := range []struct {
		name string
		Components
	}{
		{"rbgs", Components{Smoother: RedBlack{1}}},
		{"jacobi", Components{Smoother: Jacobi{.8}}},
		{"B", Components{Smoother: smoother}},
		{"B, R, P", Components{Smoother: smoother, Coarsening: skewed{}}},
		{"A, B, R, P", Components{Smoother: smoother, Coarsening: ninePoints{}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			f, err := newHierarchy[float64](stencil.Laplacian(grid), c.Components)
			if err != nil {
				b.Fatal(err)
			}
			u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
			u.Randomize(1)
			if err := f.bind(u, g); err != nil {
				b.Fatal(err)
			}
			schedule, _ := cycle.ParseCycle("v", 1, 1)
			f.start(schedule)
			hold := func(float64) bool { return true }
			f.cycle(schedule, hold)
			for b.Loop() {
				f.cycle(schedule, hold)
			}
			b.ReportMetric(float64(grid.Unknowns())*float64(b.N)/b.Elapsed().Seconds()/1e6, "Munknowns/s")
		})
	}
}

// ninePoints is skewed, with coarse operators of nine points that are those of five.
type ninePoints struct{ skewed }

func (n ninePoints) Coarsen(levels []Coarse) (c Coarse, ok bool, err error) {
	usual := append([]Coarse{}, levels...)
	grid, _ := levels[len(levels)-1].A.Grids()
	usual[len(usual)-1].A = stencil.Laplacian(grid)
	if c, ok, err = n.skewed.Coarsen(usual); !ok || err != nil {
		return c, ok, err
	}
	grid, _ = c.A.Grids()
	k, _ := c.A.Kernel()
	k[9] = -1e-3 / (grid.H[0] * grid.H[0])
	c.A, err = stencil.Constant(grid, k)
	return c, ok, err
}
