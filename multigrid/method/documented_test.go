package method

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mgtool/multigrid/lfa"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// The example of docs/methods.md is the file in testdata, as this package writes it, and has
// the factors that the page names.
func TestDocumentedExample(t *testing.T) {
	root := filepath.Join("..", "..")
	path := filepath.Join(root, "testdata", "methods", "example.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "methods.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```json\n(.*?)```").FindStringSubmatch(string(page))
	if block == nil || block[1] != string(text) {
		t.Error("docs/methods.md has another example than testdata/methods")
	}
	m, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if written, err := m.encode(); err != nil || string(written) != string(text) {
		t.Errorf("written again, the example is %s, %v", written, err)
	}
	for _, key := range []string{"format", "version", "name", "dim", "gamma", "levels", "repeat", "operator", "about",
		"pre", "post", "restriction", "prolongation", "coarse", "stencil", "jacobi", "colours"} {
		if !regexp.MustCompile("`"+key+"`|\""+key+"\"").Match(page) || !strings.Contains(string(page), key) {
			t.Errorf("docs/methods.md does not name the key %s", key)
		}
	}
	a := stencil.Laplacian(gridOf(t, pde.Dirichlet, 256, 256))
	r := history(t, a, by(t, m, a), 100)
	if f := math.Pow(r[100]/r[80], .05); !(math.Abs(f-.088) < 5e-4) {
		t.Errorf("factor %.4f; the page says 0.088", f)
	}
	// The smoothing factor is that of the kernel at (π/2, 0): 1 − (1.146 + 2·0.255)/2 = 0.172.
	k := m.Levels[0].Pre[0].Stencil
	if left := 1 - real(k.Symbol([3]float64{math.Pi / 2})*m.Operator.Symbol([3]float64{math.Pi / 2})); math.Abs(left-.172) > 1e-12 {
		t.Errorf("smoothing leaves %.4f of a wave; the page says 0.17", left)
	}
	// Local Fourier analysis of three grids.
	if f, err := lfa.Predict(a, by(t, m, a)); err != nil || !(math.Abs(f-.083) < 5e-4) {
		t.Errorf("predicted factor %.4f, %v; want 0.083", f, err)
	}
}
