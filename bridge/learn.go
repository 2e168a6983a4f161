package bridge

// How the kernels of a Poisson cycle are learned.

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"gonum.org/v1/gonum/optimize"

	"mgtool/tensor/graph"
)

// Training says how kernels are learned.
type Training struct {
	Rounds int // of minimisation, each on its own starts
	Steps  int // of L-BFGS in a round
	Batch  int // random starts
	Cycles int // cycles whose reduction is the loss
	Seed   uint64
	// Report, if not nil, gets the mean factor a cycle after each step.
	Report func(round, step int, factor float64)
}

// DefaultTraining suffices for the factors in docs/comparing.md.
func DefaultTraining() Training { return Training{Rounds: 4, Steps: 15, Batch: 6, Cycles: 5, Seed: 1} }

func (t Training) validate() error {
	if t.Rounds < 1 || t.Steps < 1 || t.Batch < 1 || t.Cycles < 1 {
		return fmt.Errorf("bridge: %d rounds, %d steps, batch %d, %d cycles; want 1 or more of each", t.Rounds, t.Steps, t.Batch, t.Cycles)
	}
	return nil
}

// Train reduces the error that random starts have after some cycles: the loss is
// the log of the mean factor a cycle, log(Σ u²/Σ u₀²)/2k since the solution is
// zero, minimised by gonum's L-BFGS with the gradient that the graph computes.
// After each round, half of the starts are replaced by what is left of them after
// more cycles: as in a power iteration, these are the errors that the cycle reduces
// least.
//
// Without learned operators Train does nothing. It ends early, with the error of
// ctx, if that is cancelled.
func (p *Poisson) Train(ctx context.Context, t Training) error {
	if err := t.validate(); err != nil {
		return err
	}
	if p.Parameters() == 0 {
		return nil
	}
	l, err := newLearner(ctx, p, t)
	if err != nil {
		return err
	}
	for round := range t.Rounds {
		if round > 0 {
			l.keepSlowest()
		}
		report := func(step int, factor float64) {
			if t.Report != nil {
				t.Report(round+1, step, factor)
			}
		}
		res, err := optimize.Minimize(l.problem(), p.get(), &optimize.Settings{
			MajorIterations: t.Steps, FuncEvaluations: 20 * t.Steps, Recorder: reporter(report),
		}, &optimize.LBFGS{})
		if l.failed != nil {
			return l.failed
		}
		if res == nil {
			return fmt.Errorf("bridge: learning %v: %w", p.Learned, err)
		}
		// The line search fails where the loss, a float32, cannot fall further: that
		// ends the round and is no error.
		p.set(res.X)
		l.at = nil
	}
	return nil
}

// learner evaluates the loss of a cycle and its gradient.
type learner struct {
	p       *Poisson
	t       Training
	ctx     context.Context
	u       []float32 // the starts, (batch, n−1, n−1, 1), each of unit norm
	rng     *rand.Rand
	program *graph.Program
	last    *graph.Node // u after the cycles

	at     []float64 // the values that the program ran with last
	failed error
}

func newLearner(ctx context.Context, p *Poisson, t Training) (*learner, error) {
	side := p.n - 1
	l := &learner{
		p: p, t: t, ctx: ctx, u: make([]float32, t.Batch*side*side),
		rng: rand.New(rand.NewPCG(t.Seed, 0x627269646765)),
	}
	for k := range t.Batch {
		l.randomStart(k)
	}
	var err error
	l.program, err = graph.Build(func(b *graph.Builder) *graph.Node {
		shape := []int{t.Batch, side, side, 1}
		last, err := p.cycles(b, b.Input("u", shape, l.u), b.Input("g", shape, make([]float32, len(l.u))), t.Cycles)
		if err != nil {
			b.Fail(err)
			return nil
		}
		l.last = last
		b.Keep(last)
		return b.LogSumSquares(last)
	})
	return l, err
}

// start is the k-th start.
func (l *learner) start(k int) []float32 {
	size := len(l.u) / l.t.Batch
	return l.u[k*size : (k+1)*size]
}

// randomStart fills a start with independent values or, every second one, with a mix
// of the 4 × 4 lowest sine waves: independent values hold little of the waves that
// the coarse grids are for.
func (l *learner) randomStart(k int) {
	n := l.p.n
	var waves [4][4]float64
	for a := range waves {
		for b := range waves[a] {
			waves[a][b] = l.rng.NormFloat64()
		}
	}
	u := l.start(k)
	for i := range u {
		if k%2 == 0 {
			u[i] = float32(l.rng.Float64() - .5)
			continue
		}
		x, y := math.Pi*float64(i%(n-1)+1)/float64(n), math.Pi*float64(i/(n-1)+1)/float64(n)
		var v float64
		for a := range waves {
			for b := range waves[a] {
				v += waves[a][b] * math.Sin(float64(a+1)*x) * math.Sin(float64(b+1)*y)
			}
		}
		u[i] = float32(v)
	}
	normalise(u)
}

// normalise gives u unit norm.
func normalise(u []float32) {
	var sum float64
	for _, v := range u {
		sum += float64(v) * float64(v)
	}
	scale := float32(1 / math.Sqrt(sum))
	for i := range u {
		u[i] *= scale
	}
}

// keepSlowest replaces the first half of the starts by what the cycle leaves of
// all of them after it has run on them several times, and draws the rest anew.
func (l *learner) keepSlowest() {
	for range 3 {
		if err := l.run(l.p.get()); err != nil {
			l.failed = err
			return
		}
		copy(l.u, l.program.Values(l.last))
		for k := range l.t.Batch {
			normalise(l.start(k))
		}
		l.at = nil
	}
	for k := l.t.Batch / 2; k < l.t.Batch; k++ {
		l.randomStart(k)
	}
}

// run evaluates the graph for kernels x, unless it just has.
func (l *learner) run(x []float64) error {
	if l.at != nil && slices.Equal(l.at, x) {
		return nil
	}
	l.p.set(x)
	l.at = append(l.at[:0], x...)
	return l.program.Run()
}

// problem is the minimisation for gonum.
func (l *learner) problem() optimize.Problem {
	scale := 1 / float64(2*l.t.Cycles)
	return optimize.Problem{
		Func: func(x []float64) float64 {
			if err := l.run(x); err != nil {
				l.failed = err
			}
			// The starts have unit norm, Σ u₀² is their number.
			loss := scale * (float64(l.program.Value()[0]) - math.Log(float64(l.t.Batch)))
			if math.IsNaN(loss) {
				return math.Inf(1) // a line search may try a diverging cycle; it then shortens the step
			}
			return loss
		},
		Grad: func(grad, x []float64) {
			if err := l.run(x); err != nil {
				l.failed = err
			}
			for _, q := range l.p.learned() {
				g := l.program.Gradient(q.Name)
				for k := range q.Data {
					grad[k] = 0
					if g != nil { // nil: no path to the loss
						grad[k] = scale * float64(g[k])
					}
				}
				_, op, _ := strings.Cut(q.Name, ".")
				keepConditions(op, grad[:len(q.Data)])
				grad = grad[len(q.Data):]
			}
		},
		Status: func() (optimize.Status, error) {
			if l.failed == nil {
				l.failed = l.ctx.Err()
			}
			if l.failed != nil {
				return optimize.Failure, l.failed
			}
			return optimize.NotTerminated, nil
		},
	}
}

// reporter passes the progress of gonum's optimiser on.
type reporter func(step int, factor float64)

// Init implements optimize.Recorder.
func (r reporter) Init() error { return nil }

// Record implements optimize.Recorder.
func (r reporter) Record(loc *optimize.Location, op optimize.Operation, stats *optimize.Stats) error {
	if op == optimize.MajorIteration {
		r(stats.MajorIterations, math.Exp(loc.F))
	}
	return nil
}

// get and set copy the learned values to and from one vector.
func (p *Poisson) get() (x []float64) {
	for _, q := range p.learned() {
		for _, v := range q.Data {
			x = append(x, float64(v))
		}
	}
	return x
}

func (p *Poisson) set(x []float64) {
	for _, q := range p.learned() {
		for k := range q.Data {
			q.Data[k] = float32(x[k])
		}
		x = x[len(q.Data):]
	}
}
