package multigrid

// Coefficients that jump on the scale of cells.

import (
	"math"
	"slices"

	"mgtool/internal/parallel"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

const (
	// edgeJump is a ratio of two couplings in line that marks the edge of an island.
	edgeJump = 100
	// island is how many couplings a short run of strong, or weak, ones has at most. Measured,
	// blocks of 4 or 6 cells of 1 or 10⁶ at random take up to 68 steps of conjugate gradients
	// with black-box multigrid, of 8 up to 41, of 12 up to 14; aggregation takes up to 25 always.
	island = 6
	// manyIslands is how many points a short run has to come on, along each of two axes, for
	// coarser grids to miss what conducts. One cell in ten of a cube makes one on 120, by
	// harmonic means; large discs and checkerboards make next to none.
	manyIslands = 200
)

// hasIslands reports that couplings along two axes or more jump up and down again, or down
// and up, within a few points, and that many do, unless nearly all are strong. Layers, which
// lines relax, do so along one.
func hasIslands(a stencil.Operator) bool {
	grid, _ := a.Grids()
	b := newBox(grid)
	faces, _, byFaces := a.Faces()
	var c stencil.Coefficients
	if !byFaces {
		c = a.Coefficients()
	}
	coupling := func(d int) *pde.Field[float64] {
		if byFaces {
			return faces[d]
		}
		return c[13+[3]int{1, 3, 9}[d]]
	}
	runs := make([]int, b.dim)
	for d := range runs {
		if f := coupling(d); f != nil {
			runs[d] = b.shortRuns(f, d)
		}
	}
	slices.Sort(runs)
	return b.dim > 1 && manyIslands*runs[b.dim-2] > grid.Unknowns() && !b.joins(coupling)
}

// mostStrong is the part of couplings that are strong above which they join to one medium with weak
// islands in it, in two and three dimensions: coarser grids then miss nothing. Measured, cells
// that are 1 or 10⁶ at random, couplings their arithmetic means, conjugate gradients with
// black-box multigrid take on 256² and 48³ cells
//
//	strong couplings   .75   .84   .91   .96      .59   .68   .80   .87
//	steps              120   61    17    9        49    44    12    11
//
// and with aggregation 16 to 20 and 12 to 16, of three to four times the length.
var mostStrong = [...]float64{1, .95, .77}

// joins reports that many couplings are strong, within edgeJump of the largest.
func (b *box) joins(coupling func(d int) *pde.Field[float64]) bool {
	var parts [64]float64 // the largest, then the numbers
	each := func(f *pde.Field[float64], take func(part *float64, row []float64)) {
		parallel.Blocks(b.rows(), len(parts), func(block, lo, hi int) {
			for row := lo; row < hi; row++ {
				j, k := b.rowAt(row)
				take(&parts[block], f.Row(j, k)[1:1+b.n[0]])
			}
		})
	}
	all := 0
	for d := range b.dim {
		if f := coupling(d); f != nil {
			all += b.rows() * b.n[0]
			each(f, func(part *float64, row []float64) {
				for _, v := range row {
					*part = max(*part, math.Abs(v))
				}
			})
		}
	}
	least := slices.Max(parts[:]) / edgeJump
	clear(parts[:])
	for d := range b.dim {
		if f := coupling(d); f != nil {
			each(f, func(part *float64, row []float64) {
				for _, v := range row {
					if math.Abs(v) > least {
						*part++
					}
				}
			})
		}
	}
	strong := 0.0
	for _, n := range parts {
		strong += n
	}
	return strong > mostStrong[b.dim-1]*float64(all)
}

// shortRuns counts the jumps along axis d that another, back, follows within an island.
func (b *box) shortRuns(f *pde.Field[float64], d int) (count int) {
	parts := make([]int, 64)
	step := 1 // along d, in memory
	if row, plane := f.Strides(); d > 0 {
		step = [2]int{row, plane}[d-1]
	}
	parallel.Blocks(b.rows(), len(parts), func(block, lo, hi int) {
		for row := lo; row < hi; row++ {
			j, k := b.rowAt(row)
			first := f.Offset(j, k)
			for i := 1; i <= b.n[0]; i++ {
				// Couplings are at their point, or one after it: neither reads beyond the sides.
				at := [3]int{i, j, k}[d]
				if at > 1 && turnsBack(f.Data()[first+i:], step, min(island, b.n[d]-at-1)) {
					parts[block]++
				}
			}
		}
	})
	for _, n := range parts {
		count += n
	}
	return count
}

// turnsBack reports that f jumps from its first value to the next, and back again within so
// many more.
func turnsBack(f []float64, step, within int) bool {
	if within < 1 {
		return false
	}
	up := jumps(f[0], f[step])
	if !up && !jumps(f[step], f[0]) {
		return false
	}
	for t := step; t <= within*step; t += step {
		switch {
		case jumps(f[t], f[t+step]):
			return !up
		case jumps(f[t+step], f[t]):
			return up
		}
	}
	return false
}

// jumps reports that g is much more than f, of the same sign.
func jumps(f, g float64) bool { return f*g > 0 && g/f > edgeJump }
