package picture

// What the beginning of a picture tells, before its pixels are decoded.

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Check reports why the picture in a file cannot be decoded, as far as its header shows
// that: no pixel is decoded, so a picture that is cut short passes. Pipes and devices,
// which could not be read again, are an error.
func Check(path string) error {
	if info, err := os.Stat(path); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is a pipe or a device, not a file", path) // opening it might wait for ever
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := sizeOf(f)
	if err != nil {
		return err
	}
	_, _, err = header(f, size, path)
	return err
}

var errNotRegular = errors.New("not a regular file")

// sizeOf is the number of bytes of an open file, at most maxBytes. Of a pipe or a device
// it is not known: errNotRegular.
func sizeOf(f *os.File) (int64, error) {
	info, err := f.Stat()
	switch {
	case err != nil:
		return 0, err
	case info.IsDir():
		return 0, fmt.Errorf("%s is a directory, not a picture", f.Name())
	case !info.Mode().IsRegular():
		return 0, errNotRegular
	case info.Size() > maxBytes:
		return 0, fmt.Errorf("%s has %d bytes; a picture may have at most %d", f.Name(), info.Size(), maxBytes)
	}
	return info.Size(), nil
}

// header reads the format of a picture of size bytes, and refuses one that is too large
// to decode.
func header(r io.ReaderAt, size int64, name string) (*format, facts, error) {
	head := make([]byte, sniffed)
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, facts{}, fmt.Errorf("%s: %w", name, err)
	}
	f := formatOf(head[:n])
	if f == nil {
		return nil, facts{}, notPicture(head[:n], name)
	}
	section := func() *io.SectionReader { return io.NewSectionReader(r, 0, size) }
	config, err := f.config(section())
	if err != nil {
		return nil, facts{}, undecoded(name, err)
	}
	if config.Width < 1 || config.Height < 1 || config.Height > MaxPixels/config.Width {
		return nil, facts{}, fmt.Errorf("%s is a picture of %d x %d pixels; at least 1 and at most %d pixels in all are read",
			name, config.Width, config.Height, MaxPixels)
	}
	about := f.about(section())
	if need := int64(config.Width) * int64(config.Height) * int64(pixelBytes(config.ColorModel)+about.extra); need > maxBytes {
		return nil, facts{}, fmt.Errorf("%s is a picture of %d x %d pixels that takes %.1f GB to decode; at most %.1f GB are allowed",
			name, config.Width, config.Height, float64(need)/1e9, float64(maxBytes)/1e9)
	}
	return f, about, nil
}
