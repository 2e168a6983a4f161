package parallel

import (
	"context"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Await runs work that takes no context on a goroutine of its own and returns its error.
// When ctx is cancelled, Await waits for at most grace and then abandons the work:
// finished is false, and the work runs on until it or the program ends. From then on
// nothing that the work reads may change, and nothing that it writes may be used. A panic
// in the work continues on the caller's goroutine.
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

// outcome is the error of the work, or the value of its panic.
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

// trace holds the stacks of panics that continued on a caller's goroutine, the latest
// first: a panic may continue on several callers in turn.
var trace atomic.Pointer[string]

func noteTrace() {
	text := string(debug.Stack())
	if before := trace.Load(); before != nil {
		const most = 1 << 16
		text += "\nbefore that:\n" + (*before)[:min(most, len(*before))]
	}
	trace.Store(&text)
}

// Trace returns the stacks of panics in a loop's body or the work of [Await] on a
// goroutine other than the caller's, the latest first; it is empty if there were none.
// The panic that the caller sees has only the caller's stack.
func Trace() string {
	if text := trace.Load(); text != nil {
		return *text
	}
	return ""
}
