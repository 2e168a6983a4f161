package fourier_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"mgtool/bridge/fourier"
	"mgtool/bridge/spectrum"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

func ExampleOptimise() {
	five := stencil.Plane([3][3]float64{{0, -1, 0}, {-1, 4, -1}, {0, -1, 0}})
	spec := fourier.DefaultSpec() // V(1,1), a pair of 3×3 kernels on each of three levels
	spec.Levels = 1
	m, err := fourier.Optimise(context.Background(), fourier.Problem{Dim: 2, Operator: five}, spec, fourier.Options{Starts: 1, Cells: 16, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Name, len(m.Levels[0].Pre[0].Stencil.Weights))
	// Output: V(1,1) by Fourier analysis 9
}

// found are the methods in testdata/methods that Optimise found, and their true factors on n
// cells along an axis and, where it is given, on many more.
var found = []struct {
	name     string
	problem  fourier.Problem
	spec     fourier.Spec
	options  fourier.Options
	n        int
	want     float64
	large    int
	wantThen float64
}{
	{"poisson-2d-v11", laplacian(2), kernels(1, 3), fourier.Options{Starts: 8, Seed: 1}, 128, .0245, 1024, .0251},
	{"poisson-2d-v22", laplacian(2), kernels(2, 3), fourier.Options{Starts: 8, Seed: 1}, 128, .0093, 1024, .0106},
	{"poisson-3d-v11", laplacian(3), kernels(1, 3), fourier.Options{Starts: 6, Seed: 1}, 64, .0316, 128, .0381},
}

// kernels is V(ν,ν) with kernels of their own on so many levels.
func kernels(nu, levels int) fourier.Spec {
	s := fourier.DefaultSpec()
	s.Pre, s.Post, s.Levels = nu, nu, levels
	return s
}

func laplacian(dim int) fourier.Problem {
	p := fourier.Problem{Dim: dim}
	p.Operator[13] = 2 * float64(dim)
	for _, o := range []int{1, 3, 9}[:dim] {
		p.Operator[13-o], p.Operator[13+o] = -1, -1
	}
	return p
}

func file(name string) string {
	return filepath.Join("..", "..", "testdata", "methods", name+".json")
}

// With MGTOOL_OPTIMISE=NAME a method is searched for anew, in minutes, and its file written:
//
//	MGTOOL_OPTIMISE=poisson-2d-v11 go test ./bridge/fourier -run Found -v -timeout 1h
func TestFound(t *testing.T) {
	for _, c := range found {
		if os.Getenv("MGTOOL_OPTIMISE") == c.name {
			stage := ""
			c.options.Progress = func(p fourier.Progress) {
				if p.Stage != stage {
					stage = p.Stage
					t.Log(stage)
				}
			}
			m, err := fourier.Optimise(context.Background(), c.problem, c.spec, c.options)
			if err != nil {
				t.Fatal(err)
			}
			m.Name = c.name
			if err := m.Write(file(c.name)); err != nil {
				t.Fatal(err)
			}
		}
		m, err := method.Read(file(c.name))
		if err != nil {
			t.Fatal(err)
		}
		check(t, m, c.n, c.want)
		if c.large > 0 && !testing.Short() && os.Getenv("MGTOOL_LARGE") != "" {
			check(t, m, c.large, c.wantThen)
		}
	}
}

// check measures the factor of a method on n cells: that of an independent program,
// benchmarks/factor.py, to 2%, within which power iterations from two starts differ.
func check(t *testing.T, m *method.Method, n int, want float64) {
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
	e, err := spectrum.Factor(context.Background(), a, settings, spectrum.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s on %d cells: %+v", m.Name, n, e)
	if math.Abs(e.Factor/want-1) > .02 || !e.Converged {
		t.Errorf("%s on %d cells: %+v; want a factor of %g", m.Name, n, e, want)
	}
}
