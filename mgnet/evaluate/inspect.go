package evaluate

// What a network makes of one image: the states of its walk.

import (
	"fmt"
	"math"
	"slices"

	"mgtool/mgnet"
	"mgtool/multigrid/cycle"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// Inspection holds what a network computes for one image, by the running statistics.
type Inspection struct {
	Logits        []float32 // one a class
	Probabilities []float32
	States        []State // in the order of the walk

	net *mgnet.Network
}

// State is what a level carries after a leg of the walk. U is the feature, R the
// residual r = g − A u, G the data g = r + A u, which the walk never forms: a level
// has one, whatever its u. What there is not is nil:
//
//   - a ResNet has r alone, a classic CNN its feature f in the place of r;
//   - u is 0 where the walk starts;
//   - at the bottom of MgNet no residual is formed after the last step;
//   - below the finest level there is no one g where every step has its own A.
type State struct {
	Level   int // 0 is the finest
	Leg     cycle.Point
	U, R, G *Features
}

// Features are feature maps of one image, channels last.
type Features struct {
	Height, Width, Channels int
	Values                  []float32 // (H, W, C)
}

// Channel copies one channel, (H, W).
func (f *Features) Channel(c int) []float32 {
	v := make([]float32, f.Height*f.Width)
	for i := range v {
		v[i] = f.Values[i*f.Channels+c]
	}
	return v
}

// watchedState is a State of the graph.
type watchedState struct {
	State
	u, r, g *graph.Node
}

// Inspect runs the network's walk on one normalised image (H, W, C) and keeps its
// states: of a level as it starts, after the way down or at the bottom, and after
// the way up of a V-cycle. An image of another size, a model that is no walk over
// levels, or a value that is not finite is an error.
func Inspect(n *mgnet.Network, img []float32) (*Inspection, error) {
	c := n.Model.Sig()
	if len(img) != c.Height*c.Width*c.InChannels {
		return nil, fmt.Errorf("mgnet: %d input values; want an image of %d×%d×%d", len(img), c.Height, c.Width, c.InChannels)
	}
	var states []watchedState
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		x := b.Input("image", []int{1, c.Height, c.Width, c.InChannels}, img)
		// Kept in the graph that runs: this walk is the network's own.
		see := func(level int, leg cycle.Point, u, r, g *graph.Node) {
			w := watchedState{State{Level: level, Leg: leg}, u, r, g}
			if leg == cycle.AtBottom && u != nil {
				w.r = nil // that of before the last step
			}
			for _, node := range []*graph.Node{w.u, w.r, w.g} {
				b.Keep(node)
			}
			states = append(states, w)
		}
		return n.Scores(b, x, mgnet.Pass{See: see})
	})
	if err != nil {
		return nil, err
	}
	if len(states) == 0 {
		return nil, fmt.Errorf("mgnet: model %q is no walk over levels, so it has no u and r to show; want a model over grids, such as mgnet", c.Family)
	}
	if err := p.Run(); err != nil {
		return nil, err
	}
	i := &Inspection{Logits: p.Value(), Probabilities: make([]float32, c.Classes), net: n}
	tensor.Softmax(i.Probabilities, i.Logits, c.Classes)
	feature := slices.ContainsFunc(states, func(w watchedState) bool { return w.u != nil })
	for _, w := range states {
		if !feature { // r is then the feature itself, and no A u is taken off
			w.g = nil
		}
		s, err := w.read(p)
		if err != nil {
			return nil, err
		}
		i.States = append(i.States, s)
	}
	return i, nil
}

// read takes the values of a state from the program that has run.
func (w watchedState) read(p *graph.Program) (State, error) {
	s := w.State
	for _, f := range []struct {
		name string
		node *graph.Node
		to   **Features
	}{{"u", w.u, &s.U}, {"r", w.r, &s.R}, {"g", w.g, &s.G}} {
		if f.node == nil {
			continue
		}
		d, values := f.node.Shape(), p.Values(f.node)
		for _, v := range values {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return s, fmt.Errorf("mgnet: %s on level %d (%s) is not finite: %g", f.name, s.Level, s.Leg, v)
			}
		}
		*f.to = &Features{Height: d[1], Width: d[2], Channels: d[3], Values: values}
	}
	return s, nil
}
