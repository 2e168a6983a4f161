// Package tool does what the verbs of mgtool do, without flags and without printing:
// it finds a problem, a model, a recipe or a folder of pictures by its name, checks that the work can be done, does it, and returns figures and files. The
// command, the demonstration, notebooks and a browser build call it.
//
// Settings and errors use the words of the command line: an error names a setting as
// its flag, as in "--start x; want zero or random". A [UsageError] is an invalid
// request, found before any work; every other error is a failure of the work.
package tool

import (
	"context"
	"fmt"

	"mgtool/internal/parallel"
)

// UsageError is a mistake in a request; the command exits with status 2 for it.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns the mistake itself.
func (e *UsageError) Unwrap() error { return e.Err }

// Usage marks err, unless it is nil, as a mistake in a request.
func Usage(err error) error {
	if err == nil {
		return nil
	}
	return &UsageError{err}
}

// Usagef is a [UsageError] with the text that fmt.Errorf makes.
func Usagef(format string, a ...any) error { return Usage(fmt.Errorf(format, a...)) }

// Reporter follows a job. Functions that are nil are not called.
type Reporter struct {
	Status func(text string) // the current activity; replaces the previous status
	Note   func(text string) // a line that the user should see, such as skipped files
}

func (r Reporter) status(format string, a ...any) {
	if r.Status != nil {
		r.Status(fmt.Sprintf(format, a...))
	}
}

func (r Reporter) note(format string, a ...any) {
	if r.Note != nil {
		r.Note(fmt.Sprintf(format, a...))
	}
}

// orStop runs work that takes no context, such as reading many files, and abandons it
// when ctx is cancelled: the goroutine then runs on until the program ends.
func orStop[T any](ctx context.Context, work func() (T, error)) (result T, err error) {
	var got T
	finished, err := parallel.Await(ctx, 0, func() (err error) { got, err = work(); return err })
	if !finished {
		return result, err
	}
	return got, err
}
