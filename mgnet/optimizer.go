package mgnet

// Optimisers: what all have in common.

import (
	"fmt"
	"math"

	"mgtool/internal/memory"
	"mgtool/tensor"
)

// optimizer trains the parameters of a network by a rule.
type optimizer struct {
	rule
	params []trained
	clip   float64 // largest norm of the gradient; 0 any
}

// memoryFor checks that there is memory for what a training keeps beside the weights
// that it moves: values of the optimiser and of an average, each as many as there are.
func (r Recipe) memoryFor(n *Network) error {
	copies := int64(1) // the momentum
	if r.Optimizer == "adamw" {
		copies = 2
	}
	if r.EMA != 0 || r.Lookahead != 0 {
		copies++
	}
	if err := memory.Check("what the training keeps of each weight", 4*copies*int64(n.Parameters())); err != nil {
		return fmt.Errorf("mgnet: %w", err)
	}
	return nil
}

// rule is how a step moves a parameter: sgd, adamw or muon.
type rule interface {
	// move does step n, from 0, of the k-th parameter p with learning rate η. g is
	// its gradient; nil, where the loss does not depend on it, counts as zero.
	move(k int, p trained, g []float32, rate float64, n int)
	// state lists what the rule keeps from step to step, as views of the values.
	state() map[string]tensorView
}

// trained is a parameter with what a recipe says of it alone.
type trained struct {
	*Param
	factor float64 // of the learning rate
	decay  float64 // λ; the factor is divided out of it, so that ηλ is that of all
	steps  int     // the first ones, in which it is trained
}

// newOptimizer trains those parameters of n that are not fixed, as the recipe says,
// in epochs of so many batches.
func newOptimizer(n *Network, r Recipe, batches int) *optimizer {
	o := &optimizer{params: r.trained(n, batches), clip: r.ClipNorm}
	switch r.Optimizer {
	case "adamw":
		o.rule = newAdamW(o.params, r)
	case "muon":
		o.rule = newMuon(o.params, r)
	default:
		o.rule = newSGD(o.params, r)
	}
	return o
}

// trained lists the parameters that are not fixed, each with its part of the recipe.
func (r Recipe) trained(n *Network, batches int) (list []trained) {
	shift, norm := map[*Param]bool{}, map[*Param]bool{}
	for _, b := range n.norms {
		shift[b.beta] = true
		norm[b.gamma], norm[b.beta], norm[b.theta] = true, true, true
	}
	for _, p := range n.params {
		if p.Fixed {
			continue
		}
		t := trained{p, 1, r.WeightDecay, math.MaxInt}
		if shift[p] && r.ShiftRateFactor != 0 {
			t.factor = r.ShiftRateFactor
			t.decay /= t.factor
		}
		if norm[p] && r.NoNormDecay {
			t.decay = 0
		}
		if p.Name == whitenBias && r.WhitenBiasEpochs != 0 {
			t.steps = wholeSteps(r.WhitenBiasEpochs, batches)
		}
		list = append(list, t)
	}
	return list
}

// whitenBias is the name of the bias of a first layer that whitens.
const whitenBias = "whiten.bias"

// step does step n of the training, from 0, with learning rate η. gradient gives
// that of a parameter by its name, or nil. A gradient that is clipped is changed.
func (o *optimizer) step(n int, rate float64, gradient func(name string) []float32) {
	if o.clip > 0 {
		o.clipAll(n, gradient)
	}
	for k, p := range o.params {
		if n < p.steps {
			o.move(k, p, gradient(p.Name), rate*p.factor, n)
		}
	}
}

// still is the set of parameters that are trained no more from step n on.
func (o *optimizer) still(n int) map[*Param]bool {
	set := map[*Param]bool{}
	for _, p := range o.params {
		if n >= p.steps {
			set[p.Param] = true
		}
	}
	return set
}

// clipAll scales all gradients by one factor such that their norm together is at
// most that of clip. A norm that is not finite is left for the loss to show.
func (o *optimizer) clipAll(n int, gradient func(name string) []float32) {
	sum := 0.0
	for _, p := range o.params {
		if n < p.steps {
			sum += tensor.SumSquares(gradient(p.Name))
		}
	}
	norm := math.Sqrt(sum)
	if !(norm > o.clip) || math.IsInf(norm, 0) {
		return
	}
	for _, p := range o.params {
		tensor.Scale(gradient(p.Name), float32(o.clip/norm))
	}
}

// zeros makes one slice for each parameter, as long as it.
func zeros(params []trained) [][]float32 {
	list := make([][]float32, len(params))
	for k, p := range params {
		list[k] = make([]float32, len(p.Data))
	}
	return list
}

// views names such slices in a checkpoint, as a prefix and the parameter.
func views(prefix string, params []trained, values [][]float32) map[string]tensorView {
	all := map[string]tensorView{}
	for k, p := range params {
		all[prefix+":"+p.Name] = tensorView{p.Shape, values[k]}
	}
	return all
}

// validateOptimizer reports a setting that the optimiser does not have, or one that
// it cannot run with.
func (r Recipe) validateOptimizer() error {
	adamw, muon := r.Optimizer == "adamw", r.Optimizer == "muon"
	switch {
	case r.Optimizer != "" && r.Optimizer != "sgd" && !adamw && !muon:
		return fmt.Errorf("mgnet: optimizer %q; known: sgd, adamw, muon", r.Optimizer)
	case !(r.Momentum >= 0 && r.Momentum < 1):
		return fmt.Errorf("mgnet: momentum %g; want 0 or more and less than 1", r.Momentum)
	case !(r.WeightDecay >= 0) || math.IsInf(r.WeightDecay, 0):
		return fmt.Errorf("mgnet: weight decay %g; want 0 or more", r.WeightDecay)
	case r.Nesterov && r.Momentum == 0:
		return fmt.Errorf("mgnet: Nesterov's step with momentum 0; want more")
	case !(r.ClipNorm >= 0) || math.IsInf(r.ClipNorm, 0):
		return fmt.Errorf("mgnet: gradients clipped to norm %g; want more than 0, or 0 for not at all", r.ClipNorm)
	case adamw && (r.Momentum != 0 || r.Nesterov || r.Decoupled):
		return fmt.Errorf("mgnet: momentum %g, nesterov %t, decoupled_decay %t with adamw; want beta1 for the momentum and neither of the others, its decay is always decoupled", r.Momentum, r.Nesterov, r.Decoupled)
	case adamw && !(r.Beta1 >= 0 && r.Beta1 < 1 && r.Beta2 > 0 && r.Beta2 < 1 && r.Epsilon > 0 && r.Epsilon < 1):
		return fmt.Errorf("mgnet: adamw with beta1 %g, beta2 %g, epsilon %g; want between 0 and 1 each, usual are 0.9, 0.999, 1e-8", r.Beta1, r.Beta2, r.Epsilon)
	case !adamw && (r.Beta1 != 0 || r.Beta2 != 0 || r.Epsilon != 0):
		return fmt.Errorf("mgnet: beta1 %g, beta2 %g, epsilon %g; want them with adamw alone", r.Beta1, r.Beta2, r.Epsilon)
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
