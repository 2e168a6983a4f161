package filelock

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestAcquire(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	l, err := Acquire(path)
	if err != nil {
		t.Fatal(err)
	}
	// Another open file of the same process is somebody else.
	var held *HeldError
	if _, err := Acquire(path); !errors.As(err, &held) || !strings.HasPrefix(held.Holder, fmt.Sprintf("process %d", os.Getpid())) {
		t.Errorf("taken twice: %v; want that this process holds it", err)
	}
	if err := l.Release(); err != nil {
		t.Error(err)
	}
	if err := l.Release(); err != nil {
		t.Errorf("released again: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is left behind")
	}
	if l, err = Acquire(path); err != nil {
		t.Errorf("after its release: %v", err)
	}
	l.Release()
	if _, err := Acquire(filepath.Join(path, "no", "folder")); err == nil {
		t.Error("without a folder: taken")
	}
}

// A lock whose file was removed is taken anew, or is lost to who was faster.
func TestRenew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	l, err := Acquire(path)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(path)
	if err := l.Renew(); err != nil {
		t.Fatal(err)
	}
	var held *HeldError
	if _, err := Acquire(path); !errors.As(err, &held) {
		t.Errorf("after it was renewed: %v", err)
	}
	os.Remove(path)
	other, err := Acquire(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Renew(); !errors.As(err, &held) {
		t.Errorf("another one has it: %v", err)
	}
	l.Release()
	if err := other.Renew(); err != nil || !other.holds() {
		t.Errorf("the release of a lost lock took the other's: %v", err)
	}
	other.Release()
}

// However many take it and give it back at once, one has it at a time.
func TestOneAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var wg sync.WaitGroup
	var mu sync.Mutex
	inside, times := 0, 0
	for range 8 {
		wg.Go(func() {
			for range 200 {
				l, err := Acquire(path)
				var held *HeldError
				if errors.As(err, &held) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if inside++; inside > 1 {
					t.Error("two have it")
				}
				times++
				mu.Unlock()
				mu.Lock()
				inside--
				mu.Unlock()
				l.Release()
			}
		})
	}
	wg.Wait()
	if times == 0 {
		t.Error("nobody ever had it")
	}
}

// A process that is killed holds no lock.
func TestKilledHolder(t *testing.T) {
	const variable = "FILELOCK_TEST_CHILD"
	if path := os.Getenv(variable); path != "" {
		l, err := Acquire(path)
		fmt.Println("acquired", err)
		time.Sleep(time.Minute) // until it is killed; Go ends a program that waits for nothing
		runtime.KeepAlive(l)    // or its file would be closed when it is collected
		return
	}
	path := filepath.Join(t.TempDir(), "lock")
	c := exec.Command(os.Args[0], "-test.run=^TestKilledHolder$")
	c.Env = append(os.Environ(), variable+"="+path)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Skip("no processes here:", err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	if line != "acquired <nil>\n" {
		t.Fatalf("the child says %q", line)
	}
	var held *HeldError
	if _, err := Acquire(path); !errors.As(err, &held) || !strings.Contains(held.Holder, fmt.Sprint("process ", c.Process.Pid)) {
		t.Errorf("while it lives: %v; want process %d", err, c.Process.Pid)
	}
	c.Process.Kill()
	c.Wait()
	l, err := Acquire(path)
	if err != nil {
		t.Errorf("after its death: %v", err)
	}
	l.Release()
}
