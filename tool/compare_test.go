package tool

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/bridge/images"
	"mgtool/bridge/specification"
	"mgtool/mgnet"
	"mgtool/mgnet/exchange"
	"mgtool/mgnet/modeltest"
	"mgtool/mgnet/runs"
)

// compareImages is a small table on embedded images.
func compareImages() CompareImages {
	return CompareImages{
		Data: Data{Name: "sample"}, Shape: Shape{Channels: []int{2}, Smoothings: []int{1, 1}, StemStride: 2},
		Switches: []string{"A=fixed"}, Seeds: []uint{1}, Epochs: 1, Batch: 20, LearningRate: .1, Limit: 60,
	}
}

// Rows of flags and of a file are trained, kept and written to a page.
func TestCompareImages(t *testing.T) {
	dir := t.TempDir()
	rows := filepath.Join(dir, "rows.json")
	if err := os.WriteFile(rows, []byte(`[{"others": "learned", "operators": {"B": "start"}}, {"name": "control", "share": "levels", "operators": {"A": "random", "mixing": "start"}}]`), 0o644); err != nil {
		t.Fatal(err)
	}
	c := compareImages()
	c.Specs = []string{rows}
	c.File, c.Page, c.Origin = filepath.Join(dir, "kept.json"), filepath.Join(dir, "page.md"), "mgtool compare vision"
	trained := 0
	c.Done = func(images.Result) { trained++ }
	for range 2 {
		results, err := c.Run(context.Background(), Reporter{})
		if err != nil || len(results) != 3 || results[2].Specification.Of("mixing").State != specification.Started || results[2].Specification.Name != "control" || !(results[0].TestAccuracy >= 0) {
			t.Fatalf("%+v, %v", results, err)
		}
	}
	page, err := os.ReadFile(c.Page)
	if err != nil || trained != 3 || !strings.Contains(string(page), "| learned | start | learned | learned | fixed | learned | learned |") {
		t.Errorf("%d trained, %v, page:\n%s", trained, err, page)
	}
}

func TestCompareImagesUsage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.json")
	if err := os.WriteFile(file, []byte(`{"operators": {"A": "fixed", "C": "fixed"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*CompareImages){
		`block "all"; known: mixed`:                          func(c *CompareImages) { c.Blocks = []string{"all"} },
		`--switches: specification: operator A: state "yes"`: func(c *CompareImages) { c.Switches = []string{"A=yes"} },
		`operator "C"; want one of A, B`:                     func(c *CompareImages) { c.Specs = []string{file} },
		"seed 2 twice":                                       func(c *CompareImages) { c.Seeds = []uint{2, 2} },
		"0 seeds":                                            func(c *CompareImages) { c.Seeds = nil },
		"--results x; want":                                  func(c *CompareImages) { c.File = "x" },
		"--page x; want":                                     func(c *CompareImages) { c.Page = "x" },
		"0 epochs":                                           func(c *CompareImages) { c.Epochs = 0 },
		"--limit -1":                                         func(c *CompareImages) { c.Limit = -1 },
		"--batch 100":                                        func(c *CompareImages) { c.Batch = 100 },
	} {
		c := compareImages()
		change(&c)
		if _, err := c.Run(context.Background(), Reporter{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one with %q", err, want)
		}
	}
}

// savedRun writes a run of a network with values as after a training.
func savedRun(t *testing.T, m mgnet.Model) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	if err := exchange.Save(dir, modeltest.AsTrained(t, m, 1), runs.Run{Model: m, Data: "sample", Imported: "a test"}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A run converted, and back again, is the run it was.
func TestConvert(t *testing.T) {
	first := savedRun(t, mgnet.NewMgNet(28, 28, 1, 10, []int{3}, []int{2, 1}))
	second, third := first+"-preact", first+"-again"
	c, err := Convert{Run: first, Checkpoint: "last", To: "preact", Out: second}.Write()
	if err != nil || c.To.Model.Sig().Family != "preact" || !(c.Difference < 1e-5*c.Largest) {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := (Convert{Run: second, Checkpoint: "last", To: "mgnet", Out: third}).Write(); err != nil {
		t.Fatal(err)
	}
	was, run, err := runs.Open(first)
	if err != nil {
		t.Fatal(err)
	}
	is, again, err := runs.Open(third)
	if err != nil {
		t.Fatal(err)
	}
	if again.Data != run.Data || !strings.Contains(again.Imported, "converted to mgnet") {
		t.Errorf("run %+v", again)
	}
	for name, v := range was.Tensors(nil) {
		for i, x := range is.Tensors(nil)[name].Data {
			if x != v.Data[i] {
				t.Fatalf("%s is %g, was %g", name, x, v.Data[i])
			}
		}
	}
	usage := new(*UsageError)
	for want, c := range map[string]Convert{
		"want --run FOLDER": {},
		`--to "resnet"`:     {Run: first, Out: "x", To: "resnet"},
	} {
		if _, err := c.Write(); !errors.As(err, usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want a usage error with %q", err, want)
		}
	}
	if _, err := (Convert{Run: first, Checkpoint: "last", To: "preact", Out: second}).Write(); err == nil || !strings.Contains(err.Error(), "already holds a run") {
		t.Errorf("over another run: %v", err)
	}
}

// The best stencil of a network is a method file; a network without one writes none, and says
// what it measured.
func TestStencils(t *testing.T) {
	c := mgnet.NewMgNet(28, 28, 1, 10, []int{2}, []int{1, 1})
	c.Fixed = map[string][]float64{"B": images.Stencils()["B"]}
	file := filepath.Join(t.TempDir(), "best.json")
	s := Stencils{Run: savedRun(t, c), Checkpoint: "last", Operator: "B", N: 16, Seed: 1, Out: file}
	got, err := s.Measure(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if best := got.Groups[0].Kernels[0]; !(best.Factor < got.Classical) {
		t.Errorf("two sweeps in one have the factor %g, one %g", best.Factor, got.Classical)
	}
	if v, err := ViewMethod(file); err != nil || v == nil {
		t.Error(err)
	}
	c.Fixed["B"] = []float64{0, 0, 0, -1, 0, 1, 0, 0, 0}
	s.Run, s.Out = savedRun(t, c), filepath.Join(t.TempDir(), "none.json")
	got, err = s.Measure(context.Background())
	if _, missing := os.Stat(s.Out); got == nil || err == nil || !strings.Contains(err.Error(), "no learned kernel of B") || missing == nil {
		t.Errorf("%v, %v", got, err)
	}
	for want, change := range map[string]func(*Stencils){
		"want --run FOLDER": func(s *Stencils) { s.Run = "" },
		`--operator "A"`:    func(s *Stencils) { s.Operator = "A" },
		"--n 7":             func(s *Stencils) { s.N = 7 },
		"--out x":           func(s *Stencils) { s.Out = "x" },
	} {
		v := s
		change(&v)
		if _, err := v.Measure(context.Background()); !errors.As(err, new(*UsageError)) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want a usage error with %q", err, want)
		}
	}
}
