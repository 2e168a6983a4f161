package tool

// What a trained operator is worth to the solver.

import (
	"context"

	"mgtool/bridge/guess"
	"mgtool/field"
	"mgtool/field/learn"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
)

// CompareOperator names a run of the job fields, on Darcy flow, and systems to solve.
type CompareOperator struct {
	Run, Checkpoint string
	Data            string // a file of Darcy flow; the run's if empty
	Samples         int    // of its test samples
	guess.Options
}

// DefaultCompareOperator is to 1e-8, on ten systems.
func DefaultCompareOperator() CompareOperator {
	return CompareOperator{Checkpoint: "last", Samples: 10, Options: guess.Options{RelTol: 1e-8, Most: 100, Repeats: 3}}
}

// OperatorReport has a row for each method.
type OperatorReport struct {
	Model         string
	Data          string
	Height, Width int
	Samples, All  int  // systems that are done, and those asked for: there are fewer if it was stopped
	AnyRight      bool // the network takes any right side, so it was tried as a preconditioner
	Rows          []guess.Row
}

// Compare solves the systems with and without the network. If it is stopped or fails after the
// first system, the report has the systems that are done, beside the error.
func (c CompareOperator) Compare(ctx context.Context, r Reporter) (*OperatorReport, error) {
	table, err := guess.New(c.Options)
	if err != nil {
		return nil, Usage(err)
	}
	if c.Samples < 1 {
		return nil, Usagef("--samples %d; want 1 or more", c.Samples)
	}
	n, run, err := runs.OpenCheckpoint(c.Run, c.Checkpoint)
	if err != nil {
		return nil, err
	}
	if run.Job != (*learn.Job)(nil).Kind() {
		return nil, Usagef("--run %s: its job is %q; want a run of mgtool train fields", c.Run, run.Job)
	}
	j, err := jobOf(run)
	if err != nil {
		return nil, err
	}
	path, part := run.DataDir, job.Part{Limit: run.Limit, HoldOut: run.HoldOut}
	if c.Data != "" { // the limit and what was held out are parts of the run's own data
		path, part = c.Data, job.Part{}
	}
	set, err := orStop(ctx, func() (*field.Set, error) { return field.Read(path) })
	if err != nil {
		return nil, err
	}
	if set.Recipe == nil || set.Recipe.Kind != "darcy" || set.In != n.Model.Sig().InChannels || set.Out != 1 {
		return nil, Usagef("--data %s: want samples of mgtool data make darcy with %d values of a and one of u", path, n.Model.Sig().InChannels)
	}
	if set.Recipe.Every != 1 {
		// The kept points of a finer grid carry a solution of that grid's system, not of one of theirs.
		return nil, Usagef("--data %s: made with --every %d; want --every 1, so that u solves the system of its own grid", path, set.Recipe.Every)
	}
	fields := j.(*learn.Job)
	_, samples, err := fields.Parts(set, part)
	if err != nil {
		return nil, Usagef("--data %s: %v", path, err)
	}
	op, err := fields.Operator(n, set.Height, set.Width)
	if err != nil {
		return nil, err
	}
	samples = samples[:min(c.Samples, len(samples))]
	report := &OperatorReport{
		Model: n.Model.String(), Data: path, Height: set.Height, Width: set.Width, All: len(samples), AnyRight: set.In == 2,
	}
	for i, sample := range samples {
		report.Samples, report.Rows = i, table.Rows()
		r.status("%d of %d systems", i+1, len(samples))
		net := newOperatorOf(op, set, sample)
		system, err := field.Darcy(net.a, net.f)
		if err != nil {
			return report, err
		}
		if err := table.Add(ctx, guess.Problem{System: system, Solution: net.u, Network: net, AnyRight: set.In == 2}); err != nil {
			return report, err
		}
	}
	r.status("")
	report.Samples, report.Rows = len(samples), table.Rows()
	return report, nil
}

// operatorOf is a network for one a.
type operatorOf struct {
	*learn.Operator
	a, f []float64 // f nil for 1, which the network was trained with
	u    []float64 // the solution
	x    []float64
}

func newOperatorOf(op *learn.Operator, set *field.Set, sample int) *operatorOf {
	points := set.Height * set.Width
	o := &operatorOf{Operator: op, x: make([]float64, points*set.In)}
	for i, v := range set.A[sample*points*set.In : (sample+1)*points*set.In] {
		o.x[i] = float64(v)
		if i%set.In == 0 {
			o.a = append(o.a, float64(v))
		} else {
			o.f = append(o.f, float64(v))
		}
	}
	for _, v := range set.U[sample*points : (sample+1)*points] {
		o.u = append(o.u, float64(v))
	}
	return o
}

// Solve implements [guess.Network].
func (o *operatorOf) Solve(u, g []float64) error {
	if o.f != nil {
		for i, v := range g {
			o.x[2*i+1] = v
		}
	}
	return o.Apply(u, o.x)
}
