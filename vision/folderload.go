package vision

// This file decodes the pictures of a folder of class folders into a data set.

import (
	"fmt"
	"image"
	"math"
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
// decoded is named, in the error or in [Dataset.Skipped], as f.Damaged says.
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
	return f.decode(dir, l.Classes, l.test, 0)
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
		if source, wrong[i] = picture.Decode(files[i].path); wrong[i] != nil {
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
	}
	if n := len(d.Skipped); n > 0 && f.Damaged == "refuse" {
		return nil, fmt.Errorf("vision: %d of the %d files of %s cannot be read, they can be skipped by choice; the first: %w", n, len(files), dir, d.Skipped[0])
	}
	if d.Len() == 0 {
		return nil, fmt.Errorf("vision: none of the %d files of %s can be read; the first: %w", len(files), dir, d.Skipped[0])
	}
	d.Pixels = d.Pixels[:d.Len()*size]
	if d.Larger != nil {
		d.Larger.Pixels, d.Larger.Labels = d.Larger.Pixels[:d.Len()*d.Larger.size()], d.Labels
	}
	return d, nil
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
