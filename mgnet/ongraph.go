package mgnet

// What models of the nodes of a graph have in common. The sample is the whole graph: one row
// of pixels, a node each, and the outputs of each pixel are the scores of its node's classes.
// Features and edges are not in the sample but in the structure that the model is bound to,
// so a sample has the channel 1, which nothing reads.

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"mgtool/graphs"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// OnGraph holds the keys of a model on a graph of Width nodes. The structure that it is bound
// to is a [*graphs.Dataset].
type OnGraph struct {
	Signature
	Features int `json:"features"` // of a node; those of the graph, once the model is bound
	// Dropout is the share of values, and of features, that are dropped at random in a step
	// of training, before each linear map.
	Dropout float64 `json:"dropout"`

	structure *structure
}

// structure is what a model is bound to.
type structure struct {
	features *tensor.Sparse
	levels   []graphs.Level
	a        []*tensor.Sparse // I − (1 − α) Ã of each
}

// coraNodes and coraFeatures are those of the graph that the models of the catalogue are for
// before they are bound to another.
var (
	coraNodes    = Signature{Height: 1, Width: 2708, InChannels: 1, Classes: 7}
	coraFeatures = 1433
)

func (c OnGraph) validateGraph() error {
	if c.Height != 1 || c.InChannels != 1 {
		return fmt.Errorf("mgnet: height %d and in_channels %d; want 1 each: a sample is a row of nodes, whose features come with the graph", c.Height, c.InChannels)
	}
	return firstError(within("features", c.Features, 1, 1<<20), share("dropout", c.Dropout))
}

// share reports a rate that is not in [0, 1).
func share(key string, rate float64) error {
	if !(rate >= 0 && rate < 1) {
		return fmt.Errorf("mgnet: %s %g; want 0 or more, and less than 1", key, rate)
	}
	return nil
}

// bound is the part with a structure of so many levels.
func (c OnGraph) bound(to any, levels int, shift float64) (OnGraph, error) {
	d, ok := to.(*graphs.Dataset)
	if !ok || d == nil {
		return c, fmt.Errorf("its data have the structure %T; want a graph with features", to)
	}
	s := &structure{}
	var err error
	if s.features, err = d.FeatureMatrix(); err != nil {
		return c, err
	}
	if s.levels, err = d.Levels(levels, shift); err != nil {
		return c, err
	}
	for _, l := range s.levels {
		a, err := l.Laplacian(shift)
		if err != nil {
			return c, err
		}
		s.a = append(s.a, a)
	}
	c.Width, c.Features, c.structure = d.Nodes(), d.Features, s
	return c, nil
}

// ring is a graph that shows the layers of a model without one: nodes in a ring, each with one
// feature.
func (c OnGraph) ring() *graphs.Dataset {
	d := &graphs.Dataset{Features: c.Features, Begin: []int32{0}}
	var edges []graphs.Edge
	for i := range c.Width {
		d.Feature = append(d.Feature, int32(i%c.Features))
		d.Begin = append(d.Begin, int32(i+1))
		edges = append(edges, graphs.Edge{A: int32(i), B: int32((i + 1) % c.Width), Weight: 1})
	}
	d.Graph, _ = graphs.New("ring", c.Width, edges) // of nodes that there are
	return d
}

// onGraph fails for a model without a structure.
func (v *nodes) onGraph(s *structure) bool {
	if s == nil {
		v.Fail(fmt.Errorf("mgnet: model %s is not bound to a graph; want one that is, see Bind", v.net.Model.Sig().Family))
	}
	return s != nil
}

// dropped is the dropout of a place in the network.
func (v *nodes) dropped(place string, rate float64) *graph.Dropped {
	h := fnv.New64a()
	h.Write([]byte(place))
	return &graph.Dropped{Dropout: tensor.Dropout{Rate: rate, Key: h.Sum64()}, Step: v.Step}
}

// linear is x W for each pixel of x, with W a parameter (in, out).
func (v *nodes) linear(x *graph.Node, p *Param) *graph.Node {
	return v.Conv(x, v.leafAs(p, 1, 1, p.Shape[0], p.Shape[1]), 1, 0)
}

// glorot is uniform in ±√(6/(in + out)) (Glorot and Bengio, AISTATS 2010).
func glorot(p *Param, rng *rand.Rand) {
	bound := math.Sqrt(6 / float64(p.Shape[0]+p.Shape[1]))
	for i := range p.Data {
		p.Data[i] = float32(bound * (2*rng.Float64() - 1))
	}
}

// values are those of a small parameter.
func values(list ...float64) initializer {
	return func(p *Param, _ *rand.Rand) {
		for i, v := range list {
			p.Data[i] = float32(v)
		}
	}
}

// identity is the identity map (C, C).
func identity(p *Param, _ *rand.Rand) {
	clear(p.Data)
	for i := range p.Shape[0] {
		p.Data[i*p.Shape[1]+i] = 1
	}
}
