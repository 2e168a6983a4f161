package multigrid

// Krylov methods around a cycle.

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mgtool/internal/memory"
	"mgtool/multigrid/cycle"
	"mgtool/multigrid/krylov"
	"mgtool/pde"
)

// Krylov says whether a cycle is a solver of its own or the preconditioner of a Krylov
// method.
type Krylov int

const (
	// None: cycles alone.
	None Krylov = iota
	// CG is conjugate gradients, for symmetric definite A. The cycle is made symmetric: V or
	// W, with as many steps before as after the coarse correction, which then go in reverse
	// order. It may be unsymmetric by little, as where R is not a multiple of the transpose of P.
	CG
	// FGMRES is flexible GMRES, restarted, for any A and any cycle.
	FGMRES
	// BiCGStab is for any A and any cycle, with two cycles an iteration, in less memory.
	BiCGStab
	// Auto: cycles alone, and if these stall, CG where A is symmetric and the cycle can be,
	// else FGMRES, or BiCGStab where that does not fit into memory.
	Auto
)

var krylovs = [...]string{None: "none", CG: "cg", FGMRES: "fgmres", BiCGStab: "bicgstab", Auto: "auto"}

// ParseKrylov finds a Krylov method by its name: none, cg, fgmres, bicgstab or auto.
func ParseKrylov(name string) (Krylov, error) {
	k := slices.Index(krylovs[:], name)
	if k < 0 {
		return None, fmt.Errorf("multigrid: Krylov method %q; want none, cg, fgmres, bicgstab or auto", name)
	}
	return Krylov(k), nil
}

// String is the name that [ParseKrylov] reads.
func (k Krylov) String() string {
	if k < None || k > Auto {
		return fmt.Sprintf("Krylov(%d)", int(k))
	}
	return krylovs[k]
}

// named reports a method that is asked for by its name.
func (k Krylov) named() bool { return k != None && k != Auto }

// method is the one of package krylov.
func (k Krylov) method() krylov.Method {
	switch k {
	case FGMRES:
		return krylov.FGMRES
	case BiCGStab:
		return krylov.BiCGStab
	}
	return krylov.CG
}

// symmetric reports why a cycle cannot be made a symmetric map, or nil.
func symmetric(c cycle.Cycle) error {
	switch {
	case c.F:
		return errors.New("multigrid: an F-cycle in conjugate gradients; want V or W, which can be symmetric, or FGMRES")
	case !slices.Equal(c.Pre, c.Post):
		return fmt.Errorf("multigrid: %v smoothing steps before and %v after the coarse correction in conjugate gradients; want the same, or FGMRES", c.Pre, c.Post)
	}
	return nil
}

// halfCells are the weights in which the operator of a grid with Neumann sides on vertices
// is symmetric: ½ for each such side, of which a vertex has half a cell; and the widths
// of the cells around the vertices where these differ.
func halfCells(g pde.Grid) (w [3][]float64) {
	for d := range g.Dim() {
		low, high := g.Sides[d][0] == pde.Neumann && !g.Cells, g.Sides[d][1] == pde.Neumann && !g.Cells
		stretched := g.Stretch != nil && len(g.Stretch[d]) > 0
		if !low && !high && !stretched {
			continue
		}
		w[d] = make([]float64, g.Inner(d))
		for i := range w[d] {
			w[d][i] = 1
			if stretched && g.Cells {
				w[d][i] = (g.Stretch[d][i+1] - g.Stretch[d][i]) / g.H[d]
			} else if stretched {
				w[d][i] = (g.Coordinate(d, i+2) - g.Coordinate(d, i)) / (2 * g.H[d])
			}
		}
		if low {
			w[d][0] /= 2
		}
		if high {
			w[d][len(w[d])-1] /= 2
		}
	}
	return w
}

// accelerator is a Krylov method with its fields.
type accelerator struct {
	kind   Krylov
	solver *krylov.Solver
	err    error // of its set-up: A is not symmetric
	watch  func(r, u float64) (stop bool)
}

// accelerator makes the fields of a Krylov method, or has them from an earlier solve.
func (s *Solver) accelerator(kind Krylov) *accelerator {
	if s.krylov != nil && s.krylov.kind == kind {
		return s.krylov
	}
	a := &accelerator{kind: kind}
	settings := krylov.Settings{
		Method: kind.method(), Weights: s.linear.weights(), Singular: s.linear.singular(),
		Monitor: func(r, u float64) bool { return a.watch(r, u) },
	}
	a.solver, a.err = krylov.New(s.linear, s.linear, s.linear.grid(), settings)
	if errors.Is(a.err, krylov.ErrNotSymmetric) { // or its rows are integrals over the cells, which need no weights
		settings.Weights = [3][]float64{}
		a.solver, a.err = krylov.New(s.linear, s.linear, s.linear.grid(), settings)
	}
	s.krylov = a
	return a
}

// accelerate goes on with a Krylov method.
func (s *Solver) accelerate(ctx context.Context, t *tracker) {
	if s.settings.Krylov == Auto {
		t.res.StalledAt = t.res.Cycles
	}
	r2, _ := s.linear.norms()
	r, u := s.norms()
	at, _ := s.linear.bound()
	t.beginKrylov(r, r2, u, norm(at))
	for _, kind := range s.kinds() {
		if kind != s.settings.Krylov && s.krylov == nil { // memory that the set-up did not count
			need := int64(krylov.Settings{Method: kind.method()}.Fields()) * pde.FieldBytes[float64](s.linear.grid())
			if need > small && memory.Check("a Krylov method", need) != nil {
				continue
			}
		}
		t.res.Status, t.krylov.from = Running, len(t.res.Residuals)-1
		c := s.settings.Cycle
		c.Full = false
		s.linear.begin(c, kind == CG)
		s.iterate(ctx, t, s.accelerator(kind))
		switch t.res.Status {
		case NotSymmetric, Indefinite, IndefiniteCycle, Breakdown:
			continue // with the next, if there is one
		}
		break
	}
	if t.res.Status == Running { // none fits into memory
		t.res.Status = Stagnated
	}
}

// kinds are the methods to try, in this order.
func (s *Solver) kinds() []Krylov {
	switch {
	case s.settings.Krylov != Auto:
		return []Krylov{s.settings.Krylov}
	case Minimises(s.settings.Smoother):
		return []Krylov{FGMRES}
	case symmetric(s.settings.Cycle) == nil && s.linear.adjoint() == nil:
		return []Krylov{CG, FGMRES, BiCGStab}
	}
	return []Krylov{FGMRES, BiCGStab}
}

// iterate runs a Krylov method until the residual, recomputed by its definition, is what
// the method takes it for.
func (s *Solver) iterate(ctx context.Context, t *tracker, a *accelerator) {
	err := a.err
	a.watch = func(r, u float64) bool { return t.iteration(ctx, r, u) }
	for err == nil && t.res.Status == Running {
		u, g := s.linear.bound()
		err = a.solver.Solve(u, g)
		if errors.Is(err, errStopped) {
			t.res.Status = Interrupted
			return
		}
		r, uu := s.norms()
		t.verify(r, uu, norm(u))
	}
	if err != nil && t.res.Status == Running {
		t.res.Status = statusOf(err)
	}
}

// statusOf is what an error of a Krylov method means for the solve.
func statusOf(err error) Status {
	for status, known := range map[Status]error{
		NotSymmetric: krylov.ErrNotSymmetric, Indefinite: krylov.ErrIndefinite,
		IndefiniteCycle: krylov.ErrIndefinitePreconditioner, NotFinite: krylov.ErrNotFinite,
	} {
		if errors.Is(err, known) {
			return status
		}
	}
	return Breakdown
}
