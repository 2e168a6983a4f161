package main

// Stencils of 3×3 points on a grid row. nine.go of package simd defines what they compute.

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of simd.Nine, which a test of that package checks. C follows S.
const (
	nineOut   = 0
	nineBase  = 8
	nineRows  = 16
	nineAhead = 40
	nineS     = 48
)

func nines() {
	tables := map[int]table{4: newTable(avx512), 8: newTable(avx512.double())}
	for _, s := range reals {
		s.mapNine()
		s.relaxNine()
		t := table{s, tables[s.size].at}
		t.restrictNine()
		t.prolongNine()
	}
}

// coefficient is the address of S, for i = 0, or C[i−1] of the Nine at arg.
func (s isa) coefficient(arg reg.Register, i int) Mem {
	return Mem{Base: arg, Disp: nineS + i*s.size}
}

// ninePointers loads the pointers of the Nine at arg.
func ninePointers(arg reg.Register) (rows [3]reg.GPPhysical, out, base reg.GPPhysical) {
	out, base = gpr[4], gpr[5]
	MOVQ(Mem{Base: arg, Disp: nineOut}, out)
	MOVQ(Mem{Base: arg, Disp: nineBase}, base)
	for t := range rows {
		rows[t] = gpr[1+t]
		MOVQ(Mem{Base: arg, Disp: nineRows + 8*t}, rows[t])
	}
	return rows, out, base
}

// eitherBase emits a pass twice, with and without the term S·Base, and ends the function.
func eitherBase(base reg.Register, pass func(prefix string, based bool)) {
	TESTQ(base, base)
	JZ(LabelRef("baseless"))
	pass("", true)
	VZEROUPPER()
	RET()
	Label("baseless")
	pass("baseless", false)
	VZEROUPPER()
	RET()
}

// nine is a pass being emitted. It uses all vector registers of AVX2.
type nine struct {
	isa
	row       [3]reg.GPPhysical
	out, base reg.GPPhysical
	ahead     reg.GPPhysical
	n, at     reg.GPPhysical
	c         [10]reg.Physical // S and C
	before    reg.Physical     // the western sum of the vector before
	west, f   reg.Physical
	colour    reg.Physical
	tmp       reg.Physical
	x         [3]reg.Physical // the vectors of the three rows, in AVX-512 only
}

// nine starts a function.
func (s isa) nine(name, parameters string) nine {
	TEXT(name+s.name, NOSPLIT, "func(s *byte, "+parameters+"n int, mask *int32)")
	Pragma("noescape")
	arg := Load(Param("s"), gpr[0])
	x := nine{isa: s, before: s.vec[0], west: s.vec[1], f: s.vec[2], colour: s.vec[3], tmp: s.vec[4]}
	x.row, x.out, x.base = ninePointers(arg)
	x.ahead = gpr[6]
	MOVQ(Mem{Base: arg, Disp: nineAhead}, x.ahead)
	x.n, x.at = s.startVector()
	for i := range x.c {
		x.c[i] = s.vec[5+i]
		s.broadcast(s.coefficient(arg, i), x.c[i])
	}
	if s.wide() {
		x.x = [3]reg.Physical{s.vec[16], s.vec[17], s.vec[18]}
	}
	for t, row := range x.row {
		s.broadcast(Mem{Base: row, Disp: -s.size}, x.tmp)
		x.west1(t, x.tmp, x.before)
	}
	return x
}

// west1 adds the western term of row t to a sum; row 0 begins it.
func (x nine) west1(t int, row Op, sum reg.Physical) {
	if t == 0 {
		x.mul(row, x.c[1], sum)
	} else {
		x.fma231(row, x.c[1+3*t], sum)
	}
}

// mem is the current vector of a row.
func (x nine) mem(row reg.GPPhysical, offset int) Mem {
	return Mem{Base: row, Index: x.at, Scale: 1, Disp: offset}
}

// value sets f to the values of a vector. It sums the western terms in place and shifts
// the sum by one lane. That replaces three loads that would straddle cache lines and, in
// RelaxNine, wait for the store of the vector before.
func (x nine) value(offset int, m *mask, based bool) {
	x.prefetch(x.mem(x.ahead, offset), offset)
	var middle [3]func() Op
	for t, row := range x.row {
		middle[t] = func() Op { return x.operand(x.mem(row, offset), x.tmp, m) }
		if x.wide() {
			x.load(x.mem(row, offset), x.x[t], m)
			middle[t] = func() Op { return x.x[t] }
		}
		x.west1(t, middle[t](), x.west)
	}
	x.shift(x.before, x.west, x.f)
	move(x.before, x.west)
	if based {
		x.fma231(x.operand(x.mem(x.base, offset), x.tmp, m), x.c[0], x.f)
	}
	for t := range x.row {
		x.fma231(middle[t](), x.c[2+3*t], x.f)
	}
	for t, row := range x.row {
		x.fma231(x.operand(x.mem(row, offset+x.size), x.tmp, m), x.c[3+3*t], x.f)
	}
}

// mapNine emits Out = f.
func (s isa) mapNine() {
	x := s.nine("mapNine", "")
	eitherBase(x.base, func(prefix string, based bool) {
		s.vectors(prefix, x.n, x.at, func(_, offset int, m *mask) {
			x.value(offset, m, based)
			s.store(x.f, x.mem(x.out, offset), m)
		})
	})
}

// relaxNine emits Out[i] = f[i] for every second i. It stores whole vectors, as relax does.
func (s isa) relaxNine() {
	x := s.nine("relaxNine", "first, ")
	colour := s.colour(x.colour, x.at)
	eitherBase(x.base, func(prefix string, based bool) {
		s.vectors(prefix, x.n, x.at, func(_, offset int, m *mask) {
			x.value(offset, m, based)
			s.load(x.mem(x.out, offset), x.tmp, m)
			s.blend(colour, x.f, x.tmp)
			s.store(x.tmp, x.mem(x.out, offset), m)
		})
	})
}

// restrictNine emits Out[m] = S·Base[m] + Σ C[3t+1+d]·Rows[t][2m+d], with the terms in the
// order of value. Only AVX-512 keeps the coefficients in registers.
func (t table) restrictNine() {
	g := t.start("restrictNine", "s *byte", "s")
	arg := g.base["s"]
	rows, out, base := ninePointers(arg)
	for i, row := range rows {
		g.base[fmt.Sprint("row", i)] = row
	}
	g.base["out"], g.base["base"] = out, base
	g.permutations(0)
	even, odd := t.vec[0:3], t.vec[3:6]
	high, tmp, west, f := t.vec[6], t.vec[7], t.vec[11], t.vec[12]
	coefficient := func(i int) reg.Physical {
		if t.wide() {
			return t.vec[16+i]
		}
		t.broadcast(t.coefficient(arg, i), t.vec[9])
		return t.vec[9]
	}
	if t.wide() {
		for i := range 10 {
			t.broadcast(t.coefficient(arg, i), t.vec[16+i])
		}
	}
	sum := func(i int, x, to reg.Physical) {
		if i == 0 {
			t.mul(x, coefficient(1), to)
		} else {
			t.fma231(x, coefficient(1+3*i), to)
		}
	}
	for i, row := range rows {
		t.broadcast(Mem{Base: row, Disp: -t.size}, tmp)
		sum(i, tmp, g.before)
	}
	eitherBase(base, func(prefix string, based bool) {
		t.vectors(prefix, g.n, g.at, func(_, offset int, m *mask) {
			for i := range rows {
				name := fmt.Sprint("row", i)
				t.load(g.fine(name, offset, 0), odd[i], g.fineMask(0, m))
				t.load(g.fine(name, offset, 1), high, g.fineMask(1, m))
				t.part(odd[i], high, even[i], odd[i], tmp, g.low)
				sum(i, odd[i], west)
			}
			t.shift(g.before, west, f)
			move(g.before, west)
			if based {
				t.fma231(t.operand(g.coarse("base", offset), tmp, m), coefficient(0), f)
			}
			for i := range rows {
				t.fma231(even[i], coefficient(2+3*i), f)
			}
			for i := range rows {
				t.fma231(odd[i], coefficient(3+3*i), f)
			}
			t.store(f, g.coarse("out", offset), m)
		})
	})
}

// prolongNine emits u[2i+1] += c1·p[i] + c4·q[i] and
// u[2i] += c2·p[i−1] + c5·q[i−1] + c0·p[i] + c3·q[i]. n counts fine values.
func (t table) prolongNine() {
	g := t.start("prolongNine", "u, p, q, c *T", "u", "p", "q", "c")
	g.permutations(2)
	p, q, west, even, odd, low := t.vec[0], t.vec[1], t.vec[2], t.vec[3], t.vec[4], t.vec[5]
	high, tmp := even, west
	var c [6]reg.Physical
	for i := range c {
		c[i] = t.vec[[]int{6, 7, 8, 9, 11, 12}[i]]
		if t.wide() {
			c[i] = t.vec[16+i]
		}
		t.broadcast(Mem{Base: g.base["c"], Disp: i * t.size}, c[i])
	}
	t.broadcast(Mem{Base: g.base["p"], Disp: -t.size}, p)
	t.broadcast(Mem{Base: g.base["q"], Disp: -t.size}, q)
	t.mul(p, c[2], g.before)
	t.fma231(q, c[5], g.before)
	halves := isa{t.name, t.size / 2, 2 * t.lanes, t.vec} // two fine values per coarse one
	halves.vector("", g.n, g.at, func(_, offset int, m *mask) {
		t.load(g.coarse("p", offset), p, m)
		t.load(g.coarse("q", offset), q, m)
		t.mul(p, c[2], west)
		t.fma231(q, c[5], west)
		t.shift(g.before, west, even)
		move(g.before, west)
		t.fma231(p, c[0], even)
		t.fma231(q, c[3], even)
		t.mul(p, c[1], odd)
		t.fma231(q, c[4], odd)
		t.join(even, odd, low, high, tmp, g.low)
		for h, x := range []reg.Physical{low, high} {
			at, fm := g.fine("u", offset, h), g.fineMask(h, m)
			t.add(t.operand(at, tmp, fm), x, x)
			t.store(x, at, fm)
		}
	})
}
