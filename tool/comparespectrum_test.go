package tool

import (
	"context"
	"errors"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/multigrid/method"
)

// The factor of each method is what cycles of a solve converge with in the end, also of a method
// from a file, which here is the first one by another way.
func TestCompareSpectrum(t *testing.T) {
	dir := t.TempDir()
	jacobi := method.Classical("Jacobi as a file", 2, []method.Step{{Jacobi: .8}}, []method.Step{{Jacobi: .8}}, method.Galerkin)
	path := filepath.Join(dir, "jacobi.json")
	if err := jacobi.Write(path); err != nil {
		t.Fatal(err)
	}
	c := DefaultCompareSpectrum()
	c.Methods = []string{"jacobi(0.8)/galerkin", path, "rbgs", "line", "auto"}
	c.Family, c.Plot = "rotated(eps=0.2,theta=30)", filepath.Join(dir, "s.png")
	report, err := c.Run(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Rows) != len(c.Methods) || report.Grid.N[0] != 16 {
		t.Fatalf("%d rows on %v; want %d on 16×16 cells", len(report.Rows), report.Grid, len(c.Methods))
	}
	for i, r := range report.Rows {
		s := DefaultSolve()
		s.Statement = Statement{Family: c.Family, Problem: "zero", N: []int{16}}
		s.Start, s.Seed, s.RelTol, s.MaxCycles, s.Measured = "random", 1, 0, 60, true
		switch i {
		case 0:
			s.Cycle, s.Smoother, s.Omega, s.Coarsening = "v", "jacobi", .8, "galerkin"
		case 1:
			s.Name = path
		case 2, 3:
			s.Cycle, s.Smoother = "v", c.Methods[i]
		}
		res := solved(t, s).Residuals
		// Rounding has the last word on cycles that converge fast.
		last := 0
		for last < len(res)-1 && res[last] > 1e-200 {
			last++
		}
		long := math.Pow(res[last]/res[last-20], 1./20)
		if math.Abs(long/r.Factor-1) > .03 {
			t.Errorf("%s: factor %.4f; a solve has %.4f", r.Method, r.Factor, long)
		}
		if len(r.Largest) != 6 || len(r.Worst) != 2 || !(r.Amplification > 0) || r.Above < 1 {
			t.Errorf("%s: %+v", r.Method, r)
		}
	}
	if a, b := report.Rows[0], report.Rows[1]; math.Abs(a.Factor-b.Factor) > 1e-10 || b.Method != jacobi.Name {
		t.Errorf("%s has the factor %.12f, the same as the file of %s %.12f", a.Method, a.Factor, b.Method, b.Factor)
	}
	f, err := os.Open(c.Plot)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if config, err := png.DecodeConfig(f); err != nil || config.Width < 1000 || config.Height < 1000 {
		t.Errorf("the picture is %d×%d, %v; want five rows of four plots", config.Width, config.Height, err)
	}
}

func TestCompareSpectrumMistakes(t *testing.T) {
	for want, change := range map[string]func(*CompareSpectrum){
		"no --method":          func(c *CompareSpectrum) { c.Methods = nil },
		"--eigenvalues 0":      func(c *CompareSpectrum) { c.List = 0 },
		"at most 1024":         func(c *CompareSpectrum) { c.N = []int{100} },
		"1089 unknowns":        func(c *CompareSpectrum) { c.N = []int{34} },
		"solved directly":      func(c *CompareSpectrum) { c.N = []int{8} },
		"--cycle fmg":          func(c *CompareSpectrum) { c.Cycle = "fmg" },
		"unknown cycle":        func(c *CompareSpectrum) { c.Cycle = "x" },
		`unknown smoother`:     func(c *CompareSpectrum) { c.Methods = []string{"magic"} },
		"want a weight as in":  func(c *CompareSpectrum) { c.Methods = []string{"jacobi(x)"} },
		"--coarsening half":    func(c *CompareSpectrum) { c.Methods = []string{"jacobi/half"} },
		"no such file":         func(c *CompareSpectrum) { c.Methods = []string{"nowhere.json"} },
		"--plot":               func(c *CompareSpectrum) { c.Plot = "s.txt" },
		"--nonlinear u^2":      func(c *CompareSpectrum) { c.Nonlinear = "u^2" },
		"no side has given":    func(c *CompareSpectrum) { c.Boundary, c.G = "x:periodic,y:periodic", "sin(2*pi*x)" },
		"did you mean rotated": func(c *CompareSpectrum) { c.Family = "rotatd" },
	} {
		c := DefaultCompareSpectrum()
		change(&c)
		_, err := c.Run(context.Background(), Reporter{})
		var usage *UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v; want a usage error with %q", err, want)
		}
	}
	// What is drawn does not depend on g, which other operators need not have.
	own := DefaultCompareSpectrum()
	own.A, own.Methods = "1 + x", []string{"rbgs"}
	if report, err := own.Run(context.Background(), Reporter{}); err != nil || !(report.Rows[0].Factor > 0) {
		t.Errorf("%+v, %v; want a factor without g", report, err)
	}
	// Axes without sine waves have eigenvalues all the same.
	c := DefaultCompareSpectrum()
	c.Methods, c.Boundary, c.G = []string{"rbgs"}, "x:neumann", "1"
	report, err := c.Run(context.Background(), Reporter{})
	if err != nil || report.Rows[0].Worst != nil || !(report.Rows[0].Factor > 0) {
		t.Errorf("%+v, %v; want a factor and no wave", report, err)
	}
}
