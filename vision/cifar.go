package vision

// This file reads the binary versions of CIFAR-10 and CIFAR-100: records of
// label bytes, one or two, and 3072 pixel bytes, which are the planes of red,
// green and blue, each 32 x 32.

import (
	"fmt"
	"io/fs"
	"path"
	"slices"

	"mgtool/internal/parallel"
)

// Sizes of CIFAR in bytes.
const (
	cifarPlane  = 32 * 32
	cifarImage  = 3 * cifarPlane
	cifarRecord = 1 + cifarImage // of CIFAR-10
)

// cifarFormat is what the versions of CIFAR differ in.
type cifarFormat struct {
	train, test []string // under the folder that the official archive unpacks to
	labels      int      // label bytes of a record
	label       int      // which of them is the label
}

// The formats. A record of CIFAR-100 begins with the coarse label, of 20
// superclasses, and the fine one, of 100 classes.
var (
	cifar10 = cifarFormat{
		train: []string{
			"cifar-10-batches-bin/data_batch_1.bin",
			"cifar-10-batches-bin/data_batch_2.bin",
			"cifar-10-batches-bin/data_batch_3.bin",
			"cifar-10-batches-bin/data_batch_4.bin",
			"cifar-10-batches-bin/data_batch_5.bin",
		},
		test:   []string{"cifar-10-batches-bin/test_batch.bin"},
		labels: 1,
	}
	cifar100       = cifarFormat{train: []string{"cifar-100-binary/train.bin"}, test: []string{"cifar-100-binary/test.bin"}, labels: 2, label: 1}
	cifar100Coarse = cifarFormat{train: cifar100.train, test: cifar100.test, labels: 2, label: 0}
)

// record is the number of bytes of an image with its labels.
func (f cifarFormat) record() int { return f.labels + cifarImage }

// load reads the test or the training images.
func (f cifarFormat) load(s *spec, folder fs.FS, where string, test bool) (*Dataset, error) {
	names := f.train
	if test {
		names = f.test
	}
	files := make([]string, len(names)) // all must be there before the long reading begins
	for i, name := range names {
		var err error
		if files[i], err = locate(s, folder, where, name); err != nil {
			return nil, err
		}
	}
	d := s.dataset()
	for i, file := range files {
		raw, err := read(folder, file, maxFile)
		if err != nil {
			return nil, err
		}
		if i == 0 { // the files have one size, so this is all the memory that will be needed
			d.Pixels = make([]uint8, 0, len(files)*len(raw))
		}
		if err := f.add(d, file, raw); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// add adds the records of one file to d, with their pixels turned from planes
// to channels last. When it fails, d is as before.
func (f cifarFormat) add(d *Dataset, file string, raw []byte) error {
	size := f.record()
	n := len(raw) / size
	if n == 0 || len(raw)%size != 0 {
		return fmt.Errorf("vision: %s has %d bytes, that is %d records of %d bytes and %d bytes over; expected a whole number of records, at least one",
			path.Base(file), len(raw), n, size, len(raw)%size)
	}
	for i := range n {
		if label := raw[i*size+f.label]; int(label) >= len(d.Classes) {
			return labelError(path.Base(file), i, uint16(label), len(d.Classes))
		}
	}
	first := len(d.Pixels)
	d.Pixels = slices.Grow(d.Pixels, n*cifarImage)[:first+n*cifarImage]
	parallel.For(n, 256, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			planes := raw[i*size+f.labels : (i+1)*size]
			red, green, blue := planes[:cifarPlane], planes[cifarPlane:2*cifarPlane], planes[2*cifarPlane:]
			image := d.Pixels[first+i*cifarImage:][:cifarImage]
			for k := range red {
				image[3*k], image[3*k+1], image[3*k+2] = red[k], green[k], blue[k]
			}
		}
	})
	for i := range n {
		d.Labels = append(d.Labels, uint16(raw[i*size+f.label]))
	}
	return nil
}

// pythonCIFAR says that a folder, of which where is the name for people, holds the
// Python version of CIFAR, or an archive that is not unpacked; it is empty if not so.
func pythonCIFAR(folder fs.FS, where string) string {
	for _, name := range []string{"cifar-10-batches-py", "cifar-100-python", "cifar-10-python.tar.gz", "cifar-100-python.tar.gz", "data_batch_1", "batches.meta"} {
		if _, err := fs.Stat(folder, name); err == nil {
			return fmt.Sprintf("%s is the Python version of CIFAR; want the binary version", path.Join(where, name))
		}
	}
	for _, name := range []string{"cifar-10-binary.tar.gz", "cifar-100-binary.tar.gz"} {
		if _, err := fs.Stat(folder, name); err == nil {
			return fmt.Sprintf("%s is an archive; unpack it, or fetch the files", path.Join(where, name))
		}
	}
	return ""
}
