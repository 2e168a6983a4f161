package method

// A network that emits smoothing stencils point by point, from the rows of A.

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"mgtool/internal/parallel"
	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Smoothers is a network that emits smoothing stencils of its own for every vertex x,
//
//	u(x) ← u(x) + Σ_o K_o(x) w_o(x) r(x+o)/D(x+o),   w_o = 2 D(x+o)/(D(x) + D(x+o)),
//
// D the diagonal of A: r(x+o) counts by 2/(D(x) + D(x+o)), so that neither of two rows of very
// different size gives the other too much, and the correction is symmetric if K_o(x) = K_{−o}(x+o).
// The network sees how A couples x with each of its eight neighbours, over D(x), and how their
// diagonals differ from that of x. It is evaluated four times, turned so that each neighbour along
// an axis lies at (1, 0) once, and says K there, K at (1, 1), and a quarter of what K_0 differs
// from 0.8 by. So an operator that is turned gets stencils that are turned.
type Smoothers struct {
	part   flat
	before int // stencils before the coarse correction
	count  int
}

// SmootherInputs is the number of inputs of such a network: eight couplings −a_o(x)/D(x), then
// eight contrasts (D(x+o) − D(x))/(D(x+o) + D(x)), of the neighbours [Around], counterclockwise
// from the one that lies at (1, 0). Both are 0 where there is no unknown.
const SmootherInputs = 16

// SmootherOutputs is how many numbers an evaluation gives for so many stencils.
func SmootherOutputs(stencils int) int { return 3 * stencils }

// Around are the eight neighbours of a vertex as entries of a kernel, counterclockwise from (1, 0).
var Around = [8]int{14, 17, 16, 15, 12, 9, 10, 11}

// Smoothers is the network, made ready.
func (n *Network) Smoothers() (*Smoothers, error) {
	if err := n.check(2); err != nil {
		return nil, err
	}
	if n.Emits != EmitsSmoothers {
		return nil, fmt.Errorf("a network that emits %s; want %s", n.Emits, EmitsSmoothers)
	}
	return &Smoothers{newFlat(n.Parts[EmitsSmoothers]), n.Pre, n.Pre + n.Post}, nil
}

// SmootherFeatures sets the inputs at the points 1 to n of a row of A, of which the coefficients
// are row and the diagonals of the rows around it those of diagonals: of point 0 to n+1, 0 where
// there is no unknown. x[p] and x[8+p] are coupling and contrast of the neighbour Around[p], from
// point 1 on.
func SmootherFeatures(row *[27][]float64, diagonals *[3][]float64, n int, x *[SmootherInputs][]float64) {
	centre := diagonals[1][1 : n+1]
	for p, o := range Around {
		d := stencil.Offset(o)
		next := diagonals[1+d[1]][1+d[0]:][:n]
		couplings, contrasts := x[p][:n], x[8+p][:n]
		a := row[o]
		if a != nil {
			a = a[1 : n+1]
		}
		for i, c := range centre {
			couplings[i], contrasts[i] = 0, 0
			if v := next[i]; v != 0 {
				if a != nil {
					couplings[i] = -a[i] / c
				}
				contrasts[i] = (v - c) / (v + c)
			}
		}
	}
}

// Turned sets turned to the rows of x as an evaluation sees them: 0 ≤ quarter < 4 is how many
// quarter turns its first neighbour is away from (1, 0).
func Turned[E any](x, turned *[SmootherInputs]E, quarter int) {
	for p := range 8 {
		q := (p + 2*quarter) % 8
		turned[p], turned[8+p] = x[q], x[8+q]
	}
}

// smoothed are the settings that solve a by such a network: P from the rows of A, R = Pᵀ/4 and the
// Galerkin operator; below the levels that have half the cells along both axes, the classical
// ones of [Method.Settings].
func (m *Method) smoothed(a stencil.Operator) (s multigrid.Settings, err error) {
	f, err := m.Network.Smoothers()
	if err != nil {
		return s, fmt.Errorf("method: %w", err)
	}
	frame := &Method{Name: m.Name, Dim: 2, Gamma: m.Gamma, Repeat: Last, Levels: []Level{{
		Restriction: Transfer{Name: Transpose}, Prolongation: Transfer{Name: BlackBox}, Coarse: Coarse{Name: Galerkin},
	}}}
	grid, _ := a.Grids()
	if err := frame.sides(grid); err != nil {
		return s, fmt.Errorf("method: the network of %s emits smoothers on vertices with Dirichlet or periodic sides; got %v", m.named(), grid)
	}
	depth := frame.Depth(grid)
	if depth == 0 && grid.Unknowns() > smallest {
		return s, fmt.Errorf("method: %s on %v has no level: its kernels take half the cells along every axis; want even numbers of cells, as 2^k times a few", m.named(), grid)
	}
	by := &multigrid.Emitter{Name: m.named(), Emit: f.Emit}
	var sides [2]multigrid.Smoother
	for side, of := range [2][2]int{{0, f.before}, {f.before, f.count}} {
		list := multigrid.Sequence{}
		for k := of[0]; k < of[1]; k++ {
			list = append(list, multigrid.EmittedSmoother{By: by, Index: k})
		}
		sides[side] = list
		if m.Network.Minimise && len(list) > 0 {
			sides[side] = multigrid.MinimalResidual(list)
		}
	}
	s = multigrid.DefaultSettings()
	s.Cycle = cycle.Cycle{Gamma: m.Gamma}
	s.Coarsening = coarsening{frame}
	var smoothers []multigrid.Smoother
	for range depth {
		s.Cycle.Pre, s.Cycle.Post = append(s.Cycle.Pre, min(1, m.Network.Pre)), append(s.Cycle.Post, min(1, m.Network.Post))
		smoothers = append(smoothers, multigrid.Apart{Pre: sides[0], Post: sides[1]})
	}
	s.Cycle.Pre, s.Cycle.Post = append(s.Cycle.Pre, 2), append(s.Cycle.Post, 2)
	s.Smoother = multigrid.ByLevel{Smoothers: append(smoothers, multigrid.RedBlack{Omega: 1})}
	return s, nil
}

// Emit makes the operators B_k of the corrections u ← u + B_k (g − A u), those before the coarse
// correction first, for an operator in two dimensions on vertices with Dirichlet or periodic
// sides. Those of a constant operator are constant: they are what the network says away from the
// sides.
func (f *Smoothers) Emit(a stencil.Operator) ([]stencil.Operator, error) {
	grid, to := a.Grids()
	if grid != to || grid.Dim() != 2 || stencil.ClosedSide(grid, 0, 0) || stencil.ClosedSide(grid, 0, 1) || stencil.ClosedSide(grid, 1, 0) || stencil.ClosedSide(grid, 1, 1) {
		return nil, fmt.Errorf("method: smoothers of every point for %v; want an operator in two dimensions on vertices with Dirichlet or periodic sides", a)
	}
	list := make([]stencil.Operator, f.count)
	if kernel, ok := a.Kernel(); ok {
		return list, f.constant(grid, &kernel, list)
	}
	of := a.Coefficients()
	if err := oneSign(of[13]); err != nil {
		return nil, err
	}
	b := make([]stencil.Coefficients, f.count)
	for k := range b {
		b[k][13] = pde.NewField[float64](grid)
		for _, o := range Around {
			b[k][o] = pde.NewField[float64](grid)
		}
	}
	lo, hi := grid.Inside(0)
	first, end := grid.Inside(1)
	n := hi - lo
	around := func(diagonal []float64, j int) { // the diagonals of row j with what is beside them
		if grid.Sides[1][0] == pde.Periodic {
			j = first + (j-first+end-first)%(end-first)
		}
		clear(diagonal)
		if j < first || j >= end {
			return
		}
		copy(diagonal[1:n+1], of[13].Row(j, 0)[lo:hi])
		if grid.Sides[0][0] == pde.Periodic {
			diagonal[0], diagonal[n+1] = diagonal[n], diagonal[1]
		}
	}
	pool := sync.Pool{New: func() any { return f.newBench(n) }}
	parallel.For(end-first, 1+4096/n, func(from, to int) {
		w := pool.Get().(*bench)
		defer pool.Put(w)
		for j := first + from; j < first+to; j++ {
			var row [27][]float64
			for _, o := range Around {
				if of[o] != nil {
					row[o] = of[o].Row(j, 0)[lo-1:]
				}
			}
			for t := range w.diagonals {
				around(w.diagonals[t], j-1+t)
			}
			for k := range b {
				for o := 9; o < 18; o++ {
					w.out[9*k+o-9] = b[k][o].Row(j, 0)[lo:hi]
				}
			}
			f.row(w, &row, n)
		}
	})
	for k := range list {
		var err error
		if list[k], err = stencil.Varying(grid, b[k]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// oneSign refuses a diagonal whose values differ in sign, since it is compared from point to point.
func oneSign(diagonal *pde.Field[float64]) error {
	var first float64
	if diagonal != nil {
		for _, v := range diagonal.Interior() {
			if first == 0 {
				first = v
			}
			if !(v*first > 0) || math.IsInf(v, 0) {
				return fmt.Errorf("method: smoothers of every point for an operator whose diagonal has the values %g and %g; want all of one sign", first, v)
			}
		}
	}
	if first == 0 {
		return errors.New("method: smoothers of every point for an operator without a diagonal; want one")
	}
	return nil
}

// constant makes the operators of a constant one.
func (f *Smoothers) constant(grid pde.Grid, kernel *stencil.Kernel, list []stencil.Operator) (err error) {
	w := f.newBench(1)
	w.out = rowsOf(9*f.count, 1)
	var row [27][]float64
	for o := 9; o < 18; o++ {
		row[o] = []float64{0, kernel[o], 0}
	}
	for _, d := range w.diagonals {
		for i := range d {
			d[i] = kernel[13]
		}
	}
	f.row(w, &row, 1)
	for k := range list {
		var b stencil.Kernel
		for o := 9; o < 18; o++ {
			b[o] = w.out[9*k+o-9][0]
		}
		if list[k], err = stencil.Constant(grid, b); err != nil {
			return err
		}
	}
	return nil
}

// bench is the memory for a row of n points.
type bench struct {
	diagonals [3][]float64 // of points 0 to n+1
	x         [SmootherInputs][]float64
	y         [][]float64 // outputs of an evaluation
	out       [][]float64 // where entries 9 to 17 of B go, stencil by stencil
	mean      []float64
	rows      *rowsMemory
}

func (f *Smoothers) newBench(n int) *bench {
	w := &bench{y: rowsOf(f.part.outputs(), n), out: make([][]float64, 9*f.count), mean: make([]float64, n), rows: f.part.newRows(n)}
	copy(w.diagonals[:], rowsOf(3, n+2))
	copy(w.x[:], rowsOf(SmootherInputs, n))
	return w
}

// row evaluates the network on a row of n points.
func (f *Smoothers) row(w *bench, row *[27][]float64, n int) {
	SmootherFeatures(row, &w.diagonals, n, &w.x)
	centre := w.diagonals[1][1 : n+1]
	for k := range f.count {
		for i, c := range centre {
			w.out[9*k+4][i] = .8 / c
		}
	}
	var turned [SmootherInputs][]float64
	for quarter := range 4 {
		Turned(&w.x, &turned, quarter)
		f.part.evaluateRows(turned[:], w.y, w.rows, n)
		for side := range 2 { // the neighbours along an axis, and along a diagonal
			p := 2*quarter + side
			d := stencil.Offset(Around[p])
			next := w.diagonals[1+d[1]][1+d[0]:][:n]
			for i, c := range centre {
				w.mean[i] = 0
				if next[i] != 0 {
					w.mean[i] = 2 / (c + next[i])
				}
			}
			for k := range f.count {
				to, y := w.out[9*k+Around[p]-9][:n], w.y[3*k+side]
				for i, m := range w.mean {
					to[i] = y[i] * m
				}
			}
		}
		for k := range f.count {
			to, y := w.out[9*k+4][:n], w.y[3*k+2]
			for i, c := range centre {
				to[i] += .25 * y[i] / c
			}
		}
	}
}

func rowsOf(count, n int) [][]float64 {
	all := make([]float64, count*n)
	rows := make([][]float64, count)
	for i := range rows {
		rows[i] = all[i*n : (i+1)*n : (i+1)*n]
	}
	return rows
}
