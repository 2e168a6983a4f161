package nodes

import (
	"fmt"
	"io"

	"mgtool/graphs"
	"mgtool/source"
)

// sample is a graph as a source of one sample: labels of some nodes, −1 for the others. Its
// input is a row of zeros, which models on a graph do not read.
type sample struct {
	*source.Table
	of *graphs.Dataset
}

func newSample(d *graphs.Dataset, nodes []int32) sample {
	n := d.Nodes()
	t := &source.Table{
		Name: d.Name, Each: source.Form{Input: []int{1, n, 1}, Labels: n, Classes: d.Classes},
		Inputs: make([]float32, n), Labels: make([]int32, n),
	}
	for i := range t.Labels {
		t.Labels[i] = -1
	}
	for _, i := range nodes {
		t.Labels[i] = d.Labels[i]
	}
	return sample{t, d}
}

// Digest writes the labels, the edges and the features.
func (s sample) Digest(w io.Writer) error {
	if err := s.Table.Digest(w); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, s.of.Start, s.of.Neighbour, s.of.Weight, s.of.Features, s.of.Begin, s.of.Feature)
	return err
}
