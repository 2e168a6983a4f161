package main

// Passes over rows of channels and over vectors. rows.go of package simd defines what they
// compute.

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func elementwise() {
	for _, s := range []isa{avx512, avx2} {
		s.gradApply()
		s.moments()
		s.gradSums()
		s.addVectors("add", VADDPS)
		s.addVectors("sub", VSUBPS)
		s.sgd()
		s.larger()
		s.toLargest()
		s.largestOfFour()
		s.toLargestOfFour()
	}
}

// notLessOrEqual is the predicate NLE_UQ: greater, or either is NaN.
var notLessOrEqual = Imm(0x16)

// The predicates of VCMPPS for equal, and for either is NaN.
var equal, unordered = Imm(0), Imm(3)

// param is the address of an argument.
func param(name string) Mem {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// begin begins a function and loads its pointers.
func (s isa) begin(name, signature string, pointers []string) map[string]reg.GPPhysical {
	TEXT(name+s.name, NOSPLIT, signature)
	Pragma("noescape")
	base := map[string]reg.GPPhysical{}
	for i, p := range pointers {
		base[p] = Load(Param(p), gpr[i]).(reg.GPPhysical)
	}
	return base
}

// lastMask is the mask of the last vector of a row: K1, or the last vector register in
// AVX2.
func (s isa) lastMask() *mask {
	if s.wide() {
		return &mask{reg.K1}
	}
	return &mask{s.vec[len(s.vec)-1]}
}

// rowPass is a loop over rows and, within, over the vectors of a row, so that memory is
// read and written in order. Each row reads the coefficients of the channels again, from
// the first-level cache.
type rowPass struct {
	isa
	base   map[string]reg.GPPhysical
	stream map[string]bool // the pointers that advance from row to row
	at     reg.GPPhysical  // offset in these, in bytes
	column reg.GPPhysical  // offset in a row and in the coefficients
}

// mem is the address of the current vector.
func (p rowPass) mem(name string) Mem {
	if p.stream[name] {
		return Mem{Base: p.base[name], Index: p.at, Scale: 1}
	}
	return Mem{Base: p.base[name], Index: p.column, Scale: 1}
}

// get loads the current vector of a stream or of coefficients.
func (p rowPass) get(name string, v reg.Physical, m *mask) reg.Physical {
	p.load(p.mem(name), v, m)
	return v
}

// operand is the current vector as an operand of an instruction: the memory itself or, if
// a mask limits what may be read, v after loading it.
func (p rowPass) operand(name string, v reg.Physical, m *mask) Op {
	if m == nil {
		return p.mem(name)
	}
	return p.get(name, v, m)
}

// rowPassRegs is the number of registers that a rowPass needs besides its pointers.
const rowPassRegs = 4

// newRowPass takes the last registers of gpr for what it counts.
func (s isa) newRowPass(base map[string]reg.GPPhysical, streams []string) rowPass {
	if len(base)+rowPassRegs > len(gpr) {
		panic("too many pointers")
	}
	p := rowPass{s, base, map[string]bool{}, gpr[len(gpr)-1], gpr[len(gpr)-2]}
	for _, name := range streams {
		p.stream[name] = true
	}
	return p
}

// start loads the mask and the limits of a row.
func (p rowPass) start() {
	full, rest := gpr[len(gpr)-3], gpr[len(gpr)-4]
	Load(Param("mask"), full)
	p.loadMask(*p.lastMask(), Mem{Base: full}, p.vec[0])
	Load(Param("channels"), full)
	SHLQ(Imm(2), full)
	MOVQ(full, rest)
	ANDQ(I32(p.bytes()-1), rest)
	SUBQ(rest, full)
	XORQ(p.at, p.at)
}

// loop emits the two loops and ends the function. It emits body for whole vectors and once
// more for the rest of a row.
func (p rowPass) loop(prefix string, body func(m *mask)) {
	full, rest := gpr[len(gpr)-3], gpr[len(gpr)-4]
	name := func(s string) string { return prefix + s }
	Label(name("row"))
	XORQ(p.column, p.column)
	TESTQ(full, full)
	JZ(LabelRef(name("rest")))
	Label(name("vector"))
	body(nil)
	ADDQ(U8(p.bytes()), p.at)
	ADDQ(U8(p.bytes()), p.column)
	CMPQ(p.column, full)
	JB(LabelRef(name("vector")))
	Label(name("rest"))
	TESTQ(rest, rest)
	JZ(LabelRef(name("next")))
	body(p.lastMask())
	ADDQ(rest, p.at)
	Label(name("next"))
	DECQ(param("rows"))
	JNZ(LabelRef(name("row")))
	VZEROUPPER()
	RET()
}

// pass sets g to dy where v is not less or equal low, else to 0.
func (s isa) pass(g reg.Physical, dy Mem, v, low reg.Physical, m *mask) {
	switch {
	case !s.wide():
		VCMPPS(notLessOrEqual, low, v, v)
		if m == nil {
			VANDPS(dy, v, g)
		} else {
			s.load(dy, g, m)
			VANDPS(g, v, g)
		}
		return
	case m == nil:
		VCMPPS(notLessOrEqual, low, v, reg.K2)
	default:
		VCMPPS(notLessOrEqual, low, v, m.reg, reg.K2)
	}
	VMOVUPS_Z(dy, reg.K2, g)
}

// gradApply emits dx = add + p·g + q·(x − x0) + r.
func (s isa) gradApply() {
	streams := []string{"dx", "add", "dy", "x"}
	base := s.begin("gradApply",
		"func(dx, add, dy, x, x0, a, c *float32, low float32, p, q, r *float32, rows, channels int, mask *int32)",
		append(streams, "x0", "a", "c", "p", "q", "r"))
	p := s.newRowPass(base, streams)
	p.start()
	x, v, g, sum, tmp, low := s.vec[0], s.vec[1], s.vec[2], s.vec[3], s.vec[4], s.vec[5]
	VBROADCASTSS(param("low"), low)
	body := func(add bool) func(m *mask) {
		return func(m *mask) {
			p.get("x", x, m)
			VSUBPS(p.operand("x0", tmp, m), x, x)
			p.get("a", v, m)
			VFMADD213PS(p.operand("c", tmp, m), x, v)
			s.pass(g, p.mem("dy"), v, low, m)
			p.get("r", sum, m)
			VFMADD231PS(p.operand("q", tmp, m), x, sum)
			VFMADD231PS(p.operand("p", tmp, m), g, sum)
			if add {
				VADDPS(p.operand("add", tmp, m), sum, sum)
			}
			s.store(sum, p.mem("dx"), m)
		}
	}
	TESTQ(base["add"], base["add"])
	JNZ(LabelRef("addrow"))
	p.loop("", body(false))
	p.loop("add", body(true))
}

// columns is a loop over groups of up to four vectors of columns and, within, over all
// rows, with the sums of the group in registers.
type columns struct {
	isa
	base                        map[string]reg.GPPhysical
	coef                        []string // pointers that advance with the columns only
	sums                        []string // the two results
	at, stride, rows, left, tmp reg.GPPhysical
}

const groupVectors = 4

// group is a group being emitted.
type group struct {
	columns
	vectors int
	chains  int // independent sums of a channel, over alternating rows, to hide latency
	coefs   [][]Op
}

// acc is one of the two sums of vector v of a chain.
func (g group) acc(which, v, chain int) reg.Physical {
	return g.vec[g.firstAcc()+(chain*g.vectors+v)*2+which]
}

// firstAcc is the register of the first sum. The body uses those before it, and the mask
// the last one in AVX2.
func (g group) firstAcc() int { return 4 }

// firstCoef is the first register after the sums.
func (g group) firstCoef() int { return g.firstAcc() + 2*g.vectors*g.chains }

// mask is the mask of vector v.
func (g group) mask(v int) *mask {
	if v < g.vectors-1 {
		return nil
	}
	return g.lastMask()
}

// mem is vector v of the current row.
func (g group) mem(name string, v int) Mem {
	return Mem{Base: g.base[name], Index: g.at, Scale: 1, Disp: v * g.bytes()}
}

// newColumns takes the last registers of gpr for what it counts.
func (s isa) newColumns(base map[string]reg.GPPhysical, coef, sums []string) columns {
	n := len(gpr)
	if len(base)+5 > n {
		panic("too many pointers")
	}
	return columns{s, base, coef, sums, gpr[n-1], gpr[n-2], gpr[n-3], gpr[n-4], gpr[n-5]}
}

// loop emits all groups and ends the function. row adds one row of a vector to
// the two sums of a chain.
func (c columns) loop(row func(g group, v, chain int)) {
	Load(Param("channels"), c.stride)
	MOVQ(c.stride, c.left)
	ADDQ(U8(c.lanes-1), c.left)
	SHRQ(Imm(map[int]uint64{8: 3, 16: 4}[c.lanes]), c.left)
	SHLQ(Imm(2), c.stride)
	local := Mem{}
	if !c.wide() {
		local = AllocLocal(c.bytes() * groupVectors * len(c.coef))
	}

	Label("group")
	Comment("Only the very last vector is partial; before it all lanes of the mask are active.")
	last := c.lastMask()
	CMPQ(c.left, Imm(groupVectors))
	JLE(LabelRef("last"))
	if c.wide() {
		KXNORW(last.reg, last.reg, last.reg)
	} else {
		VPCMPEQD(last.reg, last.reg, last.reg)
	}
	JMP(LabelRef(fmt.Sprint("vectors", groupVectors)))
	Label("last")
	Load(Param("mask"), c.tmp)
	c.loadMask(*last, Mem{Base: c.tmp}, c.vec[0])
	for n := 1; n < groupVectors; n++ {
		CMPQ(c.left, Imm(uint64(n)))
		JE(LabelRef(fmt.Sprint("vectors", n)))
	}
	for n := groupVectors; n >= 1; n-- {
		c.group(n, local, row)
		if n == groupVectors {
			SUBQ(Imm(groupVectors), c.left)
			JLE(LabelRef("done"))
			for _, r := range gpr[:len(c.base)] {
				ADDQ(I32(groupVectors*c.bytes()), r)
			}
			JMP(LabelRef("group"))
		} else if n > 1 {
			JMP(LabelRef("done"))
		}
	}
	Label("done")
	VZEROUPPER()
	RET()
}

func (c columns) group(n int, local Mem, row func(g group, v, chain int)) {
	g := group{columns: c, vectors: n, chains: []int{4, 2, 1, 1}[n-1]}
	label := func(s string) string { return fmt.Sprint(s, n) }
	Label(label("vectors"))
	spare := g.firstCoef()
	for i, name := range c.coef {
		g.coefs = append(g.coefs, nil)
		for v := range n {
			from := Mem{Base: c.base[name], Disp: v * c.bytes()}
			if c.wide() {
				r := c.vec[spare]
				spare++
				c.load(from, r, g.mask(v))
				g.coefs[i] = append(g.coefs[i], r)
				continue
			}
			// No registers are left, and the last coefficients may not be read in place
			// as a whole vector.
			to := local.Offset((i*groupVectors + v) * c.bytes())
			c.load(from, c.vec[0], g.mask(v))
			c.store(c.vec[0], to, nil)
			g.coefs[i] = append(g.coefs[i], to)
		}
	}
	for chain := range g.chains {
		for v := range n {
			c.zero(g.acc(0, v, chain))
			c.zero(g.acc(1, v, chain))
		}
	}
	XORQ(c.at, c.at)
	Load(Param("rows"), c.rows)
	one := func(chain int) {
		for v := range n {
			row(g, v, chain)
		}
		ADDQ(c.stride, c.at)
	}
	if g.chains > 1 {
		SUBQ(Imm(uint64(g.chains)), c.rows)
		JL(LabelRef(label("few")))
		Label(label("rows"))
		for chain := range g.chains {
			one(chain)
		}
		SUBQ(Imm(uint64(g.chains)), c.rows)
		JGE(LabelRef(label("rows")))
		Label(label("few"))
		ADDQ(Imm(uint64(g.chains)), c.rows)
		JZ(LabelRef(label("sum")))
	}
	Label(label("row"))
	one(0)
	DECQ(c.rows)
	JNZ(LabelRef(label("row")))
	Label(label("sum"))
	for v := range n {
		for which := range 2 {
			for step := 1; step < g.chains; step *= 2 { // (0+1) + (2+3)
				for chain := 0; chain < g.chains; chain += 2 * step {
					VADDPS(g.acc(which, v, chain+step), g.acc(which, v, chain), g.acc(which, v, chain))
				}
			}
			c.store(g.acc(which, v, 0), Mem{Base: c.base[c.sums[which]], Disp: v * c.bytes()}, g.mask(v))
		}
	}
}

// moments emits sum = Σ d and square = Σ d² with d = x − shift.
func (s isa) moments() {
	pointers := []string{"sum", "square", "x", "shift"}
	base := s.begin("moments", "func(sum, square, x, shift *float32, rows, channels int, mask *int32)", pointers)
	s.newColumns(base, []string{"shift"}, pointers[:2]).loop(func(g group, v, chain int) {
		d := s.vec[v%2]
		s.load(g.mem("x", v), d, g.mask(v))
		VSUBPS(g.coefs[0][v], d, d)
		VADDPS(d, g.acc(0, v, chain), g.acc(0, v, chain))
		VFMADD231PS(d, d, g.acc(1, v, chain))
	})
}

// gradSums emits sum = Σ g and product = Σ g·(x − x0).
func (s isa) gradSums() {
	pointers := []string{"sum", "product", "dy", "x", "x0", "a", "c"}
	base := s.begin("gradSums",
		"func(sum, product, dy, x, x0, a, c *float32, low float32, rows, channels int, mask *int32)", pointers)
	x, v0, dy, low := s.vec[0], s.vec[1], s.vec[2], s.vec[3]
	VBROADCASTSS(param("low"), low)
	s.newColumns(base, pointers[4:], pointers[:2]).loop(func(g group, v, chain int) {
		s.load(g.mem("x", v), x, g.mask(v))
		VSUBPS(g.coefs[0][v], x, x)
		VMOVUPS(g.coefs[1][v], v0)
		VFMADD213PS(g.coefs[2][v], x, v0)
		s.pass(dy, g.mem("dy", v), v0, low, g.mask(v))
		VADDPS(dy, g.acc(0, v, chain), g.acc(0, v, chain))
		VFMADD231PS(dy, x, g.acc(1, v, chain))
	})
}

// vector is vectors, and ends the function.
func (s isa) vector(prefix string, n, at reg.GPPhysical, body func(v, offset int, m *mask)) {
	s.vectors(prefix, n, at, body)
	VZEROUPPER()
	RET()
}

// vectors emits a loop over n numbers: body for each of four vectors, for one vector, and
// for the last, partial vector with the mask.
func (s isa) vectors(prefix string, n, at reg.GPPhysical, body func(v, offset int, m *mask)) {
	s.blocks(prefix, n, at, func(vectors int, m *mask) {
		for v := range vectors {
			body(v, v*s.bytes(), m)
		}
	})
}

// blocks emits a loop over n numbers: body for a block of four vectors, for one vector, and
// for the last, partial vector with the mask.
func (s isa) blocks(prefix string, n, at reg.GPPhysical, body func(vectors int, m *mask)) {
	name := func(s string) string { return prefix + s }
	XORQ(at, at)
	for _, vectors := range []int{4, 1} {
		loop, end := name(fmt.Sprint("by", vectors)), name(fmt.Sprint("end", vectors))
		SUBQ(I32(vectors*s.lanes), n)
		JL(LabelRef(end))
		Label(loop)
		body(vectors, nil)
		ADDQ(I32(vectors*s.bytes()), at)
		SUBQ(I32(vectors*s.lanes), n)
		JGE(LabelRef(loop))
		Label(end)
		ADDQ(I32(vectors*s.lanes), n)
	}
	JZ(LabelRef(name("done")))
	body(1, s.lastMask())
	Label(name("done"))
}

// places returns the address of the vector at an offset, for each pointer.
func places(base map[string]reg.GPPhysical, at reg.GPPhysical, offset int) func(name string) Mem {
	return func(name string) Mem { return Mem{Base: base[name], Index: at, Scale: 1, Disp: offset} }
}

// startVector loads the mask and n.
func (s isa) startVector() (n, at reg.GPPhysical) {
	n, at = gpr[len(gpr)-1], gpr[len(gpr)-2]
	Load(Param("mask"), at)
	s.loadMask(*s.lastMask(), Mem{Base: at}, s.vec[0])
	return Load(Param("n"), n).(reg.GPPhysical), at
}

// addVectors emits z = x ± y.
func (s isa) addVectors(name string, op func(...Op)) {
	base := s.begin(name, "func(z, x, y *float32, n int, mask *int32)", []string{"z", "x", "y"})
	n, at := s.startVector()
	s.vector("", n, at, func(v, offset int, m *mask) {
		mem := places(base, at, offset)
		x, y := s.vec[2*v], s.vec[2*v+1]
		s.load(mem("x"), x, m)
		s.load(mem("y"), y, m)
		op(y, x, x)
		s.store(x, mem("z"), m)
	})
}

// sgd emits v = momentum·v + (g + decay·w) and w −= rate·v.
func (s isa) sgd() {
	base := s.begin("sgd", "func(w, v, grad *float32, momentum, decay, rate float32, n int, mask *int32)",
		[]string{"w", "v", "grad"})
	n, at := s.startVector()
	momentum, decay, rate := s.vec[12], s.vec[13], s.vec[14]
	VBROADCASTSS(param("momentum"), momentum)
	VBROADCASTSS(param("decay"), decay)
	VBROADCASTSS(param("rate"), rate)
	body := func(some bool) func(k, offset int, m *mask) {
		return func(k, offset int, m *mask) {
			mem := places(base, at, offset)
			w, v, d := s.vec[3*k], s.vec[3*k+1], s.vec[3*k+2]
			s.load(mem("w"), w, m)
			s.load(mem("v"), v, m)
			if some {
				s.load(mem("grad"), d, m)
				VFMADD231PS(decay, w, d)
			} else {
				VMULPS(decay, w, d)
			}
			VFMADD213PS(d, momentum, v)
			VFNMADD231PS(rate, v, w)
			s.store(v, mem("v"), m)
			s.store(w, mem("w"), m)
		}
	}
	TESTQ(base["grad"], base["grad"])
	JZ(LabelRef("none"))
	s.vector("", n, at, body(true))
	Label("none")
	s.vector("none", n, at, body(false))
}
