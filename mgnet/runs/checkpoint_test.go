package runs

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/internal/strictjson"
	"mgtool/mgnet"
)

// file writes bytes to a file of that name.
func file(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// What is no file, or larger than a model's checkpoint can be, is not read.
func TestReadersHaveLimits(t *testing.T) {
	n := asTrained(t, mgnet.MgNet(28, 28, 1, 10, []int{4}, []int{1}), 3)
	path := file(t, "w.safetensors", nil)
	if err := os.Truncate(path, 1<<40); err != nil { // a hole, no blocks
		t.Skip("no files with holes here:", err)
	}
	if _, err := LoadCheckpoint(n, path, nil, nil); err == nil || !strings.Contains(err.Error(), "has 1099511627776 bytes; want at most") {
		t.Errorf("a checkpoint of a terabyte: %v", err)
	}
	dir := filepath.Dir(path)
	if err := os.Rename(path, filepath.Join(dir, ConfigFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadRun(dir); err == nil || !strings.Contains(err.Error(), "more than 16 MB") {
		t.Errorf("a config.json of a terabyte: %v", err)
	}
	if _, err := strictjson.ReadFile(dir); err == nil || !strings.Contains(err.Error(), "want a file") {
		t.Errorf("a folder: %v", err)
	}
}

// asTrained is a network with values such as a training leaves: nothing that is not
// fixed is 0 or 1.
func asTrained(t interface{ Fatal(...any) }, c mgnet.Config, seed uint64) *mgnet.Network {
	n, err := mgnet.New(c, seed)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	fill := func(v []float32, mean, width float64) {
		for i := range v {
			v[i] = float32(mean + width*(2*rng.Float64()-1))
		}
	}
	for _, b := range n.Norms() {
		fill(b.Stats.RunningMean, 0, .5)
		fill(b.Stats.RunningVar, 1, .5)
	}
	for _, p := range n.Params() { // those that do not begin with random values
		switch end := p.Name[strings.LastIndex(p.Name, ".")+1:]; {
		case p.Fixed:
		case end == "gamma":
			fill(p.Data, 1, .5)
		case end == "beta" || end == "bias":
			fill(p.Data, 0, .5)
		case end == "hat" || end == "slope":
			fill(p.Data, float64(p.Data[0]), .1)
		}
	}
	return n
}
