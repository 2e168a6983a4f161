package main

// Stopping: Ctrl-C and other signals.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// stopContext is cancelled by the first Ctrl-C, SIGTERM or SIGHUP; a second signal ends
// the program at once.
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

// stopped is the error of a verb that printed what it had done until it was stopped; kept says
// where that is, and how to go on. Any other error stays as it is.
func stopped(err error, kept string, a ...any) error {
	if !errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("stopped; "+kept, a...)
}

// stopSignals are the signals that ask a program to save its work and end. Under nohup,
// SIGHUP stays ignored.
func stopSignals() []os.Signal {
	list := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if hangup != nil && !signal.Ignored(hangup) {
		list = append(list, hangup)
	}
	return list
}

// orders is the pipe that tells a supervised program to stop; nil without a supervisor.
var orders *os.File

// obey waits for the order to stop. If the supervisor ends, the program ends too.
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
