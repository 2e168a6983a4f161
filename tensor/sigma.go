package tensor

// Batch norm and activation as one map, in the steps that fuse with neighbours:
// whoever writes x also takes its moments, whoever reads the result applies the
// map, and the same backwards.

import (
	"fmt"
	"math"

	"mgtool/internal/simd"
)

// Sigma is σ(x) = act(γ·(x − mean)/√(var + ε) + β; θ), the σ = act∘BN of MgNet; with
// the identity for act it is batch norm alone, without a norm it is act(x; θ). Map is
// the σ of the last Train or Evaluate, to apply to any rows of channels; one training
// step is
//
//	m.Add(…)       of all parts of x        s.Train(m, γ, β, θ)
//	s.Map          wherever σ(x) is read
//	g.Add(…)       of all parts of ∂L/∂σ    g.Finish(dγ, dβ, dθ, γ)
//	s.Back(…)      wherever ∂L/∂x is read
type Sigma struct {
	Map simd.Affine

	channels     int
	norm         *BatchNorm // nil for none
	mean, invStd []float64
	count        int       // rows of the batch; 0 after Evaluate
	p, q, r      []float32 // of the gradient
	gated        bool      // ∂L/∂σ has been multiplied by the slope of act
}

// NewSigma makes one use of a batch norm of so many channels, nil for none, with an
// activation behind it.
func NewSigma(channels int, n *BatchNorm, act Activation) *Sigma {
	f := make([]float32, 6*channels)
	part := func(i int) []float32 { return f[i*channels : (i+1)*channels : (i+1)*channels] }
	s := &Sigma{
		Map:      simd.Affine{X0: part(0), A: part(1), C: part(2), Act: act.kind},
		channels: channels, norm: n,
		mean: make([]float64, channels), invStd: make([]float64, channels),
		p: part(3), q: part(4), r: part(5),
	}
	if act.Parameter != "" {
		s.Map.Theta = make([]float32, channels)
	}
	return s
}

// Train takes the statistics of the batch from its moments and moves the running
// ones; see [BatchNorm.Forward]. theta is empty, one value or one a channel.
func (s *Sigma) Train(m *Moments, gamma, beta, theta []float32) {
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
	s.set(gamma, beta, theta)
}

// Evaluate takes the running statistics. Without a norm gamma and beta are nil.
func (s *Sigma) Evaluate(gamma, beta, theta []float32) {
	s.count = 0
	for c := range s.mean {
		s.mean[c], s.invStd[c] = 0, 1
		if n := s.norm; n != nil {
			s.mean[c] = float64(n.RunningMean[c])
			s.invStd[c] = 1 / math.Sqrt(float64(n.RunningVar[c])+float64(n.Eps))
		}
	}
	s.set(gamma, beta, theta)
}

// set makes σ = act(A·(x − X0) + C), where X0 is the mean in float32, so that x − X0
// loses nothing to a large mean, and C makes up for its rounding.
func (s *Sigma) set(gamma, beta, theta []float32) {
	f := &s.Map
	for c, mean := range s.mean {
		scale, shift := 1.0, 0.0
		if s.norm != nil {
			scale, shift = float64(gamma[c]), float64(beta[c])
		}
		a := scale * s.invStd[c]
		f.X0[c] = float32(mean)
		f.A[c] = float32(a)
		f.C[c] = float32(shift + a*(float64(f.X0[c])-mean))
	}
	for c := range f.Theta {
		f.Theta[c] = theta[c%len(theta)]
	}
}

// Apply replaces x, rows of channels, by σ(x).
func (s *Sigma) Apply(x []float32) { simd.Best().Affine(x, x, &s.Map) }

// SigmaGradient collects, in parts like [Moments], what the gradient of a Sigma
// needs of a whole batch.
type SigmaGradient struct {
	s     *Sigma
	theta bool // take the sum for θ too
	given []bool
	parts []float64 // Σ g, Σ g·(x − X0) and Σ ∂L/∂θ of each, g = ∂L/∂σ·act'
}

// NewGradient makes the sums over n values in the parts of [Pieces].
func (s *Sigma) NewGradient(n int, theta bool) *SigmaGradient {
	return s.NewGradientOf(Units(s.channels, n), theta, false)
}

// NewGradientOf makes the sums of a number of parts, with that for θ if theta. With
// gate, and another activation than ReLU, Add replaces ∂L/∂σ by its product with act',
// and Back takes that for ∂L/∂σ: so act' is computed once, and not wherever the gradient
// is read.
func (s *Sigma) NewGradientOf(units int, theta, gate bool) *SigmaGradient {
	s.gated = gate
	return &SigmaGradient{s, theta && s.Map.Theta != nil, make([]bool, units), make([]float64, 3*s.channels*units)}
}

// Add gives part unit of dy = ∂L/∂σ and of x.
func (g *SigmaGradient) Add(unit int, dy, x []float32) {
	s, c, k := g.s, g.s.channels, simd.Best()
	part := g.parts[3*c*unit:][:3*c]
	clear(part)
	g.given[unit] = true
	buf := borrow(3 * c)
	defer buf.release()
	sums, zero := buf.data[:2*c], buf.data[2*c:]
	var rows []float32
	if s.Map.Act.Gated() {
		b := borrow(min(len(x), sumRows*c))
		defer b.release()
		rows = b.data
		clear(zero)
	}
	eachSum(c, len(x), func(lo, hi int) {
		dy, x := dy[lo:hi], x[lo:hi]
		if s.Map.Act.Gated() {
			out := rows[:len(x)]
			if g.theta {
				k.GateTheta(out, dy, x, &s.Map)
				k.Moments(sums[:c], sums[c:], out, zero) // of which the squares are of no use
				addSums(part[2*c:], sums[:c])
			}
			if s.gated {
				out = dy
			}
			k.Gate(out, dy, x, &s.Map)
			dy = out
		}
		k.GradSums(sums[:c], sums[c:], dy, x, &s.Map)
		addSums(part, sums)
	})
}

// Finish sets dgamma, dbeta and dtheta, and prepares Back. Without a norm gamma and
// its like are nil, as is dtheta where it was not asked for.
func (g *SigmaGradient) Finish(dgamma, dbeta, dtheta, gamma []float32) {
	s, c := g.s, g.s.channels
	thetas := make([]float64, len(dtheta)) // one, or one a channel
	for i := range c {
		var total [3]float64
		for unit, given := range g.given {
			if given {
				for j := range total {
					total[j] += g.parts[3*c*unit+j*c+i]
				}
			}
		}
		if len(thetas) > 0 {
			thetas[i%len(thetas)] += total[2]
		}
		if s.norm == nil {
			s.p[i] = 1
			continue
		}
		// Σ g·(x − mean), where X0 is not quite the mean.
		sum, product := total[0], total[1]
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
	for i, v := range thetas {
		dtheta[i] = float32(v)
	}
}

// Back sets dx = add + ∂L/∂x from dy = ∂L/∂σ and x, rows of channels; a nil add
// is 0. dx may be add, dy or x.
func (s *Sigma) Back(dx, add, dy, x []float32) {
	k := simd.Best()
	if !s.Map.Act.Gated() || s.gated {
		k.GradApply(dx, add, dy, x, &s.Map, s.p, s.q, s.r)
		return
	}
	b := borrow(min(len(x), sumRows*s.channels))
	defer b.release()
	eachSum(s.channels, len(x), func(lo, hi int) {
		g := b.data[:hi-lo]
		k.Gate(g, dy[lo:hi], x[lo:hi], &s.Map)
		if add != nil {
			k.GradApply(dx[lo:hi], add[lo:hi], g, x[lo:hi], &s.Map, s.p, s.q, s.r)
		} else {
			k.GradApply(dx[lo:hi], nil, g, x[lo:hi], &s.Map, s.p, s.q, s.r)
		}
	})
}
