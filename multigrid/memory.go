package multigrid

// What a solver takes, known before it is made.

import (
	"fmt"
	"unsafe"

	"mgtool/internal/memory"
	"mgtool/internal/parallel"
	"mgtool/pde"
)

// Memory is the number of bytes that a [Solver] of these settings takes for a grid,
// beside u and g of the caller ([pde.FieldBytes] each), on as many threads as there
// are now. In double precision these are u and g of the coarser grids, a second u of
// every grid where all vertices are relaxed at once (in one dimension, one that all
// share), and some rows a thread; in mixed
// precision all of that in float32, and u and g of the finest grid once more. A grid
// of short rows is solved in a copy, which counts too.
func Memory(grid pde.Grid, s Settings) int64 {
	c := s.Components
	if c.Smoother == nil {
		c.Smoother = RedBlack{Omega: 1}
	}
	smoother, ok := c.Smoother.(sweeping)
	if !ok || c.Transfer != nil || c.CoarseOperator != nil {
		return hierarchyBytes(grid)
	}
	var copies int64
	if order, change := orderFor(grid); change {
		grid = order.grid(grid)
		copies = 2 * pde.FieldBytes[float64](grid)
	}
	if s.Precision == Mixed {
		return copies + fusedBytes[float32](grid, smoother, s.Cycle.Full) +
			2*pde.FieldBytes[float32](grid) + deskBytes[float64](grid)
	}
	return copies + fusedBytes[float64](grid, smoother, s.Cycle.Full)
}

// small is up to how many bytes the system is not asked.
const small = 64 << 20

// checkMemory refuses a solver that does not fit.
func checkMemory(grid pde.Grid, s Settings) error {
	need := Memory(grid, s)
	if need < small {
		return nil
	}
	if err := memory.Check(fmt.Sprintf("a solver on %v", grid), need); err != nil {
		return fmt.Errorf("multigrid: %w", err)
	}
	return nil
}

// fusedBytes is the memory of a fused method.
func fusedBytes[T pde.Real](grid pde.Grid, s sweeping, full bool) (sum int64) {
	var value T
	size := int64(unsafe.Sizeof(value))
	fields := int64(2) // on a coarser level
	if atOnceIn(s.sweeps()) {
		sum = pde.FieldBytes[T](grid)
		if grid.Dim() > 1 { // along one all grids share it
			fields++
		}
	}
	levels := coarsening(grid)
	for _, l := range levels[1:] {
		sum += fields * pde.FieldBytes[T](l.Grid)
	}
	for _, l := range levels {
		for d, a := range l.axes {
			switch {
			case a.same() || a.half():
			case d > 0:
				sum += int64(a.nc+1) * int64(unsafe.Sizeof(children{}))
			case grid.Dim() > 1:
				sum += int64(a.n+1) * size
				if full {
					sum += int64(a.n) * 4 * size
				}
			}
		}
	}
	n := int64(levels[len(levels)-1].Unknowns())
	sum += n*(n+1)*size + deskBytes[T](grid)
	return sum + sumsBytes(grid)
}

// sumsBytes is that of the sums of every slab, of the two or three legs that take norms.
func sumsBytes(grid pde.Grid) int64 {
	return 3 * int64(slabsOf(grid)) * int64(unsafe.Sizeof(sums{}))
}

// deskBytes is that of the desks of all workers that find something to do.
func deskBytes[T pde.Real](grid pde.Grid) int64 {
	var value T
	l := &fusedLevel[T]{Grid: grid, dim: grid.Dim()}
	row := pde.FieldBytes[T](rowGrid(l.width()))
	var d desk[T]
	sum := int64(len(d.ring)+len(d.temp)) * row
	if l.dim == 3 {
		sum += int64(l.width()+1) * int64(grid.N[1]+1) * int64(unsafe.Sizeof(value))
	}
	return sum * int64(l.blocks(parallel.Workers(), 2)) // the first leg has two stages
}

// hierarchyBytes is the memory of a [Hierarchy]: R of the finest grid, U, G and R of
// the coarser ones, and what solves on the coarsest.
func hierarchyBytes(grid pde.Grid) int64 {
	sum, g := pde.FieldBytes[float64](grid), grid
	for g.CanCoarsen() {
		g = g.Coarsen()
		sum += 3 * pde.FieldBytes[float64](g)
	}
	if max(g.N[0], g.N[1]) > maxDirect {
		return sum + 2*pde.FieldBytes[float64](g)
	}
	return sum + 8*int64(g.Unknowns())*int64(g.N[0])
}
