package sequence

// Synthetic pulse waves of two kinds, made by a formula. A beat is three waves that follow
// each other: percussion, tidal and dicrotic,
//
//	p(φ) = g(φ; 0.12, 0.045) + a_t g(φ; 0.27, 0.05) + a_d g(φ; 0.52, 0.06),   g(φ; m, s) = exp(−(φ − m)²/2s²),
//
// with φ in [0, 1) the phase. The two kinds differ in the heights that a person's a_t and
// a_d are drawn around: "smooth" has (0.35, 0.35), "wiry", whose tidal wave is high, as in
// stiff arteries, (0.55, 0.22), each with a standard deviation of 0.12. So they overlap: the
// best classifier that is given a_t and a_d is right in Φ(d/2) of the cases and has an AUC of
// Φ(d/√2), d² = (0.20² + 0.13²)/0.12², which is 0.84 and 0.92. A sequence begins at a random phase, beats
// of different people and one after another differ in length, and there is a wandering
// baseline and noise. These are no measurements.

import (
	"fmt"
	"math"
	"math/rand/v2"

	"mgtool/internal/parallel"
)

// Pulses says how many synthetic pulse waves to make.
type Pulses struct {
	Train, Test int
	Length      int // places of a sequence; a beat has about 64
	Seed        uint64
}

// DefaultPulses are 1,000 and 500 sequences of 256 places, about four beats.
func DefaultPulses() Pulses { return Pulses{Train: 1000, Test: 500, Length: 256, Seed: 1} }

// Validate reports the first size that is out of its range.
func (p Pulses) Validate() error {
	switch {
	case p.Train < 2 || p.Train > 1e6 || p.Test < 2 || p.Test > 1e6:
		return fmt.Errorf("sequence: %d pulses to train on and %d to test on; want 2 to 1000000 each", p.Train, p.Test)
	case p.Length < 16 || p.Length > 1<<16:
		return fmt.Errorf("sequence: pulses of %d places; want 16 to %d", p.Length, 1<<16)
	}
	return nil
}

// The kinds of pulses: the heights of the tidal and the dicrotic wave.
var (
	pulseKinds   = []string{"smooth", "wiry"}
	pulseHeights = [2][2]float64{{.35, .35}, {.55, .22}}
)

const pulseSpread = 0.12 // of the heights

// Make makes the training and the test set. Each sequence is a function of the seed and its
// number alone: fewer are the first of more.
func (p Pulses) Make() (train, test *Set, err error) {
	if err := p.Validate(); err != nil {
		return nil, nil, err
	}
	part := func(name string, count int, stream uint64) *Set {
		s := &Set{Name: name, Length: p.Length, Channels: 1, Classes: pulseKinds, X: make([]float32, count*p.Length), Labels: make([]int32, count)}
		parallel.For(count, 64, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				rng := rand.New(rand.NewPCG(p.Seed, stream<<32|uint64(i)))
				s.Labels[i] = int32(rng.IntN(2))
				pulse(s.X[i*p.Length:(i+1)*p.Length], pulseHeights[s.Labels[i]], rng)
			}
		})
		return s
	}
	return part("pulses", p.Train, 1), part("pulses", p.Test, 2), nil
}

// pulse fills x with beats whose heights are drawn around these.
func pulse(x []float32, heights [2]float64, rng *rand.Rand) {
	wave := func(at, middle, width float64) float64 {
		d := (at - middle) / width
		return math.Exp(-d * d / 2)
	}
	tidal := math.Max(0, heights[0]+pulseSpread*rng.NormFloat64())
	dicrotic := math.Max(0, heights[1]+pulseSpread*rng.NormFloat64())
	own := 64 * (1 + .12*rng.NormFloat64()) // places of a beat
	own = math.Max(40, math.Min(96, own))
	phase, gain := rng.Float64(), math.Exp(.2*rng.NormFloat64())
	wander, wanderPhase, wanderPlaces := .15*rng.NormFloat64(), 2*math.Pi*rng.Float64(), 200+100*rng.Float64()
	beat := own
	for i := range x {
		v := wave(phase, .12, .045) + tidal*wave(phase, .27, .05) + dicrotic*wave(phase, .52, .06)
		v += wander*math.Sin(2*math.Pi*float64(i)/wanderPlaces+wanderPhase) + .04*rng.NormFloat64()
		x[i] = float32(gain * v)
		if phase += 1 / beat; phase >= 1 { // the next beat, a little longer or shorter
			phase--
			beat = own * (1 + .03*rng.NormFloat64())
		}
	}
}
