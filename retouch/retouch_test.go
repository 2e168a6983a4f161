package retouch

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

var ctx = context.Background()

// someGrey is a picture of 16 bits in which neighbours differ by a few per cent of white.
func someGrey(w, h int, seed uint64) *image.Gray16 {
	r := rand.New(rand.NewPCG(seed, 21))
	img := image.NewGray16(image.Rect(0, 0, w, h))
	a, b := 1+3*r.Float64(), 1+3*r.Float64()
	for y := range h {
		for x := range w {
			v := .5 + .2*math.Sin(a*float64(x)/float64(w)+b*float64(y)/float64(h)) + .1*(r.Float64()-.5)
			img.SetGray16(x, y, color.Gray16{Y: uint16(white * v)})
		}
	}
	return img
}

// drawn is a mask of the pixels where in holds.
func drawn(w, h int, in func(x, y int) bool) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			if in(x, y) {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return img
}

// masks are of every kind: irregular, thin, in parts, at the border.
func masks(w, h int) map[string]*image.Gray {
	r := rand.New(rand.NewPCG(5, 21))
	some := make([]bool, w*h)
	for n := range some {
		some[n] = r.Float64() < .7
	}
	return map[string]*image.Gray{
		"a pixel":               drawn(w, h, func(x, y int) bool { return x == 4 && y == 7 }),
		"a corner":              drawn(w, h, func(x, y int) bool { return x == w-1 && y == h-1 }),
		"disk":                  drawn(w, h, func(x, y int) bool { return (x-w/2)*(x-w/2)+(y-h/2)*(y-h/2) < h*h/5 }),
		"noise":                 drawn(w, h, func(x, y int) bool { return some[y*w+x] }),
		"two parts":             drawn(w, h, func(x, y int) bool { return (x+y)%h < 5 && x != w/2 }),
		"a line":                drawn(w, h, func(_, y int) bool { return y == 3 }),
		"left half":             drawn(w, h, func(x, _ int) bool { return x < w/2 }),
		"right and below":       drawn(w, h, func(x, y int) bool { return x+y > h }),
		"all but a pixel":       drawn(w, h, func(x, y int) bool { return x != 2 || y != 3 }),
		"all but a lone island": drawn(w, h, func(x, y int) bool { return x != w-1 || y != 0 }),
	}
}

// direct solves Σ_q (f_p − f_q) = Σ_q v_pq by elimination; where the mask is everything, f
// has the mean of t.
func direct(t *testing.T, pic *image.Gray16, in []bool, v differences) []float64 {
	t.Helper()
	w, h := pic.Rect.Dx(), pic.Rect.Dy()
	n := w * h
	a, b := mat.NewDense(n, n, nil), mat.NewVecDense(n, nil)
	whole := true
	for y := range h {
		for x := range w {
			p := y*w + x
			if !in[p] {
				whole = false
				a.Set(p, p, 1)
				b.SetVec(p, float64(pic.Gray16At(x, y).Y))
				continue
			}
			for _, q := range []point{{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}} {
				if q.x < 0 || q.y < 0 || q.x >= w || q.y >= h {
					continue
				}
				a.Set(p, p, a.At(p, p)+1)
				a.Set(p, q.y*w+q.x, -1)
				b.SetVec(p, b.AtVec(p)+v(point{x, y}, q))
			}
		}
	}
	if whole { // the first equation follows from the others
		sum := 0.0
		for p := range n {
			a.Set(0, p, 1)
			sum += float64(pic.Gray16At(p%w, p/w).Y)
		}
		b.SetVec(0, sum)
	}
	var f mat.VecDense
	if err := f.SolveVec(a, b); err != nil {
		t.Fatal(err)
	}
	return f.RawVector().Data
}

// The unrounded solution is that of elimination, and the error that is reported bounds
// the error that there is, for every kind of mask.
func TestSolutionIsThatOfElimination(t *testing.T) {
	for _, size := range [][2]int{{37, 23}, {19, 40}, {50, 11}} {
		w, h := size[0], size[1]
		pic, other := someGrey(w, h, 1), planesOf(someGrey(w, h, 2)).channels[0]
		v := func(p, q point) float64 { return float64(other[p.y*w+p.x]) - float64(other[q.y*w+q.x]) }
		all := masks(w, h)
		all["everything"] = drawn(w, h, func(_, _ int) bool { return true })
		for name, mask := range all {
			t.Run(fmt.Sprintf("%s of %d×%d", name, w, h), func(t *testing.T) {
				in := maskOf(mask)
				want := direct(t, pic, in, v)
				r, err := newRegion(in, w, h)
				if err != nil {
					t.Fatal(err)
				}
				report := &Report{}
				e, err := r.channel(ctx, planesOf(pic).channels[0], v, report)
				if err != nil {
					t.Fatal(err)
				}
				worst := 0.0
				for j := range r.height {
					for i := range r.width {
						x, y := r.x+i, r.y+j
						f := float64(pic.Gray16At(x, y).Y)/white + e.At(r.column(i), r.row(j), 0)
						worst = max(worst, math.Abs(f-want[y*w+x]/white))
					}
				}
				if worst > wanted || worst > report.Precision+1e-13 {
					t.Errorf("f is off by %.2g; want at most %.2g and what is reported, %.2g", worst, wanted, report.Precision)
				}
				if report.Cycles > 20 {
					t.Errorf("%d cycles; want at most 20", report.Cycles)
				}
			})
		}
	}
}

// A large picture of which the mask was spoilt comes back from its own
// differences, to the last bit of 16, and in few cycles.
func TestSpoiltPictureComesBack(t *testing.T) {
	w, h := 801, 571
	pic := someGrey(w, h, 3)
	for name, in := range map[string]func(x, y int) bool{
		"blobs": func(x, y int) bool {
			s, u := float64(x)/float64(w), float64(y)/float64(h)
			return math.Sin(13*s+3*u)*math.Sin(17*u-5*s*s)+.3*math.Sin(91*s)*math.Sin(77*u) > 0
		},
		"disk":            func(x, y int) bool { return (x-w/2)*(x-w/2)+(y-h/2)*(y-h/2) < h*h/5 },
		"all but a pixel": func(x, y int) bool { return x != 77 || y != 99 },
		"everything":      func(_, _ int) bool { return true },
	} {
		t.Run(name, func(t *testing.T) {
			spoilt := image.NewGray16(pic.Rect)
			copy(spoilt.Pix, pic.Pix)
			for y := range h {
				for x := range w {
					if in(x, y) {
						spoilt.SetGray16(x, y, pic.Gray16At(w-1-x, h-1-y)) // of the same mean
					}
				}
			}
			got, report, err := Clone(ctx, spoilt, pic, drawn(w, h, in), image.Point{}, false)
			if err != nil {
				t.Fatal(err)
			}
			if bad := differing(got, pic); bad > 0 {
				t.Errorf("%d pixels of %d differ", bad, report.Pixels)
			}
			if report.Cycles > 20 {
				t.Errorf("%d cycles; want at most 20", report.Cycles)
			}
		})
	}
}

// differing counts the pixels that are not the same.
func differing(a, b image.Image) (count int) {
	box := b.Bounds()
	for y := range box.Dy() {
		for x := range box.Dx() {
			if a.At(x, y) != b.At(box.Min.X+x, box.Min.Y+y) {
				count++
			}
		}
	}
	return count
}

// A copy of a picture into itself changes nothing, whatever the kind of picture.
func TestCloneIntoItself(t *testing.T) {
	const w, h = 31, 26
	r := rand.New(rand.NewPCG(4, 21))
	pictures := map[string]image.Image{"grey, 16 bits": someGrey(w, h, 1)}
	grey, colours, deep := image.NewGray(image.Rect(0, 0, w, h)), image.NewNRGBA(image.Rect(0, 0, w, h)), image.NewNRGBA64(image.Rect(0, 0, w, h))
	for i := range grey.Pix {
		grey.Pix[i] = uint8(r.Uint32())
	}
	for i := range colours.Pix {
		colours.Pix[i] = uint8(r.Uint32())
	}
	for i := range deep.Pix {
		deep.Pix[i] = uint8(r.Uint32())
	}
	pictures["grey, 8 bits"], pictures["colours and alpha, 8 bits"], pictures["colours and alpha, 16 bits"] = grey, colours, deep
	for kind, pic := range pictures {
		for name, mask := range masks(w, h) {
			for _, mixed := range []bool{false, true} {
				got, _, err := Clone(ctx, pic, pic, mask, image.Point{}, mixed)
				if err != nil {
					t.Fatal(err)
				}
				if got.ColorModel() != pic.ColorModel() {
					t.Errorf("%s: the result is a %T", kind, got)
				}
				if bad := differing(got, pic); bad > 0 {
					t.Errorf("%s, %s: %d pixels differ", kind, name, bad)
				}
			}
		}
		got, _, err := Clone(ctx, pic, pic, nil, image.Point{}, false)
		if err != nil {
			t.Fatal(err)
		}
		if bad := differing(got, pic); bad > 0 {
			t.Errorf("%s, everything: %d pixels differ", kind, bad)
		}
	}
}

// The smoothest fill of a hole in a linear ramp is the ramp.
func TestInpaintRamp(t *testing.T) {
	const w, h = 60, 45
	ramp := image.NewNRGBA64(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			ramp.SetNRGBA64(x, y, color.NRGBA64{uint16(1000 * x), uint16(100*x + 1200*y), uint16(60000 - 500*x - 600*y), 0xffff})
		}
	}
	for name, mask := range masks(w, h) {
		border := false
		spoilt := image.NewNRGBA64(ramp.Rect)
		copy(spoilt.Pix, ramp.Pix)
		for y := range h {
			for x := range w {
				if mask.GrayAt(x, y).Y > 0 {
					spoilt.SetNRGBA64(x, y, color.NRGBA64{0xffff, uint16(999 * x), 0, 0xffff})
					border = border || x == 0 || y == 0 || x == w-1 || y == h-1
				}
			}
		}
		got, _, err := Inpaint(ctx, spoilt, mask)
		if err != nil {
			t.Fatal(err)
		}
		bad := differing(got, ramp)
		if !border && bad > 0 {
			t.Errorf("%s: %d pixels are not those of the ramp", name, bad)
		}
		// At the border of the picture nothing says that the ramp goes on.
		if border && name != "noise" && bad == 0 {
			t.Errorf("%s: the ramp goes on to the border; want it to level off", name)
		}
	}
}

// Each difference of mixed cloning is the larger one, and flattening keeps those above the
// threshold: the solutions by elimination of what these words say.
func TestMixedAndFlatten(t *testing.T) {
	const w, h = 33, 21
	pic, source := someGrey(w, h, 7), someGrey(w, h, 8)
	value := func(img *image.Gray16, p point) float64 { return float64(img.Gray16At(p.x, p.y).Y) }
	mixed := func(p, q point) float64 {
		a, b := value(source, p)-value(source, q), value(pic, p)-value(pic, q)
		if math.Abs(a) >= math.Abs(b) {
			return a
		}
		return b
	}
	const threshold = .03
	edges := func(p, q point) float64 {
		if d := value(pic, p) - value(pic, q); math.Abs(d) > threshold*white {
			return d
		}
		return 0
	}
	for name, mask := range masks(w, h) {
		in := maskOf(mask)
		gotMixed, _, err := Clone(ctx, pic, source, mask, image.Point{}, true)
		if err != nil {
			t.Fatal(err)
		}
		sameAs(t, name+", mixed", gotMixed, direct(t, pic, in, mixed))
		gotFlat, _, err := Flatten(ctx, pic, mask, threshold)
		if err != nil {
			t.Fatal(err)
		}
		sameAs(t, name+", flatten", gotFlat, direct(t, pic, in, edges))
	}
	flat, _, err := Flatten(ctx, pic, nil, threshold)
	if err != nil {
		t.Fatal(err)
	}
	everywhere := make([]bool, w*h)
	for n := range everywhere {
		everywhere[n] = true
	}
	sameAs(t, "everything, flatten", flat, direct(t, pic, everywhere, edges))
}

// sameAs compares a picture of 16 bits with unrounded values.
func sameAs(t *testing.T, name string, got image.Image, want []float64) {
	t.Helper()
	for n, v := range want {
		w := got.Bounds().Dx()
		f := float64(got.(*image.Gray16).Gray16At(n%w, n/w).Y)
		if math.Abs(f-min(max(v, 0), white)) > .55 {
			t.Errorf("%s: pixel %d, %d is %g; want %.2f", name, n%w, n/w, f, v)
			return
		}
	}
}

// A source moved partly out of the target is cut there, and where it ends it has no
// differences.
func TestCloneMoved(t *testing.T) {
	const w, h = 24, 18
	pic, source := someGrey(w, h, 9), someGrey(10, 8, 10)
	for _, at := range []image.Point{{3, 4}, {-4, -3}, {w - 5, h - 4}, {0, 0}} {
		got, report, err := Clone(ctx, pic, source, nil, at, false)
		if err != nil {
			t.Fatal(err)
		}
		box := source.Rect.Add(at)
		in := make([]bool, w*h)
		count := 0
		for n := range in {
			if in[n] = (image.Point{n % w, n / w}).In(box); in[n] {
				count++
			}
		}
		if report.Pixels != count {
			t.Errorf("%v: %d pixels in the mask; want %d", at, report.Pixels, count)
		}
		sameAs(t, fmt.Sprint(at), got, direct(t, pic, in, func(p, q point) float64 {
			if !(image.Point{q.x, q.y}).In(box) {
				return 0
			}
			return float64(source.Gray16At(p.x-at.X, p.y-at.Y).Y) - float64(source.Gray16At(q.x-at.X, q.y-at.Y).Y)
		}))
	}
}

// Requests without an answer are refused in one line that says what would be right.
func TestRefused(t *testing.T) {
	pic := someGrey(12, 9, 1)
	none := drawn(12, 9, func(_, _ int) bool { return false })
	all := drawn(12, 9, func(_, _ int) bool { return true })
	small := drawn(11, 9, func(_, _ int) bool { return true })
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	for want, f := range map[string]func() error{
		"no pixel":    func() error { _, _, err := Inpaint(ctx, pic, none); return err },
		"whole":       func() error { _, _, err := Inpaint(ctx, pic, all); return err },
		"11×9":        func() error { _, _, err := Inpaint(ctx, pic, small); return err },
		"12×9 pixels": func() error { _, _, err := Clone(ctx, pic, pic, small, image.Point{}, false); return err },
		"in the mask": func() error { _, _, err := Clone(ctx, pic, pic, nil, image.Pt(100, 0), false); return err },
		"threshold":   func() error { _, _, err := Flatten(ctx, pic, nil, math.NaN()); return err },
		"interrupted": func() error { _, _, err := Flatten(cancelled, someGrey(300, 300, 1), nil, .5); return err },
	} {
		err := f()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got the error %v; want one line with %q", err, want)
		}
	}
}

// A mask lets pixels in that are lighter than half and not transparent.
func TestMask(t *testing.T) {
	img := image.NewNRGBA(image.Rect(5, 5, 9, 6))
	for x, c := range []color.NRGBA{{127, 127, 127, 255}, {128, 128, 128, 255}, {255, 255, 255, 0}, {255, 255, 255, 128}} {
		img.SetNRGBA(5+x, 5, c)
	}
	if got := fmt.Sprint(maskOf(img)); got != "[false true false true]" {
		t.Error("pixels in the mask:", got)
	}
}

// A value that rounds to black or white is not clipped.
func TestClipped(t *testing.T) {
	r, err := newRegion([]bool{true, true, true, true}, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	correction := r.field()
	for n, v := range []float64{-.4, -.6, .4, .6} {
		correction.Set(r.column(n%2), r.row(n/2), 0, v/white)
	}
	values := []uint16{0, 0, white, white}
	if clipped := r.add(values, correction); clipped != 2 || values[1] != 0 || values[3] != white {
		t.Errorf("%d values clipped, %d; want 2 of them, black and white", clipped, values)
	}
}
