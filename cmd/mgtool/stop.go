package main

// Ctrl-C and its like.

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// stopContext is cancelled by the first Ctrl-C, SIGTERM or end of the terminal; the
// second of them ends the program at once.
func stopContext() (ctx context.Context, stop func()) {
	if orders != nil {
		ctx, cancel := context.WithCancel(context.Background())
		go obey(cancel)
		return ctx, cancel
	}
	ctx, stop = signal.NotifyContext(context.Background(), stopSignals()...)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// stopSignals are the signals that end a program which has work to save. nohup leaves
// its programs without SIGHUP, and so it stays.
func stopSignals() []os.Signal {
	list := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if hangup != nil && !signal.Ignored(hangup) {
		list = append(list, hangup)
	}
	return list
}

// orders is where a supervised program is told to stop; nil for one that is not.
var orders *os.File

// obey waits for the order to stop. When the supervisor is gone, so is the program.
func obey(cancel func()) {
	var order [1]byte
	for {
		if n, err := orders.Read(order[:]); n == 0 || err != nil {
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				self.Kill()
			}
			return
		}
		cancel()
	}
}
