package multigrid

// From a level to the next coarser one: which axes become coarser, and what A, R and P
// are there.

import (
	"fmt"
	"math"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Coarsening makes the next coarser level of an operator.
type Coarsening interface {
	// Coarsen returns the level below the last of levels, which are finest first; R and P
	// of the finest are zero. If ok is false, there is none, and the last A is solved
	// directly.
	Coarsen(levels []Coarse) (c Coarse, ok bool, err error)
}

// Coarse is a coarse level: its operator and the transfers to it and back.
type Coarse struct{ A, R, P stencil.Operator }

// coarsen lists the levels of A.
func coarsen(a stencil.Operator, c Coarsening) (list []Coarse, err error) {
	if c == nil {
		c = Rediscretized{}
	}
	list = []Coarse{{A: a}}
	for {
		grid, _ := list[len(list)-1].A.Grids()
		next, ok, err := c.Coarsen(list)
		switch {
		case err != nil:
			return nil, err
		case ok:
			if err := next.follows(grid); err != nil {
				return nil, err
			}
			list = append(list, next)
		case grid.Unknowns() > mostDirect:
			return nil, fmt.Errorf("multigrid: the coarsest grid has %v, %d unknowns; want at most %d: numbers of cells with more factors of two", grid, grid.Unknowns(), mostDirect)
		default:
			return list, nil
		}
	}
}

// follows checks that c can be the level below one on this grid.
func (c Coarse) follows(fine pde.Grid) error {
	coarse, to := c.A.Grids()
	if coarse.Dim() != fine.Dim() || to != coarse {
		return fmt.Errorf("multigrid: A below %v is %v; want an operator on one grid of %d dimensions", fine, c.A, fine.Dim())
	}
	if coarse.Unknowns() >= fine.Unknowns() {
		return fmt.Errorf("multigrid: coarsening of %v gives %v; want fewer unknowns", fine, coarse)
	}
	down, downTo := c.R.Grids()
	up, upTo := c.P.Grids()
	if down != fine || downTo != coarse || up != coarse || upTo != fine {
		return fmt.Errorf("multigrid: R is %v and P %v; want transfers from %v to %v and back, with the same widths and sides", c.R, c.P, fine, coarse)
	}
	return nil
}

// smallest is how many unknowns the coarsest grid has at most.
const smallest = 64

// leastShare says along which axes a grid becomes coarser: those that have at least this
// part of an equal share of the diagonal of A,
//
//	c_d = (a_d/h_d²) / Σ a/h²  ≥  leastShare/axes,
//
// by the number of axes of the grid.
//
// Relaxation has to damp what the coarser grid cannot hold. Jacobi's symbol is
// J(θ) = Σ c_d cos θ_d; over the waves with a high frequency, |θ_d| ≥ π/2, along some
// axis that becomes coarser it is at most
//
//	μ = 1 − min c_d over the axes that become coarser,
//
// and the factor of red-black relaxation grows with μ: like μ⁴ for two sweeps with
// ω = 1. With the usual ω of SOR, 1.15 and 1.2, a sweep leaves ω − 1 as long as
// μ ≤ 2√(ω−1)/ω, 0.67 in two dimensions and 0.75 in three (Young), and much more
// beyond; the bound here is μ ≤ 0.6 and 0.7. To leave axes out helps (semicoarsening:
// Trottenberg, Oosterlee & Schüller, Multigrid, 2001, §5.1), but not without end: it
// makes more levels, and their errors add up. So it is for what μ forbids.
//
// Measured, red-black SOR, V(1,1), ratio of residuals over cycles 50 to 60, on n = 64
// and 48 and cells 1 : r and 1 : 1 : r,
//
//	r            1     1.1   1.2   1.3   1.5   1.7   2
//	all, 2-D    .047  .055  .062  .067  .115  .195  .29
//	one, 2-D     –    .121  .117  .114  .109  .112  .11
//	all, 3-D    .103  .103  .143  .20   .27    –     –
//	two, 3-D     –    .132  .127  .123  .117  .120  .12
//
// In three dimensions the rule leaves an axis out before the two cross: with odd
// numbers of cells, whose vertices lie nowhere on each other, factors are larger and
// grow with n, at n = 129 and 1 : 1.3 : 1.3 to .218 with all axes and .12 with one. The
// worst of all ratios up to 10⁴ is that of TestFactorsOfAllWidths.
//
// All levels together have at most twice the unknowns of the finest: every level
// halves those along an axis, at least.
var leastShare = [...]float64{1: 0.8, 2: 0.8, 3: 0.9}

// Rediscretized is geometric coarsening, the default: A is discretised anew on the
// coarse grid, R is full weighting and P linear interpolation, along the axes that
// leastShare admits. Axes that become coarser have half their cells, rounded up. An axis
// of two cells stays, and so does a periodic one of fewer than four.
type Rediscretized struct{}

// Coarsen implements [Coarsening].
func (Rediscretized) Coarsen(levels []Coarse) (c Coarse, ok bool, err error) {
	a := levels[len(levels)-1].A
	fine, _ := a.Grids()
	grid := nextGrid(levels)
	if grid == fine {
		return c, false, nil
	}
	if c.A, err = a.Rediscretize(grid); err != nil {
		return c, false, err
	}
	c.R, c.P, err = a.Transfers(grid)
	return c, true, err
}

// nextGrid is the grid below the last level, or that of the last level itself if it is
// the coarsest.
func nextGrid(levels []Coarse) pde.Grid {
	finest, _ := levels[0].A.Grids()
	last := levels[len(levels)-1].A
	grid, _ := last.Grids()
	a := couplings(last)
	next := coarser(grid, nominalWidths(finest, grid), a)
	if grid.Unknowns() <= mostNarrow && outgrown(grid, next, a) {
		return grid
	}
	return next
}

// LinearTransfers are full weighting to a coarser grid and linear interpolation back.
func LinearTransfers(fine, coarse pde.Grid) (r, p stencil.Operator, err error) {
	if r, err = stencil.FullWeighting(fine, coarse); err != nil {
		return r, p, err
	}
	p, err = stencil.Linear(fine, coarse)
	return r, p, err
}

// couplings are the absolute coefficients |a_d| of the second derivatives, of those that
// vary the means; 1 where they are not known, or all 0.
func couplings(op stencil.Operator) [3]float64 {
	a, _, ok := starOf(op)
	if _, _, faces := op.Faces(); faces {
		a, ok = meanFaces(op), true
	}
	if !ok || a == [3]float64{} {
		return [3]float64{1, 1, 1}
	}
	for d := range a {
		a[d] = math.Abs(a[d])
	}
	return a
}

// nominalWidths are the widths of a grid as if they had doubled at every coarsening
// since the finest. Where a number of cells was odd they have not quite; but axes of the
// same width are to stay together, however many cells they have.
func nominalWidths(finest, g pde.Grid) (h [3]float64) {
	for d := range g.Dim() {
		h[d] = finest.H[d]
		for n := finest.N[d]; n > g.N[d]; n = (n + 1) / 2 {
			h[d] *= 2
		}
	}
	return h
}

// coarser is the next grid, by the widths h and the coefficients a of the second
// derivatives; the same one where that has at most [smallest] unknowns, or no axis can
// become coarser.
func coarser(g pde.Grid, h, a [3]float64) pde.Grid {
	if g.Unknowns() <= smallest {
		return g
	}
	narrowest, axes := 0.0, 0
	for d := range g.Dim() {
		if h[d] /= math.Sqrt(a[d]); !canCoarsen(g, d) {
			continue
		}
		axes++
		if narrowest == 0 || h[d] < narrowest {
			narrowest = h[d]
		}
	}
	var weight [3]float64 // proportional to a/h²; 0 for axes that stay
	sum := 0.0
	for d := range g.Dim() {
		if canCoarsen(g, d) {
			r := narrowest / h[d]
			weight[d] = r * r
			sum += weight[d]
		}
	}
	for d := range g.Dim() {
		if weight[d] > 0 && weight[d]*float64(axes) >= leastShare[axes]*sum {
			n := g.N[d]
			g.N[d] = (n + 1) / 2
			g.H[d] = g.H[d] * float64(n) / float64(g.N[d])
		}
	}
	return g
}

// closedShare is the least part c_d of the diagonal of A that relaxation takes for an axis
// that becomes coarser, beside one that is closed at both ends and stays because it has too
// few cells. Jacobi's symbol of errors constant along the latter is
// J = 1 − c_d (1 − cos θ_d), see [leastShare], and at each level c_d falls to a quarter of
// what it was beside the other: with two cells across, of 2048 along, the factor was 0.9.
// Where a side has given values the errors are 0 there, and relaxation damps them.
const closedShare = .25

// mostNarrow is up to how many unknowns a level with an outgrown axis is solved directly:
// more than [smallest] pay there, since relaxation would fail.
const mostNarrow = 512

// outgrown reports that a closed axis holds back relaxation between two levels.
func outgrown(fine, coarse pde.Grid, a [3]float64) bool {
	sum, least, held := 0.0, math.Inf(1), false
	for d := range fine.Dim() {
		if fine.Inner(d) == 1 {
			continue
		}
		c := a[d] / (fine.H[d] * fine.H[d])
		sum += c
		if coarse.N[d] != fine.N[d] {
			least = min(least, c)
		}
		sides := fine.Sides[d]
		held = held || !canCoarsen(fine, d) && sides[0] != pde.Dirichlet && sides[1] != pde.Dirichlet
	}
	return held && least < closedShare*sum
}

// canCoarsen reports whether an axis has enough cells: four around a ring; three between
// vertices, since two are the least with an unknown; two that hold unknowns themselves.
func canCoarsen(g pde.Grid, d int) bool {
	if g.Sides[d][0] == pde.Periodic {
		return g.N[d] >= 4
	}
	if g.Cells {
		return g.N[d] >= 2
	}
	return g.N[d] >= 3
}

// CoarseningByName finds a coarsening: full (geometric, all axes that their couplings
// admit, rediscretised; the default), galerkin (R A P of the same), blackbox (operator-
// dependent, every axis), semi (the same without axes of weak coupling) or aggregation
// (algebraic).
func CoarseningByName(name string) (Coarsening, error) {
	switch name {
	case "full":
		return Rediscretized{}, nil
	case "galerkin":
		return Galerkin{}, nil
	case "blackbox":
		return BlackBox{}, nil
	case "semi":
		return BlackBox{Semi: true}, nil
	case "aggregation":
		return Aggregation{}, nil
	}
	return nil, fmt.Errorf("multigrid: unknown coarsening %q; known: full, galerkin, blackbox, semi, aggregation", name)
}
