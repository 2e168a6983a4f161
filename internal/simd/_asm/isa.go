package main

// Vectors, masks, loads and stores of both instruction sets.

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is an instruction set: the names and masks of its vectors. Both sets read masks
// from the same table of int32, −1 for an active lane and 0 for an inactive one; a lane of
// float64 takes two entries.
type isa struct {
	name  string
	size  int            // bytes of a number: 4, or 8 after double
	lanes int            // numbers in a vector
	vec   []reg.Physical // its vector registers
}

var (
	avx512 = isa{"AVX512", 4, 16, []reg.Physical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
		reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
		reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
		reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31}}
	avx2 = isa{"AVX2", 4, 8, []reg.Physical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
		reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15}}
)

// wide reports whether vectors have 512 bits.
func (s isa) wide() bool { return len(s.vec) == 32 }

// bytes is the size of a vector.
func (s isa) bytes() int { return s.size * s.lanes }

// zero clears a vector register.
func (s isa) zero(v reg.Physical) {
	if s.wide() {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
}

// mask is a mask register: K in AVX-512, a vector in AVX2.
type mask struct{ reg reg.Physical }

// loadMask sets m from a row of the table.
func (s isa) loadMask(m mask, row Mem, scratch reg.Physical) {
	if s.wide() {
		VMOVUPS(row, scratch)
		s.real(VPTESTMD, VPTESTMQ)(scratch, scratch, m.reg)
	} else {
		VMOVUPS(row, m.reg)
	}
}

// load reads a vector. With a mask, inactive lanes become 0 and their memory is not
// touched.
func (s isa) load(from Mem, v reg.Physical, m *mask) {
	switch {
	case m == nil:
		VMOVUPS(from, v)
	case s.wide():
		if s.size == 8 {
			VMOVUPD_Z(from, m.reg, v)
		} else {
			VMOVUPS_Z(from, m.reg, v)
		}
	default:
		VMASKMOVPS(from, m.reg, v)
	}
}

// store writes a vector; with a mask, only its active lanes.
func (s isa) store(v reg.Physical, to Mem, m *mask) {
	switch {
	case m == nil:
		VMOVUPS(v, to)
	case s.wide():
		s.real(VMOVUPS, VMOVUPD)(v, m.reg, to)
	default:
		VMASKMOVPS(v, m.reg, to)
	}
}
