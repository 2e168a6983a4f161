// Package regularfile opens regular files: a folder, a device or a pipe is refused, so
// that what is read has an end and a known size.
package regularfile

import (
	"fmt"
	"io"
	"os"
)

// Read reads a file that has an end, and at most this many bytes.
func Read(path string, most int64) ([]byte, error) {
	f, size, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > most {
		return nil, fmt.Errorf("%s has %d bytes; want at most %d", path, size, most)
	}
	data := make([]byte, size)
	_, err = io.ReadFull(f, data)
	return data, err
}

// Open opens a file that has an end: what is read to it needs no other limit.
func Open(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is a folder, a device or a pipe; want a file", path)
	}
	f, err := os.Open(path)
	return f, info.Size(), err
}
