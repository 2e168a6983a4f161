package main

// Max pooling.

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// larger emits y = max(y, x), NaN where either is NaN, which VMAXPS alone does not ensure.
func (s isa) larger() {
	base := s.begin("larger", "func(y, x *float32, n int, mask *int32)", []string{"y", "x"})
	n, at := s.startVector()
	s.vector("", n, at, func(v, offset int, m *mask) {
		mem := places(base, at, offset)
		x, y, largest := s.vec[3*v], s.vec[3*v+1], s.vec[3*v+2]
		s.load(mem("x"), x, m)
		s.load(mem("y"), y, m)
		s.largestOf(x, y, largest)
		s.store(largest, mem("y"), m)
	})
}

// largestOf sets largest to max(x, y), NaN where either is NaN. AVX2 overwrites x.
func (s isa) largestOf(x, y, largest reg.Physical) {
	VMAXPS(x, y, largest)
	if s.wide() {
		VCMPPS(unordered, x, y, reg.K2)
		VADDPS(x, y, reg.K2, largest)
	} else {
		VCMPPS(unordered, x, y, x)
		VORPS(x, largest, largest)
	}
}

// toLargest emits dx += left and left = 0 where x is the largest, or NaN.
func (s isa) toLargest() {
	base := s.begin("toLargest", "func(dx, left, x, largest *float32, n int, mask *int32)", []string{"dx", "left", "x", "largest"})
	n, at := s.startVector()
	s.vector("", n, at, func(v, offset int, m *mask) {
		mem := places(base, at, offset)
		x, take, left := s.vec[3*v], s.vec[3*v+1], s.vec[3*v+2]
		s.load(mem("x"), x, m)
		s.load(mem("largest"), take, m)
		s.load(mem("left"), left, m)
		s.take(x, left, take)
		s.store(left, mem("left"), m)
		s.load(mem("dx"), x, m)
		VADDPS(take, x, x)
		s.store(x, mem("dx"), m)
	})
}

// take expects the maximum in part. It sets part to left and left to 0 where x equals the
// maximum or is NaN, and part to 0 elsewhere. AVX2 overwrites x.
func (s isa) take(x, left, part reg.Physical) {
	if s.wide() {
		VCMPPS(equal, part, x, reg.K2)
		VCMPPS(unordered, x, x, reg.K3)
		KORW(reg.K2, reg.K3, reg.K2)
		VMOVAPS_Z(left, reg.K2, part)
	} else {
		VCMPPS(equal, part, x, part)
		VCMPPS(unordered, x, x, x)
		VORPS(x, part, part)
		VANDPS(left, part, part)
	}
	VXORPS(part, left, left) // 0 where taken
}

// four returns the address of the vector at an offset in one of four pixels: two adjacent
// ones of n numbers each, and the two that begin down numbers later. first is the register
// of the first pixel; next receives the addresses of the others.
func (s isa) four(first, n reg.GPPhysical, next []reg.GPPhysical, at reg.GPPhysical) func(pixel, offset int) Mem {
	Load(Param("down"), next[1])
	LEAQ(Mem{Base: first, Index: next[1], Scale: 4}, next[1])
	LEAQ(Mem{Base: first, Index: n, Scale: 4}, next[0])
	LEAQ(Mem{Base: next[1], Index: n, Scale: 4}, next[2])
	pixels := append([]reg.GPPhysical{first}, next...)
	return func(pixel, offset int) Mem { return Mem{Base: pixels[pixel], Index: at, Scale: 1, Disp: offset} }
}

// largestOfFour emits y = the maximum of four pixels.
func (s isa) largestOfFour() {
	base := s.begin("largestOfFour", "func(y, x *float32, down, n int, mask *int32)", []string{"y", "x"})
	n, at := s.startVector()
	x := s.four(base["x"], n, gpr[4:7], at)
	s.vector("", n, at, func(_, offset int, m *mask) {
		top, pixel, largest := s.vec[0], s.vec[1], s.vec[2]
		s.load(x(0, offset), top, m)
		for i := 1; i < 4; i++ {
			s.load(x(i, offset), pixel, m)
			s.largestOf(pixel, top, largest)
			top, largest = largest, top
		}
		s.store(top, places(base, at, offset)("y"), m)
	})
}

// toLargestOfFour emits dx = dy at the first of four pixels that is the maximum, or NaN, and
// dx = 0 at the others.
func (s isa) toLargestOfFour() {
	base := s.begin("toLargestOfFour", "func(dx, dy, x *float32, down, n int, mask *int32)", []string{"dx", "dy", "x"})
	n, at := s.startVector()
	x, dx := s.four(base["x"], n, gpr[4:7], at), s.four(base["dx"], n, gpr[7:10], at)
	s.vector("", n, at, func(_, offset int, m *mask) {
		top, pixel, largest, left := s.vec[0], s.vec[1], s.vec[2], s.vec[3]
		s.load(x(0, offset), top, m)
		for i := 1; i < 4; i++ {
			s.load(x(i, offset), pixel, m)
			s.largestOf(pixel, top, largest)
			top, largest = largest, top
		}
		s.load(places(base, at, offset)("dy"), left, m)
		for i := range 4 {
			s.load(x(i, offset), pixel, m)
			VMOVAPS(top, largest)
			s.take(pixel, left, largest)
			s.store(largest, dx(i, offset), m)
		}
	})
}
