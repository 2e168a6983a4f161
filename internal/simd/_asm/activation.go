package main

// Affine maps of channels followed by an activation, and gradients through the activation.
// activation.go of package simd defines what they compute, and has the constants.

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// activation emits σ(y; θ) for a vector. Each of the functions may be nil.
type activation struct {
	name  string
	start func(p activationPass) // loads the constants
	// value replaces y by σ(y); slope and byTheta multiply g by a derivative at y.
	value, slope, byTheta func(p activationPass, m *mask)
}

var kinds = []activation{
	{name: "limit", start: activationPass.startLimit, value: activationPass.limit},
	{"prelu", activationPass.startZero, activationPass.prelu, activationPass.preluSlope, activationPass.preluTheta},
	{"hat", activationPass.startZero, activationPass.hat, activationPass.hatSlope, activationPass.hatTheta},
	{name: "gelu", start: activationPass.startGELU, value: activationPass.gelu, slope: activationPass.geluSlope},
	{name: "sigmoid", start: activationPass.startSigmoid, value: activationPass.sigmoid, slope: activationPass.sigmoidSlope},
	{name: "tanh", start: activationPass.startSigmoid, value: activationPass.tanh, slope: activationPass.tanhSlope},
	{name: "heaviside", start: activationPass.startHeaviside, value: activationPass.heaviside},
}

func activations() {
	for _, s := range []isa{avx512, avx2} {
		for _, a := range kinds {
			s.activation(a, a.name, []string{"y", "x"}, a.value)
			s.activation(a, a.name+"Add", []string{"y", "u", "x"}, a.value)
			if a.slope != nil {
				s.activation(a, a.name+"Gate", []string{"grad", "dy", "x"}, a.slope)
			}
			if a.byTheta != nil {
				s.activation(a, a.name+"GateTheta", []string{"grad", "dy", "x"}, a.byTheta)
			}
		}
	}
}

// activationPass is a pass over rows with the registers of an activation.
type activationPass struct {
	rowPass
	y, g, theta    reg.Physical
	tmp            [5]reg.Physical
	constant       [3]reg.Physical // loaded by start
	compare, other reg.Physical    // results of comparisons
}

// activation emits a pass over streams: y = σ, y = u + σ, or grad = dy times the
// derivative that body applies.
func (s isa) activation(a activation, name string, streams []string, body func(p activationPass, m *mask)) {
	signature := "func("
	for _, name := range streams {
		signature += name + ", "
	}
	base := s.begin(name, signature+"x0, a, c, theta *float32, rows, channels int, mask *int32)",
		append(streams, "x0", "a", "c", "theta"))
	p := activationPass{rowPass: s.newRowPass(base, streams), y: s.vec[0], g: s.vec[1], theta: s.vec[2], compare: reg.K2, other: reg.K3}
	copy(p.tmp[:], s.vec[3:])
	copy(p.constant[:], s.vec[8:])
	if !s.wide() {
		p.compare, p.other = s.vec[11], s.vec[12]
	}
	p.start()
	a.start(p)
	p.loop("", func(m *mask) {
		p.get("x", p.y, m)
		VSUBPS(p.operand("x0", p.tmp[0], m), p.y, p.y)
		p.get("a", p.tmp[1], m)
		VFMADD213PS(p.operand("c", p.tmp[0], m), p.tmp[1], p.y)
		switch streams[1] {
		case "dy":
			p.get("dy", p.g, m)
			body(p, m)
			s.store(p.g, p.mem("grad"), m)
			return
		case "u":
			body(p, m)
			VADDPS(p.operand("u", p.tmp[0], m), p.y, p.y)
		default:
			body(p, m)
		}
		s.store(p.y, p.mem("y"), m)
	})
}

// The following operations may take a constant of the table as their first operand:
// AVX-512 broadcasts one number, AVX2 reads its eight copies.

func (p activationPass) table(i int) Mem { return Mem{Base: p.base["theta"], Disp: 32 * i} }

func (p activationPass) spread(i int, v reg.Physical) { VBROADCASTSS(p.table(i), v) }

// horner is v = v·x + a constant.
func (p activationPass) horner(i int, x, v reg.Physical) {
	if p.wide() {
		VFMADD213PS_BCST(p.table(i), x, v)
	} else {
		VFMADD213PS(p.table(i), x, v)
	}
}

// test sets result to the lanes where the predicate holds for x and y.
func (p activationPass) test(predicate uint8, y, x, result reg.Physical) {
	VCMPPS(Imm(uint64(predicate)), y, x, result)
}

// The predicates, named with their result for NaN.
const (
	lessOrEqualFalse = 0x12 // LE_OQ
	greaterTrue      = 0x16 // NLE_UQ
	notGreaterTrue   = 0x1a // NGT_UQ
	isNaN            = 0x03 // UNORD_Q
)

// keep clears v where a comparison failed.
func (p activationPass) keep(result, v reg.Physical) {
	if p.wide() {
		VMOVAPS_Z(v, result, v)
	} else {
		VANDPS(result, v, v)
	}
}

// put sets v to x where a comparison holds.
func (p activationPass) put(result, x, v reg.Physical) {
	if p.wide() {
		VMOVAPS(x, result, v)
	} else {
		VBLENDVPS(result, x, v, v)
	}
}

// Limit: max(y, low). In Go's order of operands, VMAXPS and VMINPS return the first one if
// either is NaN.
func (p activationPass) startLimit() { p.spread(0, p.constant[0]) }

func (p activationPass) limit(*mask) { VMAXPS(p.y, p.constant[0], p.y) }

// PReLU.
func (p activationPass) startZero() { p.zero(p.constant[0]) }

func (p activationPass) prelu(m *mask) {
	p.test(lessOrEqualFalse, p.constant[0], p.y, p.compare)
	VMULPS(p.operand("theta", p.theta, m), p.y, p.tmp[0])
	p.put(p.compare, p.tmp[0], p.y)
}

func (p activationPass) preluSlope(m *mask) {
	p.test(lessOrEqualFalse, p.constant[0], p.y, p.compare)
	VMULPS(p.operand("theta", p.theta, m), p.g, p.tmp[0])
	p.put(p.compare, p.tmp[0], p.g)
}

func (p activationPass) preluTheta(*mask) {
	VMINPS(p.y, p.constant[0], p.y)
	VMULPS(p.y, p.g, p.g)
}

// Hat: rising while y ≤ θ − y.
func (p activationPass) hat(m *mask) {
	p.get("theta", p.theta, m)
	VSUBPS(p.y, p.theta, p.tmp[0])
	VMINPS(p.tmp[0], p.y, p.y) // NaN also for a NaN in θ
	VMAXPS(p.y, p.constant[0], p.y)
}

func (p activationPass) hatSlope(m *mask) {
	p.test(greaterTrue, p.constant[0], p.y, p.compare)
	p.keep(p.compare, p.g)
	VMOVAPS(p.g, p.tmp[1])
	p.hatFalls(p.tmp[1], m)
	p.test(notGreaterTrue, p.theta, p.y, p.compare)
	p.keep(p.compare, p.g)
	VSUBPS(p.tmp[1], p.g, p.g) // −g where the hat falls
	VSUBPS(p.tmp[1], p.g, p.g)
}

func (p activationPass) hatTheta(m *mask) { p.hatFalls(p.g, m) }

// hatFalls clears v except where the hat falls, θ − y < y ≤ θ.
func (p activationPass) hatFalls(v reg.Physical, m *mask) {
	p.get("theta", p.theta, m)
	VSUBPS(p.y, p.theta, p.tmp[0])
	p.test(greaterTrue, p.tmp[0], p.y, p.compare)
	p.keep(p.compare, v)
	p.test(notGreaterTrue, p.theta, p.y, p.other)
	p.keep(p.other, v)
}

// GELU: h = ½ + t·P(w). The even and the odd powers of P are summed separately, which
// shortens the chain of dependent steps.
func (p activationPass) startGELU() {
	for i, v := range p.constant {
		p.spread(i, v)
	}
}

func (p activationPass) gelu(*mask) {
	VMAXPS(p.y, p.constant[0], p.y)
	VMULPS(p.geluHalf(), p.y, p.y)
}

func (p activationPass) geluSlope(*mask) {
	VMAXPS(p.y, p.constant[0], p.y)
	VMULPS(p.geluHalf(), p.g, p.g)
}

func (p activationPass) geluHalf() reg.Physical {
	t, w, s, even, odd := p.tmp[0], p.tmp[1], p.tmp[2], p.tmp[3], p.tmp[4]
	VMINPS(p.y, p.constant[1], t)
	VMULPS(t, t, w)
	p.horner(3, p.constant[2], w)
	VMULPS(w, w, s)
	p.spread(5, even)
	p.spread(13, odd)
	for i := range 6 {
		p.horner(6+i, s, even)
		p.horner(14+i, s, odd)
	}
	p.horner(12, s, even)
	VFMADD231PS(w, odd, even)
	p.horner(4, t, even)
	return even
}

// Sigmoid: h = ½ + t·P(t²)/Q(t²).
func (p activationPass) startSigmoid() { p.startGELU() }

func (p activationPass) sigmoid(*mask) {
	p.sigmoidLess(p.y)
	VADDPS(p.constant[2], p.y, p.y)
}

func (p activationPass) sigmoidSlope(*mask) {
	s := p.tmp[3]
	p.sigmoidLess(s)
	VADDPS(p.constant[2], s, s)
	VMOVAPS(s, p.tmp[0])
	VFNMADD231PS(s, s, p.tmp[0]) // s − s²
	VMULPS(p.tmp[0], p.g, p.g)
}

// Tanh: 2(h − ½) at 2y.
func (p activationPass) tanh(*mask) {
	VADDPS(p.y, p.y, p.y)
	p.sigmoidLess(p.y)
	VADDPS(p.y, p.y, p.y)
}

func (p activationPass) tanhSlope(m *mask) {
	p.tanh(m)
	VMULPS(p.y, p.y, p.y)
	VFNMADD231PS(p.y, p.g, p.g) // g − g·tanh²
}

// sigmoidLess is h − ½.
func (p activationPass) sigmoidLess(result reg.Physical) {
	t, u, above, below := p.tmp[0], p.tmp[1], p.tmp[2], p.tmp[4]
	VMAXPS(p.y, p.constant[0], t)
	VMINPS(t, p.constant[1], t)
	VMULPS(t, t, u)
	p.spread(3, above)
	p.spread(7, below)
	for i := range 3 {
		p.horner(4+i, u, above)
		p.horner(8+i, u, below)
	}
	p.horner(11, u, below)
	VMULPS(t, above, above)
	VDIVPS(below, above, result)
}

// Heaviside.
func (p activationPass) startHeaviside() {
	p.zero(p.constant[0])
	p.spread(0, p.constant[1])
}

func (p activationPass) heaviside(*mask) {
	p.test(greaterTrue, p.constant[0], p.y, p.compare)
	p.test(isNaN, p.y, p.y, p.other)
	VMOVAPS(p.constant[1], p.tmp[0])
	p.put(p.other, p.y, p.tmp[0])
	VMOVAPS(p.tmp[0], p.y)
	p.keep(p.compare, p.y)
}
