package multigrid

// What a solver takes, known before it is made.

import (
	"fmt"
	"unsafe"

	"mgtool/internal/memory"
	"mgtool/internal/parallel"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Memory is the number of bytes that a [Solver] of these settings takes for A, beside u
// and g of the caller ([pde.FieldBytes] each), on as many threads as there are now. In
// double precision these are u and g of the coarser grids, a second field of every grid
// where the smoother needs one (in one dimension, one that all share), variable
// coefficients, and some rows a thread; in mixed precision all of that in float32, and u
// and g of the finest grid once more. A grid of short rows is solved in a copy, which
// counts too, as do the data of a singular problem.
func Memory(a stencil.Operator, s Settings) (int64, error) {
	if s.Smoother == nil {
		s.Smoother = RedBlack{Omega: 1}
	}
	var copies int64
	levels, err := coarsen(a, s.Coarsening)
	if err != nil {
		return 0, err
	}
	grids := make([]pde.Grid, len(levels))
	order, change := orderFor(a, s)
	for i, l := range levels {
		if grids[i], _ = l.A.Grids(); change {
			grids[i] = order.grid(grids[i])
		}
	}
	finest := pde.FieldBytes[float64](grids[0])
	if change {
		copies = 2 * finest
	}
	if grids[0].Closed() {
		copies += finest
	}
	if s.Precision == Mixed {
		return copies + hierarchyBytes[float32](levels, grids, s) + 2*pde.FieldBytes[float32](grids[0]) + scratchBytes[float64](grids[0]), nil
	}
	return copies + hierarchyBytes[float64](levels, grids, s), nil
}

// small is up to how many bytes the system is not asked.
const small = 64 << 20

// checkMemory refuses a solver that does not fit.
func checkMemory(a stencil.Operator, s Settings) error {
	need, err := Memory(a, s)
	if err != nil || need < small {
		return err
	}
	grid, _ := a.Grids()
	if err := memory.Check(fmt.Sprintf("a solver on %v", grid), need); err != nil {
		return fmt.Errorf("multigrid: %w", err)
	}
	return nil
}

// hierarchyBytes is the memory of the levels on these grids.
func hierarchyBytes[T pde.Real](levels []Coarse, grids []pde.Grid, s Settings) (sum int64) {
	var value T
	size := int64(unsafe.Sizeof(value))
	for i, g := range grids {
		form, fields := formOf(levels[i].A)
		if i > 0 {
			fields += 2 // u and g
		}
		// Along one axis all grids share the second field.
		if needsSecond(s.Smoother.sweeps(form, g.Dim())) && (i == 0 || g.Dim() > 1) {
			fields++
		}
		if i == 0 && (form != starForm || g.Sides != [3][2]pde.Boundary{}) {
			fields++ // the boundary values extended inwards
		}
		sum += fields * pde.FieldBytes[T](g)
		if i == len(grids)-1 {
			break
		}
		for d := range g.Dim() {
			a := stencil.Axis{Fine: g.N[d], Coarse: grids[i+1].N[d]}
			switch {
			case a.Same() || a.Half():
			case d > 0:
				sum += int64(a.Coarse+1) * int64(unsafe.Sizeof(stencil.Children{}))
			case g.Dim() > 1:
				sum += int64(a.Fine+1) * size
				if s.Cycle.Full {
					sum += int64(a.Fine) * 4 * size
				}
			}
		}
	}
	n := int64(grids[len(grids)-1].Unknowns())
	sum += n*(n+1)*size + scratchBytes[T](grids[0])
	return sum + sumsBytes(grids[0])
}

// sumsBytes is that of the sums of every slab, of the two or three legs that take norms.
func sumsBytes(grid pde.Grid) int64 {
	return 3 * int64(slabsOf(grid)) * int64(unsafe.Sizeof(sums{}))
}

// scratchBytes is that of the scratch of all workers that find something to do.
func scratchBytes[T pde.Real](grid pde.Grid) int64 {
	var value T
	l := &level[T]{Grid: grid, dim: grid.Dim(), inner: grid.Inner(0)}
	row := pde.FieldBytes[T](rowGrid(l.width()))
	var d scratch[T]
	sum := int64(len(d.ring)+len(d.temp)) * row
	if l.dim == 3 {
		sum += int64(l.width()+1) * int64(grid.Inner(1)+2) * int64(unsafe.Sizeof(value))
	}
	return sum * int64(l.blocks(parallel.Workers(), 2)) // the first leg has two stages
}
