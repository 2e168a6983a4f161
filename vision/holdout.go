package vision

import (
	"fmt"
	"slices"
)

// HoldOut splits off every k-th image of each class, beginning with the class's k-th, to
// choose settings on images that are neither trained nor tested on. Counting by class
// gives each class its share in any order of the images. Both results are copies. k below
// 2, or so large that nothing is held out, is an error.
func (d *Dataset) HoldOut(k int) (rest, held *Dataset, err error) {
	if err := d.check(); err != nil {
		return nil, nil, err
	}
	seen := make([]int, maxClasses) // by label
	out := make([]bool, d.Len())
	for i, label := range d.Labels {
		seen[label]++
		out[i] = k > 0 && seen[label]%k == 0
	}
	if largest := slices.Max(seen); k < 2 || k > largest {
		return nil, nil, fmt.Errorf("vision: every image number %d held out of a class's %d or fewer in %s; want 2 to %d", k, largest, d.Name, largest)
	}
	rest, held = d.pick(func(i int) bool { return !out[i] }), d.pick(func(i int) bool { return out[i] })
	return rest, held, nil
}

// pick copies some images.
func (d *Dataset) pick(want func(i int) bool) *Dataset {
	some, kept := *d, 0
	for i := range d.Kept() {
		if want(i) {
			kept++
		}
	}
	some.Pixels, some.Labels, some.Files = make([]uint8, 0, kept*d.size()), nil, nil
	for i, label := range d.Labels {
		if want(i) {
			if i < d.Kept() { // else it is decoded whenever it is asked for
				some.Pixels = append(some.Pixels, d.Image(i)...)
			}
			some.Labels = append(some.Labels, label)
			if d.Files != nil {
				some.Files = append(some.Files, d.Files[i])
			}
		}
	}
	if d.Larger != nil {
		some.Larger = d.Larger.pick(want)
	}
	return &some
}
