package mask

// Pictures of simple shapes, to learn and to test from.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"mgtool/internal/atomicfile"
	"mgtool/internal/parallel"
	"mgtool/source"
)

// shapeNames are the classes of the pixels of [Shapes], in the order of their values.
var shapeNames = []string{"background", "circle", "square", "triangle"}

// Shapes describes colour pictures of one to four circles, squares and triangles, turned
// and of any colour, later ones in front of earlier ones, on a textured background, with
// noise; and their masks, in which the background is 0 and the shapes are 1, 2 and 3. No
// colour tells a class: the form does. A picture is a function of the seed and its number.
type Shapes struct {
	Train int    `json:"train"` // number of pictures to learn from
	Test  int    `json:"test"`  // and to test with
	Size  int    `json:"size"`  // pixels a side
	Seed  uint64 `json:"seed"`
}

// Validate reports the first invalid value.
func (s Shapes) Validate() error {
	switch {
	case s.Train < 1 || s.Test < 1 || s.Train > 1_000_000 || s.Test > 1_000_000:
		return fmt.Errorf("mask: %d pictures to learn from and %d to test with; want 1 to 1000000 of each", s.Train, s.Test)
	case s.Size < 16 || s.Size > 1024:
		return fmt.Errorf("mask: pictures of %d×%d; want 16 to 1024 a side", s.Size, s.Size)
	}
	return nil
}

// Write makes the folder dir: train and test with images and masks, classes.txt, and
// shapes.json, which holds s. The folder appears when it is whole; anything there but an
// empty folder is an error, fs.ErrExist. report, if not nil, is called after each picture.
func (s Shapes) Write(ctx context.Context, dir string, report func(done, all int)) (err error) {
	if err := s.Validate(); err != nil {
		return err
	}
	dir = filepath.Clean(dir)
	if err := free(dir); err != nil { // before the work
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return fmt.Errorf("mask: %w", err)
	}
	temporary, err := os.MkdirTemp(filepath.Dir(dir), ".shapes-")
	if err != nil {
		return fmt.Errorf("mask: %w", err)
	}
	defer os.RemoveAll(temporary)
	partial := filepath.Join(temporary, "shapes") // with the permissions of any folder
	done := 0
	for p, part := range []string{"train", "test"} {
		for _, sub := range []string{"images", "masks"} {
			if err := os.MkdirAll(filepath.Join(partial, part, sub), 0o777); err != nil {
				return fmt.Errorf("mask: %w", err)
			}
		}
		count := []int{s.Train, s.Test}[p]
		const some = 64 // pictures between two reports
		for first := 0; first < count; first += some {
			if err := ctx.Err(); err != nil {
				return err
			}
			n := min(some, count-first)
			errs := make([]error, n)
			parallel.Each(n, func(_, i int) {
				img, m := s.picture(p, first+i)
				name := fmt.Sprintf("%06d.png", first+i)
				errs[i] = errors.Join(
					writePNG(filepath.Join(partial, part, "images", name), img),
					writePNG(filepath.Join(partial, part, "masks", name), m))
			})
			if err := errors.Join(errs...); err != nil {
				return err
			}
			if done += n; report != nil {
				report(done, s.Train+s.Test)
			}
		}
	}
	about, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("mask: %w", err)
	}
	for name, text := range map[string]string{namesFile: strings.Join(shapeNames, "\n") + "\n", "shapes.json": string(about) + "\n"} {
		err := atomicfile.Write(filepath.Join(partial, name), func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
		if err != nil {
			return fmt.Errorf("mask: %w", err)
		}
	}
	if err := free(dir); err != nil { // and again: much may have happened since
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty folder, in whose place none can be moved
		return fmt.Errorf("mask: %w", err)
	}
	if err := os.Rename(partial, dir); err != nil {
		return fmt.Errorf("mask: %w", err)
	}
	return nil
}

// free is an error, fs.ErrExist, if there is something at a path that is no empty folder.
func free(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("mask: %w", err)
	case info.IsDir():
		list, err := os.ReadDir(path)
		if err != nil {
			return fmt.Errorf("mask: %w", err)
		}
		if len(list) == 0 {
			return nil
		}
	}
	return fmt.Errorf("mask: %s: %w and is not an empty folder; want a new one", path, fs.ErrExist)
}

// shape is one of a picture, around a centre.
type shape struct {
	class      int // of shapeNames
	x, y, r    float64
	sin, cos   float64
	colour     [3]float64
	wx, wy, sw float64 // a wave over it, and its strength
}

// covers reports whether a point is in the shape. All three kinds have about the same area.
func (s shape) covers(x, y float64) bool {
	x, y = x-s.x, y-s.y
	x, y = s.cos*x+s.sin*y, s.cos*y-s.sin*x
	switch s.class {
	case 1:
		return x*x+y*y <= s.r*s.r
	case 2:
		const half = .886 // √π/2
		return max(math.Abs(x), math.Abs(y)) <= half*s.r
	}
	const inner = .778 // radius of the inscribed circle of an equilateral triangle with area π
	return y <= inner*s.r && math.Abs(x)*math.Sqrt(3)-y <= 2*inner*s.r
}

// picture makes a picture of part p, 0 to learn from or 1 to test with, and its mask.
func (s Shapes) picture(p, number int) (*image.RGBA, *image.Paletted) {
	rng := rand.New(rand.NewPCG(source.Mix(s.Seed), source.Mix(uint64(2*number+p))))
	size := float64(s.Size)
	colour := func() (c [3]float64) {
		for i := range c {
			c[i] = 40 + 175*rng.Float64()
		}
		return c
	}
	ground := colour()
	type wave struct{ x, y, phase, strength float64 }
	var waves [4]wave
	for i := range waves {
		angle, length := 2*math.Pi*rng.Float64(), size/(1+7*rng.Float64())
		k := 2 * math.Pi / length
		waves[i] = wave{k * math.Cos(angle), k * math.Sin(angle), 2 * math.Pi * rng.Float64(), 4 + 10*rng.Float64()}
	}
	list := make([]shape, 1+rng.IntN(4))
	for i := range list {
		h := &list[i]
		h.class, h.r = 1+rng.IntN(3), size*(.09+.13*rng.Float64())
		h.x, h.y = size*(.1+.8*rng.Float64()), size*(.1+.8*rng.Float64())
		h.sin, h.cos = math.Sincos(2 * math.Pi * rng.Float64())
		for range 20 { // until it differs from the background
			h.colour = colour()
			far := 0.
			for c := range ground {
				far += math.Abs(h.colour[c] - ground[c])
			}
			if far > 120 {
				break
			}
		}
		h.wx, h.wy, h.sw = 20/size*rng.NormFloat64(), 20/size*rng.NormFloat64(), 15*rng.Float64()
	}
	img := image.NewRGBA(image.Rect(0, 0, s.Size, s.Size))
	palette := color.Palette{}
	for k := range shapeNames {
		palette = append(palette, classColor(k))
	}
	m := image.NewPaletted(img.Rect, palette)
	const noise = 10
	for y := range s.Size {
		for x := range s.Size {
			px, py := float64(x)+.5, float64(y)+.5
			c, light := ground, 0.
			for _, w := range waves {
				light += w.strength * math.Sin(w.x*px+w.y*py+w.phase)
			}
			class := 0
			for _, h := range list {
				if h.covers(px, py) {
					class, c, light = h.class, h.colour, h.sw*math.Sin(h.wx*px+h.wy*py)
				}
			}
			at := img.PixOffset(x, y)
			for i := range 3 {
				img.Pix[at+i] = uint8(min(255, max(0, math.Round(c[i]+light+noise*rng.NormFloat64()))))
			}
			img.Pix[at+3] = 255
			m.SetColorIndex(x, y, uint8(class))
		}
	}
	return img, m
}
