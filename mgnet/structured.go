package mgnet

// Models whose operators come with the data: the Laplacian of a graph, say.

import "fmt"

// Structured is a model with operators that are not in its configuration but belong to its
// data. Its JSON leaves them out, so a model from a file has none until [Bind] gives it some.
type Structured interface {
	Model
	// Bind returns the model with a structure, or why the structure does not fit.
	Bind(structure any) (Model, error)
}

// Bind gives a model the structure of its data. A model that is not [Structured] takes none,
// nil, and is returned as it is.
func Bind(m Model, structure any) (Model, error) {
	s, ok := m.(Structured)
	switch {
	case ok:
		bound, err := s.Bind(structure)
		if err != nil {
			return nil, fmt.Errorf("mgnet: model %s: %w", m.Sig().Family, err)
		}
		return bound, nil
	case structure != nil:
		return nil, fmt.Errorf("mgnet: model %s makes no use of the structure of these data; want a model for it", m.Sig().Family)
	}
	return m, nil
}

// Bind returns a network with the weights and statistics of this one and a structure; see the
// function [Bind].
func (n *Network) Bind(structure any) (*Network, error) {
	m, err := Bind(n.Model, structure)
	if err != nil {
		return nil, err
	}
	return n.as(m)
}
