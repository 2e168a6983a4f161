package multigrid

// The stencils that determine operator-dependent interpolation, for a row of points at a time.

import "mgtool/pde/stencil"

// folded are the stencils b of points of a row, one after the other, by offset.
type folded struct {
	of   [27][]float64
	used [27]bool // others are 0
	over []float64
	sum  []float64
	list [][27]float64 // of all points, as an [Influence] takes them
}

// fold sums up the rows of A at points first, first + step, …, so many of them, over the offsets
// along the axes on which the points lie on coarse ones.
func (s *folded) fold(b *box, rows *closedRows, odd [3]int, first, step, count int) {
	if s.over == nil {
		s.over, s.sum = make([]float64, b.n[0]+2), make([]float64, b.n[0]+2)
	}
	s.used = [27]bool{}
	for _, o := range b.support {
		d := stencil.Offset(o)
		at := 13 + odd[0]*d[0] + 3*odd[1]*d[1] + 9*odd[2]*d[2]
		to := s.row(b, at, count)
		from := rows[o][first:]
		if step == 1 {
			for i, v := range from[:count] {
				to[i] += v
			}
			continue
		}
		for i := range to {
			to[i] += from[2*i]
		}
	}
}

// row is the entry of an offset, 0 at first.
func (s *folded) row(b *box, at, count int) []float64 {
	if s.of[at] == nil {
		s.of[at] = make([]float64, b.n[0]+2)
	}
	if !s.used[at] {
		s.used[at] = true
		clear(s.of[at][:count])
	}
	return s.of[at][:count]
}

// weigh lets an [Influence] change the stencils.
func (s *folded) weigh(by Influence, rows [3]*[27][]float64, odd [3]int, first, count int) {
	s.list = s.list[:0]
	for i := range count {
		sign := 1.0
		if s.of[13][i] < 0 {
			sign = -1
		}
		var point [27]float64
		for o, used := range s.used {
			if used {
				point[o] = sign * s.of[o][i]
			}
		}
		s.list = append(s.list, point)
	}
	by.Weigh(rows, first, odd[0] == 1, odd[1] == 1, s.list)
	for o := range s.used {
		for i := range s.list {
			v := s.list[i][o]
			if v != 0 && !s.used[o] {
				if s.of[o] == nil {
					s.of[o] = make([]float64, len(s.over))
				}
				s.used[o] = true
				clear(s.of[o])
			}
			if s.used[o] {
				s.of[o][i] = v
			}
		}
	}
}

// scale sets over to −1/b₀, 0 where P has no weights.
func (s *folded) scale(count int) {
	sides := s.over[:count]
	clear(sides)
	for o, used := range s.used {
		if !used || o == 13 {
			continue
		}
		for i, v := range s.of[o][:count] {
			sides[i] -= v
		}
	}
	for i, centre := range s.of[13][:count] {
		d := Divisor(centre, s.over[i])
		if s.over[i] = 0; d != 0 {
			s.over[i] = -1 / d
		}
	}
}

// Divisor is what black-box multigrid divides the couplings −b_o of a point by, o ≠ 0: b₀, or their sum
// where that of the row, b₀ less the couplings, is little beside it. Where b₀ < 0 the row is that of −A.
func Divisor(centre, couplings float64) float64 {
	if centre < 0 {
		return -Divisor(-centre, -couplings)
	}
	if sum := centre - couplings; !(sum > keep*couplings) && couplings > 1e-8*centre {
		return couplings
	}
	return centre
}

// weights sets what a coarse point gives to points of bases first, first + 1, …
func (s *folded) weights(coarser *box, c *corner, first, count int) {
	sum := s.sum[:count]
	clear(sum)
	for _, t := range c.terms[:c.count] {
		switch {
		case !s.used[t.back]:
		case t.w == nil:
			for i, v := range s.of[t.back][:count] {
				sum[i] += v
			}
		default:
			w := t.w[first+c.step:][:count]
			for i, v := range s.of[t.back][:count] {
				sum[i] += v * w[i]
			}
		}
	}
	over := s.over[:count]
	for i := range sum {
		sum[i] *= over[i]
	}
	at := first + c.step
	lo, hi := max(0, 1-at), min(count, coarser.n[0]+1-at) // the others have images or nothing
	if lo < hi {
		copy(c.out[at+lo:], sum[lo:hi])
	}
	for i := range count {
		if i >= lo && i < hi {
			continue
		}
		if m, ok := coarser.within(0, at+i); ok {
			c.out[m] = sum[i]
		}
	}
}
