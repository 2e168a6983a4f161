package mgnet

// A model's values: parameters and batch norms.

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"mgtool/internal/memory"
	"mgtool/internal/saturating"
	"mgtool/tensor"
)

// Param is a named tensor of weights. Convolutions have shape (K, K, in, out),
// a P (K, K, fine, coarse): it is the adjoint of a convolution, depthwise ones
// (K, K, 1, channels). Those of signals have 1 in place of the first K.
type Param struct {
	Name  string
	Shape []int
	Data  []float32
	Fixed bool // given, not trained
	// Drawn says of a fixed one that no configuration gives its values: they are random, or
	// made of the images, and come with the weights.
	Drawn bool

	init      initializer // nil starts from 0
	Depthwise bool        // one kernel a channel
	Signal    bool        // a kernel of sequences, (1, K, in, out): Conv1d in PyTorch
	mix       *Param      // the 1×1 convolution behind it; nil for none
}

// size is the number of values.
func (p *Param) size() int { return saturating.Product(p.Shape...) }

// Network is a model with the values of its parameters.
type Network struct {
	Model  Model
	params []*Param
	norms  []*Norm // those with statistics
	byName map[string]*Param

	body  body
	sigma Sigma  // of all its norms and activations
	first *Param // the kernel that reads the input; nil for none
	stem  stem   // of a walk, as is the head
	head  head
	kernels
}

// kernels says how the kernels of operators are made.
type kernels struct {
	start     string               // as [Walk.Start]
	depthwise []string             // operators on each channel alone
	mixed     map[string]string    // how the 1×1 convolution behind one begins
	fixed     map[string][]float64 // operators that are given, by their stencils
	frozen    []string             // operators that stay at their random start
	begin     map[string][]float64 // stencils that trained operators begin with
}

// Norm is one batch normalisation: its weights and its statistics. Without
// statistics it is a bias.
type Norm struct {
	Name        string
	Gamma, Beta *Param
	Theta       *Param // of the activation behind it; nil if that has none
	Stats       *tensor.BatchNorm
}

// level holds the operators of one grid; A, B and the norms have one entry a
// step or one for all, as cycle.Operators wants them.
type level struct {
	a, b           []*Param
	sigma1, sigma2 []*Norm // before and after B, one a step
	r, pi, p       *Param  // to the next level and back; nil on the coarsest, or where that takes no weights
	sigmaR, sigmaP *Norm   // after R and after Π
}

// New makes a network with random weights, the same for the same seed; see
// initializer.go for how they are distributed.
func New(m Model, seed uint64) (*Network, error) {
	n, err := zeroed(m)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(seed, 0x6d676e6574))
	for _, p := range n.params {
		if p.init != nil {
			p.init(p, rng)
		}
	}
	return n, nil
}

// Empty makes a network whose trained weights are all zero; those that are fixed have
// their values.
func Empty(m Model) (*Network, error) {
	n, err := zeroed(m)
	if err != nil {
		return nil, err
	}
	n.startFixed()
	return n, nil
}

// zeroed makes a network whose weights are all zero: memory that nothing has touched.
func zeroed(m Model) (*Network, error) {
	err := Validate(m)
	if err != nil {
		return nil, err
	}
	n := Layout(m)
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
		if b.Stats, err = tensor.NewBatchNorm(b.Stats.C); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// Layout makes a network without values and statistics, of a model that is valid: names
// and shapes alone.
func Layout(m Model) *Network {
	n := &Network{Model: m, byName: map[string]*Param{}}
	n.body = m.layout(n)
	return n
}

// At returns a network for inputs of h×w that shares the weights and statistics of this
// one; an error if it has weights for each pixel, or if its grids would be too small.
func (n *Network) At(h, w int) (*Network, error) {
	m := n.Model.resized(h, w)
	wrong := func(err error) (*Network, error) {
		s := n.Model.Sig()
		return nil, fmt.Errorf("mgnet: model %s for images of %d×%d does not take them with %d×%d: %w", s.Family, s.Height, s.Width, h, w, err)
	}
	if err := Validate(m); err != nil {
		return wrong(err)
	}
	other, err := n.as(m)
	if err != nil {
		return wrong(err)
	}
	return other, nil
}

// as returns a network of a valid model that shares the weights and statistics of this one,
// or an error if that has weights of other shapes.
func (n *Network) as(m Model) (*Network, error) {
	other := Layout(m)
	for i, p := range other.params {
		if !slices.Equal(p.Shape, n.params[i].Shape) {
			return nil, fmt.Errorf("its %s would have shape %v, not %v", p.Name, p.Shape, n.params[i].Shape)
		}
		p.Data = n.params[i].Data
	}
	for i, b := range other.norms {
		b.Stats = n.norms[i].Stats
	}
	return other, nil
}

func (n *Network) addParam(name string, init initializer, shape ...int) *Param {
	p := &Param{Name: name, Shape: shape, init: init}
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
		list = append(list, n.operator(op, p, n.stem.walk.kernel(), in, ch))
	}
	return list
}

// norm makes a batch norm, or what the configuration has for it, whose values go
// to a level, with its activation's parameter.
func (n *Network) norm(name string, level, channels int) *Norm {
	b := n.plainNorm(name, channels)
	b.Theta = n.activationOf(level, name, channels)
	return b
}

// plainNorm makes one without an activation.
func (n *Network) plainNorm(name string, channels int) *Norm {
	if n.sigma.Norm == "none" {
		return &Norm{Name: name, Beta: n.addParam(name+".beta", nil, channels)}
	}
	b := &Norm{Name: name, Gamma: n.addParam(name+".gamma", constant(1), channels), Beta: n.addParam(name+".beta", nil, channels), Stats: &tensor.BatchNorm{C: channels}}
	b.Gamma.Fixed = n.sigma.Norm == "shift" || n.sigma.Norm == "fixed"
	b.Beta.Fixed = n.sigma.Norm == "fixed"
	n.norms = append(n.norms, b)
	return b
}

// Params lists all parameters, fixed ones included, in the order of the walk.
func (n *Network) Params() []*Param { return n.params }

// Parameters is the number of trained values; see [Parameters].
func (n *Network) Parameters() int {
	count := 0
	for _, p := range n.params {
		if !p.Fixed {
			count = saturating.Sum(count, p.size())
		}
	}
	return count
}

// Weights is the number of values of all parameters, fixed ones included.
func (n *Network) Weights() int {
	count := 0
	for _, p := range n.params {
		count = saturating.Sum(count, p.size())
	}
	return count
}

// FirstKernel returns the convolution that reads the input, nil if there is none.
func (n *Network) FirstKernel() *Param { return n.first }

// Tensors returns everything a checkpoint holds, by name, as views of the values in
// use: parameters and running statistics of the network and, if not nil, others.
func (n *Network) Tensors(others map[string]Tensor) map[string]Tensor {
	all := map[string]Tensor{}
	for _, p := range n.params {
		all[p.Name] = Tensor{p.Shape, p.Data}
	}
	for _, b := range n.norms {
		all[b.Name+".running_mean"] = Tensor{[]int{b.Stats.C}, b.Stats.RunningMean}
		all[b.Name+".running_var"] = Tensor{[]int{b.Stats.C}, b.Stats.RunningVar}
	}
	maps.Copy(all, others)
	return all
}

// Tensor is float32 values with a shape, the last index the fastest. Data are the
// values in use, not a copy.
type Tensor struct {
	Shape []int
	Data  []float32
}

// Clone copies the network, values included.
func (n *Network) Clone() (*Network, error) {
	c, err := Empty(n.Model)
	if err != nil {
		return nil, err
	}
	from := n.Tensors(nil)
	for name, to := range c.Tensors(nil) {
		copy(to.Data, from[name].Data)
	}
	return c, nil
}

// Param returns the parameter of this name, nil if there is none.
func (n *Network) Param(name string) *Param { return n.byName[name] }

// Whitening returns the filters that whiten the input, nil for a network without.
func (n *Network) Whitening() *Param { return n.stem.white }

// Norms lists the batch norms that have statistics, in the order of the walk.
func (n *Network) Norms() []*Norm { return n.norms }
