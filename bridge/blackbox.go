package bridge

// P from the rows of A, and what follows from it, in the nodes of a graph.

import (
	"fmt"

	"mgtool/bridge/specification"
	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
	"mgtool/tensor/graph"
)

// blackBox reports P from the rows of A. Then R = Pᵀ/2^d and the coarse A = R A P are given too,
// and what is learned is B.
func (c *Cycle) blackBox() bool { return c.Specification.Of("P").From == specification.BlackBox }

// build makes A and P of all levels of each problem, as the solver does.
func (c *Cycle) build() error {
	for _, a := range c.problems {
		s, err := c.Settings(a)
		if err != nil {
			return err
		}
		levels := []multigrid.Coarse{{A: a}}
		for range c.levels {
			next, ok, err := s.Coarsening.Coarsen(levels)
			if err == nil && !ok {
				err = fmt.Errorf("no level below %v", levels[len(levels)-1].A)
			}
			if err != nil {
				return fmt.Errorf("bridge: %w", err)
			}
			levels = append(levels, next)
		}
		c.given = append(c.given, levels)
	}
	return nil
}

// rowTransfers are R and P between levels l and l + 1. With w_f(m) the weight that the coarse
// vertex m gives to the fine one x = 2m + f, and I the map that puts coarse values on every second
// vertex and 0 between them,
//
//	P = S I,  (S v)(x) = Σ_f w_f(m) v(x − f),      R = Iᵀ Sᵀ/2^d,  (Sᵀ r)(2m) = Σ_f w_f(m) r(2m + f).
func (c *Cycle) rowTransfers(b *graph.Builder, l, batch int) (r, p cycle.Map[*graph.Node]) {
	if len(c.problems) == 1 {
		batch = 1
	}
	fine := c.grids[l]
	shape := []int{batch, points(c.dim), fine.Unknowns()}
	var s, st []float32
	for k := range batch {
		one, two := spreading(c.dim, fine, c.grids[l+1], c.given[k%len(c.given)][l+1].P)
		s, st = append(s, one...), append(st, two...)
	}
	inject := make([]float32, points(c.dim))
	inject[len(inject)/2] = 1
	spread, gather := b.Input(fmt.Sprintf("given P%d", l), shape, s), b.Input(fmt.Sprintf("given R%d", l), shape, st)
	at := b.Input(fmt.Sprintf("vertices %d", l), []int{1, len(inject), 1}, inject)
	return func(x *graph.Node) *graph.Node {
			return b.Scale(b.Restrict(b.Stencil(x, gather, c.dim), at, c.dim), 1/float32(int(1)<<c.dim))
		}, func(x *graph.Node) *graph.Node {
			return b.Stencil(b.Prolong(x, at, c.dim), spread, c.dim)
		}
}

// spreading are the coefficients of S and of Sᵀ, offset by offset.
func spreading(dim int, fine, coarse pde.Grid, p stencil.Operator) (s, st []float32) {
	size := fine.Unknowns()
	s, st = make([]float32, points(dim)*size), make([]float32, points(dim)*size)
	first := [...]int{0, 12, 9, 0}[dim]
	kernel, constant := p.Kernel()
	w := p.Coefficients()
	at := func(i, j, k int) int {
		return (max(k, 1)-1)*fine.Inner(0)*fine.Inner(1) + (max(j, 1)-1)*fine.Inner(0) + i - 1
	}
	lo, hi := coarse.Inside(0)
	for f := first; f < 27-first; f++ {
		if !constant && w[f] == nil {
			continue
		}
		o := stencil.Offset(f)
		for row := range coarse.RowCount() {
			j, k := coarse.RowAt(row)
			for i := lo; i < hi; i++ {
				v := float32(kernel[f])
				if !constant {
					v = float32(w[f].At(i, j, k))
				}
				s[(26-f-first)*size+at(2*i+o[0], 2*j+o[1], 2*k+o[2])] = v
				st[(f-first)*size+at(2*i, 2*j, 2*k)] = v
			}
		}
	}
	return s, st
}
