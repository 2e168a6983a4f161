// Package pde holds Poisson's equation on a grid: what a solver is given and
// what its answer is judged by.
//
//	−Δu = g in a rectangle,   u = given values on its boundary
//
// Unknowns sit on the vertices of a uniform [Grid]; a [Field] holds one value
// a vertex, boundary included. With mesh width h the five-point operator is
//
//	(A u)(i,j) = (4 u(i,j) − u(i−1,j) − u(i+1,j) − u(i,j−1) − u(i,j+1)) / h²
//
// A [Problem] names g, the boundary values and, where known, the exact u; the
// catalogue has the standard ones, and a picture can be g. [Assemble] gives the
// same operator as a sparse matrix.
package pde

import (
	"fmt"
	"math"
	"math/rand/v2"

	"mgtool/internal/parallel"
)

// Grid is a uniform vertex-centred grid of Nx × Ny square cells of width H on
// the rectangle (0, Nx·H) × (0, Ny·H). It has (Nx+1)·(Ny+1) vertices, of which
// (Nx−1)·(Ny−1) are inside.
type Grid struct {
	Nx, Ny int
	H      float64
}

// MaxCells bounds the cells a side: a solve with so many takes nine gigabytes.
const MaxCells = 1 << 14

// UnitSquare is the grid of n × n cells on (0,1)². n is at least 2.
func UnitSquare(n int) (Grid, error) {
	if n < 2 || n > MaxCells {
		return Grid{}, fmt.Errorf("pde: %d cells a side; want 2 to %d", n, MaxCells)
	}
	return Grid{Nx: n, Ny: n, H: 1 / float64(n)}, nil
}

// Unknowns is the number of interior vertices.
func (g Grid) Unknowns() int { return (g.Nx - 1) * (g.Ny - 1) }

// Vertices is the number of all vertices, the length of a Field's Data.
func (g Grid) Vertices() int { return (g.Nx + 1) * (g.Ny + 1) }

// CanCoarsen reports whether every second vertex makes a grid with an unknown.
func (g Grid) CanCoarsen() bool {
	return g.Nx%2 == 0 && g.Ny%2 == 0 && g.Nx >= 4 && g.Ny >= 4
}

// Coarsen keeps every second vertex. It is meaningful if CanCoarsen holds.
func (g Grid) Coarsen() Grid { return Grid{g.Nx / 2, g.Ny / 2, 2 * g.H} }

// Rows calls body for pieces lo ≤ j < hi that together are the interior rows,
// several at a time. No piece is shorter than some 16,000 vertices, 10 µs of
// work, which is what makes a goroutine worth its start.
func (g Grid) Rows(body func(lo, hi int)) {
	parallel.For(g.Ny-1, 1+16384/g.Nx, func(lo, hi int) { body(lo+1, hi+1) })
}

func (g Grid) String() string { return fmt.Sprintf("%d×%d cells", g.Nx, g.Ny) }

// Field is one value a vertex, row by row: vertex (i, j) at x = i·H, y = j·H
// is Data[j·(Nx+1)+i].
type Field struct {
	Grid
	Data []float64
}

// NewField is the zero field.
func NewField(g Grid) *Field { return &Field{g, make([]float64, g.Vertices())} }

// At is the value at vertex (i, j), 0 ≤ i ≤ Nx, 0 ≤ j ≤ Ny.
func (f *Field) At(i, j int) float64 { return f.Data[j*(f.Nx+1)+i] }

// Set stores v at vertex (i, j).
func (f *Field) Set(i, j int, v float64) { f.Data[j*(f.Nx+1)+i] = v }

// Row is the j-th row of vertices, Nx+1 values, as a view.
func (f *Field) Row(j int) []float64 {
	w := f.Nx + 1
	return f.Data[j*w : (j+1)*w : (j+1)*w]
}

// Clone is a copy that shares nothing with f.
func (f *Field) Clone() *Field {
	c := NewField(f.Grid)
	copy(c.Data, f.Data)
	return c
}

// CopyInterior copies the interior values of g, on the same grid, and leaves the
// boundary.
func (f *Field) CopyInterior(g *Field) {
	f.Rows(func(lo, hi int) {
		for j := lo; j < hi; j++ {
			copy(f.Row(j)[1:f.Nx], g.Row(j)[1:f.Nx])
		}
	})
}

// Zero sets every value, boundary included, to zero.
func (f *Field) Zero() { clear(f.Data) }

// FillInterior sets the interior values to fn(x, y) and leaves the boundary.
func (f *Field) FillInterior(fn func(x, y float64) float64) {
	for j := 1; j < f.Ny; j++ {
		row := f.Row(j)
		for i := 1; i < f.Nx; i++ {
			row[i] = fn(float64(i)*f.H, float64(j)*f.H)
		}
	}
}

// FillBoundary sets the boundary values to fn(x, y) and leaves the interior.
func (f *Field) FillBoundary(fn func(x, y float64) float64) {
	x1, y1 := float64(f.Nx)*f.H, float64(f.Ny)*f.H
	for i := 0; i <= f.Nx; i++ {
		x := float64(i) * f.H
		f.Set(i, 0, fn(x, 0))
		f.Set(i, f.Ny, fn(x, y1))
	}
	for j := 0; j <= f.Ny; j++ {
		y := float64(j) * f.H
		f.Set(0, j, fn(0, y))
		f.Set(f.Nx, j, fn(x1, y))
	}
}

// Randomize sets the interior to uniform values in (−½, ½), the same for the
// same seed, and leaves the boundary.
func (f *Field) Randomize(seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0x706465))
	f.FillInterior(func(_, _ float64) float64 { return rng.Float64() - 0.5 })
}

// ExtendBoundary fills the interior with the transfinite interpolant of the
// boundary values (Coons 1967): linear blends of opposite sides, less the
// bilinear blend of the corners. It is as smooth as the sides are, so its
// residual is a smooth function too, and zero where the boundary is zero.
func (f *Field) ExtendBoundary() {
	nx, ny := f.Nx, f.Ny
	c00, c10, c01, c11 := f.At(0, 0), f.At(nx, 0), f.At(0, ny), f.At(nx, ny)
	for j := 1; j < ny; j++ {
		t := float64(j) / float64(ny)
		left, right := f.At(0, j), f.At(nx, j)
		for i := 1; i < nx; i++ {
			s := float64(i) / float64(nx)
			f.Set(i, j, (1-s)*left+s*right+(1-t)*f.At(i, 0)+t*f.At(i, ny)-
				(1-s)*(1-t)*c00-s*(1-t)*c10-(1-s)*t*c01-s*t*c11)
		}
	}
}

// Errors is the difference between f and the exact solution over the interior:
// its discrete L² norm and its largest absolute value.
func (f *Field) Errors(exact func(x, y float64) float64) (l2, worst float64) {
	var sum float64
	for j := 1; j < f.Ny; j++ {
		row := f.Row(j)
		for i := 1; i < f.Nx; i++ {
			e := math.Abs(row[i] - exact(float64(i)*f.H, float64(j)*f.H))
			sum += e * e
			worst = max(worst, e) // keeps a NaN
		}
	}
	return f.H * math.Sqrt(sum), worst
}
