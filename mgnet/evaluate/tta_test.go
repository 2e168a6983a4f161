package evaluate

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"mgtool/mgnet"
	"mgtool/tensor/gradtest"
)

// shifted is pixel (y, x) of an image moved down and to the right, by hand: F.pad
// with mode reflect and a slice, as airbench has it.
func shifted(img []float32, h, w, channels, by int) []float32 {
	padded := func(y, x int) []float32 { // the image in a reflected frame of one pixel
		if y == -1 {
			y = 1
		}
		if y == h {
			y = h - 2
		}
		if x == -1 {
			x = 1
		}
		if x == w {
			x = w - 2
		}
		return img[(y*w+x)*channels : (y*w+x+1)*channels]
	}
	var out []float32
	for y := range h {
		for x := range w {
			out = append(out, padded(y-by, x-by)...)
		}
	}
	return out
}

func mirrored(img []float32, h, w, channels int) []float32 {
	var out []float32
	for y := range h {
		for x := range w {
			out = append(out, img[(y*w+w-1-x)*channels:(y*w+w-x)*channels]...)
		}
	}
	return out
}

// Averages by hand: of the logits of every view, taken one by one. They are sums of
// up to six float32 in another order, so they may differ by some ulps.
func TestTTAIsTheMeanOfLogits(t *testing.T) {
	const h, w, channels, count = 7, 6, 2, 3
	const size = h * w * channels
	n, err := mgnet.New(mgnet.NewMgNet(h, w, channels, 4, []int{5}, []int{1, 1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPredictor(n, count)
	if err != nil {
		t.Fatal(err)
	}
	x := gradtest.Random(count*size, 1)
	logits := func(a TTA, x []float32) []float32 {
		p.TTA = a
		z, err := p.Outputs(x)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	each := func(change func(img []float32) []float32) []float32 {
		var all []float32
		for i := range count {
			all = append(all, change(x[i*size:(i+1)*size])...)
		}
		return logits(NoTTA, all)
	}
	mirror := func(img []float32) []float32 { return mirrored(img, h, w, channels) }
	shift := func(by int) func(img []float32) []float32 {
		return func(img []float32) []float32 { return shifted(img, h, w, channels, by) }
	}
	both := func(by int) func(img []float32) []float32 {
		return func(img []float32) []float32 { return mirror(shift(by)(img)) }
	}
	plain, other := logits(NoTTA, x), each(mirror)
	upLeft, upLeftMirrored := each(shift(-1)), each(both(-1))
	downRight, downRightMirrored := each(shift(1)), each(both(1))
	got, gotTranslate := logits(MirrorTTA, x), logits(MirrorTranslateTTA, x)
	moved := 0
	for i := range plain {
		want := (float64(plain[i]) + float64(other[i])) / 2
		if math.Abs(float64(got[i])-want) > 1e-6 {
			t.Errorf("mirror: logit %d is %g, want %g", i, got[i], want)
		}
		translate := (float64(upLeft[i]+upLeftMirrored[i])/2 + float64(downRight[i]+downRightMirrored[i])/2) / 2
		if want := .5*want + .5*translate; math.Abs(float64(gotTranslate[i])-want) > 1e-6 {
			t.Errorf("mirror-translate: logit %d is %g, want %g", i, gotTranslate[i], want)
		}
		if got[i] != plain[i] && gotTranslate[i] != got[i] {
			moved++
		}
	}
	if moved < len(plain)/2 {
		t.Errorf("only %d of %d logits differ between the augmentations: this tests nothing", moved, len(plain))
	}
	// It is the mean of logits: that of probabilities is another.
	p.TTA = MirrorTTA
	probs, err := p.Probabilities(x[:size])
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for k := range 4 {
		sum += math.Exp(float64(got[k]))
	}
	for k := range 4 {
		if want := math.Exp(float64(got[k])) / sum; math.Abs(float64(probs[k])-want) > 1e-6 {
			t.Errorf("probability %d is %g, the softmax of the mean logits is %g", k, probs[k], want)
		}
	}
	// The zero value is none, to the bit.
	if !slices.Equal(logits("", x), plain) {
		t.Error("the zero value is not none")
	}
}

// A symmetric image is its own mirror image, so the mean is what there is without,
// to the bit: the halves of a number add up to it.
func TestMirrorOfSymmetricImage(t *testing.T) {
	const h, w = 8, 8
	n, err := mgnet.New(mgnet.NewMgNet(h, w, 1, 3, []int{4}, []int{1, 1}), 2)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPredictor(n, 1)
	if err != nil {
		t.Fatal(err)
	}
	x := gradtest.Random(h*w, 3)
	for y := range h {
		for i := range w / 2 {
			x[y*w+w-1-i] = x[y*w+i]
		}
	}
	plain, err := p.Probabilities(x)
	if err != nil {
		t.Fatal(err)
	}
	p.TTA = MirrorTTA
	mirror, err := p.Probabilities(x)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(plain, mirror) {
		t.Errorf("%v with the mirror image, %v without", mirror, plain)
	}
}

// The views of an image of numbers, written out.
func TestViews(t *testing.T) {
	img := []float32{
		1, 2, 3,
		4, 5, 6,
	}
	for want, v := range map[string]view{
		"[1 2 3 4 5 6]":             {0, false, 1},
		"[3 2 1 6 5 4]":             {0, true, 1},
		"[5 6 5 2 3 2]":             {-1, false, 1}, // row 2 is row 0 again, column 3 is column 1
		"[5 6 5 2 3 2 5 6 5 2 3 2]": {-1, true, 1},  // symmetric by chance; two images
		"[5 4 5 2 1 2]":             {1, false, 1},
	} {
		x := img
		if len(want) > 13 {
			x = append(slices.Clone(img), img...)
		}
		got := make([]float32, len(x))
		if v.show(got, x, 2, 3, 1); fmt.Sprint(got) != want {
			t.Errorf("%+v shows %v, want %s", v, got, want)
		}
	}
}

func TestTTAErrors(t *testing.T) {
	if _, err := ParseTTA("flip"); err == nil {
		t.Error("flip is accepted")
	}
	n, err := mgnet.New(mgnet.NewMgNet(1, 4, 1, 2, []int{1}, []int{1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPredictor(n, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []TTA{MirrorTranslateTTA, "flip"} {
		p.TTA = a
		if _, err := p.Probabilities(make([]float32, 4)); err == nil {
			t.Errorf("%s of an image one pixel high is accepted", a)
		}
	}
}

func ExampleParseTTA() {
	n, _ := mgnet.New(mgnet.NewMgNet(8, 8, 1, 3, []int{2}, []int{1, 1}), 1)
	p, _ := NewPredictor(n, 1)
	p.TTA, _ = ParseTTA("mirror")
	probabilities, err := p.Probabilities(make([]float32, 64))
	fmt.Println(len(probabilities), err)
	// Output: 3 <nil>
}
