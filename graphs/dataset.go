package graphs

// Nodes to classify: a graph with features, labels and a split.

import (
	"fmt"
	"slices"

	"mgtool/tensor"
)

// Dataset is a graph whose nodes have binary features, most of them 0, and a class each.
type Dataset struct {
	*Graph
	// The features of node i that are 1 are Begin[i] to Begin[i+1] of Feature, each from 0 to
	// Features−1.
	Features       int
	Begin, Feature []int32
	Labels         []int32 // from 0 to Classes−1, −1 for a node without
	Classes        int
	// The nodes that a network is trained on, chosen by and tested on; no node is in two.
	Train, Validation, Test []int32
}

// check returns an error for parts that do not fit together. There may be no validation nodes.
func (d *Dataset) check() error {
	n := d.Nodes()
	for i, l := range d.Labels {
		if l < -1 || int(l) >= d.Classes {
			return fmt.Errorf("node %d has label %d; want 0 to %d, or -1 for none", i, l, d.Classes-1)
		}
	}
	part := make([]string, n)
	for _, p := range []struct {
		name  string
		nodes []int32
	}{{"training", d.Train}, {"validation", d.Validation}, {"test", d.Test}} {
		for _, i := range p.nodes {
			switch {
			case i < 0 || int(i) >= n:
				return fmt.Errorf("%s node %d; want 0 to %d", p.name, i, n-1)
			case part[i] != "":
				return fmt.Errorf("node %d is a %s node and a %s node; want it in one part", i, part[i], p.name)
			case d.Labels[i] < 0:
				return fmt.Errorf("%s node %d has no label; want one from 0 to %d", p.name, i, d.Classes-1)
			}
			part[i] = p.name
		}
		if len(p.nodes) == 0 && p.name != "validation" {
			return fmt.Errorf("no %s nodes; want 1 or more", p.name)
		}
	}
	return nil
}

// FeatureMatrix is the features by nodes, each row divided by its sum, as networks take them
// (Kipf and Welling, ICLR 2017). A node without features has a row of zeros.
func (d *Dataset) FeatureMatrix() (*tensor.Sparse, error) {
	value := make([]float32, len(d.Feature))
	for i := range d.Nodes() {
		lo, hi := d.Begin[i], d.Begin[i+1]
		for t := lo; t < hi; t++ {
			value[t] = 1 / float32(hi-lo)
		}
	}
	return tensor.NewSparse(d.Nodes(), d.Features, d.Begin, d.Feature, value)
}

// Blocks is a data set made here, a stochastic block model (Holland, Laskey and Leinhardt,
// Social Networks 5, 1983) with words: nodes of classes in turn, pairs of the same class
// joined with a larger probability than others, and features that are 1 more often among those
// of the own class than among the rest. Of each class 10 nodes train; 20% of all nodes are for
// validation, the rest for the test.
func Blocks(nodes, classes int, seed uint64) (*Dataset, error) {
	const (
		training          = 10
		inside, outside   = 6., 1.5 // expected neighbours of the same class, and of others
		words             = 30      // features of a class
		ownWord, anyWord  = .1, .03
		validationPercent = 20
	)
	if err := atLeast("stochastic block model: classes", classes, 2); err != nil {
		return nil, err
	}
	if err := atLeast(fmt.Sprintf("stochastic block model of %d classes: nodes", classes), nodes, 2*training*classes); err != nil {
		return nil, err
	}
	r := random(3, seed)
	own, other := inside*float64(classes)/float64(nodes), outside*float64(classes)/float64(nodes*(classes-1))
	var edges []Edge
	for i := range nodes {
		for j := range i {
			p := other
			if i%classes == j%classes {
				p = own
			}
			if r.Float64() < p {
				edges = append(edges, Edge{int32(j), int32(i), 1})
			}
		}
	}
	g, err := New(fmt.Sprintf("stochastic block model of %d nodes", nodes), nodes, edges)
	if err != nil {
		return nil, err
	}
	d := &Dataset{Graph: g, Features: words * classes, Begin: []int32{0}, Classes: classes}
	for i := range nodes {
		for f := range d.Features {
			p := anyWord
			if f/words == i%classes {
				p = ownWord
			}
			if r.Float64() < p {
				d.Feature = append(d.Feature, int32(f))
			}
		}
		d.Begin = append(d.Begin, int32(len(d.Feature)))
		d.Labels = append(d.Labels, int32(i%classes))
	}
	d.split(training*classes, nodes*validationPercent/100)
	return d, nil
}

// split takes the first nodes for training, as classes come in turn, the next for validation
// and all others for the test.
func (d *Dataset) split(training, validation int) {
	all := make([]int32, d.Nodes())
	for i := range all {
		all[i] = int32(i)
	}
	d.Train, d.Validation, d.Test = slices.Clone(all[:training]), all[training:training+validation], all[training+validation:]
}
