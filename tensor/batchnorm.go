package tensor

// Batch normalisation, forward with batch or running statistics, and backward.

import (
	"fmt"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// BatchNorm normalises every channel over the M = N·H·W values of the batch,
//
//	y = gamma · (x − mean) / √(var + Eps) + beta,
//
// with the mean and variance of the batch in training, and their running
// averages in evaluation. Slices x and y have M·C values, gamma and beta C.
//
// RunningMean and RunningVar, of length C, are state to save with the weights. A
// BatchNorm remembers its last Forward; one goroutine at a time may use it.
type BatchNorm struct {
	C                       int
	Eps, Momentum           float32
	RunningMean, RunningVar []float32

	last *Sigma
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

// Forward sets y from x, gamma and beta. With train it uses the statistics of
// this batch (variance Σ(x−mean)²/M) and moves the running ones towards them,
//
//	running ← (1−Momentum)·running + Momentum·batch,
//
// where the running variance takes the unbiased Σ(x−mean)²/(M−1), as PyTorch
// does; this needs M ≥ 2 and panics otherwise. Without train it uses the running
// statistics. y may be x only if Backward, which wants x, is not called.
func (n *BatchNorm) Forward(y, x, gamma, beta []float32, train bool) {
	n.count("batch norm forward", "x", x)
	checkLen("batch norm forward", "y", y, len(x))
	checkLen("batch norm forward", "gamma", gamma, n.C)
	checkLen("batch norm forward", "beta", beta, n.C)
	if n.last == nil {
		n.last = NewSigma(n.C, n, Activation{})
	}
	if train {
		m := NewMoments(n.C, len(x))
		m.Read(x)
		n.last.Train(m, gamma, beta, nil)
	} else {
		n.last.Evaluate(gamma, beta, nil)
	}
	k := simd.Best()
	Pieces(n.C, len(x), func(_, lo, hi int) { k.Affine(y[lo:hi], x[lo:hi], &n.last.Map) })
}

// Backward sets dx, dgamma and dbeta from dy and from the x and gamma of the
// last Forward, whose statistics it uses. With x̂ = (x−mean)/√(var+Eps),
//
//	dbeta  = Σ dy
//	dgamma = Σ dy·x̂
//	dx     = gamma/√(var+Eps) · (dy − dbeta/M − x̂·dgamma/M)   after train
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
	s := n.last
	sums := s.NewGradient(len(x), false)
	Pieces(n.C, len(x), func(unit, lo, hi int) { sums.Add(unit, dy[lo:hi], x[lo:hi]) })
	sums.Finish(dgamma, dbeta, nil, gamma)
	Pieces(n.C, len(x), func(_, lo, hi int) { s.Back(dx[lo:hi], nil, dy[lo:hi], x[lo:hi]) })
}

// count returns the number of values per channel.
func (n *BatchNorm) count(op, name string, x []float32) int {
	if len(x)%n.C != 0 {
		panic(fmt.Sprintf("tensor: %s: %s has %d values, want a multiple of the %d channels", op, name, len(x), n.C))
	}
	return len(x) / n.C
}

// pieceFloats is the size of a piece of feature maps that passes value by value
// work on: a quarter of a second-level cache of a megabyte.
const pieceFloats = 1 << 16

// pieceRows is the number of rows of channels in a piece. It depends on the
// shape only: sums are taken by pieces.
func pieceRows(channels int) int { return min(2048, max(1, pieceFloats/channels)) }

// Units is the number of pieces that [Pieces] cuts n values into.
func Units(channels, n int) int {
	size := pieceRows(channels) * channels
	return (n + size - 1) / size
}

// Pieces calls body for consecutive pieces [lo, hi) of n values, cut between
// rows of channels, several at a time.
func Pieces(channels, n int, body func(unit, lo, hi int)) {
	size := pieceRows(channels) * channels
	parallel.Each(Units(channels, n), func(_, unit int) {
		body(unit, unit*size, min((unit+1)*size, n))
	})
}
