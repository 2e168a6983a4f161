package main

// Instructions for float32 and float64, and the permutations of lanes that passes over
// grid rows need.

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// double is the same instruction set with vectors of float64.
func (s isa) double() isa {
	return isa{"Double" + s.name, 8, s.lanes / 2, s.vec}
}

// reals are both instruction sets with both sizes of numbers.
var reals = []isa{avx512, avx2, avx512.double(), avx2.double()}

// goType is the type of a number.
func (s isa) goType() string { return map[int]string{4: "float32", 8: "float64"}[s.size] }

// real returns the instruction for the size of the numbers.
func (s isa) real(single, double func(...Op)) func(...Op) {
	if s.size == 8 {
		return double
	}
	return single
}

func (s isa) add(ops ...Op)       { s.real(VADDPS, VADDPD)(ops...) }
func (s isa) sub(ops ...Op)       { s.real(VSUBPS, VSUBPD)(ops...) }
func (s isa) mul(ops ...Op)       { s.real(VMULPS, VMULPD)(ops...) }
func (s isa) fma231(ops ...Op)    { s.real(VFMADD231PS, VFMADD231PD)(ops...) }
func (s isa) fma213(ops ...Op)    { s.real(VFMADD213PS, VFMADD213PD)(ops...) }
func (s isa) fms213(ops ...Op)    { s.real(VFMSUB213PS, VFMSUB213PD)(ops...) }
func (s isa) broadcast(ops ...Op) { s.real(VBROADCASTSS, VBROADCASTSD)(ops...) }

// and clears the inactive lanes of v.
func (s isa) and(m *mask, v reg.Physical) {
	switch {
	case !s.wide():
		VANDPS(m.reg, v, v)
	case s.size == 8:
		VMOVAPD_Z(v, m.reg, v)
	default:
		VMOVAPS_Z(v, m.reg, v)
	}
}

// operand is a vector in memory as the first operand of an instruction: the memory
// itself or, if a mask limits what may be read, v after loading it.
func (s isa) operand(from Mem, v reg.Physical, m *mask) Op {
	if m == nil {
		return from
	}
	s.load(from, v, m)
	return v
}

// half is the lower half of a vector register.
func (s isa) half(v reg.Physical) reg.Register {
	if s.wide() {
		return v.(reg.Vec).AsY()
	}
	return v.(reg.Vec).AsX()
}

// upper sets the lower half of to to the upper half of v.
func (s isa) upper(v, to reg.Physical) {
	if s.wide() {
		VEXTRACTF64X4(Imm(1), v, s.half(to))
	} else {
		VEXTRACTF128(Imm(1), v, s.half(to))
	}
}

// shift sets to to v moved up by one lane, with the last lane of before in lane 0: the
// western neighbours of v, if before is the vector before it. Loading these from memory
// instead stalls if the vector before was just stored: relaxing rows of 512 values and
// more took four to eleven times as long.
func (s isa) shift(before, v, to reg.Physical) {
	if s.wide() {
		s.real(VALIGND, VALIGNQ)(Imm(uint64(s.lanes-1)), before, v, to)
		return
	}
	VPERM2F128(Imm(0x21), v, before, to) // upper half of before, lower half of v
	if s.size == 8 {
		VSHUFPD(Imm(5), v, to, to)
	} else {
		VPALIGNR(Imm(12), to, v, to)
	}
}

// table holds the constants for one size of numbers: permutations that pick lanes of two
// vectors, then numbers.
type table struct {
	isa
	at Mem
}

// permutations is the number of permutations: the even and the odd lanes, for part, and
// the interleaved lower and upper halves of the lanes, for join.
const permutations = 4

// numbers follow the permutations.
var numbers = []float64{2, 0.5, 9, 1. / 16, 3}

// newTable writes the constants for one size of numbers. Both instruction sets use it.
func newTable(s isa) table {
	t := table{isa: s, at: GLOBL(map[int]string{4: "gridSingle", 8: "gridDouble"}[s.size], RODATA|NOPTR)}
	lanes := 64 / s.size
	for i, lane := range []func(i int) int{
		func(i int) int { return 2 * i },
		func(i int) int { return 2*i + 1 },
		func(i int) int { return i/2 + i%2*lanes },
		func(i int) int { return lanes/2 + i/2 + i%2*lanes },
	} {
		for j := range lanes {
			if s.size == 8 {
				DATA(64*i+8*j, U64(lane(j)))
			} else {
				DATA(64*i+4*j, U32(lane(j)))
			}
		}
	}
	for i, x := range numbers {
		at := permutations*64 + i*s.size
		if s.size == 8 {
			DATA(at, F64(x))
		} else {
			DATA(at, F32(x))
		}
	}
	return t
}

// number broadcasts number i to a register.
func (t table) number(i int, v reg.Physical) {
	t.broadcast(t.at.Offset(permutations*64+i*t.size), v)
}

// permutation loads permutation i. AVX2 needs none.
func (t table) permutation(i int, v reg.Physical) {
	if t.wide() {
		VMOVUPS(t.at.Offset(64*i), v)
	}
}

// part sets even and odd to the even and odd lanes of the vectors x and y. odd may be x.
func (s isa) part(x, y, even, odd, tmp reg.Physical, permutation [2]reg.Physical) {
	if s.wide() {
		move(even, x)
		s.real(VPERMT2PS, VPERMT2PD)(y, permutation[0], even)
		if odd != x {
			move(odd, x)
		}
		s.real(VPERMT2PS, VPERMT2PD)(y, permutation[1], odd)
		return
	}
	if s.size == 8 {
		VUNPCKLPD(y, x, even)
		VUNPCKHPD(y, x, tmp)
	} else {
		VSHUFPS(Imm(0x88), y, x, even)
		VSHUFPS(Imm(0xdd), y, x, tmp)
	}
	VPERMPD(Imm(0xd8), even, even) // the pairs were ordered x, y, x, y
	VPERMPD(Imm(0xd8), tmp, odd)
}

// join is the inverse: it interleaves even and odd into low and high. high may be even.
func (s isa) join(even, odd, low, high, tmp reg.Physical, permutation [2]reg.Physical) {
	if s.wide() {
		move(low, even)
		s.real(VPERMT2PS, VPERMT2PD)(odd, permutation[0], low)
		if high != even {
			move(high, even)
		}
		s.real(VPERMT2PS, VPERMT2PD)(odd, permutation[1], high)
		return
	}
	s.real(VUNPCKLPS, VUNPCKLPD)(odd, even, tmp)
	s.real(VUNPCKHPS, VUNPCKHPD)(odd, even, high)
	VPERM2F128(Imm(0x20), high, tmp, low)
	VPERM2F128(Imm(0x31), high, tmp, high)
}
