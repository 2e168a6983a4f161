package tool

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/multigrid/method"
)

// TestMeta trains both networks for seconds, and solves by what they make.
func TestMeta(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		emits, family, problem string
		steps                  int
	}{
		{method.EmitsLevels, "rotated(eps=0.1,theta=30)", "lognormal(sigma=1)", 60},
		{method.EmitsSmoothers, "rotated-field(eps=0.1)", "", 2},
		{method.EmitsInfluence, "lognormal(sigma=1)", "", 2},
	} {
		path := filepath.Join(dir, c.emits+".json")
		m := Meta{Emits: c.emits, Gamma: 1, Pre: 1, Post: 1, Steps: c.steps, Hidden: 8, Seed: 1, Out: path, Minimise: c.emits == method.EmitsSmoothers}
		steps := 0
		r, err := m.Train(context.Background(), func(int, int, float64) { steps++ })
		if err != nil {
			t.Fatal(err)
		}
		if steps != c.steps || r.Steps != c.steps || r.Stopped || r.Parameters < 100 {
			t.Errorf("%s: %d steps and %+v; want %d", c.emits, steps, r, c.steps)
		}
		solve := func(family string) error {
			s := DefaultSolve()
			s.Statement = Statement{Family: family, N: []int{64}}
			s.Name = path
			p, err := s.Prepare(context.Background(), Reporter{})
			if err != nil {
				return err
			}
			out, err := p.Run(context.Background())
			if err == nil && !(out.TrueResidual < 1e-6) {
				t.Errorf("%s: %s ends with a residual of %g", c.emits, family, out.TrueResidual)
			}
			return err
		}
		if err := solve(c.family); err != nil {
			t.Errorf("%s: %v", c.emits, err)
		}
		if c.problem != "" {
			if err := solve(c.problem); err == nil || !strings.Contains(err.Error(), "coefficients that vary") {
				t.Errorf("%s on coefficients that vary: error %v", c.emits, err)
			}
		}
		_, err = ViewMethod(path)
		if want := c.emits != method.EmitsLevels; (err != nil) != want {
			t.Errorf("%s shown: error %v", c.emits, err)
		}
		table, err := MetaComparison{File: path, N: 16, Problems: 3}.Run(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range table.Rows {
			if len(row.Outcomes) != len(table.Problems) || row.Outcomes[0].Cycles < 1 {
				t.Errorf("%s: row %+v of %d problems", c.emits, row, len(table.Problems))
			}
		}
	}
}

func TestBadMeta(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.json")
	good := Meta{Emits: method.EmitsLevels, Gamma: 1, Pre: 1, Post: 1, Out: path}
	for want, spoil := range map[string]func(m *Meta){
		"no --out":        func(m *Meta) { m.Out = "" },
		"--out":           func(m *Meta) { m.Out = "m.png" },
		"--gamma 3":       func(m *Meta) { m.Gamma = 3 },
		"--steps -1":      func(m *Meta) { m.Steps = -1 },
		"--hidden 65":     func(m *Meta) { m.Hidden = 65 },
		"--pre 0":         func(m *Meta) { m.Pre, m.Post = 0, 0 },
		`--emits "none"`:  func(m *Meta) { m.Emits = "none" },
		"--minimise with": func(m *Meta) { m.Minimise, m.Pre = true, 5 },
	} {
		m := good
		spoil(&m)
		_, err := m.Train(context.Background(), nil)
		if err == nil || !strings.Contains(err.Error(), want) || strings.ContainsRune(err.Error(), '\n') {
			t.Errorf("error %v; want one line that has %q", err, want)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a bad training has written a file")
	}
	plain := method.Classical("plain", 2, []method.Step{{Jacobi: .8}}, nil, method.Galerkin)
	if err := plain.Write(path); err != nil {
		t.Fatal(err)
	}
	if _, err := (MetaComparison{File: path, N: 64, Problems: 1}).Run(context.Background(), nil); err == nil || !strings.Contains(err.Error(), "no network") {
		t.Errorf("a method without a network: error %v", err)
	}
	for want, c := range map[string]MetaComparison{
		"for a network that emits levels":       {File: "rotated-network.json", Family: "lognormal"},
		`--correlated with --family "rotated-f`: {File: "smoothers-network.json", Family: "rotated-field", Correlated: true},
	} {
		c.File, c.N, c.Problems = filepath.Join("..", "testdata", "methods", c.File), 64, 1
		if _, err := c.Run(context.Background(), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one that has %q", err, want)
		}
	}
	if _, _, err := (MetaComparison{Family: "poisson"}).variable(); err == nil || !strings.Contains(err.Error(), "want lognormal, checkerboard or rotated-field") {
		t.Errorf("another family: error %v", err)
	}
}

// A training that ends early has the digits of its own last steps.
func TestMetaEndsEarly(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	m := Meta{Emits: method.EmitsLevels, Gamma: 1, Pre: 1, Post: 1, Steps: 1000, Hidden: 8, Seed: 1, Out: filepath.Join(t.TempDir(), "m.json")}
	lowest, highest := math.Inf(1), math.Inf(-1)
	r, err := m.Train(ctx, func(step, _ int, digits float64) {
		lowest, highest = min(lowest, digits), max(highest, digits)
		if step == 20 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) || !r.Stopped || r.Steps > 30 || !(lowest <= r.Digits && r.Digits <= highest) {
		t.Errorf("%v, %d steps, %g digits a cycle; want from %g to %g", err, r.Steps, r.Digits, lowest, highest)
	}
	if kept, err := method.Read(m.Out); err != nil || kept.Network == nil {
		t.Errorf("what was learned is not kept: %v", err)
	}
}
