package vision

// Tests of the augmentations: what each writes, worked out by hand or by a
// second way, and how often each draws what.

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"

	"mgtool/source"
)

// bytesOf undoes the normalisation of tiny: an input is then a byte.
func bytesOf(x []float32) []float64 {
	v := make([]float64, len(x))
	for i := range x {
		v[i] = math.Round(float64(x[i])*1e3) / 1e3
	}
	return v
}

// The shifts of a 3 x 3 image, 1 to 9, reflected at the edge.
func TestShift(t *testing.T) {
	d := tiny(1, 3, 3, 1)
	copy(d.Pixels, []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9})
	for _, c := range []struct {
		dy, dx int
		mirror bool
		want   []float64
	}{
		{0, 0, false, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{1, 0, false, []float64{4, 5, 6, 7, 8, 9, 4, 5, 6}},
		{-1, 0, true, []float64{6, 5, 4, 3, 2, 1, 6, 5, 4}},
		{0, -2, false, []float64{3, 2, 1, 6, 5, 4, 9, 8, 7}},
		{2, 1, false, []float64{8, 9, 8, 5, 6, 5, 2, 3, 2}},
	} {
		got := make([]float32, 9)
		shift(got, d, d.Image(0), c.dy, c.dx, c.mirror, tables(d.Mean, d.Std))
		if !slices.Equal(bytesOf(got), c.want) {
			t.Errorf("shift by %d, %d, mirror %v: %v, want %v", c.dy, c.dx, c.mirror, bytesOf(got), c.want)
		}
	}
}

// Scaling a linear image gives the linear image, but for the half pixel at its
// edges where there is nothing to go between; the same size gives the same bits.
func TestScale(t *testing.T) {
	d := tiny(1, 12, 10, 2)
	for y := range 12 {
		for x := range 10 {
			d.Pixels[(y*10+x)*2], d.Pixels[(y*10+x)*2+1] = uint8(10*y+2*x), uint8(200-10*y)
		}
	}
	table := tables(d.Mean, d.Std)
	part := box{2, 1, 6, 8}
	for _, mirror := range []bool{false, true} {
		got := make([]float32, 9*16*2)
		scale(got, 9, 16, d, d.Image(0), part, mirror, table)
		for y := range 9 {
			for x := range 16 {
				from := x
				if mirror {
					from = 15 - x
				}
				sy := min(max((float64(y)+.5)*6/9-.5, 0), 5) + 2
				sx := min(max((float64(from)+.5)*8/16-.5, 0), 7) + 1
				for c, want := range []float64{10*sy + 2*sx, 200 - 10*sy} {
					if v := float64(got[(y*16+x)*2+c]); math.Abs(v-want) > 1e-4 {
						t.Fatalf("mirror %v, pixel %d, %d, channel %d: %g, want %g", mirror, y, x, c, v, want)
					}
				}
			}
		}
	}
	same, plain := make([]float32, 240), make([]float32, 240)
	scale(same, 12, 10, d, d.Image(0), box{0, 0, 12, 10}, false, table)
	cut(plain, d, d.Image(0), 0, 0, false, table)
	if !slices.Equal(same, plain) {
		t.Error("a whole image at its own size changes")
	}
	one := make([]float32, 2)
	scale(one, 1, 1, d, d.Image(0), box{3, 3, 1, 1}, false, table)
	if v := bytesOf(one); v[0] != 36 || v[1] != 170 {
		t.Errorf("a single pixel: %v", v)
	}
}

// Resized crops keep within the image, within 8 to 100 % of its area and within
// 3:4 and 4:3, up to whole pixels; areas are uniform.
func TestCrop(t *testing.T) {
	const n, side = 4000, 64
	b := newBatcher(t, tiny(1, side, side, 1), 1, 3, Augment{ResizedCrop: true})
	small := 0
	for image := range n {
		c := b.crop(7, image, side, side)
		area, ratio := float64(c.height*c.width)/(side*side), float64(c.width)/float64(c.height)
		if c.top < 0 || c.left < 0 || c.top+c.height > side || c.left+c.width > side || area < .075 || ratio < .70 || ratio > 1.42 {
			t.Fatalf("piece %+v of area %.3f and ratio %.3f", c, area, ratio)
		}
		if area < .54 {
			small++
		}
	}
	// Half of the areas, and somewhat more, as a large piece that sticks out is drawn anew.
	if share := float64(small) / n; share < .5 || share > .6 {
		t.Errorf("%.3f of the areas are below the middle", share)
	}
	// Where none fits, the largest one in the middle is taken.
	if got, want := b.crop(0, 0, 4, 400), (box{0, 197, 4, 5}); got != want {
		t.Errorf("of 4 x 400: %+v, want %+v", got, want)
	}
	if got, want := b.crop(0, 0, 400, 4), (box{197, 0, 5, 4}); got != want {
		t.Errorf("of 400 x 4: %+v, want %+v", got, want)
	}
}

// The larger images of a folder are what is cut.
func TestCropLarger(t *testing.T) {
	d := tiny(4, 4, 4, 1)
	d.Larger = tiny(4, 6, 6, 1)
	for i := range d.Larger.Pixels {
		d.Larger.Pixels[i] = 99
	}
	x, _ := fill(t, newBatcher(t, d, 4, 1, Augment{ResizedCrop: true}), 0, 0)
	for _, v := range bytesOf(x) {
		if v != 99 {
			t.Fatalf("input %g is not of the larger image", v)
		}
	}
}

// Every image is mirrored in every other epoch, half of them in the even ones.
func TestAlternatingMirror(t *testing.T) {
	const n = 4000
	b := newBatcher(t, tiny(1, 4, 4, 1), 1, 3, Augment{AlternatingMirror: true})
	first := 0
	for image := range n {
		_, _, before := b.draw(0, image)
		if before {
			first++
		}
		for epoch := 1; epoch < 5; epoch++ {
			_, _, now := b.draw(epoch, image)
			if now == before {
				t.Fatalf("image %d stays in epoch %d as it was", image, epoch)
			}
			before = now
		}
	}
	if math.Abs(float64(first)-n/2) > 4.5*math.Sqrt(n)/2 {
		t.Errorf("%d of %d images are mirrored in epoch 0", first, n)
	}
}

// The blank square has its size but at the edges, every pixel is blanked as often
// as its place says, and blank is input 0.
func TestCutout(t *testing.T) {
	d := tiny(200, 8, 8, 1)
	for i := range d.Pixels {
		d.Pixels[i] = 255
	}
	d.Mean[0] = .5
	b := newBatcher(t, d, 200, 3, Augment{Cutout: 3})
	count := make([]int, 64)
	const epochs = 50
	for epoch := range epochs {
		x, _ := fill(t, b, epoch, 0)
		for i := range 200 {
			blank := 0
			for k, v := range x[64*i : 64*(i+1)] {
				if v == 0 {
					blank++
					count[k]++
				}
			}
			if blank != 4 && blank != 6 && blank != 9 { // corner, edge, inside
				t.Fatalf("%d pixels are blank", blank)
			}
		}
	}
	for k, got := range count { // 9, 6 or 4 of 64 centres reach a pixel
		near := func(i int) float64 { return float64(min(i+1, 7) - max(i-1, 0) + 1) }
		p := near(k/8) * near(k%8) / 64
		if n := 200. * epochs; math.Abs(float64(got)-n*p) > 4.5*math.Sqrt(n*p*(1-p)) {
			t.Errorf("pixel %d is blank %d times, want %.0f", k, got, n*p)
		}
	}
}

// Mixup adds another image, with that one's label, by the rest of the weight.
func TestMixup(t *testing.T) {
	d := tiny(60, 2, 2, 1)
	a := Augment{Pad: 1, Mirror: true}
	plain := newBatcher(t, d, 60, 5, a)
	a.Mixup = .4
	b := newBatcher(t, d, 60, 5, a)
	mixed := b.NewBatch()
	others := map[int]bool{}
	for epoch := range 5 {
		if err := b.FillBatch(mixed, epoch, 0); err != nil {
			t.Fatal(err)
		}
		x, labels := fill(t, plain, epoch, 0)
		if !slices.Equal(labels, mixed.Labels) {
			t.Fatal("the first labels are not those without mixup")
		}
		place := map[int32]int{}
		for i, image := range plain.order {
			place[image] = i
		}
		for i, image := range plain.order {
			other, w := b.partner(epoch, int(image))
			others[other] = true
			if w < .5 || w > 1 || w != mixed.Weights[i] || mixed.Others[i] != int32(d.Labels[other]) {
				t.Fatalf("weight %g, second label %d", mixed.Weights[i], mixed.Others[i])
			}
			for k := range 4 {
				one, two := x[4*i+k], x[4*place[int32(other)]+k]
				if want := w*one + (1-w)*two; math.Abs(float64(mixed.X[4*i+k]-want)) > 1e-3 { // rounding of bytes
					t.Fatalf("input %g, want %g of %g and %g", mixed.X[4*i+k], w, one, two)
				}
			}
		}
	}
	if len(others) < 50 {
		t.Errorf("only %d of 60 images are ever added", len(others))
	}
	wantError(t, b.Fill(mixed.X, mixed.Labels, 0, 0), "mixup", "two labels")
	wantError(t, b.FillBatch(&source.Batch{X: mixed.X, Labels: mixed.Labels}, 0, 0), "0 second labels")
}

// Beta(α, α) has mean 1/2 and variance 1/(4(2α + 1)), and never is NaN, even
// where the gamma numbers that it is made of underflow.
func TestBeta(t *testing.T) {
	for _, alpha := range []float64{.001, .2, 1, 3, 50} {
		const n = 20000
		r := source.Random(mixupPurpose, 1, 0, 0)
		var sum, squares, fourth float64
		for range n {
			v := beta(&r, alpha) - .5
			if !(v >= -.5 && v <= .5) {
				t.Fatalf("alpha %g gives %g", alpha, v+.5)
			}
			sum += v
			squares += v * v
			fourth += v * v * v * v
		}
		mean, variance := sum/n, squares/n
		want := 1 / (4 * (2*alpha + 1))
		spread := math.Sqrt((fourth/n - variance*variance) / n) // standard deviation of the variance seen
		if math.Abs(mean) > 4.5*math.Sqrt(want/n) || math.Abs(variance-want) > 4.5*spread+1e-4 {
			t.Errorf("alpha %g: mean %.4f, variance %.5f; want 0.5 and %.5f", alpha, mean+.5, variance, want)
		}
	}
}

func TestAugmentParse(t *testing.T) {
	for list, want := range map[string]Augment{
		"none":         {},
		"pad=4,mirror": {Pad: 4, Mirror: true},
		"translate=2, alternating-mirror,cutout=12,mixup=0.2": {Translate: 2, AlternatingMirror: true, Cutout: 12, Mixup: .2},
		"resized-crop": {ResizedCrop: true},
	} {
		got, err := ParseAugment(list)
		if err != nil || got != want {
			t.Errorf("%s: %+v, error %v; want %+v", list, got, err, want)
		}
		text, _ := json.Marshal(got)
		var back Augment
		if err := json.Unmarshal(text, &back); err != nil || back != want {
			t.Errorf("through %s: %+v", text, back)
		}
	}
	// Settings that were there first print as they did: a run's checkpoint tells
	// by them whether it belongs to the run.
	if text, _ := json.Marshal(Augment{Pad: 4, Mirror: true}); string(text) != `{"pad":4,"mirror":true}` {
		t.Errorf("prints as %s", text)
	}
	for list, want := range map[string][]string{
		"": {`unknown augmentation ""`, "pad=K"}, "flip": {`"flip"`, "mirror"}, "pad": {`"pad"`, "pad=4"}, "pad=x": {`"pad=x"`},
		"mirror=1": {"takes no value"}, "pad=-1": {"padding of -1"}, "translate=-2": {"translation by -2"}, "cutout=-1": {"cutout of -1"},
		"mixup=NaN": {"alpha NaN"}, "mixup=-1": {"alpha -1"}, "mixup=101": {"alpha 101"},
		"pad=1,translate=1": {"only one"}, "pad=1,resized-crop": {"only one"}, "mirror,alternating-mirror": {"only one"},
	} {
		_, err := ParseAugment(list)
		wantError(t, err, want...)
	}
	d := tiny(4, 5, 7, 1)
	for want, a := range map[string]Augment{"translation by 5 pixels; it must be between 0 and 4": {Translate: 5}, "cutout of 6 pixels; it must be between 0 and 5": {Cutout: 6}} {
		_, err := NewBatcher(d, 1, 0, a)
		wantError(t, err, want)
	}
}

func ExampleParseAugment() {
	a, err := ParseAugment("translate=2,alternating-mirror,cutout=8")
	text, _ := json.Marshal(a)
	fmt.Println(string(text), err)
	_, err = ParseAugment("pad=4,translate=2")
	fmt.Println(err)
	// Output:
	// {"pad":0,"mirror":false,"translate":2,"alternating_mirror":true,"cutout":8} <nil>
	// vision: pad and translate are two ways to cut a piece; only one can be used
}
