package multigrid

// Cycles in float32 that give the accuracy of float64.

import (
	"fmt"
	"math"
	"slices"

	"mgtool/internal/simd"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// mixed is iterative refinement (Wilkinson 1963; Tamstorf, Benzaken & McCormick,
// arXiv 2007.06628, for multigrid),
//
//	r = g − A u      in float64, rounded to float32 last
//	e ≈ A⁻¹ r        by a few cycles in float32, from e = 0
//	u ← u + e        in float64,
//
// which moves half of the bytes and relaxes twice as many values at a time. What
// float32 gets wrong in e is of high frequency, which the next cycles remove first.
// Correction and residual are one walk over memory. A cycle is one such step.
//
// float32 holds numbers from 1e-38 to 1e38 only, while e is of the size of r L² on a
// box of side L. So the cycles are on the same grid with L near 1: with lengths over s,
// a power of two, A is s² times as large and e/s² is what they find; and likewise with a
// power of two that brings the coefficients of A near 1.
type mixed struct {
	double *hierarchy[float64] // of the finest grid alone
	single *hierarchy[float32]
	e, r   *pde.Field[float32]

	first, next *pass[float64] // r from u; u and r from e
	scale       float64        // of r and e
	s2          float64        // s², and that of A
	u           float64        // ‖u‖
	residual    float64        // ‖r‖
	given       bool           // the current norms have been returned
	inner       int            // cycles of a step
}

// inner is how many cycles in float32 a step in float64 serves: as many as gain
// something before rounding is all that is left of e, 2 to 4. What rounding leaves
// of the residual is about ε κ/6 for the condition κ of A (seen; a bound would be
// twelve times that), and a cycle gains a factor of sixteen.
func inner(condition float64) int {
	const eps = 0x1p-24
	left := eps * condition / 6
	return min(4, max(2, int(math.Round(-math.Log(left)/math.Log(16)))))
}

func newMixed(a stencil.Operator, c Components) (*mixed, error) {
	grid, _ := a.Grids()
	unit, s2 := atUnitSize(grid)
	diffusivity, reaction, _ := a.Diffusion()
	_, exponent := math.Frexp(slices.Max(diffusivity[:]))
	size := math.Ldexp(1, -exponent) // of A, which float32 may not hold either
	for d := range diffusivity {
		diffusivity[d] *= size
	}
	scaled, err := stencil.Diffusion(unit, diffusivity, reaction*size*s2)
	if err != nil {
		return nil, err
	}
	list, err := coarsen(scaled, c.Coarsening)
	if err != nil {
		return nil, err
	}
	single, err := hierarchyOf[float32](list, c.Smoother, units{length: math.Sqrt(s2), size: s2 * size})
	if err != nil {
		return nil, err
	}
	single.quiet = true
	m := &mixed{
		single: single, double: &hierarchy[float64]{loops: simd.Grid[float64](simd.Best())},
		e: pde.NewField[float32](unit), r: pde.NewField[float32](unit),
		s2: s2 * size, inner: inner(single.bounds().condition),
	}
	finest, err := m.double.newLevel(a)
	m.double.levels = []*level[float64]{finest}
	return m, err
}

// checkMixed refuses what has no passes between the precisions.
func checkMixed(a stencil.Operator) error {
	grid, _ := a.Grids()
	if _, _, ok := a.Diffusion(); !ok || grid.Sides != [3][2]pde.Boundary{} || grid.Cells {
		return fmt.Errorf("multigrid: mixed precision for %v; want −Δ, or −Σ a_d ∂²/∂x_d² + c, on vertices with Dirichlet sides", a)
	}
	return nil
}

// atUnitSize is the grid with its lengths over a power of two, such that the shortest
// side is about 1, and the square of that power.
func atUnitSize(g pde.Grid) (unit pde.Grid, s2 float64) {
	shortest := math.Inf(1)
	for d := range g.Dim() {
		shortest = min(shortest, float64(g.N[d])*g.H[d])
	}
	_, exponent := math.Frexp(shortest)
	for d := range g.Dim() {
		g.H[d] = math.Ldexp(g.H[d], 1-exponent)
	}
	return g, math.Ldexp(1, 2*(exponent-1))
}

// Levels is the number of grids.
func (m *mixed) Levels() int { return m.single.Levels() }

func (m *mixed) bind(u, g *pde.Field[float64]) error {
	l := m.double.levels[0]
	if u.Grid != l.Grid || g.Grid != l.Grid {
		return differs(u.Grid, g.Grid, l.Grid)
	}
	m.double.makeScratch(1)
	if l.u != u || l.g != g {
		l.u, l.g = u, g
		clear(l.legs)
		correct := stage[float64]{task: toCorrect, dst: u, single: m.e}
		residual := stage[float64]{task: toRound, src: u, row: l.residual(), single: m.r}
		m.first = newPass(l, []stage[float64]{{task: toRightSide, src: u}, residual})
		m.next = newPass(l, []stage[float64]{correct, residual})
	}
	return m.single.bind(m.e, m.r)
}

func (m *mixed) start(cycle.Cycle) (data dataNorms, r float64) {
	l := m.double.levels[0]
	m.double.lift = pde.NewLift(l.u, l.op.a)
	m.u = 0
	m.residual = 0
	m.given = true
	m.refine(m.first)
	if m.interrupted() {
		return dataNorms{}, 0
	}
	sums := m.first.total()
	data = dataRoots(sums.bb, sums.gg, m.double.lift, l.g)
	if size := m.residual / math.Sqrt(float64(l.Unknowns())); size < 1e-10 || size > 1e10 {
		m.refine(m.first) // again: with the size of r known, it fits float32
	}
	return data, m.residual
}

// refine does a pass, with r scaled such that the values of the last one would be
// about 1, or as near as a power that has a reciprocal comes.
func (m *mixed) refine(p *pass[float64]) {
	const most = 0x1p1000
	before := m.scale
	m.scale = math.Sqrt(float64(p.level.Unknowns())) / m.residual
	switch {
	case m.residual == 0 || math.IsNaN(m.scale):
		m.scale = 1
	default:
		m.scale = min(max(m.scale, 1/most), most)
	}
	for i := range p.stages {
		p.stages[i].scale = m.scale
		if p.stages[i].task == toCorrect {
			p.stages[i].scale = m.s2 / before
		}
	}
	if !p.run() {
		return
	}
	m.residual = m.double.root(p.total().rr, p.level.eachResidual)
}

func (m *mixed) cycle(c cycle.Cycle, more func(r float64) bool) {
	f := m.single
	inner := m.inner
	if !more(m.residual) {
		inner = 1 // may be enough
	}
	for k := range inner {
		f.walk(c, k == 0, func() bool { return k < inner-1 && f.Levels() > 1 })
		c.Full = false
	}
	if m.interrupted() {
		return
	}
	m.refine(m.next)
	m.given = m.interrupted()
}

func (m *mixed) complete() {}

func (m *mixed) finish() {}

func (m *mixed) norms(each func(r, u float64)) {
	if m.given {
		return
	}
	m.given = true
	// After the first step u hardly changes, unless it goes to 0.
	if l := m.double.levels[0]; m.u == 0 || m.residual < 1e4*roundoff*l.bounds().norm*m.u {
		m.u = norm(l.u)
	}
	each(m.residual, m.u)
}

func (m *mixed) setStop(stop func() bool) {
	m.single.setStop(stop)
	m.double.setStop(stop)
}

func (m *mixed) interrupted() bool { return m.single.interrupted() || m.double.interrupted() }

func (m *mixed) defect() float64 { return 0 }

func (m *mixed) bounds() bounds { return m.double.bounds() }
