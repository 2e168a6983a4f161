package mgnet

// The optimiser.

import (
	"math"

	"mgtool/tensor"
)

// sgd is stochastic gradient descent with momentum and weight decay on every
// parameter, as the official MgNet code trains:
//
//	v ← μ v + (g + λ w),   w ← w − η v,   v = 0 before the first step.
//
// Nesterov's step is w ← w − η (g + λ w + μ v) with the new v. Decoupled decay is
// w ← (1 − η λ) w before the step, and no λ w in it.
type sgd struct {
	params    []*Param
	momentum  float32 // μ
	decay     float32 // λ
	nesterov  bool
	decoupled bool
	clip      float64 // largest norm of the gradient; 0 any
	velocity  [][]float32
}

// newSGD trains those of params that are not fixed, as the recipe says.
func newSGD(params []*Param, r Recipe) *sgd {
	s := &sgd{momentum: float32(r.Momentum), decay: float32(r.WeightDecay), nesterov: r.Nesterov, decoupled: r.Decoupled, clip: r.ClipNorm}
	for _, p := range params {
		if !p.Fixed {
			s.params = append(s.params, p)
			s.velocity = append(s.velocity, make([]float32, len(p.Data)))
		}
	}
	return s
}

// step moves every parameter with learning rate η. gradient gives that of a
// parameter by its name; nil, where the loss does not depend on it, counts as
// zero: such a parameter only decays. A gradient that is clipped is changed.
func (s *sgd) step(rate float64, gradient func(name string) []float32) {
	if s.clip > 0 {
		s.clipAll(gradient)
	}
	for k, p := range s.params {
		decay := s.decay
		if s.decoupled {
			tensor.Scale(p.Data, 1-float32(rate)*decay)
			decay = 0
		}
		step := tensor.SGD
		if s.nesterov {
			step = tensor.Nesterov
		}
		step(p.Data, s.velocity[k], gradient(p.Name), s.momentum, decay, float32(rate))
	}
}

// clipAll scales all gradients by one factor such that their norm together is at
// most that of clip. A norm that is not finite is left for the loss to show.
func (s *sgd) clipAll(gradient func(name string) []float32) {
	sum := 0.0
	for _, p := range s.params {
		sum += tensor.SumSquares(gradient(p.Name))
	}
	norm := math.Sqrt(sum)
	if !(norm > s.clip) || math.IsInf(norm, 0) {
		return
	}
	for _, p := range s.params {
		tensor.Scale(gradient(p.Name), float32(s.clip/norm))
	}
}
