package pde

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio"
	"gonum.org/v1/gonum/mat"
)

// −Δ of the exact solution is g: a central difference of order two at random
// points. Its error is h²/12 times fourth derivatives, here up to 4e4 (peak).
func TestCatalogueIsConsistent(t *testing.T) {
	const h = 1e-3
	for _, p := range Catalogue() {
		if p.Exact == nil {
			continue
		}
		for _, at := range [][2]float64{{.31, .62}, {.5, .5}, {.9, .2}, {.123, .877}} {
			x, y := at[0], at[1]
			u := p.Exact
			lap := (4*u(x, y) - u(x-h, y) - u(x+h, y) - u(x, y-h) - u(x, y+h)) / (h * h)
			if g := p.G(x, y); math.Abs(lap-g) > 1e-2 {
				t.Errorf("%s at (%g, %g): −Δu = %.6f, g = %.6f", p.Name, x, y, lap, g)
			}
		}
		b := p.Boundary
		if b == nil {
			b = func(_, _ float64) float64 { return 0 }
		}
		for _, s := range []float64{0, .25, 1} {
			for _, at := range [][2]float64{{s, 0}, {s, 1}, {0, s}, {1, s}} {
				if d := p.Exact(at[0], at[1]) - b(at[0], at[1]); math.Abs(d) > 1e-15 {
					t.Errorf("%s: boundary value at %v is off by %g", p.Name, at, d)
				}
			}
		}
	}
}

// The matrix-free operator equals the assembled one, to a few roundings of the
// largest entry 4/h².
func TestApplyIsAssembled(t *testing.T) {
	for _, g := range []Grid{{2, 2, .5}, {5, 5, .2}, {8, 6, .125}, {7, 30, .1}} {
		u, f := NewField(g), NewField(g)
		u.Randomize(1)
		Apply(f, u)
		a := Assemble(g)
		want := make([]float64, g.Unknowns())
		a.MulVecTo(want, false, u.Interior())
		for i, v := range f.Interior() {
			if math.Abs(v-want[i]) > 1e-14/(g.H*g.H) {
				t.Fatalf("%v: row %d is %.12f, assembled %.12f", g, i, v, want[i])
			}
		}
		if g.Unknowns() < 100 && !mat.Equal(a, a.T()) {
			t.Errorf("%v: not symmetric", g)
		}
		// g − A u with data g = A u of its own is zero, bit for bit.
		r := NewField(g)
		Residual(r, u, f)
		for i, v := range r.Interior() {
			if v != 0 {
				t.Fatalf("%v: residual %d of an exact solution is %g", g, i, v)
			}
		}
	}
}

// A stencil is centred and not flipped: an impulse against each entry.
func TestAddStencil(t *testing.T) {
	g, _ := UnitSquare(4)
	k := Stencil{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}
	x, y := NewField(g), NewField(g)
	x.Set(2, 2, 1)
	AddStencil(y, k.Scale(2), x)
	for j := 1; j <= 3; j++ {
		for i := 1; i <= 3; i++ {
			// y(i,j) sees the impulse at offset (2−i, 2−j).
			if want := 2 * k[1+2-j][1+2-i]; y.At(i, j) != want {
				t.Errorf("(%d,%d) is %g, want %g", i, j, y.At(i, j), want)
			}
		}
	}
}

// The transfinite interpolant reproduces its boundary, and every bilinear
// function, and has no residual jump at the boundary.
func TestExtendBoundary(t *testing.T) {
	g, _ := UnitSquare(16)
	f := NewField(g)
	bilinear := func(x, y float64) float64 { return 1 + 2*x - 3*y + 4*x*y }
	f.FillBoundary(bilinear)
	f.ExtendBoundary()
	if _, worst := f.Errors(bilinear); worst > 1e-14 {
		t.Errorf("a bilinear function is off by %g", worst)
	}
	// x² + sin y: of the form a(x) + b(y), which the interpolant reproduces too.
	sum := func(x, y float64) float64 { return x*x + math.Sin(y) }
	f.FillBoundary(sum)
	f.ExtendBoundary()
	if _, worst := f.Errors(sum); worst > 1e-14 {
		t.Errorf("a(x) + b(y) is off by %g", worst)
	}
}

func TestErrors(t *testing.T) {
	g, _ := UnitSquare(4) // 9 unknowns, h = 1/4
	f := NewField(g)
	f.FillBoundary(func(_, _ float64) float64 { return 100 }) // must not count
	f.FillInterior(func(_, _ float64) float64 { return 2 })
	f.Set(2, 1, -1)
	l2, worst := f.Errors(func(_, _ float64) float64 { return 2 })
	if l2 != .75 || worst != 3 {
		t.Errorf("errors %g, %g; want 0.75, 3", l2, worst)
	}
	f.Set(1, 1, math.NaN())
	if _, worst := f.Errors(func(_, _ float64) float64 { return 2 }); !math.IsNaN(worst) {
		t.Errorf("largest error %g, want NaN", worst)
	}
}

func TestRandomizeIsSeeded(t *testing.T) {
	g, _ := UnitSquare(8)
	a, b, c := NewField(g), NewField(g), NewField(g)
	a.Randomize(7)
	b.Randomize(7)
	c.Randomize(8)
	if fmt.Sprint(a.Data) != fmt.Sprint(b.Data) || fmt.Sprint(a.Data) == fmt.Sprint(c.Data) {
		t.Error("the values are not a function of the seed")
	}
}

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
	grid, _ := UnitSquare(8)
	p, err := Picture(path, grid)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ x, y, want float64 }{{.25, .75, 1}, {.75, .75, 0}, {.25, .25, 0}, {.75, .25, 0}} {
		if got := p.G(c.x, c.y); math.Abs(got-c.want) > .01 {
			t.Errorf("g(%g, %g) = %.3f, want %g", c.x, c.y, got, c.want)
		}
	}
	text := filepath.Join(dir, "t.png")
	os.WriteFile(text, []byte("not a picture"), 0o644)
	if _, err := Picture(text, grid); err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("text file: %v, want an error with its name", err)
	}
	if _, err := Picture(filepath.Join(dir, "none.png"), grid); err == nil {
		t.Error("missing file accepted")
	}
}

func TestWritePNG(t *testing.T) {
	g, _ := UnitSquare(4)
	f := NewField(g)
	f.Set(1, 3, 1) // left, high
	path := filepath.Join(t.TempDir(), "u.png")
	if err := f.WritePNG(path); err != nil {
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
	scale := img.Bounds().Dx() / 5
	r, g1, _, _ := img.At(scale*3/2, scale*3/2).RGBA() // vertex (1, 3) of 0…4, y up
	if r>>8 != 250 || g1>>8 != 240 {
		t.Errorf("the peak has colour %d, %d; want the brightest, 250, 240", r>>8, g1>>8)
	}
}

func TestBadInput(t *testing.T) {
	if _, err := Lookup("sines"); err == nil || !strings.Contains(err.Error(), "sine, briggs") {
		t.Errorf("unknown problem: %v, want the list of known ones", err)
	}
	for _, n := range []int{-1, 0, 1, MaxCells + 1} {
		if _, err := UnitSquare(n); err == nil {
			t.Errorf("n = %d accepted", n)
		}
	}
}

func ExampleProblem_Discretize() {
	problem, _ := Lookup("briggs")
	grid, _ := UnitSquare(16)
	u, g := problem.Discretize(grid)
	fmt.Println(grid, "with", grid.Unknowns(), "unknowns")
	fmt.Printf("g in the middle %.2f, u there %g\n", g.At(8, 8), u.At(8, 8))
	// Output:
	// 16×16 cells with 225 unknowns
	// g in the middle -0.38, u there 0
}

func ExampleAssemble() {
	grid, _ := UnitSquare(4)
	a := Assemble(grid)
	r, c := a.Dims()
	fmt.Println(r, "by", c, "with", a.NNZ(), "entries, diagonal", a.At(4, 4))
	// Output: 9 by 9 with 33 entries, diagonal 64
}

func TestWriteNPY(t *testing.T) {
	f := NewField(Grid{Nx: 4, Ny: 2, H: .5})
	f.Set(3, 1, 7)
	path := filepath.Join(t.TempDir(), "u.npy")
	if err := f.WriteNPY(path); err != nil {
		t.Fatal(err)
	}
	file, _ := os.Open(path)
	defer file.Close()
	var m mat.Dense
	if err := npyio.Read(file, &m); err != nil {
		t.Fatal(err)
	}
	if r, c := m.Dims(); r != 3 || c != 5 || m.At(1, 3) != 7 {
		t.Errorf("%d×%d with %g at (1, 3); want 3×5 with 7", r, c, m.At(1, 3))
	}
}
