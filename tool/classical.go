package tool

// Classical methods as files.

import (
	"fmt"
	"slices"

	"mgtool/multigrid"
	"mgtool/multigrid/method"
)

// Classical names a classical V-cycle and the file to write it to.
type Classical struct {
	Dim       int
	Smoother  string // jacobi, rbgs, rbsor or chebyshev
	Omega     float64
	Pre, Post int
	Coarse    string // rediscretized or galerkin
	Out       string
}

// DefaultClassical is V(1,1) with weighted Jacobi in two dimensions.
func DefaultClassical() Classical {
	return Classical{Dim: 2, Smoother: "jacobi", Pre: 1, Post: 1, Coarse: method.Rediscretized}
}

// Method is the V-cycle.
func (c Classical) Method() (*method.Method, error) {
	names := []string{"jacobi", "rbgs", "rbsor", "chebyshev"}
	if !slices.Contains(names, c.Smoother) { // others than a file can have are known to the solver
		return nil, Usagef("--smoother %s is none of a file; want jacobi, rbgs, rbsor or chebyshev", cutTo(c.Smoother, 60))
	}
	s, err := multigrid.NewSmoother(c.Smoother, c.Dim, c.Omega)
	if err != nil {
		return nil, Usage(err)
	}
	name := c.Smoother
	var step []method.Step // the sweeps of a smoothing step
	switch s := s.(type) {
	case multigrid.Jacobi:
		step = []method.Step{{Jacobi: s.Omega}}
		name += fmt.Sprintf("(%.4g)", s.Omega)
	case multigrid.RedBlack:
		step = []method.Step{{Colours: []float64{s.Omega}}}
		if s.Omega != 1 {
			name += fmt.Sprintf("(%.4g)", s.Omega)
		}
	case multigrid.Chebyshev:
		for _, w := range s.Weights() {
			step = append(step, method.Step{Jacobi: w})
		}
	}
	steps := func(flag string, n int) (list []method.Step, err error) {
		if n < 0 || n > 16 {
			return nil, Usagef("--%s %d; want 0 to 16", flag, n)
		}
		for range n {
			list = append(list, step...)
		}
		return list, nil
	}
	pre, err := steps("pre", c.Pre)
	if err != nil {
		return nil, err
	}
	post, err := steps("post", c.Post)
	if err != nil {
		return nil, err
	}
	m := method.Classical(fmt.Sprintf("%s V(%d,%d), %s", name, c.Pre, c.Post, c.Coarse), c.Dim, pre, post, c.Coarse)
	return m, Usage(m.Validate())
}

// Write writes the file, and returns the method.
func (c Classical) Write() (*method.Method, error) {
	if c.Out == "" {
		return nil, Usagef("no --out; want the file to write, ending in .json")
	}
	if err := CheckFile("out", c.Out, ".json"); err != nil {
		return nil, err
	}
	m, err := c.Method()
	if err != nil {
		return nil, err
	}
	return m, m.Write(c.Out)
}
