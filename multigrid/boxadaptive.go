package multigrid

// Points or lines, by what the couplings of a level ask for.

import (
	"sync/atomic"

	"mgtool/internal/parallel"
)

// Adaptive relaxes the points of a level in 2^d colours where the couplings of nearly all points
// are alike along all axes, and lines along every axis on the other levels. The coarse operators
// of black-box multigrid tell what coefficients that jump amount to on the scale of their grids: layers
// of a few cells make a medium that couples strongly along them alone. A step of points takes half
// the time of one of lines in two dimensions, a third in three. It takes [BlackBox] coarsening.
type Adaptive struct{}

// Validate implements [Smoother].
func (Adaptive) Validate() error { return nil }

func (Adaptive) String() string { return "adaptive" }

func (s Adaptive) sweeps(place) ([]sweep, error) { return nil, blocksAlone(s) }

const (
	// unlikeShare is the share of the weakest axis in the strongest below which relaxing a point
	// smooths less than lines do in the same time: on cells 1 : 2, with a share of ¼, as much.
	unlikeShare = 0.2
	// fewUnlike is the part of the points of a level that may couple so: sides and interfaces.
	fewUnlike = 0.1
)

// alike reports that few points couple much more strongly along an axis than along another. A
// single line is not: relaxing it solves the level.
func (b *box) alike() bool {
	if b.n[0]*b.n[1]*b.n[2] == max(b.n[0], b.n[1], b.n[2]) {
		return false
	}
	var count atomic.Int64
	parallel.For(b.rows(), 1+unitWork/b.n[0], func(lo, hi int) {
		rows, strengths := b.newClosedRows(), newLookRow(b).strengths
		unlike := 0
		for row := lo; row < hi; row++ {
			j, k := b.rowAt(row)
			rows.load(b, j, k)
			b.strengths(rows, &strengths)
			x, y, z := strengths[0], strengths[1], strengths[2]
			for i := 1; i <= b.n[0]; i++ {
				least, most := x[i], x[i]
				if b.n[1] > 1 {
					least, most = min(least, y[i]), max(most, y[i])
				}
				if b.n[2] > 1 {
					least, most = min(least, z[i]), max(most, z[i])
				}
				if least < unlikeShare*most {
					unlike++
				}
			}
		}
		count.Add(int64(unlike))
	})
	return float64(count.Load()) <= fewUnlike*float64(b.rows()*b.n[0])
}
