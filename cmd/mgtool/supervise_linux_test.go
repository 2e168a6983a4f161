package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// limited is a command with so many kB of address space.
func limited(t *testing.T, kB string, args ...string) (c *exec.Cmd, stderr *strings.Builder) {
	t.Helper()
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
	c = exec.Command("sh", append([]string{"-c", "ulimit -v " + kB + ` && exec "$0" "$@"`, bin}, args...)...)
	c.Dir = t.TempDir()
	stderr = &strings.Builder{}
	c.Stderr = stderr
	return c, stderr
}

// Whatever does not fit into memory ends with status 1 and one line, whether it was
// known before or Go's runtime gave up.
func TestTooLittleMemory(t *testing.T) {
	if racing {
		t.Skip("the race detector needs more addresses than the test allows")
	}
	for _, args := range []string{
		"train --data sample --channels 1024 --out x",
		"bench infer --batch 20000",
		"bench train --channels 512",
		"solve --n 16384 --start random",
	} {
		c, stderr := limited(t, "3000000", strings.Fields(args)...)
		c.Run()
		if status, text := c.ProcessState.ExitCode(), stderr.String(); status != 1 || strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "mgtool: ") {
			t.Errorf("%s: status %d, standard error:\n%.2000s", args, status, text)
		}
	}
	// The longest line that is accepted is refused with the memory that it takes.
	c, stderr := limited(t, "3000000", "solve", "--dim", "1", "--n", "268435456")
	c.Run()
	if status, text := c.ProcessState.ExitCode(), stderr.String(); status != 1 || !strings.Contains(text, "not enough memory for a solve on 268435456 cells: ") {
		t.Errorf("268435456 cells: status %d, %s", status, text)
	}
	// What fits works, and other failures are what they are.
	for args, want := range map[string]int{"solve --n 32": 0, "trian": 2, "eval --run nowhere": 1} {
		c, stderr := limited(t, "3000000", strings.Fields(args)...)
		c.Run()
		if status := c.ProcessState.ExitCode(); status != want {
			t.Errorf("%s: status %d, want %d: %s", args, status, want, stderr)
		}
	}
}

// A supervised training saves when its supervisor is told to stop, and dies with it.
func TestSupervisedTraining(t *testing.T) {
	for _, c := range []struct {
		signal syscall.Signal
		says   string
	}{{syscall.SIGINT, "stopped; mgtool train --resume"}, {syscall.SIGTERM, "stopped; mgtool train --resume"}, {syscall.SIGKILL, ""}} {
		cmd, stderr := limited(t, "4000000", "train", "--data", "sample", "--limit", "200", "--channels", "4", "--smoothings", "1,1", "--epochs", "2000", "--batch", "20", "--out", "run")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		run := filepath.Join(cmd.Dir, "run")
		for range 3000 {
			if _, err := os.Stat(filepath.Join(run, "checkpoint.safetensors")); err == nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		cmd.Process.Signal(c.signal)
		cmd.Wait()
		if !strings.Contains(stderr.String(), c.says) || c.says != "" && cmd.ProcessState.ExitCode() != 1 {
			t.Errorf("%v: status %d, standard error:\n%s", c.signal, cmd.ProcessState.ExitCode(), stderr)
		}
		// The child is gone: its folder is a whole run that nobody writes to.
		before, _ := os.ReadFile(filepath.Join(run, "metrics.csv"))
		time.Sleep(300 * time.Millisecond)
		if after, _ := os.ReadFile(filepath.Join(run, "metrics.csv")); string(before) != string(after) {
			t.Errorf("%v: the child goes on without its supervisor", c.signal)
		}
		eval := exec.Command(cmd.Args[3], "eval", "--run", "run")
		eval.Dir = cmd.Dir
		if out, err := eval.CombinedOutput(); err != nil {
			t.Errorf("%v: eval: %v: %s", c.signal, err, out)
		}
	}
}

func TestOutcome(t *testing.T) {
	exited := func(code int) syscall.WaitStatus { return syscall.WaitStatus(code << 8) }
	old := os.Stderr
	defer func() { os.Stderr = old }()
	for _, c := range []struct {
		status     syscall.WaitStatus
		text       string
		want       int
		says, hide string
	}{
		{exited(0), "", 0, "", "mgtool"},
		{exited(2), "", 2, "", "mgtool"},
		{exited(0), "gc 1 @0.1s", 0, "gc 1", "mgtool"},
		{exited(2), "runtime: out of memory: cannot allocate\nfatal error: out of memory\n\nruntime stack:\n", 1, "out of memory: LIMIT", "runtime stack"},
		{exited(2), "runtime/cgo: pthread_create failed: Resource temporarily unavailable\nSIGABRT: abort\n", 1, "out of memory: LIMIT", "SIGABRT"},
		{exited(2), "unexpected fault address 0x0\nfatal error: fault\n\ngoroutine 1 [running]:\n", 1, "internal error: fault; MGTOOL_TRACE", "goroutine"},
		{exited(2), "panic: one\n\ttwo\n\ngoroutine 7 [running]:\n", 1, "internal error: one; MGTOOL_TRACE", "goroutine"},
		{syscall.WaitStatus(syscall.SIGSEGV), "", 1, "internal error", "goroutine"},
	} {
		file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
		if err != nil {
			t.Fatal(err)
		}
		os.Stderr = file
		got := outcome(c.status, c.text, "LIMIT")
		file.Close()
		os.Stderr = old
		text, _ := os.ReadFile(file.Name())
		if got != c.want || !strings.Contains(string(text), c.says) || strings.Contains(string(text), c.hide) {
			t.Errorf("%#x, %q: %d, %q; want %d, %q", c.status, c.text, got, text, c.want, c.says)
		}
	}
}
