package method

// A network that emits smoothers and P from the kernel of A, level by level.

import (
	"fmt"
	"math"

	"mgtool/pde/stencil"
)

// Symmetric is a kernel of 3×3 points that is the same turned by 180°, by its weights at
//
//	4 2 3
//	1 0 1      (y upwards)
//	3 2 4
type Symmetric [5]float64

// SymmetricOf is the kernel of an operator over its diagonal. ok is false where the kernel is
// none of those, up to rounding.
func SymmetricOf(k stencil.Kernel) (s Symmetric, ok bool) {
	d := k[13]
	for o, c := range k {
		if o < 9 || o > 17 {
			if c != 0 {
				return s, false
			}
			continue
		}
		if math.Abs(c-k[26-o]) > 1e-9*math.Abs(d) {
			return s, false
		}
	}
	return Symmetric{1, k[14] / d, k[16] / d, k[17] / d, k[15] / d}, d != 0 && !math.IsNaN(d)
}

// Kernel has all nine weights.
func (s Symmetric) Kernel() stencil.Kernel {
	return stencil.Plane([3][3]float64{{s[3], s[2], s[4]}, {s[1], s[0], s[1]}, {s[4], s[2], s[3]}})
}

// Turn is a symmetry of the square, its own inverse: axes are exchanged, or one is reflected,
// or both.
type Turn struct{ Exchanged, Reflected bool }

// Apply turns a kernel.
func (t Turn) Apply(s Symmetric) Symmetric {
	if t.Exchanged {
		s[1], s[2] = s[2], s[1]
	}
	if t.Reflected {
		s[3], s[4] = s[4], s[3]
	}
	return s
}

// Canonical turns an operator so that it couples at least as strongly along x as along y, and
// towards (1, 1) as towards (−1, 1). A network sees such operators only, and what it emits is
// Turned back: it treats the eight turns of an operator alike.
func Canonical(a Symmetric) (Symmetric, Turn) {
	t := Turn{Exchanged: a[1] > a[2], Reflected: a[3] > a[4]}
	return t.Apply(a), t
}

// OperatorInputs is the number of inputs of a network that emits levels.
const OperatorInputs = 7

// Inputs are what such a network sees of a canonical operator: its four couplings; and of the
// tensor K of the operator ∇·(K ∇u) that it approximates, 2 K_ij = −Σ_o a_o o_i o_j, the
// logarithm of the ratio of the eigenvalues, and the direction as cos 2θ and sin 2θ.
func Inputs(a Symmetric) []float64 {
	xx, yy, xy := -(a[1] + a[3] + a[4]), -(a[2] + a[3] + a[4]), -(a[3] - a[4])
	mean, half := (xx+yy)/2, math.Hypot((xx-yy)/2, xy)
	x := []float64{a[1], a[2], a[3], a[4], 0, 0, 0}
	if !(mean > 0) {
		return x
	}
	x[4] = math.Log10(max((mean-half)/(mean+half), 1e-6)) / 3
	if half > 1e-12*mean {
		// Direction means nothing where K is nearly the identity: weigh it by 1 − the ratio.
		x[5], x[6] = (xx-yy)/2/mean, xy/mean
	}
	return x
}

// LevelOutputs is how many numbers make a level that smooths with so many stencils: a
// [Symmetric] each, and one for P.
func LevelOutputs(stencils int) int { return 5*stencils + 1 }

// Emitted is a level as a network emits it: the smoothing stencils, in the order of their use,
// and the weight of P along the diagonal (1, 1):
//
//	½−d  ½   d
//	 ½   1   ½
//	 d   ½  ½−d
//
// are all kernels P of this symmetry that are 1 at the centre and keep constants.
type Emitted struct {
	Stencils []Symmetric
	Diagonal float64
}

// EmittedBy is the level of the outputs y for a canonical operator: those of zero are ω-Jacobi,
// ω = 0.8, and bilinear P. A stencil has five outputs, its weights at the centre, along x, along y
// and, half the sum and half the difference of, along the diagonals. Differences of diagonals
// vanish with those of the tensor K, since an operator that is the same reflected wants such a
// level.
func EmittedBy(a Symmetric, y []float64) Emitted {
	slant := Slant(a)
	e := Emitted{Stencils: make([]Symmetric, len(y)/5), Diagonal: .25 + slant*y[len(y)-1]}
	for i := range e.Stencils {
		o := y[5*i:]
		e.Stencils[i] = Symmetric{.8 + o[0], o[1], o[2], o[3] + slant*o[4], o[3] - slant*o[4]}
	}
	return e
}

// Slant is the factor of those outputs that vanish where the tensor K of the operator has no
// direction along the diagonals, in [0, 1).
func Slant(a Symmetric) float64 {
	d := math.Abs(Inputs(a)[6])
	return d / (d + .05)
}

// Turned turns what was emitted for a canonical operator back.
func (e Emitted) Turned(t Turn) Emitted {
	out := Emitted{Stencils: make([]Symmetric, len(e.Stencils)), Diagonal: e.Diagonal}
	for i, s := range e.Stencils {
		out.Stencils[i] = t.Apply(s)
	}
	if t.Reflected {
		out.Diagonal = .5 - e.Diagonal
	}
	return out
}

// Prolongation is the kernel of P.
func (e Emitted) Prolongation() stencil.Kernel {
	return Symmetric{1, .5, .5, e.Diagonal, .5 - e.Diagonal}.Kernel()
}

// Level is what it means in a method: R = Pᵀ/4 and the Galerkin coarse operator.
func (e Emitted) Level(pre int) Level {
	steps := func(list []Symmetric) (steps []Step) {
		for _, s := range list {
			steps = append(steps, Step{Stencil: FromKernel(2, s.Kernel())})
		}
		return steps
	}
	return Level{
		Pre: steps(e.Stencils[:pre]), Post: steps(e.Stencils[pre:]),
		Restriction:  Transfer{Name: Transpose},
		Prolongation: Transfer{Stencil: FromKernel(2, e.Prolongation())},
		Coarse:       Coarse{Name: Galerkin},
	}
}

// CoarseOf is the Galerkin operator of a canonical or any other kernel and P, over its
// diagonal.
func CoarseOf(a Symmetric, p stencil.Kernel) Symmetric {
	// Pᵀ A P as the correlation of three kernels, at the even offsets.
	k := a.Kernel()
	var ap [5][5]float64
	for q, w := range p {
		if w == 0 {
			continue
		}
		at := stencil.Offset(q)
		for o, c := range k {
			if c != 0 {
				to := stencil.Offset(o)
				ap[2+at[1]-to[1]][2+at[0]-to[0]] += c * w
			}
		}
	}
	at := func(x, y int) (sum float64) { // of the coarse offset
		for q, w := range p {
			if w == 0 {
				continue
			}
			o := stencil.Offset(q)
			// P at the fine point 2m + o gives to the row of m.
			if i, j := o[0]-2*x+2, o[1]-2*y+2; i >= 0 && i < 5 && j >= 0 && j < 5 {
				sum += w * ap[j][i]
			}
		}
		return sum
	}
	d := at(0, 0)
	return Symmetric{1, at(1, 0) / d, at(0, 1) / d, at(1, 1) / d, at(-1, 1) / d}
}

// emittedLevels is on how many levels an emitted method has kernels of its own: below, those of
// the last one change little.
const emittedLevels = 10

// Emit is the method, without a network, that the network of m makes for a constant operator
// given by its kernel, of 3×3 points and the same turned by 180°.
func (m *Method) Emit(kernel stencil.Kernel) (*Method, error) {
	n := m.Network
	if n == nil || n.Emits != EmitsLevels {
		return nil, fmt.Errorf("method: %s has no network that emits levels", m.named())
	}
	a, ok := SymmetricOf(kernel)
	if !ok {
		return nil, fmt.Errorf("method: the network of %s emits levels for kernels of 3×3 points that are the same turned by 180°; got another", m.named())
	}
	out := &Method{Name: m.Name, Dim: 2, Gamma: m.Gamma, Repeat: Last, Operator: FromKernel(2, a.Kernel()), About: m.About}
	for range emittedLevels {
		e := n.Level(a)
		level := e.Level(n.Pre)
		if n.Minimise {
			level.Pre, level.Post = minimised(level.Pre), minimised(level.Post)
		}
		out.Levels = append(out.Levels, level)
		a = CoarseOf(a, e.Prolongation())
	}
	return out, nil
}

// minimised is a step that minimises the residual over the stencils of a list, if there are any.
func minimised(list []Step) []Step {
	if len(list) == 0 {
		return nil
	}
	var step Step
	for _, s := range list {
		step.Minimise = append(step.Minimise, s.Stencil)
	}
	return []Step{step}
}

// Level is what the network emits for an operator.
func (n *Network) Level(a Symmetric) Emitted {
	canonical, turn := Canonical(a)
	return EmittedBy(canonical, n.Parts[EmitsLevels].Evaluate(Inputs(canonical))).Turned(turn)
}
