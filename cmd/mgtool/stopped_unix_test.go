//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A table that is stopped prints the rows that are done, says where they are kept, and ends with
// status 1; the same command goes on from there.
func TestTableStopped(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	dir, bin := installed(t)
	c := exec.Command(bin, strings.Fields("compare pde --n 16 --sizes 16 --learn none --learn B --rounds 100000 --results t.json --json")...)
	c.Dir = dir
	var stdout strings.Builder
	c.Stdout = &stdout
	pipe, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(pipe)
	if line, err := lines.ReadString('\n'); err != nil || !strings.HasPrefix(line, "learned none, seed 1: 0.3") {
		t.Errorf("%q, %v; want a note of the first row", line, err)
	}
	c.Process.Signal(os.Interrupt) // while B is learned
	rest, err := io.ReadAll(lines)
	c.Wait()
	if want := "mgtool: stopped; 3 of 4 rows are in t.json; the same command goes on from there\n"; err != nil || string(rest) != want {
		t.Errorf("%q, %v; want %q", rest, err, want)
	}
	var got struct {
		Rows    []struct{ Cycle string }
		Stopped bool
	}
	if err := json.Unmarshal([]byte(stdout.String()), &got); err != nil || len(got.Rows) != 3 || !got.Stopped || c.ProcessState.ExitCode() != 1 {
		t.Errorf("%v: %s, exit status %d; want 3 rows, stopped, 1", err, stdout.String(), c.ProcessState.ExitCode())
	}
	// Another setting is refused, the same one trains nothing that is there.
	if out, err := exec.Command(bin, strings.Fields("compare pde --n 16 --sizes 16 --learn none --rounds 3 --results "+filepath.Join(dir, "t.json"))...).CombinedOutput(); err == nil || !strings.Contains(string(out), "training.rounds 100000, now 3") {
		t.Errorf("%v: %s; want another setting refused", err, out)
	}
	out, err := exec.Command(bin, strings.Fields("compare pde --n 16 --sizes 16 --learn none --rounds 100000 --json --results "+filepath.Join(dir, "t.json"))...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"stopped": false`) || strings.Contains(string(out), "seed 1:") {
		t.Errorf("%v: %s; want the same three rows without a training", err, out)
	}
}
