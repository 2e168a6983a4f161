package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mgtool/internal/parallel"
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
				ts.Check(os.WriteFile(ts.MkAbs("stderr.txt"), []byte(message), 0o666))
			},
			"cifar100": writeCIFAR100,
			"pictures": writePictures,
			"shots":    writeShots,
			"tall":     writeTall,
			"classes":  writeClasses,
			"hostile":  writeHostile,
		},
	})
}

// A training that is killed with no warning, at any moment, and resumed ends
// with the bytes of one that was not: here by the process itself, with each
// optimiser and average.
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
	const values = `{"name": "own", "epochs": 8, "batch": 20, "learning_rate": 0.05, "schedule": "cosine", `
	for name, recipe := range map[string]string{
		"sgd":   `"momentum": 0.9, "weight_decay": 5e-4, "pad": 2, "mirror": true}`,
		"adamw": `"optimizer": "adamw", "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8, "weight_decay": 0.01, "ema": 0.95}`,
		"muon":  `"optimizer": "muon", "muon_rate": 0.1, "muon_momentum": 0.6, "muon_steps": 3, "lookahead": 3, "lookahead_decay": 0.95}`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "recipe.json"), []byte(values+recipe), 0o644); err != nil {
				t.Fatal(err)
			}
			killed(t, bin, dir, "train", "--data", "sample", "--limit", "200", "--channels", "4", "--smoothings", "1,1", "--recipe", "recipe.json", "--keep-best")
		})
	}
}

// killed compares a training in a folder that is killed and resumed with one that is
// left alone.
func killed(t *testing.T, bin, dir string, train ...string) {
	command := func(args ...string) *exec.Cmd {
		c := exec.Command(bin, args...)
		c.Dir = dir
		return c
	}
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
	for _, file := range []string{"checkpoint.safetensors", "best.safetensors"} {
		var files [2]string
		for i, run := range []string{"whole", "killed"} {
			data, err := os.ReadFile(filepath.Join(dir, run, file))
			if err != nil {
				t.Fatal(err)
			}
			files[i] = string(data)
		}
		if files[0] != files[1] {
			t.Errorf("%s of the resumed training has other bytes", file)
		}
	}
}

// A panic, on whatever goroutine, is one line and status 1, with the stacks if asked.
func TestCrashed(t *testing.T) {
	if os.Getenv("MGTOOL_TEST_CRASH") != "" {
		defer func() { crashed(recover()) }()
		parallel.Await(context.Background(), 0, func() error { panic("two\n\tlines") })
		return
	}
	for _, trace := range []string{"", "1"} {
		c := exec.Command(os.Args[0], "-test.run=^TestCrashed$")
		c.Env = append(os.Environ(), "MGTOOL_TEST_CRASH=1", traceVariable+"="+trace)
		var stderr strings.Builder
		c.Stderr = &stderr
		c.Run()
		text := stderr.String()
		if !strings.HasPrefix(text, "mgtool: internal error: two lines; MGTOOL_TRACE=1 shows where\n") || (strings.Count(text, "\n") > 1) != (trace != "") || strings.Contains(text, "TestCrashed") != (trace != "") {
			t.Errorf("trace %q:\n%s", trace, text)
		}
	}
}

// The first error of writing to standard output is reported, whoever prints.
func TestWatchOutput(t *testing.T) {
	real := os.Stdout
	defer func() { os.Stdout = real }()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, false} { // then it is closed
		os.Stdout = file
		finish := watchOutput()
		printTable([]any{"a", "b"}, []any{"text", 1})
		fmt.Println(strings.Repeat("x", 1<<17))
		if err := finish(); (err == nil) != want {
			t.Errorf("%v; want success %v", err, want)
		}
		if os.Stdout != file {
			t.Error("standard output is not what it was")
		}
		file.Close()
	}
	if data, _ := os.ReadFile(file.Name()); !strings.Contains(string(data), "text") || len(data) < 1<<17 {
		t.Errorf("%d bytes were copied", len(data))
	}
}

// Text and bar fit into every terminal.
func TestBarIn(t *testing.T) {
	for columns := range 200 {
		text, width := barIn(columns, strings.Repeat("x", 70))
		if total := len(text) + 10 + width; total > max(columns, 15) || width < 5 {
			t.Errorf("%d columns: text of %d and a bar of %d", columns, len(text), width)
		}
	}
}

// installed links the program as mgtool into a folder of its own, for commands of their own
// processes.
func installed(t *testing.T) (dir, bin string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	bin = filepath.Join(dir, "mgtool")
	if err := os.Symlink(self, bin); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	return dir, bin
}
