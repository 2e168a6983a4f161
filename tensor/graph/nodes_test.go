package graph

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mgtool/tensor"
)

// Every operation that a small network uses is listed with its inputs and attributes.
func TestNodes(t *testing.T) {
	bn, _ := tensor.NewBatchNorm(4)
	bn.Eps, bn.RunningMean[2] = 1e-3, 7
	relu, _ := tensor.LookupActivation("relu")
	prelu, _ := tensor.LookupActivation("prelu")
	weights := leaf(2, 3, 3, 2, 4)
	p := mustBuild(t, func(b *Builder) *Node {
		x := b.Input("x", []int{2, 9, 8, 2}, leaf(1, 2, 9, 8, 2))
		y := b.ConvWindow(x, b.Param("w", []int{3, 3, 2, 4}, weights), [2]int{1, 2}, [2]int{1, 0}) // (2, 9, 3, 4)
		norm := b.BatchNorm(y, b.Param("gamma", []int{4}, leaf(3, 4)), b.Param("beta", []int{4}, leaf(4, 4)), bn, false)
		s := b.Activation(relu, norm, nil)
		d := b.Depthwise(s, b.Param("d", []int{1, 5, 1, 4}, leaf(5, 20)))
		d = b.Activation(prelu, b.Bias(d, b.Param("bias", []int{4}, leaf(6, 4))), b.Param("slope", []int{1}, leaf(7, 1)))
		r := b.Sub(norm, b.Scale(d, .5)) // reads the norm without its activation
		r = b.MaxPoolWindow(r, tensor.Window{Size: [2]int{3, 2}, Stride: [2]int{2, 1}, Pad: [2]int{1, 0}})
		r = b.Join(b.Channels(r, 1, 2), b.ResponseNorm(r, tensor.ResponseNorm{Size: 3, K: 2, Alpha: .5, Beta: .75})) // (2, 5, 2, 6)
		r = b.ConvTranspose(r, b.Param("p", []int{2, 2, 3, 6}, leaf(8, 72)), 2, 0, 10, 4)
		b.ReLU(r) // nothing depends on it
		r = b.GlobalAvgPool(b.MeanPoolWindow(r, [2]int{5, 1}))
		return b.MixedCrossEntropy(b.Linear(r, b.Param("v", []int{3, 5}, leaf(9, 15)), b.Param("c", []int{5}, leaf(10, 5))),
			[]int32{0, 1}, []int32{1, 2}, []float32{1, .5}, .25)
	})
	pair := func(h, w int) [2]int { return [2]int{h, w} }
	want := []struct {
		op, inputs string // by names, and operations by op
		attributes Attributes
		shape      []int
	}{
		{"conv", "x w", Attributes{"size": pair(3, 3), "stride": pair(1, 2), "pad": pair(1, 0), "groups": 1}, []int{2, 9, 3, 4}},
		{"batch norm", "conv gamma beta", Attributes{"eps": float64(float32(1e-3)), "momentum": float64(float32(.1)), "train": false, "mean": bn.RunningMean, "variance": bn.RunningVar}, []int{2, 9, 3, 4}},
		{"relu", "batch norm", nil, []int{2, 9, 3, 4}},
		{"depthwise", "relu d", Attributes{"size": pair(1, 5), "stride": pair(1, 1), "pad": pair(0, 2), "groups": 4}, []int{2, 9, 3, 4}},
		{"bias", "depthwise bias", nil, []int{2, 9, 3, 4}},
		{"prelu", "bias slope", nil, []int{2, 9, 3, 4}},
		{"scale", "prelu", Attributes{"factor": .5}, []int{2, 9, 3, 4}},
		{"sub", "batch norm scale", nil, []int{2, 9, 3, 4}},
		{"max pool", "sub", Attributes{"size": pair(3, 2), "stride": pair(2, 1), "pad": pair(1, 0)}, []int{2, 5, 2, 4}},
		{"channels", "max pool", Attributes{"first": 1, "count": 2}, []int{2, 5, 2, 2}},
		{"response norm", "max pool", Attributes{"size": 3, "k": 2., "alpha": .5, "beta": .75}, []int{2, 5, 2, 4}},
		{"join", "channels response norm", nil, []int{2, 5, 2, 6}},
		{"transposed conv", "join p", Attributes{"size": pair(2, 2), "stride": pair(2, 2), "pad": pair(0, 0), "groups": 1}, []int{2, 10, 4, 3}},
		{"mean pool", "transposed conv", Attributes{"size": pair(5, 1), "stride": pair(5, 1), "pad": pair(0, 0)}, []int{2, 2, 4, 3}},
		{"pool", "mean pool", nil, []int{2, 3}},
		{"linear", "pool v c", nil, []int{2, 5}},
		{"mixed cross entropy", "linear", Attributes{"smoothing": .25}, nil},
	}
	nodes := p.Nodes()
	leaves := map[string]string{}
	at := 0
	for i, n := range nodes {
		var inputs []string
		for _, j := range n.Inputs {
			if j >= i {
				t.Fatalf("node %d, %s, reads node %d", i, n.Op, j)
			}
			name := nodes[j].Op
			if nodes[j].Name != "" {
				name = nodes[j].Name
			}
			inputs = append(inputs, name)
		}
		if n.Op == "input" || n.Op == "parameter" {
			leaves[n.Name] = n.Op
			size := 1
			for _, d := range n.Shape {
				size *= d
			}
			if len(n.Data) != size {
				t.Errorf("leaf %s has %d values for shape %v", n.Name, len(n.Data), n.Shape)
			}
			continue
		}
		if at == len(want) {
			t.Fatalf("an operation %s too many", n.Op)
		}
		w := want[at]
		at++
		if n.Op != w.op || strings.Join(inputs, " ") != w.inputs || !slices.Equal(n.Shape, w.shape) || !reflect.DeepEqual(n.Attributes, w.attributes) {
			t.Errorf("operation %d is %s(%s) of shape %v with %v; want %s(%s), %v, %v", at-1, n.Op, strings.Join(inputs, " "), n.Shape, n.Attributes, w.op, w.inputs, w.shape, w.attributes)
		}
	}
	if at != len(want) {
		t.Errorf("%d operations, want %d", at, len(want))
	}
	if got := fmt.Sprint(leaves); got != fmt.Sprint(map[string]string{
		"x": "input", "w": "parameter", "gamma": "parameter", "beta": "parameter", "d": "parameter",
		"bias": "parameter", "slope": "parameter", "p": "parameter", "v": "parameter", "c": "parameter",
	}) {
		t.Errorf("leaves %s", got)
	}
	for _, n := range nodes {
		if n.Name == "w" && &n.Data[0] != &weights[0] {
			t.Error("the data of w are not the caller's slice")
		}
	}
}

// A global maximum is a window of the whole image, without the two axes of pixels.
func TestNodesOfGlobalMaxPool(t *testing.T) {
	p := mustBuild(t, func(b *Builder) *Node { return b.GlobalMaxPool(b.Input("x", []int{2, 3, 4, 5}, leaf(1, 120))) })
	n := p.Nodes()[1]
	want := Attributes{"size": [2]int{3, 4}, "stride": [2]int{1, 1}, "pad": [2]int{}}
	if n.Op != "max pool" || !slices.Equal(n.Shape, []int{2, 5}) || !reflect.DeepEqual(n.Attributes, want) {
		t.Errorf("%+v, want a max pool to (2, 5) with %v", n, want)
	}
}

// A norm that only its activation reads is listed too.
func TestNodesOfNorms(t *testing.T) {
	p := mustBuild(t, func(b *Builder) *Node {
		bn, _ := tensor.NewBatchNorm(2)
		x := b.Input("x", []int{2, 3, 3, 2}, leaf(1, 2, 3, 3, 2))
		return b.ReLU(b.BatchNorm(x, b.Input("γ", []int{2}, leaf(2, 2)), b.Input("β", []int{2}, leaf(3, 2)), bn, true))
	})
	var ops []string
	for _, n := range p.Nodes() {
		ops = append(ops, n.Op+n.Name)
	}
	if want := []string{"inputx", "inputγ", "inputβ", "batch norm", "relu"}; !slices.Equal(ops, want) {
		t.Errorf("nodes %v, want %v", ops, want)
	}
}
