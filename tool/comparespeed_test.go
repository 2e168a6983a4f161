package tool

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mgtool/multigrid/method"
)

// The fastest classical method has the ratio 1, methods that are given are rows, and one that
// cannot run has its error; all who have a time have solved the problem.
func TestCompareSpeed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jacobi.json")
	steps := []method.Step{{Jacobi: .8}}
	if err := method.Classical("Jacobi as a file", 2, steps, steps, method.Galerkin).Write(path); err != nil {
		t.Fatal(err)
	}
	c := DefaultCompareSpeed()
	c.Family, c.N, c.Methods = "rotated(eps=0.1,theta=30)", []int{32}, []string{path, "linex/galerkin"}
	c.Budget, c.Repeats, c.Rough, c.Seed = 400*time.Millisecond, 2, true, 3
	report, err := c.Run(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	one, given, failed := false, 0, 0
	for _, r := range report.Rows {
		if !r.Also && !one && r.Err == nil {
			if one = true; r.Speedup != 1 {
				t.Errorf("the fastest classical method has the speedup %g; want 1", r.Speedup)
			}
		}
		if r.Also {
			given++
		}
		switch {
		case r.Err != nil:
			failed++
			if !r.Also || r.Speedup == r.Speedup {
				t.Errorf("%s: %v, speedup %g", r.Name, r.Err, r.Speedup)
			}
		case !(r.Speedup > 0) || !(r.TrueResidual <= 1.01e-8) || len(r.SolvesS) != 2:
			t.Errorf("%s: %+v", r.Name, r)
		}
	}
	if !one || given != 2 || failed != 1 || report.Name != "rotated(eps=0.1,theta=30)" {
		t.Errorf("%s: %d given, %d failed; want 2 and 1", report.Name, given, failed)
	}
}

func TestCompareSpeedMistakes(t *testing.T) {
	for want, change := range map[string]func(*CompareSpeed){
		"--rtol 0":          func(c *CompareSpeed) { c.RelTol = 0 },
		"--repeats 0":       func(c *CompareSpeed) { c.Repeats = 0 },
		"--budget -1":       func(c *CompareSpeed) { c.Budget = -1 },
		"--nonlinear u":     func(c *CompareSpeed) { c.Nonlinear = "u" },
		"--method magic":    func(c *CompareSpeed) { c.Methods = []string{"magic"} },
		"--method: ":        func(c *CompareSpeed) { c.Methods = []string{"nowhere.json"} },
		"--family: family:": func(c *CompareSpeed) { c.Family = "x" },
	} {
		c := DefaultCompareSpeed()
		c.N = []int{16}
		change(&c)
		_, err := c.Run(context.Background(), Reporter{})
		var usage *UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v; want a usage error with %q", err, want)
		}
	}
}
