package tool

import (
	"context"
	"errors"
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/file"
)

// The problem sine warms up from zero to its amplitude (1 − (1 + λ dt)⁻ᵏ) g/λ after k steps,
// and every snapshot that was asked for is there with the right values.
func TestEvolve(t *testing.T) {
	e := DefaultEvolve()
	e.N, e.DT, e.Steps, e.Every, e.Folder = []int{32}, 0.01, 7, 3, filepath.Join(t.TempDir(), "out")
	r, err := e.Run(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	amplitude := func(k int) float64 {
		return (1 - math.Pow(1+e.DT*lambda(32), -float64(k))) * 2 * math.Pi * math.Pi / lambda(32)
	}
	if r.Done != 7 || math.Abs(r.Time-.07) > 1e-15 || math.Abs(r.High-amplitude(7)) > 1e-7 || r.Cycles < 7 || r.Most > r.Cycles {
		t.Errorf("the report is %+v", *r)
	}
	var names []string
	for _, f := range r.Files {
		names = append(names, filepath.Base(f))
		if _, err := os.Stat(f); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(names)
	want := "evolution.gif u-000000.npy u-000000.png u-000003.npy u-000003.png u-000006.npy u-000006.png u-000007.npy u-000007.png"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("files %s; want %s", got, want)
	}
	grid, err := pde.Unit(2, 32)
	if err != nil {
		t.Fatal(err)
	}
	for k, name := range map[int]string{0: "u-000000.npy", 3: "u-000003.npy", 7: "u-000007.npy"} {
		values, err := file.ReadArray(filepath.Join(e.Folder, name), file.PointShape(grid))
		if err != nil {
			t.Fatal(err)
		}
		if got := values[16*33+16]; math.Abs(got-amplitude(k)) > 1e-7 {
			t.Errorf("%s has %.9g in the middle; want %.9g", name, got, amplitude(k))
		}
	}
}

// Ten steps from a formula, around a body with a given value, which keeps it.
func TestEvolveFromFormula(t *testing.T) {
	e := DefaultEvolve()
	e.Problem, e.G, e.N, e.DT, e.Steps, e.Start = "", "0", []int{64}, 0.01, 10, "sin(pi*x)*sin(pi*y)"
	r, err := e.Run(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	if want := 0.165112483124759; math.Abs(r.High-want) > 1e-8 {
		t.Errorf("the amplitude is %.12g; want %.12g", r.High, want)
	}
	dir := t.TempDir()
	mask := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range mask.Pix {
		if x, y := i%16, i/16; x < 6 || x > 9 || y < 6 || y > 9 {
			mask.Pix[i] = 255
		}
	}
	e.N, e.Mask, e.MaskBoundary, e.Folder = []int{16}, writePicture(t, "mask.png", mask), "dirichlet=3", dir
	if _, err := e.Run(context.Background(), Reporter{}); err != nil {
		t.Fatal(err)
	}
	grid, err := pde.Unit(2, 16)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"u-000000.npy", "u-000001.npy", "u-000010.npy"} {
		values, err := file.ReadArray(filepath.Join(dir, name), file.PointShape(grid))
		if err != nil {
			t.Fatal(err)
		}
		if got := values[8*17+8]; got != 3 {
			t.Errorf("%s has %g in the body; want 3", name, got)
		}
	}
}

// A run that is stopped keeps what it has: the steps before, their pictures, and the reason.
func TestEvolveStopped(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	e := DefaultEvolve()
	e.N, e.Steps, e.Folder = []int{32}, 1000, filepath.Join(t.TempDir(), "out")
	r, err := e.Run(ctx, Reporter{Status: func(text string) {
		if strings.HasPrefix(text, "step 5 ") {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, multigrid.Interrupted.Err()) {
		t.Errorf("the error is %v; want that of an interruption", err)
	}
	if r == nil || r.Done != 5 {
		t.Fatalf("the report is %+v; want 5 steps", r)
	}
	if _, err := os.Stat(filepath.Join(e.Folder, "evolution.gif")); err != nil {
		t.Error(err)
	}
	if len(r.Files) != 6+6+1 {
		t.Errorf("%d files; want 6 snapshots, their pictures and the animation", len(r.Files))
	}
}

// Steps that make no sense are refused before the work.
func TestEvolveRefuses(t *testing.T) {
	for want, change := range map[string]func(*Evolve){
		"--dt 0":       func(e *Evolve) { e.DT = 0 },
		"--dt NaN":     func(e *Evolve) { e.DT = math.NaN() },
		"--steps 0":    func(e *Evolve) { e.Steps = 0 },
		"--scheme rk4": func(e *Evolve) { e.Scheme = "rk4" },
		"--every -1":   func(e *Evolve) { e.Every = -1 },
		"a larger":     func(e *Evolve) { e.Steps, e.Folder = 5000, "out" },
		"--rtol 0":     func(e *Evolve) { e.RelTol = 0 },
		"--nonlinear":  func(e *Evolve) { e.Nonlinear = "u^3" },
		"--start":      func(e *Evolve) { e.Start = "hot" },
		"unknown prob": func(e *Evolve) { e.Problem = "soup" },
	} {
		e := DefaultEvolve()
		change(&e)
		_, err := e.Run(context.Background(), Reporter{})
		var usage *UsageError
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &usage) {
			t.Errorf("%v; want a mistake of use with %q", err, want)
		}
	}
}

// The most cycles of a step are those of any step: the first one, from noise, takes more
// than the last.
func TestEvolveMostCycles(t *testing.T) {
	e := DefaultEvolve()
	e.Problem, e.N, e.Start = "zero", []int{32}, "random"
	var most []int
	for _, e.Steps = range []int{1, 20} {
		r, err := e.Run(context.Background(), Reporter{})
		if err != nil {
			t.Fatal(err)
		}
		most = append(most, r.Most)
		t.Logf("%d steps: %d cycles, at most %d", e.Steps, r.Cycles, r.Most)
	}
	if most[1] < most[0] {
		t.Errorf("at most %d cycles in 20 steps, %d in the first", most[1], most[0])
	}
}

// Steps by a method from a file are those of the classical one; where its cycles fail another
// method goes on, in all further steps too; one that was made for another operator is told.
func TestEvolveByFile(t *testing.T) {
	e := DefaultEvolve()
	e.N, e.DT, e.Steps, e.RelTol = []int{32}, .01, 5, 1e-10
	want, err := e.Run(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	minus := []float64{0, 0, 0, 0, -1, 0, 0, 0, 0}
	for _, one := range []struct {
		name, krylov, fallback string
		b                      []float64
	}{{"learned", "", "", learned}, {"B = −1", "none", fallbackClassical, minus}, {"B = −1 in FGMRES", "", fallbackKrylov, minus}} {
		e.Name, e.Krylov = writeMethod(t, one.b...), one.krylov
		r, err := e.Run(context.Background(), Reporter{})
		if err != nil {
			t.Fatalf("%s: %v", one.name, err)
		}
		if r.Fallback != one.fallback || r.Done != 5 || math.Abs(r.High-want.High) > 1e-9 {
			t.Errorf("%s: fallback %q, %d steps to %.12g; want %q and 5 to %.12g", one.name, r.Fallback, r.Done, r.High, one.fallback, want.High)
		}
	}
	m, err := method.Read(writeMethod(t, learned...))
	if err != nil {
		t.Fatal(err)
	}
	m.Operator = &method.Stencil{Dim: 2, Width: 3, Weights: []float64{0, -.25, 0, -.25, 1, -.25, 0, -.25, 0}}
	e.Krylov, e.Name = "", filepath.Join(t.TempDir(), "laplacian.json")
	if err := m.Write(e.Name); err != nil {
		t.Fatal(err)
	}
	var said []string
	if _, err := e.Run(context.Background(), Reporter{Note: func(text string) { said = append(said, text) }}); err != nil || len(said) != 1 || !strings.Contains(said[0], "was made for another operator") {
		t.Errorf("%v, %q; want a note that −Δ + 1/dt is another operator", err, said)
	}
	for want, name := range map[string]string{"--method direct with steps": "direct", "no such file": "none.json"} {
		e.Name = name
		if _, err := e.Run(context.Background(), Reporter{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
}
