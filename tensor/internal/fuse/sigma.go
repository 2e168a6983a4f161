package fuse

// Batch norm and activation as one map: the operation that writes x also sums its
// moments, and each operation that reads the result applies the map as it reads.
// Backward works the same way.

import (
	"fmt"
	"math"

	"mgtool/internal/simd"
)

// Sigma is σ(x) = act(γ·(x − mean)/√(var + ε) + β; θ), MgNet's σ = act∘BN. With the
// identity for act it is batch norm alone, without a norm it is act(x; θ). Map is the
// σ of the last Train or Evaluate, which applies to any rows of channels. One training
// step is
//
//	m.Add(…)       of all parts of x        s.Train(m, r, γ, β, θ)
//	s.Map          wherever σ(x) is read
//	g.Add(…)       of all parts of ∂L/∂σ    g.Finish(dγ, dβ, dθ, γ)
//	s.Back(…)      wherever ∂L/∂x is read
type Sigma struct {
	Map simd.Affine

	channels     int
	normed       bool // by the statistics of a batch norm
	mean, invStd []float64
	count        int       // rows of the batch; 0 after Evaluate
	p, q, r      []float32 // of the gradient
	gated        bool      // ∂L/∂σ has been multiplied by the slope of act
}

// Running is what a batch norm keeps between batches: ε, the momentum, and the
// running mean and variance of each channel.
type Running struct {
	Eps, Momentum float32
	Mean, Var     []float32
}

// activations are the activations that package tensor offers, by their names.
var activations = map[string]simd.Activation{
	"": simd.Identity, "heaviside": simd.Heaviside, "sigmoid": simd.Sigmoid, "tanh": simd.Tanh,
	"relu": simd.ReLU, "prelu": simd.PReLU, "gelu": simd.GELU, "hat": simd.Hat,
}

// NewSigma returns one use of a batch norm of the given number of channels, or of
// none, followed by the activation of that name in package tensor, the identity for
// an empty name. It panics on an unknown name.
func NewSigma(channels int, normed bool, activation string) *Sigma {
	act, ok := activations[activation]
	if !ok {
		panic(fmt.Sprintf("tensor: unknown activation %q; use one from LookupActivation", activation))
	}
	f := make([]float32, 6*channels)
	part := func(i int) []float32 { return f[i*channels : (i+1)*channels : (i+1)*channels] }
	s := &Sigma{
		Map:      simd.Affine{X0: part(0), A: part(1), C: part(2), Act: act},
		channels: channels, normed: normed,
		mean: make([]float64, channels), invStd: make([]float64, channels),
		p: part(3), q: part(4), r: part(5),
	}
	if act == simd.PReLU || act == simd.Hat {
		s.Map.Theta = make([]float32, channels)
	}
	return s
}

// Train takes the batch's statistics from its moments and moves the running ones
// towards them, as tensor.BatchNorm.Forward documents. theta is empty, one value or
// one per channel.
func (s *Sigma) Train(m *Moments, r Running, gamma, beta, theta []float32) {
	s.trainOn(m.total(), m.mean, m.square, r, gamma, beta, theta)
}

// trainOn is Train with the means of rows rows, and their Σ(x−mean)².
func (s *Sigma) trainOn(rows int, mean, square []float64, r Running, gamma, beta, theta []float32) {
	if s.count = rows; rows < 2 {
		panic(fmt.Sprintf("tensor: batch norm forward: %d values per channel, want at least 2 in training", rows))
	}
	count, momentum := float64(rows), float64(r.Momentum)
	for c := range s.mean {
		s.mean[c] = mean[c]
		s.invStd[c] = 1 / math.Sqrt(square[c]/count+float64(r.Eps))
		r.Mean[c] = float32((1-momentum)*float64(r.Mean[c]) + momentum*mean[c])
		r.Var[c] = float32((1-momentum)*float64(r.Var[c]) + momentum*square[c]/(count-1))
	}
	s.set(gamma, beta, theta)
}

// Evaluate takes the running statistics. Without a norm r is ignored, and gamma and
// beta are nil.
func (s *Sigma) Evaluate(r Running, gamma, beta, theta []float32) {
	s.count = 0
	for c := range s.mean {
		s.mean[c], s.invStd[c] = 0, 1
		if s.normed {
			s.mean[c] = float64(r.Mean[c])
			s.invStd[c] = 1 / math.Sqrt(float64(r.Var[c])+float64(r.Eps))
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
		if s.normed {
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

// SigmaGradient collects, part by part as [Moments] does, the sums over a batch that
// the gradient of a Sigma needs.
type SigmaGradient struct {
	s     *Sigma
	theta bool      // sum ∂L/∂θ too
	given []bool    // which parts were added
	parts []float64 // Σ g, Σ g·(x − X0) and Σ ∂L/∂θ of each, g = ∂L/∂σ·act'
}

// NewGradient returns the sums over n values in the parts of [Pieces].
func (s *Sigma) NewGradient(n int, theta bool) *SigmaGradient {
	return s.NewGradientOf(Units(s.channels, n), theta, false)
}

// NewGradientOf returns the sums over a number of parts, with the one for θ if theta is
// true. With gate, and an activation other than ReLU, Add replaces ∂L/∂σ by its product
// with act', which Back then expects as ∂L/∂σ: act' is computed once, not at every read
// of the gradient.
func (s *Sigma) NewGradientOf(units int, theta, gate bool) *SigmaGradient {
	s.gated = gate
	return &SigmaGradient{s, theta && s.Map.Theta != nil, make([]bool, units), make([]float64, 3*s.channels*units)}
}

// Add adds part unit of dy = ∂L/∂σ and of x.
func (g *SigmaGradient) Add(unit int, dy, x []float32) {
	s, c, k := g.s, g.s.channels, simd.Best()
	part := g.parts[3*c*unit:][:3*c]
	clear(part)
	g.given[unit] = true
	buf := Borrow(3 * c)
	defer buf.Release()
	sums, zero := buf.Data[:2*c], buf.Data[2*c:]
	var rows []float32
	if s.Map.Act.Gated() {
		b := Borrow(min(len(x), sumRows*c))
		defer b.Release()
		rows = b.Data
		clear(zero)
	}
	eachSum(c, len(x), func(lo, hi int) {
		dy, x := dy[lo:hi], x[lo:hi]
		if s.Map.Act.Gated() {
			out := rows[:len(x)]
			if g.theta {
				k.GateTheta(out, dy, x, &s.Map)
				k.Moments(sums[:c], sums[c:], out, zero) // the squares are not used
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

// Finish sets dgamma, dbeta and dtheta, and prepares Back. gamma, dgamma and dbeta are
// nil without a norm, dtheta if it was not requested.
func (g *SigmaGradient) Finish(dgamma, dbeta, dtheta, gamma []float32) {
	s, c := g.s, g.s.channels
	thetas := make([]float64, len(dtheta)) // one, or one per channel
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
		if !s.normed {
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
	b := Borrow(min(len(x), sumRows*s.channels))
	defer b.Release()
	eachSum(s.channels, len(x), func(lo, hi int) {
		g := b.Data[:hi-lo]
		k.Gate(g, dy[lo:hi], x[lo:hi], &s.Map)
		if add != nil {
			k.GradApply(dx[lo:hi], add[lo:hi], g, x[lo:hi], &s.Map, s.p, s.q, s.r)
		} else {
			k.GradApply(dx[lo:hi], nil, g, x[lo:hi], &s.Map, s.p, s.q, s.r)
		}
	})
}

// Forward sets y = σ(x), all rows at once.
func (s *Sigma) Forward(y, x []float32) {
	Pieces(s.channels, len(x), func(_, lo, hi int) { Source{X: x, Sigma: s}.Read(y[lo:hi], lo) })
}

// Backward sets dx, and the gradients that [SigmaGradient.Finish] sets, from dy = ∂L/∂σ
// and x, all rows at once.
func (s *Sigma) Backward(dx, dgamma, dbeta, dtheta, dy, x, gamma []float32) {
	sums := s.NewGradient(len(x), dtheta != nil)
	Pieces(s.channels, len(x), func(unit, lo, hi int) { sums.Add(unit, dy[lo:hi], x[lo:hi]) })
	sums.Finish(dgamma, dbeta, dtheta, gamma)
	Pieces(s.channels, len(x), func(_, lo, hi int) { s.Back(dx[lo:hi], nil, dy[lo:hi], x[lo:hi]) })
}
