package exchange

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"mgtool/mgnet"
	"mgtool/mgnet/modeltest"
	"mgtool/mgnet/runs"
)

// readHeader opens a file of weights for as long as the test runs.
func readHeader(t testing.TB, file string) stateDict {
	t.Helper()
	s, closeFile, err := openStateDict(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeFile() })
	return s
}

// file writes bytes to a file of that name.
func file(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// withHeader is a safetensors file of a header, padded to 8 bytes, and values.
func withHeader(header string, values int) []byte {
	header += strings.Repeat(" ", 7-(len(header)+7)%8)
	data := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(data, header...), make([]byte, values)...)
}

// rewritten is an exported file with other names, and types or values if change has
// some for them.
func rewritten(t testing.TB, n *mgnet.Network, rename func(string) string, change func(name string, v safetensors.TensorView) safetensors.View) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := Export(path, n, runs.Run{Data: "sample"}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := safetensors.Deserialize(data)
	if err != nil {
		t.Fatal(err)
	}
	views := map[string]safetensors.View{}
	for _, v := range s.Tensors() {
		views[rename(v.Name)] = v.TensorView
		if change != nil {
			views[rename(v.Name)] = change(v.Name, v.TensorView)
		}
	}
	data, err = safetensors.Serialize(views, nil)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A small file that states a large model is refused by its header: no memory is laid
// out for the weights that it does not have.
func TestWeightsAreRefusedByTheirHeader(t *testing.T) {
	large := mgnet.NewMgNet(28, 28, 1, 10, []int{4000}, []int{1, 1})
	about, err := json.Marshal(runs.Run{Model: large, Data: "sample"})
	if err != nil {
		t.Fatal(err)
	}
	header, err := json.Marshal(map[string]any{"__metadata__": map[string]string{exportedRun: string(about)}})
	if err != nil {
		t.Fatal(err)
	}
	path := file(t, "w.safetensors", withHeader(string(header), 0))
	run, known, err := ReadExported(path)
	if err != nil || !known {
		t.Fatalf("stated: %t, %v", known, err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	dir := filepath.Join(t.TempDir(), "run")
	_, err = Import(path, dir, run)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "there is no conv1.weight, want it with shape [4000 1 3 3]") {
		t.Errorf("error %v; want one that names conv1.weight", err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes allocated; want less than a megabyte", got)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("there is a run")
	}
}

// Headers that lie about their values.
func TestDamagedWeights(t *testing.T) {
	const tensor = `{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}`
	huge := binary.LittleEndian.AppendUint64(nil, math.MaxUint64)
	for want, data := range map[string][]byte{
		"does not begin with a header":  {1, 2, 3},
		"is not a whole":                nil,
		"there are 7 bytes of values":   withHeader(tensor, 7),
		"there are 9 bytes of values":   withHeader(tensor, 9),
		"is at bytes 0 to 8; want 0 to": withHeader(strings.Replace(tensor, "[2]", "[3]", 1), 8),
		"want 0 to 9223372036854775807": withHeader(strings.Replace(tensor, "[2]", "[4294967296, 4294967296]", 1), 8),
		"is at bytes 8 to 16":           withHeader(strings.Replace(tensor, "[0, 8]", "[8, 16]", 1), 16),
		"18446744073709551615 bytes":    append(huge, "{}"...),
		"the file has 20":               append(binary.LittleEndian.AppendUint64(nil, 1000), "{           "...),
		"its header: ":                  withHeader(`{"a": 1}`, 0),
	} {
		_, _, err := openStateDict(file(t, "w.safetensors", data))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v; want one line with %q", err, want)
		}
	}
	if _, _, err := openStateDict(t.TempDir()); err == nil || !strings.Contains(err.Error(), "want a file") {
		t.Errorf("a folder: %v", err)
	}
}

// Files of other programs are named for what they are, whatever their name ends in; a
// PyTorch pickle comes with the lines that convert it.
func TestForeignFormats(t *testing.T) {
	rest := strings.Repeat("\x00", 100)
	for _, c := range []struct{ name, begins, want string }{
		{"resnet20.th", "PK\x03\x04\x00\x00\x08\x08archive/data.pkl" + rest, `torch.load("`},
		{"resnet20.safetensors", "PK\x03\x04\x00\x00\x08\x08resnet20/data.pkl" + rest, `resnet20.safetensors.safetensors")`},
		{"model.pt", "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03." + rest, "is a PyTorch pickle"},
		{"model.pth", "\x80\x04\x95" + rest, "is a PyTorch pickle"},
		{"model.pth", "\x80\x02}q", `d.get("state_dict", d)`},
		{"model.pth.tar", "\x80\x02}q" + rest, `model.pth.safetensors"`},
		{"no-ending", "\x80\x02}q" + rest, `no-ending.safetensors"`},
		{"w.npz", "PK\x03\x04\x14\x00\x00\x00conv1.weight.npy" + rest, "NumPy"},
		{"w.h5", "\x89HDF\r\n\x1a\n" + rest, "HDF5"},
		{"w.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"},
		{"w.safetensors", "<!DOCTYPE html>", "web page"},
	} {
		_, _, err := openStateDict(file(t, c.name, []byte(c.begins)))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s, %.20q: error %v; want one line with %q", c.name, c.begins, err, c.want)
		}
	}
	// A header whose length has the first bytes of a pickle, 0x80 and 2, is a header.
	header := `{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}` + strings.Repeat(" ", 0x280-61) + "}"
	if _, _, err := openStateDict(file(t, "w.safetensors", withHeader(header, 8))); err != nil {
		t.Errorf("a header of 640 bytes: %v", err)
	}
}

// Names as other programs wrap them, and counters as NumPy writes them, are taken; a
// prefix that some names have only is no wrapper.
func TestWrappedNames(t *testing.T) {
	n := modeltest.AsTrained(t, mgnet.NewMgNet(28, 28, 1, 10, []int{4}, []int{1, 2}), 3)
	prefix := func(p string) func(string) string { return func(name string) string { return p + name } }
	same := func(name string) string { return name }
	counters := func(name string, v safetensors.TensorView) safetensors.View {
		if !strings.HasSuffix(name, counter) {
			return v
		}
		one, err := safetensors.NewTensorView(safetensors.I64, []uint64{1}, v.Data())
		if err != nil {
			t.Fatal(err)
		}
		return one
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"DataParallel":      {rewritten(t, n, prefix("module."), nil), ""},
		"twice":             {rewritten(t, n, prefix("_orig_mod.module."), nil), ""},
		"Lightning":         {rewritten(t, n, prefix("model."), nil), ""},
		"counters of NumPy": {rewritten(t, n, same, counters), ""},
		"some only": {rewritten(t, n, func(name string) string {
			if name == "fc.bias" {
				return name
			}
			return "module." + name
		}, nil), "there is no conv1.weight"},
		"unknown": {rewritten(t, n, prefix("student."), nil), "there is student."},
	} {
		dir := filepath.Join(t.TempDir(), "run")
		got, err := Import(file(t, "w.safetensors", c.data), dir, runs.Run{Model: n.Model, Data: "sample"})
		switch {
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: error %v; want one with %q", name, err, c.want)
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want == "" && difference(got.Param("level1.B").Data, n.Param("level1.B").Data) >= 0:
			t.Errorf("%s: other weights", name)
		}
	}
}

// The prefix goes from the names that share a tensor too.
func TestWrappedNamesOfSharedTensors(t *testing.T) {
	v := &safetensors.TensorInfo{}
	s := stateDict{tensors: map[string]*safetensors.TensorInfo{"module.a": v, "module.module.b": v}, about: map[string]string{"module.c": "module.a", "format": "pt"}}
	s.unwrap()
	if s.tensors["a"] != v || s.tensors["module.b"] != v || s.about["c"] != "a" || s.about["format"] != "pt" {
		t.Errorf("names %v, shared %v", s.tensors, s.about)
	}
}

// A NaN in an imported tensor is named, as one of a checkpoint is.
func TestImportedValuesAreFinite(t *testing.T) {
	n := modeltest.AsTrained(t, mgnet.NewMgNet(28, 28, 1, 10, []int{4}, []int{1, 2}), 3)
	n.Param("level1.B").Data[5] = float32(math.NaN())
	data := rewritten(t, n, func(name string) string { return name }, nil)
	_, err := Import(file(t, "w.safetensors", data), filepath.Join(t.TempDir(), "run"), runs.Run{Model: n.Model, Data: "sample"})
	if err == nil || !strings.Contains(err.Error(), "layer1.1.B.weight has NaN as value") {
		t.Errorf("error %v; want one that names layer1.1.B.weight", err)
	}
}
