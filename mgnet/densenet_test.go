package mgnet

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"mgtool/tensor/gradtest"
	"mgtool/tensor/graph"
)

// DenseNet-BC to the last parameter: depth and growth 100-12 and 190-40, which the paper
// rounds to 0.8 and 25.6 million (Huang et al., CVPR 2017, table 2); 40-12, where the
// paper has a plain DenseNet alone, of 1.0 million; and DenseNet-121 as torchvision has it.
func TestDenseNetParameters(t *testing.T) {
	for name, want := range map[string]int{"densenet": 769162, "densenet-bc-40-12": 176122, "densenet-bc-190-40": 25624430, "densenet121": 7978856} {
		named, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := named.Make(named.Usual, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := Parameters(c); got != want {
			t.Errorf("%s: %d parameters, want %d (%v)", name, got, want, Validate(c))
		}
	}
	d := NewDenseNet(8, 8, 3, 10, 4, []int{2, 1})
	for want, change := range map[string]func(c *DenseNet){
		"growth 0": func(c *DenseNet) { c.Growth = 0 }, "layers of block 1 0": func(c *DenseNet) { c.Layers = []int{2, 0} },
		`activation "prelu"`: func(c *DenseNet) { c.Activation = "prelu" }, `norm "none"`: func(c *DenseNet) { c.Norm = "none" },
		"compression 2": func(c *DenseNet) { c.Compression = 2 }, "block 1 would read 0": func(c *DenseNet) { c.Compression = .01 },
		"5 blocks for images of 8×8": func(c *DenseNet) { c.Layers = []int{1, 1, 1, 1, 1} },
	} {
		c := d
		change(&c)
		if err := Validate(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}

// The multiply-adds of an image are those of the layers one by one.
func TestDenseNetMACs(t *testing.T) {
	c := NewDenseNet(8, 8, 3, 10, 4, []int{2, 1})
	// 3×3 3→8; 1×1 8→16 and 12→16, 3×3 16→4 each; R 16→8; on 4×4 1×1 8→16, 3×3 16→4; the head
	want := int64(64*(27*8+(8+12)*16+2*9*16*4+16*8) + 16*(8*16+9*16*4) + 12*10)
	if got := multiplyAdds(t, c); got != want {
		t.Errorf("%d multiply-adds, want %d", got, want)
	}
}

// The gradient of a DenseNet by kernels of every kind against differences.
func TestDenseNetGradient(t *testing.T) {
	c := NewDenseNet(6, 4, 2, 3, 3, []int{2, 1})
	c.Activation = "gelu"
	n, err := New(c, 3)
	if err != nil {
		t.Fatal(err)
	}
	images, labels := gradtest.Random(3*6*4*2, 4), []int32{0, 2, 1}
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		return b.CrossEntropy(n.Scores(b, b.Input("x", []int{3, 6, 4, 2}, images), Pass{Train: true}), labels)
	})
	if err != nil {
		t.Fatal(err)
	}
	value := func() float64 {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		return float64(p.Value()[0])
	}
	for _, name := range []string{"stem.conv", "level0.step0.W1", "level0.step1.W2", "level0.R", "level1.step0.W1", "head.w"} {
		value()
		gradtest.Check(t, name, n.Param(name).Data, value, slices.Clone(p.Gradient(name)))
	}
}

// All features of a block are one array, and no concatenation is a copy: with twice the
// layers a step takes at most 2.2 times the memory, where arrays for all that layers read
// would take 3 to 4 times.
func TestDenseNetMemory(t *testing.T) {
	memory := func(layers int) int64 {
		c := NewDenseNet(16, 16, 3, 10, 12, []int{layers})
		n, err := Empty(c)
		if err != nil {
			t.Fatal(err)
		}
		p, err := graph.Build(func(b *graph.Builder) *graph.Node {
			return b.CrossEntropy(n.Scores(b, b.Input("x", []int{4, 16, 16, 3}, make([]float32, 4*16*16*3)), Pass{Train: true}), make([]int32, 4))
		})
		if err != nil {
			t.Fatal(err)
		}
		return p.Memory()
	}
	few, many := memory(12), memory(24)
	if ratio := float64(many) / float64(few); !(ratio <= 2.2) || math.IsNaN(ratio) {
		t.Errorf("24 layers take %d bytes, 12 layers %d: %s times; want at most 2.2", many, few, fmt.Sprintf("%.2f", ratio))
	}
}
