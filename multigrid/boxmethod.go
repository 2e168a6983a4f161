package multigrid

// Black-box multigrid as a method: the legs of a cycle, and what a [Solver] asks for.

import (
	"math"

	"mgtool/multigrid/cycle"
	"mgtool/pde"
)

// smooth does steps of stages.
func (f *blackBox) smooth(level, steps int, reverse bool) {
	b := f.levels[level]
	b.reverse = reverse
	for range steps {
		for i := range b.stages {
			if f.ends() {
				return
			}
			if reverse {
				i = len(b.stages) - 1 - i
			}
			b.stages[i].do()
			b.fresh = false
			b.fill(b.u)
		}
	}
}

// Down implements [cycle.Method], as do the methods below.
func (f *blackBox) Down(level, pre int, s struct{}) (fine, coarse struct{}) {
	b := f.levels[level]
	f.smooth(level, pre, false)
	if f.ends() {
		return s, s
	}
	b.residual.do()
	b.fill(b.r)
	b.gather.do()
	b.coarser.u.Zero()
	b.coarser.fresh = true
	return s, s
}

// Bottom solves with the inverse of each block.
func (f *blackBox) Bottom(_, _ int, s struct{}) struct{} {
	if f.ends() {
		return s
	}
	b := f.levels[len(f.levels)-1]
	n := b.together()
	for row := range b.rows() {
		j, k := b.rowAt(row)
		r := b.r.Row(j, k)
		b.residualRow(&b.scratch[0], r, 1, b.n[0], j, k)
		for i := 1; i <= b.n[0]; i++ {
			f.low[b.bottomIndex(i, j, k)] = b.weight(i, j, k) * r[i]
		}
	}
	for row := range b.rows() {
		j, k := b.rowAt(row)
		u := b.u.Row(j, k)
		for i := 1; i <= b.n[0]; i++ {
			at := b.bottomIndex(i, j, k)
			low, sum := f.low[at/n*n:], 0.0
			for c, v := range f.inverse[at*n : (at+1)*n] {
				sum += v * low[c]
			}
			u[i] += sum
		}
	}
	b.fresh = false
	b.fill(b.u)
	return s
}

// Up corrects and smooths.
func (f *blackBox) Up(level, post int, s, _ struct{}) struct{} {
	f.correct(level)
	f.smooth(level, post, f.reverse)
	return s
}

// Interpolate makes a first guess by P.
func (f *blackBox) Interpolate(level int, s, _ struct{}) struct{} {
	f.correct(level)
	return s
}

// correct is u += P e.
func (f *blackBox) correct(level int) {
	if f.ends() {
		return
	}
	b := f.levels[level]
	b.fresh = false
	b.carry.do()
	b.fill(b.u)
}

// Levels is the number of levels.
func (f *blackBox) Levels() int { return len(f.levels) }

func (f *blackBox) bind(u, g *pde.Field[float64]) error {
	b := f.levels[0]
	if u.Grid != b.grid || g.Grid != b.grid {
		return differs(u.Grid, g.Grid, b.grid)
	}
	if f.singular {
		f.data.CopyInterior(g)
		f.mean = b.takeWeightedMean(f.data)
		g = f.data
	}
	for _, l := range f.levels {
		l.makeScratch()
	}
	b.u, b.g, f.taken = u, g, f.taken[:0]
	b.fill(u)
	return nil
}

func (f *blackBox) cycle(c cycle.Cycle, _ func(r float64) bool) {
	cycle.Run(f, c, struct{}{})
	if !f.ends() {
		f.taken = append(f.taken, f.takeNorms())
	}
}

func (f *blackBox) complete() {}

func (f *blackBox) finish() {
	if b := f.levels[0]; f.singular {
		b.takeWeightedMean(b.u)
		b.fill(b.u)
	}
}

// prepareNorms makes the loop over g − A u and D u.
func (f *blackBox) prepareNorms() {
	b := f.levels[0]
	f.largest = largest(b.a[13])
	f.rr, f.uu = make([]float64, b.rows()), make([]float64, b.rows())
	f.measure = b.loopOver(b.rows(), unitWork, func(worker, row int) {
		s, n := &b.scratch[worker], b.n[0]
		j, k := b.rowAt(row)
		x := s.row[0]
		b.residualRow(s, x, 1, n, j, k)
		f.rr[row] = squares(b.loops, x[1:1+n])
		d, u := b.a[13].Row(j, k), b.u.Row(j, k)
		for i := 1; i <= n; i++ {
			x[i] = d[i] / f.largest * u[i]
		}
		f.uu[row] = squares(b.loops, x[1:1+n])
	})
}

// takeNorms returns Σ r², and Σ u² with the values weighed by the diagonal of A, which tells
// how large the rounding errors of r are.
func (f *blackBox) takeNorms() (s sums) {
	b := f.levels[0]
	b.fill(b.u)
	f.measure.do()
	for row, rr := range f.rr {
		s.rr += rr
		s.uu += f.uu[row]
	}
	return s
}

func (f *blackBox) norms(each func(r, u float64)) {
	for _, s := range f.taken {
		each(f.rootOfResiduals(s.rr), math.Sqrt(s.uu))
	}
	f.taken = f.taken[:0]
}

// rootOfResiduals is the root of Σ r²; if that sum under- or overflowed, it takes the norm
// of g − A u anew, scaled.
func (f *blackBox) rootOfResiduals(sum float64) float64 {
	if inRange(sum) || math.IsNaN(sum) {
		return math.Sqrt(sum)
	}
	b := f.levels[0]
	s := &b.scratch[0]
	return scaledNorm(func(yield func(v float64)) {
		for row := range b.rows() {
			j, k := b.rowAt(row)
			b.residualRow(s, s.row[0], 1, b.n[0], j, k)
			for _, v := range s.row[0][1 : 1+b.n[0]] {
				yield(v)
			}
		}
	})
}

func (f *blackBox) start(cycle.Cycle) (data dataNorms, r float64) {
	b := f.levels[0]
	data.g = norm(b.g)
	data.b = data.g
	if !b.grid.Closed() {
		data.edge = b.u.BoundaryNorm()
	}
	if data.edge != 0 {
		if f.extended == nil {
			f.extended = pde.NewField[float64](b.grid)
		}
		copy(f.extended.Data(), b.u.Data())
		f.extended.ExtendBoundary()
		u := b.u
		b.u = f.extended
		b.fill(b.u)
		data.b = f.rootOfResiduals(f.takeNorms().rr)
		b.u = u
	}
	if f.ends() {
		return dataNorms{}, 0
	}
	return data, f.rootOfResiduals(f.takeNorms().rr)
}

func (f *blackBox) setStop(stop func() bool) {
	f.stop = stop
	f.stopped.Store(false)
}

func (f *blackBox) interrupted() bool { return f.stopped.Load() }

// ends asks whether the walk is to end.
func (f *blackBox) ends() bool {
	if !f.stopped.Load() && f.stop != nil && f.stop() {
		f.stopped.Store(true)
	}
	return f.stopped.Load()
}

func (f *blackBox) bounds() bounds { return bounds{norm: 2 * f.largest} }

func (f *blackBox) defect() float64 { return f.mean }
