package main

// Stencils with coefficients of faces on a grid row. faces.go of package simd defines what
// they compute, and the struct Faces whose fields they read.

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// facesRows are the pointers of simd.Faces in order, which a test of that package checks.
// The weight W follows.
var facesRows = []string{"U", "G", "West", "South", "North", "Below", "Above", "FaceSouth", "FaceNorth", "FaceBelow", "FaceAbove", "C", "Out", "Ahead", "Ahead2"}

func facesKernels() {
	for _, s := range reals {
		for _, points := range []int{3, 5, 7} {
			s.relaxFaces(points, false)
			s.relaxFaces(points, true)
			s.residualFaces(points)
		}
	}
}

// faces is a pass being emitted.
type faces struct {
	isa
	points    int
	row       map[string]reg.GPPhysical // those that registers are left for
	n, at     reg.GPPhysical
	scratch   reg.GPPhysical
	u, before reg.Physical // the values in the middle, and the vector before
	r, d      reg.Physical // residual and diagonal
	t, tmp    reg.Physical
	w         reg.Physical
	labels    *int

	// In AVX-512, the next vectors of U and West, if they have been loaded.
	nextU, nextWest reg.Physical
}

// facesOwn are the first of the vector registers at a pass's disposal.
const facesOwn = 7

// faces starts a function.
func (s isa) faces(name string, points int, parameters, results string) faces {
	TEXT(fmt.Sprint(name, "Faces", points, s.name), NOSPLIT, "func(s *byte, "+parameters+"n int, mask *int32)"+results)
	Pragma("noescape")
	v := s.vec
	x := faces{isa: s, points: points, row: map[string]reg.GPPhysical{}, scratch: gpr[0],
		u: v[0], before: v[1], r: v[2], d: v[3], t: v[4], tmp: v[5], w: v[6], labels: new(int)}
	if s.wide() {
		x.nextU, x.nextWest = v[16], v[17]
	}
	arg, next := Load(Param("s"), gpr[0]), 1
	for i, f := range facesRows {
		switch {
		case points < 7 && (f == "Below" || f == "Above" || f == "FaceBelow" || f == "FaceAbove"):
		case points < 5 && (f == "South" || f == "North" || f == "FaceSouth" || f == "FaceNorth"):
		case next == len(gpr)-2: // the last two count
		default:
			x.row[f] = gpr[next]
			MOVQ(Mem{Base: arg, Disp: 8 * i}, gpr[next])
			next++
		}
	}
	s.broadcast(Mem{Base: arg, Disp: 8 * len(facesRows)}, x.w)
	x.n, x.at = s.startVector()
	s.broadcast(Mem{Base: x.row["U"], Disp: -s.size}, x.before)
	return x
}

// each emits the loop: body for the vectors of blocks of this many.
func (x faces) each(body func(v, offset int, m *mask, vectors int)) {
	x.blocks("", x.n, x.at, func(vectors int, m *mask) {
		for v := range vectors {
			body(v, v*x.bytes(), m, vectors)
		}
	})
}

// pointer is a register that has a row's address: the scratch, if none is left for it.
func (x faces) pointer(row string) reg.GPPhysical {
	if r, ok := x.row[row]; ok {
		return r
	}
	for i, f := range facesRows {
		if f == row {
			Load(Param("s"), x.scratch)
			MOVQ(Mem{Base: x.scratch, Disp: 8 * i}, x.scratch)
		}
	}
	return x.scratch
}

// mem is the current vector of a row.
func (x faces) mem(row string, offset int) Mem {
	return Mem{Base: x.pointer(row), Index: x.at, Scale: 1, Disp: offset}
}

// minus subtracts f·v from r.
func (x faces) minus(f, v reg.Physical) {
	x.real(VFNMADD231PS, VFNMADD231PD)(f, v, x.r)
}

// values sets u to the values in the middle, r to the residual and d to the diagonal; these
// are 0 in inactive lanes. It is for vector v of a block.
//
// The eastern neighbours and faces begin one value later and so lie across two cache lines,
// which takes two loads each. In AVX-512, where loads are what the time goes to, they are
// shifted out of the next vectors of the block; only the last one of a block loads them.
func (x faces) values(v, offset int, m *mask, vectors int) {
	loaded, ahead := x.wide() && v > 0, x.wide() && v < vectors-1
	if loaded {
		move(x.u, x.nextU)
		move(x.d, x.nextWest)
	} else {
		x.load(x.mem("U", offset), x.u, m)
		x.load(x.mem("West", offset), x.d, m)
	}
	x.shift(x.before, x.u, x.tmp)
	move(x.before, x.u)
	x.load(x.mem("G", offset), x.r, m)
	x.sub(x.tmp, x.u, x.tmp)
	x.minus(x.d, x.tmp)
	if ahead {
		x.load(x.mem("U", offset+x.bytes()), x.nextU, nil)
		x.load(x.mem("West", offset+x.bytes()), x.nextWest, nil)
		east := x.real(VALIGND, VALIGNQ)
		east(Imm(1), x.u, x.nextU, x.tmp)
		east(Imm(1), x.d, x.nextWest, x.t)
		x.sub(x.tmp, x.u, x.tmp)
		x.minus(x.t, x.tmp)
		x.add(x.t, x.d, x.d)
	}
	neighbour := func(face string, faceOffset int, value string, offset int) {
		x.load(x.mem(face, faceOffset), x.t, m)
		x.sub(x.operand(x.mem(value, offset), x.tmp, m), x.u, x.tmp)
		x.minus(x.t, x.tmp)
		x.add(x.t, x.d, x.d)
	}
	if !ahead {
		neighbour("West", offset+x.size, "U", offset+x.size)
	}
	if x.points > 3 {
		neighbour("FaceSouth", offset, "South", offset)
		neighbour("FaceNorth", offset, "North", offset)
	}
	if x.points > 5 {
		neighbour("FaceBelow", offset, "Below", offset)
		neighbour("FaceAbove", offset, "Above", offset)
	}
	*x.labels++
	none := fmt.Sprint("none", *x.labels)
	c := x.pointer("C")
	TESTQ(c, c)
	JZ(LabelRef(none))
	x.load(Mem{Base: c, Index: x.at, Scale: 1, Disp: offset}, x.t, m)
	x.minus(x.t, x.u)
	x.add(x.t, x.d, x.d)
	Label(none)
}

// relaxFaces emits Out = U + W·r/D for every second value, or all, and Out = U between.
// With sums it also returns Σ r² over these and Σ Out².
func (s isa) relaxFaces(points int, sums bool) {
	name, results := "relax", ""
	if sums {
		name, results = "relaxNorms", " (rr, uu float64)"
	}
	x := s.faces(name, points, "first, ", results)
	colour := s.colour(s.vec[facesOwn], x.at)
	if !s.wide() {
		Load(Param("first"), x.at)
		CMPQ(x.at, Imm(2))
		JNE(LabelRef("some"))
		VPCMPEQD(colour, colour, colour)
		Label("some")
	}
	var rr, uu squares
	if sums {
		rr = s.newSquares(s.vec[facesOwn+1], s.vec[facesOwn+2], x.t)
		uu = s.newSquares(s.vec[facesOwn+3], s.vec[facesOwn+4], x.t)
	}
	x.each(func(v, offset int, m *mask, vectors int) {
		if offset%64 == 0 {
			s.prefetch(x.mem("Ahead", offset), offset)
			s.prefetch(x.mem("Ahead2", offset), offset)
		}
		x.values(v, offset, m, vectors)
		s.mul(x.w, x.r, x.tmp)
		s.real(VDIVPS, VDIVPD)(x.d, x.tmp, x.tmp)
		if s.wide() {
			s.add(x.tmp, x.u, colour, x.u)
		} else {
			s.add(x.tmp, x.u, x.tmp)
			VBLENDVPS(colour, x.tmp, x.u, x.u)
		}
		s.store(x.u, x.mem("Out", offset), m)
		if sums {
			x.and(&mask{colour}, x.r)
			if m != nil {
				x.and(m, x.r)
				x.and(m, x.u)
			}
			rr.add(x.r, v)
			uu.add(x.u, v)
		}
	})
	if sums {
		rr.reduce()
		uu.reduce()
	}
	VZEROUPPER()
	if sums {
		rr.result(0)
		uu.result(1)
	}
	RET()
}

// residualFaces emits Out = r and returns Σ r².
func (s isa) residualFaces(points int) {
	x := s.faces("residual", points, "", " float64")
	sum := s.newSquares(s.vec[facesOwn], s.vec[facesOwn+1], x.t)
	x.each(func(v, offset int, m *mask, vectors int) {
		x.values(v, offset, m, vectors)
		if m != nil {
			x.and(m, x.r) // which the shift has filled
		}
		s.store(x.r, x.mem("Out", offset), m)
		sum.add(x.r, v)
	})
	sum.reduce()
	VZEROUPPER()
	sum.result(0)
	RET()
}
