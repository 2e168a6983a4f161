package graphs

// (L + s I) u = g.

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"mgtool/internal/parallel"
	"mgtool/multigrid/aggregation"
	"mgtool/multigrid/krylov"
	"mgtool/pde"
)

// Settings say how [Solve] works. The zero value is a solve of the Laplacian itself to 1e-8.
type Settings struct {
	Shift float64 // s, 0 or more
	// Method is "aggregation" (or ""): conjugate gradients around a cycle over aggregates;
	// "jacobi": around the diagonal; or "direct": by elimination, see [mat.BandCholesky].
	Method        string
	RelTol        float64 // ‖r‖₂ over ‖g‖₂ at which a solve ends, and has converged; 0 is 1e-8
	MaxIterations int     // not of a direct solve; 0 is 1000
	// Report, if not nil, is called after each iteration with the relative residual. The
	// solve ends when it returns true.
	Report func(iteration int, residual float64) (stop bool)
}

// Methods are the known ones.
var Methods = []string{"aggregation", "jacobi", "direct"}

// Solution is the result of [Solve].
type Solution struct {
	U         []float64
	Residuals []float64 // relative, from the start; of a direct solve those before and after
	Levels    int       // of the hierarchy; 1 without one
	Band      int       // of a direct solve: the half width of the band
	Converged bool
	SetupS    float64 // seconds
	SolveS    float64
}

// Solve solves (L + s I) u = g. With s = 0 the matrix is singular: the mean of g over each
// connected component is taken out, and u has the mean 0 on each.
func Solve(graph *Graph, g []float64, s Settings) (*Solution, error) {
	if len(g) != graph.Nodes() {
		return nil, fmt.Errorf("graphs: %d values for %d nodes; want one each", len(g), graph.Nodes())
	}
	s.Method, s.RelTol, s.MaxIterations = cmp.Or(s.Method, "aggregation"), cmp.Or(s.RelTol, 1e-8), cmp.Or(s.MaxIterations, 1000)
	if !slices.Contains(Methods, s.Method) {
		return nil, fmt.Errorf("graphs: method %q; known: %v", s.Method, Methods)
	}
	if !(s.RelTol > 0 && s.RelTol < 1) || s.MaxIterations < 1 {
		return nil, fmt.Errorf("graphs: relative tolerance %g and %d iterations; want between 0 and 1, and 1 or more", s.RelTol, s.MaxIterations)
	}
	for i, v := range g {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("graphs: %g at node %d of the right side; want finite numbers", v, i)
		}
	}
	begin := time.Now()
	a, err := graph.Laplacian(s.Shift)
	if err != nil {
		return nil, err
	}
	p := &problem{a: a, singular: s.Shift == 0}
	if p.singular {
		p.component, p.components = graph.Components()
		g = slices.Clone(g)
		p.takeMeans(g)
	}
	solution := &Solution{Levels: 1}
	switch {
	case floatsAreZero(g):
		solution.U, solution.Residuals, solution.Converged = make([]float64, len(g)), []float64{0}, true
		return solution, nil
	case s.Method == "direct":
		err = p.direct(graph, g, s.RelTol, solution, begin)
	default:
		err = p.iterate(g, s, solution, begin)
	}
	if err != nil {
		return nil, fmt.Errorf("graphs: %s: %w", graph.Name, err)
	}
	if p.singular {
		p.takeMeans(solution.U)
	}
	return solution, nil
}

func floatsAreZero(x []float64) bool {
	return !slices.ContainsFunc(x, func(v float64) bool { return v != 0 })
}

// problem is a matrix with, if it is singular, the component of each node.
type problem struct {
	a          *aggregation.Matrix
	singular   bool
	component  []int32
	components int
	levels     *aggregation.Hierarchy
	over       []float64 // 1/diagonal, without levels
}

// takeMeans subtracts the mean over each component.
func (p *problem) takeMeans(x []float64) {
	sums, counts := make([]float64, p.components), make([]float64, p.components)
	for i, c := range p.component {
		sums[c] += x[i]
		counts[c]++
	}
	for i, c := range p.component {
		x[i] -= sums[c] / counts[c]
	}
}

// values are the unknowns of a field on the grid of a solve, a line with a node each.
func values(f *pde.Field[float64]) []float64 {
	lo, hi := f.Grid.Inside(0)
	return f.Row(0, 0)[lo:hi]
}

// Residual implements [krylov.Operator].
func (p *problem) Residual(r, u, g *pde.Field[float64]) error {
	p.residual(values(r), values(u), values(g))
	return nil
}

// residual sets r = g − A u.
func (p *problem) residual(r, u, g []float64) {
	a := p.a
	const grain = 2048 // rows worth a core
	parallel.For(len(r), grain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			sum := g[i] - a.Diagonal[i]*u[i]
			columns := a.Column[a.Start[i]:a.Start[i+1]]
			value := a.Value[a.Start[i]:a.Start[i+1]][:len(columns)]
			for t, c := range columns {
				sum -= value[t] * u[c]
			}
			r[i] = sum
		}
	})
}

// Precondition implements [krylov.Preconditioner].
func (p *problem) Precondition(z, r *pde.Field[float64]) error {
	if p.levels != nil {
		p.levels.Apply(values(z), values(r))
		return nil
	}
	z0, r0 := values(z), values(r)
	for i, d := range p.over {
		z0[i] = d * r0[i]
	}
	return nil
}

// iterate solves by conjugate gradients.
func (p *problem) iterate(g []float64, s Settings, solution *Solution, begin time.Time) (err error) {
	if s.Method == "aggregation" {
		if p.levels, err = aggregation.New(p.a); err != nil {
			return err
		}
		solution.Levels = p.levels.Levels()
	} else {
		for _, d := range p.a.Diagonal {
			p.over = append(p.over, 1/d)
		}
	}
	grid, err := pde.NewGrid([]int{len(g) + 1}, []float64{1})
	if err != nil {
		return err
	}
	u, data := pde.NewField[float64](grid), pde.NewField[float64](grid)
	copy(values(data), g)
	norm := 0.0
	for _, v := range g {
		norm = math.Hypot(norm, v)
	}
	solution.Residuals = []float64{1}
	k, err := krylov.New(p, p, grid, krylov.Settings{Method: krylov.CG, Singular: p.singular && p.components == 1, Monitor: func(r, _ float64) bool {
		relative := r / norm
		solution.Residuals = append(solution.Residuals, relative)
		solution.Converged = relative <= s.RelTol
		stop := s.Report != nil && s.Report(len(solution.Residuals)-1, relative)
		return stop || solution.Converged || len(solution.Residuals) > s.MaxIterations
	}})
	if err != nil {
		return err
	}
	solution.SetupS = time.Since(begin).Seconds()
	begin = time.Now()
	err = k.Solve(u, data)
	solution.SolveS = time.Since(begin).Seconds()
	solution.U = values(u)
	return err
}
