package vision

// This file gives the bytes of images, kept in memory or decoded when they are asked for.

import (
	"fmt"
	"math"
	"path/filepath"
	"sync"

	"mgtool/internal/memory"
	"mgtool/internal/parallel"
)

// The images of a folder may take 1/keepShare of the free memory: Go lets its memory grow
// to twice of what is in use, and the training needs some too. keepUnknown is how many
// bytes they may take on systems that do not say what is free.
const (
	keepShare   = 4
	keepUnknown = 4 << 30
)

// room is how many bytes of decoded images are kept.
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

// decodes reports whether the images that are not in memory have files.
func (d *Dataset) decodes() bool {
	return d.dir != "" && len(d.Files) == d.Len() && len(d.Pixels)%d.size() == 0 && d.Kept() <= d.Len()
}

// Bytes returns the bytes of count images from image first on, (count, H, W, C), to be
// read only. What is not in memory is decoded, on all cores. An image that does not
// exist or cannot be decoded is an error.
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

// holds reports a range of images that d does not have.
func (d *Dataset) holds(first, count int) error {
	if first < 0 || count < 0 || first > d.Len()-count {
		return fmt.Errorf("vision: %d images from image %d on, but %s has %d", count, first, d.Name, d.Len())
	}
	return nil
}

// image returns the bytes of image i, to be read only. One that is not in memory is
// decoded by the caller's goroutine.
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

// firstError keeps the error of the first of several units that run at the same time.
type firstError struct {
	lock sync.Mutex
	unit int
	err  error
}

// note takes in the outcome of a unit.
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
