package runs

import (
	"testing"

	"mgtool/vision"
)

// The digest knows pixels, labels, their order and the classes, and nothing else.
func TestDigest(t *testing.T) {
	set := func(change func(d *vision.Dataset)) string {
		d := &vision.Dataset{Height: 2, Width: 3, Channels: 1, Classes: []string{"a", "b"}, Pixels: make([]uint8, 6*digestBlock/4)}
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
		return Digest(d, d)
	}
	same := set(func(*vision.Dataset) {})
	if other := set(func(d *vision.Dataset) { d.Name, d.Mean = "other", []float32{.5} }); other != same {
		t.Error("the name changes it")
	}
	for name, change := range map[string]func(d *vision.Dataset){
		"first pixel": func(d *vision.Dataset) { d.Pixels[0]++ },
		"last pixel":  func(d *vision.Dataset) { d.Pixels[len(d.Pixels)-1]++ },
		"label":       func(d *vision.Dataset) { d.Labels[5] = 1 - d.Labels[5] },
		"order":       func(d *vision.Dataset) { d.Labels[0], d.Labels[1] = d.Labels[1], d.Labels[0] },
		"shape":       func(d *vision.Dataset) { d.Height, d.Width = 3, 2 },
		"class":       func(d *vision.Dataset) { d.Classes = []string{"a", "c"} },
		"larger":      func(d *vision.Dataset) { larger := *d; d.Larger = &larger },
	} {
		if set(change) == same {
			t.Errorf("another %s does not change it", name)
		}
	}
}
