package bridge

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mgtool/bridge/results"
	"mgtool/bridge/specification"
)

// smallTraining takes a fraction of a second on 15² unknowns.
func smallTraining() Training {
	t := DefaultTraining()
	t.Rounds, t.Steps, t.Batch, t.Cycles = 2, 5, 4, 3
	return t
}

// smallComparison takes a second.
func smallComparison() CycleComparison {
	return CycleComparison{
		N: 16, Sizes: []int{16, 32}, Pre: 1, Post: 1, Cycles: 80, Variants: []specification.Specification{specification.Learn(nil), specification.Learn(specification.Learned{"B"})},
		Training: smallTraining(),
	}
}

// The table has the classical cycles first. A cycle of which nothing is learned is the
// one with Jacobi, whatever computes it, and to learn B makes it no slower.
func TestCompareCycles(t *testing.T) {
	c := smallComparison()
	var stages []string
	c.Stage = func(name string) { stages = append(stages, name) }
	rows, err := CompareCycles(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 4 || !slices.Equal(stages, []string{"ω-Jacobi, finding the best ω", "1/2  learning none, seed 1", "2/2  learning B, seed 1"}) {
		t.Fatalf("%d rows after %q; want 4", len(rows), stages)
	}
	jacobi, redBlack, fixed, learned := rows[0], rows[1], rows[2], rows[3]
	if !strings.HasPrefix(jacobi.Cycle, "jacobi(0.") || redBlack.Learned != nil || fixed.Cycle != "learned none" || learned.Cycle != "learned B" {
		t.Errorf("rows %q, %q, %q, %q", jacobi.Cycle, redBlack.Cycle, fixed.Cycle, learned.Cycle)
	}
	if jacobi.Parameters != 0 || fixed.Parameters != 0 || learned.Parameters == 0 {
		t.Errorf("parameters %d, %d, %d; want none but of the learned one", jacobi.Parameters, fixed.Parameters, learned.Parameters)
	}
	for i, n := range c.Sizes {
		j, f, l := jacobi.Factors[i], fixed.Factors[i], learned.Factors[i]
		if math.Abs(f-j) > 1e-3*j { // its kernels are float32
			t.Errorf("n %d: nothing learned has factor %.5f, Jacobi %.5f", n, f, j)
		}
		if !(l > 0 && l < 1.05*j) {
			t.Errorf("n %d: learned B has factor %.4f, Jacobi %.4f", n, l, j)
		}
		if r := redBlack.Factors[i]; !(r > 0 && r < j) {
			t.Errorf("n %d: red-black has factor %.4f, Jacobi %.4f", n, r, j)
		}
	}
}

// A comparison that cannot be made is refused before any of it is.
func TestComparisonErrors(t *testing.T) {
	for want, change := range map[string]func(*CycleComparison){
		"0 sizes":         func(c *CycleComparison) { c.Sizes = nil },
		"79 cycles":       func(c *CycleComparison) { c.Cycles = 79 },
		"1001 cycles":     func(c *CycleComparison) { c.Cycles = 1001 },
		"on 2 cells":      func(c *CycleComparison) { c.Sizes = []int{2} },
		"on 32768 cells":  func(c *CycleComparison) { c.Sizes = []int{1 << 15} },
		"0 rounds":        func(c *CycleComparison) { c.Training.Rounds = 0 },
		"batch -1":        func(c *CycleComparison) { c.Training.Batch = -1 },
		"9×9 cells":       func(c *CycleComparison) { c.N = 9 },
		"8×8 cells":       func(c *CycleComparison) { c.N = 8 },
		"-1 + 1":          func(c *CycleComparison) { c.Pre = -1 },
		"bridge: 2 sizes": func(c *CycleComparison) { c.Cycles = 1 },
	} {
		c := smallComparison()
		change(&c)
		rows, err := CompareCycles(context.Background(), c)
		if rows != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q wanted in the error, which is %v", want, err)
		}
	}
}

// A comparison that is cancelled ends with the context's error, wherever it stands, and has the
// rows that are done.
func TestComparisonIsCancelled(t *testing.T) {
	for at, want := range map[string]int{"ω-Jacobi, finding the best ω": 0, "1/2  learning none, seed 1": 2, "2/2  learning B, seed 1": 3} {
		ctx, cancel := context.WithCancel(context.Background())
		c := smallComparison()
		c.Stage = func(name string) {
			if name == at {
				cancel()
			}
		}
		rows, err := CompareCycles(ctx, c)
		if len(rows) != want || !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at %q: %d rows and %v; want %d", at, len(rows), err, want)
		}
		cancel()
	}
}

// A table that is stopped after each of its rows goes on from its file, does none of them again,
// and ends as one that was not; another setting is refused.
func TestComparisonGoesOn(t *testing.T) {
	c := smallComparison()
	c.Sizes, c.Seeds, c.Training.Rounds = c.Sizes[:1], []uint64{2, 1}, 1
	named := specification.Learn(specification.Learned{"P"})
	named.Name = "mine"
	c.Variants = append(c.Variants, named)
	whole, err := CompareCycles(context.Background(), c)
	if err != nil || len(whole) != c.Rows() || len(whole) != 7 {
		t.Fatalf("%d rows of %d, %v; want 7", len(whole), c.Rows(), err)
	}
	c.File = filepath.Join(t.TempDir(), "table.json")
	done := 0
	var rows []CycleRow
	for range 7 {
		ctx, cancel := context.WithCancel(context.Background())
		c.Done = func(CycleRow) { done++; cancel() }
		rows, err = CompareCycles(ctx, c)
		cancel()
	}
	if err != nil || done != 7 {
		t.Fatalf("%d rows done, %v; want each of 7 once, and the last time no error", done, err)
	}
	for i := range whole {
		a, b := whole[i], rows[i]
		if a.Specification != nil && (b.Specification == nil || !same(*a.Specification, *b.Specification)) {
			t.Errorf("row %d has another specification", i)
		}
		a.Seconds, b.Seconds, a.Specification, b.Specification = 0, 0, nil, nil
		if !reflect.DeepEqual(a, b) {
			t.Errorf("row %d went on to %+v; at once it is %+v", i, b, a)
		}
	}
	for want, change := range map[string]func(*CycleComparison){
		"another setting: n 16, now 32":                   func(c *CycleComparison) { c.N = 32 },
		"another setting: training.steps 5, now 6":        func(c *CycleComparison) { c.Training.Steps = 6 },
		"another setting: stencil nothing, now [4 -1 -1]": func(c *CycleComparison) { c.Weights = []float64{4, -1, -1} },
	} {
		other := c
		change(&other)
		var mismatch *results.Mismatch
		if _, err := CompareCycles(context.Background(), other); !errors.As(err, &mismatch) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want a mismatch with %q", err, want)
		}
	}
	text, err := os.ReadFile(c.File)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.File, bytes.Replace(text, []byte(`"omega": 0.`), []byte(`"omega": -0.`), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := CompareCycles(context.Background(), c); err == nil || !strings.Contains(err.Error(), "row 1") {
		t.Errorf("a first row with ω < 0: %v", err)
	}
}

// Lists of operators are read and written alike.
func TestLearnedString(t *testing.T) {
	for text, want := range map[string]string{"": "none", "none": "none", "all": "A,B,R,P,Pi", "P,B,P": "P,B"} {
		l, err := specification.ParseLearned(text, specification.Images.Operators())
		if err != nil || l.String() != want {
			t.Errorf("%q is %q (%v), want %q", text, l, err, want)
		}
	}
	if _, err := specification.ParseLearned("A, B", specification.Images.Operators()); err == nil || !strings.Contains(err.Error(), `" B"`) {
		t.Errorf("a space: %v", err)
	}
}
