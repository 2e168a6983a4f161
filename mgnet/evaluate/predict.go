package evaluate

// Class probabilities and accuracy.

import (
	"fmt"
	"maps"

	"mgtool/mgnet"
	"mgtool/source"
	"mgtool/tensor"
	"mgtool/tensor/graph"
	"mgtool/vision"
)

// Predictor evaluates a network: batch norms take their running statistics,
// applied by the convolution before them while its result is in the cache, weights
// are laid out once, and nothing is kept for gradients. It takes the network as it
// is; after a change, Update.
type Predictor struct {
	// TTA is the test-time augmentation, none by default.
	TTA TTA

	net      *mgnet.Network
	batch    int
	x        []float32
	programs map[int]*graph.Program // by the number of images
}

// maxPrograms is for how many numbers of images a Predictor keeps programs.
const maxPrograms = 8

// NewPredictor makes an evaluation of at most batch images at a time.
func NewPredictor(n *mgnet.Network, batch int) (*Predictor, error) {
	if batch < 1 {
		return nil, fmt.Errorf("mgnet: batch of %d images; want 1 or more", batch)
	}
	c := n.Model.Sig()
	p := &Predictor{net: n, batch: batch, x: make([]float32, batch*c.Height*c.Width*c.InChannels), programs: map[int]*graph.Program{}}
	_, err := p.program(batch)
	return p, err
}

// program is that for a number of images, made at its first use.
func (p *Predictor) program(count int) (*graph.Program, error) {
	if program, ok := p.programs[count]; ok {
		return program, nil
	}
	c := p.net.Model.Sig()
	if len(p.programs) >= maxPrograms { // each has memory and laid out weights of its own
		maps.DeleteFunc(p.programs, func(n int, _ *graph.Program) bool { return n != p.batch })
	}
	program, err := graph.Build(func(b *graph.Builder) *graph.Node {
		b.Hold()
		size := count * c.Height * c.Width * c.InChannels
		return p.net.Scores(b, b.Input("image", []int{count, c.Height, c.Width, c.InChannels}, p.x[:size]), mgnet.Pass{})
	})
	if err == nil {
		p.programs[count] = program
	}
	return program, err
}

// Program is the program that evaluates a whole batch at a time.
func (p *Predictor) Program() *graph.Program { return p.programs[p.batch] }

// Update takes over the network's weights and statistics as they are now.
func (p *Predictor) Update() {
	for _, program := range p.programs {
		program.Update()
	}
}

// Probabilities gives the class probabilities, (count, classes), of count normalised
// images (count, H, W, C), at most the batch: the softmax of [Predictor.Outputs].
func (p *Predictor) Probabilities(images []float32) ([]float32, error) {
	z, err := p.Outputs(images)
	if err != nil {
		return nil, err
	}
	tensor.Softmax(z, z, p.net.Model.Sig().Classes)
	return z, nil
}

// Outputs are what the network makes of count inputs (count, H, W, C), at most the batch,
// as many values for each: class scores, or the values of another task. With TTA they are the
// mean over several views of an input.
func (p *Predictor) Outputs(images []float32) ([]float32, error) {
	c := p.net.Model.Sig()
	size := c.Height * c.Width * c.InChannels
	count := len(images) / size
	if count < 1 || count > p.batch || count*size != len(images) {
		return nil, fmt.Errorf("mgnet: %d input values; want 1 to %d images of %d×%d×%d", len(images), p.batch, c.Height, c.Width, c.InChannels)
	}
	program, err := p.program(count)
	if err != nil {
		return nil, err
	}
	views, err := p.TTA.views(c.Height, c.Width)
	if err != nil {
		return nil, err
	}
	mean := make([]float32, len(program.Value()))
	for _, v := range views {
		v.show(p.x, images, c.Height, c.Width, c.InChannels)
		if err := program.Run(); err != nil {
			return nil, err
		}
		for i, z := range program.Value() {
			mean[i] += v.weight * z
		}
	}
	return mean, nil
}

// pass goes once over a source: see gets the outputs of a batch of n samples, the batch,
// and the index of its first sample.
func (p *Predictor) pass(s source.Source, see func(first int, outputs []float32, n int, targets *source.Batch) error) error {
	form := s.Form()
	size, batch := form.Size(), form.NewBatch(p.batch)
	for first := 0; first < s.Len(); first += p.batch {
		n := min(p.batch, s.Len()-first)
		if err := s.Read(batch, first, n); err != nil {
			return err
		}
		outputs, err := p.Outputs(batch.X[:n*size])
		if err != nil {
			return err
		}
		if err := see(first, outputs, n, batch); err != nil {
			return err
		}
	}
	return nil
}

// accepts checks that a data set has images and that they are what the model takes.
func accepts(c mgnet.Model, d *vision.Dataset) error {
	if err := c.Sig().Fits(d.Name, d.Height, d.Width, d.Channels, len(d.Classes)); err != nil {
		return err
	}
	if d.Len() == 0 {
		return fmt.Errorf("mgnet: %s has no images", d.Name)
	}
	return nil
}
