package train

// Optimisers: what all have in common.

import (
	"fmt"
	"math"
	"strings"

	"mgtool/internal/memory"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/tensor"
)

// Optimizer updates the parameters of a network by the rule of a recipe.
type Optimizer struct {
	rule
	params []trained
	clip   float64 // largest norm of the gradient; 0 any
}

// memoryFor checks that there is memory for what a training keeps beside the weights
// that it moves: values of the optimiser and of an average, each as many as there are.
func memoryFor(r runs.Recipe, n *mgnet.Network) error {
	copies := int64(1) // the momentum
	if r.Optimizer == "adamw" || r.Optimizer == "adam" {
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

// parameters are what an optimiser trains: those of a network.
type parameters interface {
	Params() []*mgnet.Param
	Norms() []*mgnet.Norm
}

// rule is how a step moves a parameter: sgd, adamw, adam or muon.
type rule interface {
	// move does step n, from 0, of the k-th parameter p with learning rate η. g is
	// its gradient; nil, where the loss does not depend on it, counts as zero.
	move(k int, p trained, g []float32, rate float64, n int)
	// state lists what the rule keeps from step to step, as views of the values.
	state() map[string]mgnet.Tensor
}

// trained is a parameter with what a recipe says of it alone.
type trained struct {
	*mgnet.Param
	factor float64 // of the learning rate
	decay  float64 // λ; the factor is divided out of it, so that ηλ is that of all
	steps  int     // the first ones, in which it is trained
}

// NewOptimizer returns the optimiser of the recipe for the parameters of n that are not
// fixed; an epoch has the given number of batches.
func NewOptimizer(n parameters, r runs.Recipe, batches int) *Optimizer {
	o := &Optimizer{params: trainedParams(r, n, batches), clip: r.ClipNorm}
	switch r.Optimizer {
	case "adamw":
		o.rule = newAdamW(o.params, r)
	case "adam":
		o.rule = adam{newAdamW(o.params, r)}
	case "muon":
		o.rule = newMuon(o.params, r)
	default:
		o.rule = newSGD(o.params, r)
	}
	return o
}

// trainedParams lists the parameters that are not fixed, each with its part of the recipe.
func trainedParams(r runs.Recipe, n parameters, batches int) (list []trained) {
	shift, norm := map[*mgnet.Param]bool{}, map[*mgnet.Param]bool{}
	for _, b := range n.Norms() {
		shift[b.Beta] = true
		norm[b.Gamma], norm[b.Beta], norm[b.Theta] = true, true, true
	}
	for _, p := range n.Params() {
		if p.Fixed {
			continue
		}
		t := trained{p, 1, r.WeightDecay, math.MaxInt}
		if shift[p] && r.ShiftRateFactor != 0 {
			t.factor = r.ShiftRateFactor
			t.decay /= t.factor
		}
		if norm[p] && r.NoNormDecay || !strings.HasPrefix(p.Name, r.DecayOnly) {
			t.decay = 0
		}
		if p.Name == mgnet.WhitenBias && r.WhitenBiasEpochs != 0 {
			t.steps = wholeSteps(r.WhitenBiasEpochs, batches)
		}
		list = append(list, t)
	}
	return list
}

// Step does step n of the training, from 0, with this learning rate. gradient returns
// the gradient of a parameter by name, nil for zero; clipping scales it in place.
func (o *Optimizer) Step(n int, rate float64, gradient func(name string) []float32) {
	if o.clip > 0 {
		o.clipAll(n, gradient)
	}
	for k, p := range o.params {
		if n < p.steps {
			o.move(k, p, gradient(p.Name), rate*p.factor, n)
		}
	}
}

// frozen is the set of parameters that are trained no more from step n on.
func (o *Optimizer) frozen(n int) map[string]bool {
	set := map[string]bool{}
	for _, p := range o.params {
		if n >= p.steps {
			set[p.Name] = true
		}
	}
	return set
}

// clipAll scales all gradients by one factor such that their norm together is at
// most that of clip. A norm that is not finite is left for the loss to show.
func (o *Optimizer) clipAll(n int, gradient func(name string) []float32) {
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
func views(prefix string, params []trained, values [][]float32) map[string]mgnet.Tensor {
	all := map[string]mgnet.Tensor{}
	for k, p := range params {
		all[prefix+":"+p.Name] = mgnet.Tensor{Shape: p.Shape, Data: values[k]}
	}
	return all
}

// wholeSteps is how many steps some epochs of so many batches are, rounded.
func wholeSteps(epochs float64, batches int) int { return int(math.Round(epochs * float64(batches))) }
