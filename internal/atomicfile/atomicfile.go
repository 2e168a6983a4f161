// Package atomicfile writes files whole or not at all.
package atomicfile

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Write creates or replaces the file at path with the output of write. The bytes go
// to a temporary file in the same folder, which is flushed to disk and then renamed.
// At any moment, a crash included, a reader sees the old file or the new one, never a
// part. On an error the old file is unchanged.
func Write(path string, write func(w io.Writer) error) (err error) {
	temporary, err := prepare(path, write)
	if err != nil {
		return err
	}
	if err = os.Rename(temporary, path); err != nil {
		os.Remove(temporary)
	}
	return err
}

// Create is [Write] for a file that must not exist yet: if several processes create it
// at once, one succeeds and the others get [fs.ErrExist].
func Create(path string, write func(w io.Writer) error) error {
	temporary, err := prepare(path, write)
	if err != nil {
		return err
	}
	defer os.Remove(temporary)
	err = os.Link(temporary, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// The file system has no hard links: reserve the name first.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	f.Close()
	if err := os.Rename(temporary, path); err != nil {
		os.Remove(path)
		return err
	}
	return nil
}

// prepare writes the complete temporary file to disk and returns its name.
func prepare(path string, write func(w io.Writer) error) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	buf := bufio.NewWriterSize(f, 1<<16)
	if err = write(buf); err != nil {
		return "", err
	}
	if err = buf.Flush(); err != nil {
		return "", err
	}
	if err = f.Sync(); err != nil {
		return "", err
	}
	if err = f.Chmod(0o644); err != nil { // CreateTemp sets 0600
		return "", err
	}
	return f.Name(), f.Close()
}

// Probe checks that a file of the given size can be written to a folder, by writing and
// removing one.
func Probe(dir string, bytes int64) error {
	f, err := os.CreateTemp(dir, probeName)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	block := make([]byte, min(bytes, 1<<20))
	for ; bytes > 0; bytes -= int64(len(block)) {
		if _, err := f.Write(block[:min(bytes, int64(len(block)))]); err != nil {
			f.Close()
			return err
		}
	}
	return f.Close()
}

const probeName = ".mgtool.*.tmp"

// Sweep removes temporary files that killed processes have left in a folder: those of
// [Probe], and those of [Write] and [Create] for files whose names theirs accepts. No
// process may be writing these files meanwhile.
func Sweep(dir string, theirs func(name string) bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name, ok := temporaryOf(e.Name()); ok && e.Type().IsRegular() && (name == "mgtool" || theirs(name)) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// temporaryOf returns the name of the file that a temporary file, .NAME.DIGITS.tmp,
// would have become.
func temporaryOf(temporary string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(temporary, ".")
	if !ok {
		return "", false
	}
	if rest, ok = strings.CutSuffix(rest, ".tmp"); !ok {
		return "", false
	}
	dot := strings.LastIndexByte(rest, '.')
	if dot < 1 || dot == len(rest)-1 || strings.Trim(rest[dot+1:], "0123456789") != "" {
		return "", false
	}
	return rest[:dot], true
}
