package meta

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"mgtool/multigrid/method"
)

// turning has a direction of strong diffusion that varies.
const turning = "rotated-field(eps=0.1,length=0.25,seed=5)"

// pointNetwork has weights large enough to matter.
func pointNetwork(seed uint64, stencils int) *perceptron {
	random := rand.New(rand.NewPCG(seed, 3))
	p := newPerceptron(random, method.SmootherInputs, 5, 4, method.SmootherOutputs(stencils))
	for i := range p.x {
		p.x[i] += .05 * random.NormFloat64()
	}
	return p
}

// The gradient of the loss is that of differences, with smoothing before and after the
// correction, before it alone and after it alone.
func TestSmootherGradient(t *testing.T) {
	for _, pre := range []int{0, 1, 2} {
		a, err := member(turning, 32)
		if err != nil {
			t.Fatal(err)
		}
		patch, err := patchOf(a)
		if err != nil {
			t.Fatal(err)
		}
		in := newInterpolation(patch) // 15², with the level of 7² solved exactly
		in.weigh()
		c, err := newPointCycle(in.coarse(), pre)
		if err != nil {
			t.Fatal(err)
		}
		p := pointNetwork(uint64(pre), 2)
		// The errors that are followed depend on the network; the gradient takes them as given.
		start := c.start(p)
		loss := func() float64 {
			c.emit(p)
			return c.follow(start)
		}
		loss()
		gradient := make([]float64, len(p.x))
		c.backward(p, gradient)
		for i := 0; i < len(p.x); i += 7 {
			const h = 1e-5
			at := p.x[i]
			p.x[i] = at + h
			up := loss()
			p.x[i] = at - h
			down := loss()
			p.x[i] = at
			if want := (up - down) / (2 * h); math.Abs(gradient[i]-want) > 1e-7+1e-5*math.Abs(want) {
				t.Errorf("%d before: weight %d: gradient %g, difference %g", pre, i, gradient[i], want)
			}
		}
	}
}

func (c *pointCycle) start(p *perceptron) [][]float64 {
	c.emit(p)
	return c.errors(rand.New(rand.NewPCG(1, 2)))
}

func TestSmoothersSameSeedSameBits(t *testing.T) {
	o := Options{Seed: 1, Steps: 1, Batch: 2, Hidden: 4}
	one, err := Smoothers(context.Background(), Variable, 1, 1, o)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Smoothers(context.Background(), Variable, 1, 1, o)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(one, two) {
		t.Error("two trainings of the same seed differ")
	}
}
