package tensor

// Batch normalisation, forward with batch or running statistics, and backward.

import (
	"fmt"

	"mgtool/tensor/internal/fuse"
)

// BatchNorm normalises each channel over the M = N·H·W values of the batch,
//
//	y = gamma · (x − mean) / √(var + Eps) + beta,
//
// with the mean and variance of the batch in training, and with their running
// averages in evaluation. Slices x and y have M·C values, gamma and beta C.
//
// RunningMean and RunningVar, of length C, are state to save with the weights. A
// BatchNorm remembers its last Forward, so only one goroutine at a time may use it.
type BatchNorm struct {
	C                       int
	Eps, Momentum           float32
	RunningMean, RunningVar []float32

	last *fuse.Sigma
}

// NewBatchNorm returns a batch normalisation of the given number of channels,
// which must be at least 1, with Eps 1e-5, Momentum 0.1, running mean 0 and
// running variance 1.
func NewBatchNorm(channels int) (*BatchNorm, error) {
	if channels < 1 {
		return nil, fmt.Errorf("tensor: batch norm: %d channels, want at least 1", channels)
	}
	n := &BatchNorm{
		C: channels, Eps: 1e-5, Momentum: 0.1,
		RunningMean: make([]float32, channels), RunningVar: make([]float32, channels),
	}
	for i := range n.RunningVar {
		n.RunningVar[i] = 1
	}
	return n, nil
}

// Forward sets y from x, gamma and beta. If train is true, it uses the statistics of
// this batch (variance Σ(x−mean)²/M) and moves the running ones towards them,
//
//	running ← (1−Momentum)·running + Momentum·batch,
//
// where the running variance takes the unbiased Σ(x−mean)²/(M−1), as in PyTorch;
// M < 2 panics. If train is false, it uses the running statistics. y may be x unless
// Backward, which reads x, is called later.
func (n *BatchNorm) Forward(y, x, gamma, beta []float32, train bool) {
	n.count("batch norm forward", "x", x)
	checkLen("batch norm forward", "y", y, len(x))
	checkLen("batch norm forward", "gamma", gamma, n.C)
	checkLen("batch norm forward", "beta", beta, n.C)
	if n.last == nil {
		n.last = fuse.NewSigma(n.C, true, "")
	}
	running := fuse.Running{Eps: n.Eps, Momentum: n.Momentum, Mean: n.RunningMean, Var: n.RunningVar}
	if train {
		m := fuse.NewMoments(n.C, len(x))
		m.Read(x)
		n.last.Train(m, running, gamma, beta, nil)
	} else {
		n.last.Evaluate(running, gamma, beta, nil)
	}
	n.last.Forward(y, x)
}

// Backward sets dx, dgamma and dbeta from dy and from the x and gamma of the last
// Forward, whose statistics it uses. With x̂ = (x−mean)/√(var+Eps),
//
//	dbeta  = Σ dy
//	dgamma = Σ dy·x̂
//	dx     = gamma/√(var+Eps) · (dy − dbeta/M − x̂·dgamma/M)   after training
//	dx     = gamma/√(var+Eps) · dy                             after evaluation,
//
// where the statistics are constants. dx may be dy or x.
func (n *BatchNorm) Backward(dx, dgamma, dbeta, dy, x, gamma []float32) {
	n.count("batch norm backward", "x", x)
	checkLen("batch norm backward", "dx", dx, len(x))
	checkLen("batch norm backward", "dy", dy, len(x))
	checkLen("batch norm backward", "dgamma", dgamma, n.C)
	checkLen("batch norm backward", "dbeta", dbeta, n.C)
	checkLen("batch norm backward", "gamma", gamma, n.C)
	n.last.Backward(dx, dgamma, dbeta, nil, dy, x, gamma)
}

// count returns the number of values per channel.
func (n *BatchNorm) count(op, name string, x []float32) int {
	if len(x)%n.C != 0 {
		panic(fmt.Sprintf("tensor: %s: %s has %d values, want a multiple of the %d channels", op, name, len(x), n.C))
	}
	return len(x) / n.C
}
