package multigrid

// The stages of a leg, and what each does to a slab.

import (
	"mgtool/internal/simd"
	"mgtool/pde"
)

// task is what a stage does.
type task int

const (
	toClear      task = iota // u = 0
	toProlong                // u += P u'
	toCubic                  // u += P u' with the cubic P of full multigrid
	toRelax                  // red or black vertices, in place
	toColour                 // one of 2^d colours, in place
	toMap                    // a Jacobi sweep, from src to dst
	toCopy                   // dst = src
	toSweep                  // a lexicographic sweep, in place
	toResidual               // v = g − A u; Σ r², Σ u² if asked for
	toCorrection             // u += B v
	toWait                   // nothing: the next stage keeps a slab more behind
	toNorm                   // Σ r², Σ u²
	toRightSide              // Σ (g − A E)², Σ g²
	toRestrict               // g' = R (g − A u)
	toCorrect                // u += e, of float32, over a scale
	toDirection              // p = z + scale p
	toRound                  // r = g − A u times a scale, in float32; Σ r²
	toMinimise               // u += Σ β_k (u_k − u_{k−1}); see minimal.go
)

// stage is one of a leg.
type stage[T pde.Real] struct {
	task     task
	sweep    sweep
	src, dst *pde.Field[T]
	row      simd.Stencil[T] // the coefficients of the row that it computes

	// A stage may give sums on the way: a colour that is relaxed its part of Σ r²
	// between two cycles, part times its squared changes, or residuals (see level.stages).
	sums bool
	part float64

	product bool // toResidual gives Σ v u, in the place of Σ r²

	// While a row of slab q is relaxed, those that no stage has come to yet are fetched:
	// memory works while arithmetic does. By faces there may be two, else one.
	fetch [2]fetch[T]

	// Of a correction and the residual that it is by:
	by       *corrector[T] // B
	over     bool          // the residual is over the diagonal
	reach    int           // how many slabs on either side are read
	residual int           // which stage of the pass makes it
	ringed   bool          // its rows are in the rings of the workers

	scale  float64             // of toDirection, and of the steps between precisions
	single *pde.Field[float32] // see mixed.go
}

// fetch is a field of which a row of slab q + lead is fetched; or none.
type fetch[T pde.Real] struct {
	from *pde.Field[T]
	lead int
}

// do does rows [y0, y1) of slab q of stage s; [from, to) are the slabs that the
// caller does of it.
func (p *pass[T]) do(d *scratch[T], s, q, y0, y1, from, to int) {
	st, l := &p.stages[s], p.level
	d.lo, d.n = l.values(q)
	switch st.task {
	case toRestrict:
		first, end := from, to // in a ring, all others are the seam's
		if from == 0 {
			first = -1
		}
		if to == p.slabs {
			end = p.slabs + 1
		}
		l.restrictSlab(d, st, q, y0, y1, first, end)
	case toProlong:
		l.prolongSlab(d, st, q, y0, y1)
	case toCubic:
		l.cubicSlab(d, st, q, y0, y1)
	case toNorm:
		sum := &p.sums[q]
		l.rows(q, y0, y1, func(j, k int) {
			rr, uu := l.normsRow(d, st, j, k)
			sum.rr += rr
			sum.uu += uu
		})
	case toWait:
	case toResidual:
		l.rows(q, y0, y1, func(j, k int) {
			rr := l.storeResidual(d, st, j, k)
			if st.product {
				p.sums[q].rr += product(d, st, j, k)
			} else if st.sums {
				p.sums[q].rr += rr
				p.sums[q].uu += l.squares(d, st.src.Row(j, k)[d.lo:])
			}
		})
	case toRightSide:
		if l.dim == 1 && q > 0 {
			break // the whole row is done with its first piece
		}
		sum := &p.sums[q]
		l.rows(q, y0, y1, func(j, k int) {
			bb, gg := dataRow(d.loops, l.hierarchy.lift, l.g, j, k)
			sum.bb += bb
			sum.gg += gg
		})
	case toRelax:
		if !st.sums {
			l.rows(q, y0, y1, func(j, k int) { l.relaxRow(d, st, j, k) })
			return
		}
		sum := &p.sums[q]
		l.rows(q, y0, y1, func(j, k int) {
			dd, uu := l.relaxRow(d, st, j, k)
			rr := 0.0
			if st.part > 0 { // or it is 0, also of squares that overflow
				rr = st.part * dd
				if d.diagonal != l.op.diagonal {
					own := d.diagonal / l.op.diagonal
					rr *= own * own
				}
			}
			if st.sweep.order == red {
				sum.rr += rr
				return
			}
			sum.rr2 += rr
			sum.uu += uu
		})
	case toRound:
		sum := &p.sums[q]
		l.rows(q, y0, y1, func(j, k int) { sum.rr += l.roundRow(d, st, j, k) })
	default:
		l.rows(q, y0, y1, func(j, k int) { l.sweepRow(d, st, j, k) })
	}
}

// rowsEnd bounds the indices of the rows of a plane; it is 1 or more without planes.
func (l *level[T]) rowsEnd() int {
	if l.dim < 3 {
		return max(1, l.rowsInside)
	}
	if l.wraps {
		return l.N[1] + 2
	}
	return l.rowsInside + 1
}

// first is the first vertex inside of a row, counted from 0, that has the colour.
func (s *stage[T]) first(j, k int) int { return (1 + j + k + int(s.sweep.order-red)) % 2 }
