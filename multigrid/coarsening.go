package multigrid

// Which axes of a grid become coarser, from level to level.

import "mgtool/pde"

// smallest is how many unknowns the coarsest grid has at most.
const smallest = 64

// leastShare says along which axes a grid becomes coarser: those that have at least this
// part of an equal share of the diagonal of A,
//
//	c_d = (1/h_d²) / Σ 1/h²  ≥  leastShare/axes,
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

// level is a grid and how it becomes the next one.
type level struct {
	pde.Grid
	axes [3]axis // zero on the coarsest
}

// coarsening is the grids from the given one to the coarsest, which has at most
// [smallest] unknowns. Axes that become coarser have half their cells, rounded up;
// an axis of two cells stays.
//
// Where a number of cells is odd, the width does not quite double. The rule takes it
// as if it did, so that axes of the same width stay together, however many cells
// they have.
func coarsening(g pde.Grid) (levels []level) {
	widths := g.H
	for {
		levels = append(levels, level{Grid: g})
		if g.Unknowns() <= smallest {
			return levels
		}
		narrowest, axes := 0.0, 0
		for d := range g.Dim() {
			if g.N[d] >= 3 {
				axes++
				if narrowest == 0 || widths[d] < narrowest {
					narrowest = widths[d]
				}
			}
		}
		var weight [3]float64 // proportional to 1/h²; 0 for axes that stay
		sum := 0.0
		for d := range g.Dim() {
			if g.N[d] >= 3 {
				r := narrowest / widths[d]
				weight[d] = r * r
				sum += weight[d]
			}
		}
		fine := &levels[len(levels)-1]
		for d := range g.Dim() {
			n := g.N[d]
			if weight[d] > 0 && weight[d]*float64(axes) >= leastShare[axes]*sum {
				g.N[d] = (n + 1) / 2
				g.H[d] = g.H[d] * float64(n) / float64(g.N[d])
				widths[d] *= 2
			}
			fine.axes[d] = axis{n: n, nc: g.N[d]}
		}
	}
}
