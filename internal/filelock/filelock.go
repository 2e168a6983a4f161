// Package filelock lets one process at a time, and one holder in it, write to a folder.
// The lock belongs to an open file, so the system releases it when the process ends,
// however it ends.
//
// It works on Linux, macOS, the BSDs and Windows. Elsewhere, and on a file system
// without locks, Acquire always succeeds.
package filelock

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Lock is a held lock.
type Lock struct {
	path string
	file *os.File
}

// HeldError reports that another holder has the lock.
type HeldError struct {
	Holder string // "process 12 on host"; empty if not known
}

func (e *HeldError) Error() string {
	if e.Holder == "" {
		return "locked by another process"
	}
	return "locked by " + e.Holder
}

// errHeld is tryLock's error for a lock that is held elsewhere.
var errHeld = errors.New("held")

// Acquire takes the lock on the file at path, which it creates if necessary; the folder
// must exist. It does not wait: if the lock is held, the error is a [HeldError]. Success
// also shows that the folder is writable.
func Acquire(path string) (*Lock, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, err
		}
		switch err := tryLock(f); {
		case errors.Is(err, errHeld):
			holder := make([]byte, 200)
			n, _ := f.ReadAt(holder, 0)
			f.Close()
			return nil, &HeldError{string(holder[:n])}
		case err != nil:
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		l := &Lock{path, f}
		if !l.holds() { // its holder released and removed it between the two calls
			f.Close()
			continue
		}
		if err := l.sign(); err != nil {
			l.Release()
			return nil, err
		}
		return l, nil
	}
}

// sign writes the holder's name into the file.
func (l *Lock) sign() error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	name := fmt.Sprintf("process %d", os.Getpid())
	if host, err := os.Hostname(); err == nil {
		name += " on " + host
	}
	if _, err := l.file.WriteAt([]byte(name), 0); err != nil && err != io.EOF {
		return err
	}
	return nil
}

// holds reports whether the file at the path is still the locked one.
func (l *Lock) holds() bool {
	ours, err := l.file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(l.path)
	return err == nil && os.SameFile(ours, there)
}

// Renew ensures that the lock is held: if its file was removed, it takes the lock again,
// which fails if another holder has it by now.
func (l *Lock) Renew() error {
	if l.holds() {
		return nil
	}
	fresh, err := Acquire(l.path)
	if err != nil {
		return err
	}
	l.file.Close()
	l.file = fresh.file
	return nil
}

// Release releases the lock and removes its file. It does nothing on nil.
func (l *Lock) Release() error {
	if l == nil {
		return nil
	}
	if l.holds() {
		// While the lock is held, so that a process that has opened the file finds it
		// removed and creates another. Windows does not remove open files; it stays.
		os.Remove(l.path)
	}
	if err := l.file.Close(); !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}
