package meta

// Perceptrons with their gradients.

import (
	"math"
	"math/rand/v2"

	"mgtool/multigrid/method"
)

// perceptron is a method.Perceptron whose weights lie in one slice, as an optimiser wants them.
type perceptron struct {
	widths []int // inputs, hidden layers, outputs
	x      []float64
}

// newPerceptron draws weights of variance 1/inputs; those of the last layer are small, so that
// the training starts from what outputs of 0 mean.
func newPerceptron(random *rand.Rand, widths ...int) *perceptron {
	p := &perceptron{widths: widths}
	for l := range len(widths) - 1 {
		in, out := widths[l], widths[l+1]
		scale := 1 / math.Sqrt(float64(in))
		if l == len(widths)-2 {
			scale *= .01
		}
		for range out * in {
			p.x = append(p.x, scale*random.NormFloat64())
		}
		p.x = append(p.x, make([]float64, out)...)
	}
	return p
}

// layers is the same as a value of a method.
func (p *perceptron) layers() (list method.Perceptron) {
	at := 0
	for l := range len(p.widths) - 1 {
		in, out := p.widths[l], p.widths[l+1]
		layer := method.Layer{}
		for range out {
			layer.Weights = append(layer.Weights, append([]float64(nil), p.x[at:at+in]...))
			at += in
		}
		layer.Bias = append(layer.Bias, p.x[at:at+out]...)
		at += out
		list = append(list, layer)
	}
	return list
}

// tape has the values of all layers of one evaluation; the next one overwrites them.
type tape struct{ values, slopes [][]float64 }

// reset makes the memory for a perceptron of these widths.
func (t *tape) reset(widths []int) {
	if len(t.values) == len(widths) && len(t.values[0]) == widths[0] {
		return
	}
	t.values, t.slopes = nil, nil
	for _, n := range widths {
		t.values, t.slopes = append(t.values, make([]float64, n)), append(t.slopes, make([]float64, n))
	}
}

// forward evaluates the perceptron.
func (p *perceptron) forward(x []float64, t *tape) []float64 {
	t.reset(p.widths)
	copy(t.values[0], x)
	at := 0
	for l := range len(p.widths) - 1 {
		in, out := p.widths[l], p.widths[l+1]
		y := t.values[l+1]
		bias := p.x[at+in*out:]
		for j := range y {
			sum := bias[j]
			for k, w := range p.x[at+in*j : at+in*j+in] {
				sum += w * x[k]
			}
			if l < len(p.widths)-2 {
				sum /= 1 + math.Abs(sum)
			}
			y[j] = sum
		}
		at += in*out + out
		x = y
	}
	return x
}

// backward adds the gradient of the weights for the gradient dy of the outputs.
func (p *perceptron) backward(t *tape, dy, gradient []float64) {
	at := len(p.x)
	for l := len(p.widths) - 2; l >= 0; l-- {
		in, out := p.widths[l], p.widths[l+1]
		at -= in*out + out
		x, y := t.values[l], t.values[l+1]
		dx := t.slopes[l]
		clear(dx)
		for j, d := range dy {
			if l < len(p.widths)-2 { // y = s/(1+|s|), so that dy/ds = (1−|y|)²
				d *= (1 - math.Abs(y[j])) * (1 - math.Abs(y[j]))
			}
			gradient[at+in*out+j] += d
			w, g := p.x[at+in*j:at+in*j+in], gradient[at+in*j:at+in*j+in]
			for k := range w {
				g[k] += d * x[k]
				dx[k] += d * w[k]
			}
		}
		dy = dx
	}
}
