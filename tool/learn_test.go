package tool

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/bridge/fourier"
	"mgtool/bridge/specification"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/file"
)

// smallLearn takes a fraction of a second.
func smallLearn() Learn {
	l := DefaultLearn()
	l.N = []int{16}
	l.Training.Rounds, l.Training.Steps, l.Training.Batch, l.Training.Cycles = 2, 6, 4, 3
	return l
}

func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// A method learned for the user's own stencil, for a formula, and for members of a family is
// faster than the cycle that it starts from, and its file solves the problem.
func TestLearn(t *testing.T) {
	own := written(t, "own.json", `{"stencil": [[-0.2, -1, 0.2], [-0.5, 3, -0.5], [0.2, -1, -0.2]]}`)
	for name, change := range map[string]func(*Learn){
		"operator": func(l *Learn) { l.Operator, l.Sizes = own, []int{32} },
		"formula":  func(l *Learn) { l.A = "1 + x*y" },
		"members":  func(l *Learn) { l.Families, l.Members = []string{"lognormal(sigma=1)"}, 3 },
		"several": func(l *Learn) {
			l.Families, l.Training.Loss = []string{"rotated(eps=0.1,theta=30)", "rotated(eps=0.2,theta=30)"}, "residual"
		},
		"3-D": func(l *Learn) { l.Families, l.N = []string{"poisson(dim=3)"}, []int{8} },
	} {
		t.Run(name, func(t *testing.T) {
			l := smallLearn()
			change(&l)
			l.Out = filepath.Join(t.TempDir(), "method.json")
			report, err := l.Run(t.Context(), Reporter{})
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Factors) != 2 || report.Parameters == 0 { // a finer grid, of Sizes or without
				t.Fatalf("%d factors, %d values", len(report.Factors), report.Parameters)
			}
			for _, f := range report.Factors {
				if !(f.After.Factor < .8*f.Before.Factor) || f.After.Cycles < 80 {
					t.Errorf("n = %d: factor %.3f before and %.3f after, by %d cycles", f.N, f.Before.Factor, f.After.Factor, f.After.Cycles)
				}
			}
			m, err := method.Read(l.Out)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.About["factor"]; got != report.Factors[0].After.Factor {
				t.Errorf("the file says factor %v; want %v", got, report.Factors[0].After.Factor)
			}
			if name != "operator" {
				return
			}
			s := DefaultSolve()
			s.Statement = Statement{Operator: own, N: []int{64}, G: "1"}
			s.Name = l.Out
			p, err := s.Prepare(t.Context(), Reporter{})
			if err != nil {
				t.Fatal(err)
			}
			r, err := p.Run(t.Context())
			if err != nil || r.Fallback != "" || r.TrueResidual > 1e-8 {
				t.Errorf("solved with the method: %v, residual %.1e, fallback %q", err, r.TrueResidual, r.Fallback)
			}
		})
	}
}

// What is learned and is slower than the classical cycle is said to be.
func TestLearnGainsNothing(t *testing.T) {
	l := smallLearn()
	l.Training.Rounds, l.Training.Steps = 1, 1
	l.Specification.Operators = map[string]specification.Switch{"B": {State: specification.Anew}}
	var said []string
	report, err := l.Run(t.Context(), Reporter{Note: func(text string) { said = append(said, text) }})
	if err != nil {
		t.Fatal(err)
	}
	if f := report.Factors[0]; f.After.Factor < f.Before.Factor || len(said) != 1 || !strings.Contains(said[0], "nothing is gained") {
		t.Errorf("factor %.4f before, %.4f after, notes %q; want it worse after a step from random values, and said", f.Before.Factor, f.After.Factor, said)
	}
}

// A training that is stopped writes the best method until then.
func TestLearnStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := smallLearn()
	l.Training.Rounds = 50
	l.Out = filepath.Join(t.TempDir(), "method.json")
	report, err := l.Run(ctx, Reporter{Status: func(text string) {
		if strings.HasPrefix(text, "round 3/") {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || report == nil || !report.Stopped {
		t.Fatalf("error %v, report %v", err, report)
	}
	if _, err := method.Read(l.Out); err != nil {
		t.Error(err)
	}
}

// Wrong use is one line, before any work.
func TestLearnErrors(t *testing.T) {
	for want, change := range map[string]func(*Learn){
		"--out method.txt":       func(l *Learn) { l.Out = "method.txt" },
		": 96 a side, or 100":    func(l *Learn) { l.N = []int{99} },
		"--n [16 16]":            func(l *Learn) { l.N = []int{16, 16} },
		"unknown family":         func(l *Learn) { l.Families = []string{"poison"} },
		"--family with":          func(l *Learn) { l.Families, l.A = []string{"poisson"}, "2" },
		"--members 3 without":    func(l *Learn) { l.Members = 3 },
		"--members 3 of poisson": func(l *Learn) { l.Members, l.Families = 3, []string{"poisson"} },
		"--sizes 17":             func(l *Learn) { l.Sizes = []int{32, 17} }, // and not after the training
		"--dim 2 with --family":  func(l *Learn) { l.Dim, l.Families = 2, []string{"poisson(dim=3)"} },
		"--members -1":           func(l *Learn) { l.Members = -1 },
		"supervised or fourier":  func(l *Learn) { l.Training.Loss = "l2" },
		"nothing to learn":       func(l *Learn) { l.Specification = specification.Specification{} },
		"Pi learned in a linear": func(l *Learn) {
			l.Specification.Operators = map[string]specification.Switch{"Pi": {State: specification.Started}}
		},
		"--loss fourier: operator B of kind": func(l *Learn) {
			l.Training.Loss = LossFourier
			l.Specification.Operators = map[string]specification.Switch{"A": {From: "galerkin"}, "B": {Kind: "colours", State: specification.Started}}
		},
		"--loss fourier: operator P of symmetry none": func(l *Learn) {
			l.Training.Loss = LossFourier
			l.Specification.Operators["P"] = specification.Switch{State: specification.Started}
		},
		"operator B learned from random values": func(l *Learn) {
			l.Training.Loss = LossFourier
			b := l.Specification.Operators["B"]
			b.State = specification.Anew
			l.Specification.Operators["B"] = b
		},
		"--loss fourier: operator B of symmetry axes": func(l *Learn) {
			l.Training.Loss = LossFourier
			b := l.Specification.Operators["B"]
			b.Symmetry = "axes"
			l.Specification.Operators["B"] = b
		},
		"operator B not apart": func(l *Learn) {
			l.Training.Loss = LossFourier
			l.Specification.Operators = map[string]specification.Switch{"A": {From: "galerkin"}, "B": {State: specification.Started}, "R": {State: specification.Started}}
		},
		"--loss fourier for 1 operators": func(l *Learn) { l.Training.Loss, l.A = LossFourier, "1 + x" },
		"A learned for several operators or for variable": func(l *Learn) {
			l.A = "1 + x"
			l.Specification.Operators = map[string]specification.Switch{"A": {From: "galerkin", State: specification.Started}}
		},
	} {
		l := smallLearn()
		change(&l)
		report, err := l.Run(t.Context(), Reporter{})
		var usage *UsageError
		if report != nil || err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || !errors.As(err, &usage) {
			t.Errorf("%q wanted in one line of a usage error, which is %v", want, err)
		}
	}
}

// What Fourier analysis is asked for is what the specification says.
func TestFourierSpec(t *testing.T) {
	s := DefaultLearn().Specification // B learned and apart, R the transpose of P
	usual := fourier.Spec{Pre: 1, Post: 1, Width: 3, Symmetric: true, Levels: 1, Gamma: 1, Transpose: true}
	for _, c := range []struct {
		change func(operators map[string]specification.Switch)
		want   func(f *fourier.Spec)
	}{
		{func(map[string]specification.Switch) {}, func(*fourier.Spec) {}},
		{func(o map[string]specification.Switch) {
			o["A"] = specification.Switch{State: specification.Started, From: "galerkin"}
		}, func(f *fourier.Spec) { f.Coarse = true }},
		{func(o map[string]specification.Switch) {
			o["B"] = specification.Switch{State: specification.Started, Count: 2, Width: 5, Share: "none"}
			o["P"] = specification.Switch{State: specification.Started, Share: "none"}
		}, func(f *fourier.Spec) {
			f.Pre, f.Post, f.Width, f.Levels, f.Symmetric, f.Prolongation, f.Adjoint = 2, 2, 5, 3, false, true, true
		}},
		{func(o map[string]specification.Switch) {
			o["R"] = specification.Switch{State: specification.Started, Symmetry: "operator"}
		}, func(f *fourier.Spec) { f.Restriction, f.Transpose = true, false }},
	} {
		changed, want := s, usual
		changed.Operators = maps.Clone(s.Operators)
		c.change(changed.Operators)
		c.want(&want)
		if got, err := fourierSpec(changed); got != want || err != nil {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
}

// The table on another problem, of every subset of operators, and what each is worth.
func TestComparePDE(t *testing.T) {
	c := DefaultComparePDE()
	c.N, c.Sizes, c.SeedList = 16, []int{32}, []uint{1, 2}
	c.Training.Rounds, c.Training.Steps, c.Training.Batch, c.Training.Cycles = 2, 8, 4, 3
	c.Family, c.Coarse, c.Factorial = "rotated(eps=0.3,theta=30)", "galerkin", true
	c.Specs = []string{written(t, "row.json", `{"pre": 1, "post": 1, "gamma": 2, "operators": {"A": {"from": "galerkin"}, "B": "start"}}`)}
	report, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Two classical cycles, the one with nothing learned once, 15 others and the one of the
	// file with each seed; that is in no pair, since it is a W-cycle.
	if len(report.Rows) != 2+1+16*2 || report.Rows[33].Cycle != "learned B, W-cycle" || len(report.Rows[33].Converged) != 1 || len(report.Worths) != 4 {
		t.Fatalf("%d rows, %d operators", len(report.Rows), len(report.Worths))
	}
	for _, w := range report.Worths {
		if w.Pairs != 16 || !(w.Low[0] <= w.Ratio[0] && w.Ratio[0] <= w.High[0]) {
			t.Errorf("%s: %d pairs, %.3f (%.3f to %.3f)", w.Operator, w.Pairs, w.Ratio[0], w.Low[0], w.High[0])
		}
	}
	if b := report.Worths[1]; b.Operator != "B" || !(b.High[0] < 1) {
		t.Errorf("learning B multiplies the factor by %.3f to %.3f; want less than 1", b.Low[0], b.High[0])
	}
	for want, change := range map[string]func(*ComparePDE){
		"unknown family": func(c *ComparePDE) { c.Family = "poison" },
		"--operator":     func(c *ComparePDE) { c.Family, c.OperatorFile = "", "none.json" },
		"--seeds 0":      func(c *ComparePDE) { c.SeedList = []uint{0} },
		"--spec":         func(c *ComparePDE) { c.Specs = []string{"none.json"} },
		`from "linear"`:  func(c *ComparePDE) { c.Coarse = "linear" },
		`name "B"`:       func(c *ComparePDE) { c.Specs = []string{written(t, "b.json", `{"operators": {"B": "start"}}`)} },
		"--post 1, or": func(c *ComparePDE) {
			c.Specs = []string{written(t, "steps.json", `{"pre": 2, "post": 1, "operators": {"B": "start"}}`)}
		},
	} {
		wrong := c
		wrong.Variants, wrong.Seeds = nil, nil
		change(&wrong)
		if _, err := wrong.Run(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q wanted in the error, which is %v", want, err)
		}
	}
}

// Without sizes the factor is also measured on four times the cells a side, or on twice as many,
// where that is no more than 2¹⁸ unknowns and the problem can be put there.
func TestFinerGrid(t *testing.T) {
	array := filepath.Join(t.TempDir(), "a.npy")
	grid, err := pde.Unit(2, 64)
	if err != nil {
		t.Fatal(err)
	}
	a := pde.NewField[float64](grid)
	for i := range a.Data() {
		a.Data()[i] = 1
	}
	if err := file.WriteNPY(array, a); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s    Statement
		want []int
	}{
		{Statement{N: []int{64}}, []int{256}}, {Statement{N: []int{256}}, []int{512}}, {Statement{N: []int{512}}, nil},
		{Statement{N: []int{16}, Dim: 3}, []int{64}}, {Statement{N: []int{64}, Dim: 3}, nil}, {Statement{N: []int{64}, A: array}, nil},
	} {
		l := Learn{Statement: c.s}
		names, err := l.problems()
		if err != nil {
			t.Fatal(err)
		}
		list, err := l.on(names, c.s.N[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := l.finer(names[0], list[0]); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v; want %v", c.s, got, c.want)
		}
	}
}

// What was learned for is named by what was given of it.
func TestLearnTitle(t *testing.T) {
	for want, s := range map[string]Statement{
		"−Δ":                   {},
		"−∇·(a ∇u), a = a.npy": {A: "a.npy"},
		"−Δu + b·∇u + c u, b = (1,x), c = 2": {B: "1,x", C: "2"},
		"the operator of mine.json":          {Operator: "mine.json"},
	} {
		if got := (learnable{statement: &s}).title(); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}
