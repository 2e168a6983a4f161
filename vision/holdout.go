package vision

import "fmt"

// HoldOut takes every k-th image out of a data set, from number k−1 on: for choosing
// settings on images that are neither trained on nor tested on. In a data set sorted
// by class every class gives its share. Both results are copies. An error is a k
// below 2, or one that leaves nothing to hold out.
func (d *Dataset) HoldOut(k int) (rest, held *Dataset, err error) {
	if err := d.check(); err != nil {
		return nil, nil, err
	}
	if k < 2 || k > d.Len() {
		return nil, nil, fmt.Errorf("vision: every image number %d held out of %d of %s; want 2 to %d", k, d.Len(), d.Name, d.Len())
	}
	rest, held = d.pick(func(i int) bool { return i%k != k-1 }), d.pick(func(i int) bool { return i%k == k-1 })
	return rest, held, nil
}

// pick copies some images.
func (d *Dataset) pick(want func(i int) bool) *Dataset {
	some := *d
	some.Pixels, some.Labels = nil, nil
	for i, label := range d.Labels {
		if want(i) {
			some.Pixels = append(some.Pixels, d.Image(i)...)
			some.Labels = append(some.Labels, label)
		}
	}
	if d.Larger != nil {
		some.Larger = d.Larger.pick(want)
	}
	return &some
}
