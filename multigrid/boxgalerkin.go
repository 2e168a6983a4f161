package multigrid

// The coarse operator of black-box multigrid, Pᵀ A P, made row by row.

import (
	"sync"

	"mgtool/internal/parallel"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// give is how a fine index takes part in a coarse one: step coarse indices from its base,
// with the weight of P for the fine point at this side of the coarse one.
type give struct{ step, side int }

// gives lists the coarse points around a fine one, by whether it lies between two.
var gives = [2][]give{{{0, 0}}, {{0, 1}, {1, -1}}}

// Coarse points by odd + o + 1 along an axis that becomes coarser, by o + 1 along another.
var (
	reachedHalf  = [4][]give{{{-1, 1}, {0, -1}}, {{0, 0}}, {{0, 1}, {1, -1}}, {{1, 0}}}
	reachedWhole = [3][]give{{{-1, 0}}, {{0, 0}}, {{1, 0}}}
)

// reached lists the coarse points that a fine point off by o couples to.
func (a *boxAxis) reached(odd, o int) []give {
	if !a.half {
		return reachedWhole[o+1]
	}
	return reachedHalf[odd+o+1]
}

// joined reports that index i and its neighbour at offset o, the first and the last of a
// periodic axis of an odd number, are both coarse points.
func (a *boxAxis) joined(i, o int) bool {
	return a.half && a.shift == 1 && (i == 1 && o == -1 || i == a.n && o == 1)
}

// reachedFrom is reached of the index i.
func (a *boxAxis) reachedFrom(i, odd, o int) []give {
	if a.joined(i, o) {
		return reachedWhole[o+1]
	}
	return a.reached(odd, o)
}

// product makes the coarser operator. For each fine row it makes the rows of A P, and adds
// Pᵀ times them to the coarse rows around: first in every second block of planes (rows,
// in two dimensions), then in the others, so that no two write to the same ones, and in
// the same order whatever the number of threads.
func (b *box) product() {
	c := b.coarser
	var reached [27]bool
	for _, o := range b.support {
		d := stencil.Offset(o)
		b.eachTerm(d, func(_ [3]int, at, _ [3]int) { reached[13+at[0]+3*at[1]+9*at[2]] = true })
	}
	for o, ok := range reached {
		if ok {
			c.a[o] = pde.NewField[float64](c.grid)
			c.support = append(c.support, o)
		}
	}
	slow := max(b.dim-1, 1)
	last := 0 // of the bases along the slowest axis
	if b.dim > 1 {
		last, _ = b.axes[slow].base(b.n[slow])
	}
	size := 32 // of a block
	if b.dim == 3 {
		size = 4
	}
	pool := sync.Pool{New: func() any { return b.newProductScratch() }}
	do := func(from, to int) {
		s := pool.Get().(*productScratch)
		defer pool.Put(s)
		for m := from; m <= min(to, last); m++ {
			for odd := range 2 {
				i := b.axes[slow].fine(m) + odd
				if odd == 1 && !b.axes[slow].half || b.dim > 1 && (i < 1 || i > b.n[slow]) {
					continue
				}
				switch b.dim {
				case 1:
					b.productRow(s, 0, 0)
				case 2:
					b.productRow(s, i, 0)
				default:
					for j := 1; j <= b.n[1]; j++ {
						b.productRow(s, j, i)
					}
				}
			}
		}
	}
	first := min(1, last)
	blocks := (last-first)/size + 1
	for phase := range 2 {
		parallel.Each((blocks+1-phase)/2, func(_, unit int) {
			from := first + (2*unit+phase)*size
			do(from, from+size-1)
		})
	}
	if b.dim > 1 && b.axes[slow].half && b.axes[slow].shift == 0 { // gives to the first and, if periodic, to the last
		do(0, 0)
	}
	b.foldProduct()
}

// foldProduct adds what the ends of rows have beyond a periodic side to their images.
func (b *box) foldProduct() {
	c := b.coarser
	n := c.n[0]
	for _, o := range c.support {
		for row := range c.rows() {
			a := c.a[o].Row(c.rowAt(row))
			if c.periodic[0] {
				a[1] += a[n+1]
				a[n] += a[0]
			}
			a[0], a[n+1] = 0, 0
		}
	}
}

// eachTerm calls add for each way by which a coupling with offset d takes part in the
// product: the parities of the fine point, the offset between coarse points.
func (b *box) eachTerm(d [3]int, add func(odd, at, side [3]int)) {
	var parities [3]int
	for axis := range parities {
		parities[axis] = 1
		if b.axes[axis].half {
			parities[axis] = 2
		}
	}
	for odd0 := range parities[0] {
		for odd1 := range parities[1] {
			for odd2 := range parities[2] {
				odd := [3]int{odd0, odd1, odd2}
				for _, gz := range b.axes[2].reached(odd2, d[2]) {
					for _, gy := range b.axes[1].reached(odd1, d[1]) {
						for _, gx := range b.axes[0].reached(odd0, d[0]) {
							for _, hz := range gives[odd2] {
								for _, hy := range gives[odd1] {
									for _, hx := range gives[odd0] {
										add(odd, [3]int{gx.step - hx.step, gy.step - hy.step, gz.step - hz.step}, [3]int{hx.side, hy.side, hz.side})
									}
								}
							}
						}
					}
				}
			}
		}
	}
}

// productScratch is a row of A and the rows of A P at the points of a row: by whether
// these lie between coarse ones along x, and by the offset of the coarse point.
type productScratch struct {
	rows *closedRows
	q    [2][27][]float64
	used [2][27]bool
}

func (b *box) newProductScratch() *productScratch {
	s := &productScratch{rows: b.newClosedRows()}
	for odd := range s.q {
		for o := range s.q[odd] {
			s.q[odd][o] = make([]float64, b.coarser.n[0]+2)
		}
	}
	return s
}

// span is the range of bases m of the points of a row, by whether they lie between coarse
// ones, and where in the row the point of m = 0 is.
func (a *boxAxis) span(odd int) (first, last, start, step int) {
	if !a.half {
		return 1, a.n, 0, 1
	}
	start = odd - a.shift
	return max(0, (2-start)>>1), (a.n - start) >> 1, start, 2
}

// productRow adds what row (j, k) gives to the coarse operator.
func (b *box) productRow(s *productScratch, j, k int) {
	c := b.coarser
	s.rows.load(b, j, k)
	mj, oddJ := b.axes[1].base(j)
	mk, oddK := b.axes[2].base(k)
	x := &b.axes[0]
	parities := 1
	if x.half {
		parities = 2
	}
	for oddI := range parities {
		first, last, start, step := x.span(oddI)
		if last < first {
			continue
		}
		q, used := &s.q[oddI], &s.used[oddI]
		*used = [27]bool{}
		for _, o := range b.support {
			d := stencil.Offset(o)
			a := s.rows[o]
			end, around := 1, 0.0 // the coupling of the first with the last, if these are joined
			if d[0] == 1 {
				end = b.n[0]
			}
			if oddI == 0 && x.joined(end, d[0]) {
				around, a[end] = a[end], 0
			}
			for _, gz := range b.axes[2].reachedFrom(k, oddK, d[2]) {
				kc, ok := c.within(2, mk+gz.step)
				if !ok {
					continue
				}
				for _, gy := range b.axes[1].reachedFrom(j, oddJ, d[1]) {
					jc, ok := c.within(1, mj+gy.step)
					if !ok {
						continue
					}
					for _, gx := range x.reached(oddI, d[0]) {
						at := 13 + gx.step + 3*gy.step + 9*gz.step
						if !used[at] {
							used[at] = true
							clear(q[at])
						}
						side := 13 + gx.side + 3*gy.side + 9*gz.side
						to := q[at][first : last+1]
						from := a[step*first+start:]
						if side == 13 {
							for i := range to {
								to[i] += from[step*i]
							}
							continue
						}
						w := b.w[side].Row(jc, kc)[first+gx.step:][:len(to)]
						for i, v := range w {
							to[i] += from[step*i] * v
						}
					}
					if around == 0 {
						continue
					}
					m := (end + x.shift) / 2
					q[13+d[0]+3*gy.step+9*gz.step][m] += around * b.sideWeight(gy.side, gz.side, m+d[0], jc, kc)
				}
			}
		}
		b.addProduct(s, oddI, oddJ, oddK, mj, mk)
	}
}

// sideWeight is what the coarse point (m, j, k) gives to the fine one at these sides of it
// along y and z.
func (b *box) sideWeight(y, z, m, j, k int) float64 {
	if y == 0 && z == 0 {
		return 1
	}
	return b.w[13+3*y+9*z].At(m, j, k)
}

// addProduct adds Pᵀ times the rows of A P.
func (b *box) addProduct(s *productScratch, oddI, oddJ, oddK, mj, mk int) {
	c := b.coarser
	first, last, _, _ := b.axes[0].span(oddI)
	for _, hz := range gives[oddK] {
		kc, ok := c.within(2, mk+hz.step)
		if !ok {
			continue
		}
		for _, hy := range gives[oddJ] {
			jc, ok := c.within(1, mj+hy.step)
			if !ok {
				continue
			}
			for _, hx := range gives[oddI] {
				side := 13 + hx.side + 3*hy.side + 9*hz.side
				var w []float64
				if side != 13 {
					w = b.w[side].Row(jc, kc)[first+hx.step:]
				}
				for o, used := range s.used[oddI] {
					if !used {
						continue
					}
					q := s.q[oddI][o][first : last+1]
					addProducts(c.a[o-hx.step-3*hy.step-9*hz.step].Row(jc, kc)[first+hx.step:][:len(q)], w, q)
				}
			}
		}
	}
}
