//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
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

// A verb that waits for a pipe ends at the first Ctrl-C.
func TestOneSignalEndsTheWaitForAPipe(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	bin, path := filepath.Join(dir, "mgtool"), filepath.Join(dir, "pipe.json")
	if err := errors.Join(os.Symlink(self, bin), syscall.Mkfifo(path, 0o600)); err != nil {
		t.Skip("no links or pipes here:", err)
	}
	for _, args := range [][]string{{"model", "--config", path}, {"train", "--recipe", path}, {"bench", "infer", "--config", path}} {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		c := exec.CommandContext(ctx, bin, args...)
		var stderr bytes.Buffer
		c.Stderr = &stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0) // waits for the reader
		if err != nil {
			t.Fatal(err)
		}
		c.Process.Signal(os.Interrupt)
		c.Wait()
		if code := c.ProcessState.ExitCode(); code != 1 || stderr.String() != "mgtool: stopped\n" {
			t.Errorf("%v: exit status %d, %q; want 1 and that it was stopped", args, code, stderr.String())
		}
		f.Close()
		cancel()
	}
}
