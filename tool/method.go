package tool

// The method of a solve.

import (
	"cmp"
	"fmt"
	"strings"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde/stencil"
)

// Method names the parts of a method; those that it does not name are chosen by a look
// at the operator, see [multigrid.Choose].
type Method struct {
	Cycle      string  // v, w, f or fmg (one full pass, then V-cycles); empty to be chosen
	Smoother   string  // see [multigrid.NewSmoother]; empty to be chosen
	Omega      float64 // its relaxation weight; 0 is its default
	Pre, Post  int     // smoothing steps before and after the coarse correction
	Coarsening string  // auto, or see [multigrid.CoarseningByName]
	Krylov     string  // none
	Precision  string  // f64 or mixed
	RelTol     float64 // residual to stop at, relative to that of the boundary values extended inwards
	MaxCycles  int
	// Measured asks for MaxCycles cycles where RelTol is 0: to measure a factor, not for
	// the one full pass.
	Measured bool
}

// Chosen is a method that has all its parts.
type Chosen struct {
	Settings        multigrid.Settings
	Cycle, Smoother string // names of its parts
	Why             string // why the parts that were not named were chosen; empty if all were
}

// settings are those that are named; the others are zero.
func (s Solve) settings() (n multigrid.Settings, err error) {
	switch {
	case s.Krylov != "none":
		return n, Usagef("--krylov %s; want none, the only choice so far", s.Krylov)
	case s.Precision != "f64" && s.Precision != "mixed":
		return n, Usagef("--precision %s; want f64 or mixed", s.Precision)
	}
	if n.Cycle, err = cycle.ParseCycle(cmp.Or(s.Cycle, "v"), s.Pre, s.Post); err != nil {
		return n, Usage(err)
	}
	dim, err := s.dim()
	if err != nil {
		return n, err
	}
	smoother := s.Smoother
	if smoother == "" && s.Omega != 0 {
		smoother = "rbsor" // which has a weight
	}
	if smoother != "" {
		if n.Smoother, err = multigrid.NewSmoother(smoother, dim, s.Omega); err != nil {
			return n, Usage(err)
		}
	}
	if s.Coarsening != "auto" {
		if n.Coarsening, err = multigrid.CoarseningByName(s.Coarsening); err != nil {
			return n, Usage(fmt.Errorf("--coarsening %s; want auto, full, galerkin, semi or blackbox", s.Coarsening))
		}
	}
	if s.Precision == "mixed" {
		n.Precision = multigrid.Mixed
	}
	n.RelTol, n.MaxCycles = s.RelTol, s.MaxCycles
	return n, nil
}

// choose completes the settings for an operator. From a random start, and to measure a
// factor, cycles begin on the finest grid.
func (s Solve) choose(a stencil.Operator, random bool) (c Chosen, err error) {
	c.Settings, err = s.settings()
	if err != nil {
		return c, err
	}
	n := &c.Settings
	named := s.Cycle != "" && n.Smoother != nil && n.Coarsening != nil
	var auto multigrid.Settings
	if !named {
		auto, c.Why = multigrid.Choose(a)
	}
	if s.Cycle == "" {
		n.Cycle.Gamma, n.Cycle.F, n.Cycle.Full = auto.Cycle.Gamma, auto.Cycle.F, auto.Cycle.Full
		if random || s.Measured && s.RelTol == 0 || s.Krylov != "none" {
			n.Cycle.Full = false
		}
	}
	// A part that is named may exclude what would be chosen for the other.
	_, lines := auto.Smoother.(multigrid.Lines)
	_, box := auto.Coarsening.(multigrid.BlackBox)
	switch {
	case n.Smoother == nil && n.Coarsening == nil:
		n.Smoother, n.Coarsening = auto.Smoother, auto.Coarsening
	case n.Smoother == nil:
		n.Smoother = auto.Smoother
		if _, takesLines := n.Coarsening.(multigrid.BlackBox); lines && !takesLines {
			n.Smoother = multigrid.RedBlack{Omega: 1}
		}
	case n.Coarsening == nil:
		n.Coarsening = auto.Coarsening
		switch n.Smoother.(type) {
		case multigrid.Lines:
			if !box {
				n.Coarsening = multigrid.BlackBox{}
			}
		case multigrid.RedBlack:
		default:
			if box {
				n.Coarsening = multigrid.Galerkin{}
			}
		}
	}
	c.Cycle, c.Smoother = s.Cycle, s.Smoother
	if c.Cycle == "" {
		c.Cycle = cycleName(n.Cycle)
	}
	if c.Smoother == "" {
		c.Smoother, _, _ = strings.Cut(fmt.Sprint(n.Smoother), "(")
	}
	return c, nil
}

// cycleName is the name that [cycle.ParseCycle] reads.
func cycleName(c cycle.Cycle) string {
	switch {
	case c.Full:
		return "fmg"
	case c.F:
		return "f"
	case c.Gamma == 2:
		return "w"
	}
	return "v"
}
