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
