package tool

// The stencils that a classifier learned, in a solver.

import (
	"context"
	"fmt"

	"mgtool/bridge/images"
	"mgtool/mgnet/runs"
)

// Stencils names a run and the operator whose stencils solve −Δu = g.
type Stencils struct {
	Run, Checkpoint string // as in [Evaluate]
	Operator        string // "B" or "R"
	N               int    // cells a side, even, at least 8
	Seed            uint64
	Out             string // file of the best method, NAME.json; "" for none

	Report func(done, all int)
}

// Measure measures the stencils and writes the best method.
func (s Stencils) Measure(ctx context.Context) (*images.Transplant, error) {
	switch {
	case s.Run == "":
		return nil, Usagef("want --run FOLDER")
	case s.Operator != "B" && s.Operator != "R":
		return nil, Usagef("--operator %q; want B or R", s.Operator)
	case s.N < 8 || s.N > 1024 || s.N%2 != 0:
		return nil, Usagef("--n %d; want an even number of cells, 8 to 1024", s.N)
	}
	if s.Out != "" {
		if err := CheckFile("out", s.Out, ".json"); err != nil {
			return nil, err
		}
	}
	n, _, err := runs.OpenCheckpoint(s.Run, s.Checkpoint)
	if err != nil {
		return nil, err
	}
	t, err := images.Solve(ctx, n, s.Operator, s.N, s.Seed, s.Report)
	if err != nil || s.Out == "" {
		return t, err
	}
	best := t.Groups[0].Kernels[0] // learned, as it is or averaged
	if even := t.Groups[1].Kernels[0]; even.Factor < best.Factor {
		best = even
	}
	if !(best.Factor < 1) {
		return t, fmt.Errorf("no learned kernel of %s makes a cycle that converges; nothing is written to %s", s.Operator, s.Out)
	}
	m := best.Method(s.Operator == "R")
	m.About["run"], m.About["factor"], m.About["cells"] = s.Run, best.Factor, s.N
	return t, m.Write(s.Out)
}
