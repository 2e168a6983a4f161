package main

// Varying stencils on a grid row. varying.go of package simd defines what they compute.

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func varyings() {
	for _, s := range reals {
		s.mapVarying()
		s.copyColour()
	}
}

// mapVarying emits out = s·base + w·Σ c·x for a list of terms, each a pair of pointers to
// the rows c and x. Each block of vectors runs through the list with its sums in registers.
func (s isa) mapVarying() {
	base := s.begin("mapVarying", fmt.Sprintf("func(out, base *%s, terms *byte, count int, s, w %[1]s, n int, mask *int32)", s.goType()),
		[]string{"out", "base", "terms", "count"})
	n, at := s.startVector()
	scale, weight := s.vec[12], s.vec[13]
	s.broadcast(param("s"), scale)
	s.broadcast(param("w"), weight)
	term, left, c, x := gpr[4], gpr[5], gpr[6], gpr[7]
	s.blocks("", n, at, func(vectors int, m *mask) {
		name := func(what string) string {
			if m != nil {
				return what + "last"
			}
			return fmt.Sprint(what, vectors)
		}
		mem := func(row reg.GPPhysical, v int) Mem {
			return Mem{Base: row, Index: at, Scale: 1, Disp: v * s.bytes()}
		}
		sum, tmp := s.vec[0:vectors], s.vec[4:4+vectors]
		for v := range vectors {
			s.zero(sum[v])
		}
		MOVQ(base["terms"], term)
		MOVQ(base["count"], left)
		TESTQ(left, left)
		JZ(LabelRef(name("summed")))
		Label(name("term"))
		MOVQ(Mem{Base: term}, c)
		MOVQ(Mem{Base: term, Disp: 8}, x)
		for v := range vectors {
			s.load(mem(c, v), tmp[v], m)
			s.fma231(s.operand(mem(x, v), s.vec[8], m), tmp[v], sum[v])
		}
		ADDQ(Imm(16), term)
		DECQ(left)
		JNZ(LabelRef(name("term")))
		Label(name("summed"))
		for v := range vectors {
			s.mul(weight, sum[v], sum[v])
		}
		TESTQ(base["base"], base["base"])
		JZ(LabelRef(name("store")))
		for v := range vectors {
			s.fma231(s.operand(mem(base["base"], v), s.vec[8], m), scale, sum[v])
		}
		Label(name("store"))
		for v := range vectors {
			s.store(sum[v], mem(base["out"], v), m)
		}
	})
	VZEROUPPER()
	RET()
}

// copyColour emits dst[i] = src[i] for every second i. It stores whole vectors, as relax
// does.
func (s isa) copyColour() {
	base := s.begin("copyColour", fmt.Sprintf("func(dst, src *%s, first, n int, mask *int32)", s.goType()), []string{"dst", "src"})
	n, at := s.startVector()
	colour := s.colour(s.vec[8], at)
	s.vector("", n, at, func(v, offset int, m *mask) {
		mem := places(base, at, offset)
		dst, src := s.vec[v], s.vec[4+v]
		s.load(mem("dst"), dst, m)
		s.load(mem("src"), src, m)
		s.blend(colour, src, dst)
		s.store(dst, mem("dst"), m)
	})
}
