package vision

// The bytes of images, from memory or decoded on demand.

import (
	"fmt"
	"math"
	"path/filepath"
	"sync"

	"mgtool/internal/memory"
	"mgtool/internal/parallel"
)

// Decoded images of a folder may take 1/keepShare of the free memory: Go's heap grows to
// twice what is in use, and the training needs memory too. keepUnknown is the limit in
// bytes where the system does not tell what is free.
const (
	keepShare   = 4
	keepUnknown = 4 << 30
)

// room is the limit on the bytes of decoded images that are kept.
func (f Folder) room() int64 {
	if f.Memory > 0 {
		return f.Memory
	}
	if free := memory.Free(); free < math.MaxInt64 {
		return free / keepShare
	}
	return keepUnknown
}

// Kept returns how many of the images are in memory: all, or the first ones.
func (d *Dataset) Kept() int { return len(d.Pixels) / max(1, d.size()) }

// decodes reports whether images that are not in memory can be decoded from their files.
func (d *Dataset) decodes() bool {
	return d.dir != "" && len(d.Files) == d.Len() && len(d.Pixels)%d.size() == 0 && d.Kept() <= d.Len()
}

// Bytes returns the bytes of count images starting at image first, (count, H, W, C). The
// caller must not write to them. Images that are not in memory are decoded, on all cores;
// one that does not exist or cannot be decoded is an error.
func (d *Dataset) Bytes(first, count int) ([]uint8, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if err := d.holds(first, count); err != nil {
		return nil, err
	}
	size := d.size()
	if first+count <= d.Kept() {
		return d.Pixels[first*size : (first+count)*size], nil
	}
	all := make([]uint8, count*size)
	var failed firstError
	parallel.Each(count, func(_, i int) {
		pixels, err := d.image(first + i)
		failed.note(i, err)
		copy(all[i*size:], pixels)
	})
	return all, failed.err
}

// holds returns an error if d does not have all of these images.
func (d *Dataset) holds(first, count int) error {
	if first < 0 || count < 0 || first > d.Len()-count {
		return fmt.Errorf("vision: %d images from image %d on, but %s has %d", count, first, d.Name, d.Len())
	}
	return nil
}

// image returns the bytes of image i, decoded on the caller's goroutine if they are not in
// memory. The caller must not write to them.
func (d *Dataset) image(i int) ([]uint8, error) {
	size := d.size()
	if i < d.Kept() {
		return d.Pixels[i*size : (i+1)*size : (i+1)*size], nil
	}
	if !d.decodes() {
		return nil, fmt.Errorf("vision: image %d of %s has no pixels", i, d.Name)
	}
	source, err := decodeFile(filepath.Join(d.dir, d.Files[i]))
	if err != nil {
		return nil, fmt.Errorf("vision: %w", err)
	}
	return resample(source, d.Height, d.Width, d.Channels), nil
}

// firstError keeps the error with the lowest index among units that run concurrently.
type firstError struct {
	lock sync.Mutex
	unit int
	err  error
}

// note records the outcome of a unit.
func (f *firstError) note(unit int, err error) {
	if err == nil {
		return
	}
	f.lock.Lock()
	defer f.lock.Unlock()
	if f.err == nil || unit < f.unit {
		f.unit, f.err = unit, err
	}
}
