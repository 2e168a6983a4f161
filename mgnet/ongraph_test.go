package mgnet

import (
	"math"
	"strings"
	"testing"

	"mgtool/graphs"
	"mgtool/tensor/graph"
)

// named is a model of the catalogue for a graph, with some keys changed.
func onGraph(t testing.TB, name string, d *graphs.Dataset, keys map[string]any) Model {
	t.Helper()
	entry, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := entry.Make(Signature{Height: 1, Width: d.Nodes(), InChannels: 1, Classes: d.Classes}, nil, nil)
	if err == nil {
		m, err = With(m, keys)
	}
	if err == nil {
		m, err = Bind(m, d)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func blockModel(t testing.TB) *graphs.Dataset {
	t.Helper()
	d, err := graphs.Blocks(120, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The counts of Kipf and Welling's networks for Cora and Citeseer:
// 1433·16 + 16 + 16·7 + 7 and 3703·16 + 16 + 16·6 + 6. The MgNet has
// 1433·64 + 64 + 64·7 + 7, and two numbers of B on each of three levels.
func TestGraphParameters(t *testing.T) {
	entry, err := Lookup("gcn")
	if err != nil {
		t.Fatal(err)
	}
	citeseer, err := entry.Make(Signature{Height: 1, Width: 3327, InChannels: 1, Classes: 6}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	citeseer, err = With(citeseer, map[string]any{"features": 3703})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"gcn": 23063, "graph-mgnet": 91712 + 64 + 448 + 7 + 6} {
		entry, _ := Lookup(name)
		m, err := entry.Make(entry.Usual, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := Parameters(m); got != want {
			t.Errorf("%s: %d parameters, want %d", name, got, want)
		}
	}
	if got := Parameters(citeseer); got != 59366 {
		t.Errorf("gcn for Citeseer: %d parameters, want 59366", got)
	}
}

// scoresOf evaluates a network of nodes.
func nodeScores(t testing.TB, n *Network) []float32 {
	t.Helper()
	c := n.Model.Sig()
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		return n.Scores(b, b.Input("image", []int{1, 1, c.Width, 1}, make([]float32, c.Width)), Pass{})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	return p.Value()
}

// matrix is a plain matrix by rows, for formulas in float64.
type matrix [][]float64

func zeros(rows, columns int) matrix {
	m := make(matrix, rows)
	for i := range m {
		m[i] = make([]float64, columns)
	}
	return m
}

func (a matrix) times(b matrix) matrix {
	c := zeros(len(a), len(b[0]))
	for i, row := range a {
		for k, v := range row {
			if v != 0 {
				for j, w := range b[k] {
					c[i][j] += v * w
				}
			}
		}
	}
	return c
}

// affine adds a bias to each row, and applies ReLU if asked.
func (a matrix) affine(bias []float32, relu bool) matrix {
	for _, row := range a {
		for j := range row {
			if row[j] += float64(bias[j]); relu {
				row[j] = max(row[j], 0)
			}
		}
	}
	return a
}

func weights(p *Param) matrix {
	m := zeros(p.Shape[0], p.Shape[1])
	for i := range m {
		for j := range m[i] {
			m[i][j] = float64(p.Data[i*p.Shape[1]+j])
		}
	}
	return m
}

// features are X, each row divided by its sum, and Ã of a graph, by their formulas.
func formulas(d *graphs.Dataset) (x, adjacency matrix) {
	n := d.Nodes()
	x, adjacency = zeros(n, d.Features), zeros(n, n)
	degree := make([]float64, n)
	for i := range n {
		own := d.Feature[d.Begin[i]:d.Begin[i+1]]
		for _, f := range own {
			x[i][f] = 1 / float64(len(own))
		}
		degree[i] = 1 + float64(d.Start[i+1]-d.Start[i])
	}
	for i := range n {
		adjacency[i][i] = 1 / degree[i]
		for _, j := range d.Neighbour[d.Start[i]:d.Start[i+1]] {
			adjacency[i][j] = 1 / math.Sqrt(degree[i]*degree[j])
		}
	}
	return x, adjacency
}

func wantScores(t *testing.T, what string, got []float32, want matrix, tolerance float64) {
	t.Helper()
	worst, size := 0.0, 0.0
	for i, row := range want {
		for j, v := range row {
			worst = max(worst, math.Abs(float64(got[i*len(row)+j])-v))
			size = max(size, math.Abs(v))
		}
	}
	if !(worst < tolerance*size) {
		t.Errorf("%s: scores are off by %.3g of %.3g; want at most %g of it", what, worst, size, tolerance)
	}
}

// randomised gives biases values, which begin with 0.
func randomised(t testing.TB, m Model) *Network {
	t.Helper()
	n, err := New(m, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range n.Params() {
		if strings.HasSuffix(p.Name, ".b") {
			for i := range p.Data {
				p.Data[i] = float32(i%5-2) / 20
			}
		}
	}
	return n
}

// The scores of a GCN are Ã relu(Ã X W + b) V + c, in float64.
func TestGCNFormula(t *testing.T) {
	d := blockModel(t)
	n := randomised(t, onGraph(t, "gcn", d, nil))
	x, a := formulas(d)
	h := a.times(x.times(weights(n.Param("layer0.lin.w")))).affine(n.Param("layer0.b").Data, true)
	want := a.times(h.times(weights(n.Param("layer1.lin.w")))).affine(n.Param("layer1.b").Data, false)
	wantScores(t, "gcn", nodeScores(t, n), want, 1e-5)
}

// As it begins, the MgNet on a graph is a solver: its scores tend to those of u = α A⁻¹ g, with
// coarse levels by less work than on one level.
func TestGraphMgNetSolves(t *testing.T) {
	d := blockModel(t)
	const shift = .02
	x, a := formulas(d)
	m := onGraph(t, "graph-mgnet", d, map[string]any{"degree": 2, "shift": .1})
	n, err := New(m, 1)
	if err != nil {
		t.Fatal(err)
	}
	if theta := n.Param("level1.B").Data; theta[0] != 1 || theta[1] != .9 || theta[2] != float32(.9*.9) {
		t.Errorf("B begins with %v; want the part 1, 0.9, 0.81 of Neumann's series", theta)
	}
	distance := func(smoothings []int, tolerance float64) float64 {
		m := onGraph(t, "graph-mgnet", d, map[string]any{"smoothings": smoothings, "shift": shift, "channels": []int{8}})
		n := randomised(t, m)
		g := x.times(weights(n.Param("layer0.w"))).affine(n.Param("layer0.b").Data, true)
		for _, row := range g {
			for j := range row {
				row[j] *= shift
			}
		}
		u := zeros(len(g), len(g[0])) // Neumann's series, to (1 − α)^2000
		for range 2000 {
			au := a.times(u)
			for i := range u {
				for j := range u[i] {
					u[i][j] = (1-shift)*au[i][j] + g[i][j]
				}
			}
		}
		want := u.times(weights(n.Param("head.w"))).affine(n.Param("head.b").Data, false)
		got := nodeScores(t, n)
		if tolerance > 0 {
			wantScores(t, "many steps", got, want, tolerance)
		}
		sum := 0.0
		for i, row := range want {
			for j, v := range row {
				sum += math.Pow(float64(got[i*len(row)+j])-v, 2)
			}
		}
		return math.Sqrt(sum)
	}
	// (1 − α)^(4·90) is 7e-4 of the smoothest part; the correction makes it less.
	distance([]int{90, 2}, 1e-3)
	// Of the slowest part, √d̃, a coarse step takes as much as a fine one, for fewer products: the
	// 3 + 3 + 3 + 3 + 3 steps of a V-cycle on three levels do what 15 on one do, and more than as
	// many on one as have its work.
	levels, err := d.Levels(3, shift)
	if err != nil || len(levels) != 3 {
		t.Fatalf("%d levels, %v; want 3", len(levels), err)
	}
	work := 0
	for l, steps := range []int{6, 6, 3} {
		work += steps * len(levels[l].Adjacency.Value)
	}
	equal := (work + len(levels[0].Adjacency.Value) - 1) / len(levels[0].Adjacency.Value)
	cycle, many, few := distance([]int{3, 3, 3}, 0), distance([]int{15}, 0), distance([]int{equal}, 0)
	if !(cycle < 1.02*many) || !(cycle < .85*few) {
		t.Errorf("distance to the solution %.3g by a cycle on three levels; want that of 15 steps on one, %.3g, and less than 0.85 of that of %d steps, %.3g, which have its work", cycle, many, equal, few)
	}
}

func TestOnGraphErrors(t *testing.T) {
	d := blockModel(t)
	entry, _ := Lookup("gcn")
	unbound, err := entry.Make(entry.Usual, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	n, err := New(unbound, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = graph.Build(func(b *graph.Builder) *graph.Node {
		return n.Scores(b, b.Input("image", []int{1, 1, 2708, 1}, make([]float32, 2708)), Pass{})
	})
	if err == nil || !strings.Contains(err.Error(), "not bound to a graph") {
		t.Errorf("scores of a model without a graph: error %v", err)
	}
	if _, err := n.Bind(d); err == nil || !strings.Contains(err.Error(), "layer0.lin.w would have shape") {
		t.Errorf("weights for other features: error %v", err)
	}
	if _, err := Bind(unbound, 3); err == nil || !strings.Contains(err.Error(), "structure int; want a graph") {
		t.Errorf("a structure that is no graph: error %v", err)
	}
	for want, keys := range map[string]map[string]any{
		"height 2":         {"height": 2, "width": 5},
		"in_channels 3":    {"in_channels": 3},
		"dropout 1;":       {"dropout": 1},
		"features 0":       {"features": 0},
		"hidden layers 0;": {"channels": []int{}},
	} {
		m, err := With(unbound, keys)
		if err == nil {
			err = Validate(m)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one about %q", err, want)
		}
	}
	entry, _ = Lookup("graph-mgnet")
	unbound, _ = entry.Make(entry.Usual, nil, nil)
	for want, keys := range map[string]map[string]any{
		"shift 0":          {"shift": 0},
		"degree -1":        {"degree": -1},
		"smoothings 0":     {"smoothings": []int{0}},
		"channel counts 2": {"channels": []int{2, 3}},
		"dropout_stem 2":   {"dropout_stem": 2},
	} {
		m, err := With(unbound, keys)
		if err == nil {
			err = Validate(m)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one about %q", err, want)
		}
	}
}

// A model without a graph shows its layers on a ring.
func TestGraphLayers(t *testing.T) {
	for _, name := range []string{"gcn", "graph-mgnet"} {
		entry, _ := Lookup(name)
		m, err := entry.Make(entry.Usual, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		steps, err := Layers(m)
		if err != nil || len(steps) < 5 {
			t.Errorf("%s: %d layers, %v", name, len(steps), err)
		}
	}
}
