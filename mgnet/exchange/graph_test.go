package exchange

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"codeberg.org/sbinet/npyio"
	"gonum.org/v1/gonum/mat"

	"mgtool/graphs"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
)

// onBlocks are networks on a graph made here, bound to it.
func onBlocks(t *testing.T) (*graphs.Dataset, map[string]mgnet.Model) {
	t.Helper()
	d, err := graphs.Blocks(90, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]mgnet.Model{}
	for name, c := range map[string]struct {
		model string
		keys  map[string]any
	}{
		"gcn": {"gcn", nil}, "gcn, 3 layers": {"gcn", map[string]any{"channels": []int{8, 5}}},
		"graph-mgnet":      {"graph-mgnet", map[string]any{"channels": []int{12}}},
		"graph-mgnet, mix": {"graph-mgnet", map[string]any{"channels": []int{12}, "mix": true, "degree": 2, "smoothings": []int{1, 2}}},
	} {
		entry, err := mgnet.Lookup(c.model)
		if err != nil {
			t.Fatal(err)
		}
		m, err := entry.Make(mgnet.Signature{Height: 1, Width: d.Nodes(), InChannels: 1, Classes: d.Classes}, nil, nil)
		if err == nil {
			m, err = mgnet.With(m, c.keys)
		}
		if err == nil {
			m, err = mgnet.Bind(m, d)
		}
		if err != nil {
			t.Fatal(err)
		}
		list[name] = m
	}
	return d, list
}

// As TestExchangeWithPyTorch, for networks on a graph: testdata/graph_torch.py has the GCN with
// the names of torch_geometric, and the MgNet in the form that carries u and g, on levels that
// it makes itself of the aggregates.
func TestExchangeWithPyTorchOnGraphs(t *testing.T) {
	const python = "/usr/bin/python3"
	if out, err := exec.Command(python, "-c", "import torch").CombinedOutput(); err != nil {
		if os.Getenv("MGTOOL_PYTORCH") != "" {
			t.Fatalf("MGTOOL_PYTORCH wants PyTorch: %v: %s", err, out)
		}
		t.Skipf("no PyTorch for %s: %v", python, err)
	}
	d, models := onBlocks(t)
	dir := t.TempDir()
	args := []string{"testdata/graph_torch.py"}
	asTrained := func(m mgnet.Model) *mgnet.Network {
		n, err := mgnet.New(m, 1)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 2))
		for _, p := range n.Params() {
			for i := range p.Data {
				p.Data[i] += float32(r.NormFloat64() / 10)
			}
		}
		return n
	}
	for name, m := range models {
		folder := filepath.Join(dir, name)
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		args = append(args, folder)
		if err := Export(filepath.Join(folder, "ours.safetensors"), asTrained(m), runs.Run{Data: "blocks"}); err != nil {
			t.Fatal(err)
		}
		writeGraph(t, folder, d)
	}
	if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, m := range models {
		folder := filepath.Join(dir, name)
		compare := func(what string, n *mgnet.Network) {
			want := make([]float32, d.Nodes()*d.Classes)
			if err := binary.Read(bytes.NewReader(read(t, filepath.Join(folder, what+".f32"))), binary.LittleEndian, want); err != nil {
				t.Fatal(err)
			}
			largest, off := 0., 0.
			for i, got := range scores(t, n, make([]float32, d.Nodes()), 1) {
				largest, off = max(largest, math.Abs(float64(want[i]))), max(off, math.Abs(float64(got-want[i])))
			}
			t.Logf("%s, %s: off by %.1e of the largest score, %.3g", name, what, off/largest, largest)
			if !(off <= 1e-4*largest) {
				t.Errorf("%s, %s: off by %.2g of the largest score; want 1e-4", name, what, off/largest)
			}
		}
		compare("ours", asTrained(m))
		n, err := mgnet.New(m, 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := take(n, readHeader(t, filepath.Join(folder, "theirs.safetensors"))); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		compare("theirs", n)
	}
}

// writeGraph writes what graph_torch.py reads of a graph.
func writeGraph(t *testing.T, folder string, d *graphs.Dataset) {
	t.Helper()
	save := func(name string, m *mat.Dense) {
		f, err := os.Create(filepath.Join(folder, name+".npy"))
		if err == nil {
			err = npyio.Write(f, m)
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	n := d.Nodes()
	x, a := mat.NewDense(n, d.Features, nil), mat.NewDense(n, n, nil)
	for i := range n {
		own := d.Feature[d.Begin[i]:d.Begin[i+1]]
		for _, f := range own {
			x.Set(i, int(f), 1/float64(len(own)))
		}
		for _, j := range d.Neighbour[d.Start[i]:d.Start[i+1]] {
			a.Set(i, int(j), 1)
		}
	}
	save("x", x)
	save("a", a)
	levels, err := d.Levels(3, .1)
	if err != nil {
		t.Fatal(err)
	}
	for l, level := range levels {
		p := level.Prolong
		if p == nil {
			break
		}
		part := mat.NewDense(p.Rows, p.Columns, nil)
		for i := range p.Rows {
			for _, c := range p.Column[p.Start[i]:p.Start[i+1]] {
				part.Set(i, int(c), 1)
			}
		}
		save("p"+string(rune('0'+l)), part)
	}
}
