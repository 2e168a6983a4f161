package tensor

// Batch normalisation, forward with batch or running statistics, and backward.

import (
	"fmt"
	"math"

	"mgtool/internal/parallel"
)

// BatchNorm normalises every channel over the M = N·H·W values of the batch,
//
//	y = gamma · (x − mean) / √(var + Eps) + beta,
//
// with the mean and variance of the batch in training, and their running
// averages in evaluation. Slices x and y have M·C values, gamma and beta C. All
// sums over the batch are in float64.
//
// RunningMean and RunningVar, of length C, are state to save with the weights. A
// BatchNorm remembers its last Forward; one goroutine at a time may use it.
type BatchNorm struct {
	C                       int
	Eps, Momentum           float32
	RunningMean, RunningVar []float32

	batch        bool      // the last Forward used batch statistics
	mean, invStd []float64 // the statistics it used; invStd = 1/√(var+Eps)
	sums         []float64 // bnBlocks partial sums of two values a channel
	a, b, c, x0  []float32 // coefficients of the pass over the batch
}

// bnBlocks is the number of parts of a sum over the batch.
const bnBlocks = 16

// NewBatchNorm returns a batch normalisation of the given number of channels,
// which must be at least 1, with Eps 1e-5, Momentum 0.1, running mean 0 and
// running variance 1.
func NewBatchNorm(channels int) (*BatchNorm, error) {
	if channels < 1 {
		return nil, fmt.Errorf("tensor: batch norm: %d channels, want at least 1", channels)
	}
	f32 := make([]float32, 6*channels)
	f64 := make([]float64, (2+2*bnBlocks)*channels)
	part := func(i int) []float32 { return f32[i*channels : (i+1)*channels : (i+1)*channels] }
	n := &BatchNorm{
		C: channels, Eps: 1e-5, Momentum: 0.1,
		RunningMean: part(0), RunningVar: part(1),
		mean: f64[:channels], invStd: f64[channels : 2*channels], sums: f64[2*channels:],
		a: part(2), b: part(3), c: part(4), x0: part(5),
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
	m := n.count("batch norm forward", "x", x)
	checkLen("batch norm forward", "y", y, len(x))
	checkLen("batch norm forward", "gamma", gamma, n.C)
	checkLen("batch norm forward", "beta", beta, n.C)
	n.batch = train
	if train {
		n.batchStatistics(x, m)
	} else {
		for c := range n.mean {
			n.mean[c] = float64(n.RunningMean[c])
			n.invStd[c] = 1 / math.Sqrt(float64(n.RunningVar[c])+float64(n.Eps))
		}
	}
	// y = a·(x − x0) + c, where x0 is the mean in float32, so that x − x0 loses
	// nothing to a large mean, and c makes up for the rounding of x0.
	for c, mean := range n.mean {
		a := float64(gamma[c]) * n.invStd[c]
		n.x0[c] = float32(mean)
		n.a[c] = float32(a)
		n.c[c] = float32(float64(beta[c]) + a*(float64(n.x0[c])-mean))
	}
	n.rows(m, func(lo, hi int) {
		for ; lo < hi; lo += n.C {
			out := y[lo : lo+n.C]
			for c, v := range x[lo : lo+n.C] {
				out[c] = n.a[c]*(v-n.x0[c]) + n.c[c]
			}
		}
	})
}

// batchStatistics sets mean and invStd from the M rows of x in one pass, with
// Σ(x−k) and Σ(x−k)² around k, the first value of the channel: around zero a
// mean far larger than the spread would cancel.
func (n *BatchNorm) batchStatistics(x []float32, m int) {
	if m < 2 {
		panic(fmt.Sprintf("tensor: batch norm forward: %d values per channel, want at least 2 in training", m))
	}
	k := x[:n.C]
	first, second := n.reduce(m, func(first, second []float64, lo, hi int) {
		for ; lo < hi; lo += n.C {
			for c, v := range x[lo : lo+n.C] {
				d := float64(v) - float64(k[c])
				first[c] += d
				second[c] += d * d
			}
		}
	})
	count, mom := float64(m), float64(n.Momentum)
	for c := range n.mean {
		mean := float64(k[c]) + first[c]/count
		square := max(0, second[c]-first[c]*first[c]/count) // Σ(x−mean)²; max keeps a NaN
		n.mean[c] = mean
		n.invStd[c] = 1 / math.Sqrt(square/count+float64(n.Eps))
		n.RunningMean[c] = float32((1-mom)*float64(n.RunningMean[c]) + mom*mean)
		n.RunningVar[c] = float32((1-mom)*float64(n.RunningVar[c]) + mom*square/(count-1))
	}
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
	m := n.count("batch norm backward", "x", x)
	checkLen("batch norm backward", "dx", dx, len(x))
	checkLen("batch norm backward", "dy", dy, len(x))
	checkLen("batch norm backward", "dgamma", dgamma, n.C)
	checkLen("batch norm backward", "dbeta", dbeta, n.C)
	checkLen("batch norm backward", "gamma", gamma, n.C)
	first, second := n.reduce(m, func(first, second []float64, lo, hi int) {
		for ; lo < hi; lo += n.C {
			g := dy[lo : lo+n.C]
			for c, v := range x[lo : lo+n.C] {
				d := float64(g[c])
				first[c] += d
				second[c] += d * (float64(v) - n.mean[c])
			}
		}
	})
	// dx = a·dy + b·(x − x0) + c, with x0 and c as in Forward.
	count := float64(m)
	for c, inv := range n.invStd {
		dbeta[c] = float32(first[c])
		dgamma[c] = float32(second[c] * inv)
		a := float64(gamma[c]) * inv
		n.a[c], n.b[c], n.c[c] = float32(a), 0, 0
		if n.batch {
			x0 := float32(n.mean[c])
			b := -a * inv * inv * second[c] / count
			n.x0[c] = x0
			n.b[c] = float32(b)
			n.c[c] = float32(b*(float64(x0)-n.mean[c]) - a*first[c]/count)
		}
	}
	n.rows(m, func(lo, hi int) {
		for ; lo < hi; lo += n.C {
			out, g := dx[lo:lo+n.C], dy[lo:lo+n.C]
			for c, v := range x[lo : lo+n.C] {
				out[c] = n.a[c]*g[c] + n.b[c]*(v-n.x0[c]) + n.c[c]
			}
		}
	})
}

// count returns the number of values per channel.
func (n *BatchNorm) count(op, name string, x []float32) int {
	if len(x)%n.C != 0 {
		panic(fmt.Sprintf("tensor: %s: %s has %d values, want a multiple of the %d channels", op, name, len(x), n.C))
	}
	return len(x) / n.C
}

// rows calls body for pieces [lo, hi) of a slice of m rows, cut between rows.
func (n *BatchNorm) rows(m int, body func(lo, hi int)) {
	const grain = 1 << 13
	parallel.For(m, grain/n.C+1, func(lo, hi int) { body(lo*n.C, hi*n.C) })
}

// reduce returns two sums a channel over m rows. add adds those of the slice
// range [lo, hi) to its two arguments.
func (n *BatchNorm) reduce(m int, add func(first, second []float64, lo, hi int)) (first, second []float64) {
	const leastValues = 1 << 12
	blocks := min(bnBlocks, max(1, m*n.C/leastValues))
	clear(n.sums)
	parallel.Blocks(m, blocks, func(block, lo, hi int) {
		s := n.sums[2*n.C*block:][:2*n.C]
		add(s[:n.C], s[n.C:], lo*n.C, hi*n.C)
	})
	total := n.sums[:2*n.C]
	for b := 1; b < blocks; b++ {
		for i, v := range n.sums[2*n.C*b:][:2*n.C] {
			total[i] += v
		}
	}
	return total[:n.C], total[n.C:]
}
