package parallel

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestAwait(t *testing.T) {
	failed := errors.New("failed")
	ctx, cancel := context.WithCancel(context.Background())
	if finished, err := Await(ctx, 0, func() error { return failed }); !finished || err != failed {
		t.Errorf("finished %v, %v; want the work's error", finished, err)
	}
	cancel()
	hang := make(chan struct{})
	defer close(hang)
	begin := time.Now()
	finished, err := Await(ctx, 50*time.Millisecond, func() error { <-hang; return nil })
	if finished || err != context.Canceled || time.Since(begin) < 50*time.Millisecond {
		t.Errorf("work that hangs: finished %v, %v, after %v", finished, err, time.Since(begin))
	}
	// Work that ends within the grace has ended well.
	if finished, err := Await(ctx, time.Minute, func() error { time.Sleep(20 * time.Millisecond); return nil }); !finished || err != nil {
		t.Errorf("short work: finished %v, %v", finished, err)
	}
}

func awaitedWork() error { panic("failure") }

func loopBody(worker, _ int) {
	if worker == 1 {
		panic("failure")
	}
}

// A panic on another goroutine reaches the caller, and Trace tells where it was.
func TestTrace(t *testing.T) {
	recovered := func(f func()) (value any) {
		defer func() { value = recover() }()
		f()
		return nil
	}
	if v := recovered(func() { Await(context.Background(), 0, awaitedWork) }); v != "failure" || !strings.Contains(Trace(), "awaitedWork") {
		t.Errorf("recovered %v; trace %s", v, Trace())
	}
	if v := recovered(func() { Await(context.Background(), 0, func() error { runtime.Goexit(); return nil }) }); v != errGoexit {
		t.Errorf("recovered %v from Goexit", v)
	}
	withThreads(t, []int{2}, func(t *testing.T, _ int) {
		for range 1000 { // until the helper takes part
			v := recovered(func() { Each(2, func(worker, unit int) { time.Sleep(time.Millisecond); loopBody(worker, unit) }) })
			if v != nil {
				if v != "failure" || !strings.Contains(Trace(), "loopBody") {
					t.Errorf("recovered %v; trace %s", v, Trace())
				}
				return
			}
		}
		t.Error("the helper never took part")
	})
}
