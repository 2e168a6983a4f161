package multigrid

// A leg of a cycle as one walk over memory. Its stages, say prolong, red, black,
// residual, follow each other from slab to slab (pieces of the row in one dimension,
// rows in two, planes in three): stage s works on slab q while stage s−1 is one slab
// ahead, since it reads slabs q−1, q and q+1 as stage s−1 leaves them. So all stages
// find their slabs in a cache, and main memory is read and written once.
//
// Threads take blocks of slabs. At the seam of two blocks stage s of either stops
// s slabs before it, and when all blocks are done the seams are, in the same way:
// stage s then takes the s slabs on both sides. Every value is computed once, from
// the same values, whatever the blocks are: the bits do not depend on them.

import (
	"math"
	"unsafe"

	"mgtool/internal/parallel"
	"mgtool/pde"
)

// pass is stages that go over memory together.
type pass[T pde.Real] struct {
	level  *level[T]
	stages []stage[T]

	bytes  int64 // that it moves, by the model of work.go
	slabs  int
	ring   bool   // the last slab and the first are neighbours
	ringed bool   // some of the stages have rings
	wide   bool   // some correct by 5^d points
	cut    []int  // the first slab of every block, and the end
	sums   []sums // of every slab, if a stage takes norms

	minimal *minimal[T] // of a pass that minimises the residual
	blocks  func(worker, unit int)
	seams   func(worker, unit int)
}

// sums are Σ r², Σ u² and, of the data, Σ (g − A E)² and Σ g². Where two stages take
// parts of Σ r², each has its own, so that the order of additions does not depend on the
// blocks.
type sums struct{ rr, rr2, uu, bb, gg float64 }

// serial reports that the pass is one sweep of vertices in order.
func (p *pass[T]) serial() bool { return p.stages[0].task == toSweep }

func newPass[T pde.Real](l *level[T], stages []stage[T]) *pass[T] {
	p := &pass[T]{level: l, stages: stages, slabs: l.slabs()}
	last := l.dim - 1 // the slowest axis
	switch periodic := last > 0 && l.Sides[last][0] == pde.Periodic; {
	case periodic && stages[0].task == toRestrict: // from a ghost as well
		p.slabs = lastFine(&l.axes[last])
	case periodic:
		p.ring = len(stages) > 1
	}
	for _, s := range stages {
		if s.task == toNorm || s.task == toRound || s.task == toRightSide || s.sums || s.product {
			p.sums = make([]sums, p.slabs)
		}
	}
	if stages[0].task == toMinimise {
		p.minimal = newMinimal(p)
	}
	for _, s := range stages {
		p.ringed = p.ringed || s.ringed
		p.wide = p.wide || s.by != nil && s.by.wide != nil
	}
	p.bytes = l.model(stages)
	p.blocks = func(worker, unit int) { p.block(&l.hierarchy.scratch[worker], unit, p.cut[unit], p.cut[unit+1]) }
	p.seams = func(worker, unit int) { p.seam(&l.hierarchy.scratch[worker], unit, p.cut[unit+1]) }
	return p
}

// minWork is how many vertices are worth a second thread: some 20 µs.
const minWork = 1 << 15

// blocks is how many blocks of slabs are worth while for a pass of this many stages.
// A block has room for its seams, and for slabs that are in none.
func (l *level[T]) blocks(workers, stages int) int {
	if l.slabs()*l.slabSize() < minWork {
		return 1
	}
	return max(1, min(workers, l.slabs()/(2*stages+8)))
}

// run goes over the grid; false means that it was stopped.
func (p *pass[T]) run() bool {
	f := p.level.hierarchy
	if f.ends() {
		return false
	}
	if p.level.fills() {
		if f := p.level.ghosts(&p.stages[0]); f != nil {
			f.FillGhosts()
		}
	}
	if p.slabs > p.level.slabs() {
		p.closeShared()
	}
	clear(p.sums)
	workers := parallel.Workers()
	if p.serial() {
		workers = 1
	}
	count := p.level.blocks(workers, len(p.stages))
	if len(p.cut) != count+1 {
		p.cut = make([]int, count+1)
		for b := range p.cut {
			p.cut[b] = b * p.slabs / count
		}
	}
	f.makeScratch(count)
	if p.minimal != nil {
		return p.minimise(count)
	}
	p.makeRings(count)
	if count == 1 {
		p.block(&f.scratch[0], 0, 0, p.slabs)
		if p.ring && !f.interrupted() {
			p.seam(&f.scratch[0], 0, p.slabs)
		}
		return !f.interrupted()
	}
	parallel.Each(count, p.blocks)
	seams := count - 1
	if p.ring {
		seams = count
	}
	if !f.interrupted() {
		parallel.Each(seams, p.seams)
	}
	return !f.interrupted()
}

// total is the sums over all slabs, in order.
func (p *pass[T]) total() (t sums) {
	for _, s := range p.sums {
		t.rr += s.rr
		t.uu += s.uu
		t.bb += s.bb
		t.gg += s.gg
		t.rr2 += s.rr2
	}
	t.rr += t.rr2
	return t
}

// block does the slabs [lo, hi), up to its seams. Slabs are counted from 0 here.
//
// Planes are larger than a cache: they are done in strips of rows, one strip on all
// planes of the block before the next. Stage s then stops s rows before the end of
// a strip, for the same reason as at a seam, and goes on there with the next.
func (p *pass[T]) block(d *scratch[T], unit, lo, hi int) {
	if p.serial() {
		if p.stages[0].sweep.order == forward {
			for q := range p.slabs {
				p.do(d, 0, q, 0, p.level.rowsEnd(), 0, p.slabs)
				if d.ends(p.level.hierarchy, p.level.rowValues(p.level.rowsEnd())) {
					return
				}
			}
			return
		}
		rows := 1 // of a slab
		if p.level.dim == 3 {
			rows = p.level.Inner(1)
		}
		for row := p.slabs*rows - 1; row >= 0; row-- {
			j := row%rows + 1
			p.do(d, 0, row/rows, j, j+1, 0, p.slabs)
			if d.ends(p.level.hierarchy, p.level.rowValues(1)) {
				return
			}
		}
		return
	}
	last, strip, end := len(p.stages)-1, p.strip(), p.level.rowsEnd()
	d.unit, d.stages, d.first, d.end, d.seam = unit, len(p.stages), lo, hi, false
	values := len(p.stages) * p.level.rowValues(strip)
	for y := 0; y < end+last; y += strip {
		for t := lo; t < hi+last; t++ {
			for s := range p.stages {
				from, to := p.own(s, lo, hi)
				if q := t - s; q >= from && q < to {
					p.do(d, s, q, y-s, y-s+strip, from, to)
				}
			}
			if d.ends(p.level.hierarchy, values) {
				return
			}
		}
	}
}

// strip is the number of rows of a plane that are done together; in fewer than
// three dimensions a slab is one.
func (p *pass[T]) strip() int {
	l := p.level
	if l.dim < 3 || l.Sides[1][0] == pde.Periodic { // then the first row needs the last one
		return math.MaxInt32
	}
	var zero T
	slabs := len(p.stages) + 3 // that are at work
	row := 2 * slabs * (l.inner + 2) * int(unsafe.Sizeof(zero))
	return max(8, stripBytes/row)
}

// stripBytes is how much of a second-level cache of a megabyte strips take.
const stripBytes = 640 << 10

// own is which slabs of block [lo, hi) stage s works on before the seams.
func (p *pass[T]) own(s, lo, hi int) (from, to int) {
	from, to = lo, hi
	if lo > 0 || p.ring {
		from += p.reach(s, lo)
	}
	if hi < p.slabs || p.ring {
		to -= p.reach(s, hi)
	}
	return from, to
}

// reach is how many slabs on either side of a cut stage s leaves to the seam. Where the
// number of slabs in a ring is odd, the first and the last have the same colour: they
// follow each other in one seam.
func (p *pass[T]) reach(s, at int) int {
	if p.ring && at%p.slabs == 0 && p.slabs%2 != 0 {
		return s + 1
	}
	return s
}

// seam does the slabs that the blocks on both sides of a cut have left.
func (p *pass[T]) seam(d *scratch[T], unit, at int) {
	d.unit, d.stages, d.first, d.seam = unit, len(p.stages), at, true
	for s := range p.stages {
		reach := p.reach(s, at)
		if p.stages[s].task == toRestrict {
			// What both blocks together cannot make of their own slabs.
			d.lo, d.n = p.level.values(at)
			p.level.restrictSeam(d, &p.stages[s], at-reach, at+reach)
			continue
		}
		for q := at - reach; q < at+reach; q++ {
			p.do(d, s, q%p.slabs, 0, p.level.rowsEnd(), at-reach, at+reach)
			if d.ends(p.level.hierarchy, p.level.rowValues(p.level.rowsEnd())) {
				return
			}
		}
	}
}
