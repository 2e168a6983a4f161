package vision

// Tests of features against their plain definitions.

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// made is a feature whose value at pixel (y, x), channel c, is given by a formula.
func made(t testing.TB, h, w, channels int, value func(y, x, c int) float64) Feature {
	t.Helper()
	values := make([]float32, h*w*channels)
	for i := range values {
		p := i / channels
		values[i] = float32(value(p/w, p%w, i%channels))
	}
	f, err := NewFeature(values, h, w, channels)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// noise is a feature of random values.
func noise(t testing.TB, h, w, channels int) Feature {
	rng := rand.New(rand.NewPCG(uint64(h), uint64(w*channels)))
	return made(t, h, w, channels, func(int, int, int) float64 { return rng.NormFloat64() })
}

// sizes are shapes with borders of all kinds.
var sizes = [][3]int{{1, 1, 1}, {1, 7, 3}, {6, 1, 1}, {2, 2, 3}, {9, 17, 1}, {16, 8, 3}, {33, 20, 1}}

// everyPixel compares a feature with a formula, away from the border by so much.
func everyPixel(t *testing.T, what string, f Feature, inset int, tolerance float64, want func(y, x, c int) float64) {
	t.Helper()
	h, w, channels := f.Size()
	for y := inset; y < h-inset; y++ {
		for x := inset; x < w-inset; x++ {
			for c := range channels {
				if got := float64(f.At(y, x, c)); !(math.Abs(got-want(y, x, c)) <= tolerance) {
					t.Fatalf("%s of %d x %d x %d at (%d, %d, %d): %v, want %v", what, h, w, channels, y, x, c, got, want(y, x, c))
				}
			}
		}
	}
}

// Filter is eq. (12), written as it stands there, with indices that stop at the border.
func TestFilterIsTheSum(t *testing.T) {
	k := Kernel{{1, -2, 3}, {-4, 5, -6}, {7, -8, 9}} // no symmetry that a swapped index could hide behind
	for _, s := range sizes {
		f := noise(t, s[0], s[1], s[2])
		everyPixel(t, "filter", f.Filter(k), 0, 1e-5, func(y, x, c int) float64 {
			sum := 0.0
			for a := -1; a <= 1; a++ {
				for b := -1; b <= 1; b++ {
					sum += k[a+1][b+1] * float64(f.At(min(max(y+a, 0), s[0]-1), min(max(x+b, 0), s[1]-1), c))
				}
			}
			return sum
		})
	}
}

// Sobel sees the slope of a ramp, times 8, in its direction alone, exactly.
func TestSobelOfRamp(t *testing.T) {
	ramp := made(t, 9, 12, 3, func(y, x, c int) float64 { return float64(3*x-4*y) + 100*float64(c) })
	everyPixel(t, "Sobel x", ramp.Filter(SobelX), 1, 0, func(_, _, _ int) float64 { return 24 })
	everyPixel(t, "Sobel y", ramp.Filter(SobelY), 1, 0, func(_, _, _ int) float64 { return -32 })
	everyPixel(t, "Sobel", ramp.Sobel(), 1, 0, func(_, _, _ int) float64 { return 40 })
}

// The Laplacian of a quadratic is its −Δ inside, exactly, and that of a constant 0
// up to the border.
func TestLaplacianOfQuadratic(t *testing.T) {
	f := made(t, 11, 8, 1, func(y, x, _ int) float64 { return float64(2*x*x + 3*y*y - x*y + 5*x - 7) })
	everyPixel(t, "Laplacian", f.Filter(Laplacian), 1, 0, func(_, _, _ int) float64 { return -10 })
	one := made(t, 5, 6, 3, func(_, _, _ int) float64 { return 0.1 })
	for _, k := range []Kernel{Laplacian, SobelX, SobelY} {
		everyPixel(t, "difference of a constant", one.Filter(k), 0, 1e-16, func(_, _, _ int) float64 { return 0 })
	}
}

// Averages keep a constant, bit by bit, and the mean of all pixels: the weights with
// which a pixel enters its own mean and its neighbours' sum to 1 at the border too.
func TestAverage(t *testing.T) {
	for _, s := range sizes {
		one := made(t, s[0], s[1], s[2], func(_, _, c int) float64 { return 0.1 + float64(c) })
		everyPixel(t, "average of a constant", one.Average(20), 0, 0, func(_, _, c int) float64 { return float64(one.At(0, 0, c)) })
		f := noise(t, s[0], s[1], s[2])
		for c := range s[2] {
			if before, after := total(f, c), total(f.Average(7), c); math.Abs(before-after) > 1e-4 {
				t.Errorf("%v: the sum %v becomes %v", s, before, after)
			}
		}
	}
	// One bright pixel becomes a square of ninths; averaged again, a pyramid.
	dot := made(t, 9, 9, 1, func(y, x, _ int) float64 { return b2f(y == 4 && x == 4) })
	hat := func(k int) float64 { return float64(max(0, 3-max(k-4, 4-k))) }
	everyPixel(t, "dot averaged twice", dot.Average(2), 0, 1e-8, func(y, x, _ int) float64 { return hat(y) * hat(x) / 81 })
}

func b2f(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// total is the sum of a channel.
func total(f Feature, c int) (sum float64) {
	for y := range f.height {
		for x := range f.width {
			sum += float64(f.At(y, x, c))
		}
	}
	return sum
}

// What the lectures call Laplacian of Gaussian, from its three steps written out.
func TestLaplacianOfGaussian(t *testing.T) {
	f := noise(t, 10, 13, 3)
	positive := func(y, x, c int) float64 {
		at := func(y, x int) float64 { return float64(f.At(min(max(y, 0), 9), min(max(x, 0), 12), c)) }
		y, x = min(max(y, 0), 9), min(max(x, 0), 12)
		return max(0, 4*at(y, x)-at(y-1, x)-at(y+1, x)-at(y, x-1)-at(y, x+1))
	}
	everyPixel(t, "Laplacian of Gaussian", f.LaplacianOfGaussian(), 0, 1e-5, func(y, x, c int) float64 {
		sum := 0.0
		for a := -1; a <= 1; a++ {
			for b := -1; b <= 1; b++ {
				sum += positive(y+a, x+b, c)
			}
		}
		return sum / 9
	})
}

// P_l f is the L2 projection: it lies in V_l, and f − P_l f is orthogonal to every
// function of V_l, of which the blocks' indicators are a basis.
func TestPiecewiseConstantIsProjection(t *testing.T) {
	for _, s := range sizes {
		f := noise(t, s[0], s[1], s[2])
		for level := 1; level <= f.Levels(); level++ {
			p := f.PiecewiseConstant(level)
			block := 1 << (level - 1)
			type at struct{ y, x, c int }
			value, inner := map[at]float32{}, map[at]float64{}
			for y := range s[0] {
				for x := range s[1] {
					for c := range s[2] {
						b := at{y / block, x / block, c}
						if v, ok := value[b]; ok && v != p.At(y, x, c) {
							t.Fatalf("%v, level %d: not constant on block %v", s, level, b)
						}
						value[b] = p.At(y, x, c)
						inner[b] += float64(f.At(y, x, c) - p.At(y, x, c))
					}
				}
			}
			for b, v := range inner {
				if math.Abs(v) > 1e-4 {
					t.Errorf("%v, level %d: f − P f has the product %v with block %v", s, level, v, b)
				}
			}
			if rows, columns := f.Blocks(level); rows*columns*s[2] != len(value) {
				t.Errorf("%v, level %d: %d x %d blocks, but there are %d", s, level, rows, columns, len(value))
			}
		}
	}
}

// The spaces are nested: V_k of V_l is V_k for k > l. The coarsest has one block.
func TestPiecewiseConstantNested(t *testing.T) {
	for _, s := range sizes {
		f := noise(t, s[0], s[1], s[2])
		for l := 1; l <= f.Levels(); l++ {
			for k := l; k <= f.Levels(); k++ {
				once := f.PiecewiseConstant(k)
				everyPixel(t, "projection of a projection", f.PiecewiseConstant(l).PiecewiseConstant(k), 0, 1e-6, func(y, x, c int) float64 { return float64(once.At(y, x, c)) })
			}
		}
		if rows, columns := f.Blocks(f.Levels()); rows != 1 || columns != 1 {
			t.Errorf("%v: %d x %d blocks on the coarsest of %d grids", s, rows, columns, f.Levels())
		}
	}
	// 2^s × 2^t pixels have levels of 2^(s−l+1) × 2^(t−l+1) blocks.
	f := made(t, 32, 16, 1, func(_, _, _ int) float64 { return 0 })
	if rows, columns := f.Blocks(4); f.Levels() != 6 || rows != 4 || columns != 2 {
		t.Errorf("32 x 16 pixels: %d grids, the fourth of %d x %d", f.Levels(), rows, columns)
	}
}

func TestGrey(t *testing.T) {
	f := made(t, 2, 3, 3, func(y, x, c int) float64 { return []float64{0.25, 0.5, 0.75}[c] })
	everyPixel(t, "grey", f.Grey(), 0, 1e-7, func(_, _, _ int) float64 { return 0.299*0.25 + 0.587*0.5 + 0.114*0.75 })
}

// Signed features are drawn with 0 as mid-grey, whatever their values.
func TestFeaturesPicture(t *testing.T) {
	f := made(t, 8, 8, 3, func(y, x, _ int) float64 { return b2f(x >= 4 && y >= 2) })
	list, err := Features(f, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range list {
		names = append(names, n.Name)
	}
	want := "image sobel-x sobel-y sobel laplacian laplacian-relu laplacian-of-gaussian mean grid-1 grid-2 grid-3 grid-4"
	if got := strings.Join(names, " "); got != want {
		t.Fatalf("features %s, want %s", got, want)
	}
	x := list[1]
	if x.Black != -x.White || x.White != 4 {
		t.Errorf("Sobel x of a step is shown from %v to %v, want -4 to 4", x.Black, x.White)
	}
	p := x.Picture().(*image.Gray)
	if flat, edge := p.GrayAt(0, 5).Y, p.GrayAt(4, 5).Y; flat != 128 || edge != 255 {
		t.Errorf("where nothing is it is %d, and the edge is %d; want 128 and 255", flat, edge)
	}
	if flat := list[3].Picture().(*image.Gray).GrayAt(0, 0).Y; flat != 0 {
		t.Errorf("the length of no gradient is %d, want 0", flat)
	}
	// An image without anything to see still has a scale.
	black, err := Features(made(t, 1, 1, 1, func(_, _, _ int) float64 { return 0 }), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range black {
		if !(n.White > n.Black) {
			t.Errorf("%s of a black pixel is shown from %v to %v", n.Name, n.Black, n.White)
		}
	}
}

// Bytes come back from a picture of the image.
func TestFeatureOfDataset(t *testing.T) {
	for _, channels := range []int{1, 3} {
		d := tiny(2, 5, 6, channels)
		f, err := d.Feature(1)
		if err != nil {
			t.Fatal(err)
		}
		p := f.Picture(0, 1)
		for y := range 5 {
			for x := range 6 {
				if got, want := color.NRGBAModel.Convert(p.At(x, y)), color.NRGBAModel.Convert(d.Picture(1).At(x, y)); got != want {
					t.Fatalf("pixel (%d, %d) is %v, want %v", y, x, got, want)
				}
			}
		}
	}
}

// A picture keeps its proportions; a small one its pixels.
func TestReadFeature(t *testing.T) {
	grey := image.NewGray16(image.Rect(0, 0, 4, 4))
	dir := writeAll(t, map[string][]byte{
		"wide": pngOf(t, filled(300, 200, color.NRGBA{200, 100, 50, 255})),
		"line": pngOf(t, filled(300, 1, color.NRGBA{200, 100, 50, 255})),
		"grey": pngOf(t, grey),
	})
	for _, c := range []struct {
		file    string
		longest int
		want    [3]int
	}{{"wide", 60, [3]int{40, 60, 3}}, {"wide", 1000, [3]int{200, 300, 3}}, {"line", 30, [3]int{1, 30, 3}}, {"grey", 4, [3]int{4, 4, 1}}} {
		f, err := ReadFeature(filepath.Join(dir, c.file), c.longest)
		if err != nil {
			t.Fatal(err)
		}
		if h, w, ch := f.Size(); [3]int{h, w, ch} != c.want {
			t.Errorf("%s with at most %d pixels is %d x %d x %d, want %v", c.file, c.longest, h, w, ch, c.want)
		}
		if c.file == "wide" {
			everyPixel(t, "one colour", f, 0, 1.01/255, func(_, _, c int) float64 { return []float64{200, 100, 50}[c] / 255 })
		}
	}
}

// A sheet shows every pixel of a small picture as a square, and refuses what would
// fill the memory.
func TestSheet(t *testing.T) {
	small := filled(2, 4, color.NRGBA{255, 0, 0, 255})
	sheet, err := Sheet(2, []Tile{{Picture: small, Label: "red", Note: ""}, {Picture: small, Label: strings.Repeat("a long label ", 99), Note: "with a note"}, {Picture: small, Label: "", Note: ""}})
	if err != nil {
		t.Fatal(err)
	}
	red, dark := 0, 0
	size := sheet.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			switch c := color.NRGBAModel.Convert(sheet.At(x, y)).(color.NRGBA); {
			case c == color.NRGBA{255, 0, 0, 255}:
				red++
			case c.R < 128:
				dark++
			}
		}
	}
	if want := 3 * 80 * 160; red != want {
		t.Errorf("%d pixels are red, want %d: three pictures of 2×4, each pixel 40×40", red, want)
	}
	if dark == 0 {
		t.Error("a label is not drawn")
	}
	if size.X > 1100 {
		t.Errorf("a long label makes a sheet of %v", size)
	}
	for _, tiles := range [][]Tile{nil, {{Picture: nil, Label: "", Note: ""}}, {{Picture: image.NewGray(image.Rect(0, 0, 0, 5)), Label: "", Note: ""}}, slices.Repeat([]Tile{{Picture: image.NewGray(image.Rect(0, 0, 5000, 5000)), Label: "", Note: ""}}, 3)} {
		if _, err := Sheet(2, tiles); err == nil {
			t.Errorf("%d tiles make a sheet", len(tiles))
		}
	}
}

func TestFeatureErrors(t *testing.T) {
	nan := float32(math.NaN())
	good := made(t, 3, 5, 1, func(_, _, _ int) float64 { return 1 })
	d := tiny(1, 2, 2, 1)
	of := func(_ any, err error) error { return err }
	for want, err := range map[string]error{
		"0 x 3":                   of(NewFeature(nil, 0, 3, 1)),
		"2 channels":              of(NewFeature(make([]float32, 8), 2, 2, 2)),
		"5 values":                of(NewFeature(make([]float32, 5), 2, 2, 1)),
		"NaN at pixel (1, 0)":     of(NewFeature([]float32{0, 0, nan, 0}, 2, 2, 1)),
		"product at most":         of(NewFeature(nil, 1<<40, 1<<40, 1)),
		"image 1 of":              of(d.Feature(1)),
		"averaged 0 times":        of(Features(good, 0, 1)),
		"on 5 grids; want 1 to 4": of(Features(good, 1, 5)),
		"on 0 grids":              of(Features(good, 1, 0)),
		"at most 0 pixels":        of(ReadFeature("x.png", 0)),
		"none.png":                of(ReadFeature(filepath.Join(t.TempDir(), "none.png"), 9)),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one with %q", err, want)
		}
	}
}
