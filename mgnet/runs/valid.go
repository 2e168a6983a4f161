package runs

// Which settings of a recipe go together.

import (
	"fmt"
	"math"
)

// validateOptimizer reports a setting that the optimiser does not have, or one that
// it cannot run with.
func (r Recipe) validateOptimizer() error {
	adamw, muon := r.Optimizer == "adamw" || r.Optimizer == "adam", r.Optimizer == "muon"
	switch {
	case r.Optimizer != "" && r.Optimizer != "sgd" && !adamw && !muon:
		return fmt.Errorf("mgnet: optimizer %q; known: sgd, adamw, adam, muon", r.Optimizer)
	case !(r.Momentum >= 0 && r.Momentum < 1):
		return fmt.Errorf("mgnet: momentum %g; want 0 or more and less than 1", r.Momentum)
	case !(r.WeightDecay >= 0) || math.IsInf(r.WeightDecay, 0):
		return fmt.Errorf("mgnet: weight decay %g; want 0 or more", r.WeightDecay)
	case r.Nesterov && r.Momentum == 0:
		return fmt.Errorf("mgnet: Nesterov's step with momentum 0; want more")
	case !(r.ClipNorm >= 0) || math.IsInf(r.ClipNorm, 0):
		return fmt.Errorf("mgnet: gradients clipped to norm %g; want more than 0, or 0 for not at all", r.ClipNorm)
	case adamw && (r.Momentum != 0 || r.Nesterov || r.Decoupled):
		return fmt.Errorf("mgnet: momentum %g, nesterov %t, decoupled_decay %t with %s; want beta1 for the momentum and neither of the others, the decay of adamw is always decoupled and that of adam never", r.Momentum, r.Nesterov, r.Decoupled, r.Optimizer)
	case adamw && !(r.Beta1 >= 0 && r.Beta1 < 1 && r.Beta2 > 0 && r.Beta2 < 1 && r.Epsilon > 0 && r.Epsilon < 1):
		return fmt.Errorf("mgnet: %s with beta1 %g, beta2 %g, epsilon %g; want between 0 and 1 each, usual are 0.9, 0.999, 1e-8", r.Optimizer, r.Beta1, r.Beta2, r.Epsilon)
	case !adamw && (r.Beta1 != 0 || r.Beta2 != 0 || r.Epsilon != 0):
		return fmt.Errorf("mgnet: beta1 %g, beta2 %g, epsilon %g; want them with adamw or adam alone", r.Beta1, r.Beta2, r.Epsilon)
	case muon && !(r.MuonRate > 0 && r.MuonRate < math.MaxFloat32 && r.MuonMomentum >= 0 && r.MuonMomentum < 1 && r.MuonSteps >= 1 && r.MuonSteps <= 20):
		return fmt.Errorf("mgnet: muon with muon_rate %g, muon_momentum %g, muon_steps %d; want more than 0, 0 to less than 1, 1 to 20, usual are 0.02 to 0.24, 0.6 to 0.95, 5", r.MuonRate, r.MuonMomentum, r.MuonSteps)
	case !muon && (r.MuonRate != 0 || r.MuonMomentum != 0 || r.MuonSteps != 0 || r.MuonUnitFilters):
		return fmt.Errorf("mgnet: muon_rate %g, muon_momentum %g, muon_steps %d, muon_unit_filters %t; want them with muon alone", r.MuonRate, r.MuonMomentum, r.MuonSteps, r.MuonUnitFilters)
	case !(r.ShiftRateFactor >= 0) || math.IsInf(r.ShiftRateFactor, 0):
		return fmt.Errorf("mgnet: rate of shifts times %g; want more than 0, or 0 for that of the rest", r.ShiftRateFactor)
	case !(r.WhitenBiasEpochs >= 0 && r.WhitenBiasEpochs <= 1e6):
		return fmt.Errorf("mgnet: bias of the whitening trained for %g epochs; want more than 0, or 0 for all", r.WhitenBiasEpochs)
	}
	return nil
}

// validateAverage reports a setting with which there is no average.
func (r Recipe) validateAverage() error {
	switch {
	case !(r.EMA >= 0 && r.EMA < 1):
		return fmt.Errorf("mgnet: ema %g; want more than 0 and less than 1, or 0 for none", r.EMA)
	case r.Lookahead < 0 || r.Lookahead > 1e6:
		return fmt.Errorf("mgnet: lookahead every %d steps; want 1 or more, or 0 for none", r.Lookahead)
	case r.Lookahead != 0 && !(r.LookaheadDecay > 0 && r.LookaheadDecay < 1):
		return fmt.Errorf("mgnet: lookahead_decay %g; want more than 0 and less than 1, usual is 0.95", r.LookaheadDecay)
	case r.Lookahead == 0 && r.LookaheadDecay != 0:
		return fmt.Errorf("mgnet: lookahead_decay %g without lookahead; want the number of steps too", r.LookaheadDecay)
	case r.EMA != 0 && r.Lookahead != 0:
		return fmt.Errorf("mgnet: ema %g and lookahead %d are two averages; want one", r.EMA, r.Lookahead)
	}
	return nil
}
