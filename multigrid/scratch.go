package multigrid

// What a worker has beside the levels.

import (
	"mgtool/internal/simd"
	"mgtool/pde"
)

// scratch is the memory that a worker has beside the levels: some rows, or in one
// dimension pieces.
type scratch[T pde.Real] struct {
	loops    *simd.GridKernels[T]
	stencil  simd.Stencil[T]
	diagonal float64 // D of the row that stencil is for, but for its ends
	nine     simd.Nine[T]
	varying  simd.Varying[T]
	faces    simd.Faces[T]
	lo, n    int    // the values of a row that are at work: from vertex lo on
	ring     [4][]T // residuals of the last four rows
	temp     [2][]T
	plane    []T             // a coarse plane, for cubic interpolation
	own      coarseSlabs     // of the block that is at work
	unit     int             // the number of that block, or of the seam after it
	stages   int             // of the pass
	first    int             // slab of the block, or after the cut of the seam
	end      int             // the one after the block's last
	seam     bool            // a seam is at work
	rings    []*pde.Field[T] // by level: see correction.go
	wide     [][]T           // five rows of residuals that are continued beyond their ends
	since    int             // values done since it was last asked whether to stop
}

// alignedRow is a row of n+1 values, whose first inside starts a cache line.
func alignedRow[T pde.Real](n int) []T {
	return pde.NewField[T](rowGrid(n)).Row(0, 0)
}

func rowGrid(n int) pde.Grid { return pde.Grid{N: [3]int{n}, H: [3]float64{1}} }
