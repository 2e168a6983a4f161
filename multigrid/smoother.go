package multigrid

// Smoothers, B: Jacobi, Gauss–Seidel, red-black, and any 3×3 kernel.

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Smoother is B, as the iteration u ← u + B(g − A u) that damps the part of
// the error a coarser grid cannot hold.
type Smoother interface {
	// Validate reports a parameter for which no problem would converge.
	Validate() error
	fmt.Stringer

	// sweeps lists what a step does there, or says why it cannot be done.
	sweeps(p place) ([]sweep, error)
}

// NewSmoother finds a smoother for grids of dim dimensions by its name: jacobi, gs,
// sgs, rbgs, rbsor, chebyshev, adaptive (points or lines), line (along all axes), linex, liney or
// linez, and in three dimensions plane (across all axes), planexy, planexz or planeyz. Omega 0 is the usual weight
// of jacobi (2/3, 0.8 and 6/7 in one, two and three dimensions) and rbsor (1, 1.15, 1.2); the
// others have none.
func NewSmoother(name string, dim int, omega float64) (Smoother, error) {
	if dim < 1 || dim > 3 {
		return nil, fmt.Errorf("multigrid: dimension %d; want 1, 2 or 3", dim)
	}
	or := func(usual ...float64) float64 {
		if omega == 0 {
			return usual[dim-1]
		}
		return omega
	}
	none := func(s Smoother) (Smoother, error) {
		if omega != 0 && omega != 1 {
			return nil, fmt.Errorf("multigrid: smoother %s has no weight; got omega %g, want 1 (or jacobi, rbsor)", name, omega)
		}
		return s, nil
	}
	var s Smoother
	switch name {
	case "jacobi":
		s = Jacobi{Omega: or(2./3, 0.8, 6./7)}
	case "gs":
		return none(GaussSeidel{})
	case "sgs":
		return none(SymmetricGaussSeidel{})
	case "rbgs":
		return none(RedBlack{Omega: 1})
	case "rbsor":
		s = RedBlack{Omega: or(usualOmega[:]...)}
	case "chebyshev":
		return none(Chebyshev{Degree: 2})
	case "adaptive":
		return none(Adaptive{})
	case "line":
		return none(Lines{})
	case "linex", "liney", "linez":
		axis := int(name[4] - 'x')
		if axis >= dim {
			return nil, fmt.Errorf("multigrid: smoother %s in dimension %d; want lines along one of its axes", name, dim)
		}
		return none(Lines{Axes: []int{axis}})
	case "plane", "planexy", "planexz", "planeyz":
		if dim != 3 {
			return nil, fmt.Errorf("multigrid: smoother %s in dimension %d; want three dimensions, or lines", name, dim)
		}
		across := slices.Index(planeNames[:], name)
		if across < 0 {
			return none(Planes{})
		}
		return none(Planes{Across: []int{across}})
	default:
		return nil, fmt.Errorf("multigrid: unknown smoother %q; known: jacobi, gs, sgs, rbgs, rbsor, chebyshev, adaptive, line, linex, liney, linez, plane, planexy, planexz, planeyz", name)
	}
	return s, s.Validate()
}

// usualOmega is the weight of SOR in one, two and three dimensions.
var usualOmega = [...]float64{1, 1.15, 1.2}

// checkOmega accepts the weights in (0, 2), where relaxation can converge.
func checkOmega(s Smoother, omega float64) error {
	if !(omega > 0 && omega < 2) {
		return fmt.Errorf("multigrid: smoother %v: omega %g; want more than 0 and less than 2", s, omega)
	}
	return nil
}

// Jacobi is the weighted Jacobi iteration, B = ω diag(A)⁻¹.
type Jacobi struct{ Omega float64 }

// Validate implements [Smoother].
func (s Jacobi) Validate() error { return checkOmega(s, s.Omega) }

func (s Jacobi) String() string { return fmt.Sprintf("jacobi(%g)", s.Omega) }

// Chebyshev is the polynomial of this degree in diag(A)⁻¹A that is smallest over
// the upper part of its spectrum, [0.3, 2]: the frequencies that a coarser grid
// cannot hold, and some of the others. It counts as one smoothing step.
type Chebyshev struct{ Degree int }

// chebyshevTop is the end of the spectrum of diag(A)⁻¹A, chebyshevRange how many
// times the end of the part below it is smaller.
const (
	chebyshevTop   = 2.0
	chebyshevRange = 2 / .3
)

// Validate implements [Smoother].
func (s Chebyshev) Validate() error {
	if s.Degree < 1 || s.Degree > 8 {
		return fmt.Errorf("multigrid: smoother %v: degree %d; want 1 to 8", s, s.Degree)
	}
	return nil
}

// Weights are those of the Jacobi sweeps that make up a step: 1/ω are the zeros of the
// polynomial Π (1 − ω A/D) in A/D.
func (s Chebyshev) Weights() []float64 {
	list := make([]float64, s.Degree)
	centre, radius := (1+1/chebyshevRange)*chebyshevTop/2, (1-1/chebyshevRange)*chebyshevTop/2
	for k := range list {
		list[k] = 1 / (centre + radius*math.Cos(math.Pi*(float64(k)+.5)/float64(s.Degree)))
	}
	return list
}

func (s Chebyshev) String() string { return fmt.Sprintf("chebyshev(%d)", s.Degree) }

// GaussSeidel is the lexicographic Gauss–Seidel iteration, B = tril(A)⁻¹. Each
// value depends on the one before, so it runs on one core.
type GaussSeidel struct{}

// Validate implements [Smoother].
func (GaussSeidel) Validate() error { return nil }

func (GaussSeidel) String() string { return "gs" }

// SymmetricGaussSeidel is Gauss–Seidel forwards, then backwards: its B is
// symmetric, as a preconditioner of conjugate gradients must be.
type SymmetricGaussSeidel struct{}

// Validate implements [Smoother].
func (SymmetricGaussSeidel) Validate() error { return nil }

func (SymmetricGaussSeidel) String() string { return "sgs" }

// RedBlack is Gauss–Seidel on the vertices with an even sum of indices, then on
// the others; with Omega other than 1, successive over-relaxation (SOR). Vertices
// of a colour do not depend on each other. Where A couples diagonal neighbours it takes
// 2^d colours, by the parities of the indices.
type RedBlack struct{ Omega float64 }

// Validate implements [Smoother].
func (s RedBlack) Validate() error { return checkOmega(s, s.Omega) }

func (s RedBlack) String() string {
	if s.Omega == 1 {
		return "rbgs"
	}
	return fmt.Sprintf("rbsor(%g)", s.Omega)
}

// Lines is zebra line relaxation: the unknowns of each line along an axis are relaxed
// together, by a tridiagonal solve, first those of every second line, then the others;
// with several Axes, along one after the other, and with none along all. Relaxation of
// points smooths errors only along the axes of strong couplings; with lines along these it
// smooths along the others too, so that all axes can become coarser. It takes [BlackBox]
// coarsening.
type Lines struct{ Axes []int }

// Validate implements [Smoother].
func (s Lines) Validate() error {
	for _, d := range s.Axes {
		if d < 0 || d > 2 {
			return fmt.Errorf("multigrid: smoother line along axis %d; want 0 to 2", d)
		}
	}
	return nil
}

// along lists the axes in so many dimensions.
func (s Lines) along(dim int) []int {
	if s.Axes == nil {
		return []int{0, 1, 2}[:dim]
	}
	return s.Axes
}

func (s Lines) String() string {
	name := "line"
	for _, d := range s.Axes {
		name += string(rune('x' + d))
	}
	return name
}

// Planes is zebra plane relaxation in three dimensions: the unknowns of each plane are relaxed
// together, by a cycle of black-box multigrid on the plane, first those of every second plane,
// then the others; across several axes, one after the other, and with none across all. It
// smooths errors however strong the couplings within the planes are, so that all axes can
// become coarser. It takes [BlackBox] coarsening, and memory for about 30 fields an axis.
type Planes struct{ Across []int }

// planeNames are the names of planes by the axis across them.
var planeNames = [3]string{"planeyz", "planexz", "planexy"}

// Validate implements [Smoother].
func (s Planes) Validate() error {
	for _, d := range s.Across {
		if d < 0 || d > 2 {
			return fmt.Errorf("multigrid: smoother plane across axis %d; want 0 to 2", d)
		}
	}
	return nil
}

// across lists the axes.
func (s Planes) across() []int {
	if s.Across == nil {
		return []int{0, 1, 2}
	}
	return s.Across
}

func (s Planes) String() string {
	if s.Across == nil {
		return "plane"
	}
	var names []string
	for _, d := range s.Across {
		if d < 0 || d > 2 {
			return fmt.Sprintf("planes across %v", s.Across)
		}
		names = append(names, planeNames[d])
	}
	return strings.Join(names, "+")
}

// StencilSmoother is a smoother whose B is an operator of its own on each grid, with
// constant or variable coefficients: u ← u + B r. ω-Jacobi is its case B = ω/D at the
// centre. Learned smoothers are such.
type StencilSmoother struct {
	Name string
	B    func(pde.Grid) (stencil.Operator, error)
}

// Validate implements [Smoother].
func (s StencilSmoother) Validate() error {
	if s.B == nil {
		return fmt.Errorf("multigrid: stencil smoother %q has no B", s.Name)
	}
	return nil
}

func (s StencilSmoother) String() string { return s.Name }
