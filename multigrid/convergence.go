package multigrid

// When a solve ends, and how fast it converged.

import (
	"context"
	"math"

	"mgtool/pde"
)

// tracker watches a solve and decides when it ends. Norms are over the vertices inside.
type tracker struct {
	settings *Settings
	grid     pde.Grid
	bounds   bounds
	res      *Result

	data     dataNorms
	scale    float64 // of the residuals that are reported: ‖b‖, or ‖r₀‖
	target   float64 // ‖r‖ that is asked for
	last     float64 // ‖r‖
	smallest float64 // ‖r‖ so far
	factor   float64 // last clean ratio
}

const (
	// leastFactor is the smallest factor that a cycle is expected to have: where it
	// would not be enough, there will be another cycle.
	leastFactor = 0.02

	// growth is how far above its smallest value the residual may be and still rise: a
	// good cycle lets it rise no more than once, at first, where coefficients jump: then
	// an error that was smooth weighs little beside what rounds the jumps; a bad
	// one shows itself within a few cycles.
	growth = 10

	// A solve that gains less than a twentieth in stallCycles cycles has stagnated.
	stallCycles = 20
	stallGain   = 0.95

	// roundoff is the unit roundoff ε of float64.
	roundoff = 0x1p-53

	// A ratio of residuals is clean where the later one is at least this many times the
	// noise: then the ratio is off by a tenth at most.
	cleanRatio = 8
)

// noise bounds the residual that rounding alone leaves of an approximation with this
// norm. Each of the terms of A u, together as large as ‖A‖ u with a bound a of ‖A‖, 2D
// for −Δ with the diagonal D, is off by about half an ulp, and so is u itself and g:
//
//	‖r‖ ≤ 2ε (a ‖u‖ + ‖g‖) + a η √N,
//
// with η the smallest float64, for what is subnormal. In solves with every smoother,
// in every dimension, no more than 0.8 of it was seen, and mostly half.
func (t *tracker) noise(u float64) float64 {
	a := t.bounds.norm
	least := a * math.SmallestNonzeroFloat64 * math.Sqrt(float64(t.grid.Unknowns()))
	return 2*roundoff*(a*math.Hypot(u, t.data.edge)+t.data.g) + least
}

// hidden reports that the noise of a u is as large as A u of the smoothest one:
// whatever u is, its residual may be noise, and relaxation moves u by less than an ulp.
// It takes an axis of more than 10⁸ cells; of sin πx an error of 0.1% is left on 2²⁶
// cells, 8% on 2²⁷, and all of it on 2²⁸.
func (t *tracker) hidden() bool { return 2*roundoff*t.bounds.condition > 1 }

// start takes the norms of the data and the first residual.
func (t *tracker) start(data dataNorms, r0 float64) {
	t.data, t.factor = data, math.NaN()
	t.scale, t.target = data.b, t.settings.RelTol*data.b
	if data.b == 0 {
		t.scale = r0
		if data.edge == 0 { // else E solves it, and is found to rounding
			t.target = t.settings.RelTol * r0
		}
	}
	if t.scale == 0 {
		t.scale = 1 // solved before it began
	}
	t.last, t.smallest = r0, r0
	t.record(r0)
	switch {
	case !finite(r0) || !finite(t.scale):
		t.res.Status = NotFinite
	case r0 == 0 || (t.settings.RelTol > 0 && r0 <= t.target):
		t.res.Status = Converged
	}
}

// after takes the norms of the residual and of u after a cycle and sets the status,
// unless there is one.
func (t *tracker) after(ctx context.Context, r, u float64) {
	s, res := t.settings, t.res
	res.Cycles++
	t.record(r)
	noise := t.noise(u)
	fullPass := s.Cycle.Full && res.Cycles == 1
	if ratio := r / t.last; r > cleanRatio*noise && finite(ratio) && !fullPass {
		t.factor = ratio
	}
	switch {
	case res.Status != Running:
	case !finite(r):
		res.Status = NotFinite
	case r == 0 || (s.RelTol > 0 && r <= t.target):
		res.Status = Converged
	case ctx.Err() != nil:
		res.Status = Interrupted
	case r > growth*t.smallest && r > noise && res.Cycles > 1 && r > t.last:
		res.Status = Diverged
	case s.RelTol == 0 && (s.Cycle.Full || res.Cycles >= s.MaxCycles):
		res.Status = CyclesDone
	case s.RelTol > 0 && r <= noise && (r > t.last/2 || res.Cycles >= s.MaxCycles):
		res.Status = RoundingLimit
		if t.hidden() {
			res.Status = TooFine
		}
	case s.RelTol > 0 && t.stalled():
		res.Status = Stagnated
	case res.Cycles >= s.MaxCycles:
		res.Status = CycleLimit
	}
	t.last, t.smallest = r, min(t.smallest, r)
}

// stalled reports that the last cycles gained almost nothing.
func (t *tracker) stalled() bool {
	history := t.res.Residuals
	before := len(history) - 1 - stallCycles
	return before >= 0 && history[len(history)-1] > stallGain*history[before]
}

// record reports a residual, relative to the scale.
func (t *tracker) record(r float64) {
	t.res.Residuals = append(t.res.Residuals, r/t.scale)
	if t.settings.Recorder != nil {
		t.settings.Recorder(t.res.Cycles, r/t.scale)
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
