package main

// When an allocation fails, Go's runtime prints all stacks and exits with status 2; the
// program cannot catch that. If the system limits the memory of a process (ulimit -v,
// ulimit -d), the command therefore runs in a child process, and its parent, which needs
// hardly any memory, turns such a crash into one line and status 1.
//
// The child's standard error is descriptor 3; what its runtime writes to descriptor 2
// goes to the parent. The parent receives the signals and tells the child to stop through
// descriptor 4; when that pipe closes, the child ends.

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"mgtool/internal/memory"
)

// childVariable marks a child process; its value is the parent's process ID.
const childVariable = "MGTOOL_SUPERVISOR"

// supervise runs the command in a child if memory is limited, and returns its exit
// status; in the child, and where there is no limit, ended is false.
func supervise() (status int, ended bool) {
	if os.Getenv(childVariable) == strconv.Itoa(os.Getppid()) {
		os.Unsetenv(childVariable)
		signal.Ignore(stopSignals()...)
		syscall.CloseOnExec(3)
		syscall.CloseOnExec(4)
		os.Stderr, orders = os.NewFile(3, "/dev/stderr"), os.NewFile(4, "orders")
		return 0, false
	}
	limit := memoryLimit()
	if limit == "" {
		return 0, false
	}
	// A process that only waits needs memory for nothing but threads, so it stays on one:
	// with more, it might have no memory left to print its message.
	threads, percent := runtime.GOMAXPROCS(1), debug.SetGCPercent(-1)
	defer func() {
		if !ended {
			runtime.GOMAXPROCS(threads)
			debug.SetGCPercent(percent)
		}
	}()
	crash, crashChild, err := os.Pipe()
	if err != nil {
		return 0, false
	}
	ordersChild, orders, err := os.Pipe()
	if err != nil {
		return 0, false
	}
	self, err := os.Executable()
	if err != nil {
		return 0, false
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, stopSignals()...)
	child := exec.Command(self, os.Args[1:]...)
	child.Args[0] = os.Args[0]
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, crashChild
	child.ExtraFiles = []*os.File{os.Stderr, ordersChild}
	child.Env = append(os.Environ(), childVariable+"="+strconv.Itoa(os.Getpid()))
	if err := child.Start(); err != nil {
		signal.Reset()
		return 0, false
	}
	crashChild.Close()
	ordersChild.Close()
	go func() {
		(<-signals) // the first: the child stops in its own way
		orders.Write([]byte{1})
		again := <-signals
		child.Process.Kill()
		endBy(again.(syscall.Signal))
	}()
	text, _ := io.ReadAll(io.LimitReader(crash, 1<<20))
	io.Copy(io.Discard, crash)
	child.Wait()
	return outcome(child.ProcessState.Sys().(syscall.WaitStatus), string(text), limit), true
}

// memoryLimit describes the limit on the memory of a process; "" for none.
func memoryLimit() string {
	for _, l := range []struct {
		resource     int
		what, option string
	}{{syscall.RLIMIT_AS, "address space", "-v"}, {syscall.RLIMIT_DATA, "data", "-d"}} {
		var r syscall.Rlimit
		if syscall.Getrlimit(l.resource, &r) == nil && r.Cur < 1<<62 {
			return fmt.Sprintf("the %s of a process is limited to %s (ulimit %s)", l.what, memory.Size(int64(r.Cur)), l.option)
		}
	}
	return ""
}

// outcome is the exit status for a child that has ended; text is what its runtime
// printed.
func outcome(w syscall.WaitStatus, text, limit string) int {
	crashed := w.Exited() && w.ExitStatus() == 2 && containsAny(text, "fatal error: ", "panic: ", "runtime/cgo: ", "runtime stack:", "\ngoroutine ") ||
		w.Signaled() && (w.Signal() == syscall.SIGABRT || w.Signal() == syscall.SIGSEGV || w.Signal() == syscall.SIGBUS)
	if !crashed {
		io.WriteString(os.Stderr, text)
		if w.Signaled() {
			endBy(w.Signal())
			return 1
		}
		return w.ExitStatus()
	}
	message := "internal error: " + firstFault(text)
	if containsAny(text, "out of memory", "cannot allocate memory", "newosproc", "failed to reserve", "failed to create new OS thread", "pthread_create failed") {
		message = "out of memory: " + limit
	}
	fmt.Fprintln(os.Stderr, "mgtool: "+message+traceHint)
	if os.Getenv(traceVariable) != "" {
		io.WriteString(os.Stderr, text)
	}
	return 1
}

func containsAny(text string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// firstFault is the line of a crash that says what happened.
func firstFault(text string) string {
	for line := range strings.Lines(text) {
		for _, prefix := range []string{"fatal error: ", "panic: "} {
			if fault, ok := strings.CutPrefix(line, prefix); ok {
				return oneLine(fault)
			}
		}
	}
	return "the program was ended by the system"
}

// endBy ends this process with the signal.
func endBy(s syscall.Signal) {
	signal.Reset(s)
	syscall.Kill(os.Getpid(), s)
}
