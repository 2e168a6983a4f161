package multigrid

// Coefficients that jump on the scale of single cells.

import (
	"slices"

	"mgtool/internal/parallel"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

const (
	// edgeJump is a ratio of two couplings in line that marks the edge of an island.
	edgeJump = 100
	// manyIslands is how many points a run of one or two strong, or weak, couplings has to come
	// on, along each of two axes, for coarser grids to miss what conducts. One cell in ten
	// of a cube makes one on 120, by harmonic means; discs and checkerboards make next to none.
	manyIslands = 200
)

// hasIslands reports that couplings along two axes or more jump up and down again, or down
// and up, within two points, and that many do. Layers, which lines relax, do so along one.
func hasIslands(a stencil.Operator) bool {
	grid, _ := a.Grids()
	b := newBox(grid)
	faces, _, byFaces := a.Faces()
	var c stencil.Coefficients
	if !byFaces {
		c = a.Coefficients()
	}
	runs := make([]int, b.dim)
	for d := range runs {
		f := c[13+[3]int{1, 3, 9}[d]]
		if byFaces {
			f = faces[d]
		}
		if f != nil {
			runs[d] = b.shortRuns(f, d)
		}
	}
	slices.Sort(runs)
	return b.dim > 1 && manyIslands*runs[b.dim-2] > grid.Unknowns()
}

// shortRuns counts the jumps along axis d that another, back, follows within two points.
func (b *box) shortRuns(f *pde.Field[float64], d int) (count int) {
	if b.n[d] < 5 {
		return 0
	}
	across := b.n
	across[d] -= 4 // of four couplings in line, none beyond a side
	parts := make([]int, 64)
	step := [3]int{}
	step[d] = 1
	parallel.Blocks(across[1]*across[2], len(parts), func(block, lo, hi int) {
		for row := lo; row < hi; row++ {
			j, k := row%across[1], row/across[1]
			if b.dim > 1 {
				j++
			}
			if b.dim > 2 {
				k++
			}
			var x [4][]float64
			for t := range x {
				// Couplings of a point with the one before and those after start at its index
				// or one after; neither reads beyond the sides.
				x[t] = f.Row(j+(t+1)*step[1], k+(t+1)*step[2])[1+(t+1)*step[0]:]
			}
			for i := range across[0] {
				if f0, f1, f2, f3 := x[0][i], x[1][i], x[2][i], x[3][i]; jumps(f0, f1) && (jumps(f2, f1) || jumps(f3, f2) && !jumps(f1, f2)) ||
					jumps(f1, f0) && (jumps(f1, f2) || jumps(f2, f3) && !jumps(f2, f1)) {
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

// jumps reports that g is much more than f, of the same sign.
func jumps(f, g float64) bool { return f*g > 0 && g/f > edgeJump }
