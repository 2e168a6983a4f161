package mgnet

import (
	"math"
	"slices"
	"testing"

	"mgtool/tensor/gradtest"
	"mgtool/tensor/graph"
)

// scoresOf are those of random images of 8×8 pixels.
func scoresOf(t *testing.T, n *Network) []float32 {
	t.Helper()
	const batch = 2
	s := n.Model.Sig()
	x := gradtest.Random(batch*s.Height*s.Width*s.InChannels, 1)
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		return n.Scores(b, b.Input("x", []int{batch, s.Height, s.Width, s.InChannels}, x), Pass{Train: true})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(p.Value())
}

// A stencil with mixing behind it is the dense kernel s_k M_io, for each operator, and
// without mixing the kernel s_k on the diagonal.
func TestMixedIsDense(t *testing.T) {
	stencil := []float64{1, -2, 3, -4, 5, -6, 7, -8, 9}
	for _, mixed := range []bool{true, false} {
		c := NewMgNet(8, 7, 2, 3, []int{4}, []int{2, 1})
		plain := c
		c.Depthwise, c.Fixed = depthwiseOperators, map[string][]float64{}
		c.Mixed = map[string]string{}
		for _, op := range depthwiseOperators {
			c.Fixed[op] = stencil
			if mixed {
				c.Mixed[op] = "he"
			}
		}
		n, err := New(c, 1)
		if err != nil {
			t.Fatal(err)
		}
		dense, err := New(plain, 2)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 6 * 16, false: 0}[mixed] + 2*9*4 + 2*4 + 3*16 + 16 + 15; n.Parameters() != want {
			t.Errorf("mixed %t: %d parameters, want %d", mixed, n.Parameters(), want)
		}
		for _, p := range dense.params {
			same := n.byName[p.Name]
			if !same.Depthwise {
				copy(p.Data, same.Data)
				continue
			}
			for k, s := range stencil {
				for i := range 4 {
					for o := range 4 {
						m := float32(0)
						switch {
						case mixed:
							m = same.mix.Data[i*4+o]
						case i == o:
							m = 1
						}
						p.Data[(k*4+i)*4+o] = float32(s) * m
					}
				}
			}
		}
		got, want := scoresOf(t, n), scoresOf(t, dense)
		for i := range want {
			if math.Abs(float64(got[i]-want[i])) > 1e-4*(1+math.Abs(float64(want[i]))) {
				t.Fatalf("mixed %t: scores %v, with dense kernels %v", mixed, got, want)
			}
		}
	}
}

// What is begun starts where the fixed network stands, and is trained; what is frozen is
// random, stays, and comes with the weights.
func TestBegunAndFrozen(t *testing.T) {
	stencils := map[string][]float64{"A": {0, -1, 0, -1, 4, -1, 0, -1, 0}, "R": {1, 2, 1, 2, 4, 2, 1, 2, 1}}
	c := NewMgNet(8, 8, 2, 3, []int{4}, []int{1, 1})
	begun, fixed := c, c
	begun.Begin, fixed.Fixed = stencils, stencils
	b, err := New(begun, 1)
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(fixed, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.params {
		same := b.byName[p.Name]
		if p.Fixed {
			if same.Fixed || !slices.Equal(p.Data, same.Data) {
				t.Errorf("%s begins at %v, want trained, from %v", p.Name, same.Data, p.Data)
			}
			continue
		}
		copy(p.Data, same.Data)
	}
	if got, want := scoresOf(t, b), scoresOf(t, f); !slices.Equal(got, want) {
		t.Errorf("begun: scores %v; fixed: %v", got, want)
	}
	c.Frozen, c.Depthwise = []string{"B"}, []string{"B"}
	n, err := New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := n.byName["level0.B"]
	clone, err := n.Clone()
	if err != nil {
		t.Fatal(err)
	}
	if !p.Fixed || p.Data[0] == 0 || !slices.Equal(clone.byName["level0.B"].Data, p.Data) {
		t.Errorf("frozen B: fixed %t, %v, its copy %v", p.Fixed, p.Data, clone.byName["level0.B"].Data)
	}
}
