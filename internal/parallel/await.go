package parallel

import (
	"context"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Await runs work that knows no context on a goroutine of its own, and returns its error.
// When ctx is cancelled, Await waits for at most grace and then abandons the work:
// finished is false, and the work runs on until it ends or the program does. Afterwards
// what the work reads must not be changed, and what it writes must not be used. A panic
// of the work continues on the caller's goroutine.
func Await(ctx context.Context, grace time.Duration, work func() error) (finished bool, err error) {
	done := make(chan outcome, 1)
	go func() {
		o := outcome{failure: errGoexit}
		defer func() {
			if value := recover(); value != nil {
				noteTrace()
				o.failure = value
			}
			done <- o
		}()
		err := work()
		o = outcome{err: err}
	}()
	select {
	case o := <-done:
		return true, o.result()
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case o := <-done:
		return true, o.result()
	case <-timer.C:
		return false, ctx.Err()
	}
}

// outcome is an error, or what the work panicked with.
type outcome struct {
	err     error
	failure any
}

func (o outcome) result() error {
	if o.failure != nil {
		panic(o.failure)
	}
	return o.err
}

// trace is that of the last panics on goroutines whose caller they went on to, the last
// one first: a panic may go on to several callers in turn.
var trace atomic.Pointer[string]

func noteTrace() {
	text := string(debug.Stack())
	if before := trace.Load(); before != nil {
		const most = 1 << 16
		text += "\nbefore that:\n" + (*before)[:min(most, len(*before))]
	}
	trace.Store(&text)
}

// Trace is the stacks of the panics that left a body of a loop, or work of [Await], on
// another goroutine than its caller's, the last one first; empty if there was none. The
// panic that the caller sees has only the caller's.
func Trace() string {
	if text := trace.Load(); text != nil {
		return *text
	}
	return ""
}
