package tool

// The jobs apart from classes of images, and the data of a run that has one.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"mgtool/field/learn"
	"mgtool/forecast"
	"mgtool/graphs/nodes"
	"mgtool/mask"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/sequence"
)

// jobs are those that are known, each made with its default settings.
var jobs = []func() job.Job{
	func() job.Job { return sequence.NewJob() },
	func() job.Job { return forecast.New() },
	func() job.Job { return learn.New() },
	func() job.Job { return mask.New() },
	func() job.Job { return &nodes.Job{} },
}

// kinds lists the jobs that are known.
func kinds() string {
	var names []string
	for _, j := range jobs {
		names = append(names, j().Kind())
	}
	return strings.Join(names, ", ")
}

// jobOf is the job of a run with its settings.
func jobOf(r runs.Run) (job.Job, error) {
	for _, create := range jobs {
		if j := create(); j.Kind() == r.Job {
			return j, job.Read(j, r.Settings)
		}
	}
	return nil, fmt.Errorf("job %q; known: %s", r.Job, kinds())
}

// loadJob reads the data of a job. Wrong ones are errors of the work, not of the request,
// except for a place that does not exist.
func loadJob(ctx context.Context, j job.Job, path string, part job.Part) (*job.Data, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, Usagef("--data %s: there is no such file or folder", path)
	}
	return orStop(ctx, func() (*job.Data, error) { return j.Load(path, part) })
}
