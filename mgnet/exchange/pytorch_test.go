package exchange

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"mgtool/internal/atomicfile"
	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/modeltest"
	"mgtool/mgnet/runs"
)

// exchanged are networks of every kind that the tables of names tell apart.
func exchanged() map[string]mgnet.Model {
	list := map[string]mgnet.Model{}
	add := func(name string, c mgnet.Model) { list[name] = c }
	add("mgnet", mgnet.NewMgNet(28, 28, 1, 10, []int{6}, []int{2, 2, 1})) // of the authors
	add("mgnet-wise-B-stem", with(mgnet.NewMgNet(29, 26, 3, 10, []int{4, 6}, []int{2, 1}), func(c *mgnet.MgNet) {
		c.ShareB, c.Activation = "step", "gelu"
		c.ImageNetStem()
	}))
	add("mgnet-step", with(mgnet.NewMgNet(16, 16, 3, 4, []int{4, 6, 8}, []int{2, 1, 2}), func(c *mgnet.MgNet) {
		c.ShareA, c.ShareB, c.Activation = "step", "step", "prelu"
	}))
	add("mgnet-hat", with(mgnet.NewMgNet(16, 16, 1, 4, []int{4}, []int{1, 2}), func(c *mgnet.MgNet) {
		c.Activation, c.HatTrained = "hat", true
	}))
	add("mgnet-fixed", with(mgnet.NewMgNet(16, 16, 1, 4, []int{4}, []int{2, 1}), func(c *mgnet.MgNet) {
		c.Fixed = map[string][]float64{"A": {0, -1, 0, -1, 4, -1, 0, -1, 0}, "Pi": {0, 0, .25, 0, .5, 0, .25, 0, 0}}
		c.Activation, c.HatSupport = "hat", []float64{2, 3}
	}))
	add("mgnet-v", with(mgnet.NewMgNet(15, 14, 1, 4, []int{4, 6, 8}, []int{2, 1, 1}), func(c *mgnet.MgNet) {
		c.Cycle, c.Activation = "v", "sigmoid"
	}))
	add("mgnet-v-step", with(mgnet.NewMgNet(13, 16, 1, 4, []int{4, 6}, []int{2, 2}), func(c *mgnet.MgNet) {
		c.Cycle, c.ShareA, c.ShareB, c.Activation = "v", "step", "step", "prelu"
	}))
	for _, model := range []string{"resnet", "preact"} {
		residual := mgnet.NewResNet(model, 16, 16, 3, 5, []int{4, 6, 8}, []int{2, 1, 2})
		add(model, residual)
		add(model+"-A-stem", with(residual, func(c *mgnet.ResNet) {
			c.Height, c.Width, c.ShareA, c.Activation = 61, 64, "level", "prelu"
			c.ImageNetStem()
		}))
		add(model+"-B", with(residual, func(c *mgnet.ResNet) { c.ShareB, c.Activation = "level", "prelu" }))
		add(model+"-hat", with(residual, func(c *mgnet.ResNet) { c.Activation, c.HatTrained = "hat", true }))
	}
	add("mgnet-fast", mgnet.FastMgNet(15, 17, 3, 10, []int{4, 6, 8}, []int{1, 2, 1}))
	add("mgnet-fast-even", mgnet.FastMgNet(18, 16, 3, 10, []int{4, 6, 8}, []int{1, 2, 1}))
	add("mgnet-bias", with(mgnet.NewMgNet(16, 16, 1, 4, []int{4, 6}, []int{2, 1}), func(c *mgnet.MgNet) {
		c.Norm, c.Whiten, c.Activation = "none", true, "prelu"
	}))
	add("mgnet-zero", with(mgnet.NewMgNet(16, 16, 1, 4, []int{4}, []int{2, 1}), func(c *mgnet.MgNet) { c.R, c.Pi, c.HeadPool = "mean", "zero", "max" }))
	for _, kind := range []string{"conv3", "conv3-inner", "conv2", "conv1", "max", "mean", "conv-max"} {
		add("mgnet-"+kind, with(mgnet.NewMgNet(16, 16, 1, 4, []int{4, 6}, []int{1, 1}), func(c *mgnet.MgNet) { c.R = kind }))
	}
	add("mgnet-all", with(mgnet.NewMgNet(16, 17, 2, 4, []int{4}, []int{2, 1, 2}), func(c *mgnet.MgNet) { c.ShareA, c.ShareB, c.ShareR = "all", "all", "all" }))
	add("mgnet-mixed", with(mgnet.NewMgNet(16, 17, 2, 4, []int{4, 6}, []int{2, 1}), func(c *mgnet.MgNet) {
		c.Depthwise, c.Mixed = []string{"A", "B", "R", "Pi"}, map[string]string{"A": "he", "B": "he", "R": "he", "Pi": "identity"}
		c.Fixed, c.Frozen, c.Norm = map[string][]float64{"A": {0, -1, 0, -1, 4, -1, 0, -1, 0}}, []string{"R"}, "fixed"
	}))
	add("mgnet-depthwise", with(mgnet.NewMgNet(16, 17, 2, 4, []int{4, 6}, []int{2, 1}), func(c *mgnet.MgNet) {
		c.ShareB, c.Depthwise, c.Start = "step", []string{"A", "B"}, "dirac"
	}))
	add("mgnet-5x5", with(mgnet.NewMgNet(15, 16, 1, 4, []int{4, 6}, []int{2, 1}), func(c *mgnet.MgNet) { c.Kernel = 5 }))
	add("signal", with(mgnet.NewMgNet(1, 31, 2, 3, []int{8}, []int{1, 2, 1}), func(c *mgnet.MgNet) { c.Kernel, c.Stem = 5, 7 }))
	add("signal-v-stem", with(mgnet.NewMgNet(1, 59, 1, 3, []int{4, 6, 8}, []int{2, 1, 1}), func(c *mgnet.MgNet) {
		c.Cycle, c.ShareA, c.ShareB, c.Norm, c.Kernel = "v", "step", "step", "none", 7
		c.ImageNetStem()
	}))
	add("signal-mixed", with(mgnet.NewMgNet(1, 32, 2, 4, []int{4, 6}, []int{2, 1}), func(c *mgnet.MgNet) {
		c.Depthwise, c.Mixed = []string{"A", "B", "R", "Pi"}, map[string]string{"A": "he", "B": "he", "R": "he", "Pi": "identity"}
		c.Fixed, c.Kernel = map[string][]float64{"A": {0, -1, 2, -1, 0}}, 5
	}))
	for _, kind := range []string{"conv3-inner", "conv2", "conv1", "max", "mean", "conv-max"} {
		add("signal-"+kind, with(mgnet.NewMgNet(1, 16, 1, 4, []int{4, 6}, []int{1, 1}), func(c *mgnet.MgNet) { c.R, c.Kernel = kind, 5 }))
	}
	for _, model := range []string{"resnet", "preact"} {
		add("signal-"+model, with(mgnet.NewResNet(model, 1, 29, 2, 2, []int{4, 6}, []int{2, 2}), func(c *mgnet.ResNet) { c.Kernel = 5 }))
	}
	add("signal-cnn", mgnet.NewCNN(1, 16, 3, 4, []int{4, 6}, []int{2, 2}))
	add("cnn", mgnet.NewCNN(16, 16, 3, 4, []int{4, 6}, []int{2, 2}))
	add("cnn-batch", with(mgnet.NewCNN(17, 16, 3, 4, []int{4, 6}, []int{1, 2}), func(c *mgnet.CNN) { c.Norm, c.R, c.Activation = "batch", "max", "hat" }))
	add("lenet5", mgnet.LeNet5(28, 28, 1, 10))
	add("lenet5-batch", with(mgnet.LeNet5(24, 28, 3, 10), func(c *mgnet.Layered) { c.Norm, c.Activation = "batch", "prelu" }))
	thin := mgnet.AlexNet(67, 67, 3, 10)
	for i := range thin.Layers {
		if thin.Layers[i].Channels > 0 {
			thin.Layers[i].Channels = 8
		}
	}
	add("alexnet", thin)
	add("alexnet-cifar", mgnet.AlexNetCIFAR(32, 32, 3, 10))
	for _, crop := range []string{"fit", "crop"} {
		add("mgno-"+crop, with(mgnet.NewMgNO(22, 27, 2, 3, 2, 4), func(c *mgnet.MgNO) {
			c.Pre, c.Post, c.Prolongation = []int{2, 1, 2}, []int{1, 0, 0}, crop
		}))
	}
	add("mgno", mgnet.NewMgNO(16, 17, 1, 1, 3, 5))
	add("fno", with(mgnet.NewFNO(13, 18, 2, 3, 2, 5, 4), func(c *mgnet.FNO) { c.Pad, c.Hidden = mgnet.Pads{3, 5}, 7 }))
	add("densenet", mgnet.NewDenseNet(17, 16, 3, 4, 4, []int{3, 2, 2}))
	add("densenet-stem", with(mgnet.NewDenseNet(33, 32, 1, 3, 4, []int{2, 1}), func(c *mgnet.DenseNet) { c.LargeStem, c.Activation = true, "gelu" }))
	add("unet", mgnet.NewUNet(13, 16, 2, 3, []int{4, 6, 8}, []int{2, 1, 2}))
	add("unet-bn", with(mgnet.NewUNet(16, 16, 3, 4, []int{4}, []int{2, 2, 2}), func(c *mgnet.UNet) { c.Norm, c.Activation = "batch", "prelu" }))
	add("mgnet-unet", mgnet.PixelMgNet(15, 14, 2, 3, []int{4, 6, 8}, []int{2, 1, 1}))
	add("mlp", mgnet.Dense(6, 5, 3, 4, []int{7, 9}))
	series := mgnet.Signature{Height: 3, Width: 1, InChannels: 20, Classes: 5}
	add("nlinear", mgnet.NewLinearForecast(series, "last", 0))
	add("dlinear", mgnet.NewLinearForecast(series, "mean", 7))
	add("repeat-last", mgnet.RepeatLast{Signature: mgnet.Signature{Family: "repeat-last", Height: 3, Width: 1, InChannels: 20, Classes: 5}})
	add("fv-mgnet", mgnet.NewFVMgNet(series, []int{12}, []int{2, 1, 1}))
	add("fv-mgnet-hat", with(mgnet.NewFVMgNet(series, []int{20, 7}, nil), func(c *mgnet.FVMgNet) {
		c.Normalise, c.Activation, c.HatTrained, c.HatSupport = "", "hat", true, []float64{3}
	}))
	add("fv-mgnet-prelu", with(mgnet.NewFVMgNet(series, []int{12, 6}, nil), func(c *mgnet.FVMgNet) { c.Normalise, c.Activation = "mean", "prelu" }))
	return list
}

func with[M mgnet.Model](c M, change func(c *M)) M {
	change(&c)
	return c
}

// The class scores of exported weights are those of PyTorch, whose modules are
// written in testdata/mgnet_torch.py and take every name of the file and no
// other; weights made there, imported, give its scores too. MgNet there has the form
// of its authors, which carries u and f. A score is a sum of some thousand float32 in
// another order: 1e-4 of the largest allows a thousand roundings.
func TestExchangeWithPyTorch(t *testing.T) {
	const python = "/usr/bin/python3"
	if out, err := exec.Command(python, "-c", "import torch").CombinedOutput(); err != nil {
		if os.Getenv("MGTOOL_PYTORCH") != "" {
			t.Fatalf("MGTOOL_PYTORCH wants PyTorch: %v: %s", err, out)
		}
		t.Skipf("no PyTorch for %s: %v", python, err)
	}
	const count = 3
	dir := t.TempDir()
	args := []string{"testdata/mgnet_torch.py", "compare"}
	cases := exchanged()
	images := map[string][]float32{}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		c := cases[name]
		folder := filepath.Join(dir, name)
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		args = append(args, folder)
		n := modeltest.AsTrained(t, c, 1)
		if err := Export(filepath.Join(folder, "ours.safetensors"), n, runs.Run{Data: "sample"}); err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(2, 0))
		s := c.Sig()
		x := make([]float32, count*s.Height*s.Width*s.InChannels)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		images[name] = x
		err := atomicfile.Write(filepath.Join(folder, "images.f32"), func(w io.Writer) error {
			return binary.Write(w, binary.LittleEndian, x)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		c := cases[name]
		folder := filepath.Join(dir, name)
		compare := func(what string, n *mgnet.Network) {
			raw := read(t, filepath.Join(folder, what+".f32"))
			want, gotten := make([]float32, len(raw)/4), scores(t, n, images[name], count)
			if err := binary.Read(bytes.NewReader(raw), binary.LittleEndian, want); err != nil {
				t.Fatal(err)
			}
			if len(gotten) != len(want) {
				t.Fatalf("%s, %s: %d scores, %d in PyTorch", name, what, len(gotten), len(want))
			}
			largest, off := 0., 0.
			for i, got := range gotten {
				largest = max(largest, math.Abs(float64(want[i])))
				off = max(off, math.Abs(float64(got-want[i])))
			}
			t.Logf("%s, %s: off by %.1e of the largest score, %.3g", name, what, off/largest, largest)
			if !(off <= 1e-4*largest) {
				t.Errorf("%s, %s: off by %.2g of the largest score; want 1e-4", name, what, off/largest)
			}
		}
		compare("ours", modeltest.AsTrained(t, c, 1))
		n, err := mgnet.New(c, 2)
		if err != nil {
			t.Fatal(err)
		}
		theirs := readHeader(t, filepath.Join(folder, "theirs.safetensors"))
		if err := take(n, theirs); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		compare("theirs", n)
	}
}

// scores are the class scores, or the fields, of count images.
func scores(t *testing.T, n *mgnet.Network, images []float32, count int) []float32 {
	t.Helper()
	p, err := evaluate.NewPredictor(n, count)
	if err == nil {
		_, err = p.Outputs(images)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p.Program().Value()
}

// ExampleExport takes weights to PyTorch and back.
func ExampleExport() {
	dir, err := os.MkdirTemp("", "mgnet")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	n, err := mgnet.New(mgnet.NewMgNet(28, 28, 1, 10, []int{4}, []int{1, 1}), 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	file := filepath.Join(dir, "weights.safetensors")
	if err := Export(file, n, runs.Run{Data: "sample"}); err != nil {
		fmt.Println(err)
		return
	}
	run, _, err := ReadExported(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := Import(file, filepath.Join(dir, "run"), run)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(again.Parameters(), run.Data)
	// Output: 1006 sample
}
