package mgnet

// What a network does on one image: its operations and their multiply-adds.

import (
	"mgtool/tensor/graph"
)

// Layers lists the operations of the network on one input, in order: kind, weights,
// shape of the output, multiply-adds. A model that is not bound to a graph is shown with nodes
// in a ring.
func Layers(m Model) ([]graph.Step, error) {
	if s, ok := m.(interface{ sketch() Model }); ok {
		if err := Validate(m); err != nil {
			return nil, err
		}
		m = s.sketch()
	}
	n, err := zeroed(m)
	if err != nil {
		return nil, err
	}
	// Nothing runs, so no weights are laid out: the memory stays untouched.
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		c := m.Sig()
		image := make([]float32, c.Height*c.Width*c.InChannels)
		return n.Scores(b, b.Input("image", []int{1, c.Height, c.Width, c.InChannels}, image), Pass{})
	})
	if err != nil {
		return nil, err
	}
	return p.Steps(), nil
}

// MACs adds up the multiply-adds of all steps.
func MACs(steps []graph.Step) (sum int64) {
	for _, s := range steps {
		sum += s.MACs
	}
	return sum
}

// StandardMACs is the forward multiply-adds of an image in the standard form,
//
//	u ← u + σ(B * σ(g − A * u)),   u' = σ(Π *₂ u),   g' = σ(R *₂ (g − A * u)) + A' * u',
//
// the same for every implementation of a model, so that their speeds compare:
//
//	k²·C_in·c₁·hw₁ + Σ_l 2ν_l·9c_l²·hw_l
//	  + Σ_{l<J} [9c_l²·hw_l + 18c_l c_{l+1}·hw_{l+1} + 9c_{l+1}²·hw_{l+1}]
//
// without the head. It is known for MgNet with the paper's operators; for other
// models it is what is executed.
func StandardMACs(m Model) (int64, error) {
	if s, ok := m.(interface{ standardMACs() (int64, bool) }); ok {
		if macs, known := s.standardMACs(); known {
			return macs, nil
		}
	}
	layers, err := Layers(m)
	return MACs(layers), err
}
