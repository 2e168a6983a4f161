package tensor

// Batch norm and activation as one map, in the steps that fuse with neighbours:
// whoever writes x also takes its moments, whoever reads the result applies the
// map, and the same backwards.

import (
	"fmt"
	"math"

	"mgtool/internal/simd"
)

// Sigma is σ(x) = max(γ·(x − mean)/√(var + ε) + β, Low), the σ = ReLU∘BN of MgNet
// for Low = 0, and batch norm alone for −Inf. Map is the σ of the last Train or
// Evaluate, to apply to any rows of channels; one training step is
//
//	m.Add(…)       of all parts of x        s.Train(m, γ, β)
//	s.Map          wherever σ(x) is read
//	g.Add(…)       of all parts of ∂L/∂σ    g.Finish(dγ, dβ, γ)
//	s.Back(…)      wherever ∂L/∂x is read
type Sigma struct {
	Map simd.Affine

	norm         *BatchNorm
	mean, invStd []float64
	count        int       // rows of the batch; 0 after Evaluate
	p, q, r      []float32 // of the gradient
}

// NewSigma makes one use of a batch norm.
func NewSigma(n *BatchNorm, low float32) *Sigma {
	f := make([]float32, 6*n.C)
	part := func(i int) []float32 { return f[i*n.C : (i+1)*n.C : (i+1)*n.C] }
	return &Sigma{
		Map:  simd.Affine{X0: part(0), A: part(1), C: part(2), Low: low},
		norm: n, mean: make([]float64, n.C), invStd: make([]float64, n.C),
		p: part(3), q: part(4), r: part(5),
	}
}

// Train takes the statistics of the batch from its moments and moves the running
// ones; see [BatchNorm.Forward].
func (s *Sigma) Train(m *Moments, gamma, beta []float32) {
	n := s.norm
	s.count = m.total()
	if s.count < 2 {
		panic(fmt.Sprintf("tensor: batch norm forward: %d values per channel, want at least 2 in training", s.count))
	}
	count, momentum := float64(s.count), float64(n.Momentum)
	for c := range s.mean {
		s.mean[c] = m.mean[c]
		s.invStd[c] = 1 / math.Sqrt(m.square[c]/count+float64(n.Eps))
		n.RunningMean[c] = float32((1-momentum)*float64(n.RunningMean[c]) + momentum*m.mean[c])
		n.RunningVar[c] = float32((1-momentum)*float64(n.RunningVar[c]) + momentum*m.square[c]/(count-1))
	}
	s.set(gamma, beta)
}

// Evaluate takes the running statistics.
func (s *Sigma) Evaluate(gamma, beta []float32) {
	n := s.norm
	s.count = 0
	for c := range s.mean {
		s.mean[c] = float64(n.RunningMean[c])
		s.invStd[c] = 1 / math.Sqrt(float64(n.RunningVar[c])+float64(n.Eps))
	}
	s.set(gamma, beta)
}

// set makes σ = max(A·(x − X0) + C, Low), where X0 is the mean in float32, so
// that x − X0 loses nothing to a large mean, and C makes up for its rounding.
func (s *Sigma) set(gamma, beta []float32) {
	f := &s.Map
	for c, mean := range s.mean {
		a := float64(gamma[c]) * s.invStd[c]
		f.X0[c] = float32(mean)
		f.A[c] = float32(a)
		f.C[c] = float32(float64(beta[c]) + a*(float64(f.X0[c])-mean))
	}
}

// Apply replaces x, rows of channels, by σ(x).
func (s *Sigma) Apply(x []float32) { simd.Best().Affine(x, x, &s.Map) }

// SigmaGradient collects, in parts like [Moments], what the gradient of a Sigma
// needs of a whole batch.
type SigmaGradient struct {
	s     *Sigma
	given []bool
	parts []float64 // Σ g and Σ g·(x − X0) of each, g = ∂L/∂σ where σ is above Low
}

// NewGradient makes the sums over n values in the parts of [Pieces].
func (s *Sigma) NewGradient(n int) *SigmaGradient { return s.NewGradientOf(Units(s.norm.C, n)) }

// NewGradientOf makes the sums of a number of parts.
func (s *Sigma) NewGradientOf(units int) *SigmaGradient {
	return &SigmaGradient{s, make([]bool, units), make([]float64, 2*s.norm.C*units)}
}

// Add gives part unit of dy = ∂L/∂σ and of x.
func (g *SigmaGradient) Add(unit int, dy, x []float32) {
	c := g.s.norm.C
	part := g.parts[2*c*unit:][:2*c]
	clear(part)
	g.given[unit] = true
	buf := borrow(2 * c)
	defer buf.release()
	eachSum(c, len(x), func(lo, hi int) {
		simd.Best().GradSums(buf.data[:c], buf.data[c:], dy[lo:hi], x[lo:hi], &g.s.Map)
		addSums(part, buf.data)
	})
}

// Finish sets dgamma and dbeta, and prepares Back.
func (g *SigmaGradient) Finish(dgamma, dbeta, gamma []float32) {
	s, c := g.s, g.s.norm.C
	for i := range c {
		var sum, product float64
		for unit, given := range g.given {
			if given {
				sum += g.parts[2*c*unit+i]
				product += g.parts[2*c*unit+c+i]
			}
		}
		// Σ g·(x − mean), where X0 is not quite the mean.
		shift := float64(s.Map.X0[i]) - s.mean[i]
		product += shift * sum
		inv := s.invStd[i]
		dbeta[i] = float32(sum)
		dgamma[i] = float32(product * inv)
		// dx = p·g + q·(x − X0) + r.
		p := float64(gamma[i]) * inv
		s.p[i], s.q[i], s.r[i] = float32(p), 0, 0
		if s.count > 0 {
			m := float64(s.count)
			q := -p * inv * inv * product / m
			s.q[i] = float32(q)
			s.r[i] = float32(q*shift - p*sum/m)
		}
	}
}

// Back sets dx = add + ∂L/∂x from dy = ∂L/∂σ and x, rows of channels; a nil add
// is 0. dx may be add, dy or x.
func (s *Sigma) Back(dx, add, dy, x []float32) {
	simd.Best().GradApply(dx, add, dy, x, &s.Map, s.p, s.q, s.r)
}
