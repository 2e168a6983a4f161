package multigrid

// What the legs of a cycle move and take, grid by grid.

import (
	"time"
	"unsafe"

	"mgtool/pde"
)

// LevelWork is what was done on one grid. Bytes are by a model and not measured: a
// walk over a grid reads each array that it needs once and writes each that it
// changes once,
//
//	bytes = size of a value · Σ vertices(a) · (read(a) + written(a))
//
// summed over its arrays a: the approximation u, the data g, a second
// approximation v where all vertices are relaxed at once, u of the next coarser
// grid where it is prolonged and g of that grid where it is restricted to. read(a)
// is 1 if the first stage of the walk that touches a needs its values, which one
// that only overwrites it does not; written(a) is 1 if any stage changes it. On the
// coarsest grid the dense inverse is an array as well. What the model leaves out is
// traffic beyond that: of lines that are read before they are overwritten, of
// stages that do not find their rows in a cache any more; and it counts the arrays
// of small grids too, that never leave a cache.
//
// A V(1,1)-cycle with a sweep in place so moves, with N vertices on a grid and N'
// on the next coarser one, 3N + N' values going down (u and g are read, u and the
// coarse g written) and 3N + N' coming up; where the end of a cycle on the finest
// grid and the start of the next are one walk, 3N + 2N' for both. On a coarser grid
// it begins with u = 0, which is not read: 2N + N' going down.
type LevelWork struct {
	Grid    pde.Grid
	Passes  int     // walks over the grid
	Bytes   int64   // read and written by them
	Seconds float64 // that they took
}

// Measure starts counting the work of every grid, from zero, or ends it. It costs
// a look at the clock a walk.
func (s *Solver) Measure(on bool) {
	if m, ok := s.method.(measured); ok {
		m.measure(on)
	}
}

// Work is what was done on the grids, from the finest on, since [Solver.Measure],
// with that of the finest grid that a solve begins with: the norms of b and of the
// first residual. It is nil unless [Solver.Measure] is on, and in mixed precision.
func (s *Solver) Work() []LevelWork {
	if m, ok := s.method.(measured); ok {
		return m.levelWork()
	}
	return nil
}

// measured is a method that knows its work.
type measured interface {
	measure(on bool)
	levelWork() []LevelWork
}

func (f *hierarchy[T]) measure(on bool) {
	for _, l := range f.levels {
		l.work = nil
		if on {
			l.work = &LevelWork{Grid: l.Grid}
		}
	}
}

func (f *hierarchy[T]) levelWork() (list []LevelWork) {
	for _, l := range f.levels {
		if l.work != nil {
			list = append(list, *l.work)
		}
	}
	return list
}

// clock is the time, if it is of interest.
func (l *level[T]) clock() (now time.Time) {
	if l.work != nil {
		now = time.Now()
	}
	return now
}

// record adds a walk that began then.
func (l *level[T]) record(begin time.Time, bytes int64) {
	if w := l.work; w != nil {
		w.Passes++
		w.Bytes += bytes
		w.Seconds += time.Since(begin).Seconds()
	}
}

// bytes is the size of an array of the level.
func (l *level[T]) bytes() int64 {
	var value T
	return int64(l.Vertices()) * int64(unsafe.Sizeof(value))
}

// bottomBytes is what the solve on the coarsest level moves: u, unless it starts
// from 0, and g are read, and the inverse; u is written.
func (l *level[T]) bottomBytes(clear bool) int64 {
	var value T
	n := l.bytes()
	total := 3*n + int64(len(l.inverse))*int64(unsafe.Sizeof(value))
	if clear {
		total -= n
	}
	return total
}

// traffic is what happens to an array in a walk.
type traffic struct {
	bytes                  int64
	touched, read, written bool
}

func (t *traffic) reads() {
	t.read = t.read || !t.touched
	t.touched = true
}

func (t *traffic) writes() { t.touched, t.written = true, true }

// total is the bytes that move.
func (t *traffic) total() (sum int64) {
	if t.read {
		sum += t.bytes
	}
	if t.written {
		sum += t.bytes
	}
	return sum
}

// model is the bytes that a walk with these stages moves; see [LevelWork].
func (l *level[T]) model(stages []stage[T]) int64 {
	u, v, g := traffic{bytes: l.bytes()}, traffic{bytes: l.bytes()}, traffic{bytes: l.bytes()}
	var coarseU, coarseG traffic
	if l.coarser != nil {
		coarseU.bytes, coarseG.bytes = l.coarser.bytes(), l.coarser.bytes()
	}
	kept := make([]traffic, len(l.kept))
	of := func(f *pde.Field[T]) *traffic {
		if f == l.v {
			return &v
		}
		for k := range l.kept {
			if kept[k].bytes = l.bytes(); f == l.kept[k] {
				return &kept[k]
			}
		}
		return &u
	}
	for i := range stages {
		s := &stages[i]
		switch s.task {
		case toClear:
			of(s.dst).writes()
		case toCopy:
			of(s.src).reads()
			of(s.dst).writes()
		case toProlong, toCubic:
			coarseU.reads()
			of(s.dst).reads()
			of(s.dst).writes()
		case toRelax, toColour, toSweep, toMap, toResidual:
			of(s.src).reads()
			g.reads()
			if !s.ringed {
				of(s.dst).writes()
			}
		case toCorrection:
			if !s.ringed {
				of(s.src).reads()
			}
			of(s.dst).reads()
			of(s.dst).writes()
		case toRightSide:
			g.reads() // and only the boundary of u
		case toNorm:
			of(s.src).reads()
			g.reads()
		case toMinimise: // two walks: residuals, then u
			u.bytes *= 2
			of(s.src).reads()
			of(s.dst).writes()
			g.reads()
			for _, f := range l.kept[:len(*s.sweep.parts)] {
				of(f).bytes *= 2
				of(f).reads()
			}
		case toRestrict:
			of(s.src).reads()
			g.reads()
			coarseG.writes()
		}
	}
	var coefficients int64 // read once by every walk that applies A
	if g.touched && l.op.form == facesForm {
		coefficients = int64(l.op.faces.fields) * l.bytes()
	}
	if g.touched && l.op.form == varyingForm {
		for _, f := range l.op.weights.varying {
			if f != nil {
				coefficients += l.bytes()
			}
		}
	}
	for k := range kept {
		coefficients += kept[k].total()
	}
	return coefficients + u.total() + v.total() + g.total() + coarseU.total() + coarseG.total()
}
