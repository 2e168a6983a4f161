//go:build unix

package tool

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A pipe is read like a file; one that nobody writes to is given up when the context
// is cancelled.
func TestReadJSONOfAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.json")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip("no pipes here:", err)
	}
	go os.WriteFile(path, []byte("{}"), 0o600)
	if data, err := readJSON(context.Background(), path); err != nil || string(data) != "{}" {
		t.Errorf("%q, %v; want what was written", data, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := readJSON(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v; want that it was given up", err)
	}
	// Let the reader that is left behind end.
	if f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
		f.Close()
	}
}

// A pipe that nobody writes to is refused, not waited for.
func TestCoordinatesOfPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := readCoordinates(path); err == nil {
		t.Error("no error; want one")
	}
}
