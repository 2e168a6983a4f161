package tool

// Solving on a graph.

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"mgtool/graphs"
	"mgtool/internal/atomicfile"
)

// SolveGraph is a problem (L + s I) u = g on a graph, g random.
type SolveGraph struct {
	Graph     string // a file or a name of [graphs.Open]
	Seed      uint64 // of a random graph and of g
	Method    string // of [graphs.Methods]; auto is aggregation
	Shift     float64
	RelTol    float64
	MaxCycles int
	Out       string // a CSV file for u; empty for none
}

// GraphSolution is the result.
type GraphSolution struct {
	*graphs.Solution
	Graph      *graphs.Graph
	Components int
	Method     string
}

// Solve solves the problem. One that did not converge is returned with an error.
func (s SolveGraph) Solve(ctx context.Context, r Reporter) (*GraphSolution, error) {
	if s.Method == "auto" {
		s.Method = graphs.Methods[0]
	}
	switch {
	case !slices.Contains(graphs.Methods, s.Method):
		return nil, Usagef("--method %s with --graph; want auto, %s", s.Method, strings.Join(graphs.Methods, ", "))
	case !(s.Shift >= 0):
		return nil, Usagef("--shift %g; want 0 or more", s.Shift)
	case !(s.RelTol > 0 && s.RelTol < 1):
		return nil, Usagef("--rtol %g with --graph; want between 0 and 1", s.RelTol)
	case s.MaxCycles < 1:
		return nil, Usagef("--max-cycles %d; want 1 or more", s.MaxCycles)
	}
	if err := CheckFile("out", s.Out, ".csv"); err != nil {
		return nil, err
	}
	r.status("reading or making the graph")
	g, err := orStop(ctx, func() (*graphs.Graph, error) { return graphs.Open(s.Graph, s.Seed) })
	if err != nil {
		return nil, err
	}
	data, random := make([]float64, g.Nodes()), rand.New(rand.NewPCG(s.Seed, 0x7268730000))
	for i := range data {
		data[i] = random.NormFloat64()
	}
	solution, err := orStop(ctx, func() (*graphs.Solution, error) {
		return graphs.Solve(g, data, graphs.Settings{Shift: s.Shift, Method: s.Method, RelTol: s.RelTol, MaxIterations: s.MaxCycles, Report: func(k int, residual float64) bool {
			r.status("iteration %d  residual %.3e", k, residual)
			return ctx.Err() != nil
		}})
	})
	r.status("")
	if err != nil {
		return nil, err
	}
	_, components := g.Components()
	result := &GraphSolution{solution, g, components, s.Method}
	if s.Out != "" {
		err := atomicfile.Write(s.Out, func(w io.Writer) error {
			line := []byte("node,u\n")
			for i, v := range solution.U {
				line = strconv.AppendInt(line, int64(i), 10)
				line = append(line, ',')
				line = append(strconv.AppendFloat(line, v, 'g', -1, 64), '\n')
				if _, err := w.Write(line); err != nil {
					return err
				}
				line = line[:0]
			}
			return nil
		})
		if err != nil {
			return result, fmt.Errorf("u could not be written: %w", err)
		}
	}
	if ctx.Err() != nil {
		return result, ctx.Err()
	}
	switch {
	case solution.Converged:
		return result, nil
	case s.Method == "direct":
		return result, fmt.Errorf("not solved: residual %.3e; want %g", solution.Residuals[1], s.RelTol)
	default:
		return result, fmt.Errorf("not converged: residual %.3e after %d iterations; want %g", solution.Residuals[len(solution.Residuals)-1], len(solution.Residuals)-1, s.RelTol)
	}
}
