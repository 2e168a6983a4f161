package multigrid

// Grids whose rows are short: solved with their axes in another order.

import (
	"mgtool/internal/parallel"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// permuted is a method on a copy of u and g whose rows lie along the longest axis.
// A row costs some 30 ns before its first value, as much as a hundred values, so rows
// of a few take many times as long. The operator, the transfers and the colours of
// red-black relaxation do not know one axis from another: what differs is rounding,
// and for the smoothers that go vertex by vertex the order.
type permuted struct {
	method
	outer pde.Grid // the caller's
	order axisOrder
	u, g  *pde.Field[float64] // on the grid inside
	to    *pde.Field[float64] // the caller's u
}

// axisOrder says which axis of a grid is which of its permuted one.
type axisOrder [3]int

// shortRow is the number of cells up to which a row is short, if there is an axis at
// least longAxis times as long.
const (
	shortRow = 32
	longAxis = 4
)

// orderFor gives the order of axes in which a problem is solved, if it is not its own:
// the longest first, for long rows; in three dimensions the shortest second, since
// planes of few rows suit a cache, and many planes can be shared among threads. It is
// for operators and methods that do not know one axis from another.
func orderFor(a stencil.Operator, s Settings) (order axisOrder, change bool) {
	order = axisOrder{0, 1, 2}
	g, _ := a.Grids()
	_, usual := s.Coarsening.(Rediscretized)
	if _, _, ok := a.Diffusion(); !ok || corrects(s.Smoother) || !usual && s.Coarsening != nil || s.Watch != nil {
		return order, false
	}
	long, short := 0, 0
	for d := range g.Dim() {
		if g.N[d] > g.N[long] {
			long = d
		}
		if g.N[d] < g.N[short] {
			short = d
		}
	}
	if g.N[0] > shortRow || g.N[long] < longAxis*g.N[0] {
		return order, false
	}
	if g.Dim() == 2 {
		return axisOrder{1, 0, 2}, true
	}
	return axisOrder{long, short, 3 - long - short}, true
}

// grid is g with its axes in this order, and back that of its own.
func (o axisOrder) grid(g pde.Grid) (p pde.Grid) {
	p.Cells = g.Cells
	for d, from := range o {
		p.N[d], p.H[d], p.Sides[d] = g.N[from], g.H[from], g.Sides[from]
	}
	return p
}

func (o axisOrder) back(p pde.Grid) (g pde.Grid) {
	g.Cells = p.Cells
	for d, to := range o {
		g.N[to], g.H[to], g.Sides[to] = p.N[d], p.H[d], p.Sides[d]
	}
	return g
}

// newPermuted makes the method for the permuted problem by build.
func newPermuted(a stencil.Operator, order axisOrder, build func([]Coarse) (method, error)) (method, error) {
	grid, _ := a.Grids()
	inside := order.grid(grid)
	diffusivity, c, _ := a.Diffusion()
	var along [3]float64
	var alpha [3][2]float64
	for d, from := range order {
		along[d], alpha[d] = diffusivity[from], a.Alpha()[from]
	}
	permutedA, err := stencil.Robin(inside, along, c, alpha)
	if err != nil {
		return nil, err
	}
	levels, err := coarsen(permutedA, Rediscretized{})
	if err != nil {
		return nil, err
	}
	m, err := build(levels)
	if err != nil {
		return nil, err
	}
	return &permuted{method: m, outer: grid, order: order, u: pde.NewField[float64](inside), g: pde.NewField[float64](inside)}, nil
}

func (p *permuted) bind(u, g *pde.Field[float64]) error {
	if u.Grid != p.outer || g.Grid != p.outer {
		return differs(u.Grid, g.Grid, p.outer)
	}
	p.to = u
	gather := func(row, f []float64, stride int) {
		for i := range row {
			row[i] = f[i*stride]
		}
	}
	p.walk(p.u, u, 0, gather)
	p.walk(p.g, g, 1, gather) // its boundary counts nowhere
	return p.method.bind(p.u, p.g)
}

// finish copies u back, without its boundary; ghosts on periodic sides are filled.
func (p *permuted) finish() {
	p.method.finish()
	p.walk(p.u, p.to, 1, func(row, f []float64, stride int) {
		for i, v := range row {
			f[i*stride] = v
		}
	})
	p.to.FillGhosts()
}

// walk calls body with the rows inside and where their values lie outside, a stride
// apart, but for those less than margin from the boundary. It goes along the rows in
// steps that leave the cache lines outside when they are used up.
func (p *permuted) walk(inside, outside *pde.Field[float64], margin int, body func(row, f []float64, stride int)) {
	g := inside.Grid
	row, plane := outside.Strides()
	strides := [3]int{1, row, plane}
	x, y, z := strides[p.order[0]], strides[p.order[1]], strides[p.order[2]]
	last := [3]int{g.Inner(0) + 1, g.Inner(1) + 1, g.Inner(2) + 1} // the ghosts at the end
	zMargin := margin
	if g.Dim() < 3 {
		zMargin, last[2] = 0, 0
	}
	const step = 64
	parallel.For(last[0]+1-2*margin, max(step, 1<<15/((last[1]+1)*(last[2]+1))), func(from, end int) {
		for lo := from + margin; lo < end+margin; lo += step {
			hi := min(lo+step, end+margin)
			for k := zMargin; k <= last[2]-zMargin; k++ {
				for j := margin; j <= last[1]-margin; j++ {
					body(inside.Row(j, k)[lo:hi], outside.Data()[outside.Offset(0, 0)+lo*x+j*y+k*z:], x)
				}
			}
		}
	})
}

func (p *permuted) measure(on bool) {
	if m, ok := p.method.(measured); ok {
		m.measure(on)
	}
}

func (p *permuted) levelWork() (list []LevelWork) {
	if m, ok := p.method.(measured); ok {
		list = m.levelWork()
	}
	for i := range list {
		list[i].Grid = p.order.back(list[i].Grid)
	}
	return list
}
