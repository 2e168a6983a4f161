package train

// AdamW and Adam.

import (
	"maps"

	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/tensor"
)

// adamw is Adam with decoupled weight decay, see [tensor.AdamW]: the decay is
// w ← (1 − η λ) w, with η of the schedule, as in PyTorch.
type adamw struct {
	tensor.AdamW
	params      []trained
	mean, power [][]float32 // running averages of g and g²
}

func newAdamW(params []trained, r runs.Recipe) *adamw {
	return &adamw{tensor.AdamW{Beta1: r.Beta1, Beta2: r.Beta2, Epsilon: r.Epsilon}, params, zeros(params), zeros(params)}
}

func (a *adamw) move(k int, p trained, g []float32, rate float64, n int) {
	a.Step(p.Data, a.mean[k], a.power[k], g, rate, p.decay, n+1)
}

func (a *adamw) state() map[string]mgnet.Tensor {
	all := views("adam_mean", a.params, a.mean)
	maps.Copy(all, views("adam_square", a.params, a.power))
	return all
}

// adam is Adam (Kingma and Ba, ICLR 2015) with weight decay as part of the gradient,
// g + λ w, as in PyTorch: that of an L2 loss λ/2 ‖w‖².
type adam struct{ *adamw }

func (a adam) move(k int, p trained, g []float32, rate float64, n int) {
	if p.decay != 0 {
		if g == nil {
			g = make([]float32, len(p.Data))
		}
		tensor.AddScaled(g, p.Data, float32(p.decay)) // the next run of the program overwrites it
	}
	a.Step(p.Data, a.mean[k], a.power[k], g, rate, 0, n+1)
}
