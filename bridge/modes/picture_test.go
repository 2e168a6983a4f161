package modes

import (
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"mgtool/multigrid"
)

// What is drawn: a closed circle, |λ| in order without zeros and what is below the scale, and
// each wave where its numbers are.
func TestPicture(t *testing.T) {
	line := circle(2)
	for i, p := range line {
		if angle := math.Atan2(p.Y, p.X); !(math.Abs(math.Hypot(p.X, p.Y)-2) < 1e-14) || i < 90 && !(math.Abs(angle-2*math.Pi*float64(i)/180) < 1e-12) {
			t.Fatalf("point %d of the circle is (%g, %g)", i, p.X, p.Y)
		}
	}
	if first, last := line[0], line[len(line)-1]; math.Hypot(first.X-last.X, first.Y-last.Y) > 1e-14 {
		t.Errorf("the circle from %v ends at %v", first, last)
	}
	s := Spectrum{Name: "s", Eigenvalues: []complex128{3i, -2, .5, 1e-3, 0}}
	if got := s.curve(.4); len(got) != 3 || got[0].X != 1 || got[0].Y != 3 || got[1].X != 2 || got[1].Y != 2 || got[2].Y != .5 {
		t.Errorf("|λ| in order: %v", got)
	}
	if got := s.curve(0); len(got) != 4 {
		t.Errorf("|λ| in order, without a scale: %v; want those that are not 0", got)
	}
	p := propagation(t, 2, 16, multigrid.RedBlack{Omega: 1}, multigrid.Rediscretized{}, 1, 1)
	m, err := p.Modes()
	if err != nil {
		t.Fatal(err)
	}
	w := waveGrid{m, m.Amplification}
	if c, r := w.Dims(); c != 15 || r != 15 {
		t.Errorf("%d × %d waves; want 15 × 15", c, r)
	}
	for i, v := range m.Amplification {
		k := m.Wave(i)
		if c, r := k[0]-1, k[1]-1; w.X(c) != float64(k[0]) || w.Y(r) != float64(k[1]) || w.Z(c, r) != v {
			t.Fatalf("wave %v is at (%g, %g) with %g; want %g", k, w.X(c), w.Y(r), w.Z(c, r), v)
		}
	}
	// Two rows, of four plots and, without waves, of two; plots have the same scale.
	path := filepath.Join(t.TempDir(), "m.png")
	if s.Eigenvalues, err = p.Eigenvalues(); err != nil {
		t.Fatal(err)
	}
	s.Modes = m
	if err := WritePNG(path, []Spectrum{s, {Name: "zero", Eigenvalues: []complex128{0}}}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := png.DecodeConfig(f)
	if err != nil || math.Abs(float64(c.Width)/float64(c.Height)-2) > .01 {
		t.Errorf("%d×%d, %v; want two rows of four", c.Width, c.Height, err)
	}
	plane, err := s.plane(3)
	if err != nil || plane.X.Min != -3 || plane.Y.Max != 3 {
		t.Errorf("the plane from %g to %g, %v; want −3 to 3", plane.X.Min, plane.Y.Max, err)
	}
	if err := WritePNG(path, nil); err == nil {
		t.Error("a picture of no spectrum")
	}
}
