package vision

// Tests of Dataset itself, of the embedded sample and of normalisation.

import (
	"bytes"
	"image/color"
	"math"
	"slices"
	"testing"
)

// tiny returns n images of h x w x c whose bytes count up, with labels 0, 1, 2, 0, …
func tiny(n, h, w, c int) *Dataset {
	d := &Dataset{Name: "tiny", Height: h, Width: w, Channels: c, Classes: []string{"a", "b", "c"}, Pixels: ramp(n * h * w * c)}
	for i := range n {
		d.Labels = append(d.Labels, uint16(i%3))
	}
	for range c {
		d.Mean = append(d.Mean, 0)
		d.Std = append(d.Std, 1./255) // so that an input is the byte, up to rounding
	}
	return d
}

func TestLimit(t *testing.T) {
	d := tiny(5, 2, 3, 1)
	for n, want := range map[int]int{-1: 5, 0: 5, 1: 1, 5: 5} {
		first, err := d.Limit(n)
		if err != nil {
			t.Fatal(err)
		}
		if first.Len() != want || !bytes.Equal(first.Pixels, d.Pixels[:want*6]) {
			t.Errorf("Limit(%d) has %d images, want %d", n, first.Len(), want)
		}
	}
	_, err := d.Limit(6)
	wantError(t, err, "6", "5", "tiny")
	first, _ := d.Limit(2)
	first.Labels = append(first.Labels, 9)
	if d.Labels[2] == 9 {
		t.Error("appending to a limited set writes into the whole one")
	}
}

func TestPicture(t *testing.T) {
	d := tiny(2, 2, 3, 3)
	p := d.Picture(1)
	if b := p.Bounds(); b.Dx() != 3 || b.Dy() != 2 {
		t.Fatalf("picture is %v, want 3 wide and 2 high", b)
	}
	// Image 1 starts at byte 18; pixel (y 1, x 2) is its sixth.
	if got, want := p.At(2, 1), (color.NRGBA{33, 34, 35, 255}); got != want {
		t.Errorf("pixel is %v, want %v", got, want)
	}
	grey := tiny(2, 2, 3, 1)
	if got, want := grey.Picture(1).At(0, 1), (color.Gray{9}); got != want {
		t.Errorf("grey pixel is %v, want %v", got, want)
	}
	for _, i := range []int{-1, 2} {
		if d.Image(i) != nil || d.Picture(i) != nil {
			t.Errorf("there is an image %d of 2", i)
		}
	}
	if (&Dataset{Labels: []uint16{0}}).Image(0) != nil || tiny(1, 1, 1, 2).Picture(0) != nil {
		t.Error("an image without pixels or a picture of two channels")
	}
}

// A data set put together wrongly is refused everywhere.
func TestInconsistent(t *testing.T) {
	broken := map[string]func(d *Dataset){
		"6 bytes of pixels":  func(d *Dataset) { d.Pixels = d.Pixels[:6] },
		"0 x 3":              func(d *Dataset) { d.Height = 0 },
		"-1 channels":        func(d *Dataset) { d.Channels = -1 },
		"0 means":            func(d *Dataset) { d.Mean = nil },
		"deviation":          func(d *Dataset) { d.Std[0] = 0 },
		"channel 0 is NaN":   func(d *Dataset) { d.Std[0] = float32(math.NaN()) },
		"2 standard deviati": func(d *Dataset) { d.Std = []float32{1, 1} },
	}
	for want, breakIt := range broken {
		d := tiny(2, 2, 3, 1)
		breakIt(d)
		_, err := NewBatcher(d, 1, 0, Augment{})
		wantError(t, err, want)
		wantError(t, d.Normalize(make([]float32, 6), 0, 1), want)
		_, err = d.Limit(1)
		wantError(t, err, want)
	}
	_, err := NewBatcher(nil, 1, 0, Augment{})
	wantError(t, err, "nil")
}

// The sample is balanced, also in its first images, and no test image is among
// the training images.
func TestSample(t *testing.T) {
	train, test, err := Load("sample", "ignored")
	if err != nil {
		t.Fatal(err)
	}
	if train.Len() != 1600 || test.Len() != 400 || train.Height != 28 || train.Width != 28 || train.Channels != 1 {
		t.Fatalf("%d + %d images of %d x %d x %d, want 1600 + 400 of 28 x 28 x 1",
			train.Len(), test.Len(), train.Height, train.Width, train.Channels)
	}
	seen := map[string]bool{}
	for _, d := range []*Dataset{train, test} {
		if err := d.check(); err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{10, 100, d.Len()} {
			var count [10]int
			for _, l := range d.Labels[:n] {
				count[l]++
			}
			for c := range count {
				if count[c] != n/10 {
					t.Errorf("the first %d images have %d of class %d, want %d", n, count[c], c, n/10)
				}
			}
		}
		for i := range d.Len() {
			if key := string(d.Image(i)); seen[key] {
				t.Errorf("image %d of %d occurs twice", i, d.Len())
			} else {
				seen[key] = true
			}
		}
	}
	if license, err := sampleFiles.ReadFile("sample/LICENSE"); err != nil || !bytes.Contains(license, []byte("Zalando SE")) {
		t.Errorf("the licence of the images is not with them: %v", err)
	}
}

// Loaded data sets do not share what a caller may write to.
func TestLoadedApart(t *testing.T) {
	a, _, _ := Load("sample", "")
	b, _, _ := Load("sample", "")
	a.Mean[0], a.Pixels[0], a.Classes[0] = 7, a.Pixels[0]+1, "x"
	if b.Mean[0] == 7 || b.Pixels[0] == a.Pixels[0] || b.Classes[0] == "x" {
		t.Error("two loads share memory")
	}
}

// Inputs against values worked out by hand: (51/255 − 0.5)/0.25 = −1.2 and so on.
func TestNormalize(t *testing.T) {
	pixels := []uint8{0, 51, 102, 255, 204, 153}
	mean, std := []float32{0.5, 0.25, 0}, []float32{0.25, 0.5, 2}
	want := []float32{-2, -0.1, 0.2, 2, 1.1, 0.3}
	got := make([]float32, 6)
	if err := Normalize(got, pixels, mean, std); err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 2e-7 { // two roundings of numbers up to 2
			t.Errorf("input %d is %v, want %v", i, got[i], want[i])
		}
	}
	wantError(t, Normalize(got, pixels[:5], mean, std), "5 bytes", "3 channels")
	wantError(t, Normalize(got[:3], pixels, mean, std), "3 inputs", "6 bytes")
	wantError(t, Normalize(got, pixels, mean, std[:2]), "3 means", "2 standard")
	wantError(t, Normalize(got, pixels, nil, nil), "no means")
	wantError(t, Normalize(got, pixels, mean, []float32{1, -1, 1}), "channel 1", "-1")
}

// An evaluation sees the images in order, whatever range is asked for.
func TestNormalizeRange(t *testing.T) {
	d := tiny(50, 3, 2, 3)
	d.Mean, d.Std = []float32{0.1, 0.2, 0.3}, []float32{0.5, 0.6, 0.7}
	all := make([]float32, 50*18)
	if err := Normalize(all, d.Pixels, d.Mean, d.Std); err != nil {
		t.Fatal(err)
	}
	for _, r := range [][2]int{{0, 50}, {7, 33}, {49, 1}, {50, 0}} {
		got := make([]float32, r[1]*18)
		if err := d.Normalize(got, r[0], r[1]); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, all[r[0]*18:(r[0]+r[1])*18]) {
			t.Errorf("images %d to %d differ", r[0], r[0]+r[1])
		}
	}
	for _, r := range [][2]int{{-1, 1}, {0, 51}, {50, 1}, {3, -1}, {math.MaxInt, 2}} {
		wantError(t, d.Normalize(make([]float32, 18), r[0], r[1]), "50")
	}
	wantError(t, d.Normalize(make([]float32, 17), 0, 1), "17", "18")
}
