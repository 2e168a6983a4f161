package multigrid

// Operators that black-box multigrid is tested with.

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// fluxOperator is −∂x(a ∂x) − ∂y(a ∂y) − ∂z(a ∂z) + c by finite volumes around the
// unknowns, on the box of the indices, with a between neighbours of a function of the index
// of the lower one, and the axis. On closed sides nothing flows; rows there are those of
// half cells, divided by these.
func fluxOperator(t testing.TB, grid pde.Grid, a func(d int, x [3]int) float64, c float64) stencil.Operator {
	t.Helper()
	var k stencil.Coefficients
	dim := grid.Dim()
	strides := [3]int{1, 3, 9}
	for d := range dim {
		k[13-strides[d]], k[13+strides[d]] = pde.NewField[float64](grid), pde.NewField[float64](grid)
	}
	k[13] = pde.NewField[float64](grid)
	for row := range grid.RowCount() {
		j, l := grid.RowAt(row)
		for i := 1; i <= grid.Inner(0); i++ {
			x := [3]int{i, j, l}
			sum := c
			for d := range dim {
				for side := range 2 {
					y := x
					y[d] -= 1 - side
					closed := grid.Sides[d][side] == pde.Neumann && (side == 0 && x[d] == 1 || side == 1 && x[d] == grid.Inner(d))
					half := 1.0 // twice the flux, over half the cell
					if grid.Sides[d][1-side] == pde.Neumann && (side == 1 && x[d] == 1 || side == 0 && x[d] == grid.Inner(d)) {
						half = 2
					}
					if closed {
						continue
					}
					if grid.Sides[d][0] == pde.Periodic && y[d] == 0 {
						y[d] = grid.Inner(d)
					}
					v := half * a(d, y) / (grid.H[d] * grid.H[d])
					k[13+(2*side-1)*strides[d]].Set(i, j, l, -v)
					sum += v
				}
			}
			k[13].Set(i, j, l, sum)
		}
	}
	op, err := stencil.Varying(grid, k)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// rotated is the nine-point operator of −∇·(a ∇u) with eigenvalues 1 and ε of a, the first
// at this angle to the x axis.
func rotated(t testing.TB, grid pde.Grid, degrees, epsilon float64) stencil.Operator {
	t.Helper()
	s, c := math.Sincos(degrees * math.Pi / 180)
	xx, yy, xy := c*c+epsilon*s*s, s*s+epsilon*c*c, (1-epsilon)*s*c
	h := grid.H[0]
	q := xy / 2
	k := stencil.Plane([3][3]float64{{-q, -yy, q}, {-xx, 2*xx + 2*yy, -xx}, {q, -yy, -q}}).Scale(1 / (h * h))
	a, err := stencil.Constant(grid, k)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func square(t testing.TB, n int) pde.Grid {
	return mustGrid(t, []int{n, n}, []float64{1 / float64(n), 1 / float64(n)})
}

var (
	boxPoints = Components{Smoother: RedBlack{Omega: 1}, Coarsening: BlackBox{}}
	boxLines  = Components{Smoother: Lines{}, Coarsening: BlackBox{}}
	boxSemi   = Components{Smoother: RedBlack{Omega: 1}, Coarsening: BlackBox{Semi: true}}
)

func cube(t testing.TB, n int) pde.Grid {
	h := 1 / float64(n)
	return mustGrid(t, []int{n, n, n}, []float64{h, h, h})
}

// randomOperator is one of many kinds, on a small grid.
func randomOperator(t testing.TB, rng *rand.Rand) (a stencil.Operator, what string) {
	dim := 1 + rng.IntN(3)
	most := []int{60, 14, 6}[dim-1]
	n, h := make([]int, dim), make([]float64, dim)
	for d := range n {
		n[d] = 2 + rng.IntN(most-1)
		h[d] = math.Pow(10, rng.Float64()*2-1)
	}
	grid := mustGrid(t, n, h)
	for d := range dim {
		switch rng.IntN(5) {
		case 0:
			grid.Sides[d] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
		case 1:
			grid.Sides[d] = [2]pde.Boundary{pde.Neumann, pde.Neumann}
		case 2:
			grid.Sides[d][rng.IntN(2)] = pde.Neumann
		}
	}
	jump := []float64{1, 1e2, 1e6}[rng.IntN(3)]
	high := map[[3]int]bool{}
	c := 0.0
	if rng.IntN(3) == 0 || grid.Closed() && rng.IntN(2) == 0 {
		c = rng.Float64()
	}
	for row := range grid.RowCount() {
		j, k := grid.RowAt(row)
		for i := range grid.Inner(0) + 2 {
			high[[3]int{i, j, k}] = rng.IntN(2) == 0
		}
	}
	a = fluxOperator(t, grid, func(_ int, x [3]int) float64 {
		if high[x] {
			return jump
		}
		return 1
	}, c)
	if rng.IntN(4) == 0 { // rows that were multiplied by something along the axes
		a = rescaled(t, a, rng)
	}
	return a, fmt.Sprintf("%v %v, sides %v, jump %g, reaction %g", grid, grid.H, grid.Sides, jump, c)
}

// rescaled is A with each row times factors of its indices.
func rescaled(t testing.TB, a stencil.Operator, rng *rand.Rand) stencil.Operator {
	grid, _ := a.Grids()
	var w [3][]float64
	for d := range w {
		w[d] = make([]float64, grid.Inner(d)+2)
		for i := range w[d] {
			w[d][i] = 1 + 4*rng.Float64()
		}
	}
	c := a.Coefficients()
	for o, f := range c {
		if f == nil {
			continue
		}
		c[o] = f.Clone()
		for row := range grid.RowCount() {
			j, k := grid.RowAt(row)
			for i := 1; i <= grid.Inner(0); i++ {
				c[o].Set(i, j, k, f.At(i, j, k)*w[0][i]*w[1][j]*w[2][k])
			}
		}
	}
	scaled, err := stencil.Varying(grid, c)
	if err != nil {
		t.Fatal(err)
	}
	return scaled
}

// jumping is the operator of coefficients in cells, the mean of those beside an edge.
func jumping(t testing.TB, grid pde.Grid, cell func(x [3]int) float64) stencil.Operator {
	t.Helper()
	dim := grid.Dim()
	return fluxOperator(t, grid, func(d int, x [3]int) float64 {
		sum, count := 0.0, 0.0
		for corner := range 1 << dim {
			if corner>>d&1 == 1 {
				continue
			}
			y := x
			for e := range dim {
				y[e] -= corner >> e & 1
			}
			sum += cell(y)
			count++
		}
		return sum / count
	}, 0)
}

func checkerboard(size int, jump float64) func(x [3]int) float64 {
	return func(x [3]int) float64 {
		if (x[0]/size+x[1]/size+x[2]/size)%2 == 0 {
			return jump
		}
		return 1
	}
}

// inclusions is a part of the cells at random.
func inclusions(share, jump float64) func(x [3]int) float64 {
	return func(x [3]int) float64 {
		h := rand.New(rand.NewPCG(uint64(x[0]*1000003+x[1]*1009+x[2]), 5))
		if h.Float64() < share {
			return jump
		}
		return 1
	}
}

// convected is −Δ + b·∇ with differences against the flow.
func convected(t testing.TB, grid pde.Grid, bx, by float64) stencil.Operator {
	t.Helper()
	h := grid.H[0]
	a, err := stencil.Constant(grid, stencil.Plane([3][3]float64{
		{0, -1 - by*h, 0}, {-1 - bx*h, 4 + (bx+by)*h, -1}, {0, -1, 0},
	}).Scale(1/(h*h)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// byFaces is −∇·(a ∇u) in two dimensions by coefficients of faces.
func byFaces(t testing.TB, grid pde.Grid, a func(x, y float64) float64) stencil.Operator {
	t.Helper()
	var along [3]*pde.Field[float64]
	for d := range 2 {
		along[d] = pde.NewField[float64](grid)
		for j := range grid.Inner(1) + 2 {
			for i := range grid.Inner(0) + 2 {
				x := [2]float64{float64(i) * grid.H[0], float64(j) * grid.H[1]}
				x[d] -= grid.H[d] / 2
				along[d].Set(i, j, 0, a(x[0], x[1])/(grid.H[d]*grid.H[d]))
			}
		}
	}
	op, err := stencil.Faces(grid, along, nil)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// joined has the rows of one operator in the lower half of a square, those of another in
// the upper.
func joined(t testing.TB, lower, upper stencil.Operator) stencil.Operator {
	t.Helper()
	grid, _ := lower.Grids()
	halves := [2]*box{boxOf(lower), boxOf(upper)}
	n := grid.Inner(1)
	var c stencil.Coefficients
	for o := range c {
		for j := 1; j <= n; j++ {
			if from := halves[2*j/(n+2)].a[o]; from != nil {
				if c[o] == nil {
					c[o] = pde.NewField[float64](grid)
				}
				copy(c[o].Row(j, 0), from.Row(j, 0))
			}
		}
	}
	a, err := stencil.Varying(grid, c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// rotatedInCube is rotated in each plane of a cube, with −∂²/∂z².
func rotatedInCube(t testing.TB, n int, degrees, epsilon float64) stencil.Operator {
	t.Helper()
	plane, ok := rotated(t, square(t, n), degrees, epsilon).Kernel()
	if !ok {
		t.Fatal("rotated is no constant operator")
	}
	z := float64(n * n)
	plane[13] += 2 * z
	plane[13-9], plane[13+9] = -z, -z
	a, err := stencil.Constant(cube(t, n), plane)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
