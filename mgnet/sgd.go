package mgnet

// The optimiser.

import "mgtool/tensor"

// sgd is stochastic gradient descent with momentum and weight decay on every
// parameter, as the official MgNet code trains:
//
//	v ← μ v + (g + λ w),   w ← w − η v,   v = 0 before the first step.
type sgd struct {
	params   []*Param
	momentum float32 // μ
	decay    float32 // λ
	velocity [][]float32
}

// newSGD trains those of params that are not fixed.
func newSGD(params []*Param, momentum, decay float64) *sgd {
	s := &sgd{momentum: float32(momentum), decay: float32(decay)}
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
// zero: such a parameter only decays.
func (s *sgd) step(rate float64, gradient func(name string) []float32) {
	for k, p := range s.params {
		tensor.SGD(p.Data, s.velocity[k], gradient(p.Name), s.momentum, s.decay, float32(rate))
	}
}
