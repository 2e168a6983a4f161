package vision

import (
	"slices"
	"testing"
)

func TestHoldOut(t *testing.T) {
	d := tiny(10, 1, 1, 1)
	for i := range d.Labels {
		d.Pixels[i] = uint8(100 + i)
	}
	rest, held, err := d.HoldOut(3)
	if err != nil {
		t.Fatal(err)
	}
	// Classes a, b, c come in turn, so that every third image would be one class.
	if !slices.Equal(held.Pixels, []uint8{106, 107, 108}) || !slices.Equal(rest.Pixels, []uint8{100, 101, 102, 103, 104, 105, 109}) {
		t.Errorf("held out %v, kept %v", held.Pixels, rest.Pixels)
	}
	if !slices.Equal(held.Labels, []uint16{0, 1, 2}) || !slices.Equal(rest.Labels, []uint16{0, 1, 2, 0, 1, 2, 0}) || held.Name != d.Name {
		t.Error("labels went astray")
	}
	for _, k := range []int{-1, 0, 1, 5} {
		if _, _, err := d.HoldOut(k); err == nil {
			t.Errorf("every image number %d is held out", k)
		}
	}
}
