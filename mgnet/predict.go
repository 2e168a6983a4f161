package mgnet

// Evaluation: class probabilities and accuracy.

import (
	"fmt"

	"mgtool/tensor"
	"mgtool/tensor/graph"
	"mgtool/vision"
)

// Predictor evaluates a network: batch norms take their running statistics and
// nothing is kept for gradients. It reads the network's weights at each call.
type Predictor struct {
	net     *Network
	program *graph.Program
	batch   int
	x       []float32
}

// Predictor makes an evaluation of at most batch images at a time.
func (n *Network) Predictor(batch int) (*Predictor, error) {
	if batch < 1 {
		return nil, fmt.Errorf("mgnet: batch of %d images; want 1 or more", batch)
	}
	c := n.Config
	p := &Predictor{net: n, batch: batch, x: make([]float32, batch*c.Height*c.Width*c.InChannels)}
	var err error
	p.program, err = graph.Build(func(b *graph.Builder) *graph.Node {
		return n.logits(b, b.Input("image", []int{batch, c.Height, c.Width, c.InChannels}, p.x), false)
	})
	return p, err
}

// Probabilities gives the class probabilities, (count, classes), of count
// normalised images (count, H, W, C), at most the batch.
func (p *Predictor) Probabilities(images []float32) ([]float32, error) {
	c := p.net.Config
	size := c.Height * c.Width * c.InChannels
	count := len(images) / size
	if count < 1 || count > p.batch || count*size != len(images) {
		return nil, fmt.Errorf("mgnet: %d input values; want 1 to %d images of %d×%d×%d", len(images), p.batch, c.Height, c.Width, c.InChannels)
	}
	copy(p.x, images) // the rest of the batch keeps old images; each stands alone
	if err := p.program.Run(); err != nil {
		return nil, err
	}
	probs := make([]float32, count*c.Classes)
	tensor.Softmax(probs, p.program.Value()[:len(probs)], c.Classes)
	return probs, nil
}

// Accuracy is the share of a data set's images that the network classifies
// right, in [0, 1].
func (n *Network) Accuracy(d *vision.Dataset) (float64, error) {
	if err := n.Config.accepts(d); err != nil {
		return 0, err
	}
	p, err := n.Predictor(min(d.Len(), evalBatch))
	if err != nil {
		return 0, err
	}
	return p.accuracy(d)
}

// evalBatch is the images evaluated at a time; it does not change the result.
const evalBatch = 200

func (p *Predictor) accuracy(d *vision.Dataset) (float64, error) {
	size := d.Height * d.Width * d.Channels
	x := make([]float32, p.batch*size)
	right := 0
	for first := 0; first < d.Len(); first += p.batch {
		count := min(p.batch, d.Len()-first)
		if err := d.Normalize(x[:count*size], first, count); err != nil {
			return 0, err
		}
		probs, err := p.Probabilities(x[:count*size])
		if err != nil {
			return 0, err
		}
		for i := range count {
			if Best(probs[i*p.net.Config.Classes:(i+1)*p.net.Config.Classes]) == int(d.Labels[first+i]) {
				right++
			}
		}
	}
	return float64(right) / float64(d.Len()), nil
}

// Best is the index of the largest value, the first of several; −1 if there is
// none, as in a row of NaN.
func Best(row []float32) int {
	best := -1
	for i, v := range row {
		if v == v && (best < 0 || v > row[best]) {
			best = i
		}
	}
	return best
}

// accepts checks that a data set's images are what the model takes.
func (c Config) accepts(d *vision.Dataset) error {
	if d.Height != c.Height || d.Width != c.Width || d.Channels != c.InChannels {
		return fmt.Errorf("mgnet: %s has images of %d×%d×%d; the model takes %d×%d×%d", d.Name, d.Height, d.Width, d.Channels, c.Height, c.Width, c.InChannels)
	}
	if len(d.Classes) > c.Classes {
		return fmt.Errorf("mgnet: %s has %d classes; the model has %d", d.Name, len(d.Classes), c.Classes)
	}
	if d.Len() == 0 {
		return fmt.Errorf("mgnet: %s has no images", d.Name)
	}
	return nil
}
