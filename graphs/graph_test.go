package graphs

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mgtool/internal/readertest"
)

func TestNew(t *testing.T) {
	g := must[*Graph](t)(New("g", 5, []Edge{{3, 1, 2}, {1, 3, 9}, {0, 1, 1}, {2, 2, 4}}))
	if g.Edges() != 2 || g.degree(1) != 3 || !reflect.DeepEqual(g.Neighbour, []int32{1, 0, 3, 1}) || !reflect.DeepEqual(g.Weight, []float64{1, 1, 2, 2}) {
		t.Errorf("%+v: want the edges 0–1 of weight 1 and 1–3 of weight 2, the first one given", g)
	}
	if of, count := g.Components(); count != 3 || !reflect.DeepEqual(of, []int32{0, 0, 1, 0, 2}) {
		t.Errorf("components %v, %d of them; want {0, 1, 3}, {2}, {4}", of, count)
	}
	for want, edges := range map[string][]Edge{"from node 0 to 5": {{0, 5, 1}}, "weight -1": {{0, 1, -1}}, "weight NaN": {{0, 1, math.NaN()}}} {
		if _, err := New("g", 5, edges); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one about %q", err, want)
		}
	}
}

// Random graphs by what is known of them.
func TestRandomGraphs(t *testing.T) {
	b := must[*Graph](t)(BarabasiAlbert(2000, 3, 5))
	if want := 3 + 3*(2000-4); b.Edges() != want {
		t.Errorf("%s: %d edges; want %d", b.Name, b.Edges(), want)
	}
	most := 0.0
	for i := range b.Nodes() {
		most = max(most, b.degree(i))
	}
	if most < 60 { // about 3 √2000; without preference the largest is about 20
		t.Errorf("%s: largest degree %g; want a hub", b.Name, most)
	}
	// All but those near the sides, 4 radii of 0.025, have π r² n neighbours on average.
	g := must[*Graph](t)(Geometric(4000, 8, 5))
	if mean := 2 * float64(g.Edges()) / 4000; !(mean > 7.4 && mean < 8) {
		t.Errorf("%s: %g neighbours on average; want 8 but for the sides", g.Name, mean)
	}
	other := must[*Graph](t)(Geometric(4000, 8, 6))
	if reflect.DeepEqual(g.Neighbour, other.Neighbour) {
		t.Error("another seed makes the same graph")
	}
	if again := must[*Graph](t)(Geometric(4000, 8, 5)); !reflect.DeepEqual(g, again) {
		t.Error("the same seed makes another graph")
	}
}

// The Ã of each level is Pᵀ Ã P of the one above, P has orthonormal columns, and Ã maps √d̃ of
// the level to itself, which is in the range of P, up to rounding in float32. So it is for nodes
// without neighbours and for small components, which coarsen to single nodes.
func TestLevels(t *testing.T) {
	b := must[*Graph](t)(BarabasiAlbert(300, 2, 1))
	parts := []Edge{{300, 301, 1}, {302, 303, 1}, {303, 304, 3}, {305, 306, 1}, {306, 307, 1}, {307, 308, 1}, {308, 305, 1}}
	for i := range b.Nodes() {
		for _, j := range b.Neighbour[b.Start[i]:b.Start[i+1]] {
			parts = append(parts, Edge{int32(i), j, 1})
		}
	}
	testLevels(t, b)
	testLevels(t, must[*Graph](t)(New("parts", 320, parts)))
}

func testLevels(t *testing.T, g *Graph) {
	levels := must[[]Level](t)(g.Levels(4, .1))
	if len(levels) < 3 {
		t.Fatalf("%d levels; want 3 or more", len(levels))
	}
	root := make([]float32, g.Nodes()) // √d̃
	for i := range root {
		root[i] = float32(math.Sqrt(1 + g.degree(i)))
	}
	for l, level := range levels {
		a, n := level.Adjacency, level.Adjacency.Rows
		y := make([]float32, n)
		a.Multiply(y, root, nil, 1)
		for i, v := range y {
			if math.Abs(float64(v-root[i])) > 1e-5*float64(root[i]) {
				t.Fatalf("level %d: Ã √d̃ is %g at %d; want %g", l, v, i, root[i])
			}
		}
		if level.Prolong == nil {
			if l != len(levels)-1 {
				t.Fatalf("level %d of %d has no P", l, len(levels))
			}
			break
		}
		p, c := level.Prolong, levels[l+1].Adjacency
		x, fine, image := make([]float32, p.Columns), make([]float32, n), make([]float32, n)
		back, coarse := make([]float32, p.Columns), make([]float32, p.Columns)
		for k := range p.Columns {
			clear(x)
			x[k] = 1
			p.Multiply(fine, x, nil, 1)
			p.MultiplyTransposed(back, fine, nil, 1)
			for i, v := range back {
				if math.Abs(float64(v-x[i])) > 1e-6 {
					t.Fatalf("level %d: Pᵀ P is %g at %d, %d", l, v, i, k)
				}
			}
			a.Multiply(image, fine, nil, 1)
			p.MultiplyTransposed(back, image, nil, 1)
			c.Multiply(coarse, x, nil, 1)
			for i, v := range back {
				if math.Abs(float64(v-coarse[i])) > 1e-5 {
					t.Fatalf("level %d: Pᵀ Ã P is %g at %d, %d, the coarse Ã %g", l, v, i, k, coarse[i])
				}
			}
		}
		above := root
		root = make([]float32, p.Columns)
		p.MultiplyTransposed(root, above, nil, 1) // √d̃ too: Σ √(d̃_i/d̃_c) √d̃_i
		p.Multiply(fine, root, nil, 1)
		for i, v := range fine {
			if math.Abs(float64(v-above[i])) > 1e-5*float64(above[i]) {
				t.Fatalf("%s, level %d: P of √d̃ is %g at %d; want %g", g.Name, l, v, i, above[i])
			}
		}
	}
}

// Graphs that are too large to make are refused before anything is made.
func TestTooLarge(t *testing.T) {
	for _, name := range []string{
		"grid:1x9000000000000", "grid:4000000000x4000000000", "grid:5000x5000", "geometric:16000000,15000000",
		"geometric:20000000", "barabasi-albert:16000000,8000000", "barabasi-albert:20000000",
	} {
		err := readertest.Read(t, 1<<20, func() error { _, err := Open(name, 1); return err })
		if err == nil || !strings.Contains(err.Error(), "want ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v; want one line that says what would do", name, err)
		}
	}
	// Nearly all earlier nodes are drawn, which took a time of nodes².
	const n = 200000
	if g := must[*Graph](t)(BarabasiAlbert(n, n-2, 1)); g.Edges() != 2*(n-2) {
		t.Errorf("%d edges; want %d", g.Edges(), 2*(n-2))
	}
	if g := must[*Graph](t)(Geometric(100, 1e-9, 1)); g.Edges() != 0 {
		t.Errorf("%d edges of a graph with hardly any", g.Edges())
	}
}

func TestDatasetRoundTrip(t *testing.T) {
	d := must[*Dataset](t)(Blocks(120, 3, 7))
	for _, name := range []string{"blocks.txt", "blocks.txt.gz"} {
		path := filepath.Join(t.TempDir(), name)
		if err := d.Write(path); err != nil {
			t.Fatal(err)
		}
		got := must[*Dataset](t)(ReadDataset(path))
		if got.Name != "blocks" {
			t.Errorf("name %q", got.Name)
		}
		got.Name = d.Name
		if !reflect.DeepEqual(got, d) {
			t.Errorf("%s: read back differently", name)
		}
		if g := must[*Graph](t)(Read(path)); g.Edges() != d.Edges() {
			t.Errorf("%s: %d edges as a graph, %d as a data set", name, g.Edges(), d.Edges())
		}
	}
}

// What the form cannot hold is refused, and no file is written.
func TestWriteRefused(t *testing.T) {
	for want, change := range map[string]func(d *Dataset){
		"weights":             func(d *Dataset) { d.Weight = slices.Repeat([]float64{2}, len(d.Neighbour)) },
		"training nodes":      func(d *Dataset) { d.Train = d.Train[1:] },
		"23 validation nodes": func(d *Dataset) { d.Validation = d.Validation[1:] },
		"no test nodes":       func(d *Dataset) { d.Test = nil },
		"has no label":        func(d *Dataset) { d.Labels[3] = -1 },
	} {
		d := must[*Dataset](t)(Blocks(120, 3, 7))
		change(d)
		path := filepath.Join(t.TempDir(), "d.txt")
		err := d.Write(path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one about %q", err, want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file was written", want)
		}
	}
}

// small is a data set in the form of a file: two nodes to train on, one for validation, two for
// the test, and one without a label.
const small = `# two classes
6 3 2 5 2
0 0 2
1 1
0
1 0 1 2
0 1
-1 2
# edges
0 1
2 1
2 3
3 4
4 5
# test
3 4
`

func TestParseDataset(t *testing.T) {
	d := must[*Dataset](t)(parseDataset("small", []byte(small)))
	want := &Dataset{
		Graph:    &Graph{Name: "small", Start: []int{0, 1, 3, 5, 7, 9, 10}, Neighbour: []int32{1, 0, 2, 1, 3, 2, 4, 3, 5, 4}},
		Features: 3, Begin: []int32{0, 2, 3, 3, 6, 7, 8}, Feature: []int32{0, 2, 1, 0, 1, 2, 1, 2},
		Labels: []int32{0, 1, 0, 1, 0, -1}, Classes: 2,
		Train: []int32{0, 1}, Validation: []int32{2}, Test: []int32{3, 4},
	}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("%+v of %+v;\nwant %+v of %+v", d, d.Graph, want, want.Graph)
	}
	// The first node behind those of training may be a test node: there are none for validation.
	d = must[*Dataset](t)(parseDataset("small", []byte(strings.TrimSuffix(small, "3 4\n")+"2 3\n")))
	if len(d.Validation) != 0 || !reflect.DeepEqual(d.Test, []int32{2, 3}) {
		t.Errorf("validation nodes %v, test nodes %v; want none, and 2 and 3", d.Validation, d.Test)
	}
}

func TestReaders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "graph.txt")
	read := func(text string, reader func(string) error) error {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return readertest.Read(t, readertest.Allowance([]byte(text)), func() error { return reader(path) })
	}
	dataset := func(path string) error { _, err := ReadDataset(path); return err }
	graph := func(path string) error { _, err := Read(path); return err }
	for want, change := range map[string][2]string{
		"5 of":                       {"6 3 2 5 2", "6 3 2 5"},
		"node 1 has label 2":         {"1 1\n0\n", "2 1\n0\n"},
		"feature 0":                  {"0 0 2", "0 2 0"},
		"\"3\"; want a label":        {"0 0 2", "0 0 3"},
		"0 to 5":                     {"3 4\n4 5", "3 6\n4 5"},
		"loops":                      {"0 1\n2 1", "1 1\n2 1"},
		"ends":                       {"# test\n3 4\n", ""},
		"\"x\"":                      {"0 0 2", "x 0 2"},
		"behind the test":            {"# test\n3 4\n", "3 4\n7\n"},
		"test node 5 has no label":   {"# test\n3 4\n", "3 5\n"},
		"a training node and a test": {"# test\n3 4\n", "3 1\n"},
		"999999999 edges":            {"6 3 2 5 2", "6 3 2 999999999 2"},
		"training nodes of":          {"6 3 2 5 2", "6 3 2 5 6"},
	} {
		text := strings.Replace(small, change[0], change[1], 1)
		if text == small {
			t.Fatalf("%q is not in the text", change[0])
		}
		err := read(text, dataset)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), "graphs:") != 1 {
			t.Errorf("error %v; want one about %q that says graphs: once", err, want)
		}
	}
	for want, text := range map[string]string{
		"no edges":            "# nothing\n",
		"1 numbers":           "3\n",
		"node \"-1\"":         "0 -1\n",
		"weight \"heavy\"":    "0 1 heavy\n",
		"weight -2":           "0 1 -2\n",
		"its header":          "%%MatrixMarket matrix array real general\n2 2\n",
		"before its 3":        "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 3\n2 1\n",
		"3 rows, 2 columns":   "%%MatrixMarket matrix coordinate pattern symmetric\n3 2 1\n2 1\n",
		"entry -1; want all":  "%%MatrixMarket matrix coordinate real symmetric\n3 3 3\n1 1 2\n2 1 1\n3 2 -1\n",
		"(1, 2) and (2, 1)":   "%%MatrixMarket matrix coordinate real general\n3 3 2\n1 2 1\n2 1 2\n",
		"(2, 3) and (3, 2)":   "%%MatrixMarket matrix coordinate pattern general\n3 3 3\n2 1\n1 2\n2 3\n",
		"(2, 1) and (1, 2)":   "%%MatrixMarket matrix coordinate pattern general\n2 2 2\n2 1\n2 1\n",
		"node \"4\"; want 1 ": "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 1\n4 1\n",
	} {
		if err := read(text, graph); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one about %q", err, want)
		}
	}
	// The same weighted triangle, as edges, as a Laplacian and as an adjacency matrix.
	var graphs []*Graph
	for _, text := range []string{
		"# a b weight\n0 1 2\n1 2 0.5\n2 0 1\n",
		"%%MatrixMarket matrix coordinate real symmetric\n% Laplacian\n3 3 6\n1 1 3\n2 2 2.5\n3 3 1.5\n2 1 -2\n3 2 -.5\n3 1 -1\n",
		"%%MatrixMarket matrix coordinate real general\n3 3 6\n1 2 2\n1 3 1\n2 1 2\n2 3 .5\n3 1 1\n3 2 .5\n",
	} {
		if err := read(text, func(path string) error { g, err := Read(path); graphs = append(graphs, g); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(graphs[0], graphs[1]) || !reflect.DeepEqual(graphs[0], graphs[2]) || graphs[0].Edges() != 3 || graphs[0].degree(0) != 3 {
		t.Errorf("%+v, %+v and %+v; want the same triangle", graphs[0], graphs[1], graphs[2])
	}
	for _, name := range []string{"grid:5", "grid:axb", "geometric:", "barabasi-albert:1,2,3"} {
		if _, err := Open(name, 1); err == nil || !strings.Contains(err.Error(), "want "+strings.Split(name, ":")[0]) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func FuzzReaders(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("0 1\n1 2 3\n"))
	f.Add([]byte("%%MatrixMarket matrix coordinate real symmetric\n3 3 1\n2 1 -1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if d, err := parseDataset("fuzz", text); err == nil {
			var out bytes.Buffer
			if err := d.write(&out); err != nil {
				t.Fatal(err)
			}
			if _, err := parseDataset("fuzz", out.Bytes()); err != nil {
				t.Errorf("what was written is not read: %v", err)
			}
		}
		parseMatrix("fuzz", text)
		parseEdges("fuzz", text)
	})
}

func ExampleSolve() {
	g, _ := New("path", 3, []Edge{{0, 1, 1}, {1, 2, 1}}) // 0 – 1 – 2
	s, err := Solve(g, []float64{1, 0, -1}, Settings{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f\n", s.U)
	// Output: [1.000 0.000 -1.000]
}

func ExampleGraph_Levels() {
	g, _ := Grid(8, 8)
	levels, _ := g.Levels(3, .1)
	for _, l := range levels {
		fmt.Print(l.Adjacency.Rows, " nodes; ")
	}
	// Output: 64 nodes; 17 nodes; 5 nodes;
}
