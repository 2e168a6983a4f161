package tool

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/multigrid"
)

// solved runs a solve.
func solved(t *testing.T, s Solve) *SolveReport {
	t.Helper()
	p, err := s.Prepare(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sin πx sin πy is an eigenvector of the five-point operator for λ = (8/h²) sin²(πh/2),
// so the discrete solution for 2π² sin πx sin πy is 2π²/λ of it and the error is known.
func TestSolveSine(t *testing.T) {
	s := DefaultSolve()
	s.N, s.RelTol = []int{64}, 1e-12
	s.Out = filepath.Join(t.TempDir(), "u.npy")
	s.Plot = filepath.Join(t.TempDir(), "u.png")
	var last string
	p, err := s.Prepare(context.Background(), Reporter{Status: func(text string) { last = text }})
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	h := 1. / 64
	want := 2*math.Pi*math.Pi/(8/(h*h)*math.Pow(math.Sin(math.Pi*h/2), 2)) - 1
	if math.Abs(r.ErrorMax-want) > 1e-7*want || r.Grid.Unknowns() != 63*63 || r.Levels < 3 {
		t.Errorf("largest error %.12g for %d unknowns on %d levels; want %.12g, 3969, 3 or more", r.ErrorMax, r.Grid.Unknowns(), r.Levels, want)
	}
	if !strings.HasPrefix(last, "cycle ") {
		t.Errorf("the last status is %q; want that of a cycle", last)
	}
	for _, file := range []string{s.Out, s.Plot} {
		if info, err := os.Stat(file); err != nil || info.Size() < 1000 {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// The start decides the solve: the boundary values extended inwards are the answer for
// zero data, a random start is not, and its seed shows.
func TestSolveStart(t *testing.T) {
	s := DefaultSolve()
	s.Problem, s.N, s.Cycle, s.RelTol, s.MaxCycles = "zero", []int{16}, "v", 0, 3
	if r := solved(t, s); r.ErrorMax != 0 {
		t.Errorf("error %g from the extended boundary; want 0", r.ErrorMax)
	}
	s.Start = "random"
	first := solved(t, s)
	s.Seed = 2
	if second := solved(t, s); first.ErrorMax == 0 || first.ErrorMax == second.ErrorMax || len(first.Residuals) != 4 {
		t.Errorf("errors %g and %g of two seeds, %d residuals", first.ErrorMax, second.ErrorMax, len(first.Residuals))
	}
}

// A formula is a start: that of the solution leaves no residual, with the values of the
// sides as they are.
func TestSolveStartFormula(t *testing.T) {
	s := DefaultSolve()
	s.Problem, s.G, s.N, s.Cycle, s.MaxCycles = "", "0", []int{16}, "v", 1
	s.Exact, s.Start = "x^2-y^2", "x^2-y^2"
	if r := solved(t, s); r.Residuals[0] > 1e-12 || r.ErrorMax > 1e-12 {
		t.Errorf("first residual %g, error %g; want rounding", r.Residuals[0], r.ErrorMax)
	}
}

// The backward error ends a solve by itself, after fewer cycles if it may be larger.
func TestSolveBackward(t *testing.T) {
	s := DefaultSolve()
	s.N, s.Cycle, s.RelTol = []int{32}, "v", 0
	last := 0
	for _, tolerance := range []float64{1e-4, 1e-8, 1e-14} {
		s.Backward = tolerance
		r := solved(t, s)
		if r.Status != multigrid.ConvergedBackward || r.Cycles <= last {
			t.Errorf("--backward %g: %v after %d cycles; %d before", tolerance, r.Status, r.Cycles, last)
		}
		last = r.Cycles
	}
}

// A solve that is stopped writes what it has, and its errors are not known.
func TestSolveInterrupted(t *testing.T) {
	s := DefaultSolve()
	s.N, s.Out = []int{32}, filepath.Join(t.TempDir(), "u.npy")
	p, err := s.Prepare(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err := p.Run(ctx)
	if err == nil || r == nil || r.Status != multigrid.Interrupted || !math.IsNaN(r.ErrorMax) {
		t.Errorf("%+v, %v; want an interrupted solve without errors", r, err)
	}
	if _, err := os.Stat(s.Out); err != nil {
		t.Error(err)
	}
}

// What makes no sense is a usage error that names the setting; what does not fit into
// memory is a failure.
func TestSolveRefused(t *testing.T) {
	for want, change := range map[string]func(s *Solve){
		"--krylov x; want none, cg":                    func(s *Solve) { s.Krylov = "x" },
		"--precision f16; want f64 or mixed":           func(s *Solve) { s.Precision = "f16" },
		"--start: ":                                    func(s *Solve) { s.Start = "warm" },
		"--backward 1; want 0 or more and less than 1": func(s *Solve) { s.Backward = 1 },
		"--out u.txt; want a name ending":              func(s *Solve) { s.Out = "u.txt" },
		"--plot nosuch/u.png: there is no fold":        func(s *Solve) { s.Plot = "nosuch/u.png" },
		"--rhs p.png is a picture, for --dim 2":        func(s *Solve) { s.Problem, s.RHS, s.Dim = "", "p.png", 3 },
		"1 cells along axis 0; want at least 2":        func(s *Solve) { s.N = []int{1} },
		"unknown problem \"x\"":                        func(s *Solve) { s.Problem = "x" },
		"known: jacobi":                                func(s *Solve) { s.Smoother = "x" },
		"relative tolerance -1":                        func(s *Solve) { s.RelTol = -1 },
	} {
		s := DefaultSolve()
		change(&s)
		_, err := s.Prepare(context.Background(), Reporter{})
		if usage := (*UsageError)(nil); !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want a usage error with %q", err, want)
		}
	}
	s := DefaultSolve()
	s.Problem, s.RHS = "", "nosuch.png"
	_, err := s.Prepare(context.Background(), Reporter{})
	if usage := (*UsageError)(nil); err == nil || errors.As(err, &usage) {
		t.Errorf("%v; want a missing file to be a failure", err)
	}
}

// The parts of a method that no flag names follow from the operator and from what is asked.
func TestChoose(t *testing.T) {
	for _, c := range []struct {
		change func(s *Solve)
		want   string
	}{
		{func(*Solve) {}, "fmg rbsor"},
		{func(s *Solve) { s.Measured = true }, "fmg rbsor"},
		{func(s *Solve) { s.RelTol = 0 }, "fmg rbsor"},
		{func(s *Solve) { s.RelTol, s.Measured = 0, true }, "v rbsor"},
		{func(s *Solve) { s.Start = "random" }, "v rbsor"},
		{func(s *Solve) { s.Start, s.Cycle = "random", "fmg" }, "fmg rbsor"},
		{func(s *Solve) { s.Smoother = "jacobi" }, "fmg jacobi"},
		{func(s *Solve) { s.Smoother = "line" }, "fmg line"},
		{func(s *Solve) { s.Smoother, s.Dim, s.N = "planexz", 3, []int{8} }, "fmg planexz"},
		{func(s *Solve) { s.Coarsening = "blackbox" }, "fmg rbsor"},
		{func(s *Solve) { s.Problem, s.G, s.A = "", "1", "1+1e5*(x>0.5)" }, "v adaptive"},
		{func(s *Solve) { s.Problem, s.G, s.A, s.Coarsening = "", "1", "1+1e5*(x>0.5)", "galerkin" }, "v rbgs"},
		{func(s *Solve) { s.Problem, s.G, s.A, s.Smoother = "", "1", "1+1e5*(x>0.5)", "jacobi" }, "v jacobi"},
		{func(s *Solve) { s.Problem, s.G, s.Nonlinear = "", "1", "u^3" }, "fmg newton"},
		{func(s *Solve) { s.Problem, s.G, s.Nonlinear, s.Start = "", "1", "u^3", "random" }, "v newton"},
	} {
		s := DefaultSolve()
		s.N = []int{16}
		c.change(&s)
		r := solved(t, s)
		if got := r.Cycle + " " + r.Smoother; got != c.want {
			t.Errorf("%+v: %s, want %s", s, got, c.want)
		}
	}
}

// The smoothing steps of the method that is picked are taken where no part of it is named.
func TestChosenSteps(t *testing.T) {
	for _, c := range []struct {
		change func(s *Solve)
		want   int
	}{
		{func(*Solve) {}, 2},
		{func(s *Solve) { s.Pre, s.Post = 1, 3; s.Krylov = "fgmres" }, 1},
		{func(s *Solve) { s.Pre, s.Post = 3, 3 }, 3},
		{func(s *Solve) { s.Cycle = "v" }, 1},
		{func(s *Solve) { s.Smoother = "rbgs" }, 1},
		{func(s *Solve) { s.A = "1" }, 1},
	} {
		s := DefaultSolve()
		s.Problem, s.G, s.A, s.N = "", "1", "0.9,0.2,0.3", []int{16}
		c.change(&s)
		if got := solved(t, s).Settings.Cycle.Pre[0]; got != c.want {
			t.Errorf("%+v: %d steps before; want %d", s.Method, got, c.want)
		}
	}
}

func TestProblems(t *testing.T) {
	dims := map[string][]int{"sine": {1, 2, 3}, "briggs": {2}, "zero": {1, 2, 3}}
	for _, p := range Problems() {
		if want, ok := dims[p.Name]; ok && !slices.Equal(p.Dims, want) {
			t.Errorf("%s in dimensions %v, want %v", p.Name, p.Dims, want)
		}
		delete(dims, p.Name)
	}
	if len(dims) > 0 {
		t.Errorf("not listed: %v", dims)
	}
}

// The figures of a measurement fit together.
func TestMeasureSolve(t *testing.T) {
	s := DefaultSolve()
	s.Problem, s.N, s.Cycle = "ones", []int{32}, "v"
	var said []string
	m, err := s.MeasureSolve(context.Background(), 2, Reporter{Status: func(text string) { said = append(said, text) }})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(said, []string{"solve 1 of 2", "solve 2 of 2", ""}) {
		t.Errorf("status %q", said)
	}
	if len(m.SolveS) != 2 || m.Median() != min(m.SolveS[0], m.SolveS[1]) || m.Cycles < 3 || m.PerCycle() != m.Cycles {
		t.Errorf("seconds %v, median %g, %d cycles", m.SolveS, m.Median(), m.Cycles)
	}
	var bytes int64
	for _, w := range m.Work {
		bytes += w.Bytes
	}
	// A cycle reads and writes at least u once.
	if m.Bytes() != bytes || m.PerUnknown(bytes, m.Cycles) < 16 || m.Bound() != float64(bytes)/m.Copying {
		t.Errorf("%d bytes, %d by grids; %g for each unknown and cycle", m.Bytes(), bytes, m.PerUnknown(bytes, m.Cycles))
	}
	if _, err := s.MeasureSolve(context.Background(), 0, Reporter{}); err == nil || !strings.Contains(err.Error(), "--repeats 0; want 1 to") {
		t.Errorf("no repeats: %v", err)
	}
}

// Constant and variable coefficients take as many cycles, give or take one, and their
// bounds are as 3 arrays to 3 and one for each axis, on large grids.
func TestMeasureCoefficients(t *testing.T) {
	s := DefaultSolve()
	s.Cycle = "v"
	for dim, want := range map[int]float64{2: 5. / 3, 3: 2} {
		s.Dim, s.N = dim, []int{map[int]int{2: 512, 3: 64}[dim]}
		m, err := s.MeasureCoefficients(context.Background(), 1, Reporter{})
		if err != nil {
			t.Fatal(err)
		}
		c, v := m.Constant, m.Variable
		if v.Cycles < c.Cycles || v.Cycles > c.Cycles+1 {
			t.Errorf("dimension %d: %d cycles, %d with constant coefficients", dim, v.Cycles, c.Cycles)
		}
		// Coarse levels and the start are a part of both.
		if got := m.BoundRatio(); got < .9*want || got > 1.05*want {
			t.Errorf("dimension %d: bounds are as %.2f, want %.2f", dim, got, want)
		}
		if got := m.Ratio() * c.NsPerUnknown(); math.Abs(got-v.NsPerUnknown()) > 1e-9*got || !(v.SetupCycles() > 0 && v.BoundNsPerUnknown() > 0) {
			t.Errorf("dimension %d: %g ns per unknown and cycle, %g by the ratio; set-up %g cycles", dim, v.NsPerUnknown(), got, v.SetupCycles())
		}
	}
	s.Precision = "mixed"
	if _, err := s.MeasureCoefficients(context.Background(), 1, Reporter{}); err == nil || !strings.Contains(err.Error(), "want f64") {
		t.Errorf("mixed: %v", err)
	}
	if _, err := s.MeasureCoefficients(context.Background(), 0, Reporter{}); err == nil || !strings.Contains(err.Error(), "--repeats 0; want 1 to") {
		t.Errorf("no repeats: %v", err)
	}
}
