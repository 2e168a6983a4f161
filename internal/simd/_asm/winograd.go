package main

// Winograd transforms for F(4×4, 3×3) and F(4, 3). winograd.go of package simd has the
// mathematics. Each of the five is a 1-D transform: of a line of vectors, or down the columns
// of a small square of them, then along its rows.

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The interpolation points are 0, ±p, ±q and ∞.
const (
	p, q = 11.0 / 16, 3.0 / 2
	pp   = p * p
	qq   = q * q
	// 1/N for the points 0, ±p and ±q, where N is the product of the differences to
	// the other finite points.
	c0 = 1 / (pp * qq)
	cp = 1 / (2 * pp * (pp - qq))
	cq = 1 / (2 * qq * (qq - pp))
)

// transform is one of the five, from n×n to m×m vectors. Either side is a grid of pixels
// or 36 planes.
type transform struct {
	name, doc string
	n, m      int
	fromGrid  bool
	constants []float64
	paired    bool // also emit a variant for two squares, to pairs of bfloat16
	pairs     bool // this is that variant
	// line transforms in to out, with scratch registers tmp and constants k.
	line func(s isa, in, out, tmp []reg.Physical, k []Op)
}

var transforms = []transform{
	{name: "winogradInput", doc: "Bᵀ d B", n: 6, m: 6, fromGrid: true, paired: true, constants: []float64{qq, p, pp, q, pp * qq, pp + qq}, line: inputLine},
	{name: "winogradOutput", doc: "Aᵀ m A", n: 6, m: 4, constants: []float64{p, q, pp, qq, pp * p, qq * q}, line: outputLine},
	{name: "winogradGradient", doc: "A y Aᵀ", n: 4, m: 6, fromGrid: true, paired: true, constants: []float64{pp, p, qq, q}, line: gradientLine},
	{name: "winogradWeights", doc: "G g Gᵀ", n: 3, m: 6, fromGrid: true, constants: []float64{c0, cp, cp * p, cp * pp, cq, cq * q, cq * qq}, line: weightsLine},
	{name: "winogradWeightGradient", doc: "Gᵀ u G", n: 6, m: 3, constants: []float64{c0, cp, cp * p, cp * pp, cq, cq * q, cq * qq}, line: weightGradientLine},
}

func winograd() {
	for _, s := range []isa{avx512, avx2} {
		for _, t := range transforms {
			t.emit(s)
			if t.pairs = t.paired && s.wide(); t.pairs {
				t.emit(s)
			}
			t.pairs = false
			t.emitLine(s)
		}
	}
}

func inputLine(s isa, d, v, tmp []reg.Physical, k []Op) {
	qq, p, pp, q, m, sum := k[0], k[1], k[2], k[3], k[4], k[5]
	move(v[0], d[4])
	VFNMADD231PS(sum, d[2], v[0])
	VFMADD231PS(m, d[0], v[0])
	move(v[5], d[5])
	VFNMADD231PS(sum, d[3], v[5])
	VFMADD231PS(m, d[1], v[5])
	pair := func(other, point Op, plus, minus reg.Physical) {
		even, odd := plus, tmp[0]
		move(even, d[4])
		VFNMADD231PS(other, d[2], even)
		move(odd, d[3])
		VFNMADD231PS(other, d[1], odd)
		move(minus, even)
		VFMADD231PS(point, odd, plus)
		VFNMADD231PS(point, odd, minus)
	}
	pair(qq, p, v[1], v[2])
	pair(pp, q, v[3], v[4])
}

func outputLine(s isa, m, y, tmp []reg.Physical, k []Op) {
	s1, d1, s2, d2 := tmp[0], tmp[1], m[3], tmp[2]
	VADDPS(m[2], m[1], s1)
	VSUBPS(m[2], m[1], d1)
	VSUBPS(m[4], m[3], d2)
	VADDPS(m[4], m[3], s2)
	VADDPS(s1, m[0], y[0])
	VADDPS(s2, y[0], y[0])
	VMULPS(k[0], d1, y[1])
	VFMADD231PS(k[1], d2, y[1])
	VMULPS(k[2], s1, y[2])
	VFMADD231PS(k[3], s2, y[2])
	move(y[3], m[5])
	VFMADD231PS(k[4], d1, y[3])
	VFMADD231PS(k[5], d2, y[3])
}

func gradientLine(s isa, y, g, tmp []reg.Physical, k []Op) {
	move(g[0], y[0])
	move(g[5], y[3])
	for i := range 2 {
		square, point := k[2*i], k[2*i+1]
		plus, minus, odd := g[1+2*i], g[2+2*i], tmp[0]
		move(plus, y[0])
		VFMADD231PS(square, y[2], plus)
		move(odd, y[1])
		VFMADD231PS(square, y[3], odd)
		move(minus, plus)
		VFMADD231PS(point, odd, plus)
		VFNMADD231PS(point, odd, minus)
	}
}

func weightsLine(s isa, g, u, tmp []reg.Physical, k []Op) {
	VMULPS(k[0], g[0], u[0])
	for i := range 2 {
		plus, minus := u[1+2*i], u[2+2*i]
		VMULPS(k[1+3*i], g[0], plus)
		VFMADD231PS(k[3+3*i], g[2], plus)
		move(minus, plus)
		VFMADD231PS(k[2+3*i], g[1], plus)
		VFNMADD231PS(k[2+3*i], g[1], minus)
	}
	move(u[5], g[2])
}

func weightGradientLine(s isa, u, g, tmp []reg.Physical, k []Op) {
	VMULPS(k[0], u[0], g[0])
	move(g[2], u[5])
	for i := range 2 {
		sum, diff := tmp[0], tmp[1]
		VADDPS(u[2+2*i], u[1+2*i], sum)
		VSUBPS(u[2+2*i], u[1+2*i], diff)
		VFMADD231PS(k[1+3*i], sum, g[0])
		VFMADD231PS(k[3+3*i], sum, g[2])
		if i == 0 {
			VMULPS(k[2], diff, g[1])
		} else {
			VFMADD231PS(k[5], diff, g[1])
		}
	}
}

func move(to, from reg.Physical) { VMOVAPS(from, to) }

// emit emits the transform of all channels of one square.
func (t transform) emit(s isa) {
	name, pointers, squares := t.name+s.name, "dst, src", 1
	if t.pairs {
		name, pointers, squares = t.name+"Pairs"+s.name, "dst, src, second", 2
	}
	k := t.operands(s, name)
	TEXT(name, 0, "func("+pointers+" *float32, plane, row, pixel, channels int, mask *int32)")
	Pragma("noescape")
	if t.pairs {
		Doc(name + " computes " + t.doc + " for all channels of two squares, to pairs of bfloat16.")
	} else {
		Doc(name + " computes " + t.doc + " for all channels of one square.")
	}
	tmp := AllocLocal(squares*6*6*s.bytes() + 64)

	src, dst, count, stack := reg.RAX, reg.RBX, reg.RCX, reg.RDX
	from := strides{reg.RSI, reg.RDI, reg.R8, reg.R9, reg.R10}
	to := strides{reg.R11, reg.R12, reg.R13, reg.R14, reg.R15}
	grid, planes := &to, &from
	if t.fromGrid {
		grid, planes = &from, &to
	}
	// A pass needs multiples of its inner stride: between rows of the source, and
	// between columns of the result.
	load := func(name string, to reg.GPPhysical) {
		Load(Param(name), to)
		SHLQ(Imm(2), to)
	}
	load("row", grid.outer(t.fromGrid, true))
	load("pixel", grid.outer(t.fromGrid, false))
	column := planes.outer(!t.fromGrid, false)
	load("plane", column)
	line := planes.outer(!t.fromGrid, true)
	LEAQ(Mem{Base: column, Index: column, Scale: 2}, line)
	ADDQ(line, line)
	for _, x := range []strides{from, to} {
		LEAQ(Mem{Base: x.one, Index: x.one, Scale: 2}, x.three)
		LEAQ(Mem{Base: x.one, Index: x.one, Scale: 4}, x.five)
	}
	LEAQ(tmp.Offset(63), stack)
	ANDQ(I8(-64), stack)
	Load(Param("src"), src)
	Load(Param("dst"), dst)
	if s.wide() {
		for i, c := range k {
			VBROADCASTSS(c.(Mem), s.vec[31-i])
			k[i] = s.vec[31-i]
		}
	}
	// For pairs, the result of the first square stays in the upper half of the stack.
	order, apart := s.vec[len(s.vec)/2], Mem{}
	if t.pairs {
		apart = AllocLocal(8)
		Load(Param("second"), from.at)
		SUBQ(src, from.at)
		MOVQ(from.at, apart)
		VMOVUPS(pairOrder(name), order)
	}
	square := func(first bool, m *mask) {
		in, out, rest := s.vec[:t.n], s.vec[t.n:t.n+t.m], s.vec[t.n+t.m:]
		MOVQ(src, from.at)
		if !first {
			ADDQ(apart, from.at)
		}
		for j := range t.n {
			for i := range t.n {
				s.load(from.mem(i), in[i], m)
			}
			t.line(s, in, out, rest, k)
			for i := range t.m {
				s.store(out[i], Mem{Base: stack, Disp: (i*6 + j) * s.bytes()}, nil)
			}
			if j < t.n-1 {
				ADDQ(from.step, from.at)
			}
		}
		MOVQ(dst, to.at)
		for i := range t.m {
			for j := range t.n {
				s.load(Mem{Base: stack, Disp: (i*6 + j) * s.bytes()}, in[j], nil)
			}
			t.line(s, in, out, rest, k)
			for j := range t.m {
				kept := Mem{Base: stack, Disp: (36 + i*6 + j) * s.bytes()}
				switch {
				case !t.pairs:
					s.store(out[j], to.mem(j), m)
				case first:
					s.store(out[j], kept, nil)
				default:
					s.load(kept, rest[0], nil)
					toBfloat16(rest[0], out[j], rest[0])
					VPERMW(rest[0], order, rest[0])
					s.store(rest[0], to.mem(j), m)
				}
			}
			if i < t.m-1 {
				ADDQ(to.step, to.at)
			}
		}
	}
	body := func(m *mask) {
		square(true, m)
		if t.pairs {
			square(false, m)
		}
	}
	t.channels(s, src, dst, count, from.at, body)
}

// emitLine emits the transform of all channels of one line of pixels.
func (t transform) emitLine(s isa) {
	name := t.name + "Line" + s.name
	k := t.operands(s, name)
	TEXT(name, 0, "func(dst, src *float32, plane, row, pixel, channels int, mask *int32)")
	Pragma("noescape")
	Doc(name + " computes " + t.doc + " for all channels of one line.")
	src, dst, count := reg.RAX, reg.RBX, reg.RCX
	from := strides{at: src, one: reg.RSI, three: reg.RDI, five: reg.R8}
	to := strides{at: dst, one: reg.R11, three: reg.R12, five: reg.R13}
	stride := func(grid bool, x strides) {
		if grid {
			Load(Param("pixel"), x.one)
		} else {
			Load(Param("plane"), x.one)
		}
		SHLQ(Imm(2), x.one)
		LEAQ(Mem{Base: x.one, Index: x.one, Scale: 2}, x.three)
		LEAQ(Mem{Base: x.one, Index: x.one, Scale: 4}, x.five)
	}
	stride(t.fromGrid, from)
	stride(!t.fromGrid, to)
	Load(Param("src"), src)
	Load(Param("dst"), dst)
	if s.wide() {
		for i, c := range k {
			VBROADCASTSS(c.(Mem), s.vec[31-i])
			k[i] = s.vec[31-i]
		}
	}
	body := func(m *mask) {
		in, out, rest := s.vec[:t.n], s.vec[t.n:t.n+t.m], s.vec[t.n+t.m:]
		for i := range t.n {
			s.load(from.mem(i), in[i], m)
		}
		t.line(s, in, out, rest, k)
		for i := range t.m {
			s.store(out[i], to.mem(i), m)
		}
	}
	t.channels(s, src, dst, count, reg.RDX, body)
}

// channels runs a body on whole vectors of channels, and on the rest with a mask.
func (t transform) channels(s isa, src, dst, count, scratch reg.GPPhysical, body func(m *mask)) {
	Load(Param("channels"), count)
	Label("next")
	SUBQ(Imm(uint64(s.lanes)), count)
	JL(LabelRef("rest"))
	body(nil)
	ADDQ(Imm(uint64(s.bytes())), src)
	ADDQ(Imm(uint64(s.bytes())), dst)
	JMP(LabelRef("next"))
	Label("rest")
	ADDQ(Imm(uint64(s.lanes)), count)
	JZ(LabelRef("done"))
	Load(Param("mask"), scratch)
	m := mask{s.vec[15]}
	if s.wide() {
		m = mask{reg.K1}
	}
	s.loadMask(m, Mem{Base: scratch}, s.vec[15])
	body(&m)
	Label("done")
	VZEROUPPER()
	RET()
}

// strides are the registers of one side: the position, the stride along a line with its
// multiples, and the step from line to line.
type strides struct{ at, one, three, five, step reg.GPPhysical }

// outer returns the register for the stride between rows or columns: the first pass runs
// down columns, the second along rows.
func (x strides) outer(source, rows bool) reg.GPPhysical {
	if source == rows {
		return x.one
	}
	return x.step
}

// mem is the address of vector i of the line.
func (x strides) mem(i int) Mem {
	switch i {
	case 0:
		return Mem{Base: x.at}
	case 3:
		return Mem{Base: x.at, Index: x.three, Scale: 1}
	case 5:
		return Mem{Base: x.at, Index: x.five, Scale: 1}
	}
	return Mem{Base: x.at, Index: x.one, Scale: uint8(i)}
}

// operands puts the constants in memory: one number each for AVX-512, which broadcasts
// them to registers, and one vector each for AVX2, which has no registers to spare.
func (t transform) operands(s isa, name string) []Op {
	list := make([]Op, len(t.constants))
	copies := s.lanes
	if s.wide() {
		copies = 1
	}
	table := GLOBL(name+"Constants", RODATA|NOPTR)
	for i, c := range t.constants {
		for j := range copies {
			DATA(4*(i*copies+j), U32(math.Float32bits(float32(c))))
		}
		list[i] = table.Offset(4 * i * copies)
	}
	return list
}
