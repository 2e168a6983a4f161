package mgnet

// A model's values: parameters and batch norms.

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"mgtool/internal/memory"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// family is what the models of one kind have in common.
type family interface {
	validate(c Config) error
	// layout names the weights and their shapes, in the order of the walk.
	layout(n *Network)
	// features are the shapes of feature maps of one image, padding included, with the
	// largest among them.
	features(c Config) []tensor.Shape
	// scores are those of the classes, (N, classes), of images (N, H, W, C).
	scores(v *nodes, x *graph.Node) *graph.Node
}

// families are the models by the name in [Config.Model].
var families = map[string]family{
	"mgnet": mgnetFamily{}, "resnet": residualFamily{}, "preact": residualFamily{},
	"cnn": cnnFamily{}, "layers": layersFamily{},
}

// Param is a named tensor of weights. Convolutions have shape (K, K, in, out),
// a P (K, K, fine, coarse): it is the adjoint of a convolution, depthwise ones
// (K, K, 1, channels).
type Param struct {
	Name  string
	Shape []int
	Data  []float32
	Fixed bool // given, not trained

	start     start // nil starts from 0
	depthwise bool
}

// size is the number of values.
func (p *Param) size() int { return product(p.Shape...) }

// Network is a model with its values.
type Network struct {
	Config Config
	params []*Param
	norms  []*norm // those with statistics
	byName map[string]*Param

	stem   stem
	head   head
	levels []level // of a walk
	layers []layer // of model "layers"
}

// norm is one batch normalisation: its weights and its statistics. Without
// statistics it is a bias.
type norm struct {
	name        string
	gamma, beta *Param
	theta       *Param // of the activation behind it; nil if that has none
	stats       *tensor.BatchNorm
}

// level holds the operators of one grid; A, B and the norms have one entry a
// step or one for all, as cycle.Operators wants them.
type level struct {
	a, b           []*Param
	sigma1, sigma2 []*norm // before and after B, one a step
	r, pi, p       *Param  // to the next level and back; nil on the coarsest, or where that takes no weights
	sigmaR, sigmaP *norm   // after R and after Π
}

// New makes a network with random weights, the same for the same seed; see
// start.go for how they are distributed.
func New(c Config, seed uint64) (*Network, error) {
	n, err := empty(c)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(seed, 0x6d676e6574))
	for _, p := range n.params {
		if p.start != nil {
			p.start(p, rng)
		}
	}
	return n, nil
}

// empty makes a network whose weights are all zero.
func empty(c Config) (*Network, error) {
	err := c.Validate()
	if err != nil {
		return nil, err
	}
	n := layout(c)
	bytes := int64(0)
	for _, p := range n.params {
		bytes += 4 * int64(p.size())
	}
	if err := memory.Check("the weights of the model", bytes); err != nil {
		return nil, fmt.Errorf("mgnet: %w", err)
	}
	for _, p := range n.params {
		p.Data = make([]float32, p.size())
	}
	for _, b := range n.norms {
		if b.stats, err = tensor.NewBatchNorm(b.stats.C); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// layout makes a network without values and statistics, of a configuration that its family has
// found valid.
func layout(c Config) *Network {
	n := &Network{Config: c, byName: map[string]*Param{}}
	families[c.Model].layout(n)
	return n
}

// at is the same network, of the same weights, for images of h×w pixels; an error if
// it has weights for each pixel, or grids that are then too small.
func (n *Network) at(h, w int) (*Network, error) {
	other := *n
	other.Config.Height, other.Config.Width = h, w
	err := other.Config.Validate()
	if err == nil {
		for i, p := range layout(other.Config).params {
			if !slices.Equal(p.Shape, n.params[i].Shape) {
				err = fmt.Errorf("its %s would have shape %v, not %v", p.Name, p.Shape, n.params[i].Shape)
				break
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("mgnet: model %s for images of %d×%d does not take them with %d×%d: %w", n.Config.Model, n.Config.Height, n.Config.Width, h, w, err)
	}
	return &other, nil
}

func (n *Network) param(name string, begin start, shape ...int) *Param {
	p := &Param{Name: name, Shape: shape, start: begin}
	n.params = append(n.params, p)
	n.byName[name] = p
	return p
}

// levelName gives the names of what a level holds.
func levelName(l int) func(format string, a ...any) string {
	return func(format string, a ...any) string { return fmt.Sprintf("level%d.", l) + fmt.Sprintf(format, a...) }
}

// copies makes the operators of a level, one for all steps or one a step, of ch
// channels, but that the first reads as many as first.
func (n *Network) copies(op string, count int, name func(string, ...any) string, first, ch int) (list []*Param) {
	for k := range count {
		in, p := ch, name("%s", op)
		if count > 1 {
			p = name("step%d.%s", k, op)
		}
		if k == 0 {
			in = first
		}
		list = append(list, n.operator(op, p, 3, in, ch))
	}
	return list
}

// operator makes a k×k kernel in × out; one that is fixed has its stencil on the
// diagonal, which is the stencil applied to each channel alone.
func (n *Network) operator(op, name string, k, in, out int) *Param {
	begin := n.Config.kernelStart(op)
	if slices.Contains(n.Config.Depthwise, op) {
		if n.Config.Start == "dirac" {
			begin = centre
		}
		p := n.param(name, begin, k, k, 1, out)
		p.depthwise = true
		return p
	}
	stencil, fixed := n.Config.Fixed[op]
	if fixed {
		begin = diagonal(stencil)
	}
	p := n.param(name, begin, k, k, in, out)
	p.Fixed = fixed
	return p
}

// norm makes a batch norm, or what the configuration has for it, whose values go
// to a level, with its activation's parameter.
func (n *Network) norm(name string, level, channels int) *norm {
	b := n.plainNorm(name, channels)
	b.theta = n.activationOf(level, name, channels)
	return b
}

// plainNorm makes one without an activation.
func (n *Network) plainNorm(name string, channels int) *norm {
	if n.Config.Norm == "none" {
		return &norm{name: name, beta: n.param(name+".beta", nil, channels)}
	}
	b := &norm{name: name, gamma: n.param(name+".gamma", constant(1), channels), beta: n.param(name+".beta", nil, channels), stats: &tensor.BatchNorm{C: channels}}
	b.gamma.Fixed = n.Config.Norm == "shift"
	n.norms = append(n.norms, b)
	return b
}

// Params are all weights, the fixed ones too, in a fixed order.
func (n *Network) Params() []*Param { return n.params }

// Parameters is the number of trained values; see [Config.Parameters].
func (n *Network) Parameters() int {
	count := 0
	for _, p := range n.params {
		if !p.Fixed {
			count = sum(count, p.size())
		}
	}
	return count
}

// weights is the number of values of all parameters, the fixed ones too.
func (n *Network) weights() int {
	count := 0
	for _, p := range n.params {
		count = sum(count, p.size())
	}
	return count
}

// Layers lists the operations of the network on one image, in order: what they
// do, with which weights, the shape of their output, their multiply-adds.
func Layers(c Config) ([]graph.Step, error) {
	n, err := empty(c)
	if err != nil {
		return nil, err
	}
	// Nothing runs, so no weights are laid out: the memory stays untouched.
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		image := make([]float32, c.Height*c.Width*c.InChannels)
		return n.logits(b, b.Input("image", []int{1, c.Height, c.Width, c.InChannels}, image), false)
	})
	if err != nil {
		return nil, err
	}
	return p.Steps(), nil
}

// macs are the multiply-adds of all steps.
func macs(steps []graph.Step) (sum int64) {
	for _, s := range steps {
		sum += s.MACs
	}
	return sum
}
