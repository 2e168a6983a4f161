package exchange

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"
	"github.com/x448/float16"
	"pgregory.net/rapid"

	"mgtool/internal/atomicfile"
	"mgtool/mgnet"
	"mgtool/mgnet/modeltest"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
)

// The names and shapes of the authors' MgNet, as their mgnet.py makes them for
// num_ite [1, 2], 4 channels, one channel in: each shared A and B under every module
// that has it.
func TestNamesOfTheAuthors(t *testing.T) {
	want := map[string][]uint64{"conv1.weight": {4, 1, 3, 3}, "fc.weight": {10, 4}, "fc.bias": {10}}
	for _, convolution := range []string{"layer0.0.A", "layer0.0.B", "layer1.0.A_old", "layer1.0.A_conv", "layer1.0.Pi_conv", "layer1.0.R_conv", "layer1.1.A", "layer1.1.B", "layer1.2.A", "layer1.2.B"} {
		want[convolution+".weight"] = []uint64{4, 4, 3, 3}
	}
	for _, norm := range []string{"bn1", "layer0.0.bn1", "layer0.0.bn2", "layer1.0.bn1", "layer1.0.bn2", "layer1.1.bn1", "layer1.1.bn2", "layer1.2.bn1", "layer1.2.bn2"} {
		for _, field := range []string{"weight", "bias", "running_mean", "running_var"} {
			want[norm+"."+field] = []uint64{4}
		}
		want[norm+".num_batches_tracked"] = []uint64{}
	}
	n, err := mgnet.New(mgnet.NewMgNet(28, 28, 1, 10, []int{4}, []int{1, 2}), 1)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "w.safetensors")
	if err := Export(file, n, runs.Run{Data: "sample"}); err != nil {
		t.Fatal(err)
	}
	s := readHeader(t, file)
	for name, v := range s.tensors {
		if shape, ok := want[name]; !ok || !slices.Equal(shape, v.Shape) {
			t.Errorf("%s of shape %v; want %v (there: %v)", name, v.Shape, shape, ok)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("not there: %v", slices.Sorted(maps.Keys(want)))
	}
}

// An element of a kernel, and one of a linear map, are where PyTorch has them.
func TestReorder(t *testing.T) {
	shape := []int{2, 3, 4, 5} // kernel 2×3, in 4, out 5
	src, dst, back := make([]float32, 120), make([]float32, 120), make([]float32, 120)
	for i := range src {
		src[i] = float32(i)
	}
	reorder(dst, src, shape, false)
	for y := range 2 {
		for x := range 3 {
			for in := range 4 {
				for out := range 5 {
					if got, want := dst[((out*4+in)*2+y)*3+x], src[((y*3+x)*4+in)*5+out]; got != want {
						t.Fatalf("[%d %d %d %d] is %g, want %g", out, in, y, x, got, want)
					}
				}
			}
		}
	}
	if reorder(back, dst, shape, true); !slices.Equal(back, src) {
		t.Error("there and back is not the same")
	}
	if reorder(dst[:6], src[:6], []int{2, 3}, false); !slices.Equal(dst[:6], []float32{0, 3, 1, 4, 2, 5}) {
		t.Errorf("the transpose of 0 1 2, 3 4 5 is %v", dst[:6])
	}
}

// drawConfig is any small model.
func drawConfig(t *rapid.T) mgnet.Model {
	levels := rapid.IntRange(1, 3).Draw(t, "levels")
	draw := func(what string, hi int) []int {
		return rapid.SliceOfN(rapid.IntRange(1, hi), levels, levels).Draw(t, what)
	}
	pick := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(t, what) }
	w := mgnet.NewMgNet(28, 28, 1, 10, draw("channels", 5), draw("smoothings", 3)).Walk
	w.Family = pick("model", "mgnet", "resnet", "preact")
	w.ShareA, w.ShareB = pick("A", "level", "step"), pick("B", "level", "step")
	w.Activation = pick("activation", "relu", "prelu", "gelu", "hat", "sigmoid", "heaviside")
	w.HatTrained = w.Activation == "hat" && rapid.Bool().Draw(t, "trained")
	w.Stem, w.StemPool = rapid.SampledFrom([]int{1, 3, 5, 7}).Draw(t, "stem"), rapid.Bool().Draw(t, "pool")
	if w.Family != "mgnet" {
		return mgnet.ResNet{Walk: w}
	}
	c := mgnet.MgNet{Walk: w}
	c.Cycle = pick("cycle", "down", "v")
	if c.Cycle == "down" {
		c.Pi = pick("pi", "", "zero")
		if levels < 3 {
			c.R = pick("r", "", "conv1", "max", "mean")
		}
	}
	c.Norm = pick("norm", "", "shift", "none")
	c.HeadNoBias, c.Whiten = rapid.Bool().Draw(t, "no bias"), !c.StemPool && rapid.Bool().Draw(t, "whiten")
	if rapid.Bool().Draw(t, "fixed") {
		c.Fixed = map[string][]float64{"B": {0, 1, 0, 1, 12, 1, 0, 1, 0}}
	}
	return c
}

// What is exported and imported is the same to the bit, by the metadata alone, and
// two exports are the same file.
func TestExportImport(t *testing.T) {
	dir := t.TempDir()
	count := 0
	rapid.Check(t, func(t *rapid.T) {
		count++
		file := filepath.Join(dir, fmt.Sprint(count, ".safetensors"))
		run := filepath.Join(dir, fmt.Sprint(count))
		n := modeltest.AsTrained(t, drawConfig(t), 3)
		if err := Export(file, n, runs.Run{Data: "sample", DataDir: "elsewhere"}); err != nil {
			t.Fatal(err)
		}
		r, ok, err := ReadExported(file)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if _, err := Import(file, run, r); err != nil {
			t.Fatal(err)
		}
		again, opened, err := runs.Open(run)
		if err != nil {
			t.Fatal(err)
		}
		if opened.Data != "sample" || opened.DataDir != "" {
			t.Errorf("data %q in %q", opened.Data, opened.DataDir)
		}
		theirs := again.Tensors(nil)
		for name, v := range n.Tensors(nil) {
			for i, x := range v.Data {
				if got := theirs[name].Data[i]; math.Float32bits(got) != math.Float32bits(x) {
					t.Fatalf("value %d of %s is %g, was %g", i, name, got, x)
				}
			}
		}
		if err := Export(file+"2", again, opened); err != nil {
			t.Fatal(err)
		}
		a, _ := os.ReadFile(file)
		b, _ := os.ReadFile(file + "2")
		if string(a) != string(b) {
			t.Error("a second export is another file")
		}
		for _, path := range []string{file, file + "2", run} {
			os.RemoveAll(path)
		}
	})
}

// raw is a tensor of any type for a file of a test.
type raw struct {
	kind  safetensors.DType
	shape []uint64
	data  []byte
}

func (r raw) DType() safetensors.DType { return r.kind }

func (r raw) Shape() []uint64 { return r.shape }

func (r raw) Data() []byte { return r.data }

func (r raw) DataLen() uint64 { return uint64(len(r.data)) }

func floatsRaw(shape []uint64, values ...float32) raw {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return raw{safetensors.F32, shape, data}
}

// foreign is a file of a network by other hands: no metadata of ours, and changed.
func foreign(t *testing.T, n *mgnet.Network, change func(tensors map[string]raw, about map[string]string)) string {
	t.Helper()
	list, err := entries(n)
	if err != nil {
		t.Fatal(err)
	}
	tensors, about := map[string]raw{}, map[string]string{}
	for _, e := range list {
		tensors[e.name] = raw{e.DType(), e.Shape(), e.Data()}
	}
	change(tensors, about)
	file := filepath.Join(t.TempDir(), "theirs.safetensors")
	err = atomicfile.Write(file, func(w io.Writer) error { return safetensors.SerializeToWriter(tensors, about, w) })
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestWrongImports(t *testing.T) {
	c := mgnet.NewMgNet(28, 28, 1, 10, []int{2}, []int{2, 1})
	c.Fixed = map[string][]float64{"R": {0, 0, 0, 0, 1, 0, 0, 0, 0}}
	r := runs.Run{Model: c, Data: "sample"}
	nan := float32(math.NaN())
	n := modeltest.AsTrained(t, c, 1)
	for want, change := range map[string]func(map[string]raw, map[string]string){
		"there is no bn1.bias, want it with shape [2]":                     func(f map[string]raw, _ map[string]string) { delete(f, "bn1.bias") },
		"there is no layer1.1.A.weight, want it with shape [2 2 3 3]":      func(f map[string]raw, _ map[string]string) { delete(f, "layer1.1.A.weight") },
		"there is no fc.bias, want it with shape [10]; there is head.bias": func(f map[string]raw, _ map[string]string) { f["head.bias"] = f["fc.bias"]; delete(f, "fc.bias") },
		"there is layer2.0.A.weight, which the model does not have":        func(f map[string]raw, _ map[string]string) { f["layer2.0.A.weight"] = f["layer1.1.A.weight"] },
		"there is linear.bias, which the model does not have":              func(f map[string]raw, _ map[string]string) { f["linear.bias"] = f["fc.bias"] },
		"fc.bias has shape [2]; want [10]":                                 func(f map[string]raw, _ map[string]string) { f["fc.bias"] = floatsRaw([]uint64{2}, 1, 2) },
		"bn1.num_batches_tracked has shape [2]; want []": func(f map[string]raw, _ map[string]string) {
			f["bn1.num_batches_tracked"] = floatsRaw([]uint64{2}, 1, 2)
		},
		"bn1.bias is I16; want F32, F64, F16 or BF16": func(f map[string]raw, _ map[string]string) {
			f["bn1.bias"] = raw{safetensors.I16, []uint64{2}, make([]byte, 4)}
		},
		"bn1.bias has NaN as value 1; want finite float32":  func(f map[string]raw, _ map[string]string) { f["bn1.bias"] = floatsRaw([]uint64{2}, 1, nan) },
		"bn1.running_var has a variance of -1 in channel 1": func(f map[string]raw, _ map[string]string) { f["bn1.running_var"] = floatsRaw([]uint64{2}, 1, -1) },
		"layer0.0.A.weight and layer0.1.A.weight differ":    func(f map[string]raw, _ map[string]string) { f["layer0.1.A.weight"] = f["layer1.1.A.weight"] },
		"layer1.0.R_conv.weight has 2 where the model has it fixed to 1; want": func(f map[string]raw, _ map[string]string) {
			stencil := make([]float32, 36)
			stencil[4], stencil[31] = 2, 1
			f["layer1.0.R_conv.weight"] = floatsRaw([]uint64{2, 2, 3, 3}, stencil...)
		},
	} {
		dir := filepath.Join(t.TempDir(), "run")
		_, err := Import(foreign(t, n, change), dir, r)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %q", err, want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: there is a folder", want)
		}
	}

	good := foreign(t, n, func(map[string]raw, map[string]string) {})
	whole := read(t, good)
	for name, data := range map[string][]byte{"empty": nil, "short": whole[:7], "header": whole[:100], "cut": whole[:len(whole)-1], "long": append(slices.Clone(whole), 0), "text": []byte("weights of a network")} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Import(path, filepath.Join(t.TempDir(), "run"), r); err == nil || !strings.Contains(err.Error(), "not a whole safetensors file") {
			t.Errorf("%s: error %v", name, err)
		}
		if _, _, err := ReadExported(path); err == nil {
			t.Errorf("%s: metadata without an error", name)
		}
	}
	if _, ok, err := ReadExported(good); ok || err != nil {
		t.Errorf("metadata of a foreign file: %v, %v", ok, err)
	}
	other := r
	other.Data = "cifar10"
	if _, err := Import(good, filepath.Join(t.TempDir(), "run"), other); err == nil || !strings.Contains(err.Error(), "images of 32×32×3") {
		t.Errorf("data of another form: error %v", err)
	}
	damaged := foreign(t, n, func(_ map[string]raw, about map[string]string) { about[exportedRun] = `{"model": {"model": "mgnet"}}` })
	if _, _, err := ReadExported(damaged); err == nil {
		t.Error("metadata with half a model: no error")
	}
	dir := filepath.Join(t.TempDir(), "run")
	if _, err := Import(good, dir, r); err != nil {
		t.Fatal(err)
	}
	if _, err := Import(good, dir, r); err == nil || !strings.Contains(err.Error(), "already holds a run") {
		t.Errorf("a folder that holds a run: error %v", err)
	}
	if _, err := train.ResumeTrainer(dir); err == nil || !strings.Contains(err.Error(), "imported from theirs.safetensors") {
		t.Errorf("resuming: error %v", err)
	}
}

// Files as they are found: without counters, with copies left out and noted, with
// the other spelling of ResNets, in other types of numbers.
func TestOtherFiles(t *testing.T) {
	c := mgnet.NewMgNet(28, 28, 1, 10, []int{2}, []int{2, 1})
	resnet := mgnet.NewResNet("resnet", 28, 28, 1, 10, []int{2}, []int{2, 1})
	resnet.ShareA = "level"
	cast := func(kind safetensors.DType, put func(b []byte, v float32) []byte) func(map[string]raw, map[string]string) {
		return func(f map[string]raw, _ map[string]string) {
			for name, r := range f {
				if r.kind != safetensors.F32 {
					continue
				}
				var b []byte
				for i := 0; i < len(r.data); i += 4 {
					b = put(b, math.Float32frombits(binary.LittleEndian.Uint32(r.data[i:])))
				}
				f[name] = raw{kind, r.shape, b}
			}
		}
	}
	for name, test := range map[string]struct {
		config mgnet.Model
		change func(map[string]raw, map[string]string)
		off    float64 // relative
	}{
		"no counters": {config: c, change: func(f map[string]raw, _ map[string]string) {
			maps.DeleteFunc(f, func(name string, _ raw) bool { return strings.HasSuffix(name, counter) })
		}},
		"no copies": {config: c, change: func(f map[string]raw, about map[string]string) {
			for _, name := range []string{"layer0.1.A.weight", "layer1.0.A_old.weight"} {
				delete(f, name)
				about[name] = "layer0.0.A.weight"
			}
		}},
		"shortcut": {config: resnet, change: func(f map[string]raw, _ map[string]string) {
			for name, r := range maps.Clone(f) {
				delete(f, name)
				name = strings.ReplaceAll(name, "downsample", "shortcut")
				f[strings.ReplaceAll(name, "fc", "linear")] = r
			}
		}},
		"F64": {config: c, change: cast(safetensors.F64, func(b []byte, v float32) []byte {
			return binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(v)))
		})},
		"F16": {config: c, off: 1. / 2048, change: cast(safetensors.F16, func(b []byte, v float32) []byte {
			return binary.LittleEndian.AppendUint16(b, float16.Fromfloat32(v).Bits())
		})},
		"BF16": {config: c, off: 1. / 128, change: cast(safetensors.BF16, func(b []byte, v float32) []byte {
			return binary.LittleEndian.AppendUint16(b, uint16(math.Float32bits(v)>>16))
		})},
	} {
		n := modeltest.AsTrained(t, test.config, 5)
		file := foreign(t, n, test.change)
		got, err := Import(file, filepath.Join(t.TempDir(), "run"), runs.Run{Model: test.config, Data: "sample"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		theirs := got.Tensors(nil)
		for ours, v := range n.Tensors(nil) {
			for i, x := range v.Data {
				if y := theirs[ours].Data[i]; math.Abs(float64(y-x)) > test.off*math.Abs(float64(x)) {
					t.Errorf("%s: value %d of %s is %g, was %g", name, i, ours, y, x)
					break
				}
			}
		}
	}
}

// A small file is read to the weights rounded to float16, and norms as they were; a
// shared A is there once. A weight that float16 has not is refused.
func TestExportSmall(t *testing.T) {
	c := mgnet.NewMgNet(28, 28, 1, 10, []int{8}, []int{2, 1})
	n := modeltest.AsTrained(t, c, 5)
	dir := t.TempDir()
	large, small := filepath.Join(dir, "large.safetensors"), filepath.Join(dir, "small.safetensors")
	if err := errors.Join(Export(large, n, runs.Run{Data: "sample"}), ExportSmall(small, n, runs.Run{Data: "sample"})); err != nil {
		t.Fatal(err)
	}
	s := readHeader(t, small)
	if _, there := s.tensors["layer0.1.A.weight"]; there || s.about["layer0.1.A.weight"] != "layer0.0.A.weight" {
		t.Errorf("the A of a second step is in the file: %t; noted as %q", there, s.about["layer0.1.A.weight"])
	}
	r, _, err := ReadExported(small)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Import(small, filepath.Join(dir, "run"), r)
	if err != nil {
		t.Fatal(err)
	}
	theirs := got.Tensors(nil)
	for name, v := range n.Tensors(nil) {
		unit := 0.
		if len(v.Shape) > 1 {
			unit = 1. / 2048
		}
		exact := true
		for i, x := range v.Data {
			y := theirs[name].Data[i]
			exact = exact && x == y
			if math.Abs(float64(y-x)) > unit*math.Abs(float64(x))+unit*0x1p-14 {
				t.Fatalf("value %d of %s is %g, was %g", i, name, y, x)
			}
		}
		if exact == (unit > 0) && slices.Max(v.Data) != slices.Min(v.Data) {
			t.Errorf("%s, shape %v: exact %t", name, v.Shape, exact)
		}
	}
	data, err := os.ReadFile(small)
	if err != nil {
		t.Fatal(err)
	}
	decoded, again, err := Decode("small", data)
	if err != nil {
		t.Fatal(err)
	}
	if again.Data != "sample" || !slices.Equal(decoded.Param("head.w").Data, got.Param("head.w").Data) {
		t.Errorf("decoded: data %q, or another head", again.Data)
	}
	if _, _, err := Decode("half", data[:len(data)/2]); err == nil {
		t.Error("half a file: no error")
	}
	n.Param("level0.B").Data[3] = 65530
	if err := ExportSmall(small, n, runs.Run{Data: "sample"}); err == nil || !strings.Contains(err.Error(), "65530") {
		t.Errorf("a weight of 65530: %v", err)
	}
}

// A tensor without a row of the table, or a row without its tensor, is refused by name.
func TestUnknownToExchange(t *testing.T) {
	for want, change := range map[string]func(all map[string]mgnet.Tensor){
		"its extra has no name in PyTorch":       func(all map[string]mgnet.Tensor) { all["extra"] = mgnet.Tensor{Shape: []int{1}, Data: []float32{0}} },
		"it has no head, which is fc in PyTorch": func(all map[string]mgnet.Tensor) { delete(all, "head.w"); delete(all, "head.b") },
	} {
		n := modeltest.AsTrained(t, mgnet.NewMgNet(28, 28, 1, 10, []int{2}, []int{1}), 1)
		all := n.Tensors(nil)
		change(all)
		if _, err := named(n, all, n.Modules()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %q", err, want)
		}
	}
}

// The metadata hold what config.json would, without what a training needs.
func TestExportedRun(t *testing.T) {
	c := mgnet.NewMgNet(28, 28, 1, 10, []int{2}, []int{1})
	file := filepath.Join(t.TempDir(), "w.safetensors")
	recipe, err := runs.LookupRecipe("quick")
	if err != nil {
		t.Fatal(err)
	}
	if err := Export(file, modeltest.AsTrained(t, c, 1), runs.Run{Model: c, Recipe: recipe, Data: "sample", DataDir: "/home"}); err != nil {
		t.Fatal(err)
	}
	s := readHeader(t, file)
	var about map[string]any
	if err = json.Unmarshal([]byte(s.about[exportedRun]), &about); err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(about)); !slices.Equal(got, []string{"data", "model", "seed"}) || s.about["format"] != "pt" {
		t.Errorf("keys %v, format %q", got, s.about["format"])
	}
}
