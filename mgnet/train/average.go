package train

// Averages of the weights of a training, and of the running statistics of its batch
// norms with them.

import (
	"math"

	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/tensor"
)

// average follows a training from its first weights.
type average interface {
	// follow is called after each step with the number of those that are done.
	follow(done int)
	// state lists what the average keeps beside the network that is saved.
	state() map[string]mgnet.Tensor
}

// newAverage makes the average that a recipe asks for, nil for none, and the network
// that is evaluated and saved: n itself, or what it is averaged into. total is the
// number of steps of the training.
func newAverage(n *mgnet.Network, r runs.Recipe, total int) (average, *mgnet.Network, error) {
	switch {
	case r.EMA != 0:
		mean, err := n.Clone()
		if err != nil {
			return nil, nil, err
		}
		return &ema{r.EMA, mean.Tensors(nil), n.Tensors(nil)}, mean, nil
	case r.Lookahead != 0:
		slow, err := n.Clone()
		if err != nil {
			return nil, nil, err
		}
		return &lookahead{r.Lookahead, r.LookaheadDecay, total, slow.Tensors(nil), n.Tensors(nil)}, n, nil
	}
	return nil, n, nil
}

// ema is an exponential moving average: after step n, from 1,
//
//	w̄ ← β w̄ + (1 − β) w,   β = min(ema, (1 + n)/(10 + n)),
//
// from the first weights on, which a β that grows soon forgets. The training does
// not see it.
type ema struct {
	decay    float64
	mean, of map[string]mgnet.Tensor
}

func (e *ema) follow(done int) {
	beta := min(e.decay, float64(1+done)/float64(10+done))
	for name, mean := range e.mean {
		tensor.Lerp(mean.Data, e.of[name].Data, float32(1-beta))
	}
}

// state is the network in training: the one that is saved is the average.
func (e *ema) state() map[string]mgnet.Tensor { return prefixed("raw", e.of) }

// lookahead leads the training back to an average of it (M. Zhang et al., Lookahead
// Optimizer: k steps forward, 1 step back, NeurIPS 2019), which lags more and more,
// as in airbench94 (K. Jordan, arXiv:2404.00498): after each k-th of N steps,
//
//	slow ← δ slow + (1 − δ) w,   w ← slow,   δ = decayᵏ (n/N)³,
//
// and w ← slow after the last step.
type lookahead struct {
	every    int // k
	decay    float64
	total    int // N
	slow, of map[string]mgnet.Tensor
}

func (l *lookahead) follow(done int) {
	if done%l.every == 0 {
		share := float64(done) / float64(l.total)
		delta := math.Pow(l.decay, float64(l.every)) * share * share * share
		for name, slow := range l.slow {
			tensor.Lerp(slow.Data, l.of[name].Data, float32(1-delta))
			copy(l.of[name].Data, slow.Data)
		}
	}
	if done == l.total {
		for name, slow := range l.slow {
			copy(l.of[name].Data, slow.Data)
		}
	}
}

func (l *lookahead) state() map[string]mgnet.Tensor { return prefixed("slow", l.slow) }

// prefixed gives views other names.
func prefixed(prefix string, views map[string]mgnet.Tensor) map[string]mgnet.Tensor {
	all := map[string]mgnet.Tensor{}
	for name, v := range views {
		all[prefix+":"+name] = v
	}
	return all
}
