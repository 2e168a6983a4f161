// Package krylov solves A u = g by Krylov subspace methods with a preconditioner M ≈ A⁻¹,
// usually one cycle of multigrid:
//
//	CG         conjugate gradients, for A and M symmetric and definite
//	FGMRES     restarted generalised minimal residuals, for any A, and M that may change
//	BiCGStab   stabilised biconjugate gradients, for any A in the memory of a few fields
//
// A method needs no more of A than its residuals and no more of M than its application,
// so it works with any discretisation. Sums are added in an order that does not depend on
// the number of threads.
//
// Sources: Saad, Iterative Methods for Sparse Linear Systems, 2nd ed., 2003, algorithms
// 9.1, 9.6 and 7.7; Notay, SIAM J. Sci. Comput. 22, 2000, for CG with a preconditioner that
// is symmetric but for rounding.
package krylov

import (
	"errors"
	"fmt"
	"math"

	"mgtool/pde"
)

// Operator is A, as far as a method needs it: r = g − A u at the unknowns. The ghosts of
// r stay as they are, those of u on periodic sides are images when it is called.
// [mgtool/pde/stencil.Operator] is one.
type Operator interface {
	Residual(r, u, g *pde.Field[float64]) error
}

// Advancer is an Operator that finds the next direction of conjugate gradients and its
// product with A in one walk over memory.
type Advancer interface {
	Operator
	// Advance sets p = z + beta p and q = −A p and returns ⟨p, q⟩ without weights; zero is
	// a field of zeros. If ok is false it has done nothing.
	Advance(q, p, z, zero *pde.Field[float64], beta float64) (pq float64, ok bool, err error)
}

// Preconditioner is M: z = M r at the unknowns, for an approximate inverse M of A. The
// ghosts of z and r on Dirichlet sides are 0. A solve calls it with a few pairs of fields
// again and again.
type Preconditioner interface {
	Precondition(z, r *pde.Field[float64]) error
}

// Method is a Krylov method.
type Method int

// The methods.
const (
	CG Method = iota
	FGMRES
	BiCGStab
)

func (m Method) String() string {
	if m < CG || m > BiCGStab {
		return fmt.Sprintf("krylov.Method(%d)", int(m))
	}
	return [...]string{"cg", "fgmres", "bicgstab"}[m]
}

// Settings say how a Solver iterates.
type Settings struct {
	Method Method

	// Restart is the number of iterations after which FGMRES forgets its basis; 0 is 20.
	// It keeps twice as many fields.
	Restart int

	// Weights are those of the inner product ⟨x, y⟩ = Σ w x y in which A is symmetric, as
	// CG takes it: w is the product of a weight along each axis, by index from 1 on; an
	// empty list stands for 1. Rows of A for the half cells at Neumann sides are symmetric
	// with the weight ½ there.
	Weights [3][]float64

	// Singular: A maps constants to 0. The data must have the (weighted) mean 0; what
	// rounding adds to it is taken out.
	Singular bool

	// Monitor is called with ‖r‖₂ and ‖u‖₂ after each iteration; the solve ends when it
	// returns true. FGMRES changes u at a restart and at the end only; until then the
	// norm of u is the last one known.
	Monitor func(r, u float64) (stop bool)
}

// Errors of a solve.
var (
	ErrIndefinite               = errors.New("krylov: ⟨p, A p⟩ has changed its sign: A is not definite; want FGMRES or BiCGStab")
	ErrIndefinitePreconditioner = errors.New("krylov: ⟨r, M r⟩ has not the sign of ⟨p, A p⟩: the preconditioner is not definite; want a symmetric cycle, FGMRES or BiCGStab")
	ErrNotSymmetric             = errors.New("krylov: ⟨A x, y⟩ is not ⟨x, A y⟩: A is not symmetric; want FGMRES or BiCGStab")
	ErrBreakdown                = errors.New("krylov: breakdown: no direction that would reduce the residual; want another method or preconditioner")
	ErrNotFinite                = errors.New("krylov: a NaN or an infinity in the iteration")
)

// mostRestart bounds Settings.Restart.
const mostRestart = 1000

// defaultRestart is what Restart 0 means.
const defaultRestart = 20

// Fields is the number of fields that a Solver of these settings allocates at most.
func (s Settings) Fields() int {
	switch s.Method {
	case FGMRES:
		return 2*s.restart() + 2
	case BiCGStab:
		return 7
	}
	return 5
}

func (s Settings) restart() int {
	if s.Restart == 0 {
		return defaultRestart
	}
	return s.Restart
}

// Solver solves with one A and M any number of times; its fields are allocated once.
type Solver struct {
	settings Settings
	a        Operator
	m        Preconditioner
	space    *space

	r, zero *pde.Field[float64]
	more    []*pde.Field[float64] // of the method, made when they are first needed

	scale  float64 // a power of two: r here is the residual times it
	u      float64 // ‖u‖₂, the last that is known
	basis  basis   // of FGMRES
	failed error   // by a or m
}

// New makes a solver for fields on a grid; m nil is M = 1. For CG it tries whether A is
// symmetric, at the cost of two residuals, and returns [ErrNotSymmetric] if not.
func New(a Operator, m Preconditioner, grid pde.Grid, s Settings) (*Solver, error) {
	switch {
	case a == nil:
		return nil, errors.New("krylov: A is nil; want an operator")
	case grid.Dim() == 0:
		return nil, errors.New("krylov: a grid without axes; want 1 to 3")
	case s.Method < CG || s.Method > BiCGStab:
		return nil, fmt.Errorf("krylov: method %d; want CG, FGMRES or BiCGStab", int(s.Method))
	case s.Restart < 0 || s.Restart > mostRestart:
		return nil, fmt.Errorf("krylov: restart after %d iterations; want 1 to %d, or 0 for %d", s.Restart, mostRestart, defaultRestart)
	}
	for d, w := range s.Weights {
		if len(w) != 0 && (d >= grid.Dim() || len(w) != grid.Inner(d)) {
			return nil, fmt.Errorf("krylov: %d weights along axis %d of %v; want one an unknown", len(w), d, grid)
		}
		for i, v := range w {
			if !(v > 0 && v <= math.MaxFloat64) {
				return nil, fmt.Errorf("krylov: weight %g at index %d of axis %d; want more than 0", v, i+1, d)
			}
		}
	}
	k := &Solver{settings: s, a: a, m: m, space: newSpace(grid, s.Weights, s.Method == CG)}
	k.r, k.zero = pde.NewField[float64](grid), pde.NewField[float64](grid)
	if s.Method == CG {
		return k, k.trySymmetry()
	}
	return k, nil
}

// field is the i-th of the method's own.
func (k *Solver) field(i int) *pde.Field[float64] {
	for len(k.more) <= i {
		k.more = append(k.more, pde.NewField[float64](k.r.Grid))
	}
	return k.more[i]
}

// Solve improves u, in place, until Monitor ends it. u brings the values on Dirichlet
// sides and the first guess. The error is one of this package's, or that of A or M. u then
// has the last iterate.
func (k *Solver) Solve(u, g *pde.Field[float64]) error {
	if k.settings.Monitor == nil {
		return errors.New("krylov: no Monitor, which ends a solve")
	}
	if u == nil || g == nil || u == g || u.Grid != k.r.Grid || g.Grid != k.r.Grid {
		return fmt.Errorf("krylov: u and g are not on %v; want two fields on the solver's grid", k.r.Grid)
	}
	k.failed = nil
	for {
		again, err := k.start(u, g)
		if err != nil || !again {
			return err
		}
		switch k.settings.Method {
		case CG:
			return k.cg(u)
		case BiCGStab:
			return k.biCGStab(u)
		}
		if done, err := k.fgmres(u); done || err != nil {
			return err
		}
	}
}

// start sets r to the residual times a power of two that makes its largest value about
// 1, so that no square of it leaves the range of float64; and so does every other number
// that a method needs squares or products of. It returns false if r is 0.
func (k *Solver) start(u, g *pde.Field[float64]) (ok bool, err error) {
	u.FillGhosts()
	if err := k.a.Residual(k.r, u, g); err != nil {
		return false, err
	}
	largest := k.space.largest(k.r)
	switch {
	case largest == 0:
		return false, nil
	case math.IsNaN(largest) || math.IsInf(largest, 0):
		return false, ErrNotFinite
	}
	_, exponent := math.Frexp(largest)
	exponent = max(exponent, -1020) // 2^-exponent is finite
	k.scale = math.Ldexp(1, -exponent)
	k.space.scaled(k.r, k.scale, k.r)
	k.project(k.r)
	if k.u = k.space.norm(u); math.IsNaN(k.u) {
		return false, ErrNotFinite
	}
	return true, nil
}

// apply sets y = −A x.
func (k *Solver) apply(y, x *pde.Field[float64]) bool {
	x.FillGhosts()
	if k.failed == nil {
		k.failed = k.a.Residual(y, x, k.zero)
	}
	return k.failed == nil
}

// advance sets p = z + beta p and q = −A p and returns ⟨p, q⟩.
func (k *Solver) advance(q, p, z *pde.Field[float64], beta float64) (pq float64, ok bool) {
	if a, is := k.a.(Advancer); is && !k.space.weighted() {
		if pq, ok, k.failed = a.Advance(q, p, z, k.zero, beta); ok || k.failed != nil {
			return pq, ok
		}
	}
	k.space.update(p, z, beta)
	if !k.apply(q, p) {
		return 0, false
	}
	return k.space.dot(p, q), true
}

// precondition sets z = M r.
func (k *Solver) precondition(z, r *pde.Field[float64]) bool {
	if k.failed != nil {
		return false
	}
	if k.m == nil {
		k.space.scaled(z, 1, r)
		return true
	}
	k.failed = k.m.Precondition(z, r)
	k.project(z)
	return k.failed == nil
}

// project takes the mean out of x where constants are in the null space.
func (k *Solver) project(x *pde.Field[float64]) {
	if k.settings.Singular {
		k.space.takeMean(x)
	}
}

// ends reports ‖r‖, of the scaled residual, and asks whether to stop.
func (k *Solver) ends(r float64) bool { return k.settings.Monitor(r/k.scale, k.u) }

// trySymmetry compares ⟨A x, y⟩ with ⟨x, A y⟩ for random x and y. Rounding makes some
// 10⁻¹⁶ of the sum of absolute values.
func (k *Solver) trySymmetry() error {
	x, y, ax, ay := k.r, k.field(0), k.field(1), k.field(2)
	x.Randomize(1)
	y.Randomize(2)
	if !k.apply(ax, x) || !k.apply(ay, y) {
		return k.failed
	}
	left, size := k.space.dotAbs(ax, y)
	right, _ := k.space.dotAbs(x, ay)
	if size == 0 || math.IsNaN(left) || math.IsNaN(right) || math.IsInf(size, 0) {
		return nil // the solve says what is wrong
	}
	const rounding = 1e-12
	if math.Abs(left-right) > rounding*size {
		return ErrNotSymmetric
	}
	return nil
}
