package fourier

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"mgtool/bridge/spectrum"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// found are the methods in testdata/methods that Optimise found, with their true factors on grids
// of some cells along an axis; the first grid is measured always.
var found = []struct {
	name    string
	problem Problem
	spec    Spec
	options Options
	factors []factor
}{
	{"poisson-2d-v11", poisson(2), shared(1, 3), Options{Starts: 8, Seed: 1}, []factor{{128, .0248}, {1024, .0248}}},
	{"poisson-2d-v22", poisson(2), shared(2, 5), Options{Starts: 8, Seed: 1}, []factor{{128, .0085}, {1024, .0090}}},
	{"poisson-3d-v11", poisson(3), shared(1, 3), Options{Starts: 6, Seed: 1}, []factor{{32, .0321}, {64, .0322}, {128, .0322}}},
}

// learned are methods that mgtool learn wrote, with the same; their commands are in
// docs/results/bridge/factors.md.
var learned = []struct {
	name    string
	factors []factor
}{
	{"rotated-0.1-30", []factor{{256, .0847}, {1024, .0854}}},
	{"rotated-0.01-30", []factor{{256, .600}, {1024, .642}}},
	{"rotated-0.01-45", []factor{{256, .402}, {1024, .402}}},
}

// find searches for a method and writes its file.
func find(t *testing.T, problem Problem, spec Spec, o Options, name string) {
	t.Helper()
	stage := ""
	o.Progress = func(p Progress) {
		if p.Stage != stage {
			stage = p.Stage
			t.Logf("%s, factor %.5f", stage, p.Factor)
		}
	}
	m, err := Optimise(context.Background(), problem, spec, o)
	if err != nil {
		t.Fatal(err)
	}
	m.Name = name
	if err := m.Write(file(name)); err != nil {
		t.Fatal(err)
	}
}

// trueFactor is that of the solver, for the operator of the method, by 400 cycles or more where
// the tolerance is not 0.
func trueFactor(t testing.TB, m *method.Method, n int, tolerance float64) float64 {
	t.Helper()
	grid, err := pde.Unit(m.Dim, n)
	if err != nil {
		t.Fatal(err)
	}
	kernel, err := m.Operator.Kernel()
	if err != nil {
		t.Fatal(err)
	}
	a, err := stencil.Constant(grid, kernel)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := m.Settings(a)
	if err != nil {
		t.Fatal(err)
	}
	o := spectrum.Options{Seed: 1, Tolerance: tolerance}
	if tolerance > 0 {
		o.MaxCycles = 1000
	}
	e, err := spectrum.Factor(context.Background(), a, settings, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s on %d cells: %+v", m.Name, n, e)
	if !e.Converged {
		t.Errorf("%s on %d cells: %+v; want a converged estimate", m.Name, n, e)
	}
	return e.Factor
}

// factor is what a method has on n cells along each axis.
type factor struct {
	n    int
	want float64
}

// shared is V(ν,ν) with kernels of their own on so many levels, the last for all below.
func shared(nu, levels int) Spec {
	s := DefaultSpec()
	s.Pre, s.Post, s.Levels = nu, nu, levels
	return s
}

func file(name string) string {
	return filepath.Join("..", "..", "testdata", "methods", name+".json")
}

// With MGTOOL_OPTIMISE=NAME a method is searched for anew, in minutes, and its file written; with
// MGTOOL_LARGE=1 factors are measured on large grids too:
//
//	MGTOOL_OPTIMISE=poisson-2d-v11 go test ./bridge/fourier -run Found -v -timeout 1h
//
// Factors are those of an independent program, benchmarks/factor.py, to 2%, within which power
// iterations from two starts differ.
func TestFound(t *testing.T) {
	for _, c := range found {
		t.Run(c.name, func(t *testing.T) {
			again := os.Getenv("MGTOOL_OPTIMISE")
			if again == c.name {
				find(t, c.problem, c.spec, c.options, c.name)
			} else if again != "" {
				t.Skip("another method is searched for")
			}
			checkFactors(t, c.name, c.factors)
		})
	}
	for _, c := range learned {
		t.Run(c.name, func(t *testing.T) { checkFactors(t, c.name, c.factors) })
	}
}

func checkFactors(t *testing.T, name string, list []factor) {
	t.Helper()
	m, err := method.Read(file(name))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range list {
		if i > 0 && os.Getenv("MGTOOL_LARGE") == "" {
			break
		}
		if e := trueFactor(t, m, f.n, 0); math.Abs(e/f.want-1) > .02 {
			t.Errorf("a factor of %.4f on %d cells; want %g", e, f.n, f.want)
		}
	}
}
