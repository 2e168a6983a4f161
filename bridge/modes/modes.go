// Package modes looks at one cycle as a whole. On a small grid the error propagation
//
//	e ← E e,   E = I − M A,
//
// with the cycle's approximation M of A⁻¹, is a dense matrix: its eigenvalues are the
// factors by which errors shrink in the long run, its largest one the convergence factor;
// in the basis of sine waves it shows which waves a cycle damps, and what it makes of them.
//
// The columns of E are cycles of the numeric solver, each from an error of one vertex, so
// that they are those of a solve, for classical and learned methods alike.
package modes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/cmplx"
	"slices"

	"gonum.org/v1/gonum/mat"

	"mgtool/multigrid"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// MostUnknowns bounds the grid: the eigenvalues of a matrix of this order take seconds.
const MostUnknowns = 1024

// Propagation is the error propagation of one cycle.
type Propagation struct {
	Grid pde.Grid
	// E has a row and a column for each unknown, x fastest.
	E *mat.Dense
}

// New does a cycle of the settings for each unknown of a, which is on a grid with a
// Dirichlet side. A full cycle counts as the cycle without nested iteration, and a Krylov
// method around it is left out. Mixed precision, which does several cycles for one, and a cycle that
// is not linear are errors. progress, if not nil, is called with the columns done so far.
func New(ctx context.Context, a stencil.Operator, s multigrid.Settings, progress func(done, all int)) (*Propagation, error) {
	grid, to := a.Grids()
	switch {
	case grid != to || grid.Dim() == 0:
		return nil, fmt.Errorf("modes: %v; want an operator on one grid", a)
	case grid.Unknowns() > MostUnknowns:
		return nil, fmt.Errorf("modes: %d unknowns on %v; want at most %d, as on 32×32 or 10×10×10 cells", grid.Unknowns(), grid, MostUnknowns)
	case grid.Closed():
		return nil, errors.New("modes: no side has given values, so that E keeps the constants; want a Dirichlet side")
	case s.Precision != multigrid.Double:
		return nil, errors.New("modes: mixed precision, which does several cycles for one; want double")
	case multigrid.Minimises(s.Smoother):
		return nil, errors.New("modes: a smoother that minimises the residual, so that the cycle is no matrix; want one that is linear")
	}
	s.Cycle.Full = false
	s.Krylov, s.RelTol, s.AbsTol, s.BackwardTol, s.MaxCycles = multigrid.None, 0, 0, 0, 1
	s.Baseline, s.Norm, s.Recorder, s.Watch = multigrid.Absolute, multigrid.Norm2, nil, nil
	solver, err := multigrid.NewSolver(a, s)
	if err != nil {
		return nil, err
	}
	if solver.Levels() == 1 {
		return nil, fmt.Errorf("modes: %v has so few unknowns, %d, that it is solved directly; want a finer grid", grid, grid.Unknowns())
	}
	n := grid.Unknowns()
	p := &Propagation{grid, mat.NewDense(n, n, nil)}
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	lo, hi := grid.Inside(0)
	width := hi - lo
	for column := range n {
		j, k := grid.RowAt(column / width)
		u.Zero()
		u.Set(lo+column%width, j, k, 1)
		// A cycle that ends as diverged is a cycle too.
		res, err := solver.Solve(ctx, u, g)
		if res.Cycles != 1 {
			if err == nil {
				err = res.Status.Err()
			}
			return nil, fmt.Errorf("modes: the cycle from an error at unknown %d: %w", column, err)
		}
		for row, v := range u.Interior() {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("modes: the cycle from an error at unknown %d gives %g; want finite numbers", column, v)
			}
			p.E.Set(row, column, v)
		}
		if progress != nil {
			progress(column+1, n)
		}
	}
	return p, nil
}

// Eigenvalues are those of E, the largest modulus first.
func (p *Propagation) Eigenvalues() ([]complex128, error) {
	var e mat.Eigen
	if !e.Factorize(p.E, mat.EigenNone) {
		return nil, errors.New("modes: the eigenvalues of E did not converge")
	}
	list := e.Values(nil)
	slices.SortFunc(list, func(a, b complex128) int {
		return cmp.Or(cmp.Compare(cmplx.Abs(b), cmplx.Abs(a)), cmp.Compare(real(b), real(a)), cmp.Compare(imag(b), imag(a)))
	})
	return list, nil
}

// Mean is the factor by which a cycle multiplies the size of a random error, in the root mean
// square over all errors: ‖E‖_F/√n.
func (p *Propagation) Mean() float64 {
	n, _ := p.E.Dims()
	return mat.Norm(p.E, 2) / math.Sqrt(float64(n)) // of Frobenius
}

// Modes are E in the orthonormal basis of the sine waves Π sin(π k_d x_d), k_d = 1 … N_d−1,
// x fastest.
type Modes struct {
	Grid pde.Grid
	// Amplification is ‖E v_k‖ of each wave v_k: what a cycle leaves of it, also as other waves.
	Amplification []float64
	// Remains is the root mean square of the share of wave k in E e over random errors e, in
	// which all waves have the share 1: the spectrum of the error after a cycle.
	Remains []float64
}

// Modes is for grids of vertices with Dirichlet sides alone.
func (p *Propagation) Modes() (*Modes, error) {
	g := p.Grid
	if g.Cells {
		return nil, errors.New("modes: unknowns in cells; want vertices")
	}
	for d := range g.Dim() {
		if g.Sides[d] != [2]pde.Boundary{} {
			return nil, fmt.Errorf("modes: axis %d has a side that is not Dirichlet; want sides of given values", d)
		}
	}
	n := g.Unknowns()
	sine := mat.NewDense(n, n, nil)
	for row := range n {
		x := indices(g, row)
		for column := range n {
			k, v := indices(g, column), 1.0
			for d := range g.Dim() {
				v *= math.Sqrt(2/float64(g.N[d])) * math.Sin(math.Pi*float64(k[d]*x[d])/float64(g.N[d]))
			}
			sine.Set(row, column, v)
		}
	}
	var half, e mat.Dense
	half.Mul(p.E, sine)
	e.Mul(sine.T(), &half)
	m := &Modes{g, make([]float64, n), make([]float64, n)}
	for k := range n {
		for l := range n {
			v := e.At(k, l)
			m.Amplification[l] += v * v
			m.Remains[k] += v * v
		}
	}
	for k := range n {
		m.Amplification[k], m.Remains[k] = math.Sqrt(m.Amplification[k]), math.Sqrt(m.Remains[k])
	}
	return m, nil
}

// Wave is the wave numbers k of entry i; those along axes that the grid does not have are 1.
func (m *Modes) Wave(i int) [3]int { return indices(m.Grid, i) }

// indices are those of unknown i along the axes, from 1.
func indices(g pde.Grid, i int) (x [3]int) {
	for d := range x {
		n := g.Inner(d)
		x[d] = 1 + i%n
		i /= n
	}
	return x
}
