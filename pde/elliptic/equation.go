// Package elliptic turns a boundary value problem
//
//	−∇·(a ∇u) + b·∇u + c u = g   in an interval, a rectangle or a box,
//	u, ∂u/∂n or ∂u/∂n + α u given on each side, or the side periodic
//
// into a linear system A u = g on a grid. A is an operator of package stencil; the boundary
// values become part of g or the ghosts of u.
package elliptic

import "mgtool/pde"

// Equation is a boundary value problem with its grid. Coefficients that are not given
// have the values stated here.
type Equation struct {
	// Grid has the cells, their widths or coordinates, and what unknowns sit on. Its
	// Sides follow from Boundary and need not be set.
	Grid pde.Grid

	Diffusion  Tensor         // a; 1
	Convection [3]Coefficient // b; 0
	Reaction   Coefficient    // c ≥ 0; 0
	Source     Coefficient    // g; 0
	Boundary   [3][2]Condition

	Scheme  Scheme  // of diffusion
	Upwind  Upwind  // of convection
	Average Average // of a on faces
	Mask    *Mask   // nil: the whole box
}

// Tensor is the diffusion coefficient: YY and ZZ that are not given equal XX; XY, in two
// dimensions only, is 0 unless it is given.
type Tensor struct{ XX, YY, ZZ, XY Coefficient }

// Coefficient is a constant, a function of the coordinates, or an array; the zero
// Coefficient is not given.
type Coefficient struct {
	given    bool
	constant float64
	function func(x, y, z float64) float64
	array    []float64
}

// Constant is the same value everywhere.
func Constant(v float64) Coefficient { return Coefficient{given: true, constant: v} }

// Function is a value at each point; f is called from several goroutines at a time.
func Function(f func(x, y, z float64) float64) Coefficient {
	return Coefficient{given: true, function: f}
}

// Array is a value for each cell or for each point of the closed box, x fastest: the
// length tells which. On a side it is a value for each point of the side.
func Array(values []float64) Coefficient { return Coefficient{given: true, array: values} }

// Given reports that c is not the zero Coefficient.
func (c Coefficient) Given() bool { return c.given }

// Condition is what holds on a side: u = Value for Dirichlet, ∂u/∂n + Alpha u = Value for
// Neumann, with the outward normal n. Nothing is given on a periodic side. With a full
// tensor ∂u/∂n stands for n·a∇u / n·a n, so that no flux passes where it is 0.
type Condition struct {
	Kind         pde.Boundary
	Value, Alpha Coefficient // 0 if not given; Alpha ≥ 0 is Robin's coefficient
}

// Scheme is a discretisation of −∇·(a ∇u).
type Scheme int

const (
	Volumes     Scheme = iota // second order: fluxes through the faces between neighbours
	Mehrstellen               // fourth order on 3^d points, for constant a
)

// Average is how a of two neighbouring cells makes that of a face.
type Average int

const (
	Natural Average = iota // harmonic between cells in a row, arithmetic between cells side by side
	Harmonic
	Arithmetic
)

// Upwind is the scheme of b·∇u.
type Upwind int

const (
	FirstOrder Upwind = iota // differences against the flow: stable, of first order
	Central                  // second order; stable if |b| h ≤ 2a
)

// Mask is a domain within the box. It says what each point of the closed box is, and on a
// grid of vertices which cells exist: no flux passes through one that does not, and a
// vertex without a cell is Absent. All lists have x fastest; a nil one excepts nothing.
type Mask struct {
	State []State
	Cells []bool
	Value Coefficient // u at Fixed points; 0 if not given
}

// State is what a point of a masked domain is.
type State uint8

const (
	Inside State = iota // an unknown
	Fixed               // u is given there
	Absent              // not in the domain: no flux goes there
)

// Plus is c + v; a coefficient that is not given counts as 0.
func (c Coefficient) Plus(v float64) Coefficient {
	switch {
	case c.function != nil:
		f := c.function
		return Function(func(x, y, z float64) float64 { return f(x, y, z) + v })
	case c.array != nil:
		sum := make([]float64, len(c.array))
		for i, w := range c.array {
			sum[i] = w + v
		}
		return Array(sum)
	}
	return Constant(c.constant + v)
}
