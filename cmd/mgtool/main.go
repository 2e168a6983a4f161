// Command mgtool solves Poisson problems by multigrid, trains MgNet on images
// and compares fixed with learned operators: both by the same cycle.
//
//	mgtool demo                     both jobs in a minute, as one HTML page
//	mgtool solve --problem sine     a multigrid solve
//	mgtool train --data sample      train MgNet
//	mgtool compare pde|vision       what each learned operator is worth
//
// Results go to standard output, as a table or, with --json, as one JSON object;
// progress goes to standard error. The exit status is 0 when done, 1 for a
// failure (not converged, a missing or damaged file), 2 for wrong usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/spf13/cobra"

	"mgtool/tensor"
)

func main() { os.Exit(run()) }

// run executes the command line and returns the exit status.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once
	app := &app{}
	root := &cobra.Command{
		Use:           "mgtool",
		Short:         "Multigrid and MgNet: one cycle, fixed or learned",
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			app.running = true
			if app.threads < 0 || app.threads > 1024 {
				return usagef("--threads %d; want 1 to 1024, or 0 for all cores", app.threads)
			}
			if app.threads > 0 {
				runtime.GOMAXPROCS(app.threads)
			}
			if _, err := tensor.Kernels(); err != nil {
				return usage(err)
			}
			return nil
		},
	}
	flags := root.PersistentFlags()
	flags.IntVar(&app.threads, "threads", 0, "cores to use; 0 is all")
	flags.Uint64Var(&app.seed, "seed", 1, "seed of all random numbers")
	flags.BoolVar(&app.json, "json", false, "print one JSON object instead of tables")
	root.SetFlagErrorFunc(hint)
	root.AddCommand(app.demo(), app.solve(), app.lfa(), app.train(), app.classify(), app.eval(), app.predict(), app.inspect(), app.model(), app.compare(), app.bench(), app.data(), app.features())
	complete(root)

	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if err == context.Canceled {
		err = errors.New("stopped")
	}
	text := err.Error()
	if app.running { // cobra's own may have several lines
		text = printable(text)
	}
	fmt.Fprintln(os.Stderr, "mgtool:", text)
	// What fails before a verb runs is an unknown verb or a wrong argument.
	var wrong *usageError
	if errors.As(err, &wrong) || !app.running {
		return 2
	}
	return 1
}

// app holds the flags that every verb has.
type app struct {
	threads int
	seed    uint64
	json    bool
	running bool // a verb has begun: errors are no longer cobra's
}

// usageError is a mistake in the command line, exit status 2.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usage(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{err}
}

func usagef(format string, a ...any) error { return usage(fmt.Errorf(format, a...)) }

// noArgs is for verbs that take flags only.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("unexpected argument %q", args[0])
	}
	return nil
}
