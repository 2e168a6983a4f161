// Command mgtool solves Poisson problems by multigrid, trains MgNet on images and
// compares fixed with learned operators. Its files hold flags and printing; package
// tool does the work.
//
//	mgtool demo                     solve, train and compare within a minute; one HTML page
//	mgtool solve --problem sine     a multigrid solve
//	mgtool train --data sample      train MgNet
//	mgtool compare pde|vision       what each learned operator is worth
//
// Results go to standard output, as a table or, with --json, as one JSON object;
// progress goes to standard error. The exit status is 0 when done, 1 for a
// failure (not converged, a missing or damaged file, standard output that cannot be
// written, too little memory, an internal error), 2 for wrong usage. MGTOOL_TRACE=1
// prints the stacks of an internal error.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"mgtool/internal/parallel"
	"mgtool/tensor"
	"mgtool/tool"
)

func main() {
	if status, ended := supervise(); ended {
		os.Exit(status)
	}
	os.Exit(run())
}

// stopGrace is how long a verb may go on after the first Ctrl-C.
const stopGrace = 800 * time.Millisecond

// run executes the command line and returns the exit status.
func run() (status int) {
	app := &app{}
	ctx, stop := stopContext()
	defer stop()
	finish := watchOutput()
	defer func() {
		if v := recover(); v != nil {
			finish()
			crashed(v)
			status = 1
		}
	}()
	err := app.execute(ctx)
	failed := finish()
	if err == nil {
		err = failed
	}
	if err == nil {
		return 0
	}
	if errors.Is(err, context.Canceled) {
		err = errors.New("stopped")
	}
	endLine()
	fmt.Fprintln(os.Stderr, "mgtool:", printable(cut(err.Error())))
	// An error before a verb runs is an unknown verb or a wrong argument.
	var wrong *tool.UsageError
	if errors.As(err, &wrong) || !app.running && err != failed && err.Error() != "stopped" {
		return 2
	}
	return 1
}

// execute runs the verb. If ctx is cancelled and the verb does not return within
// stopGrace, execute abandons it, unless it has something to save or to report.
func (a *app) execute(ctx context.Context) error {
	impatient, giveUp := context.WithCancel(context.Background())
	defer giveUp()
	defer context.AfterFunc(ctx, func() {
		if !a.saves.Load() {
			giveUp()
		}
	})()
	_, err := parallel.Await(impatient, stopGrace, func() error { return a.command().ExecuteContext(ctx) })
	return err
}

// crashed reports a panic, an error in this program, in one line.
func crashed(value any) {
	fmt.Fprintln(os.Stderr, "mgtool: internal error:", oneLine(fmt.Sprint(value))+traceHint)
	if os.Getenv(traceVariable) != "" {
		fmt.Fprintf(os.Stderr, "%s\n%s\n", parallel.Trace(), debug.Stack())
	}
}

// traceVariable, if set, asks for the stacks of an internal error.
const (
	traceVariable = "MGTOOL_TRACE"
	traceHint     = "; " + traceVariable + "=1 shows where"
)

// cut shortens an error that quotes megabytes of a file.
func cut(text string) string {
	const first, last = 4000, 500
	if len(text) <= first+last {
		return text
	}
	return text[:first] + " … " + text[len(text)-last:]
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// command is the tree of verbs.
func (a *app) command() *cobra.Command {
	version := false
	root := &cobra.Command{
		Use:           "mgtool",
		Short:         "Multigrid and MgNet: one cycle, fixed or learned",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          unknownVerb,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			a.running = true
			if a.threads < 0 || a.threads > 1024 {
				return tool.Usagef("--threads %d; want 1 to 1024, or 0 for all cores", a.threads)
			}
			if a.threads > 0 {
				runtime.GOMAXPROCS(a.threads)
			}
			if _, err := tensor.Kernels(); err != nil {
				return tool.Usage(err)
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			if version {
				return a.showVersion()
			}
			return c.Help()
		},
	}
	root.Flags().BoolVar(&version, "version", false, "print the version")
	flags := root.PersistentFlags()
	flags.IntVar(&a.threads, "threads", 0, "number of threads; 0 is one for each core")
	flags.Uint64Var(&a.seed, "seed", 1, "seed of the random numbers")
	flags.BoolVar(&a.json, "json", false, "print one JSON object instead of tables")
	root.SetFlagErrorFunc(hint)
	root.AddCommand(a.demo(), a.solve(), a.evolve(), a.image(), a.constrained(), a.lfa(), a.learn(), a.method(), a.meta(), a.train(), a.classify(), a.eval(), a.predict(), a.inspect(), a.model(), a.compare(), a.bench(), a.data(), a.features(), a.approximate(), a.version())
	complete(root)
	return root
}

// app holds the flags that every verb has, and how far the verb has come.
type app struct {
	threads int
	seed    uint64
	json    bool
	running bool        // a verb has begun: errors are no longer cobra's
	saves   atomic.Bool // the verb saves or reports when it is stopped, so it is waited for
}

// noArgs is for verbs that take flags only.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return tool.Usagef("unexpected argument %q", args[0])
	}
	return nil
}
