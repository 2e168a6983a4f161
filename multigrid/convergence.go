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
	scale    float64 // of the residuals that are reported: the baseline, or ‖r₀‖
	relative float64 // ‖r‖ that RelTol asks for
	size     float64 // ‖A‖ ‖u‖ + ‖g‖ that BackwardTol refers to, the last that is known
	last     float64 // ‖r‖
	smallest float64 // ‖r‖ so far
	factor   float64 // last clean ratio
	// products is the norm of |A| |u| now; nil where ‖A‖ ‖u‖ says as much.
	products func() float64

	handOver  bool // to a Krylov method
	stallSeen int  // the cycle at which that was decided
	krylov    krylovPhase
}

// krylovPhase is what a tracker knows of the iterations of a Krylov method.
type krylovPhase struct {
	first    float64 // ‖r‖ before the first, by the definition
	begin    int     // index in the history of the residual before the first
	from     int     // that of the method at work, where others failed before it
	clean    int     // iterations until rounding spoils ratios
	end      float64 // ‖r‖ then
	ratio    float64 // of ‖r‖ in the norm of the solve to ‖r‖₂, when last known
	ratioOfU float64 // the same of ‖u‖
	verified float64 // ‖r‖ by the definition when the method last took it for small enough
	noise    float64 // that rounding leaves of it, then
	sharp    float64 // that over the bound by ‖A‖ ‖u‖
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

	// Cycles that gain less than slowFactor each, slowCycles of them in a row, are helped by
	// a Krylov method, if the settings allow it: it needs about half as many then.
	slowCycles = 4
	slowFactor = 0.5

	// A Krylov method may gain nothing for longer, and its residual may rise.
	stallIterations  = 60
	growthIterations = 1e5

	// The rate of a Krylov method is that of so many iterations, see Settings.Patience.
	rateIterations = 20

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

// sharpNoise is noise, by |A| |u| where the rows of A differ in size.
func (t *tracker) sharpNoise(u float64) float64 {
	most := t.noise(u)
	if t.products == nil {
		return most
	}
	return min(most, t.noise(0)-2*roundoff*t.bounds.norm*t.data.edge+2*roundoff*t.products())
}

// hidden reports that the noise of a u is as large as A u of the smoothest one:
// whatever u is, its residual may be noise, and relaxation moves u by less than an ulp.
// It takes an axis of more than 10⁸ cells; of sin πx an error of 0.1% is left on 2²⁶
// cells, 8% on 2²⁷, and all of it on 2²⁸.
func (t *tracker) hidden() bool { return 2*roundoff*t.bounds.condition > 1 }

// tolerant reports that there is a tolerance to be met.
func (t *tracker) tolerant() bool {
	return t.settings.RelTol > 0 || t.settings.AbsTol > 0 || t.settings.BackwardTol > 0
}

// target is the largest ‖r‖ that meets a tolerance, as far as it is known before the next
// cycle.
func (t *tracker) target() float64 {
	return max(t.relative, t.settings.AbsTol, t.settings.BackwardTol*t.size)
}

// reached is the status of a residual that meets a tolerance, else Running.
func (t *tracker) reached(r, u float64) Status {
	s := t.settings
	t.size = t.bounds.norm*math.Hypot(u, t.data.edge) + t.data.g
	switch {
	case r == 0 || s.RelTol > 0 && r <= t.relative:
		return Converged
	case s.AbsTol > 0 && r <= s.AbsTol:
		return ConvergedAbsolute
	case s.BackwardTol > 0 && r <= s.BackwardTol*t.size:
		return ConvergedBackward
	}
	return Running
}

// incompatible reports that a defect of the data alone is more than a tolerance, or
// rounding, allows as a residual.
func (t *tracker) incompatible(defect float64) bool {
	left := math.Abs(defect)
	if t.settings.Norm == Norm2 {
		left *= math.Sqrt(float64(t.grid.Unknowns()))
	}
	return left > max(t.target(), t.noise(0)+4*roundoff*left)
}

// start takes the norms of the data, the first residual and, for BackwardTol, that of u.
func (t *tracker) start(data dataNorms, r0, u float64) {
	t.data, t.factor = data, math.NaN()
	t.scale = data.b
	t.relative = t.settings.RelTol * data.b
	switch {
	case t.settings.Baseline == First:
		t.scale, t.relative = r0, t.settings.RelTol*r0
	case t.settings.Baseline == Absolute:
		t.scale, t.relative = 1, t.settings.RelTol
	case data.b == 0:
		t.scale = r0
		if data.edge == 0 { // else E solves it, and is found to rounding
			t.relative = t.settings.RelTol * r0
		}
	}
	if t.scale == 0 {
		t.scale = 1 // solved before it began
	}
	t.last, t.smallest = r0, r0
	t.record(r0)
	if t.res.Status = t.reached(r0, u); !finite(r0) || !finite(t.scale) {
		t.res.Status = NotFinite
	}
}

// after takes the norms of the residual and of u after a cycle and sets the status,
// unless there is one.
func (t *tracker) after(ctx context.Context, r, u float64) {
	s, res := t.settings, t.res
	res.Cycles++
	t.record(r)
	noise, tolerant := t.noise(u), t.tolerant()
	if r <= noise {
		noise = t.sharpNoise(u)
	}
	fullPass := s.Cycle.Full && res.Cycles == 1
	if ratio := r / t.last; r > cleanRatio*noise && finite(ratio) && !fullPass {
		t.factor = ratio
	}
	reached := t.reached(r, u)
	switch {
	case res.Status != Running:
	case !finite(r):
		res.Status = NotFinite
	case reached != Running:
		res.Status = reached
	case ctx.Err() != nil:
		res.Status = Interrupted
	case r > noise && t.helped(r):
	case r > noise && t.grows(r):
		res.Status = Diverged
	case !tolerant && (s.Cycle.Full || res.Cycles >= s.MaxCycles):
		res.Status = CyclesDone
	case tolerant && r <= noise && (r > t.last/2 || res.Cycles >= s.MaxCycles):
		res.Status = t.atRounding()
	case tolerant && t.stalled(stallCycles):
		res.Status = Stagnated
	case res.Cycles >= s.MaxCycles:
		res.Status = CycleLimit
	}
	t.last, t.smallest = r, min(t.smallest, r)
}

// atRounding is the status of a residual that rounding explains.
func (t *tracker) atRounding() Status {
	if t.hidden() {
		return TooFine
	}
	return RoundingLimit
}

// helped reports that a Krylov method is to take over from the cycles.
func (t *tracker) helped(r float64) bool {
	s, res := t.settings, t.res
	switch {
	case s.Watch != nil || !t.tolerant() || res.Cycles >= s.MaxCycles || s.Krylov == None:
		return false
	case t.stallSeen > 0: // already
		return true
	case s.Krylov != Auto: // after the full pass
		t.handOver = true
		return true
	}
	first := 0
	if s.Cycle.Full {
		first = 1
	}
	before := res.Cycles - slowCycles
	slow := before >= first && res.Residuals[res.Cycles] > math.Pow(slowFactor, slowCycles)*res.Residuals[before]
	if !slow && !t.grows(r) {
		return false
	}
	t.stallSeen = res.Cycles
	return true
}

// grows reports that the cycles diverge. The first may raise the residual where coefficients
// jump: an error that was smooth weighs little beside what rounds the jumps.
func (t *tracker) grows(r float64) bool {
	return r > growth*t.smallest && r > t.last && t.res.Cycles > 1
}

// stalled reports that the last cycles gained almost nothing.
func (t *tracker) stalled(cycles int) bool {
	history := t.res.Residuals
	before := len(history) - 1 - cycles
	return before >= 0 && history[len(history)-1] > stallGain*history[before]
}

// beginKrylov takes the norms of the residual and of u as the cycles have left them, also
// the Euclidean ones.
func (t *tracker) beginKrylov(r, r2, u, u2 float64) {
	t.krylov = krylovPhase{first: r, begin: len(t.res.Residuals) - 1, end: r, verified: math.Inf(1), ratio: over(r, r2), ratioOfU: over(u, u2), noise: math.Inf(1)}
	t.krylov.sharp = over(t.sharpNoise(u), t.noise(u))
	t.smallest = r
}

// over is a ratio of norms, 1 where it is not known.
func over(a, b float64) float64 {
	if ratio := a / b; ratio > 0 && finite(ratio) {
		return ratio
	}
	return 1
}

// iteration takes ‖r‖₂ and ‖u‖₂ after an iteration of a Krylov method, as it knows them,
// and reports that it is to stop: there is a status, or the residual looks small enough.
func (t *tracker) iteration(ctx context.Context, r, u float64) (stop bool) {
	s, res, k := t.settings, t.res, &t.krylov
	r, u = r*k.ratio, u*k.ratioOfU
	res.Cycles++
	res.KrylovIterations++
	t.record(r)
	noise := k.sharp * t.noise(u)
	if finite(r) && r > cleanRatio*noise {
		k.clean, k.end = len(res.Residuals)-1-k.begin, r
	}
	looksSmall := t.tolerant() && (t.reached(r, u) != Running || r <= noise) || r == 0
	switch {
	case !finite(r):
		res.Status = NotFinite
	case looksSmall:
	case ctx.Err() != nil:
		res.Status = Interrupted
	case r > growthIterations*t.smallest && r > noise:
		res.Status = Diverged
	case !t.tolerant() && res.Cycles >= s.MaxCycles:
		res.Status = CyclesDone
	case t.tolerant() && len(res.Residuals)-1-k.begin > stallIterations && t.stalled(stallIterations):
		res.Status = Stagnated
	case t.hopeless(r):
		res.Status = Stagnated
	case res.Cycles >= s.MaxCycles:
		res.Status = CycleLimit
	}
	t.last, t.smallest = r, min(t.smallest, r)
	return looksSmall || res.Status != Running
}

// hopeless reports that at the rate of its last iterations, ρ = (‖r_k‖/‖r_{k−20}‖)^{1/20}, the
// Krylov method would take more iterations than there is patience for:
//
//	k + log(target/‖r_k‖)/log ρ > Patience.
func (t *tracker) hopeless(r float64) bool {
	s, history := t.settings, t.res.Residuals
	done := len(history) - 1 - t.krylov.from
	if s.Patience == 0 || s.Krylov != Auto || !t.tolerant() || done < rateIterations {
		return false
	}
	rate := math.Pow(history[len(history)-1]/history[len(history)-1-rateIterations], 1./rateIterations)
	return !(rate < 1) || float64(done)+math.Log(t.target()/r)/math.Log(rate) > float64(s.Patience)
}

// verify takes the norms of the residual by its definition and of u, also the Euclidean one,
// where a Krylov method has stopped. It leaves the status Running if the method is to go on
// from there.
func (t *tracker) verify(r, u, u2 float64) {
	s, res, k := t.settings, t.res, &t.krylov
	if n := len(res.Residuals) - 1; n > k.begin {
		res.Residuals[n] = r / t.scale
	}
	reached, noise := t.reached(r, u), t.sharpNoise(u)
	switch {
	case res.Status == NotFinite || res.Status == Interrupted:
	case !finite(r):
		res.Status = NotFinite
	case reached != Running:
		res.Status = reached
	case t.tolerant() && r <= noise:
		res.Status = t.atRounding()
	case res.Status != Running:
	case res.Cycles >= s.MaxCycles:
		if res.Status = CycleLimit; !t.tolerant() {
			res.Status = CyclesDone
		}
	case r > k.verified/2 && noise > k.noise/2:
		res.Status = Stagnated
	}
	k.verified, k.ratioOfU = r, over(u, u2)
	k.noise, k.sharp = noise, over(noise, t.noise(u))
}

// meanFactor is the convergence factor of the solve.
func (t *tracker) meanFactor() float64 {
	if k := t.krylov; k.clean > 0 {
		return math.Pow(k.end/k.first, 1/float64(k.clean))
	}
	return t.factor
}

// record reports a residual, relative to the scale.
func (t *tracker) record(r float64) {
	t.res.Residuals = append(t.res.Residuals, r/t.scale)
	if t.settings.Recorder != nil {
		t.settings.Recorder(t.res.Cycles, r/t.scale)
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
