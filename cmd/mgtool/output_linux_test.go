package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A full disk under standard output is a failure, status 1, whether a verb or its help
// prints; what is wrong usage stays so.
func TestFullOutput(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "mgtool")
	if err := os.Symlink(self, bin); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	for args, want := range map[string]int{"version": 1, "model --list": 1, "": 1, "--help": 1, "solve --help": 1, "help train": 1, "solve --nosuch": 2} {
		c := exec.Command(bin, strings.Fields(args)...)
		c.Stdout = full
		var stderr strings.Builder
		c.Stderr = &stderr
		c.Run()
		if status, text := c.ProcessState.ExitCode(), stderr.String(); status != want || strings.Count(text, "\n") != 1 || want == 1 && !strings.Contains(text, "standard output cannot be written") {
			t.Errorf("%q: status %d, want %d; standard error: %s", args, status, want, text)
		}
	}
}
