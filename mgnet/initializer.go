package mgnet

// How weights begin.
//
// Convolutions are normal with variance 2/fan-in (He et al., Delving Deep into
// Rectifiers, 2015), so that a ReLU keeps the size of its input, linear layers
// uniform in ±1/√fan-in; batch norms begin as the identity. With start "dirac" all
// convolutions are uniform in ±1/√fan-in and those that keep the grid begin as the
// identity on the channels that in- and output share, as in K. Jordan, 94% on
// CIFAR-10 in 3.29 Seconds on a Single GPU, arXiv:2404.00498.

import (
	"math"
	"math/rand/v2"
)

// initializer gives a parameter its first values.
type initializer func(p *Param, rng *rand.Rand)

// startFixed gives what is not trained its values, where the configuration has them.
func (n *Network) startFixed() {
	for _, p := range n.params {
		if p.Fixed && p.init != nil && !p.Drawn {
			p.init(p, nil) // of constants and stencils
		}
	}
}

// constant is one value everywhere.
func constant(v float32) initializer {
	return func(p *Param, _ *rand.Rand) {
		for i := range p.Data {
			p.Data[i] = v
		}
	}
}

// diagonal is a stencil on each channel alone.
func diagonal(stencil []float64) initializer {
	return func(p *Param, _ *rand.Rand) {
		clear(p.Data)
		in, out := p.Shape[2], p.Shape[3]
		for k, v := range stencil {
			for c := range min(in, out) {
				p.Data[(k*in+c)*out+c] = float32(v)
			}
		}
	}
}

// diagonalFirst is a stencil on each channel that in- and output share, and random on
// what the others are made of.
func diagonalFirst(stencil []float64) initializer {
	return func(p *Param, rng *rand.Rand) {
		he(p, rng)
		in, out := p.Shape[2], p.Shape[3]
		for k, v := range stencil {
			for c := range min(in, out) {
				for i := range in {
					p.Data[(k*in+i)*out+c] = 0
				}
				p.Data[(k*in+c)*out+c] = float32(v)
			}
		}
	}
}

// onEach is a stencil for a depthwise kernel.
func onEach(stencil []float64) initializer {
	return func(p *Param, _ *rand.Rand) {
		channels := p.Shape[3]
		for k, v := range stencil {
			for c := range channels {
				p.Data[k*channels+c] = float32(v)
			}
		}
	}
}

// normal has variance 2/fan-in.
func normal(fan int) initializer {
	return func(p *Param, rng *rand.Rand) {
		std := math.Sqrt(2 / float64(max(1, fan)))
		for i := range p.Data {
			p.Data[i] = float32(std * rng.NormFloat64())
		}
	}
}

// uniform is in ±1/√fan-in.
func uniform(fan int) initializer {
	return func(p *Param, rng *rand.Rand) {
		bound := 1 / math.Sqrt(float64(fan))
		for i := range p.Data {
			p.Data[i] = float32(bound * (2*rng.Float64() - 1))
		}
	}
}

// fanIn is the number of values that a result of a convolution is made of.
func fanIn(p *Param) int { return p.Shape[0] * p.Shape[1] * p.Shape[2] }

func he(p *Param, rng *rand.Rand) { normal(fanIn(p))(p, rng) }

// adjoint is for a P, a transposed convolution of stride 2: four fine vertices, two of a
// signal, share what a coarse one sends through the weights.
func adjoint(p *Param, rng *rand.Rand) {
	share := 4
	if p.Signal {
		share = 2
	}
	normal(p.Shape[0]*p.Shape[1]*p.Shape[3]/share)(p, rng)
}

func spread(p *Param, rng *rand.Rand) { uniform(fanIn(p))(p, rng) }

// dirac is the identity on the channels that in- and output share.
func dirac(p *Param, rng *rand.Rand) {
	spread(p, rng)
	taps, in, out := p.Shape[0]*p.Shape[1], p.Shape[2], p.Shape[3]
	for c := range min(in, out) {
		for at := c; at < len(p.Data); at += out { // all that channel c is made of
			p.Data[at] = 0
		}
		p.Data[((taps/2)*in+c)*out+c] = 1
	}
}

// centre is the identity of a depthwise kernel.
func centre(p *Param, _ *rand.Rand) {
	clear(p.Data)
	taps, channels := p.Shape[0]*p.Shape[1], p.Shape[3]
	for c := range channels {
		p.Data[taps/2*channels+c] = 1
	}
}

// initializer is the start of an operator's kernel: A, B, R, P or Pi, or of the stem.
func (k kernels) initializer(op string) initializer {
	switch keepsGrid := op == "A" || op == "B" || op == "theta" || op == "stem"; {
	case op == "P":
		return adjoint
	case k.start == "dirac" && keepsGrid:
		return dirac
	case k.start == "dirac":
		return spread
	}
	return he
}
