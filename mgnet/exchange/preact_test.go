package exchange

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/modeltest"
	"mgtool/tensor/graph"
)

// scoresOf are those of random images, in evaluation.
func scoresOf(t *testing.T, n *mgnet.Network) []float32 {
	t.Helper()
	const batch = 5
	c := n.Model.Sig()
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, batch*c.Height*c.Width*c.InChannels)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		return n.Scores(b, b.Input("x", []int{batch, c.Height, c.Width, c.InChannels}, x), mgnet.Pass{})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(p.Value())
}

// An MgNet and its pre-act form have the same scores, with values as after a training; and
// back it is the MgNet it was, to the bit. The form does some ten sums more than MgNet, of
// float32: 2e-6 of the largest score allows 30 roundings.
func TestPreActForm(t *testing.T) {
	count := 0
	for _, shareA := range []string{"level", "step", "all"} {
		for _, shareB := range []string{"level", "step", "all"} {
			for _, norm := range []string{"", "shift", "none"} {
				channels := []int{4, 6, 5}
				if shareA == "all" || shareB == "all" {
					channels = []int{4}
				}
				c := mgnet.NewMgNet(13, 16, 2, 5, channels, []int{2, 1, 3})
				c.ShareA, c.ShareB, c.Norm = shareA, shareB, norm
				if count++; count%2 == 0 {
					c.Stem, c.StemStride, c.HeadPool = 5, 2, "max"
				}
				if shareA == "all" {
					c.ShareR = "all"
				}
				n := modeltest.AsTrained(t, c, 7)
				pre, err := ToPreAct(n)
				if err != nil {
					t.Fatal(err)
				}
				name := fmt.Sprintf("A by %s, B by %s, norm %q", shareA, shareB, norm)
				want, got := scoresOf(t, n), scoresOf(t, pre)
				largest, worst := 0., 0.
				for i := range want {
					largest = max(largest, math.Abs(float64(want[i])))
					worst = max(worst, math.Abs(float64(got[i]-want[i])))
				}
				if !(worst <= 2e-6*largest) || largest < .1 {
					t.Errorf("%s: scores differ by %g of %g", name, worst, largest)
				}
				back, err := FromPreAct(pre)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				b := back.Model.(mgnet.MgNet)
				if b.ShareA != shareA || b.ShareB != shareB {
					t.Errorf("%s: back with A by %s, B by %s", name, b.ShareA, b.ShareB)
				}
				theirs := back.Tensors(nil)
				for key, v := range n.Tensors(nil) {
					if !slices.Equal(v.Data, theirs[key].Data) {
						t.Errorf("%s: %s is another one back", name, key)
					}
				}
			}
		}
	}
}

// What has no such form, and what is none, is refused with the reason.
func TestPreActErrors(t *testing.T) {
	base := mgnet.NewMgNet(8, 8, 1, 3, []int{2}, []int{1, 1})
	for want, m := range map[string]mgnet.Model{
		`model "resnet"; want mgnet`:   mgnet.NewResNet("resnet", 8, 8, 1, 3, []int{2}, []int{1, 1}),
		`activation "gelu"; want relu`: with(base, func(c *mgnet.MgNet) { c.Activation = "gelu" }),
		`cycle "v"; want down`:         with(base, func(c *mgnet.MgNet) { c.Cycle = "v" }),
		`r "mean"`:                     with(base, func(c *mgnet.MgNet) { c.R = "mean" }),
		`depthwise [A]`:                with(base, func(c *mgnet.MgNet) { c.Depthwise = []string{"A"} }),
	} {
		if _, err := ToPreAct(modeltest.AsTrained(t, m, 1)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one with %q", err, want)
		}
	}
	n := modeltest.AsTrained(t, base, 1)
	if _, err := FromPreAct(n); err == nil || !strings.Contains(err.Error(), `model "mgnet"; want preact`) {
		t.Errorf("back from mgnet: %v", err)
	}
	if _, err := FromPreAct(modeltest.AsTrained(t, mgnet.NewResNet("preact", 8, 8, 1, 3, []int{4}, []int{2, 2}), 1)); err == nil || !strings.Contains(err.Error(), "4 channels and 2 blocks") {
		t.Errorf("4 channels: %v", err)
	}
	if _, err := FromPreAct(modeltest.AsTrained(t, mgnet.NewResNet("preact", 8, 8, 1, 3, []int{6}, []int{2, 2}), 1)); err == nil || !strings.Contains(err.Error(), "is not the pre-act form") {
		t.Errorf("a preact of its own: %v", err)
	}
	pre, err := ToPreAct(n)
	if err != nil {
		t.Fatal(err)
	}
	b := pre.Param("level1.step0.B").Data
	b[len(b)-1] += 1e-3
	if _, err := FromPreAct(pre); err == nil || !strings.Contains(err.Error(), "level1.step0.B has") {
		t.Errorf("a changed value: %v", err)
	}
}
