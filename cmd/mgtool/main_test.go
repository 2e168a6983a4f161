package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mgtool": main})
}

// The scripts use mgtool as a person does: good input and bad.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			// status CODE COMMAND…: the exit status, a single line on standard
			// error, no stack trace.
			"status": func(ts *testscript.TestScript, _ bool, args []string) {
				cmd := exec.Command("mgtool", args[1:]...)
				cmd.Dir = ts.Getenv("WORK")
				cmd.Env = append(os.Environ(), "PATH="+ts.Getenv("PATH"))
				path := filepath.SplitList(ts.Getenv("PATH"))[0]
				cmd.Path, cmd.Err = filepath.Join(path, "mgtool"), nil
				var stderr strings.Builder
				cmd.Stderr = &stderr
				cmd.Run()
				code := fmt.Sprint(cmd.ProcessState.ExitCode())
				message := stderr.String()
				if code != args[0] || strings.Count(message, "\n") != 1 || strings.Contains(message, "goroutine") {
					ts.Fatalf("mgtool %s: status %s, want %s; standard error:\n%s", strings.Join(args[1:], " "), code, args[0], message)
				}
				ts.Logf("%s", message)
			},
			"cifar100": writeCIFAR100,
			"pictures": writePictures,
		},
	})
}

// A training that is killed with no warning, at any moment, and resumed ends
// with the bytes of one that was not: here by the process itself.
func TestKilledTraining(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "mgtool")
	if err := os.Symlink(self, bin); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	dir := t.TempDir()
	command := func(args ...string) *exec.Cmd {
		c := exec.Command(bin, args...)
		c.Dir = dir
		return c
	}
	train := []string{"train", "--data", "sample", "--limit", "200", "--channels", "4", "--smoothings", "1,1", "--epochs", "8", "--batch", "20"}
	if out, err := command(append(train, "--out", "whole")...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	first := command(append(train, "--out", "killed")...)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	// Kill it as soon as the second epoch is written down.
	for range 3000 {
		rows, _ := os.ReadFile(filepath.Join(dir, "killed", "metrics.csv"))
		if strings.Count(string(rows), "\n") > 2 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	first.Process.Kill()
	if err := first.Wait(); err == nil {
		t.Skip("the training ended before it could be killed")
	}
	if out, err := command("train", "--resume", "killed").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var files [2]string
	for i, run := range []string{"whole", "killed"} {
		data, err := os.ReadFile(filepath.Join(dir, run, "checkpoint.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		files[i] = string(data)
	}
	if files[0] != files[1] {
		t.Error("the resumed training ends in other bytes")
	}
}
