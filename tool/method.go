package tool

// The method of a solve.

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/multigrid/method"
	"mgtool/pde/stencil"
)

// Method names the parts of a method; those that it does not name are chosen by a look
// at the operator, see [multigrid.Choose].
type Method struct {
	Name       string  // auto (multigrid), direct: by fast transforms, or elimination in one dimension; or a file, see [method.Method]
	Cycle      string  // v, w, f or fmg (one full pass, then V-cycles); empty to be chosen
	Smoother   string  // see [multigrid.NewSmoother]; empty to be chosen
	Omega      float64 // its relaxation weight; 0 is its default
	Pre, Post  int     // smoothing steps before and after the coarse correction
	Coarsening string  // auto, or see [multigrid.CoarseningByName]
	Krylov     string  // see [multigrid.ParseKrylov]; empty to be chosen
	Precision  string  // f64 or mixed

	RelTol    float64 // residual to stop at, relative to the baseline
	AbsTol    float64 // residual to stop at
	Backward  float64 // backward error to stop at, see [multigrid.Settings]
	Baseline  string  // data (the residual of the boundary values extended inwards), first or none
	Norm      string  // 2 or max
	MaxCycles int
	// Measured asks for MaxCycles cycles where RelTol is 0: to measure a factor, not for
	// the one full pass.
	Measured bool
	Singular string // project or refuse data that have no solution

	file *method.Method // that Name names, once it is read
}

// Chosen is a method that has all its parts.
type Chosen struct {
	Settings        multigrid.Settings
	Cycle, Smoother string // names of its parts; empty for a direct solution
	Why             string // what was chosen and why, in a line; empty if parts are named
	Method          string // the name of a method from a file, else empty
	Note            string // what the user should know of it
	uneven          bool   // it has kernels that differ from level to level
}

// oneOf finds the value of a flag by its name.
func oneOf[T any](flag, name string, names []string, values []T) (v T, err error) {
	if i := slices.Index(names, name); i >= 0 {
		return values[i], nil
	}
	last := len(names) - 1
	return v, Usagef("--%s %s; want %s or %s", flag, cutTo(name, 60), strings.Join(names[:last], ", "), names[last])
}

// settings are those that are named; the others are zero.
func (s Solve) settings() (n multigrid.Settings, err error) {
	if s.Name != "auto" && s.Name != "direct" && !s.isFile() {
		return n, Usagef("--method %s; want auto, direct or a file whose name ends in .json", cutTo(s.Name, 60))
	}
	if n.Precision, err = oneOf("precision", s.Precision, []string{"f64", "mixed"}, []multigrid.Precision{multigrid.Double, multigrid.Mixed}); err != nil {
		return n, err
	}
	if n.Baseline, err = oneOf("baseline", s.Baseline, []string{"data", "first", "none"}, []multigrid.Baseline{multigrid.Data, multigrid.First, multigrid.Absolute}); err != nil {
		return n, err
	}
	if n.Norm, err = oneOf("norm", s.Norm, []string{"2", "max"}, []multigrid.Norm{multigrid.Norm2, multigrid.NormMax}); err != nil {
		return n, err
	}
	if n.Singular, err = oneOf("singular", s.Singular, []string{"project", "refuse"}, []multigrid.Singular{multigrid.Project, multigrid.Refuse}); err != nil {
		return n, err
	}
	if n.Krylov, err = multigrid.ParseKrylov(cmp.Or(s.Krylov, "auto")); err != nil {
		return n, Usagef("--krylov %s; want none, cg, fgmres, bicgstab or auto", cutTo(s.Krylov, 60))
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
			return n, Usagef("--coarsening %s; want auto, full, galerkin, semi, blackbox or aggregation", cutTo(s.Coarsening, 60))
		}
	}
	if !(s.Backward >= 0 && s.Backward < 1) {
		return n, Usagef("--backward %g; want 0 or more and less than 1", s.Backward)
	}
	n.RelTol, n.AbsTol, n.BackwardTol, n.MaxCycles = s.RelTol, s.AbsTol, s.Backward, s.MaxCycles
	return n, nil
}

// choose completes the settings for an operator. From a random start, and to measure a
// factor, cycles begin on the finest grid.
func (s Solve) choose(a stencil.Operator, random bool) (c Chosen, err error) {
	c.Settings, err = s.settings()
	if err != nil {
		return c, err
	}
	if err := s.load(); err != nil || s.file != nil {
		if err != nil {
			return c, err
		}
		return s.byFile(a, c.Settings)
	}
	n := &c.Settings
	auto, why := multigrid.Choose(a)
	if n.Smoother == nil && n.Coarsening == nil && (s.Cycle == "" || s.Cycle == cycleName(auto.Cycle)) {
		c.Why = why
	}
	if s.Cycle == "" {
		n.Cycle.Gamma, n.Cycle.F, n.Cycle.Full = auto.Cycle.Gamma, auto.Cycle.F, auto.Cycle.Full
		if s.Pre == 1 && s.Post == 1 && n.Smoother == nil && n.Coarsening == nil { // not named
			n.Cycle.Pre, n.Cycle.Post = auto.Cycle.Pre, auto.Cycle.Post
		}
		around := n.Krylov != multigrid.None && n.Krylov != multigrid.Auto
		if random || s.Measured && s.RelTol == 0 || around {
			n.Cycle.Full = false
		}
	}
	switch {
	case s.Krylov != "":
	case s.RelTol == 0 && s.AbsTol == 0 && s.Backward == 0: // what cycles do is asked for
		n.Krylov = multigrid.None
	case s.Cycle == "" && n.Smoother == nil && n.Coarsening == nil:
		n.Krylov = auto.Krylov
	}
	// A part that is named may exclude what would be chosen for the other.
	_, box := auto.Coarsening.(multigrid.BlackBox)
	_, algebraic := auto.Coarsening.(multigrid.Aggregation)
	switch {
	case n.Smoother == nil && n.Coarsening == nil:
		n.Smoother, n.Coarsening = auto.Smoother, auto.Coarsening
	case n.Smoother == nil:
		n.Smoother = auto.Smoother
		_, takesLines := n.Coarsening.(multigrid.BlackBox)
		_, takesRows := n.Coarsening.(multigrid.Aggregation)
		ofBox := false // relaxation that only black-box coarsening takes
		switch n.Smoother.(type) {
		case multigrid.Lines, multigrid.Planes, multigrid.Adaptive:
			ofBox = true
		}
		switch {
		case takesRows:
			n.Smoother = multigrid.SymmetricGaussSeidel{}
		case algebraic && takesLines:
			n.Smoother = multigrid.Lines{}
		case algebraic, ofBox && !takesLines:
			n.Smoother = multigrid.RedBlack{Omega: 1}
		}
	case n.Coarsening == nil:
		n.Coarsening = auto.Coarsening
		switch n.Smoother.(type) {
		case multigrid.Lines, multigrid.Planes, multigrid.Adaptive:
			if !box {
				n.Coarsening = multigrid.BlackBox{}
			}
		case multigrid.RedBlack:
			if algebraic {
				n.Coarsening = multigrid.BlackBox{}
			}
		case multigrid.SymmetricGaussSeidel:
			if box {
				n.Coarsening = multigrid.Galerkin{}
			}
		default:
			if box || algebraic {
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
