package multigrid

// What a Krylov method takes from a numeric method: residuals by the fused passes, and one
// cycle from zero as the preconditioner.

import (
	"errors"
	"math"
	"slices"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
)

// linear is the problem that a method has bound, to be accelerated.
type linear interface {
	// Residual implements [krylov.Operator], Precondition [krylov.Preconditioner].
	Residual(r, u, g *pde.Field[float64]) error
	Precondition(z, r *pde.Field[float64]) error
	// bound are u and g of the method.
	bound() (u, g *pde.Field[float64])
	// norms are ‖g − A u‖₂ and ‖u‖₂ now, by the definition.
	norms() (r, u float64)
	// begin says which cycle Precondition does from now on.
	begin(c cycle.Cycle, symmetric bool)
	// adjoint reports why the sweeps of the cycle cannot be those of a symmetric one, or nil.
	adjoint() error
	singular() bool
	grid() pde.Grid
	// weights are those along each axis of an inner product in which A is symmetric, if
	// it is in any; see [krylov.Settings].
	weights() [3][]float64
}

// errStopped says that a walk was ended early.
var errStopped = errors.New("multigrid: stopped")

// pair is the two fields that passes were made for.
type pair [2]*pde.Field[float64]

// triple is the fields of a step to the next direction.
type triple [3]*pde.Field[float64]

// definition is g − A u on the finest level of a hierarchy.
type definition struct {
	finest *level[float64]
	passes map[pair]*pass[float64] // by r and u

	advances map[triple]*pass[float64] // by q, p and z
}

func definitionOf(f *hierarchy[float64]) definition {
	return definition{f.levels[0], map[pair]*pass[float64]{}, map[triple]*pass[float64]{}}
}

func (x *definition) Residual(r, u, g *pde.Field[float64]) error {
	l := x.finest
	p, ok := x.passes[pair{r, u}]
	if !ok {
		p = newPass(l, []stage[float64]{{task: toResidual, src: u, dst: r, row: l.residual()}})
		x.passes[pair{r, u}] = p
	}
	before := l.g
	l.g = g
	defer func() { l.g = before }()
	if !p.run() {
		return errStopped
	}
	return nil
}

// Advance implements [krylov.Advancer] where all ghosts are those of Dirichlet sides, which
// stay as they are.
func (x *definition) Advance(q, p, z, zero *pde.Field[float64], beta float64) (pq float64, ok bool, err error) {
	l := x.finest
	if l.around {
		return 0, false, nil
	}
	walk, ok := x.advances[triple{q, p, z}]
	if !ok {
		row := l.residual()
		row.Q = 0 // of a star, which then reads no data
		walk = newPass(l, []stage[float64]{
			{task: toDirection, src: z, dst: p},
			{task: toResidual, src: p, dst: q, row: row, product: true},
		})
		x.advances[triple{q, p, z}] = walk
	}
	walk.stages[0].scale = beta
	before := l.g
	if l.g = zero; l.op.form == starForm {
		l.g = p // times 0, and in the cache
	}
	defer func() { l.g = before }()
	if !walk.run() {
		return 0, false, errStopped
	}
	return walk.total().rr, true, nil
}

func (x *definition) bound() (u, g *pde.Field[float64]) { return x.finest.u, x.finest.g }

func (x *definition) grid() pde.Grid { return x.finest.Grid }

func (x *definition) weights() [3][]float64 { return halfCells(x.finest.Grid) }

func (c *cycled) adjoint() error { return c.f.adjoint() }

func (x *refined) adjoint() error { return x.m.single.adjoint() }

func (x *definition) singular() bool { return x.finest.singular() }

func (x *definition) norms() (r, u float64) {
	l := x.finest
	f := l.hierarchy
	f.taken = f.taken[:0]
	work := l.work
	l.work = nil // that of the solve alone counts
	l.run(leg{norms: true})
	l.work = work
	if f.interrupted() {
		return math.NaN(), math.NaN()
	}
	f.taken = f.taken[:0]
	return f.root(f.last.rr, l.eachResidual), f.root(f.last.uu, rowsOf(l.u))
}

// cycled is linear with cycles in float64.
type cycled struct {
	definition
	f         *hierarchy[float64]
	cycle     cycle.Cycle
	symmetric bool
	legs      map[pair]map[leg][]*pass[float64] // of the finest level, by z and r
}

func (f *hierarchy[T]) linear() linear {
	if f, ok := any(f).(*hierarchy[float64]); ok {
		return &cycled{definition: definitionOf(f), f: f, legs: map[pair]map[leg][]*pass[float64]{}}
	}
	return nil
}

func (c *cycled) begin(cycle cycle.Cycle, symmetric bool) {
	c.cycle, c.symmetric = cycle, symmetric
	clear(c.legs)
	clear(c.advances)
	clear(c.passes) // some are of the u of an earlier solve
	c.f.makeScratch(1)
	if v := c.finest.v; v != nil {
		v.Zero() // its ghosts are those of corrections now
	}
	for _, k := range c.finest.kept {
		k.Zero()
	}
}

func (c *cycled) Precondition(z, r *pde.Field[float64]) error {
	f, l := c.f, c.finest
	legs, ok := c.legs[pair{z, r}]
	if !ok {
		legs = map[leg][]*pass[float64]{}
		c.legs[pair{z, r}] = legs
	}
	u, g, before, quiet := l.u, l.g, l.legs, f.quiet
	l.u, l.g, l.legs, f.quiet, f.symmetric = z, r, legs, true, c.symmetric
	f.walk(c.cycle, true, never)
	l.u, l.g, l.legs, f.quiet, f.symmetric = u, g, before, quiet, false
	if f.interrupted() {
		return errStopped
	}
	return nil
}

func never() bool { return false }

// refined is linear with cycles in float32.
type refined struct {
	definition
	m         *mixed
	cycle     cycle.Cycle
	symmetric bool

	z, r *pde.Field[float64] // that are being converted
	c    float64             // what they are multiplied by
	down func(lo, hi int)
	up   func(lo, hi int)

	measure func(block, lo, hi int) // max |r| of a block of rows
	most    [16]float64
}

func (m *mixed) linear() linear {
	x := &refined{definition: definitionOf(m.double), m: m}
	n := m.e.Inner(0)
	x.down = func(lo, hi int) {
		for row := lo; row < hi; row++ {
			j, k := x.r.RowAt(row)
			simd.Best().ToSingle(&m.r.Row(j, k)[1], &x.r.Row(j, k)[1], x.c, n)
		}
	}
	x.measure = func(block, lo, hi int) {
		most := 0.0
		for row := lo; row < hi; row++ {
			j, k := x.r.RowAt(row)
			for _, v := range x.r.Row(j, k)[1 : 1+n] {
				most = max(most, math.Abs(v))
			}
		}
		x.most[block] = most
	}
	x.up = func(lo, hi int) {
		for row := lo; row < hi; row++ {
			j, k := x.r.RowAt(row)
			z := x.z.Row(j, k)[1 : 1+n]
			clear(z)
			simd.Best().AddSingle(&z[0], &m.e.Row(j, k)[1], x.c, n)
		}
	}
	return x
}

func (x *refined) begin(cycle cycle.Cycle, symmetric bool) {
	x.cycle, x.symmetric = cycle, symmetric
	clear(x.passes)
	clear(x.advances)
	x.m.double.makeScratch(1)
	if x.m.single.bind(x.m.e, x.m.r) != nil {
		panic("multigrid: the fields of mixed precision do not fit its levels")
	}
}

// Precondition finds e ≈ A⁻¹ r for r over its size, that float32 holds.
func (x *refined) Precondition(z, r *pde.Field[float64]) error {
	m := x.m
	x.z, x.r = z, r
	parallel.Blocks(r.RowCount(), len(x.most), x.measure)
	_, exponent := math.Frexp(slices.Max(x.most[:]))
	scale := math.Ldexp(1, -max(exponent, -1000))
	x.c = scale
	parallel.For(r.RowCount(), 1+minWork/r.N[0], x.down)
	m.single.symmetric = x.symmetric
	m.single.walk(x.cycle, true, never)
	m.single.symmetric = false
	if m.interrupted() {
		return errStopped
	}
	x.c = m.s2 / scale
	parallel.For(r.RowCount(), 1+minWork/r.N[0], x.up)
	return nil
}
