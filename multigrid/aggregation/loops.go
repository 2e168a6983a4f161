package aggregation

// Loops over the unknowns of a level, on all cores, whose sums do not depend on their number.

import (
	"slices"

	"mgtool/internal/parallel"
)

// loops is a loop over the unknowns of a level, or over its aggregates, with its operands; made
// once, it takes no memory.
type loops struct {
	x    [4][]float64
	s    [2]float64
	sums [loopParts][2]float64
	do   func(l *level, lo, hi int) (a, b float64)
	part func(block, lo, hi int)
}

// loopParts is how many parts a loop has.
const loopParts = 32

// each does a loop over so many and returns the sums over all.
func (l *level) each(n int, do func(l *level, lo, hi int) (a, b float64)) (a, b float64) {
	p := &l.loops
	if n < leastLoop {
		return do(l, 0, n)
	}
	if p.do = do; p.part == nil {
		p.part = func(block, lo, hi int) {
			a, b := p.do(l, lo, hi)
			p.sums[block] = [2]float64{a, b}
		}
	}
	p.sums = [loopParts][2]float64{}
	parallel.Blocks(n, loopParts, p.part)
	for _, s := range p.sums {
		a, b = a+s[0], b+s[1]
	}
	return a, b
}

// members lists the unknowns of each of the aggregates.
func (l *level) members(count int) {
	l.r, l.begin = make([]float64, len(l.group)), make([]int32, count+1)
	for _, g := range l.group {
		if g >= 0 {
			l.begin[g+1]++
		}
	}
	for g := range count {
		l.begin[g+1] += l.begin[g]
	}
	l.member = make([]int32, l.begin[count])
	next := slices.Clone(l.begin[:count])
	for i, g := range l.group {
		if g >= 0 {
			l.member[next[g]] = int32(i)
			next[g]++
		}
	}
}

// firsts are the first unknowns of the aggregates, in ascending order.
func (l *level) firsts() []int32 {
	list := make([]int32, len(l.begin)-1)
	for g := range list {
		list[g] = l.member[l.begin[g]]
	}
	return list
}

// restrict sums up the residual after upFromZero over each aggregate. It first takes that of all
// rows, one after the other as they lie in memory.
func (l *level) restrict(coarse, x []float64) {
	l.loops.x = [4][]float64{coarse, x, l.r}
	l.each(len(x), func(l *level, lo, hi int) (_, _ float64) {
		x, r := l.loops.x[1], l.loops.x[2]
		for i := lo; i < hi; i++ {
			r[i] = l.residualAfterUp(i, x)
		}
		return 0, 0
	})
	l.each(len(coarse), func(l *level, lo, hi int) (_, _ float64) {
		coarse, r := l.loops.x[0], l.loops.x[2]
		for g := lo; g < hi; g++ {
			sum := 0.0
			for _, i := range l.member[l.begin[g]:l.begin[g+1]] {
				sum += r[i]
			}
			coarse[g] = sum
		}
		return 0, 0
	})
}

// prolong adds the value of its aggregate to each unknown.
func (l *level) prolong(x, coarse []float64) {
	l.loops.x = [4][]float64{x, coarse}
	l.each(len(x), func(l *level, lo, hi int) (_, _ float64) {
		x, coarse := l.loops.x[0], l.loops.x[1]
		for i := lo; i < hi; i++ {
			if g := l.group[i]; g >= 0 {
				x[i] += coarse[g]
			}
		}
		return 0, 0
	})
}

// product sets y = A x and returns x·y.
func (l *level) product(y, x []float64) float64 {
	l.loops.x = [4][]float64{y, x}
	xy, _ := l.each(len(x), func(l *level, lo, hi int) (xy, _ float64) {
		y, x := l.loops.x[0], l.loops.x[1]
		l.a.rows(y, x, lo, hi)
		for i := lo; i < hi; i++ {
			xy += x[i] * y[i]
		}
		return xy, 0
	})
	return xy
}

// dots are x·y and z·w.
func (l *level) dots(x, y, z, w []float64) (xy, zw float64) {
	l.loops.x = [4][]float64{x, y, z, w}
	return l.each(len(x), func(l *level, lo, hi int) (a, b float64) {
		x, y, z, w := l.loops.x[0], l.loops.x[1], l.loops.x[2], l.loops.x[3]
		for i := lo; i < hi; i++ {
			a += x[i] * y[i]
			b += z[i] * w[i]
		}
		return a, b
	})
}

// step sets x = s c and r −= s v, and returns r·r.
func (l *level) step(x []float64, s float64, c, r, v []float64) float64 {
	l.loops.x, l.loops.s[0] = [4][]float64{x, c, r, v}, s
	rr, _ := l.each(len(x), func(l *level, lo, hi int) (rr, _ float64) {
		x, c, r, v := l.loops.x[0], l.loops.x[1], l.loops.x[2], l.loops.x[3]
		s := l.loops.s[0]
		for i := lo; i < hi; i++ {
			x[i] = s * c[i]
			r[i] -= s * v[i]
			rr += r[i] * r[i]
		}
		return rr, 0
	})
	return rr
}

// join sets x += s (d − m c).
func (l *level) join(x []float64, s float64, d []float64, m float64, c []float64) {
	l.loops.x, l.loops.s = [4][]float64{x, d, c}, [2]float64{s, m}
	l.each(len(x), func(l *level, lo, hi int) (_, _ float64) {
		x, d, c := l.loops.x[0], l.loops.x[1], l.loops.x[2]
		s, m := l.loops.s[0], l.loops.s[1]
		for i := lo; i < hi; i++ {
			x[i] += s * (d[i] - m*c[i])
		}
		return 0, 0
	})
}
