package meta

// What an emitted method is worth on operators that its training has not seen.

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Outcome is one solve of A u = 0 from random values on the unit square, to 1e-8 of the first
// residual, by cycles alone.
type Outcome struct {
	Cycles    int // those done; the bound where Converged is false
	Converged bool
	Setup     time.Duration // of the solver, with the network's
	Solve     time.Duration
}

// Measure solves by these settings in at most so many cycles.
func Measure(ctx context.Context, a stencil.Operator, settings func() (multigrid.Settings, error), most int, seed uint64) (o Outcome, err error) {
	start := time.Now()
	s, err := settings()
	if err != nil {
		return o, err
	}
	s.RelTol, s.MaxCycles, s.Baseline, s.Krylov = 1e-8, most, multigrid.First, multigrid.None
	solver, err := multigrid.NewSolver(a, s)
	if err != nil {
		return o, err
	}
	o.Setup = time.Since(start)
	grid, _ := a.Grids()
	u, g := pde.NewField[float64](grid), pde.NewField[float64](grid)
	u.Randomize(seed)
	res, err := solver.Solve(ctx, u, g)
	if ctx.Err() != nil {
		return o, ctx.Err()
	}
	if res == nil {
		return o, err
	}
	o.Cycles, o.Converged, o.Solve = res.Cycles, err == nil && res.Status == multigrid.Converged, res.Time
	if !o.Converged {
		o.Cycles = most
	}
	return o, nil
}

// Contender is a method of a table, made anew for each operator.
type Contender struct {
	Name     string
	Settings func(a stencil.Operator) (multigrid.Settings, error)
}

// Row is what a contender does on all problems of a table.
type Row struct {
	Method   string
	Outcomes []Outcome // by problem
}

// Mean is the mean number of cycles, with the bound where a solve did not converge.
func (r Row) Mean() float64 {
	sum := 0.0
	for _, o := range r.Outcomes {
		sum += float64(o.Cycles)
	}
	return sum / float64(len(r.Outcomes))
}

// Failed is how many problems did not converge.
func (r Row) Failed() (count int) {
	for _, o := range r.Outcomes {
		if !o.Converged {
			count++
		}
	}
	return count
}

// Times are the mean times of the set-up, with what a network takes, and of the solve.
func (r Row) Times() (setup, solve time.Duration) {
	for _, o := range r.Outcomes {
		setup, solve = setup+o.Setup, solve+o.Solve
	}
	n := time.Duration(len(r.Outcomes))
	return setup / n, solve / n
}

// Against is on how many problems r takes fewer cycles than another row, and on how many more.
func (r Row) Against(other Row) (fewer, more int) {
	for i, o := range r.Outcomes {
		switch c := other.Outcomes[i].Cycles; {
		case o.Cycles < c:
			fewer++
		case o.Cycles > c:
			more++
		}
	}
	return fewer, more
}

// mostCycles bounds a solve of a table.
const mostCycles = 1000

// Compare solves problems of n × n cells, by their names in package family, by all contenders. If
// ctx is cancelled the rows are those of the problems that all have solved, with the error of ctx;
// nil without any.
func Compare(ctx context.Context, problems []string, n int, list []Contender, progress func(done, of int)) ([]Row, error) {
	if len(problems) == 0 || len(list) == 0 {
		return nil, errors.New("meta: nothing to compare; want a problem and a method")
	}
	rows := make([]Row, len(list))
	for p, name := range problems {
		a, err := member(name, n)
		if err != nil {
			return nil, err
		}
		for i, c := range list {
			o, err := Measure(ctx, a, func() (multigrid.Settings, error) { return c.Settings(a) }, mostCycles, uint64(p))
			switch {
			case ctx.Err() != nil && p == 0:
				return nil, ctx.Err()
			case ctx.Err() != nil:
				for k := range rows {
					rows[k].Outcomes = rows[k].Outcomes[:p]
				}
				return rows, ctx.Err()
			case err != nil:
				return nil, fmt.Errorf("meta: %s on %s: %w", c.Name, name, err)
			}
			rows[i].Method, rows[i].Outcomes = c.Name, append(rows[i].Outcomes, o)
		}
		if progress != nil {
			progress(p+1, len(problems))
		}
	}
	return rows, nil
}

// UnseenRotated lists members of the family rotated: six ε from 0.56 to 0.0018 and eight θ, of
// which 0° lies along the grid and 45° along its diagonal. A training draws both at random.
func UnseenRotated() (names []string) {
	for _, eps := range []float64{.56, .178, .056, .0178, .0056, .00178} {
		for _, theta := range []float64{0, 10, 20, 30, 45, 65, 100, 155} {
			names = append(names, fmt.Sprintf("rotated(eps=%g,theta=%g)", eps, theta))
		}
	}
	return names
}

// UnseenLogNormal lists so many problems with log-normal coefficients by finite elements: each
// cell for itself with σ = 1, or with σ = 1.5 and a correlation length of a twentieth of the side.
func UnseenLogNormal(count int, correlated bool) (names []string) {
	for k := range count {
		parameters := "sigma=1,length=0"
		if correlated {
			parameters = "sigma=1.5,length=0.05"
		}
		names = append(names, fmt.Sprintf("lognormal-elements(%s,seed=%d)", parameters, 1_000_000_000_000+k)) // beyond the seeds of a training
	}
	return names
}

// UnseenFields lists so many problems of anisotropic diffusion in a direction that turns, with ε from
// 0.3 to 0.01.
func UnseenFields(count int) (names []string) {
	for k := range count {
		eps := [...]float64{.3, .1, .03, .01}[k%4]
		names = append(names, fmt.Sprintf("rotated-field(eps=%g,length=0.25,seed=%d)", eps, 1_000_000_000_000+k))
	}
	return names
}

// UnseenBoards lists so many problems of 16 × 16 squares at random, of which some conduct 10 to
// 10⁴ times as well as the others.
func UnseenBoards(count int) (names []string) {
	for k := range count {
		contrast := [...]float64{10, 100, 1000, 10000}[k%4]
		names = append(names, fmt.Sprintf("checkerboard(cells=16,contrast=%g,seed=%d)", contrast, 1_000_000_000_000+k))
	}
	return names
}

// LevelContenders are a method whose network emits levels, and what it is measured against:
// coloured Gauss–Seidel with one sweep and with two; zebra lines along both axes with black-box
// multigrid; and, if asked for, since it takes long, the best stencils that are the same for all
// operators, trained as the network was, and the network's outputs trained for each operator
// alone. All but lines have Galerkin coarse operators.
func LevelContenders(ctx context.Context, m *method.Method, trained bool, o Options) ([]Contender, error) {
	n := m.Network
	if n == nil || n.Emits != method.EmitsLevels {
		return nil, errors.New("meta: a method without a network that emits levels")
	}
	list := contenders(m, method.Linear)
	if !trained {
		return list, nil
	}
	e, err := Fixed(ctx, Rotated, n.Pre, n.Post, Options{Seed: o.Seed, Progress: o.Progress})
	if err != nil {
		return nil, err
	}
	fixed := &method.Method{Name: "fixed", Dim: 2, Gamma: m.Gamma, Repeat: method.Last, Levels: []method.Level{e.Level(n.Pre)}}
	return append(list,
		Contender{"best fixed stencils", fixed.Settings},
		Contender{"trained for each", func(a stencil.Operator) (s multigrid.Settings, err error) {
			k, _ := a.Kernel()
			one, err := Trained(ctx, k, n, m.Gamma, trainedLevels, Options{Seed: o.Seed})
			if err != nil {
				return s, err
			}
			return one.Settings(a)
		}}), nil
}

// contenders are a method, the same with steps that minimise the residual, Gauss–Seidel with P of
// this name, and lines.
func contenders(m *method.Method, prolongation string) []Contender {
	return append(both("network", m),
		Contender{"red-black GS (1,1)", gaussSeidel(m.Gamma, 1, prolongation).Settings},
		Contender{"red-black GS (2,2)", gaussSeidel(m.Gamma, 2, prolongation).Settings},
		Contender{"lines, black box", func(stencil.Operator) (multigrid.Settings, error) {
			s := multigrid.DefaultSettings()
			s.Cycle.Gamma = m.Gamma
			s.Smoother, s.Coarsening = multigrid.Lines{}, multigrid.BlackBox{}
			return s, nil
		}})
}

// SmootherContenders are a method whose network emits smoothers of every point, and what it is
// measured against: coloured Gauss–Seidel with one sweep and with two, all with P from the rows of A
// and Galerkin operators; zebra lines along both axes with black-box multigrid; and, if draw is not
// nil, the best stencils that are the same for all problems that it draws.
func SmootherContenders(ctx context.Context, m *method.Method, draw Problems, o Options) ([]Contender, error) {
	n := m.Network
	if n == nil || n.Emits != method.EmitsSmoothers {
		return nil, errors.New("meta: a method without a network that emits smoothers")
	}
	list := contenders(m, method.BlackBox)
	if draw == nil {
		return list, nil
	}
	blind, err := FixedSmoothers(ctx, draw, n.Pre, n.Post, o)
	if err != nil {
		return nil, err
	}
	fixed := *m
	fixed.Network = blind
	return append(list, both("best fixed stencils", &fixed)...), nil
}

// both are a method of a network, and the same with steps that minimise the residual.
func both(name string, m *method.Method) []Contender {
	list := []Contender{{name, m.Settings}}
	minimal, n := *m, *m.Network
	if minimal.Network, n.Minimise = &n, true; !m.Network.Minimise && minimal.Validate() == nil {
		list = append(list, Contender{name + ", minimal residual", minimal.Settings})
	}
	return list
}

// InfluenceContenders are a method whose network changes P of black-box multigrid, and the same
// without it.
func InfluenceContenders(m *method.Method) ([]Contender, error) {
	if m.Network == nil || m.Network.Emits != method.EmitsInfluence {
		return nil, errors.New("meta: a method without a network that changes P of black-box multigrid")
	}
	return []Contender{
		{"network", m.Settings},
		{"black box", func(a stencil.Operator) (multigrid.Settings, error) {
			s, err := m.Settings(a)
			s.Coarsening = multigrid.BlackBox{}
			return s, err
		}},
	}, nil
}

// Trained is the method of an operator whose outputs are trained for it alone, level by level:
// see [Each]. It starts from classical ones, from those of a network, and from those that were
// found for the level above.
func Trained(ctx context.Context, kernel stencil.Kernel, n *method.Network, gamma, levels int, o Options) (*method.Method, error) {
	a, ok := method.SymmetricOf(kernel)
	if !ok {
		return nil, fmt.Errorf("meta: a kernel that is not the same turned by 180°; want one that is")
	}
	m := &method.Method{Name: "trained for one operator", Dim: 2, Gamma: gamma, Repeat: method.Last}
	starts := [][]float64{make([]float64, method.LevelOutputs(n.Pre+n.Post)), nil}
	for range levels {
		c, turn := method.Canonical(a)
		starts[1] = n.Parts[method.EmitsLevels].Evaluate(method.Inputs(c))
		e, _ := Each(ctx, c, n.Pre, starts, o)
		e = e.Turned(turn)
		m.Levels = append(m.Levels, e.Level(n.Pre))
		a = method.CoarseOf(a, e.Prolongation())
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// trainedLevels is on how many levels [Trained] trains: those below take what the last one has.
const trainedLevels = 5

// gaussSeidel is coloured Gauss–Seidel so many times before and after the correction, P of this
// name, R = Pᵀ/4 and Galerkin coarse operators.
func gaussSeidel(gamma, steps int, prolongation string) *method.Method {
	var list []method.Step
	for range steps {
		list = append(list, method.Step{Colours: []float64{1}})
	}
	return &method.Method{Name: "Gauss–Seidel", Dim: 2, Gamma: gamma, Repeat: method.Last, Levels: []method.Level{{
		Pre: list, Post: list,
		Restriction: method.Transfer{Name: method.Transpose}, Prolongation: method.Transfer{Name: prolongation}, Coarse: method.Coarse{Name: method.Galerkin},
	}}}
}
