package method

// Small networks in a method: weights, and what they are evaluated to.

import (
	"fmt"
	"math"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde/stencil"
)

// Network emits a part of a method from the operator at hand, so that one training serves a
// family of operators (Chen, Dong, Xu, Meta-MgNet, arXiv 2010.14088, for what the smoothers
// are; Greenfeld et al., ICML 2019, for the prolongation). It is evaluated once, at the set-up
// of a solve: the cycle itself stays linear.
type Network struct {
	// Emits is [EmitsLevels]: the smoothing stencils and P of every level from the constant
	// kernel of its A; [EmitsSmoothers]: smoothing stencils of every point from its row of A; or
	// [EmitsInfluence]: what P of black-box multigrid is made of, point by point, from the rows
	// of A.
	Emits string `json:"emits"`
	// Pre and Post are how many stencils a level smooths with before and after the correction, or
	// with EmitsInfluence how many steps of red-black Gauss–Seidel.
	Pre  int `json:"pre"`
	Post int `json:"post"`
	// Minimise makes the stencils before the correction, and those after it, one step that
	// minimises the residual over their corrections, up to four; see [Step].
	Minimise bool `json:"minimise,omitempty"`
	// Parts are the perceptrons, by name: "levels"; "smoothers"; or "edge" and "corner".
	Parts map[string]Perceptron `json:"parts"`
}

// What a network emits.
const (
	EmitsLevels    = "levels"
	EmitsSmoothers = "smoothers"
	EmitsInfluence = "influence"
)

// emitted are the settings that solve a, of the right dimension.
func (m *Method) emitted(a stencil.Operator) (s multigrid.Settings, err error) {
	n := m.Network
	if n.Emits == EmitsInfluence {
		f, err := n.Influence()
		if err != nil {
			return s, fmt.Errorf("method: %w", err)
		}
		s = multigrid.DefaultSettings()
		s.Cycle = cycle.Cycle{Pre: []int{n.Pre}, Post: []int{n.Post}, Gamma: m.Gamma}
		s.Coarsening = multigrid.BlackBox{Influence: f}
		return s, nil
	}
	if n.Emits == EmitsSmoothers {
		return m.smoothed(a)
	}
	kernel, ok := a.Kernel()
	if !ok {
		return s, fmt.Errorf("method: the network of %s emits levels for constant kernels of 3×3 points; got coefficients that vary, or sides other than Dirichlet or periodic ones on vertices", m.named())
	}
	levels, err := m.Emit(kernel)
	if err != nil {
		return s, err
	}
	return levels.Settings(a)
}

// Perceptron is a chain of layers x ← W x + b, with x ← x/(1+|x|) between them.
type Perceptron []Layer

// Layer has a row of weights and a bias for each of its outputs.
type Layer struct {
	Weights [][]float64 `json:"weights"`
	Bias    []float64   `json:"bias"`
}

const (
	mostLayers = 8
	mostWidth  = 256 // of a layer
	mostNarrow = 64  // of one of a network that is evaluated at every point
)

// check accepts finite weights of layers that follow each other.
func (p Perceptron) check(inputs, outputs int) error {
	if len(p) < 1 || len(p) > mostLayers {
		return fmt.Errorf("%d layers; want 1 to %d", len(p), mostLayers)
	}
	width := inputs
	for i, l := range p {
		if len(l.Weights) < 1 || len(l.Weights) > mostWidth || len(l.Bias) != len(l.Weights) {
			return fmt.Errorf("layer %d: %d rows of weights and %d biases; want as many of both, 1 to %d", i, len(l.Weights), len(l.Bias), mostWidth)
		}
		for j, row := range l.Weights {
			if len(row) != width {
				return fmt.Errorf("layer %d: row %d of %d weights; want %d", i, j, len(row), width)
			}
			for _, w := range append(row[:len(row):len(row)], l.Bias[j]) {
				if math.IsNaN(w) || math.IsInf(w, 0) {
					return fmt.Errorf("layer %d: row %d has the weight %g; want finite numbers", i, j, w)
				}
			}
		}
		width = len(l.Weights)
	}
	if width != outputs {
		return fmt.Errorf("%d outputs; want %d", width, outputs)
	}
	return nil
}

// Evaluate is the output for x.
func (p Perceptron) Evaluate(x []float64) []float64 {
	for i, l := range p {
		y := make([]float64, len(l.Weights))
		for j, row := range l.Weights {
			sum := l.Bias[j]
			for k, w := range row {
				sum += w * x[k]
			}
			if i < len(p)-1 {
				sum /= 1 + math.Abs(sum)
			}
			y[j] = sum
		}
		x = y
	}
	return x
}

// check says what is wrong with a network of a method in so many dimensions.
func (n *Network) check(dim int) error {
	if dim != 2 {
		return fmt.Errorf("a network in dimension %d; want 2", dim)
	}
	type part struct {
		name            string
		inputs, outputs int
	}
	var parts []part
	if n.Pre < 0 || n.Post < 0 || n.Pre+n.Post < 1 || n.Pre+n.Post > mostSteps {
		return fmt.Errorf("%d smoothing steps before and %d after; want 1 to %d in all", n.Pre, n.Post, mostSteps)
	}
	if n.Minimise && (n.Emits == EmitsInfluence || n.Pre > mostDirections || n.Post > mostDirections) {
		return fmt.Errorf("minimise with %d + %d steps of a network that emits %.60q; want at most %d stencils on each side, of %q or %q", n.Pre, n.Post, n.Emits, mostDirections, EmitsLevels, EmitsSmoothers)
	}
	switch n.Emits {
	case EmitsLevels:
		parts = []part{{"levels", OperatorInputs, LevelOutputs(n.Pre + n.Post)}}
	case EmitsInfluence, EmitsSmoothers:
		parts = []part{{"edge", RowInputs, 1}, {"corner", RowInputs, 2}}
		if n.Emits == EmitsSmoothers {
			parts = []part{{EmitsSmoothers, SmootherInputs, SmootherOutputs(n.Pre + n.Post)}}
		}
		for name, p := range n.Parts {
			for _, l := range p {
				if len(l.Weights) > mostNarrow {
					return fmt.Errorf("part %.60q: a layer of %d; want at most %d", name, len(l.Weights), mostNarrow)
				}
			}
		}
	default:
		return fmt.Errorf("emits %.60q; want %q, %q or %q", n.Emits, EmitsLevels, EmitsSmoothers, EmitsInfluence)
	}
	if len(n.Parts) != len(parts) {
		return fmt.Errorf("%d parts; want %d", len(n.Parts), len(parts))
	}
	for _, p := range parts {
		part, ok := n.Parts[p.name]
		if !ok {
			return fmt.Errorf("no part %q; want one", p.name)
		}
		if err := part.check(p.inputs, p.outputs); err != nil {
			return fmt.Errorf("part %q: %w", p.name, err)
		}
	}
	return nil
}
