package feature

import (
	"context"
	"math"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/multigrid/cycle"
	"mgtool/tensor/graph"
)

// The reading of He, Xu, Zhang & Zhu: with free A and B the sigma form is MgNet's smoothing in
// u, and a pre-act ResNet's blocks, with A of the other sign, in r = g − A u: (26)–(27) of the
// lectures. Networks without statistics (a bias of 0 for each batch norm) and one level, whose
// g is what their stem makes of an image; all figures agree to the rounding of float32.
func TestLayersOfNetworks(t *testing.T) {
	const h, w, channels, steps = 6, 5, 3, 4
	a, b := randomKernel(3, channels, channels, 1).Scale(.2), randomKernel(3, channels, channels, 2).Scale(.2)
	x := randomMap(h, w, 1, 3)
	network := func(m mgnet.Model, sign float64) (g, u, r Map) {
		n, err := mgnet.New(m, 1)
		if err != nil {
			t.Fatal(err)
		}
		set := 0
		for _, p := range n.Params() {
			for k, scale := range map[string]float64{".A": sign, ".B": 1} {
				if !strings.HasSuffix(p.Name, k) {
					continue
				}
				set++
				from := a
				if k == ".B" {
					from = b
				}
				for i, v := range from.Weights {
					p.Data[i] = float32(scale * v)
				}
			}
		}
		if set < 2 {
			t.Fatalf("%v: %d kernels set", m, set)
		}
		image := make([]float32, len(x.Values))
		for i, v := range x.Values {
			image[i] = float32(v)
		}
		nodes := map[string]*graph.Node{}
		program, err := graph.Build(func(bd *graph.Builder) *graph.Node {
			return n.Scores(bd, bd.Input("x", []int{1, h, w, 1}, image), mgnet.Pass{See: func(_ int, leg cycle.Point, u, r, _ *graph.Node) {
				if leg == cycle.Start {
					nodes["g"] = r
				} else {
					nodes["u"], nodes["r"] = u, r
				}
				for _, node := range nodes {
					if node != nil {
						bd.Keep(node)
					}
				}
			}})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := program.Run(); err != nil {
			t.Fatal(err)
		}
		of := func(name string) Map {
			if nodes[name] == nil {
				return Map{}
			}
			m := NewMap(h, w, channels)
			for i, v := range program.Values(nodes[name]) {
				m.Values[i] = float64(v)
			}
			return m
		}
		return of("g"), of("u"), of("r")
	}
	compare := func(name string, got, want Map) {
		t.Helper()
		if len(got.Values) == 0 || len(want.Values) == 0 {
			t.Fatalf("%s: no values", name)
		}
		size := 0.0
		for _, v := range want.Values {
			size = max(size, math.Abs(v))
		}
		if d := worst(got.Values, want.Values); !(d <= 2e-6*size) || size == 0 {
			t.Errorf("%s: off by %g of %g", name, d, size)
		} else {
			t.Logf("%s: off by %.1e of %.2f", name, d, size)
		}
	}
	model := Model{Sigma, a, b}

	net := mgnet.NewMgNet(h, w, 1, 2, []int{channels}, []int{steps})
	net.Norm = "none"
	g, u, _ := network(net, 1)
	want, err := model.Solve(context.Background(), g, steps, nil)
	if err != nil {
		t.Fatal(err)
	}
	compare("u of MgNet", u, want)

	res := mgnet.NewResNet("preact", h, w, 1, 2, []int{channels}, []int{steps})
	res.Norm = "none"
	g, _, r := network(res, -1)
	var left Map
	if _, err := model.Solve(context.Background(), g, steps, func(_ int, _, r Map) { left = r }); err != nil {
		t.Fatal(err)
	}
	compare("r of a pre-act ResNet", r, left)
	negative := false
	for _, v := range g.Values {
		negative = negative || v < 0 // else σ would not be seen
	}
	if !negative {
		t.Error("the stem made no negative values")
	}
}
