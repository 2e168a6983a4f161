//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A solve that is stopped says where it was and writes u, and does not spend seconds
// on the errors of a large grid.
func TestSolveStopped(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	dir, bin := installed(t)
	// On a loaded machine the solve may not have begun: then it is tried again, later.
	for delay := 500 * time.Millisecond; delay < 20*time.Second; delay *= 2 {
		c := exec.Command(bin, strings.Fields("solve --n 512 --cycle v --rtol 0 --max-cycles 1000000 --json --out u.npy")...)
		c.Dir = dir
		var stdout, stderr strings.Builder
		c.Stdout, c.Stderr = &stdout, &stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(delay)
		c.Process.Signal(os.Interrupt)
		c.Wait()
		var got struct {
			Status, Reason string
			Cycles         int
			Residuals      []float64
			Error          *float64 `json:"error_max"`
		}
		if stdout.Len() == 0 { // stopped before any of its work
			continue
		}
		if err := json.Unmarshal([]byte(stdout.String()), &got); err != nil {
			t.Fatalf("%v: %q, %q", err, stdout.String(), stderr.String())
		}
		if len(got.Residuals) == 0 { // stopped in its set-up
			continue
		}
		code := c.ProcessState.ExitCode()
		if code != 1 || got.Status != "failed" || got.Reason != "interrupted" || got.Error != nil || len(got.Residuals) != got.Cycles+1 {
			t.Errorf("exit status %d, %s, %s, %d cycles, %d residuals, an error %t; want 1, failed, interrupted, no error", code, got.Status, got.Reason, got.Cycles, len(got.Residuals), got.Error != nil)
		}
		if _, err := os.Stat(filepath.Join(dir, "u.npy")); err != nil {
			t.Error(err)
		}
		return
	}
	t.Error("no solve began within 20 s")
}

// A solve that is stopped during its set-up says so in the same JSON.
func TestSetUpStopped(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	bin, pipe := filepath.Join(dir, "mgtool"), filepath.Join(dir, "g.npy")
	if err := errors.Join(os.Symlink(self, bin), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Skip("no links or pipes here:", err)
	}
	c := exec.Command(bin, "solve", "--n", "8,6", "--rhs", pipe, "--json")
	var stdout, stderr strings.Builder
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(pipe, os.O_WRONLY, 0) // waits until the set-up reads
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c.Process.Signal(os.Interrupt)
	c.Wait()
	var got struct {
		Status, Reason string
		Unknowns       int
		Residuals      []float64
		Factor         *float64
	}
	if err := json.Unmarshal([]byte(stdout.String()), &got); err != nil {
		t.Fatalf("%v: %q, %q", err, stdout.String(), stderr.String())
	}
	if code := c.ProcessState.ExitCode(); code != 1 || got.Status != "failed" || got.Reason != "interrupted" || got.Unknowns != 35 || got.Residuals == nil || len(got.Residuals) != 0 || got.Factor != nil || stderr.String() != "mgtool: stopped\n" {
		t.Errorf("exit status %d, %+v, %q; want 1, failed, interrupted, 35 unknowns, no residuals, and that it was stopped", code, got, stderr.String())
	}
}
