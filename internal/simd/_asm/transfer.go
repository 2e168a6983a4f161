package main

// Transfers between grids, and sums of rows. transfer.go of package simd defines what they
// compute.

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func transfers() {
	tables := map[int]table{4: newTable(avx512), 8: newTable(avx512.double())}
	for _, s := range reals {
		t := table{s, tables[s.size].at}
		t.restrict("restrict", false)
		t.restrict("restrictAdd", true)
		t.prolong()
		t.prolongCubic()
		t.restrictCells("restrictCells", false)
		t.restrictCells("restrictCellsAdd", true)
		t.prolongCells()
		t.average()
		s.combine()
		s.addScaled()
		s.dot()
	}
	for _, s := range []isa{avx512.double(), avx2.double()} {
		s.toSingle()
		s.addSingle()
	}
}

// twoGrids is a pass over a coarse row, where each vector belongs to two of a fine row.
type twoGrids struct {
	table
	base   map[string]reg.GPPhysical
	n, at  reg.GPPhysical
	masks  [2]*mask // of the last two fine vectors
	low    [2]reg.Physical
	before reg.Physical
}

// Vector registers of transfers. The last one holds the mask in AVX2.
const (
	vecLow      = 8  // to 9: permutations, AVX-512 only
	vecBefore   = 10 // the vector before, for shift
	vecConstant = 11 // to 12
	vecFineMask = 13 // to 14, AVX2 only
)

// start begins a function, with the masks of its last vectors. T in parameters stands for
// the type of the numbers.
func (t table) start(name, parameters string, pointers ...string) twoGrids {
	g := twoGrids{table: t, before: t.vec[vecBefore]}
	g.base = t.begin(name, "func("+strings.ReplaceAll(parameters, "T", t.goType())+", n int, mask, fine *int32)", pointers)
	g.n, g.at = t.startVector()
	Load(Param("fine"), g.at)
	for i := range g.masks {
		g.masks[i] = &mask{t.vec[vecFineMask+i]}
		if t.wide() {
			g.masks[i] = &mask{[]reg.Physical{reg.K2, reg.K3}[i]}
		}
		t.loadMask(*g.masks[i], Mem{Base: g.at, Disp: i * t.bytes()}, t.vec[0])
	}
	return g
}

// permutations loads permutations first and first+1.
func (g *twoGrids) permutations(first int) {
	for i := range g.low {
		g.low[i] = g.vec[vecLow+i]
		g.permutation(first+i, g.low[i])
	}
}

// coarse is the current vector of a coarse row.
func (g twoGrids) coarse(name string, offset int) Mem {
	return Mem{Base: g.base[name], Index: g.at, Scale: 1, Disp: offset}
}

// fine is vector h, 0 or 1, of the two vectors of a fine row that belong to it.
func (g twoGrids) fine(name string, offset, h int) Mem {
	return Mem{Base: g.base[name], Index: g.at, Scale: 2, Disp: 2*offset + h*g.bytes()}
}

// fineMask is the mask of fine vector h.
func (g twoGrids) fineMask(h int, m *mask) *mask {
	if m == nil {
		return nil
	}
	return g.masks[h]
}

// weigh emits out = w·v, or adds that to out; it takes tmp.
func (t table) weigh(v, w, tmp reg.Physical, out Mem, m *mask, add bool) {
	if add {
		t.load(out, tmp, m)
		t.fma213(tmp, w, v)
	} else {
		t.mul(w, v, v)
	}
	t.store(v, out, m)
}

// restrict emits out = w·(v[2i] + 2·v[2i+1] + v[2i+2]) with v = a + 2·b + c, or adds that
// to out. Vectors of fine rows begin at the second value; shift supplies the value before
// them.
func (t table) restrict(name string, add bool) {
	g := t.start(name, "out, a, b, c *T, w T", "out", "a", "b", "c")
	g.permutations(0)
	x := []reg.Physical{t.vec[0], t.vec[1]}
	odd, sum, tmp, two, w := t.vec[2], t.vec[3], t.vec[4], t.vec[vecConstant], t.vec[vecConstant+1]
	t.broadcast(param("w"), w)
	t.number(0, two)
	t.broadcast(Mem{Base: g.base["a"]}, g.before)
	t.broadcast(Mem{Base: g.base["c"]}, tmp)
	t.add(tmp, g.before, g.before)
	t.broadcast(Mem{Base: g.base["b"]}, tmp)
	t.fma231(tmp, two, g.before)
	t.vector("", g.n, g.at, func(_, offset int, m *mask) {
		for h, v := range x {
			at := func(row string) Mem { return g.fine(row, offset, h).Offset(t.size) }
			fm := g.fineMask(h, m)
			t.load(at("a"), v, fm)
			t.add(t.operand(at("c"), tmp, fm), v, v)
			t.fma231(t.operand(at("b"), tmp, fm), two, v)
		}
		// Counted from the second value, odd lanes are the even ones.
		even := x[0]
		t.part(x[0], x[1], odd, even, tmp, g.low)
		t.shift(g.before, even, sum)
		move(g.before, even)
		t.add(even, sum, sum)
		t.fma231(odd, two, sum)
		t.weigh(sum, w, tmp, g.coarse("out", offset), m, add)
	})
}

// prolong emits u[2i] += ¼(v[i−1] + v[i]) and u[2i+1] += ½v[i] with v = p + q.
func (t table) prolong() {
	g := t.start("prolong", "u, p, q *T", "u", "p", "q")
	g.permutations(2)
	v, even, low, high, tmp, half := t.vec[0], t.vec[1], t.vec[2], t.vec[3], t.vec[4], t.vec[vecConstant]
	t.number(1, half)
	t.broadcast(Mem{Base: g.base["p"], Disp: -t.size}, g.before)
	t.broadcast(Mem{Base: g.base["q"], Disp: -t.size}, tmp)
	t.add(tmp, g.before, g.before)
	t.vector("", g.n, g.at, func(_, offset int, m *mask) {
		t.load(g.coarse("p", offset), v, m)
		t.add(t.operand(g.coarse("q", offset), tmp, m), v, v)
		t.shift(g.before, v, even)
		move(g.before, v)
		t.add(v, even, even)
		t.mul(half, even, even)
		t.join(even, v, low, high, tmp, g.low)
		for h, x := range []reg.Physical{low, high} {
			at, fm := g.fine("u", offset, h), g.fineMask(h, m)
			t.load(at, tmp, fm)
			t.fma231(half, x, tmp)
			t.store(tmp, at, fm)
		}
	})
}

// prolongCubic emits out[2i+1] = v[i] and
// out[2i+2] = (9(v[i] + v[i+1]) − (v[i−1] + v[i+2]))/16.
func (t table) prolongCubic() {
	g := t.start("prolongCubic", "out, v *T", "out", "v")
	g.permutations(2)
	v, even, outer, low, high, tmp := t.vec[0], t.vec[1], t.vec[2], t.vec[3], t.vec[4], t.vec[5]
	nine, sixteenth := t.vec[vecConstant], t.vec[vecConstant+1]
	t.number(2, nine)
	t.number(3, sixteenth)
	t.vector("", g.n, g.at, func(_, offset int, m *mask) {
		at := func(i int) Mem { return g.coarse("v", offset+i*t.size) }
		t.load(at(0), v, m)
		t.add(t.operand(at(1), tmp, m), v, even)
		t.load(at(-1), outer, m)
		t.add(t.operand(at(2), tmp, m), outer, outer)
		t.fms213(outer, nine, even)
		t.mul(sixteenth, even, even)
		t.join(v, even, low, high, tmp, g.low)
		for h, x := range []reg.Physical{low, high} {
			t.store(x, g.fine("out", offset, h).Offset(t.size), g.fineMask(h, m))
		}
	})
}

// restrictCells emits out = w·(v[2i] + v[2i+1]) with v = a + b, or adds that to out.
func (t table) restrictCells(name string, add bool) {
	g := t.start(name, "out, a, b *T, w T", "out", "a", "b")
	g.permutations(0)
	x := []reg.Physical{t.vec[0], t.vec[1]}
	odd, even, tmp, w := t.vec[2], t.vec[3], t.vec[4], t.vec[vecConstant]
	t.broadcast(param("w"), w)
	t.vector("", g.n, g.at, func(_, offset int, m *mask) {
		for h, v := range x {
			fm := g.fineMask(h, m)
			t.load(g.fine("a", offset, h), v, fm)
			t.add(t.operand(g.fine("b", offset, h), tmp, fm), v, v)
		}
		t.part(x[0], x[1], even, odd, tmp, g.low)
		t.add(odd, even, even)
		t.weigh(even, w, tmp, g.coarse("out", offset), m, add)
	})
}

// prolongCells emits u[2i] += v[i−1] + 3v[i] and u[2i+1] += 3v[i] + v[i+1] with
// v = wp·p + wq·q.
func (t table) prolongCells() {
	g := t.start("prolongCells", "u, p, q *T, wp, wq T", "u", "p", "q")
	g.permutations(2)
	v, even, odd, low, high, tmp := t.vec[0], t.vec[1], t.vec[2], t.vec[3], t.vec[4], t.vec[5]
	wp, wq, three := t.vec[6], t.vec[7], t.vec[vecConstant]
	t.broadcast(param("wp"), wp)
	t.broadcast(param("wq"), wq)
	t.number(4, three)
	t.broadcast(Mem{Base: g.base["p"], Disp: -t.size}, g.before)
	t.broadcast(Mem{Base: g.base["q"], Disp: -t.size}, tmp)
	t.mul(wp, g.before, g.before)
	t.fma231(tmp, wq, g.before)
	t.vector("", g.n, g.at, func(_, offset int, m *mask) {
		for i, x := range []reg.Physical{v, odd} {
			at := func(row string) Mem { return g.coarse(row, offset+i*t.size) }
			t.mul(t.operand(at("p"), tmp, m), wp, x)
			t.fma231(t.operand(at("q"), tmp, m), wq, x)
		}
		t.shift(g.before, v, even)
		move(g.before, v)
		t.fma231(v, three, even)
		t.fma231(v, three, odd)
		t.join(even, odd, low, high, tmp, g.low)
		for h, x := range []reg.Physical{low, high} {
			at, fm := g.fine("u", offset, h), g.fineMask(h, m)
			t.add(t.operand(at, tmp, fm), x, x)
			t.store(x, at, fm)
		}
	})
}

// rows begins a function over rows of one grid.
func (s isa) rows(name, parameters string, pointers ...string) (n, at reg.GPPhysical, mem func(row string, offset int) Mem) {
	base := s.begin(name, "func("+strings.ReplaceAll(parameters, "T", s.goType())+", n int, mask *int32)", pointers)
	n, at = s.startVector()
	return n, at, func(row string, offset int) Mem { return Mem{Base: base[row], Index: at, Scale: 1, Disp: offset} }
}

// average emits dst = ½(p + q).
func (t table) average() {
	n, at, mem := t.rows("average", "dst, p, q *T", "dst", "p", "q")
	half := t.vec[12]
	t.number(1, half)
	t.vector("", n, at, func(v, offset int, m *mask) {
		x, tmp := t.vec[v], t.vec[4+v]
		t.load(mem("p", offset), x, m)
		t.add(t.operand(mem("q", offset), tmp, m), x, x)
		t.mul(half, x, x)
		t.store(x, mem("dst", offset), m)
	})
}

// combine emits dst = wa·a + wb·b + wc·c + wd·d.
func (s isa) combine() {
	rows := []string{"a", "b", "c", "d"}
	n, at, mem := s.rows("combine4", "dst, a, b, c, d *T, wa, wb, wc, wd T", append([]string{"dst"}, rows...)...)
	for i, r := range rows {
		s.broadcast(param("w"+r), s.vec[8+i])
	}
	s.vector("", n, at, func(v, offset int, m *mask) {
		x, tmp := s.vec[v], s.vec[4+v]
		s.mul(s.operand(mem("a", offset), tmp, m), s.vec[8], x)
		for i, r := range rows[1:] {
			s.fma231(s.operand(mem(r, offset), tmp, m), s.vec[9+i], x)
		}
		s.store(x, mem("dst", offset), m)
	})
}

// addScaled emits y += alpha·x.
func (s isa) addScaled() {
	n, at, mem := s.rows("addScaled", "y, x *T, alpha T", "y", "x")
	alpha := s.vec[12]
	s.broadcast(param("alpha"), alpha)
	s.vector("", n, at, func(v, offset int, m *mask) {
		y, tmp := s.vec[v], s.vec[4+v]
		s.load(mem("y", offset), y, m)
		s.fma231(s.operand(mem("x", offset), tmp, m), alpha, y)
		s.store(y, mem("y", offset), m)
	})
}

// dot emits Σ x·y.
func (s isa) dot() {
	base := s.begin("dot", strings.ReplaceAll("func(x, y *T, n int, mask *int32) float64", "T", s.goType()), []string{"x", "y"})
	n, at := s.startVector()
	sum := s.newSquares(s.vec[0], s.vec[1], s.vec[2])
	s.vectors("", n, at, func(v, offset int, m *mask) {
		mem := places(base, at, offset)
		x, y := s.vec[4+v], s.vec[8+v]
		s.load(mem("x"), x, m)
		s.load(mem("y"), y, m)
		sum.addProducts(x, y, s.vec[3], v)
	})
	sum.reduce()
	VZEROUPPER()
	sum.result(0)
	RET()
}

// mixed begins a function over a row of float32 and an equally long row of float64.
// Vectors have the lanes of float64, so float32 uses half a register; at counts bytes of
// the row of float32.
func (s isa) mixed(name, parameters string, pointers ...string) mixed {
	x := mixed{isa: s, halves: isa{s.name, 4, s.lanes, s.vec}}
	x.base = s.begin(name, "func("+parameters+", scale float64, n int, mask, maskSingle *int32)", pointers)
	x.n, x.at = s.startVector()
	x.single = s.lastMask()
	if !s.wide() {
		x.single = &mask{s.vec[14].(reg.Vec).AsX().(reg.Physical)}
		Load(Param("maskSingle"), x.at)
		VMOVUPS(Mem{Base: x.at}, x.single.reg)
	}
	x.scale = s.vec[12]
	s.broadcast(param("scale"), x.scale)
	return x
}

type mixed struct {
	isa
	halves isa
	base   map[string]reg.GPPhysical
	n, at  reg.GPPhysical
	scale  reg.Physical
	single *mask // of the last half of a register
}

func (x mixed) mem64(row string, offset int) Mem {
	return Mem{Base: x.base[row], Index: x.at, Scale: 2, Disp: 2 * offset}
}

func (x mixed) mem32(row string, offset int) Mem {
	return Mem{Base: x.base[row], Index: x.at, Scale: 1, Disp: offset}
}

// loadHalf reads half a register of float32. AVX-512 without VL masks only whole
// registers, which works as well: the upper lanes are inactive.
func (x mixed) loadHalf(from Mem, v reg.Physical, m *mask) {
	switch {
	case m == nil:
		VMOVUPS(from, x.half(v))
	case x.wide():
		VMOVUPS_Z(from, m.reg, v)
	default:
		VMASKMOVPS(from, x.single.reg, x.half(v))
	}
}

// storeHalf writes half a register of float32.
func (x mixed) storeHalf(v reg.Physical, to Mem, m *mask) {
	switch {
	case m == nil:
		VMOVUPS(x.half(v), to)
	case x.wide():
		VMOVUPS(v, m.reg, to)
	default:
		VMASKMOVPS(x.half(v), x.single.reg, to)
	}
}

// toSingle emits dst = scale·src, rounded to float32.
func (s isa) toSingle() {
	x := s.mixed("toSingle", "dst *float32, src *float64", "dst", "src")
	x.halves.vector("", x.n, x.at, func(v, offset int, m *mask) {
		y, tmp := s.vec[v], s.vec[4+v]
		s.mul(s.operand(x.mem64("src", offset), tmp, m), x.scale, y)
		if s.wide() {
			VCVTPD2PS(y, s.half(y))
		} else {
			VCVTPD2PSY(y, s.half(y))
		}
		x.storeHalf(y, x.mem32("dst", offset), m)
	})
}

// addSingle emits dst += scale·src.
func (s isa) addSingle() {
	x := s.mixed("addSingle", "dst *float64, src *float32", "dst", "src")
	x.halves.vector("", x.n, x.at, func(v, offset int, m *mask) {
		y, src := s.vec[v], s.vec[4+v]
		x.loadHalf(x.mem32("src", offset), src, m)
		VCVTPS2PD(s.half(src), src)
		s.load(x.mem64("dst", offset), y, m)
		s.fma231(src, x.scale, y)
		s.store(y, x.mem64("dst", offset), m)
	})
}
