package bridge

// The rows of a comparison of cycles in a file.

import (
	"fmt"

	"mgtool/bridge/results"
	"mgtool/bridge/specification"
)

var cyclesKind = results.Kind{Format: "mgtool cycles table", Version: 1, Command: "mgtool compare pde --results"}

// cycleSetting is what all rows of a file have in common.
type cycleSetting struct {
	Problem  string    `json:"problem"`
	Weights  []float64 `json:"stencil,omitempty"`
	N        int       `json:"n"`
	Sizes    []int     `json:"sizes"`
	Pre      int       `json:"pre"`
	Post     int       `json:"post"`
	Cycles   int       `json:"cycles"`
	Training Training  `json:"training"`
}

// cycleLine is a row in the file.
type cycleLine struct {
	Cycle         string                       `json:"cycle"`
	Specification *specification.Specification `json:"specification,omitempty"`
	Omega         float64                      `json:"omega,omitempty"`
	Seed          uint64                       `json:"seed,omitempty"`
	Parameters    int                          `json:"parameters"`
	Factors       []*float64                   `json:"factors"`
	Converged     []bool                       `json:"converged"`
	Seconds       float64                      `json:"seconds"`
}

func (c CycleComparison) setting() cycleSetting {
	return cycleSetting{c.Problem, c.Weights, c.N, c.Sizes, c.Pre, c.Post, c.Cycles, c.Training}
}

// kept are the rows of the file, in the order in which they were done: first the two classical
// ones.
func (c CycleComparison) kept() (rows []CycleRow, err error) {
	lines, err := results.Kept[cycleSetting, cycleLine](c.File, cyclesKind, c.setting())
	if err != nil {
		return nil, err
	}
	for i, l := range lines {
		r := CycleRow{Cycle: l.Cycle, Specification: l.Specification, Omega: l.Omega, Seed: l.Seed, Parameters: l.Parameters, Converged: l.Converged, Seconds: l.Seconds}
		if l.Specification != nil {
			r.Learned = l.Specification.Learned()
		}
		for _, f := range l.Factors {
			r.Factors = append(r.Factors, results.Value(f))
		}
		if len(r.Factors) != len(c.Sizes) || len(r.Converged) != len(c.Sizes) || (i < 2) != (r.Specification == nil) || (i == 0) != (r.Omega > 0) {
			return nil, fmt.Errorf("bridge: %s: row %d, %q, with %d factors and ω = %g is not one of a table with %d sizes; want the file as it was written", c.File, i+1, r.Cycle, len(r.Factors), r.Omega, len(c.Sizes))
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// keep replaces the file.
func (c CycleComparison) keep(rows []CycleRow) error {
	var lines []cycleLine
	for _, r := range rows {
		l := cycleLine{r.Cycle, r.Specification, r.Omega, r.Seed, r.Parameters, nil, r.Converged, r.Seconds}
		for _, f := range r.Factors {
			l.Factors = append(l.Factors, results.Finite(f))
		}
		lines = append(lines, l)
	}
	return results.Write(c.File, cyclesKind, c.setting(), lines)
}
