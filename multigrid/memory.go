package multigrid

// What a solver takes, known before it is made.

import (
	"fmt"
	"unsafe"

	"mgtool/internal/memory"
	"mgtool/internal/parallel"
	"mgtool/multigrid/cycle"
	"mgtool/multigrid/krylov"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Memory is the number of bytes that a [Solver] of these settings takes for A, at most,
// beside what the caller has: A with its coefficients, u and g ([pde.FieldBytes] each). It
// counts as many threads as there are now. In double precision the solver takes u and g
// of the coarser grids, a second field of every grid where the smoother needs one (in one
// dimension, one that all share), variable coefficients of coarse operators, the inverse
// diagonal of every operator that varies, and some rows a thread; in mixed precision all
// of that in float32, and u and g of the finest grid once more. Also counted are the copy
// in which a grid of short rows is solved, the data of a singular problem, and the
// boundary values extended inwards, a field that only an operator other than
// −Σ a_d ∂²/∂x_d² or a grid with periodic sides needs, and only where they are not 0; and the
// fields of a Krylov method that is asked for by name. [Auto] makes those of its methods
// when the cycles stall, if they fit.
func Memory(a stencil.Operator, s Settings) (int64, error) {
	if s.Coarsening == nil {
		s.Coarsening = usualCoarsening(s.Smoother)
	}
	switch c := s.Coarsening.(type) {
	case BlackBox:
		return boxesBytes(a, s, c), nil
	case Aggregation:
		return aggregatedBytes(a, s.Krylov), nil
	}
	levels, err := coarsen(a, s.Coarsening)
	if err != nil {
		return 0, err
	}
	return levelsBytes(levels, s), nil
}

// levelsBytes is [Memory] of these levels.
func levelsBytes(levels []Coarse, s Settings) int64 {
	if s.Smoother == nil {
		s.Smoother = RedBlack{Omega: 1}
	}
	a := levels[0].A
	var copies int64
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
	if maybeSingular(a) {
		copies += finest
	}
	if s.Krylov.named() {
		copies += int64(krylov.Settings{Method: s.Krylov.method()}.Fields()) * finest
	}
	if s.Precision == Mixed {
		return copies + hierarchyBytes[float32](levels, grids, s) + 2*pde.FieldBytes[float32](grids[0]) + scratchBytes[float64](grids[0])
	}
	return copies + hierarchyBytes[float64](levels, grids, s)
}

// small is up to how many bytes the system is not asked.
const small = 64 << 20

// checkMemory refuses a solver on this grid if it needs more bytes than the system has.
func checkMemory(grid pde.Grid, need int64) error {
	if need < small {
		return nil
	}
	if err := memory.Check(fmt.Sprintf("a solver on %v", grid), need); err != nil {
		return fmt.Errorf("multigrid: %w", err)
	}
	return nil
}

// maybeSingular reports that a solver may have to make data of mean 0.
func maybeSingular(a stencil.Operator) bool {
	grid, _ := a.Grids()
	_, c, star := starOf(a)
	return grid.Closed() && !(star && c != 0)
}

// extends reports that a solver may need a field of the boundary values extended inwards.
func extends(a stencil.Operator) bool {
	grid, _ := a.Grids()
	_, c, star := starOf(a)
	return !grid.Closed() && !grid.Cells && !(star && c == 0 && grid.Sides == [3][2]pde.Boundary{})
}

// hierarchyBytes is the memory of the levels on these grids.
func hierarchyBytes[T pde.Real](levels []Coarse, grids []pde.Grid, s Settings) (sum int64) {
	var value T
	size := int64(unsafe.Sizeof(value))
	second := false
	for i, g := range grids {
		form, fields := formOf(levels[i].A)
		switch {
		case i > 0:
			fields += 2 // u and g
		case form == varyingForm:
			fields = 1 // the coefficients are the caller's
		case form == facesForm:
			fields = 0
		}
		// Along one axis all grids share the second field.
		here := place{form: form, dim: g.Dim(), level: i}
		pre, post := bothSweeps(s.Smoother, here)
		rings := ringed(g, pre, post)
		if !rings && (needsSecond(pre) || needsSecond(post)) && !(second && g.Dim() == 1) {
			fields++
			second = true
		}
		fields += int64(max(directions(pre), directions(post)))
		for _, list := range [][]sweep{pre, post} {
			_ = eachSweep(list, func(s *sweep) error {
				if s.emitted {
					fields += here.varies()
				}
				return nil
			})
			if !splits(s.Smoother) {
				break
			}
		}
		if rings && i < len(grids)-1 {
			sum += ringsBytes[T](g, pre, post, s.Cycle, i)
		}
		if i == 0 && extends(levels[0].A) {
			fields++
		}
		sum += fields * pde.FieldBytes[T](g)
		if i == len(grids)-1 {
			break
		}
		for d := range g.Dim() {
			a := stencil.NewAxis(g, grids[i+1], d)
			switch {
			case a.Same() || a.Half() && (a.Regular() || d == 0):
			case d == 0 && g.Dim() > 1 && (a.Periodic || !a.Regular()):
				sum += int64(a.Fine+2)*int64(unsafe.Sizeof(parents[T]{})) + int64(a.Coarse+2)*int64(unsafe.Sizeof(children[T]{}))
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

// bothSweeps are those of a smoothing step before and after a coarse correction.
func bothSweeps(s Smoother, p place) (pre, post []sweep) {
	pre, _ = s.sweeps(p) // an error is told when the levels are made
	p.up = true
	post, _ = s.sweeps(p)
	return pre, post
}

// ringsBytes is that of the rings and the bands of a level; see correction.go.
func ringsBytes[T pde.Real](grid pde.Grid, pre, post []sweep, c cycle.Cycle, at int) int64 {
	l := &level[T]{Grid: grid, dim: grid.Dim(), inner: grid.Inner(0), rowsInside: grid.Inner(1)}
	count := func(list []sweep, steps []int) (stages int) {
		stages = directions(list)
		_ = eachSweep(list, func(w *sweep) error {
			switch {
			case w.order == correction && w.kernel != nil && w.kernel.Width > 3:
				stages += 4
			case w.order == correction, w.order == jacobi: // a correction too, beside others
				stages += 2
			default:
				stages++
			}
			return nil
		})
		if len(steps) == 0 {
			return 0
		}
		return stages * steps[min(at, len(steps)-1)]
	}
	before, after := count(post, c.Post), count(pre, c.Pre)
	stages := max(before, after) + 2 // clear, prolong, norms or restrict
	if at == 0 {
		stages = before + after + 2
	}
	blocks := l.blocks(parallel.Workers(), stages)
	sum := pde.FieldBytes[T](ringGrid(grid, ringRows(stages))) * int64(blocks)
	if rows := bandRows(stages, blocks); rows > 0 {
		sum += pde.FieldBytes[T](ringGrid(grid, rows))
	}
	return sum
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
