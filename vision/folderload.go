package vision

// This file decodes the pictures of a folder of class folders into a data set.

import (
	"fmt"
	"image"
	"os"
	"slices"

	"mgtool/internal/parallel"
	"mgtool/internal/picture"
)

// Describe returns the data set without images: its form, and the classes, mean and
// deviation if f has them.
func (f Folder) Describe() *Dataset {
	return &Dataset{Name: "folder", Height: f.Size, Width: f.Size, Channels: f.Channels,
		Classes: slices.Clone(f.Classes), Mean: slices.Clone(f.Mean), Std: slices.Clone(f.Std)}
}

// Load reads the training and the test images of the folder dir. It keeps as many of them
// decoded as f.Memory allows, training images first. If f has no mean and deviation, they
// are those of all bytes of the training images; a deviation below one grey level, 1/255,
// is raised to that.
//
// Files that cannot be decoded are named, in a [DamagedError] or in [Dataset.Skipped], as
// f.Damaged says. Of images that are not kept, only the header is read, unless f has no
// moments or damaged files are to be skipped; damage behind the header is then reported,
// with the file's name, when the image is needed.
func (f Folder) Load(dir string) (train, test *Dataset, err error) {
	l, err := f.List(dir)
	if err != nil {
		return nil, nil, err
	}
	var seen *histogram
	if f.Mean == nil {
		seen = newHistogram(f.Channels)
	}
	room := f.room()
	if train, err = f.decode(dir, l.Classes, l.train, f.Stored, room, seen); err != nil {
		return nil, nil, err
	}
	if test, err = f.decode(dir, l.Classes, l.test, 0, room-train.taken(), nil); err != nil {
		return nil, nil, err
	}
	if err := f.settle(dir, train, test); err != nil {
		return nil, nil, err
	}
	if seen != nil {
		train.Mean, train.Std = seen.moments()
		test.Mean, test.Std = slices.Clone(train.Mean), slices.Clone(train.Std)
		if train.Larger != nil {
			train.Larger.Mean, train.Larger.Std = slices.Clone(train.Mean), slices.Clone(train.Std)
		}
	}
	return train, test, nil
}

// LoadTest is [Folder.Load] for the test images only. It also reads the training images
// if f has no mean and deviation.
func (f Folder) LoadTest(dir string) (*Dataset, error) {
	if f.Mean == nil {
		_, test, err := f.Load(dir)
		return test, err
	}
	l, err := f.List(dir)
	if err != nil {
		return nil, err
	}
	test, err := f.decode(dir, l.Classes, l.test, 0, f.room(), nil)
	if err != nil {
		return nil, err
	}
	return test, f.settle(dir, test)
}

// LoadOther reads the images of a folder that was not trained on, for an evaluation: all
// images of plain class folders, or those of its folder test or val. It may have only some
// of the classes. If dir is the folder that f describes, moved or copied, own is true and
// test is nil, because part of it was trained on; use LoadTest. It is recognised by the
// mean and deviation of its training images. A folder with a training and a test part
// also counts as own.
func (f Folder) LoadOther(dir string) (test *Dataset, own bool, err error) {
	l, err := f.list(dir, true)
	if err != nil {
		return nil, false, err
	}
	if !l.drawn && l.Train > 0 {
		return nil, true, nil
	}
	var seen *histogram
	if f.Mean != nil {
		seen = newHistogram(f.Channels)
	}
	room := f.room()
	train, err := f.decode(dir, l.Classes, l.train, 0, room, seen)
	if err != nil {
		return nil, false, err
	}
	if seen != nil && train.Len() > 0 {
		mean, std := seen.moments()
		if slices.Equal(mean, f.Mean) && slices.Equal(std, f.Std) {
			return nil, true, nil
		}
	}
	if test, err = f.decode(dir, l.Classes, l.test, 0, room-train.taken(), nil); err != nil {
		return nil, false, err
	}
	train.append(test)
	return train, false, f.settle(dir, train)
}

// taken is what the images take that are in memory.
func (d *Dataset) taken() int64 {
	n := int64(len(d.Pixels))
	if d.Larger != nil {
		n += d.Larger.taken()
	}
	return n
}

// append adds the images of another part of the same folder.
func (d *Dataset) append(other *Dataset) {
	if d.Kept() == d.Len() { // the images in memory are the first ones
		d.Pixels, d.dir = append(d.Pixels, other.Pixels...), other.dir
	}
	d.Labels, d.Files = append(d.Labels, other.Labels...), append(d.Files, other.Files...)
	d.Skipped = append(d.Skipped, other.Skipped...)
}

// DamagedError lists the files of a folder that cannot be decoded.
type DamagedError struct {
	Dir     string
	Files   int     // pictures that were to be decoded
	Damaged []error // one a damaged file, with its name
}

func (e *DamagedError) Error() string {
	if len(e.Damaged) == e.Files {
		return fmt.Sprintf("vision: none of the %d pictures of %s can be decoded; the first: %v", e.Files, e.Dir, e.Damaged[0])
	}
	return fmt.Sprintf("vision: %d of the %d pictures of %s cannot be decoded, which Damaged \"skip\" leaves out; the first: %v",
		len(e.Damaged), e.Files, e.Dir, e.Damaged[0])
}

func (e *DamagedError) Unwrap() []error { return e.Damaged }

// settle refuses files that could not be decoded, unless they are to be left out and
// something is left of each part.
func (f Folder) settle(dir string, parts ...*Dataset) error {
	e := &DamagedError{Dir: dir}
	empty := false
	for _, d := range parts {
		e.Damaged = append(e.Damaged, d.Skipped...)
		e.Files += d.Len() + len(d.Skipped)
		empty = empty || d.Len() == 0
	}
	if len(e.Damaged) > 0 && (empty || f.Damaged == "refuse") {
		return e
	}
	return nil
}

// decode reads files, several at a time, and keeps the first ones, as many as fit into
// room bytes, at the size of f and, if stored is not 0, at that size too. With seen, all
// files are decoded and the bytes at the size of f counted.
func (f Folder) decode(dir string, classes []string, files []pictureFile, stored int, room int64, seen *histogram) (*Dataset, error) {
	d := f.Describe()
	d.Name, d.Classes, d.dir = dir, slices.Clone(classes), dir
	size := d.size()
	kept := int(min(int64(len(files)), max(0, room)/int64(f.Channels*(f.Size*f.Size+stored*stored))))
	d.Pixels = make([]uint8, kept*size)
	if stored > 0 {
		larger := *d
		larger.Height, larger.Width = stored, stored
		larger.Pixels = make([]uint8, kept*larger.size())
		d.Larger = &larger
	}
	counts := make([]*histogram, parallel.Workers())
	for i := range counts {
		counts[i] = newHistogram(f.Channels)
	}
	wrong := make([]error, len(files))
	parallel.Each(len(files), func(worker, i int) {
		if i >= kept && seen == nil && f.Damaged == "refuse" {
			wrong[i] = picture.Check(files[i].path)
			return
		}
		var source image.Image
		if source, wrong[i] = decodeFile(files[i].path); wrong[i] != nil {
			return
		}
		pixels := resample(source, f.Size, f.Size, f.Channels)
		if seen != nil {
			counts[worker].count(pixels)
		}
		if i >= kept {
			return
		}
		copy(d.Pixels[i*size:], pixels)
		if d.Larger != nil {
			copy(d.Larger.Pixels[i*d.Larger.size():], resample(source, stored, stored, f.Channels))
		}
	})
	if seen != nil {
		for _, c := range counts {
			seen.add(c)
		}
	}
	d.Labels, d.Files = make([]uint16, 0, len(files)), make([]string, 0, len(files))
	sound := 0 // of those kept
	for i, err := range wrong {
		if err != nil {
			d.Skipped = append(d.Skipped, err)
			continue
		}
		if i < kept {
			d.move(i, sound)
			sound++
		}
		d.Labels = append(d.Labels, files[i].label)
		d.Files = append(d.Files, relative(dir, files[i].path))
	}
	d.Pixels = d.Pixels[:sound*size]
	if l := d.Larger; l != nil {
		l.Pixels, l.Labels, l.Files = l.Pixels[:sound*l.size()], d.Labels, d.Files
	}
	if d.Kept() == d.Len() { // the files are of no more use but for their names
		d.dir = ""
		if d.Larger != nil {
			d.Larger.dir = ""
		}
	}
	return d, nil
}

// decodeFile decodes a picture, but waits for no pipe.
func decodeFile(path string) (image.Image, error) {
	if info, err := os.Stat(path); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is a pipe or a device, not a file", path)
	}
	return picture.Decode(path)
}

// move moves image i of those in memory to another place, before it.
func (d *Dataset) move(i, to int) {
	size := d.size()
	copy(d.Pixels[to*size:(to+1)*size], d.Pixels[i*size:(i+1)*size])
	if d.Larger != nil {
		d.Larger.move(i, to)
	}
}
