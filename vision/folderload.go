package vision

// This file decodes the pictures of a folder of class folders into a data set.

import (
	"fmt"
	"image"
	"math"
	"os"
	"slices"

	"mgtool/internal/parallel"
	"mgtool/internal/picture"
)

// maxFolderBytes bounds what is kept in memory of a folder.
const maxFolderBytes = 32 << 30

// Describe returns the data set without images, as far as it is known before
// they are read: classes, mean and deviation are what f has of them.
func (f Folder) Describe() *Dataset {
	return &Dataset{Name: "folder", Height: f.Size, Width: f.Size, Channels: f.Channels,
		Classes: slices.Clone(f.Classes), Mean: slices.Clone(f.Mean), Std: slices.Clone(f.Std)}
}

// Load reads the training and the test images of the folder dir. The mean and
// deviation, if f has none, are those of all bytes of the training images; a
// deviation below a grey step, 1/255, is taken as that. A file that cannot be
// decoded is named, in a [DamagedError] or in [Dataset.Skipped], as f.Damaged says.
func (f Folder) Load(dir string) (train, test *Dataset, err error) {
	l, err := f.List(dir)
	if err != nil {
		return nil, nil, err
	}
	if train, err = f.decode(dir, l.Classes, l.train, f.Stored); err != nil {
		return nil, nil, err
	}
	if test, err = f.decode(dir, l.Classes, l.test, 0); err != nil {
		return nil, nil, err
	}
	if err := f.settle(dir, train, test); err != nil {
		return nil, nil, err
	}
	if f.Mean == nil {
		train.Mean, train.Std = moments(train.Pixels, f.Channels)
		test.Mean, test.Std = slices.Clone(train.Mean), slices.Clone(train.Std)
		if train.Larger != nil {
			train.Larger.Mean, train.Larger.Std = slices.Clone(train.Mean), slices.Clone(train.Std)
		}
	}
	return train, test, nil
}

// LoadTest is [Folder.Load] for the test images alone. The training images are
// read too if f does not know their mean and deviation.
func (f Folder) LoadTest(dir string) (*Dataset, error) {
	if f.Mean == nil {
		_, test, err := f.Load(dir)
		return test, err
	}
	l, err := f.List(dir)
	if err != nil {
		return nil, err
	}
	test, err := f.decode(dir, l.Classes, l.test, 0)
	if err != nil {
		return nil, err
	}
	return test, f.settle(dir, test)
}

// LoadOther reads the images of a folder that was not trained on, to evaluate on them:
// all images of plain class folders, or those of its folder test or val. It may have
// only some of the classes. If dir is the folder that f describes, moved or copied, own
// is true and test is nil: it has a part that was trained on, which LoadTest leaves out.
// The mean and deviation of the images that would be trained on show that. A folder that
// has both a training and a test part counts as own, too.
func (f Folder) LoadOther(dir string) (test *Dataset, own bool, err error) {
	l, err := f.list(dir, true)
	if err != nil {
		return nil, false, err
	}
	if !l.drawn && l.Train > 0 {
		return nil, true, nil
	}
	train, err := f.decode(dir, l.Classes, l.train, 0)
	if err != nil {
		return nil, false, err
	}
	if f.Mean != nil && train.Len() > 0 {
		mean, std := moments(train.Pixels, f.Channels)
		if slices.Equal(mean, f.Mean) && slices.Equal(std, f.Std) {
			return nil, true, nil
		}
	}
	if test, err = f.decode(dir, l.Classes, l.test, 0); err != nil {
		return nil, false, err
	}
	train.Pixels, train.Labels, train.Files = append(train.Pixels, test.Pixels...), append(train.Labels, test.Labels...), append(train.Files, test.Files...)
	train.Skipped = append(train.Skipped, test.Skipped...)
	return train, false, f.settle(dir, train)
}

// DamagedError tells which files of a folder cannot be decoded.
type DamagedError struct {
	Dir     string
	Files   int     // pictures that were to be decoded
	Damaged []error // one for each that cannot be, with its name
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

// decode reads files, several at a time, and keeps them at the size of f and, if
// stored is not 0, at that size too.
func (f Folder) decode(dir string, classes []string, files []pictureFile, stored int) (*Dataset, error) {
	d := f.Describe()
	d.Name, d.Classes = dir, slices.Clone(classes)
	size := d.size()
	if total := len(files) * f.Channels * (f.Size*f.Size + stored*stored); total > maxFolderBytes {
		return nil, fmt.Errorf("vision: the %d images of %s at %d x %d x %d take %.1f GB, at most %d are kept; want a smaller size or fewer files",
			len(files), dir, f.Size, f.Size, f.Channels, float64(total)/(1<<30), maxFolderBytes>>30)
	}
	d.Pixels = make([]uint8, len(files)*size)
	if stored > 0 {
		larger := *d
		larger.Height, larger.Width = stored, stored
		larger.Pixels = make([]uint8, len(files)*larger.size())
		d.Larger = &larger
	}
	wrong := make([]error, len(files))
	parallel.Each(len(files), func(_, i int) {
		var source image.Image
		if source, wrong[i] = decodeFile(files[i].path); wrong[i] != nil {
			return
		}
		copy(d.Pixels[i*size:], resample(source, f.Size, f.Size, f.Channels))
		if d.Larger != nil {
			copy(d.Larger.Pixels[i*d.Larger.size():], resample(source, stored, stored, f.Channels))
		}
	})
	for i, err := range wrong {
		if err != nil {
			d.Skipped = append(d.Skipped, err)
			continue
		}
		d.keep(i)
		d.Labels = append(d.Labels, files[i].label)
		d.Files = append(d.Files, relative(dir, files[i].path))
	}
	d.Pixels = d.Pixels[:d.Len()*size]
	if d.Larger != nil {
		d.Larger.Pixels, d.Larger.Labels = d.Larger.Pixels[:d.Len()*d.Larger.size()], d.Labels
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

// keep moves image i down to where the next one belongs, over skipped ones.
func (d *Dataset) keep(i int) {
	to, size := d.Len(), d.size()
	copy(d.Pixels[to*size:(to+1)*size], d.Pixels[i*size:(i+1)*size])
	if l := d.Larger; l != nil {
		size = l.size()
		copy(l.Pixels[to*size:(to+1)*size], l.Pixels[i*size:(i+1)*size])
	}
}

// moments returns the mean and the standard deviation of every channel. Bytes
// are counted first, so the sums are whole numbers and have no order.
func moments(pixels []uint8, channels int) (mean, std []float32) {
	count := make([][256]int, channels)
	for k, v := range pixels {
		count[k%channels][v]++
	}
	n := float64(len(pixels) / channels)
	for c := range count {
		sum, squares := 0, 0
		for v, times := range count[c] {
			sum += v * times
			squares += v * v * times
		}
		m := float64(sum) / n
		variance := float64(squares)/n - m*m
		mean = append(mean, float32(m/255))
		std = append(std, float32(math.Sqrt(max(variance, 1))/255))
	}
	return mean, std
}
