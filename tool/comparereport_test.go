package tool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/bridge/report"
	"mgtool/multigrid/method"
	methodfiles "mgtool/testdata/methods"
)

const methodsFolder = "../testdata/methods/"

// measured is a small report.
func measured(t *testing.T, c CompareReport) (*report.Report, []byte) {
	t.Helper()
	r, err := c.Run(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(c.Out)
	if err != nil {
		t.Fatal(err)
	}
	return r, page
}

// The figures are those of the methods: 0.129 and 0.359 are what weighted Jacobi with Galerkin
// coarse operators has (docs/comparing.md), 0.0248 is what the file predicts. The factor by
// power iteration is the largest eigenvalue, which is computed another way. With the same seed
// all is the same but times.
func TestCompareReport(t *testing.T) {
	c := DefaultCompareReport()
	c.N, c.Methods, c.Out = 16, []string{methodsFolder + "poisson-2d-v11.json"}, filepath.Join(t.TempDir(), "r.html")
	r, page := measured(t, c)
	if len(r.Methods) != 4 || r.Sizes[1] != 128 || !bytes.Contains(page, []byte("</html>")) {
		t.Fatalf("%d methods on %v cells; want 4 on 16 and 128", len(r.Methods), r.Sizes)
	}
	want := []float64{.3586, .1188, .0467, .0248}
	for i, m := range r.Methods {
		f := *m.Factors[1].True
		if math.Abs(f/want[i]-1) > .01 {
			t.Errorf("%s: factor %.4f; want %.4f", m.Name, f, want[i])
		}
		largest := math.Hypot(m.Spectrum.Eigenvalues[0][0], m.Spectrum.Eigenvalues[0][1])
		if small := *m.Factors[0].True; math.Abs(small/largest-1) > .01 {
			t.Errorf("%s: factor %.5f by power iteration, largest eigenvalue %.5f", m.Name, small, largest)
		}
		last := len(m.Residuals) - 1
		if m.Cycles == nil || *m.Cycles != last || m.Residuals[last] > 1e-8 || m.Residuals[last-1] <= 1e-8 || m.Learned != (i == 3) || m.Solve == nil {
			t.Errorf("%s: %d residuals to %g, learned %t", m.Name, last, m.Residuals[last], m.Learned)
		}
	}
	fastest := min(*r.Methods[0].Solve, *r.Methods[1].Solve, *r.Methods[2].Solve)
	for _, m := range r.Methods { // as in compare speed, above 1 is faster
		if *m.Speedup != fastest / *m.Solve {
			t.Errorf("%s: speedup %g of %g s; the fastest classical method takes %g s", m.Name, *m.Speedup, *m.Solve, fastest)
		}
	}
	learned := r.Methods[3]
	if learned.Numbers != 18 || len(learned.Parts) < 12 || learned.Cycle != "V(1,1)" {
		t.Errorf("%d numbers, %d operators, %s; want 18 numbers in six kernels of three, four operators or more on each of three levels, V(1,1)", learned.Numbers, len(learned.Parts), learned.Cycle)
	}
	// Smoothing alone, before and after, leaves more than a cycle does, and Jacobi (1 − .8·…)²: .6².
	if s := learned.Smoothing; s == nil || *s < .0244 || *s > .05 || math.Abs(*learned.ClassicalSmoothing-.36) > 1e-9 {
		t.Errorf("all steps leave %v and %v; want .0244 to .05, and .36", *s, *learned.ClassicalSmoothing)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := measured(t, c)
	other, _ := json.Marshal(again)
	if timeless(t, text) != timeless(t, other) {
		t.Error("the same seed gives another report")
	}
}

// timeless is a report without its times.
func timeless(t *testing.T, text []byte) string {
	t.Helper()
	var r report.Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	r.Made.Date, r.Made.Seconds = "", 0
	for i := range r.Methods {
		m := &r.Methods[i]
		m.Solve, m.Speedup, m.Digit = nil, nil, nil
	}
	out, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// What the program has with it are methods of −Δ in two dimensions.
func TestMethodsOfTheProgram(t *testing.T) {
	list, err := DefaultCompareReport().candidates()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := methodfiles.Files.ReadDir(".")
	learned, classical := 0, 0
	for _, c := range list {
		if c.row.Note != "" {
			t.Errorf("%s: %s", c.row.Name, c.row.Note)
		}
		if c.row.Learned {
			learned++
		} else {
			classical++
		}
	}
	if err != nil || learned != len(entries) || learned < 2 || classical != 6 {
		t.Errorf("%d learned and %d classical of %d files, %v; want each file, and three classical methods for V(1,1) and for V(2,2)", learned, classical, len(entries), err)
	}
}

// A method that diverges and one without kernels of its own get a row too.
func TestCompareReportOddMethods(t *testing.T) {
	if testing.Short() {
		t.Skip("takes two seconds")
	}
	bad := method.Classical("bad", 2, []method.Step{{Jacobi: 1.9}}, nil, method.Galerkin)
	dir := t.TempDir()
	path := filepath.Join(dir, "bad.json")
	if err := bad.Write(path); err != nil {
		t.Fatal(err)
	}
	c := DefaultCompareReport()
	c.N, c.Methods, c.Out = 16, []string{path}, filepath.Join(dir, "r.html")
	r, page := measured(t, c)
	m := r.Methods[len(r.Methods)-1]
	if m.Name != "bad" || m.Cycle != "V(1,0)" || m.Cycles != nil || m.Solve != nil || !(*m.Factors[1].True > 1) || !strings.Contains(string(page), m.Status) {
		t.Errorf("%+v: want a factor above 1 and no cycles", m)
	}
}

// Tables of other commands are gathered by cycle; the geometric mean of .1 and .4 is .2.
func TestReadPDETable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pde.json")
	text := `{"problem": "−Δ", "sizes": [64], "pre": 1, "post": 1, "cycles": 80,
		"rows": [{"cycle": "rbgs", "seed": null, "parameters": 0, "factors": [0.12]},
			{"cycle": "learned B", "seed": 1, "parameters": 9, "factors": [0.1]}, {"cycle": "learned B", "seed": 2, "parameters": 9, "factors": [0.4]}],
		"worth": [{"operator": "B", "pairs": 2, "ratio": [0.5], "low": [null], "high": [null]}]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := readPDETable(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rows) != 2 || math.Abs(p.Rows[1].Mean[0]-.2) > 1e-12 || math.Abs(p.Rows[1].Low[0]-.1) > 1e-12 || math.Abs(p.Rows[1].High[0]-.4) > 1e-12 || len(p.Rows[1].Seeds) != 2 {
		t.Errorf("%+v", p.Rows)
	}
	if len(p.Worth) != 1 || p.Worth[0].Value != .5 || p.Worth[0].Low != nil || p.Worth[0].N != 64 {
		t.Errorf("%+v", p.Worth)
	}
}

// The worths are those of docs/results/bridge/images.md.
func TestReadImagesTable(t *testing.T) {
	p, err := readImagesTable("../docs/results/bridge/images.json")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/results/bridge/images.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range p.Worth {
		if w.Low == nil {
			continue
		}
		line := strings.ReplaceAll(strings.Join([]string{"", w.About, signed(w.Value), signed(*w.Low) + " to " + signed(*w.High), ""}, " | "), "  ", " ")
		if !strings.Contains(string(page), strings.TrimSpace(line)) {
			t.Errorf("the page lacks %q", line)
		}
	}
	mixed := 0
	for _, row := range p.Rows {
		if row.Block == "mixed" {
			mixed++
		}
	}
	if mixed != 16 || len(p.Worth) < 4 {
		t.Errorf("%d rows of the factorial, %d worths; want 16 and at least 4", mixed, len(p.Worth))
	}
}

func signed(v float64) string { return fmt.Sprintf("%+.2f", v) }

func TestCompareReportRefuses(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.json")
	if err := os.WriteFile(garbage, []byte(`{"rows": []}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "r.html")
	minimising := filepath.Join(dir, "minimising.json")
	step := []method.Step{{Minimise: []*method.Stencil{method.JacobiStencil(2, .8)}}}
	if err := method.Classical("minimising", 2, step, nil, method.Galerkin).Write(minimising); err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]CompareReport{
		"no --out":                    {N: 128},
		"want a name ending in .html": {N: 128, Out: filepath.Join(dir, "r.txt")},
		"there is no folder":          {N: 128, Out: filepath.Join(dir, "no", "r.html")},
		"--n 100; want a multiple":    {N: 100, Out: out},
		"--n 1024":                    {N: 1024, Out: out},
		"--method: ":                  {N: 128, Out: out, Methods: []string{filepath.Join(dir, "none.json")}},
		"is for 3 dimensions; want 2": {N: 128, Out: out, Methods: []string{methodsFolder + "poisson-3d-v11.json"}},
		"minimises the residual":      {N: 128, Out: out, Methods: []string{minimising}},
		"--pde ":                      {N: 128, Out: out, PDE: garbage},
		"--images: ":                  {N: 128, Out: out, Images: garbage},
	} {
		_, err := c.Run(context.Background(), Reporter{})
		var usage *UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v; want a wrong use, %q", err, want)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a page is written all the same")
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if _, err := (CompareReport{N: 16, Out: out}).Run(stopped, Reporter{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v; want a cancelled context", err)
	}
}
