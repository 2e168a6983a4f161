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

// Write creates or replaces the file at path with what write puts out. The
// bytes go to a temporary file in the same folder, are flushed to the disk and
// then renamed, so that a reader, or a crash at any moment, sees the old file
// or the new one and never a part. On an error the old file is left as it was.
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

// Create is [Write] for a file that must not be there yet: of several processes
// that create it at once, one succeeds, and the others get [fs.ErrExist].
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
	// A file system without hard links: take the name first.
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

// prepare makes the temporary file, complete and on the disk.
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
	if err = f.Chmod(0o644); err != nil { // CreateTemp makes it 0600
		return "", err
	}
	return f.Name(), f.Close()
}

// Probe checks that a file of this many bytes can be written to a folder: it writes one
// and removes it.
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

// Sweep removes the temporary files that killed processes have left in a folder: those of
// [Probe], and those of [Write] and [Create] for the files whose names theirs reports.
// Nobody may be writing these files meanwhile.
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

// temporaryOf is the name of the file that a temporary one, .NAME.DIGITS.tmp, would
// have become.
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
