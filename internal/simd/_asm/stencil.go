package main

// Five- and seven-point stencils on a grid row. stencil.go of package simd defines what
// they compute, and the struct Stencil whose fields they read.

import (
	"fmt"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The fields of simd.Stencil in order, which a test of that package checks: pointers, then
// coefficients.
var (
	stencilRows         = []string{"U", "G", "South", "North", "Below", "Above", "Out", "Ahead"}
	stencilCoefficients = []string{"A", "Q", "X", "Y", "Z"}
)

func stencils() {
	for _, s := range reals {
		for _, points := range []int{5, 7} {
			s.relax(points, false)
			s.relax(points, true)
			s.mapRow(points)
			s.norms(points)
		}
	}
}

// stencil is a pass being emitted. It uses all vector registers of AVX2.
type stencil struct {
	isa
	points    int
	row       map[string]reg.GPPhysical
	coef      map[string]reg.Physical
	u         reg.Physical // the values in the middle
	before    reg.Physical // the vector before u
	f, t, tmp reg.Physical
	n, at     reg.GPPhysical
}

// stencilFirst is the first vector register at a pass's disposal, and stencilOwn their
// number.
const stencilFirst, stencilOwn = 5, 5

// own is vector register i at the pass's disposal.
func (x stencil) own(i int) reg.Physical {
	if i >= stencilOwn {
		panic("too many registers")
	}
	return x.vec[stencilFirst+i]
}

// stencil starts a function.
func (s isa) stencil(name string, points int, parameters, results string) stencil {
	TEXT(fmt.Sprint(name, points, s.name), NOSPLIT, "func(s *byte, "+parameters+"n int, mask *int32)"+results)
	Pragma("noescape")
	x := stencil{isa: s, points: points, row: map[string]reg.GPPhysical{}, coef: map[string]reg.Physical{},
		u: s.vec[0], before: s.vec[1], f: s.vec[2], t: s.vec[3], tmp: s.vec[4]}
	arg := Load(Param("s"), gpr[0])
	for i, f := range stencilRows {
		if points == 5 && (f == "Below" || f == "Above") || name != "map" && f == "Out" || !strings.HasPrefix(name, "relax") && f == "Ahead" {
			continue
		}
		x.row[f] = gpr[1+i]
		MOVQ(Mem{Base: arg, Disp: 8 * i}, gpr[1+i])
	}
	for i, c := range stencilCoefficients {
		if points == 5 && c == "Z" {
			continue
		}
		x.coef[c] = s.vec[stencilFirst+stencilOwn+i]
		s.broadcast(Mem{Base: arg, Disp: 8*len(stencilRows) + i*s.size}, x.coef[c])
	}
	x.n, x.at = s.startVector()
	s.broadcast(Mem{Base: x.row["U"], Disp: -s.size}, x.before)
	return x
}

// mem is the current vector of a row.
func (x stencil) mem(row string, offset int) Mem {
	return Mem{Base: x.row[row], Index: x.at, Scale: 1, Disp: offset}
}

// neighbours sets u to the values in the middle and f to all terms except A·u. It loads
// the eastern neighbours from memory: shifting them out of the next vector gained at most
// a tenth, in the first-level cache, and would need a separate end of the loop.
func (x stencil) neighbours(offset int, m *mask) {
	x.load(x.mem("U", offset), x.u, m)
	x.shift(x.before, x.u, x.f)
	move(x.before, x.u)
	x.add(x.operand(x.mem("U", offset+x.size), x.t, m), x.f, x.f)
	x.mul(x.coef["X"], x.f, x.f)
	pair := func(c, a, b string) {
		x.load(x.mem(a, offset), x.t, m)
		x.add(x.operand(x.mem(b, offset), x.tmp, m), x.t, x.t)
		x.fma231(x.coef[c], x.t, x.f)
	}
	pair("Y", "South", "North")
	if x.points == 7 {
		pair("Z", "Below", "Above")
	}
	x.fma231(x.operand(x.mem("G", offset), x.t, m), x.coef["Q"], x.f)
}

// relax emits U[i] = f(u)[i] for every second i. It stores whole vectors, with the old
// values between, because masked stores are slow in AVX2. With sums it also returns
// Σ (change of U)² and Σ U².
func (s isa) relax(points int, sums bool) {
	name, results := "relax", ""
	if sums {
		name, results = "relaxNorms", " (dd, uu float64)"
	}
	x := s.stencil(name, points, "first, ", results)
	colour := s.colour(x.own(0), x.at)
	var dd, uu squares
	if sums {
		dd, uu = x.newSquares(1), x.newSquares(3)
	}
	x.vectors("", x.n, x.at, func(v, offset int, m *mask) {
		s.prefetch(x.mem("Ahead", offset), offset)
		x.neighbours(offset, m)
		if s.wide() {
			s.fma213(x.f, x.coef["A"], colour, x.u)
		} else {
			s.fma231(x.coef["A"], x.u, x.f)
			VBLENDVPS(colour, x.f, x.u, x.u)
		}
		s.store(x.u, x.mem("U", offset), m)
		if sums {
			s.sub(x.before, x.u, x.f)
			if m != nil {
				x.and(m, x.f)
				x.and(m, x.u)
			}
			dd.add(x.f, v)
			uu.add(x.u, v)
		}
	})
	if sums {
		dd.reduce()
		uu.reduce()
	}
	VZEROUPPER()
	if sums {
		dd.result(0)
		uu.result(1)
	}
	RET()
}

// prefetch fetches the cache line of the vector at an offset in a block, once per line, and
// not into the first-level cache.
func (s isa) prefetch(line Mem, offset int) {
	if offset%64 == 0 {
		PREFETCHT1(line)
	}
}

// colour is the mask of every second lane from lane first on: K2 in AVX-512, c in AVX2. It
// overwrites first.
func (s isa) colour(c reg.Physical, first reg.GPPhysical) reg.Physical {
	Load(Param("first"), first)
	if s.wide() {
		INCQ(first)
		IMUL3L(U32(0x5555), first.As32(), first.As32())
		KMOVW(first.As32(), reg.K2)
		return reg.K2
	}
	VPCMPEQD(c, c, c)
	TESTQ(first, first)
	JNZ(LabelRef("odd"))
	if s.size == 8 {
		VPSRLDQ(Imm(8), c, c)
	} else {
		VPSRLQ(Imm(32), c, c)
	}
	JMP(LabelRef("coloured"))
	Label("odd")
	if s.size == 8 {
		VPSLLDQ(Imm(8), c, c)
	} else {
		VPSLLQ(Imm(32), c, c)
	}
	Label("coloured")
	return c
}

// blend copies the lanes of x that are of the colour to to.
func (s isa) blend(colour, x, to reg.Physical) {
	if s.wide() {
		s.real(VMOVAPS, VMOVAPD)(x, colour, to)
	} else {
		VBLENDVPS(colour, x, to, to)
	}
}

// value sets f to f(u), and to 0 in inactive lanes.
func (x stencil) value(offset int, m *mask) {
	x.neighbours(offset, m)
	x.fma231(x.coef["A"], x.u, x.f)
	if m != nil {
		x.and(m, x.f) // which the shift has filled
	}
}

// mapRow emits Out = f(u) and returns Σ f(u)².
func (s isa) mapRow(points int) {
	x := s.stencil("map", points, "", " float64")
	sum := x.newSquares(0)
	x.vectors("", x.n, x.at, func(v, offset int, m *mask) {
		x.value(offset, m)
		s.store(x.f, x.mem("Out", offset), m)
		sum.add(x.f, v)
	})
	sum.reduce()
	VZEROUPPER()
	sum.result(0)
	RET()
}

// norms emits the sums Σ f(u)² and Σ U².
func (s isa) norms(points int) {
	x := s.stencil("norms", points, "", " (ff, uu float64)")
	ff, uu := x.newSquares(0), x.newSquares(2)
	x.vectors("", x.n, x.at, func(v, offset int, m *mask) {
		x.value(offset, m)
		ff.add(x.f, v)
		uu.add(x.u, v)
	})
	ff.reduce()
	uu.reduce()
	VZEROUPPER()
	ff.result(0)
	uu.result(1)
	RET()
}

// squares is a sum of squares in two vectors of float64, one for every second vector of
// float64 or for each half of a vector of float32. A sum in float32 would be inaccurate,
// and small squares would vanish.
type squares struct {
	isa
	sum [2]reg.Physical
	t   reg.Physical
}

func (x stencil) newSquares(first int) squares {
	return x.isa.newSquares(x.own(first), x.own(first+1), x.t)
}

// newSquares begins a sum in two registers. add overwrites t.
func (s isa) newSquares(sum0, sum1, t reg.Physical) squares {
	s.zero(sum0)
	s.zero(sum1)
	return squares{s, [2]reg.Physical{sum0, sum1}, t}
}

// add adds the squares of x for vector v of the loop.
func (q squares) add(x reg.Physical, v int) {
	if q.size == 8 {
		VFMADD231PD(x, x, q.sum[v%2])
		return
	}
	VCVTPS2PD(q.half(x), q.t)
	VFMADD231PD(q.t, q.t, q.sum[0])
	q.upper(x, q.t)
	VCVTPS2PD(q.half(q.t), q.t)
	VFMADD231PD(q.t, q.t, q.sum[1])
}

// addProducts adds x·y for vector v of the loop. It overwrites t and tmp.
func (q squares) addProducts(x, y, tmp reg.Physical, v int) {
	if q.size == 8 {
		VFMADD231PD(x, y, q.sum[v%2])
		return
	}
	VCVTPS2PD(q.half(x), q.t)
	VCVTPS2PD(q.half(y), tmp)
	VFMADD231PD(q.t, tmp, q.sum[0])
	q.upper(x, q.t)
	q.upper(y, tmp)
	VCVTPS2PD(q.half(q.t), q.t)
	VCVTPS2PD(q.half(tmp), tmp)
	VFMADD231PD(q.t, tmp, q.sum[1])
}

// reduce leaves the sum in lane 0 of the first vector.
func (q squares) reduce() {
	sum, t := q.sum[0].(reg.Vec), q.t.(reg.Vec)
	VADDPD(q.sum[1], q.sum[0], q.sum[0])
	if q.wide() {
		VEXTRACTF64X4(Imm(1), sum.AsZ(), t.AsY())
		VADDPD(t.AsY(), sum.AsY(), sum.AsY())
	}
	VEXTRACTF128(Imm(1), sum.AsY(), t.AsX())
	VADDPD(t.AsX(), sum.AsX(), sum.AsX())
	VPERMILPD(Imm(1), sum.AsX(), t.AsX())
	VADDSD(t.AsX(), sum.AsX(), sum.AsX())
}

// result returns the sum.
func (q squares) result(i int) {
	to, err := ReturnIndex(i).Resolve()
	if err != nil {
		panic(err)
	}
	VMOVSD(q.sum[0].(reg.Vec).AsX(), to.Addr)
}
