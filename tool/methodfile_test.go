package tool

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/multigrid"
	"mgtool/multigrid/method"
)

// write writes a method with this B before and after to a file, and returns its name.
func writeMethod(t testing.TB, b ...float64) string {
	t.Helper()
	width := 1
	for width*width < len(b) {
		width++
	}
	steps := []method.Step{{Stencil: &method.Stencil{Dim: 2, Width: width, Weights: b}}}
	m := method.Classical("B", 2, steps, steps, method.Galerkin)
	path := filepath.Join(t.TempDir(), "m.json")
	if err := m.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// learned is the kernel of testdata/methods/example.json, whose factor is 0.088.
var learned = []float64{.074, .255, .074, .255, 1.146, .255, .074, .255, .074}

func runSolve(t testing.TB, s Solve) (*SolveReport, error) {
	t.Helper()
	p, err := s.Prepare(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Run(context.Background())
}

func TestSolveByMethodFile(t *testing.T) {
	s := DefaultSolve()
	s.N, s.Problem, s.Name = []int{128}, "ones", writeMethod(t, learned...)
	for _, precision := range []string{"f64", "mixed"} {
		s.Precision = precision
		r, err := runSolve(t, s)
		if err != nil {
			t.Fatal(err)
		}
		if r.Method != "B" || r.Fallback != "" || r.Cycles > 8 || !(r.TrueResidual <= 1e-8) || !(r.Factor < .09) {
			t.Errorf("%s: %q, fallback %q, %d cycles, residual %g, factor %.3f", precision, r.Method, r.Fallback, r.Cycles, r.TrueResidual, r.Factor)
		}
		if !(math.Abs(r.Predicted-.083) < .002) {
			t.Errorf("predicted %.4f; want 0.083", r.Predicted)
		}
		if !strings.Contains(r.Why, "128×128 to 16×16 cells") {
			t.Errorf("why: %q", r.Why)
		}
	}
	// Measured: cycles alone.
	s.Problem, s.Start, s.RelTol, s.MaxCycles, s.Measured, s.Precision = "zero", "random", 0, 30, true, "f64"
	r, err := runSolve(t, s)
	if err != nil || r.Cycles != 30 || !(math.Abs(r.Factor-.083) < .005) || r.Settings.Krylov != multigrid.None {
		t.Errorf("%d cycles, factor %.4f, %v; want 30 cycles and 0.083", r.Cycles, r.Factor, err)
	}
}

// A classical method from a file does the cycles of the flags.
func TestClassicalMethodFile(t *testing.T) {
	for _, smoother := range []string{"jacobi", "rbgs", "rbsor", "chebyshev"} {
		c := DefaultClassical()
		c.Smoother, c.Pre, c.Out = smoother, 2, filepath.Join(t.TempDir(), "c.json")
		if _, err := c.Write(); err != nil {
			t.Fatal(err)
		}
		s := DefaultSolve()
		s.N, s.Size, s.Problem, s.Krylov = []int{100, 60}, []float64{1, .6}, "ones", "none"
		s.Cycle, s.Smoother, s.Pre, s.Coarsening = "v", smoother, 2, "full"
		if smoother == "chebyshev" { // whose sweeps are corrections by stencils in a file
			s.N, s.Size = []int{64, 64}, nil
		}
		want, err := runSolve(t, s)
		if err != nil {
			t.Fatal(err)
		}
		s.Cycle, s.Smoother, s.Pre, s.Coarsening, s.Name = "", "", 1, "auto", c.Out
		got, err := runSolve(t, s)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Residuals) != len(want.Residuals) {
			t.Fatalf("%s: %d residuals, want %d", smoother, len(got.Residuals), len(want.Residuals))
		}
		for k, r := range want.Residuals {
			if !(math.Abs(got.Residuals[k]-r) <= 1e-9*r) {
				t.Errorf("%s: residual %d is %.12g, want %.12g", smoother, k, got.Residuals[k], r)
			}
		}
	}
}

// A method that fails ends in an answer, and says what took over; it is found out soon enough that
// all cycles and iterations together are at most 60, where a Krylov method alone may take 100.
func TestFallback(t *testing.T) {
	var wrong, idle, huge [9]float64
	wrong[4], huge[4] = -1, 1e200
	for _, one := range []struct {
		name   string
		b      [9]float64
		krylov string
		want   string
	}{
		{"B = −1 diverges: FGMRES around it converges", wrong, "", "krylov"}, // from a random start it is too slow
		{"B = −1 without a Krylov method", wrong, "none", "classical"},
		{"B = 0 has only coarse corrections", idle, "", "classical"},
		{"B = 0 without a Krylov method", idle, "none", "classical"},
		{"B = 1e200 leaves the numbers", huge, "", "classical"},
		{"B = 1e200 without a Krylov method", huge, "none", "classical"},
	} {
		for _, baseline := range []string{"data", "first"} {
			for _, start := range []string{"zero", "random"} {
				s := DefaultSolve()
				s.N, s.Problem, s.Krylov, s.Baseline, s.Start = []int{64}, "sine", one.krylov, baseline, start
				s.Name = writeMethod(t, one.b[:]...)
				r, err := runSolve(t, s)
				if err != nil {
					t.Errorf("%s, %s, %s: %v", one.name, baseline, start, err)
					continue
				}
				want := one.want
				if want == "krylov" && start == "random" {
					want = "classical"
				}
				if r.Fallback != want || r.Cycles > 60 {
					t.Errorf("%s, %s, %s: fallback %q after %d cycles; want %q, at most 60", one.name, baseline, start, r.Fallback, r.Cycles, want)
				}
				if (r.FallbackWhy != "") != (want == "classical") {
					t.Errorf("%s: %q", one.name, r.FallbackWhy)
				}
				// The discretisation error of sine on 64 cells is 2.0e-4.
				if !(r.TrueResidual <= 1.01e-8) || !(r.ErrorMax < 2.1e-4) || len(r.Residuals) != r.Cycles+1 {
					t.Errorf("%s, %s, %s: residual %g, error %g, %d residuals of %d cycles", one.name, baseline, start, r.TrueResidual, r.ErrorMax, len(r.Residuals), r.Cycles)
				}
			}
		}
	}
	// Where g and the boundary values are 0, residuals are relative to the first.
	s := DefaultSolve()
	s.N, s.Problem, s.Start, s.Name = []int{64}, "zero", "random", writeMethod(t, idle[:]...)
	if r, err := runSolve(t, s); err != nil || r.Fallback != "classical" || !(r.TrueResidual <= 1e-8) || slices.Max(r.Residuals[r.Cycles-1:]) > 1e-6 {
		t.Errorf("zero: %v, %+v", err, r)
	}
	// So many cycles were asked for.
	s.Problem, s.MaxCycles, s.Measured, s.Krylov = "sine", 3, true, "none"
	if r, err := runSolve(t, s); err == nil || r.Fallback != "" || r.Cycles != 3 {
		t.Errorf("3 cycles: %v, fallback %q, %d cycles", err, r.Fallback, r.Cycles)
	}
}

// A flag that a method settles, and a file that is none, is wrong use in one line.
func TestMethodFileRefused(t *testing.T) {
	path := writeMethod(t, learned...)
	for want, spoil := range map[string]func(s *Solve){
		"--cycle w with --method":                func(s *Solve) { s.Cycle = "w" },
		"--smoother rbgs with --method":          func(s *Solve) { s.Smoother = "rbgs" },
		"--omega 1.1 with --method":              func(s *Solve) { s.Omega = 1.1 },
		"--coarsening full with --method":        func(s *Solve) { s.Coarsening = "full" },
		"--pre 2 with --method":                  func(s *Solve) { s.Pre = 2 },
		"--post 0 with --method":                 func(s *Solve) { s.Post = 0 },
		"with --nonlinear":                       func(s *Solve) { s.Nonlinear = "u^3" },
		"B is for 2 dimensions; want 3":          func(s *Solve) { s.Dim, s.N = 3, []int{16} },
		"has no level":                           func(s *Solve) { s.N = []int{99} },
		`want coarse "galerkin"`:                 func(s *Solve) { s.B = "100*x,50"; s.Name = classicalFile(t) },
		"no such file":                           func(s *Solve) { s.Name = "none.json" },
		"want auto, direct or a file whose name": func(s *Solve) { s.Name = "learned" },
	} {
		s := DefaultSolve()
		s.N, s.Problem, s.Name = []int{64}, "", path
		s.G = "1"
		spoil(&s)
		_, err := s.Prepare(context.Background(), Reporter{})
		var wrong *UsageError
		if err == nil || !strings.Contains(err.Error(), want) || !asUsage(err, &wrong) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v; want wrong use with %q", err, want)
		}
	}
}

// classicalFile is a file of a classical method whose coarse operators are discretised anew.
func classicalFile(t *testing.T) string {
	t.Helper()
	c := DefaultClassical()
	c.Out = filepath.Join(t.TempDir(), "classical.json")
	if _, err := c.Write(); err != nil {
		t.Fatal(err)
	}
	return c.Out
}

// A method made for another operator is a note, and the answer is right.
func TestMadeForAnother(t *testing.T) {
	m := method.Classical("made for −Δ", 2, []method.Step{{Jacobi: .8}}, []method.Step{{Jacobi: .8}}, method.Galerkin)
	m.Operator = &method.Stencil{Dim: 2, Width: 3, Weights: []float64{0, -.25, 0, -.25, 1, -.25, 0, -.25, 0}}
	path := filepath.Join(t.TempDir(), "m.json")
	if err := m.Write(path); err != nil {
		t.Fatal(err)
	}
	for a, notes := range map[string]int{"": 0, "1,2": 1, "1+x": 1} {
		s := DefaultSolve()
		s.N, s.Problem, s.G, s.A, s.Name = []int{64}, "", "1", a, path
		var said []string
		p, err := s.Prepare(context.Background(), Reporter{Note: func(text string) { said = append(said, text) }})
		if err != nil {
			t.Fatal(err)
		}
		if len(said) != notes || notes == 1 && (!strings.Contains(said[0], "made for another operator") || strings.Contains(said[0], "Inf")) {
			t.Errorf("a = %q: notes %q; want %d", a, said, notes)
		}
		if r, err := p.Run(context.Background()); err != nil || !(r.TrueResidual <= 1e-8) {
			t.Errorf("a = %q: %v", a, err)
		}
	}
}

// A prediction is of classical cycles: where kernels of a file differ from level to level there
// is none.
func TestMethodFilePrediction(t *testing.T) {
	s := DefaultSolve()
	s.N, s.Name = []int{64}, filepath.Join("..", "testdata", "methods", "poisson-2d-v11.json")
	if r, err := runSolve(t, s); err != nil || !math.IsNaN(r.Predicted) {
		t.Errorf("predicted %g (%v); want none", r.Predicted, err)
	}
}
