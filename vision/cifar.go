package vision

// This file reads the binary version of CIFAR-10: records of a label byte and
// 3072 pixel bytes, which are the planes of red, green and blue, each 32 x 32.

import (
	"fmt"
	"io/fs"
	"path"
	"slices"

	"mgtool/internal/parallel"
)

// Sizes of CIFAR-10 in bytes.
const (
	cifarPlane  = 32 * 32
	cifarRecord = 1 + 3*cifarPlane
)

// The files of CIFAR-10, under the folder that the official archive unpacks to.
var (
	cifarTrain = []string{
		"cifar-10-batches-bin/data_batch_1.bin",
		"cifar-10-batches-bin/data_batch_2.bin",
		"cifar-10-batches-bin/data_batch_3.bin",
		"cifar-10-batches-bin/data_batch_4.bin",
		"cifar-10-batches-bin/data_batch_5.bin",
	}
	cifarTest = []string{"cifar-10-batches-bin/test_batch.bin"}
)

// loadCIFAR reads the test or the training images of CIFAR-10.
func loadCIFAR(s *spec, folder fs.FS, where string, test bool) (*Dataset, error) {
	if test {
		return readCIFAR(s, folder, where, cifarTest)
	}
	return readCIFAR(s, folder, where, cifarTrain)
}

// readCIFAR reads files of records into one data set.
func readCIFAR(s *spec, folder fs.FS, where string, names []string) (*Dataset, error) {
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
		if err := appendCIFAR(d, file, raw); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// appendCIFAR adds the records of one file to d, with their pixels turned from
// planes to channels last. When it fails, d is as before.
func appendCIFAR(d *Dataset, file string, raw []byte) error {
	n := len(raw) / cifarRecord
	if n == 0 || len(raw)%cifarRecord != 0 {
		return fmt.Errorf("vision: %s has %d bytes, that is %d records of %d bytes and %d bytes over; expected a whole number of records, at least one",
			path.Base(file), len(raw), n, cifarRecord, len(raw)%cifarRecord)
	}
	for i := range n {
		if label := raw[i*cifarRecord]; int(label) >= len(d.Classes) {
			return labelError(path.Base(file), i, label, len(d.Classes))
		}
	}
	first := len(d.Pixels)
	d.Pixels = slices.Grow(d.Pixels, n*3*cifarPlane)[:first+n*3*cifarPlane]
	parallel.For(n, 256, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			record := raw[i*cifarRecord+1 : (i+1)*cifarRecord]
			red, green, blue := record[:cifarPlane], record[cifarPlane:2*cifarPlane], record[2*cifarPlane:]
			image := d.Pixels[first+i*3*cifarPlane:][:3*cifarPlane]
			for k := range red {
				image[3*k], image[3*k+1], image[3*k+2] = red[k], green[k], blue[k]
			}
		}
	})
	for i := range n {
		d.Labels = append(d.Labels, raw[i*cifarRecord])
	}
	return nil
}
