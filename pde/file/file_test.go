package file

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio"
	"gonum.org/v1/gonum/mat"

	"mgtool/pde"
)

// A picture of one bright top-left quarter ends at small x and large y.
func TestPicture(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "p.png")
	img := image.NewGray(image.Rect(0, 0, 40, 20))
	for y := range 10 {
		for x := range 20 {
			img.SetGray(x, y, color.Gray{255})
		}
	}
	f, _ := os.Create(path)
	png.Encode(f, img)
	f.Close()
	grid, _ := pde.Unit(2, 8)
	p, err := ReadPicture(path, PointShape(grid))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ x, y, want float64 }{{.25, .75, 1}, {.75, .75, 0}, {.25, .25, 0}, {.75, .25, 0}} {
		if got := p[int(8*c.y)*9+int(8*c.x)]; math.Abs(got-c.want) > .01 {
			t.Errorf("g(%g, %g) = %.3f, want %g", c.x, c.y, got, c.want)
		}
	}
	text := filepath.Join(dir, "t.png")
	os.WriteFile(text, []byte("not a picture"), 0o644)
	if _, err := ReadPicture(text, PointShape(grid)); err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("text file: %v, want an error with its name", err)
	}
	if _, err := ReadPicture(filepath.Join(dir, "none.png"), PointShape(grid)); err == nil {
		t.Error("missing file accepted")
	}
	cube, _ := pde.Unit(3, 8)
	if _, err := ReadPicture(path, PointShape(cube)); err == nil || !strings.Contains(err.Error(), "(9, 9, 9)") {
		t.Errorf("picture on a cube: %v, want an error with its size", err)
	}
}

func TestWritePNG(t *testing.T) {
	g, _ := pde.Unit(2, 4)
	f := pde.NewField[float64](g)
	f.Set(1, 3, 0, 1) // left, high
	path := filepath.Join(t.TempDir(), "u.png")
	if err := WritePNG(path, f); err != nil {
		t.Fatal(err)
	}
	file, _ := os.Open(path)
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if w := img.Bounds().Dx(); w < 256 {
		t.Errorf("%d pixels wide, want at least 256", w)
	}
	scale := img.Bounds().Dy() / 5
	r, g1, _, _ := img.At(scale*3/2, scale*3/2).RGBA() // vertex (1, 3) of 0…4, y up
	if r>>8 != 253 || g1>>8 != 231 {
		t.Errorf("the peak has colour %d, %d; want the brightest, 253, 231", r>>8, g1>>8)
	}
}

// In three dimensions it is the plane in the middle, in one the curve.
func TestWritePNGOfOthers(t *testing.T) {
	g, _ := pde.Unit(3, 4)
	f := pde.NewField[float32](g)
	f.Set(1, 3, 2, 1)
	f.Set(2, 2, 1, 9) // in another plane
	img := Image(f)
	if r, g1, _, _ := img.At(1, 1).RGBA(); img.Bounds().Dx() != 5 || img.Bounds().Dy() != 5 || r>>8 != 253 || g1>>8 != 231 {
		t.Errorf("the peak of a %v picture has colour %d, %d; want the brightest, 253, 231", img.Bounds(), r>>8, g1>>8)
	}
	line, _ := pde.Unit(1, 16)
	curve := pde.NewField[float64](line)
	curve.FillInterior(func(x, _, _ float64) float64 { return x * (1 - x) })
	for name, write := range map[string]func(string) error{
		"cube": func(path string) error { return WritePNG(path, f) }, "line": func(path string) error { return WritePNG(path, curve) },
	} {
		path := filepath.Join(t.TempDir(), name+".png")
		if err := write(path); err != nil {
			t.Fatal(err)
		}
		file, _ := os.Open(path)
		defer file.Close()
		if img, err := png.Decode(file); err != nil || img.Bounds().Dx() < 256 {
			t.Errorf("%s: %v", name, err)
		}
	}
	curve.Set(3, 0, 0, math.NaN())
	if err := WritePNG(filepath.Join(t.TempDir(), "nan.png"), curve); err == nil {
		t.Error("a curve with a NaN was drawn")
	}
}

// A file has the shape that its values are indexed by, z first, and holds them
// in that order.
func TestWriteNPY(t *testing.T) {
	for _, n := range [][]int{{2}, {9}, {200}, {2, 2}, {7, 30}, {2, 5, 3}, {4, 2, 11}} {
		g, err := pde.NewGrid(n, []float64{.5, .25, .125}[:len(n)])
		if err != nil {
			t.Fatal(err)
		}
		f := pde.NewField[float64](g)
		f.Randomize(1)
		f.FillBoundary(func(x, y, z float64) float64 { return 1 + x + 10*y + 100*z })
		var shape []int
		var want []float64
		for d := g.Dim() - 1; d >= 0; d-- {
			shape = append(shape, g.N[d]+1)
		}
		for k := 0; k <= g.N[2]; k++ {
			for j := 0; j <= g.N[1]; j++ {
				want = append(want, f.Row(j, k)...)
			}
		}
		r := readNPY(t, f)
		var got []float64
		if err := r.Read(&got); err != nil {
			t.Fatalf("%v: %v", g, err)
		}
		if !slices.Equal(r.Header.Descr.Shape, shape) || !slices.Equal(got, want) {
			t.Errorf("%v: shape %v, want %v; same values %v", g, r.Header.Descr.Shape, shape, slices.Equal(got, want))
		}
		narrow := pde.NewField[float32](g)
		narrow.Randomize(1)
		r = readNPY(t, narrow)
		var want32, got32 []float32
		for k := 0; k <= g.N[2]; k++ {
			for j := 0; j <= g.N[1]; j++ {
				want32 = append(want32, narrow.Row(j, k)...)
			}
		}
		if err := r.Read(&got32); err != nil || !slices.Equal(got32, want32) {
			t.Errorf("%v in float32: %d values, %v", g, len(got32), err)
		}
	}
	g, _ := pde.NewGrid([]int{4, 2}, []float64{.5, .5})
	f := pde.NewField[float64](g)
	f.Set(3, 1, 0, 7)
	var m mat.Dense
	if err := readNPY(t, f).Read(&m); err != nil {
		t.Fatal(err)
	}
	if r, c := m.Dims(); r != 3 || c != 5 || m.At(1, 3) != 7 {
		t.Errorf("%d×%d with %g at (1, 3); want 3×5 with 7", r, c, m.At(1, 3))
	}
}

// readNPY writes a field and opens what was written.
func readNPY[T pde.Real](t *testing.T, f *pde.Field[T]) *npyio.Reader {
	t.Helper()
	path := filepath.Join(t.TempDir(), "u.npy")
	if err := WriteNPY(path, f); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	r, err := npyio.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
