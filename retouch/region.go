package retouch

// Poisson's equation on the pixels of a mask.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"mgtool/internal/memory"
	"mgtool/internal/parallel"
	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// region is the box around a mask as a grid, one vertex a pixel, with the operator
//
//	(A e)_p = Σ_q (e_p − e_q)   over the neighbours q of p in the picture, p in the mask,
//
// where e_q = 0 for q outside the mask: e is what is added to the given picture. A vertex
// that is no pixel of the mask has the row outside·e = 0, so e = 0 there exactly.
//
// The coarse operators are Galerkin products, and the small factor keeps these rows out of
// them: a coarse vertex outside the mask then takes the value that suits the pixels inside
// best. On a disk, V(1,1) converges with a factor of 0.49 if outside is 4, the diagonal of
// the other rows, and 0.30 if it is 1e-6; the F-cycle with 0.06. At the border of the
// picture the difference is between stalling and converging.
type region struct {
	in             []bool // of the picture, x fastest
	across, down   int    // size of the picture
	x, y           int    // the box's first pixel
	width, height  int    // of the box
	pixels         int
	whole          bool    // no pixel of the picture is given
	shift          float64 // then, see solve; else 0
	grid           pde.Grid
	shiftX, shiftY int              // vertex of the box's first pixel
	a              stencil.Operator // A + shift
	solver         *multigrid.Solver
}

const outside = 1e-6

// newRegion makes the system of a mask and its solver.
func newRegion(in []bool, across, down int) (*region, error) {
	r := &region{in: in, across: across, down: down}
	x1, y1 := 0, 0
	r.x, r.y = across, down
	for y := range down {
		for x, ok := range in[y*across:][:across] {
			if ok {
				r.x, x1 = min(r.x, x), max(x1, x+1)
				r.y, y1 = min(r.y, y), max(y1, y+1)
				r.pixels++
			}
		}
	}
	if r.pixels == 0 {
		return nil, errors.New("retouch: no pixel of the picture is in the mask; want some lighter than half")
	}
	r.width, r.height = x1-r.x, y1-r.y
	if r.whole = r.pixels == across*down; r.whole {
		longest := float64(max(across, down))
		r.shift = roundGain * math.Pi * math.Pi / (longest * longest)
	}
	var nx, ny int
	for k := 0; ; k++ {
		nx, r.shiftX = cells(r.width, k, r.x == 0, x1 == across)
		ny, r.shiftY = cells(r.height, k, r.y == 0, y1 == down)
		// The coarsest grid is solved by the inverse of its matrix.
		if max(1, nx>>k-1)*max(1, ny>>k-1) <= min(max(60, r.width*r.height/1000), 900) {
			break
		}
	}
	var err error
	if r.grid, err = pde.NewGrid([]int{nx, ny}, []float64{1, 1}); err != nil {
		return nil, err
	}
	// Five coefficients and four fields of a solve, beside the solver, which asks itself.
	if err := memory.Check(fmt.Sprintf("an edit of %d×%d pixels", r.width, r.height), 9*pde.FieldBytes[float64](r.grid)); err != nil {
		return nil, fmt.Errorf("retouch: %w", err)
	}
	if r.a, err = r.operator(); err != nil {
		return nil, err
	}
	settings := multigrid.DefaultSettings()
	settings.Cycle = cycle.Cycle{Pre: []int{1}, Post: []int{1}, F: true}
	settings.Coarsening = multigrid.Galerkin{}
	settings.RelTol, settings.MaxCycles = roundGain, 30
	r.solver, err = multigrid.NewSolver(r.a, settings)
	return r, err
}

// cells is the number of cells along an axis of the grid for so many pixels, which halves
// k times, and the vertex of the first pixel. Where pixels lie at the border of the
// picture, the grid goes on: a coarse vertex beyond them is then an unknown on every
// level, so that P can extrapolate.
func cells(pixels, k int, border, borderEnd bool) (n, first int) {
	if !border && !borderEnd {
		k = min(k, bits.Len(uint(pixels)))
	}
	block := 1 << k
	up := func(v int) int { return (v + block - 1) / block * block }
	first = 1
	if border {
		first = block
	}
	last := first + pixels - 1
	n = max(2, up(last+1))
	if border || borderEnd {
		n = up(last) + block
		if n/block%2 == 0 { // not coarsened further
			n += block
		}
	}
	return n, first
}

// row and column are the vertex of a pixel of the box.
func (r *region) row(j int) int    { return r.shiftY + j }
func (r *region) column(i int) int { return r.shiftX + i }

func (r *region) field() *pde.Field[float64] { return pde.NewField[float64](r.grid) }

// operator is A + shift.
func (r *region) operator() (stencil.Operator, error) {
	const west, east, south, north, centre = 12, 14, 10, 16, 13
	var c stencil.Coefficients
	for _, o := range []int{west, east, south, north, centre} {
		c[o] = r.field()
	}
	r.grid.Rows(func(j, _ int) {
		row := c[centre].Row(j, 0)
		for i := range row {
			row[i] = outside
		}
	})
	parallel.For(r.height, 1+1<<14/r.width, func(lo, hi int) {
		for j := lo; j < hi; j++ {
			y, diagonal := r.y+j, c[centre].Row(r.row(j), 0)
			for i := range r.width {
				x := r.x + i
				if !r.in[y*r.across+x] {
					continue
				}
				neighbours := 0.0
				look := func(o, x, y int) {
					if x < 0 || y < 0 || x >= r.across || y >= r.down {
						return
					}
					neighbours++
					if r.in[y*r.across+x] {
						c[o].Set(r.column(i), r.row(j), 0, -1)
					}
				}
				look(west, x-1, y)
				look(east, x+1, y)
				look(south, x, y-1)
				look(north, x, y+1)
				diagonal[r.column(i)] = neighbours + r.shift
			}
		}
	})
	return stencil.Varying(r.grid, c)
}

const (
	// wanted is the precision of a solution: a twentieth of a step of 16 bits.
	wanted = .05 / white

	// roundGain is by how much a round of cycles reduces the residual.
	roundGain = 1e-3

	// safety is for errors that fall by less in a round than in the one before, where what
	// is left is smooth: sixteen times less was seen, next to the border of the picture.
	safety = 30

	// rounding is more than float64 leaves of the errors.
	rounding = 1e-10

	// maxRounds is far more than any mask takes: two or three.
	maxRounds = 10
)

// solve finds e of A e = b by rounds of cycles, e ← e + A⁻¹ (b − A e): iterative
// refinement. The correction of a round is the error before it, so the errors are known as
// they are found: if they have fallen by q, the next one is q times the last.
//
// Without a given pixel, constants are in the null space of A. Rounds with A + s instead,
// s small beside the other eigenvalues, π²/width² or more, gain as much, and constants are
// taken out.
func (r *region) solve(ctx context.Context, b *pde.Field[float64], report *Report) (*pde.Field[float64], error) {
	e := r.field()
	if largest(b) == 0 { // nothing changes
		return e, nil
	}
	correction, residual := r.field(), b
	before, estimate := 0.0, math.Inf(1)
	for round := 0; round < maxRounds && estimate > wanted; round++ {
		if round > 0 {
			if round == 1 {
				residual = r.field()
			}
			if err := r.a.Residual(residual, e, b); err != nil {
				return nil, err
			}
			if r.whole {
				add(residual, r.shift, e)
			}
			correction.Zero()
		}
		result, err := r.solver.Solve(ctx, correction, residual)
		report.Cycles += result.Cycles
		if err != nil {
			return nil, err
		}
		if r.whole {
			r.takeMean(correction)
		}
		add(e, 1, correction)
		now := largest(correction)
		if round > 0 {
			estimate = max(safety*now*min(1, now/before), rounding)
		}
		before = now
	}
	if !(estimate <= wanted) {
		return nil, fmt.Errorf("retouch: the solution is only known to %.2g after %d rounds of cycles; want %.2g", estimate, maxRounds, wanted)
	}
	report.Precision = max(report.Precision, estimate)
	return e, nil
}

// add adds w x to a field.
func add(to *pde.Field[float64], w float64, x *pde.Field[float64]) {
	to.Rows(func(j, k int) {
		row := to.Row(j, k)
		for i, v := range x.Row(j, k) {
			row[i] += w * v
		}
	})
}

// largest is the largest absolute value of a field.
func largest(f *pde.Field[float64]) float64 {
	rows := make([]float64, f.RowCount())
	parallel.For(len(rows), 1+1<<14/f.N[0], func(lo, hi int) {
		for n := lo; n < hi; n++ {
			j, k := f.RowAt(n)
			for _, v := range f.Row(j, k)[1:f.N[0]] {
				rows[n] = max(rows[n], math.Abs(v))
			}
		}
	})
	worst := 0.0
	for _, v := range rows {
		worst = max(worst, v)
	}
	return worst
}

// takeMean shifts e, on the whole picture, to mean 0: f keeps the mean of the picture.
func (r *region) takeMean(e *pde.Field[float64]) {
	sum := 0.0
	for j := range r.height {
		for _, v := range e.Row(r.row(j), 0)[r.shiftX:][:r.width] {
			sum += v
		}
	}
	mean := sum / float64(r.width*r.height)
	for j := range r.height {
		row := e.Row(r.row(j), 0)[r.shiftX:][:r.width]
		for i := range row {
			row[i] -= mean
		}
	}
}
