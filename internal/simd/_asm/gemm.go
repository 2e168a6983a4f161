package main

// Tiles of matrix products that fit the registers. tile.go of package simd defines what
// they compute, and the struct Tile whose fields they read.

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of simd.Tile, which a test of that package checks.
const (
	offA = 8 * iota
	offB
	offC
	offMask
	offRows
	offRuns
	offRun
	offJumpA
	offJumpB
	offStrideA
	offStrideB
	offStrideC
	offOffA
	offOffC = offOffA + 8*maxRows
)

const maxRows = 12

// gpr are the general registers that a kernel may use. It may also use BP, which the frame
// saves.
var gpr = []reg.GPPhysical{reg.RAX, reg.RBX, reg.RCX, reg.RDX, reg.RSI, reg.RDI,
	reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.R13, reg.R14, reg.R15}

func gemm() {
	for _, s := range []isa{avx512, avx2} {
		rows := []int{12, 8, 4}
		if !s.wide() {
			rows = []int{6, 3}
		}
		for _, m := range rows {
			for _, vectors := range []int{2, 1} {
				t := tile{isa: s, m: m, vectors: vectors}
				product(t)
				productTrans(t)
				if s.wide() {
					t.pairs = true
					product(t)
					productTrans(t)
				}
			}
		}
		peak(s)
	}
}

// tile is what the two products share: sums of m rows of some vectors each, in the last
// registers. Before them come a row of B and broadcast numbers of A.
type tile struct {
	isa
	m, vectors int
	pairs      bool // numbers are pairs of bfloat16
}

// text begins the function of a tile.
func (t tile) text(name string) {
	if t.pairs {
		name += "Pairs"
	}
	TEXT(fmt.Sprintf("%s%dx%d%s", name, t.m, t.vectors*t.lanes, t.name), NOSPLIT, "func(t *byte)")
	Pragma("noescape")
}

// mulAdd adds x·y to sum.
func (t tile) mulAdd(y, x, sum reg.Physical) {
	if t.pairs {
		dotBfloat16(y, x, sum)
	} else {
		VFMADD231PS(y, x, sum)
	}
}

func (t tile) acc(i, v int) reg.Physical {
	return t.vec[len(t.vec)-1-i*t.vectors-v]
}

// step emits the products of one k: the row of B at b times m numbers of A.
func (t tile) step(b func(v int) Mem, masks []*mask, a func(i int) Mem) {
	for v := range t.vectors {
		t.load(b(v), t.vec[v], masks[v])
	}
	spread := len(t.vec) - t.m*t.vectors - t.vectors // free registers
	if t.wide() {
		spread = min(spread, 6)
	} else {
		spread = min(spread, 2)
	}
	for i := range t.m {
		x := t.vec[t.vectors+i%spread]
		VBROADCASTSS(a(i), x)
		for v := range t.vectors {
			t.mulAdd(t.vec[v], x, t.acc(i, v))
		}
	}
}

// product emits C = A·B with the rows of A anywhere.
func product(t tile) {
	s, m, vectors := t.isa, t.m, t.vectors
	t.text("tile")
	end, runs, run, jump := AllocLocal(8), AllocLocal(8), AllocLocal(8), AllocLocal(8)
	rows, idx, b := gpr[:m], reg.R14, reg.R15

	arg := Load(Param("t"), b).(reg.GPPhysical)
	for _, f := range []struct {
		from int
		to   Mem
	}{{offRuns, runs}, {offRun, run}, {offJumpA, jump}} {
		MOVQ(Mem{Base: arg, Disp: f.from}, idx)
		if f.from != offRuns {
			SHLQ(Imm(2), idx)
		}
		MOVQ(idx, f.to)
	}
	MOVQ(Mem{Base: arg, Disp: offA}, idx)
	for i, r := range rows {
		MOVQ(Mem{Base: arg, Disp: offOffA + 8*i}, r)
		LEAQ(Mem{Base: idx, Index: r, Scale: 4}, r)
	}
	MOVQ(Mem{Base: arg, Disp: offB}, b)
	for i := range m {
		for v := range vectors {
			t.zero(t.acc(i, v))
		}
	}
	XORQ(idx, idx)
	label := "run"
	Label(label)
	Comment("A run is consecutive in A; idx goes through it in bytes.")
	ADDQ(run, idx)
	MOVQ(idx, end)
	SUBQ(run, idx)
	Label("next")
	t.step(func(v int) Mem { return Mem{Base: b, Disp: v * s.bytes()} }, make([]*mask, vectors),
		func(i int) Mem { return Mem{Base: rows[i], Index: idx, Scale: 1} })
	ADDQ(Imm(uint64(vectors*s.bytes())), b)
	ADDQ(Imm(4), idx)
	CMPQ(idx, end)
	JNE(LabelRef("next"))
	ADDQ(jump, idx)
	DECQ(runs)
	JNZ(LabelRef(label))

	Comment("Store the rows that count; a masked store is slow in AVX2, and only used where it must be.")
	c, r, count := reg.RAX, reg.RBX, reg.RCX
	arg = Load(Param("t"), b).(reg.GPPhysical)
	MOVQ(Mem{Base: arg, Disp: offC}, c)
	MOVQ(Mem{Base: arg, Disp: offRows}, count)
	store := func(masks []*mask) {
		for i := range m {
			MOVQ(Mem{Base: arg, Disp: offOffC + 8*i}, r)
			for v := range vectors {
				t.store(t.acc(i, v), Mem{Base: c, Index: r, Scale: 4, Disp: v * s.bytes()}, masks[v])
			}
			if i < m-1 {
				DECQ(count)
				JZ(LabelRef("done"))
			}
		}
	}
	if !s.wide() {
		MOVQ(Mem{Base: arg, Disp: offMask}, r)
		CMPL(Mem{Base: r, Disp: 4 * (vectors*s.lanes - 1)}, Imm(0))
		JEQ(LabelRef("masked"))
		store(make([]*mask, vectors))
		JMP(LabelRef("done"))
		Label("masked")
	}
	store(t.masks(arg, r, 0))
	Label("done")
	VZEROUPPER()
	RET()
}

// masks loads the masks of the columns into K1 and K2, or into the free vector registers
// from first on.
func (t tile) masks(arg, scratch reg.GPPhysical, first int) []*mask {
	MOVQ(Mem{Base: arg, Disp: offMask}, scratch)
	list := make([]*mask, t.vectors)
	for v := range list {
		list[v] = &mask{t.vec[first+v]}
		if t.wide() {
			list[v] = &mask{[]reg.Physical{reg.K1, reg.K2}[v]}
		}
		t.loadMask(*list[v], Mem{Base: scratch, Disp: v * t.bytes()}, t.vec[first+v])
	}
	return list
}

// productTrans emits C += Aᵀ·B, with one row of A and B per k.
func productTrans(t tile) {
	s, m, vectors := t.isa, t.m, t.vectors
	t.text("tileTrans")
	a, b, c := reg.RAX, reg.RBX, reg.RCX
	runs, run, k := reg.RDX, reg.RSI, reg.RDI
	strideA, strideB, strideC := reg.R8, reg.R9, reg.R10
	jumpA, jumpB, scratch := reg.R11, reg.R12, reg.R13
	arg := Load(Param("t"), reg.R14).(reg.GPPhysical)
	for _, f := range []struct {
		from int
		to   reg.GPPhysical
		size bool // convert floats to bytes
	}{
		{offA, a, false}, {offB, b, false}, {offC, c, false}, {offRuns, runs, false}, {offRun, run, false},
		{offStrideA, strideA, true}, {offStrideB, strideB, true}, {offStrideC, strideC, true},
		{offJumpA, jumpA, true}, {offJumpB, jumpB, true},
	} {
		MOVQ(Mem{Base: arg, Disp: f.from}, f.to)
		if f.size {
			SHLQ(Imm(2), f.to)
		}
	}
	for i := range m {
		for v := range vectors {
			t.zero(t.acc(i, v))
		}
	}
	Comment("C is read last and is often far: by then it is here.")
	MOVQ(c, scratch)
	for i := range m {
		for v := range vectors {
			if v*s.bytes()%64 == 0 {
				PREFETCHT0(Mem{Base: scratch, Disp: v * s.bytes()})
			}
		}
		if i < m-1 {
			ADDQ(strideC, scratch)
		}
	}
	// AVX2 has no register left for the masks of 6×16. A full tile needs none.
	bodies := []bool{true}
	if !s.wide() {
		bodies = []bool{false, true}
		MOVQ(Mem{Base: arg, Disp: offMask}, scratch)
		CMPL(Mem{Base: scratch, Disp: 4 * (vectors*s.lanes - 1)}, Imm(0))
		JEQ(LabelRef("masked"))
	}
	for _, masked := range bodies {
		name := ""
		if masked && !s.wide() {
			Label("masked")
			name = "masked"
		}
		masks := make([]*mask, vectors)
		if s.wide() {
			masks = t.masks(arg, scratch, 0)
		}
		Label(name + "run")
		MOVQ(run, k)
		Label(name + "next")
		if masked && !s.wide() {
			t.maskedStep(a, b, scratch)
		} else {
			t.step(func(v int) Mem { return Mem{Base: b, Disp: v * s.bytes()} }, masks,
				func(i int) Mem { return Mem{Base: a, Disp: 4 * i} })
		}
		ADDQ(strideA, a)
		ADDQ(strideB, b)
		DECQ(k)
		JNZ(LabelRef(name + "next"))
		ADDQ(jumpA, a)
		ADDQ(jumpB, b)
		DECQ(runs)
		JNZ(LabelRef(name + "run"))
		if !s.wide() && !masked {
			JMP(LabelRef("sum"))
		}
	}
	Label("sum")
	MOVQ(Mem{Base: arg, Disp: offRows}, runs)
	sum := t.vec[vectors]
	add := func(masks []*mask) {
		for i := range m {
			for v := range vectors {
				at := Mem{Base: c, Disp: v * s.bytes()}
				t.load(at, sum, masks[v])
				VADDPS(sum, t.acc(i, v), t.acc(i, v))
				t.store(t.acc(i, v), at, masks[v])
			}
			if i < m-1 {
				ADDQ(strideC, c)
				DECQ(runs)
				JZ(LabelRef("done"))
			}
		}
	}
	if !s.wide() {
		CMPL(Mem{Base: scratch, Disp: 4 * (vectors*s.lanes - 1)}, Imm(0))
		JEQ(LabelRef("part"))
		add(make([]*mask, vectors))
		JMP(LabelRef("done"))
		Label("part")
	}
	add(t.masks(arg, scratch, 0))
	Label("done")
	VZEROUPPER()
	RET()
}

// maskedStep is step for AVX2, reloading the mask for each row of B.
func (t tile) maskedStep(a, b, table reg.GPPhysical) {
	spread := t.vec[t.vectors]
	for v := range t.vectors {
		VMOVUPS(Mem{Base: table, Disp: v * t.bytes()}, spread)
		VMASKMOVPS(Mem{Base: b, Disp: v * t.bytes()}, spread, t.vec[v])
	}
	for i := range t.m {
		VBROADCASTSS(Mem{Base: a, Disp: 4 * i}, spread)
		for v := range t.vectors {
			VFMADD231PS(t.vec[v], spread, t.acc(i, v))
		}
	}
}

// peak emits a loop of twelve independent fused multiply-adds.
func peak(s isa) {
	TEXT("peak"+s.name, NOSPLIT, "func(n int)")
	Pragma("noescape")
	n := Load(Param("n"), reg.RAX).(reg.GPPhysical)
	for i := range 14 {
		s.zero(s.vec[i])
	}
	Label("next")
	for i := range 12 {
		VFMADD231PS(s.vec[12], s.vec[13], s.vec[i])
	}
	DECQ(n)
	JNZ(LabelRef("next"))
	VZEROUPPER()
	RET()
}
