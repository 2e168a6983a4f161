package vision

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"mgtool/source"
)

// noisePicture is a picture of random pixels.
func noisePicture(rng *rand.Rand, width, height int) *image.NRGBA {
	p := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range p.Pix {
		p.Pix[i] = uint8(rng.Uint32() >> 24)
	}
	return p
}

// noiseFolder is a folder of two classes with n pictures each, of which a share is for
// testing.
func noiseFolder(t testing.TB, n int) string {
	rng := rand.New(rand.NewPCG(1, 2))
	files := map[string][]byte{}
	for _, class := range []string{"a", "b"} {
		for i := range n {
			files[fmt.Sprintf("%s/%03d.png", class, i)] = pngOf(t, noisePicture(rng, 9+i%5, 8+i%3))
		}
	}
	return writeAll(t, files)
}

// drain returns the inputs and labels of two epochs, made ahead or one by one.
func drain(t *testing.T, d *Dataset, a Augment, ahead bool) (x []float32, labels []int32) {
	t.Helper()
	b, err := NewBatcher(d, 3, 7, a)
	if err != nil {
		t.Fatal(err)
	}
	if ahead {
		l, err := source.NewLoader(b, 0, 0, 2, 2)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for {
			next, err := l.Next()
			if err == io.EOF {
				return x, labels
			}
			if err != nil {
				t.Fatal(err)
			}
			x, labels = append(x, next.X...), append(labels, next.Labels...)
		}
	}
	into := b.NewBatch()
	for epoch := range 2 {
		for batch := range b.Batches() {
			if err := b.FillBatch(into, epoch, batch); err != nil {
				t.Fatal(err)
			}
			x, labels = append(x, into.X...), append(labels, into.Labels...)
		}
	}
	return x, labels
}

// A folder gives the same bits however many of its images are kept in memory: batches,
// moments, parts that are held out, inputs of an evaluation.
func TestOnDemandIsTheSame(t *testing.T) {
	dir := noiseFolder(t, 10)
	f := smallFolder()
	f.Stored = 8
	load := func(memory int64) (train, test *Dataset) {
		f.Memory = memory
		train, test, err := f.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []*Dataset{train, test} {
			if err := d.check(); err != nil {
				t.Fatal(err)
			}
		}
		return train, test
	}
	one := int64(3 * (6*6 + 8*8)) // both sizes of an image
	kept, keptTest := load(1 << 30)
	if kept.Kept() != 16 || keptTest.Kept() != 4 {
		t.Fatalf("%d and %d images are kept; want all", kept.Kept(), keptTest.Kept())
	}
	for _, c := range []struct {
		memory      int64
		train, test int // kept
	}{{1, 0, 0}, {5 * one, 5, 0}, {16*one + 2*3*6*6, 16, 2}} {
		train, test := load(c.memory)
		if train.Kept() != c.train || test.Kept() != c.test {
			t.Fatalf("with %d bytes %d and %d images are kept; want %d and %d", c.memory, train.Kept(), test.Kept(), c.train, c.test)
		}
		if !slices.Equal(train.Mean, kept.Mean) || !slices.Equal(train.Std, kept.Std) || !slices.Equal(train.Files, kept.Files) {
			t.Errorf("%d kept: other moments or files", c.train)
		}
		rest, held, err := train.HoldOut(4)
		if err != nil {
			t.Fatal(err)
		}
		keptRest, keptHeld, err := kept.HoldOut(4)
		if err != nil {
			t.Fatal(err)
		}
		few, err := train.Limit(9)
		if err != nil {
			t.Fatal(err)
		}
		keptFew, err := kept.Limit(9)
		if err != nil {
			t.Fatal(err)
		}
		for name, pair := range map[string][2]*Dataset{"all": {train, kept}, "rest": {rest, keptRest}, "held out": {held, keptHeld}, "limit": {few, keptFew}} {
			for _, a := range []Augment{{}, {Pad: 2, Mirror: true}, {Translate: 1, Cutout: 2}, {ResizedCrop: true, Mixup: .4}} {
				want, labels := drain(t, pair[1], a, false)
				for _, ahead := range []bool{false, true} {
					got, gotLabels := drain(t, pair[0], a, ahead)
					if !slices.Equal(got, want) || !slices.Equal(gotLabels, labels) {
						t.Errorf("%s, %d kept, %+v, ahead %v: other batches", name, c.train, a, ahead)
					}
				}
			}
		}
		got, want := make([]float32, 4*6*6*3), make([]float32, 4*6*6*3)
		if err := errors.Join(test.Normalize(got, 0, 4), keptTest.Normalize(want, 0, 4)); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d kept: other inputs of the evaluation", c.test)
		}
		pixels, err := train.Bytes(3, 10)
		if err != nil || !bytes.Equal(pixels, kept.Pixels[3*108:13*108]) || !bytes.Equal(train.Image(15), kept.Image(15)) {
			t.Errorf("%d kept: other bytes (%v)", c.train, err)
		}
	}
}

// The memory does not grow with the number of pictures but for their names and labels:
// by less than a hundredth of what they take decoded.
func TestOnDemandMemory(t *testing.T) {
	const size = 128
	picture := pngOf(t, filled(4, 4, color.NRGBA{9, 99, 199, 255}))
	live := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	// most is the live memory at its largest while a folder is loaded and an epoch made.
	most := func(count int) int64 {
		dir := writeAll(t, map[string][]byte{"train/a/0.png": picture, "train/b/0.png": picture, "test/a/0.png": picture})
		for i := 1; i < count/2; i++ {
			for _, class := range []string{"a", "b"} {
				if err := os.Link(filepath.Join(dir, "train", class, "0.png"), filepath.Join(dir, "train", class, fmt.Sprint(i, ".png"))); err != nil {
					t.Skip("no links: ", err)
				}
			}
		}
		f := DefaultFolder()
		f.Size, f.Memory = size, 1<<20
		before := live()
		train, _, err := f.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if train.Len() != count || train.Kept() != 1<<20/(3*size*size) {
			t.Fatalf("%d images, %d kept", train.Len(), train.Kept())
		}
		b, err := NewBatcher(train, 20, 1, Augment{Pad: 4, Mirror: true})
		if err != nil {
			t.Fatal(err)
		}
		into, most := b.NewBatch(), live()
		for batch := range b.Batches() {
			if err := b.FillAhead(into, 0, batch, nil); err != nil {
				t.Fatal(err)
			}
			if batch%5 == 4 {
				most = max(most, live())
			}
		}
		runtime.KeepAlive(train)
		return most - before
	}
	few, many := most(100), most(1100)
	decoded := int64(1000 * 3 * size * size)
	t.Logf("live memory with 100 pictures %d bytes, with 1100 %d; 1000 decoded take %d", few, many, decoded)
	if grown := many - few; grown > decoded/100 {
		t.Errorf("1000 more pictures take %d more bytes; want at most %d", grown, decoded/100)
	}
}

// A picture that is damaged in its header is named at once; behind it, at once where all
// are decoded anyway, and else when it is asked for.
func TestOnDemandDamaged(t *testing.T) {
	whole := pngOf(t, noisePicture(rand.New(rand.NewPCG(3, 4)), 40, 40))
	files := map[string][]byte{}
	for i := range 6 {
		files[fmt.Sprintf("train/a/%d.png", i)], files[fmt.Sprintf("train/b/%d.png", i)] = whole, whole
	}
	files["test/a/0.png"], files["test/b/0.png"] = whole, whole
	files["train/b/4.png"] = whole[:len(whole)-200]
	dir := writeAll(t, files)
	f := smallFolder()
	f.Memory = 1
	const file = "4.png is damaged"
	if _, _, err := f.Load(dir); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("moments unknown: error %v; want one that names %s", err, file)
	}
	f.Mean, f.Std = []float32{.5, .5, .5}, []float32{.25, .25, .25}
	train, test, err := f.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if train.Kept() != 0 || train.Len() != 12 || test.Len() != 2 {
		t.Fatalf("%d + %d images, %d kept", train.Len(), test.Len(), train.Kept())
	}
	b, err := NewBatcher(train, 4, 1, Augment{})
	if err != nil {
		t.Fatal(err)
	}
	failed := error(nil)
	into := b.NewBatch()
	for batch := range b.Batches() {
		failed = errors.Join(failed, b.FillBatch(into, 0, batch))
	}
	if failed == nil || strings.Count(failed.Error(), file) != 1 {
		t.Errorf("an epoch: error %v; want one that names %s once", failed, file)
	}
	l, err := source.NewLoader(b, 0, 0, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = l.Next()
	}
	l.Close()
	if err == io.EOF || !strings.Contains(err.Error(), file) {
		t.Errorf("made ahead: error %v; want one that names %s", err, file)
	}
	if _, err := train.Bytes(0, 12); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("read: error %v; want one that names %s", err, file)
	}
	bad := slices.Index(train.Files, filepath.Join("train", "b", "4.png"))
	if train.Image(bad) != nil || train.Picture(bad) == nil || train.Picture(train.Len()) != nil {
		t.Errorf("image %d: want no bytes, and a black picture", bad)
	}
	f.Damaged = "skip"
	if train, _, err = f.Load(dir); err != nil || train.Len() != 11 || len(train.Skipped) != 1 {
		t.Fatalf("skip: %v", err)
	}
	if _, err := train.Bytes(0, 11); err != nil {
		t.Error(err)
	}
	f.Damaged = "refuse"
	if err := os.WriteFile(filepath.Join(dir, "train", "a", "1.png"), whole[:20], 0o644); err != nil {
		t.Fatal(err)
	}
	var damaged *DamagedError
	if _, _, err = f.Load(dir); !errors.As(err, &damaged) || len(damaged.Damaged) != 1 || !strings.Contains(err.Error(), "1.png is damaged") {
		t.Errorf("a damaged header: error %v; want one that names 1.png", err)
	}
}

// LoadOther joins the parts of plain class folders, kept or not.
func TestOnDemandOther(t *testing.T) {
	dir := noiseFolder(t, 5)
	f := smallFolder()
	f.Mean, f.Std, f.Classes = []float32{.5, .5, .5}, []float32{.25, .25, .25}, []string{"a", "b"}
	var all [][]uint8
	for _, memory := range []int64{1, 3 * 108, 9 * 108, 1 << 20} {
		f.Memory = memory
		d, own, err := f.LoadOther(dir)
		if err != nil || own {
			t.Fatal(own, err)
		}
		pixels, err := d.Bytes(0, d.Len())
		if err != nil || d.Len() != 10 {
			t.Fatalf("%d images, %v", d.Len(), err)
		}
		all = append(all, pixels)
		if !bytes.Equal(pixels, all[0]) || d.Kept() != int(min(10, memory/108)) {
			t.Errorf("with %d bytes: %d kept, or other pixels", memory, d.Kept())
		}
	}
	f.Memory, f.Mean, f.Std = 1, nil, nil
	train, _, err := f.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	f.Mean, f.Std = train.Mean, train.Std
	if _, own, err := f.LoadOther(dir); err != nil || !own {
		t.Errorf("the folder itself is not known again (%v)", err)
	}
}

// A batch that is made ahead is given up when it is not wanted any more.
func TestOnDemandStops(t *testing.T) {
	f := smallFolder()
	f.Memory = 1
	train, _, err := f.Load(noiseFolder(t, 10))
	if err != nil {
		t.Fatal(err)
	}
	b := newBatcher(t, train, 16, 1, Augment{})
	stop := make(chan struct{})
	if err := b.FillAhead(b.NewBatch(), 0, 0, stop); err != nil {
		t.Error(err)
	}
	close(stop)
	into := b.NewBatch()
	if err := b.FillAhead(into, 0, 0, stop); !errors.Is(err, source.ErrStopped) || slices.ContainsFunc(into.X, func(v float32) bool { return v != 0 }) {
		t.Errorf("stopped before it began: error %v; want ErrStopped, and no image", err)
	}
}
