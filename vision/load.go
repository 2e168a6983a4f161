package vision

// This file holds Load: the data sets known by name, and how one of their
// files is found and read, whether it is gzip or not.

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// spec is what is known of a data set before its files are read.
type spec struct {
	name                    string
	height, width, channels int
	classes                 []string
	mean, std               []float32
	load                    func(s *spec, folder fs.FS, where string, test bool) (*Dataset, error)
}

// specs lists the data sets of Load. The mean and deviation of MNIST and CIFAR
// are the usual ones (CIFAR-10's deviation is that of the published
// MgNet code, a mean over images of the deviation within each); those of
// Fashion-MNIST were computed from its training images.
var specs = []*spec{
	{name: "mnist", height: 28, width: 28, channels: 1, classes: digits,
		mean: []float32{0.1307}, std: []float32{0.3081}, load: loadIdx},
	{name: "fashion-mnist", height: 28, width: 28, channels: 1, classes: clothes,
		mean: []float32{0.2860}, std: []float32{0.3530}, load: loadIdx},
	{name: "cifar10", height: 32, width: 32, channels: 3, classes: things,
		mean: []float32{0.4914, 0.4822, 0.4465}, std: []float32{0.2023, 0.1994, 0.2010}, load: cifar10.load},
	{name: "cifar100", height: 32, width: 32, channels: 3, classes: fine,
		mean: []float32{0.5071, 0.4865, 0.4409}, std: []float32{0.2673, 0.2564, 0.2762}, load: cifar100.load},
	{name: "cifar100-coarse", height: 32, width: 32, channels: 3, classes: coarse,
		mean: []float32{0.5071, 0.4865, 0.4409}, std: []float32{0.2673, 0.2564, 0.2762}, load: cifar100Coarse.load},
	{name: "sample", height: 28, width: 28, channels: 1, classes: clothes,
		mean: []float32{0.2860}, std: []float32{0.3530}, load: loadSample},
}

// Names returns the names that [Load] knows.
func Names() []string {
	names := make([]string, len(specs))
	for i, s := range specs {
		names[i] = s.name
	}
	return names
}

// find returns the description of a data set.
func find(name string) (*spec, error) {
	for _, s := range specs {
		if s.name == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("vision: unknown data set %q; known: %s", name, strings.Join(Names(), ", "))
}

// Describe returns a data set without images: the size, classes and moments
// that are known before any file is read. An unknown name is an error.
func Describe(name string) (*Dataset, error) {
	s, err := find(name)
	if err != nil {
		return nil, err
	}
	return s.dataset(), nil
}

// Load reads the training and the test images of a data set:
//
//	mnist, fashion-mnist   28 x 28 x 1, the four official idx files in dir
//	cifar10                32 x 32 x 3, the official binary version in dir or dir/cifar-10-batches-bin
//	cifar100               32 x 32 x 3, the official binary version in dir or dir/cifar-100-binary, 100 classes
//	cifar100-coarse        the same images and files, with their 20 superclasses as labels
//	sample                 28 x 28 x 1, 1600 + 400 images of Fashion-MNIST inside the program; dir is ignored
//
// The idx files may be compressed with gzip, with or without the ending .gz, and may have
// the historical names with a dot (train-images.idx3-ubyte). Any number of images is
// accepted; [Verify] checks whether the files are the official ones. An error names the
// file and what is wrong with it; for a missing file it wraps [fs.ErrNotExist].
func Load(name, dir string) (train, test *Dataset, err error) {
	if train, err = loadPart(name, dir, false); err != nil {
		return nil, nil, err
	}
	if test, err = loadPart(name, dir, true); err != nil {
		return nil, nil, err
	}
	return train, test, nil
}

// LoadTest is [Load] for the test images only; it needs no other files.
func LoadTest(name, dir string) (*Dataset, error) { return loadPart(name, dir, true) }

func loadPart(name, dir string, test bool) (*Dataset, error) {
	s, err := find(name)
	if err != nil {
		return nil, err
	}
	if dir == "" && name != "sample" {
		return nil, fmt.Errorf("vision: no folder given for %s; fetch the files with: mgtool data get %s", name, name)
	}
	return s.load(s, os.DirFS(dir), dir, test)
}

// dataset makes the empty data set that a loader fills.
func (s *spec) dataset() *Dataset {
	return &Dataset{Name: s.name, Height: s.height, Width: s.width, Channels: s.channels,
		Classes: slices.Clone(s.classes), Mean: slices.Clone(s.mean), Std: slices.Clone(s.std)}
}

// maxFile bounds what is read of one file, unpacked: five times the largest
// official one, so that a small gzip file cannot fill the memory.
const maxFile = 256 << 20

// places lists the names, below a data folder, under which a file of the
// official name may be.
func places(name string) []string {
	if base, ok := strings.CutSuffix(name, "-ubyte"); ok { // train-images-idx3-ubyte
		k := strings.LastIndex(base, "-")
		dotted := base[:k] + "." + base[k+1:] + "-ubyte"
		return []string{name, name + ".gz", dotted, dotted + ".gz"}
	}
	return []string{name, path.Base(name)} // cifar-10-batches-bin/test_batch.bin
}

// locate returns the first of a file's places that exists in a folder, of
// which where is the name for people.
func locate(s *spec, folder fs.FS, where, name string) (string, error) {
	for _, p := range places(name) {
		if _, err := fs.Stat(folder, p); err == nil {
			return p, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("vision: %s: %w", s.name, err)
		}
	}
	if hint := pythonCIFAR(folder, where); hint != "" && strings.HasPrefix(s.name, "cifar") {
		return "", fmt.Errorf("vision: %s is missing: %s: mgtool data get %s: %w", path.Base(name), hint, s.name, fs.ErrNotExist)
	}
	return "", fmt.Errorf("vision: %s is missing: none of %s is in %s; fetch it with: mgtool data get %s: %w",
		path.Base(name), strings.Join(places(name), ", "), where, s.name, fs.ErrNotExist)
}

// unpacked is an open file, seen through gzip if its content is gzip.
type unpacked struct {
	io.Reader
	file fs.File
}

func (u *unpacked) Close() error { return u.file.Close() }

// open opens a file and recognises gzip by its first two bytes, not by its name.
func open(folder fs.FS, name string) (*unpacked, error) {
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(f, 1<<16)
	if magic, _ := r.Peek(2); string(magic) != "\x1f\x8b" {
		return &unpacked{r, f}, nil
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &unpacked{z, f}, nil
}

// read returns the whole unpacked content of a file that locate has found, of
// at most limit bytes.
func read(folder fs.FS, name string, limit int64) ([]byte, error) {
	r, err := open(folder, name)
	if err != nil {
		return nil, fmt.Errorf("vision: %s: %w", name, err)
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("vision: %s is truncated: the gzip stream ends after %d unpacked bytes: %w", name, len(raw), err)
	case err != nil:
		return nil, fmt.Errorf("vision: %s: %w", name, err)
	case int64(len(raw)) > limit:
		return nil, fmt.Errorf("vision: %s holds more than %d bytes, no official file does", name, limit)
	}
	return raw, nil
}
