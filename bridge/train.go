package bridge

// How the kernels of a cycle are learned.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/optimize"

	"mgtool/bridge/adam"
	"mgtool/bridge/affine"
	"mgtool/bridge/spectrum"
	"mgtool/pde"
	"mgtool/pde/stencil"
	"mgtool/tensor/graph"
)

// Training says how kernels are learned.
type Training struct {
	// Loss is the log of the mean factor a cycle over k cycles on a batch of unit fields, of
	// gelfand: the error of random starts, ‖M^k u₀‖ as in Gelfand's formula for the spectral
	// radius of M (Katrutsa, Daulbaev, Oseledets, Deep Multigrid, 2017);
	// residual: the residual for random data, from u₀ = 0;
	// supervised: the error for the solutions of random data, from u₀ = 0.
	Loss      string  `json:"loss"`
	Optimiser string  `json:"optimiser"` // lbfgs or adam
	Rate      float64 `json:"rate"`      // of Adam
	Rounds    int     `json:"rounds"`    // of minimisation, each on its own starts
	Steps     int     `json:"steps"`     // of the optimiser in a round
	Batch     int     `json:"batch"`     // fields
	Cycles    int     `json:"cycles"`    // k
	Seed      uint64  `json:"seed"`
	// Report, if not nil, gets the mean factor a cycle after each step.
	Report func(round, step int, factor float64) `json:"-"`
	// Measured, if not nil, gets the true factor after each round, and before the first as
	// that of round 0.
	Measured func(round int, factor float64) `json:"-"`
}

// Losses and optimisers by name.
var (
	Losses     = []string{"gelfand", "residual", "supervised"}
	optimisers = []string{"lbfgs", "adam"}
)

// DefaultTraining suffices for the factors in docs/comparing.md.
func DefaultTraining() Training {
	return Training{Loss: "gelfand", Optimiser: "lbfgs", Rate: .01, Rounds: 4, Steps: 15, Batch: 6, Cycles: 5, Seed: 1}
}

// Validate reports the first invalid value.
func (t Training) Validate() error {
	switch {
	case !slices.Contains(Losses, t.Loss):
		return fmt.Errorf("bridge: loss %q; want %s", t.Loss, strings.Join(Losses, ", "))
	case !slices.Contains(optimisers, t.Optimiser):
		return fmt.Errorf("bridge: optimiser %q; want %s", t.Optimiser, strings.Join(optimisers, " or "))
	case t.Optimiser == "adam" && !(t.Rate > 0 && t.Rate <= 1):
		return fmt.Errorf("bridge: rate %g of Adam; want more than 0, at most 1", t.Rate)
	case t.Rounds < 1 || t.Steps < 1 || t.Batch < 1 || t.Cycles < 1:
		return fmt.Errorf("bridge: %d rounds, %d steps, batch %d, %d cycles; want 1 or more of each", t.Rounds, t.Steps, t.Batch, t.Cycles)
	case t.Cycles > 50 || t.Batch > 1024:
		return fmt.Errorf("bridge: %d cycles and a batch of %d; want at most 50 and 1024", t.Cycles, t.Batch)
	}
	return nil
}

// Train lowers the loss. After each round half of the fields are replaced by what is left of
// them after more cycles: as in a power iteration, these are the errors that the cycle reduces
// least. (Solutions of supervised training are drawn anew instead.) The true factor is measured
// before the first round and after each, on the grid of training and on a finer one, and Train
// ends with the values of the best.
//
// Without learned operators Train does nothing. It ends early, with the error of ctx, if that
// is cancelled; the cycle then has the best values until then.
func (c *Cycle) Train(ctx context.Context, t Training) error {
	if err := t.Validate(); err != nil {
		return err
	}
	if c.Parameters() == 0 {
		return nil
	}
	if t.Batch < len(c.problems) {
		return fmt.Errorf("bridge: a batch of %d for %d operators; want as many or more", t.Batch, len(c.problems))
	}
	best, x := math.Inf(1), c.get()
	var failed error // why a round had no factor
	// keep takes the values of a round if they are better than all before.
	keep := func(round int) error {
		factor, err := c.worst(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil || math.IsNaN(factor) { // a cycle that overflows has no factor
			factor, failed = math.Inf(1), err
		}
		if t.Measured != nil {
			t.Measured(round, factor)
		}
		if factor < best {
			best, x = factor, c.get()
		}
		return nil
	}
	err := keep(0)
	if err != nil {
		return err
	}
	l, err := newLearner(ctx, c, t)
	if err != nil {
		return err
	}
	for round := 1; round <= t.Rounds && err == nil; round++ {
		if round > 1 {
			err = l.renew(round)
		}
		if err == nil {
			err = l.minimise(round)
		}
		if err == nil {
			err = keep(round)
		}
	}
	c.set(x)
	switch {
	case err != nil || !math.IsInf(best, 1):
	case failed != nil:
		err = fmt.Errorf("bridge: no factor before training and after any round: %w", failed)
	default:
		err = errors.New("bridge: the cycle diverges before training and after every round; want another start, such as state \"start\" or a smaller omega")
	}
	return err
}

// worst is the largest true factor over the first few problems, on the grid of training and,
// where the operator can be discretised anew, on a finer one: what is learned for few levels
// may fail on more.
func (c *Cycle) worst(ctx context.Context) (worst float64, err error) {
	const most = 4
	for _, problem := range c.problems[:min(most, len(c.problems))] {
		for _, a := range c.finer(problem) {
			s, err := c.Settings(a)
			if err != nil {
				return 0, err
			}
			e, err := spectrum.Factor(ctx, a, s, spectrum.Options{MaxCycles: 120})
			if err != nil {
				return 0, err
			}
			worst = max(worst, e.Factor)
		}
	}
	return worst, nil
}

// finer lists an operator and the same one on four or two times the cells along each axis,
// where that is known and has at most 2¹⁸ unknowns.
func (c *Cycle) finer(a stencil.Operator) []stencil.Operator {
	for _, times := range []int{4, 2} {
		n, h := slices.Clone(c.grids[0].N[:c.dim]), slices.Clone(c.grids[0].H[:c.dim])
		unknowns := 1
		for d := range n {
			n[d], h[d] = times*n[d], h[d]/float64(times)
			unknowns *= n[d]
		}
		if unknowns > 1<<18 {
			continue
		}
		if g, err := pde.NewGrid(n, h); err == nil {
			if b, err := a.Rediscretize(g); err == nil {
				return []stencil.Operator{a, b}
			}
		}
	}
	return []stencil.Operator{a}
}

// learner evaluates the loss of a cycle and its gradient.
type learner struct {
	c       *Cycle
	t       Training
	ctx     context.Context
	starts  *starts
	program *graph.Program
	last    *graph.Node // what is left after the cycles

	at     []float64 // the values that the program ran with last
	failed error
}

func newLearner(ctx context.Context, c *Cycle, t Training) (*learner, error) {
	s, err := newStarts(ctx, c, t.Batch, t.Seed, t.Loss == "supervised")
	if err != nil {
		return nil, err
	}
	l := &learner{c: c, t: t, ctx: ctx, starts: s}
	l.program, err = graph.Build(func(b *graph.Builder) *graph.Node {
		f := c.fields(0, t.Batch)
		start := b.Input("start", []int{f.N, f.Z, f.Y, f.X}, s.u)
		var u, g, left *graph.Node
		if t.Loss == "residual" {
			g = start
		} else {
			// From u₀ = 0 with data A u* the error is that with g = 0 from −u*.
			u, g = start, b.Input("g", []int{f.N, f.Z, f.Y, f.X}, make([]float32, len(s.u)))
		}
		u, r, err := c.cycles(b, u, g, t.Batch, t.Cycles)
		if err != nil {
			b.Fail(err)
			return nil
		}
		if left = u; t.Loss == "residual" {
			left = r
		}
		l.last = left
		b.Keep(left)
		return b.LogSumSquares(left)
	})
	return l, err
}

// renew replaces half of the fields by what the cycle leaves of all of them after it has run on them
// several times, and draws the rest anew. It is the first half, so that an error is followed over
// all rounds; but where that has not a field of every problem, the halves take turns.
func (l *learner) renew(round int) error {
	kept, first := 0, 0
	if !l.starts.solution {
		kept = (l.t.Batch + 1) / 2
		for range 3 {
			l.at = nil
			if err := l.run(l.c.get()); err != nil {
				return err
			}
			copy(l.starts.u, l.program.Values(l.last))
			for k := range l.t.Batch {
				normalise(l.starts.at(k))
			}
		}
		if slices.ContainsFunc(l.starts.u, func(v float32) bool { return v != v }) {
			kept = 0 // it diverges, or annihilates every error
		}
		if kept < len(l.c.problems) && round%2 == 1 {
			first = l.t.Batch - kept
		}
	}
	for k := range l.t.Batch {
		if k >= first && k < first+kept {
			continue
		}
		if err := l.starts.draw(l.ctx, k); err != nil {
			return err
		}
	}
	l.at = nil
	return nil
}

// run evaluates the graph for values x, unless it just has.
func (l *learner) run(x []float64) error {
	if l.at != nil && slices.Equal(l.at, x) {
		return nil
	}
	l.c.set(x)
	l.at = append(l.at[:0], x...)
	return l.program.Run()
}

// loss is the log of the mean factor a cycle at x; +Inf if the cycle overflows.
func (l *learner) loss(x []float64) float64 {
	if err := l.run(x); err != nil {
		l.failed = err
	}
	// The fields have unit norm, Σ u₀² is their number.
	loss := (float64(l.program.Value()[0]) - math.Log(float64(l.t.Batch))) / float64(2*l.t.Cycles)
	if math.IsNaN(loss) {
		return math.Inf(1) // a line search may try a diverging cycle; it then shortens the step
	}
	return loss
}

// gradient sets that of the loss at x.
func (l *learner) gradient(grad, x []float64) {
	if err := l.run(x); err != nil {
		l.failed = err
	}
	scale := 1 / float64(2*l.t.Cycles)
	for _, v := range l.c.learned() {
		dz := grad[:len(v.z)]
		grad = grad[len(v.z):]
		dk := l.program.Gradient(v.name)
		if dk == nil { // no path to the loss
			clear(dz)
			continue
		}
		clear(dz)
		affine.AddGradient(v.space.Space, dz, dk)
		for k := range dz {
			dz[k] *= scale
		}
	}
}

// status is why a minimisation must end.
func (l *learner) status() error {
	if l.failed == nil {
		l.failed = l.ctx.Err()
	}
	return l.failed
}

func (l *learner) report(round, step int, loss float64) {
	if l.t.Report != nil {
		l.t.Report(round, step, math.Exp(loss))
	}
}

// minimise does one round.
func (l *learner) minimise(round int) error {
	if math.IsInf(l.loss(l.c.get()), 1) && l.status() == nil {
		return fmt.Errorf("bridge: round %d: the cycle overflows after %d cycles; want fewer cycles, or another start", round, l.t.Cycles)
	}
	if l.t.Optimiser == "adam" {
		return l.adam(round)
	}
	res, err := optimize.Minimize(optimize.Problem{
		Func: l.loss, Grad: l.gradient,
		Status: func() (optimize.Status, error) {
			if err := l.status(); err != nil {
				return optimize.Failure, err
			}
			return optimize.NotTerminated, nil
		},
	}, l.c.get(), &optimize.Settings{
		MajorIterations: l.t.Steps, FuncEvaluations: 20 * l.t.Steps, Recorder: recorder{l, round},
	}, &optimize.LBFGS{})
	if l.failed != nil {
		return l.failed
	}
	if res == nil {
		return fmt.Errorf("bridge: learning %v: %w", l.c.Specification.Learned(), err)
	}
	// The line search fails where the loss, a float32, cannot fall further: that ends the
	// round and is no error.
	l.c.set(res.X)
	l.at = nil
	return nil
}

// recorder passes the progress of gonum's optimiser on.
type recorder struct {
	l     *learner
	round int
}

// Init implements optimize.Recorder.
func (r recorder) Init() error { return nil }

// Record implements optimize.Recorder.
func (r recorder) Record(loc *optimize.Location, op optimize.Operation, stats *optimize.Stats) error {
	if op == optimize.MajorIteration {
		r.l.report(r.round, stats.MajorIterations, loc.F)
	}
	return nil
}

// adam does one round of Adam, with a rate that falls to zero as a cosine over all rounds.
func (l *learner) adam(round int) error {
	x := l.c.get()
	grad, optimiser := make([]float64, len(x)), adam.New(len(x))
	for step := 1; step <= l.t.Steps; step++ {
		loss := l.loss(x)
		l.gradient(grad, x)
		if err := l.status(); err != nil {
			return err
		}
		if math.IsInf(loss, 1) {
			return fmt.Errorf("bridge: round %d: the cycle overflows in step %d of Adam; want a rate smaller than %g", round, step, l.t.Rate)
		}
		done := float64((round-1)*l.t.Steps+step-1) / float64(l.t.Rounds*l.t.Steps)
		rate := l.t.Rate * (1 + math.Cos(math.Pi*done)) / 2
		optimiser.Step(x, grad, rate)
		l.report(round, step, loss)
	}
	l.c.set(x)
	return nil
}
