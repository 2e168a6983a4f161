package main

// Sums of rows of channels with weights, for products with a sparse matrix. rows.go of package
// simd defines what they compute.

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func sparseRows() {
	for _, s := range []isa{avx512, avx2} {
		s.weightedRows()
	}
}

// weightedRows emits y = Σ_t value[t]·(row at[t] of x), the sums of up to four vectors of
// channels in registers.
func (s isa) weightedRows() {
	base := s.begin("weightedRows", "func(y, x *float32, at *int32, value *float32, count, channels int, mask *int32)", []string{"y", "x", "at", "value"})
	n := len(gpr)
	count, stride, left, t, from := gpr[n-1], gpr[n-2], gpr[n-3], gpr[n-4], gpr[n-5]
	Load(Param("count"), count)
	Load(Param("channels"), stride)
	MOVQ(stride, left)
	ADDQ(U8(s.lanes-1), left)
	SHRQ(Imm(map[int]uint64{8: 3, 16: 4}[s.lanes]), left)
	SHLQ(Imm(2), stride)
	last := s.lastMask()
	Load(Param("mask"), t)
	s.loadMask(*last, Mem{Base: t}, s.vec[0])
	group := func(name string, vectors int, masked bool) {
		value, tmp := s.vec[vectors], s.vec[vectors+1]
		for v := range vectors {
			s.zero(s.vec[v])
		}
		XORQ(t, t)
		JMP(LabelRef(name + "test"))
		Label(name + "entry")
		MOVLQSX(Mem{Base: base["at"], Index: t, Scale: 4}, from)
		IMULQ(stride, from)
		ADDQ(base["x"], from)
		VBROADCASTSS(Mem{Base: base["value"], Index: t, Scale: 4}, value)
		for v := range vectors {
			x := Mem{Base: from, Disp: v * s.bytes()}
			if masked && v == vectors-1 {
				s.load(x, tmp, last)
				VFMADD231PS(tmp, value, s.vec[v])
			} else {
				VFMADD231PS(x, value, s.vec[v])
			}
		}
		INCQ(t)
		Label(name + "test")
		CMPQ(t, count)
		JLT(LabelRef(name + "entry"))
		for v := range vectors {
			var m *mask
			if masked && v == vectors-1 {
				m = last
			}
			s.store(s.vec[v], Mem{Base: base["y"], Disp: v * s.bytes()}, m)
		}
	}
	Label("group")
	CMPQ(left, Imm(groupVectors))
	JLE(LabelRef("last"))
	group("whole", groupVectors, false)
	for _, p := range []reg.GPPhysical{base["x"], base["y"]} {
		ADDQ(I32(groupVectors*s.bytes()), p)
	}
	SUBQ(Imm(groupVectors), left)
	JMP(LabelRef("group"))
	Label("last")
	for v := 1; v < groupVectors; v++ {
		CMPQ(left, Imm(uint64(v)))
		JE(LabelRef(fmt.Sprint("vectors", v)))
	}
	for v := groupVectors; v >= 1; v-- {
		Label(fmt.Sprint("vectors", v))
		group(fmt.Sprint("last", v), v, true)
		if v > 1 {
			JMP(LabelRef("done"))
		}
	}
	Label("done")
	VZEROUPPER()
	RET()
}
