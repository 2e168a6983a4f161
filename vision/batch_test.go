package vision

// Tests of Batcher: what it draws, what it writes, and that both depend on
// nothing but the seed, the epoch and the image.

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"mgtool/source"
)

// fill returns one batch.
func fill(t testing.TB, b *Batcher, epoch, batch int) ([]float32, []int32) {
	t.Helper()
	x, labels := make([]float32, b.batch*b.data.size()), make([]int32, b.batch)
	if err := b.Fill(x, labels, epoch, batch); err != nil {
		t.Fatal(err)
	}
	return x, labels
}

func newBatcher(t testing.TB, d *Dataset, batch int, seed uint64, a Augment) *Batcher {
	t.Helper()
	b, err := NewBatcher(d, batch, seed, a)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// numbered returns n images of one pixel whose two channels hold the number.
func numbered(n int) *Dataset {
	d := tiny(n, 1, 1, 2)
	for i := range n {
		d.Pixels[2*i], d.Pixels[2*i+1] = uint8(i), uint8(i>>8)
		d.Labels[i] = uint16(i % 3)
	}
	return d
}

// Without augmentation an epoch is every image once, with its own label, in an
// order of its own.
func TestEveryImageOnce(t *testing.T) {
	const n = 600
	b := newBatcher(t, numbered(n), 20, 1, Augment{})
	var before []int
	for epoch := range 3 {
		var order []int
		for k := range b.Batches() {
			x, labels := fill(t, b, epoch, k)
			for i, l := range labels {
				image := int(math.Round(float64(x[2*i]))) + 256*int(math.Round(float64(x[2*i+1])))
				if int(l) != image%3 {
					t.Fatalf("image %d has label %d, want %d", image, l, image%3)
				}
				order = append(order, image)
			}
		}
		if slices.Equal(order, before) || slices.IsSorted(order) {
			t.Errorf("epoch %d is not shuffled anew", epoch)
		}
		before = slices.Clone(order)
		slices.Sort(order)
		for i, image := range order {
			if len(order) != n || image != i {
				t.Fatalf("epoch %d has %d images, %d at place %d", epoch, len(order), image, i)
			}
		}
	}
}

// The remainder is dropped, and it is another one in another epoch.
func TestRemainder(t *testing.T) {
	b := newBatcher(t, numbered(10), 4, 3, Augment{})
	if b.Batches() != 2 {
		t.Fatalf("%d batches of 4 out of 10 images, want 2", b.Batches())
	}
	left := map[int32]bool{}
	for epoch := range 20 {
		fill(t, b, epoch, 0)
		left[b.order[8]], left[b.order[9]] = true, true
	}
	if len(left) < 8 {
		t.Errorf("in 20 epochs only the images %v were ever left over", left)
	}
}

// The augmentation of a 3 x 3 image, worked out by hand: the image is 1 to 9,
// the frame is 0.
func TestCut(t *testing.T) {
	d := tiny(1, 3, 3, 1)
	copy(d.Pixels, []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9})
	d.Mean, d.Std = []float32{1}, []float32{1. / 255} // input = byte − 255
	for _, c := range []struct {
		dy, dx int
		mirror bool
		want   []float32
	}{
		{0, 0, false, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{0, 0, true, []float32{3, 2, 1, 6, 5, 4, 9, 8, 7}},
		{1, 0, false, []float32{4, 5, 6, 7, 8, 9, 0, 0, 0}},
		{-1, 1, false, []float32{0, 0, 0, 2, 3, 0, 5, 6, 0}},
		{-1, 1, true, []float32{0, 0, 0, 0, 3, 2, 0, 6, 5}},
		{2, -2, false, []float32{0, 0, 7, 0, 0, 0, 0, 0, 0}},
	} {
		got := make([]float32, 9)
		cut(got, d, d.Image(0), c.dy, c.dx, c.mirror, tables(d.Mean, d.Std))
		for i, w := range c.want {
			// The frame is black before normalisation: it becomes −255, not 0.
			if math.Abs(float64(got[i]-(w-255))) > 1e-3 {
				t.Errorf("cut at %d, %d, mirror %v: %v, want %v − 255", c.dy, c.dx, c.mirror, got, c.want)
				break
			}
		}
	}
}

// Channels stay together when a row is mirrored.
func TestMirrorChannels(t *testing.T) {
	d := tiny(1, 1, 3, 3)
	got := make([]float32, 9)
	cut(got, d, d.Image(0), 0, 1, true, tables(d.Mean, d.Std))
	for i, w := range []float32{0, 0, 0, 6, 7, 8, 3, 4, 5} {
		if math.Abs(float64(got[i]-w)) > 1e-5 {
			t.Fatalf("got %v", got)
		}
	}
}

// Fill applies what draw draws: batches with augmentation agree with a second,
// pixel by pixel way to write it.
func TestFillAugmented(t *testing.T) {
	d := tiny(12, 5, 4, 3)
	d.Mean, d.Std = []float32{0.1, 0.2, 0.3}, []float32{0.5, 0.6, 0.7}
	b := newBatcher(t, d, 4, 9, Augment{Pad: 2, Mirror: true})
	for epoch := range 4 {
		for k := range b.Batches() {
			x, labels := fill(t, b, epoch, k)
			for i := range b.batch {
				image := int(b.order[4*k+i])
				if labels[i] != int32(d.Labels[image]) {
					t.Errorf("label %d for image %d", labels[i], image)
				}
				dy, dx, mirror := b.draw(epoch, image)
				for y := range 5 {
					for x0 := range 4 {
						from := x0
						if mirror {
							from = 3 - x0
						}
						for c := range 3 {
							var v uint8
							if sy, sx := y+dy, from+dx; sy >= 0 && sy < 5 && sx >= 0 && sx < 4 {
								v = d.Image(image)[(sy*4+sx)*3+c]
							}
							want := (float32(v)/255 - d.Mean[c]) / d.Std[c]
							if got := x[((i*5+y)*4+x0)*3+c]; got != want {
								t.Fatalf("epoch %d, image %d, pixel %d, %d, channel %d: %v, want %v", epoch, image, y, x0, c, got, want)
							}
						}
					}
				}
			}
		}
	}
}

// Any batch can be asked for in any order, by a new Batcher and on any number of
// threads, with the same bits; another seed gives another batch.
func TestAnyOrder(t *testing.T) {
	train, _, err := Load("sample", "")
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, a := range []Augment{{Pad: 4, Mirror: true}, {Translate: 3, AlternatingMirror: true, Cutout: 9}, {ResizedCrop: true, Mirror: true}} {
		testAnyOrder(t, train, a)
	}
}

func testAnyOrder(t *testing.T, train *Dataset, a Augment) {
	runtime.GOMAXPROCS(1)
	forward := newBatcher(t, train, 100, 5, a)
	type key struct{ epoch, batch int }
	xs, ls := map[key][]float32{}, map[key][]int32{}
	for epoch := range 3 {
		for k := range 3 {
			xs[key{epoch, k}], ls[key{epoch, k}] = fill(t, forward, epoch, k)
		}
	}
	runtime.GOMAXPROCS(3)
	backward := newBatcher(t, train, 100, 5, a)
	other := newBatcher(t, train, 100, 6, a)
	for k := 2; k >= 0; k-- {
		for _, epoch := range []int{1, 2, 0} {
			x, l := fill(t, backward, epoch, k)
			if !slices.Equal(x, xs[key{epoch, k}]) || !slices.Equal(l, ls[key{epoch, k}]) {
				t.Errorf("epoch %d, batch %d depends on what was asked for before", epoch, k)
			}
			if x, _ := fill(t, other, epoch, k); slices.Equal(x, xs[key{epoch, k}]) {
				t.Errorf("epoch %d, batch %d is the same for two seeds", epoch, k)
			}
		}
	}
}

// The draws of seed 1 are part of what a recorded training depends on: they
// must never change. The values are this package's own, noted when written.
func TestDrawsKept(t *testing.T) {
	b := newBatcher(t, tiny(10, 9, 9, 1), 10, 1, Augment{Pad: 4, Mirror: true})
	source.Order(b.order, 1, 0)
	if want := []int32{6, 9, 7, 8, 5, 1, 4, 3, 2, 0}; !slices.Equal(b.order, want) {
		t.Errorf("order %v, want %v", b.order, want)
	}
	type variation struct {
		dy, dx int
		mirror bool
	}
	for image, want := range []variation{{1, -4, true}, {-2, 0, true}, {0, 2, true}, {3, 0, true}} {
		if dy, dx, mirror := b.draw(0, image); (variation{dy, dx, mirror}) != want {
			t.Errorf("image %d: %v, want %v", image, variation{dy, dx, mirror}, want)
		}
	}
}

// Crops are uniform, mirroring is a fair coin, and neither knows of the other,
// of the image before or of the epoch before. The bound is 4.5 standard
// deviations of the count, so 1 in 10⁵ of seeds would fail; this one does not.
func TestDrawsFair(t *testing.T) {
	const images, epochs = 2000, 20
	b := newBatcher(t, tiny(1, 9, 9, 1), 1, 42, Augment{Pad: 2, Mirror: true})
	place, mirrored := map[[2]int]int{}, 0
	sameEpoch, sameImage, leftMirrored := 0, 0, 0
	for e := range epochs {
		for i := range images {
			dy, dx, m := b.draw(e, i)
			place[[2]int{dy, dx}]++
			if m {
				mirrored++
			}
			if _, _, next := b.draw(e+1, i); next == m {
				sameEpoch++
			}
			if _, _, next := b.draw(e, i+1); next == m {
				sameImage++
			}
			if m == (dx < 0) {
				leftMirrored++
			}
		}
	}
	expect := func(what string, got int, p float64) {
		const n = images * epochs
		if sigma := math.Sqrt(n * p * (1 - p)); math.Abs(float64(got)-n*p) > 4.5*sigma {
			t.Errorf("%s: %d of %d, want %.0f ± %.0f", what, got, n, n*p, sigma)
		}
	}
	if len(place) != 25 {
		t.Errorf("%d places of the crop, want 25", len(place))
	}
	for at, got := range place {
		expect("place", got, 1./25)
		if max(at[0], at[1], -at[0], -at[1]) > 2 {
			t.Errorf("crop at %v with padding 2", at)
		}
	}
	expect("mirrored", mirrored, 0.5)
	expect("as in the next epoch", sameEpoch, 0.5)
	expect("as the next image", sameImage, 0.5)
	expect("mirrored if left", leftMirrored, 0.5)
}

func TestBatcherErrors(t *testing.T) {
	d := tiny(10, 4, 6, 1)
	_, err := NewBatcher(d, 11, 0, Augment{})
	wantError(t, err, "11", "10", "tiny")
	_, err = NewBatcher(d, 0, 0, Augment{})
	wantError(t, err, "batch of 0")
	_, err = NewBatcher(d, 1, 0, Augment{Pad: 4})
	wantError(t, err, "padding of 4", "between 0 and 3")
	d.Labels[7] = 3
	_, err = NewBatcher(d, 1, 0, Augment{})
	wantError(t, err, "record 7", "label 3", "0 to 2")
	d.Labels[7] = 1

	b := newBatcher(t, d, 4, 0, Augment{})
	x, labels := make([]float32, 4*24), make([]int32, 4)
	wantError(t, b.Fill(x[1:], labels, 0, 0), "95", "96")
	wantError(t, b.Fill(x, labels[1:], 0, 0), "3 labels", "4 images")
	wantError(t, b.Fill(x, nil, 0, 0), "0 labels")
	wantError(t, b.Fill(x, labels, -1, 0), "epoch -1")
	wantError(t, b.Fill(x, labels, 0, 2), "batch 2", "0 and 1")
	wantError(t, b.Fill(x, labels, 0, -1), "batch -1")
	for _, v := range x {
		if v != 0 {
			t.Fatal("a refused call has written")
		}
	}
}

// On one thread, where no goroutines are started, nothing is allocated.
func TestFillAllocates(t *testing.T) {
	b := newBatcher(t, tiny(64, 8, 8, 3), 16, 0, Augment{Pad: 1, Mirror: true})
	x, labels := make([]float32, 16*192), make([]int32, 16)
	epoch := 0
	if n := testing.AllocsPerRun(20, func() {
		for k := range b.Batches() {
			if err := b.Fill(x, labels, epoch, k); err != nil {
				t.Error(err)
			}
		}
		epoch++
	}); n != 0 {
		t.Errorf("%v allocations an epoch, want 0", n)
	}
}

// BenchmarkFill makes batches of the shape of CIFAR-10.
func BenchmarkFill(bm *testing.B) {
	d := tiny(10000, 32, 32, 3)
	for _, list := range []string{"pad=4,mirror", "translate=2,alternating-mirror", "resized-crop,mirror", "pad=4,mirror,mixup=0.2"} {
		bm.Run(list, func(bm *testing.B) {
			a, err := ParseAugment(list)
			if err != nil {
				bm.Fatal(err)
			}
			b := newBatcher(bm, d, 128, 0, a)
			into := b.NewBatch()
			k := 0
			for bm.Loop() {
				if err := b.FillBatch(into, k/b.Batches(), k%b.Batches()); err != nil {
					bm.Fatal(err)
				}
				k++
			}
			bm.ReportMetric(float64(128*bm.N)/bm.Elapsed().Seconds(), "images/s")
		})
	}
}
