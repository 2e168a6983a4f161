package vision

import (
	"io"
	"slices"
	"testing"

	"mgtool/source"
)

func digest(t *testing.T, sources ...source.Source) string {
	t.Helper()
	sum, err := source.Digest(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// The digest knows pixels, labels, their order and the classes, and nothing else.
func TestDigest(t *testing.T) {
	set := func(change func(d *Dataset)) string {
		d := &Dataset{Height: 2, Width: 3, Channels: 1, Classes: []string{"a", "b"}, Pixels: make([]uint8, 6<<18), Mean: []float32{0}, Std: []float32{1}}
		for i := range d.Pixels {
			d.Pixels[i] = uint8(i * 7 >> 3)
		}
		for i := range len(d.Pixels) / 6 {
			d.Labels = append(d.Labels, 0)
			d.Labels[i] += 1
			if i%3 == 0 {
				d.Labels[i] = 0
			}
		}
		change(d)
		return digest(t, Images{Dataset: d}, Images{Dataset: d})
	}
	same := set(func(*Dataset) {})
	if other := set(func(d *Dataset) { d.Name, d.Mean = "other", []float32{.5} }); other != same {
		t.Error("the name changes it")
	}
	for name, change := range map[string]func(d *Dataset){
		"first pixel": func(d *Dataset) { d.Pixels[0]++ },
		"last pixel":  func(d *Dataset) { d.Pixels[len(d.Pixels)-1]++ },
		"label":       func(d *Dataset) { d.Labels[5] = 1 - d.Labels[5] },
		"order":       func(d *Dataset) { d.Labels[0], d.Labels[1] = d.Labels[1], d.Labels[0] },
		"shape":       func(d *Dataset) { d.Height, d.Width = 3, 2 },
		"class":       func(d *Dataset) { d.Classes = []string{"a", "c"} },
		"larger":      func(d *Dataset) { larger := *d; d.Larger = &larger },
	} {
		if set(change) == same {
			t.Errorf("another %s does not change it", name)
		}
	}
}

// Runs have recorded this digest since there are digests.
func TestDigestKept(t *testing.T) {
	train, test, err := Load("sample", "")
	if err != nil {
		t.Fatal(err)
	}
	const want = "sha256:bc360b23a00d12452c3271fedde14739613a6e96c924daf51bc4bcd245cbce21"
	if got := digest(t, Images{Dataset: train}, Images{Dataset: test}); got != want {
		t.Errorf("the sample has %s, want %s", got, want)
	}
}

// A folder has the same digest however many images are in memory.
func TestOnDemandDigest(t *testing.T) {
	dir := noiseFolder(t, 12)
	f := DefaultFolder()
	f.Size, f.Stored = 200, 300 // several blocks of 1 MiB, which no image ends with
	var sums []string
	for _, memory := range []int64{1 << 30, 1, 7 << 20} {
		f.Memory = memory
		train, test, err := f.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, digest(t, Images{Dataset: train}, Images{Dataset: test}))
	}
	if sums[1] != sums[0] || sums[2] != sums[0] {
		t.Errorf("digests %v; want three equal ones", sums)
	}
}

// Images are a source: evaluation reads them in order, normalised, with their labels.
func TestImagesRead(t *testing.T) {
	d := tiny(9, 3, 2, 2)
	for i := range d.Labels {
		d.Labels[i] = uint16(i % len(d.Classes))
	}
	var s source.Source = Images{Dataset: d, Augment: Augment{Pad: 1, Mirror: true}}
	b, want := s.Form().NewBatch(4), make([]float32, 4*12)
	if err := d.Normalize(want, 3, 4); err != nil {
		t.Fatal(err)
	}
	if err := s.Read(b, 3, 4); err != nil || !slices.Equal(b.X, want) {
		t.Errorf("read %v, want %v (%v)", b.X, want, err)
	}
	for i, l := range b.Labels {
		if l != int32(d.Labels[3+i]) {
			t.Errorf("label %d of image %d, want %d", l, 3+i, d.Labels[3+i])
		}
	}
	wantError(t, s.Read(b, 6, 4), "4 images from image 6")
	wantError(t, s.Read(b, 0, 5), "room for 48 inputs")
	if err := (Images{Dataset: d}).Digest(io.Discard); err != nil {
		t.Error(err)
	}
}
