package tool

import (
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"mgtool/multigrid/method"
)

// Methods of many levels are shown on the levels that grids can have.
func TestViewManyLevels(t *testing.T) {
	for dim, levels := range []int{1: 20, 2: 20, 3: 4} {
		if dim == 0 {
			continue
		}
		step := []method.Step{{Jacobi: .8}}
		m := method.Classical("many", dim, step, step, method.Galerkin)
		for len(m.Levels) < levels {
			m.Levels = append(m.Levels, m.Levels[0])
		}
		path := filepath.Join(t.TempDir(), "m.json")
		if err := m.Write(path); err != nil {
			t.Fatal(err)
		}
		v, err := ViewMethod(path)
		if err != nil {
			t.Fatal(err)
		}
		if last := v.Parts[len(v.Parts)-1].Level; last < min(levels, 10)-1 {
			t.Errorf("dimension %d: the last level shown is %d of %d", dim, last, levels)
		}
	}
}

// The view of ω-Jacobi has its smoothing factor, 0.6 for ω = 0.8 in two dimensions (Trottenberg,
// Oosterlee & Schüller, Multigrid, 2001, §2.1), and the Galerkin operator of −Δ, with nine points.
func TestViewMethod(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.json")
	c := DefaultClassical()
	c.Coarse, c.Post, c.Out = method.Galerkin, 2, path
	if _, err := c.Write(); err != nil {
		t.Fatal(err)
	}
	v, err := ViewMethod(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, p := range v.Parts {
		seen[p.What] = true
		switch p.What {
		case "before, u += K * (r/D)":
			if math.Abs(*p.Smoothing-.6) > 1e-12 || math.Abs(*p.ClassicalSmoothing-.6) > 1e-12 {
				t.Errorf("before: smoothing factor %g; want 0.6", *p.Smoothing)
			}
		case "after 1, u += K * (r/D)":
			if p.Smoothing != nil {
				t.Errorf("after 1: smoothing factor %g; want that of both steps with the last one", *p.Smoothing)
			}
		case "after 2, u += K * (r/D)":
			if math.Abs(*p.Smoothing-.36) > 1e-12 {
				t.Errorf("after: smoothing factor %g of two steps; want 0.36", *p.Smoothing)
			}
		case "coarse A over D of this level":
			for o, want := range []float64{-1, -2, -1, -2, 12, -2, -1, -2, -1} {
				if math.Abs(p.Stencil.Weights[o]-want/64) > 1e-15 || p.Beside.Weights[o] != p.Stencil.Weights[o] {
					t.Errorf("coarse operator: weight %d is %g, beside it %g; want %g", o, p.Stencil.Weights[o], p.Beside.Weights[o], want/64)
				}
			}
		}
	}
	if len(seen) != 7 {
		t.Errorf("parts %v; want 7", seen)
	}
	picture := filepath.Join(t.TempDir(), "m.png")
	if err := v.WritePNG(picture); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(picture)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if img, err := png.Decode(f); err != nil || img.Bounds().Dy() < 7*150 {
		t.Errorf("picture: %v, %v; want a row for each of 7 parts", img.Bounds(), err)
	}
}
