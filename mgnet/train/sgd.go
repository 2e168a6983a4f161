package train

// SGD.

import (
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/tensor"
)

// sgd is stochastic gradient descent with momentum and weight decay, as the
// official MgNet code trains:
//
//	v ← μ v + (g + λ w),   w ← w − η v,   v = 0 before the first step.
//
// Nesterov's step is w ← w − η (g + λ w + μ v) with the new v. Decoupled decay is
// w ← (1 − η λ) w before the step, and no λ w in it.
type sgd struct {
	params    []trained
	momentum  float32 // μ
	nesterov  bool
	decoupled bool
	velocity  [][]float32
}

func newSGD(params []trained, r runs.Recipe) *sgd {
	return &sgd{params, float32(r.Momentum), r.Nesterov, r.Decoupled, zeros(params)}
}

func (s *sgd) move(k int, p trained, g []float32, rate float64, _ int) {
	decay := float32(p.decay)
	if s.decoupled {
		tensor.Scale(p.Data, 1-float32(rate)*decay)
		decay = 0
	}
	step := tensor.SGD
	if s.nesterov {
		step = tensor.Nesterov
	}
	step(p.Data, s.velocity[k], g, s.momentum, decay, float32(rate))
}

func (s *sgd) state() map[string]mgnet.Tensor { return views("velocity", s.params, s.velocity) }
