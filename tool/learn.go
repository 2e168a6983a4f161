package tool

// A method learned for an operator, or for several of a family.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"mgtool/bridge"
	"mgtool/bridge/specification"
	"mgtool/bridge/spectrum"
	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde/family"
	"mgtool/pde/stencil"
)

// Learn says for what a method is learned, and how.
type Learn struct {
	// Statement has the operator: Family, Operator, or A, B and C; Dim and N too.
	Statement
	Families []string // instead, several problems that one method is to serve
	Members  int      // of each random family, with successive seeds; 0 is 1

	Specification specification.Specification
	Training      bridge.Training
	// Sizes are the cells a side where the factor is measured besides N; nil is four times N, or
	// twice, where that has at most 2¹⁸ unknowns and the problem can be put there.
	Sizes []int
	Out   string // file of the method, .json
}

// LearnedMethod is a method that was learned, with its factors.
type LearnedMethod struct {
	Method     *method.Method
	Name       string // of the problem
	Problems   int    // that it was trained on
	Parameters int    // learned values; 0 where Fourier analysis finds them
	Factors    []LearnedFactor
	Seconds    float64 // of the training
	Stopped    bool    // the training was cancelled; the method is the best until then
}

// LearnedFactor is the true factor on a grid, of the classical cycle that the learned one is
// made of, and of the learned one; of several problems the largest.
type LearnedFactor struct {
	N             int
	Before, After spectrum.Estimate
}

// mostMembers bounds the members of a family in a batch.
const mostMembers = 256

// LossFourier is a loss beside those of [bridge.Losses]: the factor of the cycle by Fourier
// analysis, on one constant operator, without a grid.
const LossFourier = "fourier"

// DefaultLearn learns smoothers, one before and one after the coarse correction, which all
// levels share, with Galerkin coarse operators.
func DefaultLearn() Learn {
	t := bridge.DefaultTraining()
	t.Rounds, t.Steps, t.Batch = 6, 25, 8
	return Learn{
		Statement: Statement{N: []int{64}},
		Specification: specification.Specification{Share: "levels", Operators: map[string]specification.Switch{
			"A": {From: "galerkin"}, "B": {State: specification.Started, Apart: true, Symmetry: "operator"}, "R": {From: "transpose"},
		}},
		Training: t,
	}
}

// Run learns the method, measures it and writes it. Cancelled, it writes the best method until
// then, if a round of training has made one, and returns the error of ctx with the report.
func (l Learn) Run(ctx context.Context, r Reporter) (*LearnedMethod, error) {
	if err := CheckFile("out", l.Out, ".json"); err != nil {
		return nil, err
	}
	byFourier := l.Training.Loss == LossFourier
	switch {
	case byFourier:
	case !slices.Contains(bridge.Losses, l.Training.Loss):
		return nil, Usagef("--loss %s; want %s or %s", cutTo(l.Training.Loss, 60), strings.Join(bridge.Losses, ", "), LossFourier)
	default:
		if err := l.Training.Validate(); err != nil {
			return nil, Usage(err)
		}
	}
	if len(l.N) != 1 {
		return nil, Usagef("--n %v; want one number, the cells a side", l.N)
	}
	names, err := l.problems()
	if err != nil {
		return nil, err
	}
	problems, err := l.on(names, l.N[0])
	if err != nil {
		return nil, err
	}
	c, err := bridge.New(l.Specification, l.Training.Seed, problems...)
	if err != nil {
		return nil, Usage(err)
	}
	classical, err := bridge.New(allFixed(l.Specification), l.Training.Seed, problems...)
	if err != nil {
		return nil, Usage(err)
	}
	if l.Sizes == nil {
		l.Sizes = l.finer(names[0], problems[0])
	}
	for _, n := range l.Sizes { // before the work
		finer, err := l.on(names[:1], n)
		if err != nil {
			return nil, fmt.Errorf("--sizes %d: %w", n, err)
		}
		if _, err := c.Settings(finer[0]); err != nil {
			return nil, Usagef("--sizes %d: %w", n, err)
		}
	}
	if c.Parameters() == 0 {
		return nil, Usagef("nothing to learn: every operator is fixed, or its symmetry and conditions leave it no choice; want B learned, say")
	}
	report := &LearnedMethod{Name: names[0].title(), Problems: len(problems), Parameters: c.Parameters()}
	begin := time.Now()
	if byFourier {
		report.Method, err = l.byFourier(ctx, problems, r)
		report.Parameters = 0
	} else {
		report.Method, err = l.train(ctx, c, r)
	}
	report.Seconds = time.Since(begin).Seconds()
	report.Stopped = ctx.Err() != nil
	if err != nil && (report.Method == nil || !report.Stopped) {
		return nil, err
	}
	if report.Stopped {
		l.describe(report, names)
		if err := l.write(report.Method); err != nil {
			return report, err
		}
		return report, ctx.Err()
	}
	for _, n := range append([]int{l.N[0]}, l.Sizes...) {
		f := LearnedFactor{N: n}
		r.status("measuring factors on %d cells a side", n)
		for _, one := range []struct {
			m    *method.Method
			into *spectrum.Estimate
		}{{classical.Method(), &f.Before}, {report.Method, &f.After}} {
			if *one.into, err = l.worst(ctx, names, n, one.m.Settings); err != nil {
				return nil, err
			}
		}
		report.Factors = append(report.Factors, f)
	}
	if f := report.Factors[0]; !(f.After.Factor < f.Before.Factor) {
		r.note("nothing is gained on %d cells a side: the factor of what was learned is %.4f, that of the classical cycle %.4f; more --rounds or --steps may help, or another --loss", f.N, f.After.Factor, f.Before.Factor)
	}
	report.Method.About["factor"] = report.Factors[0].After.Factor
	l.describe(report, names)
	return report, l.write(report.Method)
}

// finer is the size where the factor is measured if none is asked for.
func (l Learn) finer(problem learnable, a stencil.Operator) []int {
	const mostUnknowns = 1 << 18
	grid, _ := a.Grids()
	for _, times := range []int{4, 2} {
		n := times * l.N[0]
		if math.Pow(float64(n), float64(grid.Dim())) > mostUnknowns {
			continue
		}
		if _, err := l.on([]learnable{problem}, n); err == nil { // arrays are on one grid alone
			return []int{n}
		}
	}
	return nil
}

// train trains a cycle. If ctx is cancelled the method is the best so far, or nil if no round
// was done, with the context's error.
func (l Learn) train(ctx context.Context, c *bridge.Cycle, r Reporter) (*method.Method, error) {
	round, best := 0, math.Inf(1)
	t := l.Training
	t.Report = func(now, step int, factor float64) {
		r.status("round %d/%d  step %d/%d  mean factor %.4f  best true factor %.4f", now, t.Rounds, step, t.Steps, factor, best)
	}
	t.Measured = func(now int, factor float64) {
		round, best = now, min(best, factor)
		r.status("round %d/%d  true factor %.4f", now, t.Rounds, factor)
	}
	err := c.Train(ctx, t)
	if err != nil && (ctx.Err() == nil || round == 0) {
		return nil, err
	}
	return c.Method(), err
}

// describe says in the method where it comes from.
func (l Learn) describe(report *LearnedMethod, names []learnable) {
	m := report.Method
	if m.About == nil {
		m.About = map[string]any{}
	}
	m.About["problem"], m.About["problems"] = report.Name, report.Problems
	m.About["loss"], m.About["seed"] = l.Training.Loss, l.Training.Seed
	if l.Training.Loss != LossFourier {
		m.About["optimiser"] = l.Training.Optimiser
		m.About["rounds"], m.About["steps"], m.About["batch"], m.About["cycles"] = l.Training.Rounds, l.Training.Steps, l.Training.Batch, l.Training.Cycles
	}
	if len(names) > 1 {
		m.Name += fmt.Sprintf(" for %d problems", len(names))
	} else {
		m.Name += " for " + report.Name
	}
}

func (l Learn) write(m *method.Method) error {
	if l.Out == "" {
		return nil
	}
	if err := m.Write(l.Out); err != nil {
		return fmt.Errorf("--out %s: %w", l.Out, err)
	}
	return nil
}

// learnable is a problem to learn from.
type learnable struct {
	family    family.Problem
	statement *Statement // instead of the family
}

func (p learnable) title() string {
	if p.statement == nil {
		return p.family.Name
	}
	switch s := p.statement; {
	case s.Operator != "":
		return "the operator of " + cutTo(s.Operator, 60)
	case s.A != "" || s.B != "" || s.C != "":
		left, with := "−Δu", ""
		if s.A != "" {
			left, with = "−∇·(a ∇u)", ", a = "+cutTo(s.A, 60)
		}
		if s.B != "" {
			left, with = left+" + b·∇u", with+", b = ("+cutTo(s.B, 60)+")"
		}
		if s.C != "" {
			left, with = left+" + c u", with+", c = "+cutTo(s.C, 60)
		}
		return left + with
	}
	return "−Δ"
}

// problems lists those to learn from.
func (l Learn) problems() (list []learnable, err error) {
	all := l.Families
	if l.Family != "" {
		all = append([]string{l.Family}, all...)
	}
	given := l.Operator != "" || l.A != "" || l.B != "" || l.C != ""
	if len(all) > 0 && given {
		return nil, Usagef("--family with --operator, --a, --b or --c; want one of them")
	}
	members := l.Members
	if members == 0 {
		members = 1
	}
	if members < 1 || members > mostMembers {
		return nil, Usagef("--members %d; want 1 to %d", l.Members, mostMembers)
	}
	if len(all) == 0 {
		if members > 1 {
			return nil, Usagef("--members %d without --family; want the name of a random family", members)
		}
		s := l.Statement
		if s.Problem == "" && s.G == "" {
			s.G = "0"
		}
		return []learnable{{statement: &s}}, nil
	}
	for _, name := range all {
		p, err := family.Parse(name)
		if err != nil {
			return nil, Usagef("--family: %w", err)
		}
		f, err := family.Lookup(p.Family)
		if err != nil {
			return nil, err
		}
		if members > 1 && !f.Random {
			return nil, Usagef("--members %d of %s, which is one problem; want a random family, or --family several times", members, p.Name)
		}
		for k := range members {
			if k > 0 {
				if p, err = f.Problem(p.Params, p.Seed+1); err != nil {
					return nil, Usagef("--family: %w", err)
				}
			}
			list = append(list, learnable{family: p})
		}
	}
	if len(list) > mostMembers {
		return nil, Usagef("%d problems; want at most %d", len(list), mostMembers)
	}
	return list, nil
}

// on makes the operators on n cells a side.
func (l Learn) on(problems []learnable, n int) (list []stencil.Operator, err error) {
	for _, p := range problems {
		s := l.Statement
		if p.statement != nil {
			s = *p.statement
		} else {
			s.Family = p.family.Name
		}
		s.N = []int{n}
		a, err := s.left()
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

// left is the operator on the left side of a statement.
func (s Statement) left() (a stencil.Operator, err error) {
	p, err := s.mean(nil)
	if err != nil {
		return a, err
	}
	if p.operator != nil {
		return *p.operator, nil
	}
	if p.equation.Mask != nil {
		return a, errors.New("a mask has no operator of its own; want one on the whole box")
	}
	system, err := p.discretize()
	if err != nil {
		return a, err
	}
	return system.A, nil
}

// worst is the largest factor of the problems, at most eight of them, on n cells a side.
func (l Learn) worst(ctx context.Context, problems []learnable, n int, settings func(stencil.Operator) (multigrid.Settings, error)) (worst spectrum.Estimate, err error) {
	const most = 8
	for _, p := range problems[:min(most, len(problems))] {
		list, err := l.on([]learnable{p}, n)
		if err != nil {
			return worst, err
		}
		s, err := settings(list[0])
		if err != nil {
			return worst, err
		}
		e, err := spectrum.Factor(ctx, list[0], s, spectrum.Options{Seed: l.Training.Seed})
		if err != nil {
			return worst, err
		}
		if !(e.Factor <= worst.Factor) {
			worst = e
		}
	}
	return worst, nil
}

// allFixed is a specification with every operator as it starts.
func allFixed(s specification.Specification) specification.Specification {
	all := map[string]specification.Switch{}
	for name, w := range s.Operators {
		w.State = specification.Fixed
		all[name] = w
	}
	s.Operators, s.Others = all, specification.Fixed
	return s
}

// CyclesTo is how many cycles of a factor reduce an error by a tolerance; NaN if none do.
func CyclesTo(tolerance, factor float64) float64 {
	if !(factor > 0 && factor < 1) {
		return math.NaN()
	}
	return math.Log(tolerance) / math.Log(factor)
}
