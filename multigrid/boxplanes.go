package multigrid

// Relaxation of planes in zebra order, as in semicoarsening multigrid (Schaffer, SIAM J. Sci.
// Comput. 20, 1998; Brown, Falgout & Jones, SIAM J. Sci. Comput. 21, 2000).

import (
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// planes are every second plane across an axis. They do not see each other, so they are
// one box, of the couplings of A within planes, that is never coarsened across. Relaxation
// solves
//
//	A_p e = r,   r = g − A u on the planes,   u += e
//
// by one V(1,1)-cycle of black-box multigrid from e = 0, with lines along both axes of the
// planes, directly where a plane has no more than smallestPlane points. It smooths after the
// correction in the opposite order, so that it is self-adjoint where A is.
type planes struct {
	of     *box
	across int
	class  class
	method *blackBox
	gather rowLoop // the residual of the planes, from that of the box
	spread rowLoop // u += e
}

// smallestPlane is how many points a plane has at most where it is solved directly. There
// are many planes, so it is less than [smallest].
const smallestPlane = 16

// relaxPlanes adds the relaxation of all planes across an axis.
func (b *box) relaxPlanes(across int) error {
	for _, c := range b.classes(across) {
		if c.count == 0 {
			continue
		}
		p := &planes{of: b, across: across, class: c, method: &blackBox{reverse: true}}
		if err := p.method.build(b.planesOf(across, c), Lines{Axes: axesWithin(across)}, BlackBox{}); err != nil {
			return err
		}
		p.prepare()
		b.planes = append(b.planes, p)
		b.stages = append(b.stages, rowLoop{units: 1, run: func(int, int) { p.relax() }})
	}
	return nil
}

// axesWithin are the axes of the planes across an axis.
func axesWithin(across int) []int { return [][]int{{1, 2}, {0, 2}, {0, 1}}[across] }

// planesBox is the box of the planes of a class across an axis, without an operator.
func (b *box) planesBox(across int, c class) *box {
	n := b.n
	n[across] = c.count
	p := b.ofIndices(n)
	p.periodic[across], p.apart[across] = false, true
	return p
}

// planesOf is the finest box of the planes of a class across an axis.
func (b *box) planesOf(across int, c class) *box {
	p := b.planesBox(across, c)
	p.u, p.g = pde.NewField[float64](p.grid), pde.NewField[float64](p.grid)
	for _, o := range b.support {
		if stencil.Offset(o)[across] != 0 {
			continue
		}
		p.a[o] = pde.NewField[float64](p.grid)
		p.support = append(p.support, o)
		for row := range p.rows() {
			j, k := p.rowAt(row)
			to, from := p.a[o].Row(j, k), b.a[o].Row(b.planeRow(across, c, j, k))
			if across != 0 {
				copy(to[1:1+p.n[0]], from[1:])
				continue
			}
			for i := range c.count {
				to[1+i] = from[c.first+i*c.step]
			}
		}
	}
	if b.scale != nil {
		scale := *b.scale
		if w := scale[across]; w != nil {
			scale[across] = make([]float64, c.count+2)
			for i := range c.count {
				scale[across][1+i] = w[c.first+i*c.step]
			}
		}
		p.scale = &scale
	}
	return p
}

// planeRow is where row (j, k) of the planes of a class lies in the box.
func (b *box) planeRow(across int, c class, j, k int) (int, int) {
	switch across {
	case 1:
		j = c.first + (j-1)*c.step
	case 2:
		k = c.first + (k-1)*c.step
	}
	return j, k
}

// prepare makes the loops between the box and the planes.
func (p *planes) prepare() {
	b, c, finest := p.of, p.class, p.method.levels[0]
	p.gather = finest.loopOver(finest.rows(), unitWork, func(worker, row int) {
		j, k := finest.rowAt(row)
		jb, kb := b.planeRow(p.across, c, j, k)
		s, out := &b.scratch[worker], finest.g.Row(j, k)
		if p.across != 0 {
			b.residualRow(s, out, 1, b.n[0], jb, kb)
			return
		}
		r := s.row[0]
		b.residualRow(s, r, 1, b.n[0], jb, kb)
		for i := range c.count {
			out[1+i] = r[c.first+i*c.step]
		}
	})
	p.spread = finest.loopOver(finest.rows(), unitWork, func(_, row int) {
		j, k := finest.rowAt(row)
		e, u := finest.u.Row(j, k), b.u.Row(b.planeRow(p.across, c, j, k))
		if p.across != 0 {
			for i := 1; i <= b.n[0]; i++ {
				u[i] += e[i]
			}
			return
		}
		for i := range c.count {
			u[c.first+i*c.step] += e[1+i]
		}
	})
}

// planeCycle is what planes are relaxed by.
var planeCycle = cycle.Cycle{Pre: []int{1}, Post: []int{1}, Gamma: 1}

// relax corrects the planes.
func (p *planes) relax() {
	m := p.method
	m.levels[0].u.Zero()
	p.gather.do()
	cycle.Run(m, planeCycle, struct{}{})
	p.spread.do()
}

// together is the number of points that couple with each other, of a plane if the box is
// planes.
func (b *box) together() int {
	count := 1
	for d, n := range b.n {
		if !b.apart[d] {
			count *= n
		}
	}
	return count
}

// fewest is how many of these are solved directly.
func (b *box) fewest() int {
	if b.apart != [3]bool{} {
		return smallestPlane
	}
	return smallest
}
