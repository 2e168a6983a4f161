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
	if !slices.Equal(held.Pixels, []uint8{102, 105, 108}) || !slices.Equal(rest.Pixels, []uint8{100, 101, 103, 104, 106, 107, 109}) {
		t.Errorf("held out %v, kept %v", held.Pixels, rest.Pixels)
	}
	if held.Labels[1] != d.Labels[5] || rest.Labels[3] != d.Labels[4] || held.Name != d.Name {
		t.Error("labels went astray")
	}
	for _, k := range []int{-1, 0, 1, 11} {
		if _, _, err := d.HoldOut(k); err == nil {
			t.Errorf("every image number %d is held out", k)
		}
	}
}
