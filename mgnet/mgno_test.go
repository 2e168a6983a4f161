package mgnet

import (
	"encoding/json"
	"strings"
	"testing"

	"mgtool/tensor/gradtest"
	"mgtool/tensor/graph"
)

// The numbers of parameters of the published networks: MgNO of 0.57 M for Darcy flow at 256²
// (He, Liu, Xu, ICLR 2024, table 1) and its variant at 211² in the authors' code; FNO of
// 1,188,353 for Darcy flow (fourier_2d.py of its authors), which counts a complex number once.
func TestOperatorParameters(t *testing.T) {
	rough := NewMgNO(256, 256, 1, 1, 4, 24)
	smooth := NewMgNO(211, 211, 1, 1, 5, 24)
	cropped := NewMgNO(211, 211, 1, 1, 4, 24)
	cropped.Prolongation = "crop"
	fno := NewFNO(85, 85, 1, 1, 4, 32, 12)
	const spectral = 4 * 2 * 12 * 12 * 32 * 32 // complex numbers of the four layers
	for _, c := range []struct {
		model Model
		want  int
	}{
		{rough, 572_661}, {cropped, 572_661}, {smooth, 678_093}, {fno, 1_188_353 + spectral},
	} {
		if got := Parameters(c.model); got != c.want {
			t.Errorf("%v at %d²: %d parameters; want %d", c.model, c.model.Sig().Height, got, c.want)
		}
	}
	if got := rough.Pre; len(got) != 6 || got[0] != 1 || got[5] != 2 {
		t.Errorf("smoothings %v; want 1 on five levels and 2 on the sixth", got)
	}
}

// fieldOf is what a network makes of x.
func fieldOf(t *testing.T, n *Network, x []float32) []float32 {
	t.Helper()
	s := n.Model.Sig()
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		return n.Scores(b, b.Input("x", []int{1, s.Height, s.Width, s.InChannels}, x), Pass{})
	})
	if err == nil {
		err = p.Run()
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(p.Value()), s.Height*s.Width*s.Classes; got != want {
		t.Fatalf("%d values; want %d", got, want)
	}
	return p.Value()
}

// The V-cycle of a layer is linear in f, also where a side is odd and its last row is dropped.
func TestMgNOCycleIsLinear(t *testing.T) {
	c := NewMgNO(13, 10, 2, 1, 1, 3)
	c.Pre, c.Post, c.Prolongation = []int{1, 2}, []int{1, 0}, "crop"
	n, err := New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	layer := n.body.(*mgnoBody).layers[0]
	run := func(x []float32) []float32 {
		p, err := graph.Build(func(b *graph.Builder) *graph.Node {
			v := &nodes{Builder: b, net: n, leafs: map[*Param]*graph.Node{}}
			m := vCycle{v, layer.levels}
			fine, coarse := m.Down(0, 1, uf{f: b.Input("x", []int{1, 13, 10, 2}, x)})
			return m.Up(0, 1, fine, m.Bottom(1, 2, coarse)).u
		})
		if err == nil {
			err = p.Run()
		}
		if err != nil {
			t.Fatal(err)
		}
		return append([]float32(nil), p.Value()...)
	}
	x, y := gradtest.Random(13*10*2, 1), gradtest.Random(13*10*2, 2)
	sum := make([]float32, len(x))
	for i := range x {
		sum[i] = 2*x[i] - 3*y[i]
	}
	of, ofX, ofY := run(sum), run(x), run(y)
	size := gradtest.Dot(of, of)
	for i := range of {
		of[i] -= 2*ofX[i] - 3*ofY[i]
	}
	if off := gradtest.Dot(of, of); !(off <= 1e-10*size) || size == 0 {
		t.Errorf("W(2x − 3y) differs from 2 W x − 3 W y by %g of %g; want rounding", off, size)
	}
}

// Weights trained on one size serve others: FNO with the same modes, MgNO with "crop"; MgNO with
// "fit" says why not.
func TestOperatorsAtOtherSizes(t *testing.T) {
	crop := NewMgNO(26, 26, 1, 1, 2, 4)
	crop.Prolongation = "crop"
	fit := NewMgNO(26, 26, 1, 1, 2, 4)
	for _, m := range []Model{crop, fit, NewFNO(26, 26, 1, 1, 2, 4, 5)} {
		n, err := New(m, 1)
		if err != nil {
			t.Fatal(err)
		}
		other, err := n.At(53, 53)
		if m.String() == fit.String() && m.(MgNO).Prolongation == "" {
			if err == nil || !strings.Contains(err.Error(), "would have shape") {
				t.Errorf("error %v; want one about the shape of a T", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		fieldOf(t, other, gradtest.Random(53*53, 1))
		if f, ok := other.Model.(FNO); ok && f.Pad != (Pads{18, 18}) {
			t.Errorf("%v rows and columns of zeros at 53², 9 at 26²; want 18, the same share", f.Pad)
		}
	}
}

// Along each side the zeros keep their share, and a configuration says both.
func TestFNOPads(t *testing.T) {
	c := NewFNO(26, 52, 1, 1, 1, 2, 5)
	wide := c.resized(26, 104).(FNO)
	if wide.Pad != (Pads{9, 18}) {
		t.Errorf("pads %v on twice the width; want 9 rows and 18 columns", wide.Pad)
	}
	for _, want := range []FNO{c, wide} {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseConfig(text)
		if err != nil || got != Model(want) {
			t.Errorf("%s is read as %+v (%v)", text, got, err)
		}
	}
	if err := json.Unmarshal([]byte(`[1, 2, 3]`), new(Pads)); err == nil || !strings.Contains(err.Error(), "want a number, or two") {
		t.Errorf("error %v; want one about three numbers", err)
	}
	n, err := New(wide, 1)
	if err != nil {
		t.Fatal(err)
	}
	fieldOf(t, n, gradtest.Random(26*104, 1))
}

func TestOperatorsValidate(t *testing.T) {
	mgno := func(change func(c *MgNO)) Model {
		c := NewMgNO(26, 26, 1, 1, 2, 4)
		change(&c)
		return c
	}
	fno := func(change func(c *FNO)) Model {
		c := NewFNO(26, 26, 1, 1, 2, 4, 5)
		change(&c)
		return c
	}
	for want, m := range map[string]Model{
		"layers 0":                       mgno(func(c *MgNO) { c.Layers = 0 }),
		"number of levels 0":             mgno(func(c *MgNO) { c.Pre = nil }),
		"post for 1 of 3 levels":         mgno(func(c *MgNO) { c.Pre, c.Post = []int{1, 1, 1}, []int{1} }),
		"smoothings on level 1 0":        mgno(func(c *MgNO) { c.Pre = []int{1, 0} }),
		"the coarsest of 1×1":            mgno(func(c *MgNO) { c.Pre = []int{1, 1, 1, 1, 1, 1} }),
		`prolongation "linear"`:          mgno(func(c *MgNO) { c.Prolongation = "linear" }),
		"modes along the width 18; want": fno(func(c *FNO) { c.Modes[1] = 18 }),
		"modes along the height 0":       fno(func(c *FNO) { c.Modes[0] = 0 }),
		"hidden 0":                       fno(func(c *FNO) { c.Hidden = 0 }),
		"pad of columns -1":              fno(func(c *FNO) { c.Pad[1] = -1 }),
	} {
		if err := Validate(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}
