// Package stencil holds linear operators between fields as values: an [Operator] knows
// its grids and its coefficients, so it can be applied, transposed, multiplied,
// assembled into a matrix and analysed by its symbol. The loops here are the plain
// definitions; fast kernels are tested against them.
//
// An operator couples a vertex with its 3^d neighbourhood. On one grid, to a coarser
// grid (restriction) and to a finer one (prolongation) it is
//
//	(A u)(x)        = Σ_o c_o(x) u(x+o)
//	(R r)(m)        = Σ_o c_o(m) r(s·m+o)
//	(P e)(s·m+o)    = … + c_o(m) e(m)      summed over m and o: the transposed form
//
// with offsets o in {−1, 0, 1}^d, and s = 2 along the axes that are coarsened, 1 along the
// others. Coefficients are constant (a [Kernel]) or variable (a [pde.Field] for each
// offset). The transfers [Linear] and [FullWeighting] also cover axes with an odd number
// of cells.
package stencil

import (
	"errors"
	"fmt"
	"math"

	"mgtool/pde"
)

// Kernel holds constant coefficients: k[9(1+dz)+3(1+dy)+1+dx] belongs to the offset
// (dx, dy, dz). In one and two dimensions the entries with other offsets are 0.
type Kernel [27]float64

// centre is the index of the offset 0; 2·centre − o is that of the opposite of o.
const centre = 13

// Plane is the kernel of a 3×3 stencil in x and y, k[1+dy][1+dx].
func Plane(k [3][3]float64) (kernel Kernel) {
	for j := range k {
		copy(kernel[9+3*j:], k[j][:])
	}
	return kernel
}

// Scale is the kernel with every entry multiplied by s.
func (k Kernel) Scale(s float64) Kernel {
	for o := range k {
		k[o] *= s
	}
	return k
}

// Offset is the offset that entry o of a kernel belongs to.
func Offset(o int) [3]int { return [3]int{o%3 - 1, o/3%3 - 1, o/9 - 1} }

// Coefficients are variable coefficients: field o has the values c_o(x) of the offset
// that entry o of a [Kernel] belongs to. A nil field is zero everywhere.
type Coefficients [27]*pde.Field[float64]

// Operator is a linear map from the fields on one grid to those on the same or another
// grid. Constructors make them; the zero Operator fits no field. An Operator is
// immutable and safe for concurrent use.
type Operator struct {
	kind         kind
	fine, coarse pde.Grid       // the same grid for an operator on one grid
	step         [3]int         // s of the package comment; 0 along an axis of another relation
	kernel       Kernel         // constant coefficients
	closures     *[3][2]Closure // of closed sides, where rows differ from the kernel
	fields       *Coefficients  // variable coefficients, on the coarse grid
	faces        *faces         // coefficients of faces
	support      []int          // the offsets whose coefficients are not all 0
	axes         *[3]Axis       // of linear interpolation or full weighting …
	scale        float64        // … times this
	transposed   bool           // … or of the transpose of the other of the two

	diffusion *diffusion // of an operator made by [Diffusion]
	again     func(pde.Grid) (Operator, error)
}

type kind uint8

const (
	onGrid kind = iota
	restriction
	prolongation
)

// Constant is the operator on g with the same coefficients at every vertex.
func Constant(g pde.Grid, k Kernel) (Operator, error) {
	a := Operator{kind: onGrid, fine: g, coarse: g, step: [3]int{1, 1, 1}, kernel: k}
	err := checkGrid(g)
	if err == nil {
		err = checkKernel(g, k)
	}
	return a.unless(err)
}

// Varying is the operator on g with variable coefficients. Their fields are on g; the
// operator keeps them, so do not change them afterwards. Their ghosts are ignored.
func Varying(g pde.Grid, c Coefficients) (Operator, error) {
	a := Operator{kind: onGrid, fine: g, coarse: g, step: [3]int{1, 1, 1}, fields: &c}
	err := checkGrid(g)
	if err == nil {
		err = checkCoefficients(g, c)
	}
	return a.unless(err)
}

// valid reports that a constructor made the operator.
func (a Operator) valid() bool { return a.step[0] > 0 || a.axes != nil }

// unless returns the operator with its support, or the error and the zero Operator.
func (a Operator) unless(err error) (Operator, error) {
	if err != nil {
		return Operator{}, err
	}
	a.support = nil
	for o, c := range a.kernel {
		if c != 0 || a.fields != nil && a.fields[o] != nil {
			a.support = append(a.support, o)
		}
	}
	return a, nil
}

// Grids returns the grid of the fields that the operator applies to and that of the
// results.
func (a Operator) Grids() (from, to pde.Grid) {
	if a.kind == prolongation {
		return a.coarse, a.fine
	}
	return a.fine, a.coarse
}

// constant reports that the kernel defines the operator.
func (a Operator) constant() bool {
	return a.fields == nil && a.closures == nil && a.faces == nil && a.step[0] > 0 && a.step[1] > 0 && a.step[2] > 0
}

// interpolates reports that the axes define the operator.
func (a Operator) interpolates() bool {
	return a.axes != nil && (a.step[0] == 0 || a.step[1] == 0 || a.step[2] == 0)
}

// Kernel returns the coefficients if they are constant. Those of [Linear] and
// [FullWeighting] are, unless an axis has an odd number of cells or closed sides; those
// of an operator on one grid are not where it has closures.
func (a Operator) Kernel() (Kernel, bool) { return a.kernel, a.constant() }

// Axes returns the axes of an operator that equals [Linear] or [FullWeighting].
func (a Operator) Axes() ([3]Axis, bool) {
	if a.axes == nil || a.scale != 1 || a.transposed {
		return [3]Axis{}, false
	}
	return *a.axes, true
}

// Coefficients returns the variable coefficients, for reading only. All fields are nil
// if the coefficients are constant. Those of [Faces], and of an operator with closures, are
// made at each call.
func (a Operator) Coefficients() Coefficients {
	switch {
	case a.faces != nil:
		return *a.varying().fields
	case a.closures != nil:
		return *a.rows()
	case a.fields == nil:
		return Coefficients{}
	}
	return *a.fields
}

// Star reports whether the operator on one grid is a constant stencil of 2d+1 points
// that couples both neighbours along an axis equally,
//
//	(A u)(x) = centre·u(x) − Σ_d weights[d] (u(x−e_d) + u(x+e_d)),
//
// the form that fast kernels serve. Rows at closed sides are those of [Operator.Closures].
func (a Operator) Star() (weights [3]float64, center float64, ok bool) {
	if a.kind != onGrid || a.fields != nil || a.faces != nil || !a.valid() {
		return weights, 0, false
	}
	star := Kernel{centre: a.kernel[centre]}
	for d, o := range [3]int{1, 3, 9} {
		weights[d] = -a.kernel[centre+o]
		star[centre-o], star[centre+o] = -weights[d], -weights[d]
	}
	if star != a.kernel {
		return [3]float64{}, 0, false
	}
	return weights, a.kernel[centre], true
}

// Diagonal returns the diagonal of an operator on one grid: a field, for reading only,
// if it varies, else a constant and nil.
func (a Operator) Diagonal() (constant float64, varying *pde.Field[float64], err error) {
	switch {
	case a.kind != onGrid || !a.valid():
		return 0, nil, fmt.Errorf("stencil: the diagonal of %v; want an operator on one grid", a)
	case a.faces != nil:
		return 0, a.varying().fields[centre], nil
	case a.closures != nil:
		for _, axis := range a.closures {
			for _, c := range axis {
				if c.Q != 0 {
					return 0, a.rows()[centre], nil
				}
			}
		}
		return a.kernel[centre], nil, nil
	case a.fields == nil:
		return a.kernel[centre], nil, nil
	case a.fields[centre] == nil:
		return 0, nil, nil
	}
	return 0, a.fields[centre], nil
}

// Scale is the operator times s.
func (a Operator) Scale(s float64) Operator {
	a.diffusion = nil
	if again := a.again; again != nil {
		a.again = func(g pde.Grid) (Operator, error) {
			b, err := again(g)
			return b.Scale(s), err
		}
	}
	a.kernel = a.kernel.Scale(s)
	a.scale *= s
	if a.faces != nil {
		a.faces = a.faces.scaled(s)
	}
	if a.fields != nil {
		scaled := *a.fields
		for o, f := range scaled {
			if f != nil {
				scaled[o] = f.Clone()
				for i, v := range scaled[o].Data() {
					scaled[o].Data()[i] = s * v
				}
			}
		}
		a.fields = &scaled
	}
	return a
}

func (a Operator) String() string {
	from, to := a.Grids()
	switch {
	case !a.valid():
		return "the zero operator"
	case a.kind == onGrid:
		return fmt.Sprintf("an operator on %v", from)
	}
	return fmt.Sprintf("a transfer from %v to %v", from, to)
}

// checkGrid accepts what [pde.NewGrid] makes, also with periodic axes.
func checkGrid(g pde.Grid) error {
	if g.Dim() == 0 {
		return errors.New("stencil: a grid without axes; want 1 to 3")
	}
	for d := range g.Dim() {
		if g.N[d] < 2 {
			return fmt.Errorf("stencil: %d cells along axis %d; want at least 2", g.N[d], d)
		}
		if !(g.H[d] > 0 && g.H[d] <= math.MaxFloat64) {
			return fmt.Errorf("stencil: cells of width %g along axis %d; want a positive width", g.H[d], d)
		}
		if (g.Sides[d][0] == pde.Periodic) != (g.Sides[d][1] == pde.Periodic) {
			return fmt.Errorf("stencil: axis %d is periodic at one side only; want both or none", d)
		}
	}
	return nil
}

// beyond reports that entry o of a kernel belongs to an axis that g does not have.
func beyond(g pde.Grid, o int) bool {
	at := Offset(o)
	for d := g.Dim(); d < 3; d++ {
		if at[d] != 0 {
			return true
		}
	}
	return false
}

func checkKernel(g pde.Grid, k Kernel) error {
	for o, c := range k {
		if c != 0 && beyond(g, o) {
			return fmt.Errorf("stencil: a coefficient %g at offset %v in dimension %d; want 0", c, Offset(o), g.Dim())
		}
		if math.IsNaN(c) || math.IsInf(c, 0) {
			return fmt.Errorf("stencil: a coefficient %g at offset %v; want a finite number", c, Offset(o))
		}
	}
	return nil
}

func checkCoefficients(g pde.Grid, c Coefficients) error {
	for o, f := range c {
		switch {
		case f == nil:
			continue
		case beyond(g, o):
			return fmt.Errorf("stencil: coefficients at offset %v in dimension %d; want none", Offset(o), g.Dim())
		case f.Grid != g:
			return fmt.Errorf("stencil: coefficients at offset %v on %v; want %v with the same widths and sides", Offset(o), f.Grid, g)
		}
	}
	return nil
}
