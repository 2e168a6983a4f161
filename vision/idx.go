package vision

// This file reads the idx format of MNIST and Fashion-MNIST: a magic number
// (two zero bytes, the element type, the number of dimensions), each dimension
// as a 32-bit big-endian number, then the elements.

import (
	"encoding/binary"
	"fmt"
	"io/fs"
)

// The four files of a data set in idx format.
const (
	idxTrainImages = "train-images-idx3-ubyte"
	idxTrainLabels = "train-labels-idx1-ubyte"
	idxTestImages  = "t10k-images-idx3-ubyte"
	idxTestLabels  = "t10k-labels-idx1-ubyte"
)

// loadIdx reads the test or the training images of MNIST or Fashion-MNIST.
func loadIdx(s *spec, folder fs.FS, where string, test bool) (*Dataset, error) {
	if test {
		return readIdxPair(s, folder, where, idxTestImages, idxTestLabels)
	}
	return readIdxPair(s, folder, where, idxTrainImages, idxTrainLabels)
}

// readIdxPair reads a file of images and the file of their labels.
func readIdxPair(s *spec, folder fs.FS, where, images, labels string) (*Dataset, error) {
	imageFile, err := locate(s, folder, where, images)
	if err != nil {
		return nil, err
	}
	labelFile, err := locate(s, folder, where, labels)
	if err != nil {
		return nil, err
	}
	raw, err := read(folder, imageFile, maxFile)
	if err != nil {
		return nil, err
	}
	shape, pixels, err := parseIdx(imageFile, raw, 3)
	if err != nil {
		return nil, err
	}
	if shape[1] != s.height || shape[2] != s.width {
		return nil, fmt.Errorf("vision: %s holds images of %d x %d, those of %s are %d x %d",
			imageFile, shape[1], shape[2], s.name, s.height, s.width)
	}
	if raw, err = read(folder, labelFile, maxFile); err != nil {
		return nil, err
	}
	d := s.dataset()
	d.Pixels = pixels
	if d.Labels, err = parseIdxLabels(labelFile, raw, len(s.classes)); err != nil {
		return nil, err
	}
	if d.Len() != shape[0] {
		return nil, fmt.Errorf("vision: %s holds %d images, but %s holds %d labels", imageFile, shape[0], labelFile, d.Len())
	}
	return d, nil
}

// parseIdxLabels returns the labels in an idx file, each below classes.
func parseIdxLabels(file string, raw []byte, classes int) ([]uint16, error) {
	_, bytes, err := parseIdx(file, raw, 1)
	if err != nil {
		return nil, err
	}
	labels := make([]uint16, len(bytes))
	for i, l := range bytes {
		if int(l) >= classes {
			return nil, labelError(file, i, uint16(l), classes)
		}
		labels[i] = uint16(l)
	}
	return labels, nil
}

// labelError says that record i of a file has a label that is no class.
func labelError(file string, i int, label uint16, classes int) error {
	return fmt.Errorf("vision: %s: record %d (from 0) has label %d, expected 0 to %d", file, i, label, classes-1)
}

// parseIdx returns the dimensions and the bytes of an idx file of unsigned
// bytes with rank dimensions. The header is not believed: the dimensions are
// only used once they have been found to agree with the length of raw.
func parseIdx(file string, raw []byte, rank int) (shape []int, data []uint8, err error) {
	header := 4 + 4*rank
	magic := uint32(0x0800 + rank) // type 8: unsigned byte
	if len(raw) >= 4 && binary.BigEndian.Uint32(raw) != magic {
		return nil, nil, fmt.Errorf("vision: %s starts with % x (%q), not with the magic number %08x of an idx file of bytes with %d dimensions",
			file, raw[:4], raw[:4], magic, rank)
	}
	if len(raw) < header {
		return nil, nil, fmt.Errorf("vision: %s is truncated: it has %d bytes, its idx header alone has %d", file, len(raw), header)
	}
	shape = make([]int, rank)
	want := uint64(1)
	for k := range shape {
		n := binary.BigEndian.Uint32(raw[4+4*k:])
		if n == 0 {
			return nil, nil, fmt.Errorf("vision: %s: dimension %d (from 0) is 0, expected at least 1", file, k)
		}
		if want > maxFile/uint64(n) { // also keeps the product from overflowing
			return nil, nil, fmt.Errorf("vision: %s: its header announces more than %d bytes (dimension %d is %d), but %d follow",
				file, maxFile, k, n, len(raw)-header)
		}
		want *= uint64(n)
		shape[k] = int(n)
	}
	data = raw[header:]
	switch got := uint64(len(data)); {
	case got < want:
		return nil, nil, fmt.Errorf("vision: %s is truncated: its header announces %d bytes %v, but %d follow", file, want, shape, got)
	case got > want:
		return nil, nil, fmt.Errorf("vision: %s has %d trailing bytes: its header announces %d bytes %v, but %d follow",
			file, got-want, want, shape, got)
	}
	return shape, data, nil
}
