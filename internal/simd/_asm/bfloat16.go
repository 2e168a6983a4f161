package main

// Kernels for bfloat16, for AVX-512 with BF16. Go's assembler does not know the
// instructions, so they are written as bytes.

import (
	"encoding/binary"
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func bfloat16s() {
	avx512.pairNeighbours()
	avx512.pairRows()
}

// dotBfloat16 is VDPBF16PS: it adds x₁y₁, then x₀y₀, of the pairs in every lane of x
// and y to sum.
func dotBfloat16(y, x, sum reg.Physical) { evex(2, 0x52, "VDPBF16PS", y, x, sum) }

// toBfloat16 is VCVTNE2PS2BF16: it rounds low, then high, into the numbers of to.
func toBfloat16(low, high, to reg.Physical) { evex(3, 0x72, "VCVTNE2PS2BF16", low, high, to) }

// evex emits an instruction on three 512-bit registers, in the operand order of Go's
// assembler: EVEX.512.prefix.0F38.W0 opcode /r, with prefix F3 (2) or F2 (3).
func evex(prefix, opcode byte, name string, third, second, first reg.Physical) {
	bit := func(r reg.Physical, i int) byte { return byte(r.PhysicalIndex()>>i) & 1 }
	not := func(b byte) byte { return 1 - b }
	low := func(r reg.Physical) byte { return byte(r.PhysicalIndex()) & 7 }
	code := []byte{
		0x62,
		not(bit(first, 3))<<7 | not(bit(third, 4))<<6 | not(bit(third, 3))<<5 | not(bit(first, 4))<<4 | 2,
		(^byte(second.PhysicalIndex())&15)<<3 | 4 | prefix,
		2<<5 | not(bit(second, 4))<<3,
		opcode,
		3<<6 | low(first)<<3 | low(third),
	}
	Comment(fmt.Sprintf("%s %s, %s, %s", name, third.Asm(), second.Asm(), first.Asm()))
	Instruction(&ir.Instruction{Opcode: "LONG", Operands: []Op{U32(binary.LittleEndian.Uint32(code))}})
	Instruction(&ir.Instruction{Opcode: "WORD", Operands: []Op{U16(binary.LittleEndian.Uint16(code[4:]))}})
}

// pairNeighbours emits pairs i = numbers 2i and 2i + 1 of x, for n pairs.
func (s isa) pairNeighbours() {
	base := s.begin("pairNeighbours", "func(pairs, x *float32, n int, mask *int32)", []string{"pairs", "x"})
	n, at := s.startVector()
	x := base["x"]
	s.vector("", n, at, func(v, offset int, m *mask) {
		low, high := s.vec[2*v], s.vec[2*v+1]
		from := Mem{Base: x, Index: at, Scale: 2, Disp: 2 * offset}
		if m == nil {
			s.load(from, low, nil)
			s.load(from.Offset(s.bytes()), high, nil)
		} else {
			// A lane of the mask stands for two numbers here.
			s.spreadMask(*m)
			s.load(from, low, &mask{reg.K2})
			s.load(from.Offset(s.bytes()), high, &mask{reg.K3})
		}
		toBfloat16(low, high, low)
		s.store(low, places(base, at, offset)("pairs"), m)
	})
}

// spreadMask sets K2 and K3 to the mask with every lane doubled.
func (s isa) spreadMask(m mask) {
	a, b := reg.RCX, reg.RDX
	KMOVW(m.reg, a.As32())
	MOVL(U32(0x55555555), b.As32())
	PDEPL(b.As32(), a.As32(), a.As32())
	LEAL(Mem{Base: a, Index: a, Scale: 2}, a.As32())
	KMOVW(a.As32(), reg.K2)
	SHRL(Imm(16), a.As32())
	KMOVW(a.As32(), reg.K3)
}

// pairRows emits pairs i = numbers i of x and of y.
func (s isa) pairRows() {
	base := s.begin("pairRows", "func(pairs, x, y *float32, n int, mask *int32)", []string{"pairs", "x", "y"})
	n, at := s.startVector()
	order := s.vec[31]
	VMOVUPS(pairOrder("pairRows"), order)
	s.vector("", n, at, func(v, offset int, m *mask) {
		mem := places(base, at, offset)
		x, y := s.vec[2*v], s.vec[2*v+1]
		s.load(mem("x"), x, m)
		s.load(mem("y"), y, m)
		toBfloat16(x, y, x)
		VPERMW(x, order, x)
		s.store(x, mem("pairs"), m)
	})
}

// pairOrder is the permutation that orders the numbers of two vectors as pairs, for the
// kernel of that name.
func pairOrder(name string) Mem {
	table := GLOBL(name+"Order", RODATA|NOPTR)
	for i := range 16 {
		DATA(4*i, U32(uint32(i)|uint32(i+16)<<16))
	}
	return table
}
