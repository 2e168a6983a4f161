package file

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"mgtool/pde"
)

func pngFile(t *testing.T, img image.Image) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "p.png")
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// A picture with a pixel for each vertex is taken as it is, to all its 16 bits.
func TestPicturePixelForVertex(t *testing.T) {
	const n = 64
	r := rand.New(rand.NewPCG(1, 1))
	img := image.NewGray16(image.Rect(0, 0, n+1, n+1))
	for y := range n + 1 {
		for x := range n + 1 {
			img.SetGray16(x, y, color.Gray16{uint16(r.Uint32())})
		}
	}
	grid, _ := pde.Unit(2, n)
	p, err := ReadPicture(pngFile(t, img), PointShape(grid))
	if err != nil {
		t.Fatal(err)
	}
	for y := range n + 1 {
		for x := range n + 1 {
			got, want := p[(n-y)*(n+1)+x], float64(img.Gray16At(x, y).Y)/65535
			if math.Abs(got-want) > 1e-13 {
				t.Fatalf("vertex (%d, %d): %g, want %g", x, n-y, got, want)
			}
		}
	}
}

// Transparent counts as black, as the documentation says.
func TestPictureTransparent(t *testing.T) {
	grid, _ := pde.Unit(2, 8)
	for alpha, want := range map[uint8]float64{0: 0, 128: 0.502, 255: 1} {
		img := image.NewNRGBA(image.Rect(0, 0, 9, 9))
		for i := range img.Pix {
			img.Pix[i] = 255
			if i%4 == 3 {
				img.Pix[i] = alpha
			}
		}
		p, err := ReadPicture(pngFile(t, img), PointShape(grid))
		if err != nil {
			t.Fatal(err)
		}
		if got := p[4*9+4]; math.Abs(got-want) > 5e-4 {
			t.Errorf("white of alpha %d is %g, want %g", alpha, got, want)
		}
	}
}

// A photograph of a camera that was turned by 90° stands upright: white below.
func TestPictureUpright(t *testing.T) {
	p := image.NewGray(image.Rect(0, 0, 32, 16))
	for y := range 16 {
		for x := 16; x < 32; x++ {
			p.SetGray(x, y, color.Gray{255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	exif := "\xff\xe1\x00\x22Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"
	path := filepath.Join(t.TempDir(), "p.jpg")
	os.WriteFile(path, slices.Concat(b.Bytes()[:2], []byte(exif), b.Bytes()[2:]), 0o666)
	grid, _ := pde.Unit(2, 16)
	values, err := ReadPicture(path, PointShape(grid))
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 8, 16} {
		if below, above := values[4*17+i], values[12*17+i]; below < .99 || above > .01 {
			t.Errorf("vertex %d: %g below, %g above; want 1 and 0", i, below, above)
		}
	}
}

// The memory of a picture of whatever shape is of the order of picture and grid.
func TestPictureLong(t *testing.T) {
	grid, _ := pde.Unit(2, 256)
	for _, size := range []image.Point{{1, 300_000}, {300_000, 1}, {3, 100_000}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			img := image.NewGray(image.Rectangle{Max: size})
			for i := range img.Pix {
				img.Pix[i] = 51 // 0.2
			}
			path := pngFile(t, img)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			p, err := ReadPicture(path, PointShape(grid))
			runtime.ReadMemStats(&after)
			if err != nil {
				t.Fatal(err)
			}
			if got := p[128*257+128]; math.Abs(got-.2) > 1e-4 {
				t.Errorf("g = %g, want 0.2", got)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 16<<20 {
				t.Errorf("%d bytes for %d pixels and %d vertices", got, size.X*size.Y, grid.Vertices())
			}
		})
	}
}
