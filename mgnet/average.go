package mgnet

// Averages of the weights of a training, and of the running statistics of its batch
// norms with them.

import (
	"fmt"
	"math"

	"mgtool/tensor"
)

// average follows a training from its first weights.
type average interface {
	// follow is called after each step with the number of those that are done.
	follow(done int)
	// state lists what the average keeps beside the network that is saved.
	state() map[string]tensorView
}

// newAverage makes the average that a recipe asks for, nil for none, and the network
// that is evaluated and saved: n itself, or what it is averaged into. total is the
// number of steps of the training.
func newAverage(n *Network, r Recipe, total int) (average, *Network, error) {
	switch {
	case r.EMA != 0:
		mean, err := n.clone()
		if err != nil {
			return nil, nil, err
		}
		return &ema{r.EMA, mean.tensors(nil), n.tensors(nil)}, mean, nil
	case r.Lookahead != 0:
		slow, err := n.clone()
		if err != nil {
			return nil, nil, err
		}
		return &lookahead{r.Lookahead, r.LookaheadDecay, total, slow.tensors(nil), n.tensors(nil)}, n, nil
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
	mean, of map[string]tensorView
}

func (e *ema) follow(done int) {
	beta := min(e.decay, float64(1+done)/float64(10+done))
	for name, mean := range e.mean {
		tensor.Lerp(mean.data, e.of[name].data, float32(1-beta))
	}
}

// state is the network in training: the one that is saved is the average.
func (e *ema) state() map[string]tensorView { return prefixed("raw", e.of) }

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
	slow, of map[string]tensorView
}

func (l *lookahead) follow(done int) {
	if done%l.every == 0 {
		share := float64(done) / float64(l.total)
		delta := math.Pow(l.decay, float64(l.every)) * share * share * share
		for name, slow := range l.slow {
			tensor.Lerp(slow.data, l.of[name].data, float32(1-delta))
			copy(l.of[name].data, slow.data)
		}
	}
	if done == l.total {
		for name, slow := range l.slow {
			copy(l.of[name].data, slow.data)
		}
	}
}

func (l *lookahead) state() map[string]tensorView { return prefixed("slow", l.slow) }

// prefixed gives views other names.
func prefixed(prefix string, views map[string]tensorView) map[string]tensorView {
	all := map[string]tensorView{}
	for name, v := range views {
		all[prefix+":"+name] = v
	}
	return all
}

// clone is a network of the same values.
func (n *Network) clone() (*Network, error) {
	c, err := empty(n.Config)
	if err != nil {
		return nil, err
	}
	from := n.tensors(nil)
	for name, to := range c.tensors(nil) {
		copy(to.data, from[name].data)
	}
	return c, nil
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
