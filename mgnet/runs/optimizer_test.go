package runs

import (
	"math"
	"testing"
)

func TestOptimizerErrors(t *testing.T) {
	sgd, _ := LookupRecipe("quick")
	adamw, muon := sgd, sgd
	adamw.Optimizer, adamw.Momentum, adamw.Beta1, adamw.Beta2, adamw.Epsilon = "adamw", 0, .9, .999, 1e-8
	muon.Optimizer, muon.MuonRate, muon.MuonMomentum, muon.MuonSteps = "muon", .24, .6, 3
	for _, r := range []Recipe{sgd, adamw, muon} {
		if err := r.Validate(); err != nil {
			t.Errorf("%s: %v", r.Optimizer, err)
		}
	}
	for name, c := range map[string]struct {
		r      Recipe
		change func(r *Recipe)
	}{
		"momentum":        {sgd, func(r *Recipe) { r.Momentum = 1 }},
		"decay":           {sgd, func(r *Recipe) { r.WeightDecay = -1 }},
		"nesterov":        {sgd, func(r *Recipe) { r.Nesterov, r.Momentum = true, 0 }},
		"clip":            {sgd, func(r *Recipe) { r.ClipNorm = -1 }},
		"name":            {sgd, func(r *Recipe) { r.Optimizer = "adam" }},
		"betas of SGD":    {sgd, func(r *Recipe) { r.Beta1 = .9 }},
		"rate of Muon":    {sgd, func(r *Recipe) { r.MuonRate = .1 }},
		"shift":           {sgd, func(r *Recipe) { r.ShiftRateFactor = math.Inf(1) }},
		"whiten":          {sgd, func(r *Recipe) { r.WhitenBiasEpochs = -3 }},
		"adamw momentum":  {adamw, func(r *Recipe) { r.Momentum = .9 }},
		"adamw beta2":     {adamw, func(r *Recipe) { r.Beta2 = 0 }},
		"adamw epsilon":   {adamw, func(r *Recipe) { r.Epsilon = math.NaN() }},
		"muon rate":       {muon, func(r *Recipe) { r.MuonRate = 0 }},
		"muon steps":      {muon, func(r *Recipe) { r.MuonSteps = 0 }},
		"muon momentum":   {muon, func(r *Recipe) { r.MuonMomentum = 1 }},
		"ema":             {sgd, func(r *Recipe) { r.EMA = 1 }},
		"lookahead":       {sgd, func(r *Recipe) { r.Lookahead = -1 }},
		"lookahead alone": {sgd, func(r *Recipe) { r.Lookahead = 5 }},
		"decay alone":     {sgd, func(r *Recipe) { r.LookaheadDecay = .95 }},
		"two averages":    {sgd, func(r *Recipe) { r.EMA, r.Lookahead, r.LookaheadDecay = .9, 5, .95 }},
	} {
		c.change(&c.r)
		if c.r.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
