package elliptic

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"mgtool/pde"
)

var update = flag.Bool("update", false, "write docs/orders.md")

// wave is a function of one coordinate with its first two derivatives.
type wave [3]func(x float64) float64

// sine is c + s sin(ωx + φ).
func sine(c, s, omega, phi float64) wave {
	return wave{
		func(x float64) float64 { return c + s*math.Sin(omega*x+phi) },
		func(x float64) float64 { return s * omega * math.Cos(omega*x+phi) },
		func(x float64) float64 { return -s * omega * omega * math.Sin(omega*x+phi) },
	}
}

// waves is a product of functions of one coordinate each.
type waves []wave

// d is a derivative of the product: as often along each axis as order says.
func (w waves) d(order [3]int, x, y, z float64) float64 {
	p := 1.0
	for d, at := range []float64{x, y, z}[:len(w)] {
		p *= w[d][order[d]](at)
	}
	return p
}

var once = [3][3]int{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}

// manufactured is an equation with a known solution: u and a are products of sines,
// nothing of them is symmetric, and they fit a periodic box.
type manufactured struct {
	dim      int
	sides    string // of dirichlet, neumann, robin, periodic, mixed
	a        string // of one, constant, function, cells, points, diagonal, tensor
	cells    bool
	stretch  bool
	average  Average
	reaction bool
	flow     string // upwind, central or none
	scheme   Scheme
}

// ns are the numbers of cells of the two grids whose errors are compared.
func (m manufactured) ns() [2]int {
	if m.flow == "upwind" && m.dim == 2 {
		return [2]int{32, 64}
	}
	return [3][2]int{{32, 64}, {16, 32}, {6, 12}}[m.dim-1]
}

const robinAlpha = 1.5

func (m manufactured) equation(t *testing.T, n int) (Equation, func(x, y, z float64) float64) {
	t.Helper()
	const tau = 2 * math.Pi
	omega := tau // what fits a periodic box
	if m.sides != "periodic" {
		omega = 2.3
		if m.dim == 3 { // coarse grids
			omega = 1.2
		}
	}
	u := waves{sine(.3, 1, omega, .4), sine(1.5, .8, omega, 1.1), sine(1.2, -.7, omega, 2)}[:m.dim]
	smooth := waves{sine(1.3, .4, omega, .9), sine(1, .3, omega, 2.2), sine(1.1, -.3, omega, .2)}[:m.dim]
	factor, mixed := [3]float64{1, 1, 1}, 0.0
	vary := false
	switch m.a {
	case "constant":
		factor = [3]float64{1, 2, .5}
	case "function", "cells", "points":
		vary = true
	case "diagonal":
		vary, factor = true, [3]float64{1, 3, .4}
	case "tensor":
		vary, factor, mixed = true, [3]float64{1, 2, 0}, .7
	}
	a := func(order [3]int, x, y, z float64) float64 {
		if vary {
			return smooth.d(order, x, y, z)
		}
		if order != [3]int{} {
			return 0
		}
		return 1
	}
	of := func(f float64) Coefficient {
		if !vary {
			return Constant(f)
		}
		return Function(func(x, y, z float64) float64 { return f * a([3]int{}, x, y, z) })
	}
	h := make([]int, m.dim)
	size := make([]float64, m.dim)
	for d := range h {
		h[d], size[d] = n+d*n/8*2, 1
		if m.dim == 3 {
			h[d] = n
		}
	}
	e := Equation{Grid: newGrid(t, h, size), Scheme: m.scheme, Average: m.average}
	e.Grid.Cells = m.cells
	if m.stretch {
		e.Grid.Stretch = new(pde.Coordinates)
		for d := range h {
			for i := range h[d] + 1 {
				xi := float64(i) / float64(h[d])
				e.Grid.Stretch[d] = append(e.Grid.Stretch[d], xi+.3*math.Sin(tau*xi)/tau)
			}
		}
	}
	exact := func(x, y, z float64) float64 { return u.d([3]int{}, x, y, z) }
	b, c := [3]float64{}, 0.0
	if m.flow != "" {
		b = [3]float64{6, -4, 8} // enough for the errors of first order to be the larger ones
		if m.flow == "central" {
			b = [3]float64{1.5, -1, 2}
		}
		for d := range m.dim {
			e.Convection[d] = Constant(b[d])
		}
		if m.flow == "central" {
			e.Upwind = Central
		}
	}
	if m.reaction {
		c = 2
		e.Reaction = Function(func(x, y, z float64) float64 { return c * smooth.d([3]int{}, x, y, z) })
	}
	source := func(x, y, z float64) float64 {
		g := c * smooth.d([3]int{}, x, y, z) * u.d([3]int{}, x, y, z)
		for d := range m.dim {
			twice := once[d]
			twice[d] = 2
			g -= factor[d] * (a(once[d], x, y, z)*u.d(once[d], x, y, z) + a([3]int{}, x, y, z)*u.d(twice, x, y, z))
			g += b[d] * u.d(once[d], x, y, z)
		}
		if mixed != 0 {
			g -= mixed * (a(once[0], x, y, z)*u.d(once[1], x, y, z) + a(once[1], x, y, z)*u.d(once[0], x, y, z) +
				2*a([3]int{}, x, y, z)*u.d([3]int{1, 1, 0}, x, y, z))
		}
		return g
	}
	e.Source = Function(source)
	switch m.a {
	case "constant", "diagonal":
		e.Diffusion = Tensor{XX: of(factor[0]), YY: of(factor[1]), ZZ: of(factor[2])}
		if m.dim < 3 {
			e.Diffusion.ZZ = Coefficient{}
		}
		if m.dim < 2 {
			e.Diffusion.YY = Coefficient{}
		}
	case "tensor":
		e.Diffusion = Tensor{XX: of(factor[0]), YY: of(factor[1]), XY: of(mixed)}
	case "function":
		e.Diffusion.XX = of(1)
	case "cells", "points":
		e.Diffusion.XX = Array(sample(e.Grid, m.a == "cells", func(x, y, z float64) float64 { return a([3]int{}, x, y, z) }))
	}
	for d := range m.dim {
		for end := range 2 {
			sign := float64(2*end - 1)
			slope := func(x, y, z float64) float64 {
				s := u.d(once[d], x, y, z)
				if mixed != 0 { // along a·n
					s += mixed / factor[d] * u.d(once[1-d], x, y, z)
				}
				return sign * s
			}
			kind := m.sides
			if kind == "mixed" {
				kind = [3][2]string{{"dirichlet", "neumann"}, {"robin", "dirichlet"}, {"neumann", "robin"}}[d][end]
			}
			switch kind {
			case "dirichlet":
				e.Boundary[d][end] = dirichlet(exact)
			case "neumann":
				e.Boundary[d][end] = neumann(slope)
			case "robin":
				e.Boundary[d][end] = neumann(func(x, y, z float64) float64 { return slope(x, y, z) + robinAlpha*exact(x, y, z) })
				e.Boundary[d][end].Alpha = Constant(robinAlpha)
			case "periodic":
				e.Boundary[d][end].Kind = pde.Periodic
			}
		}
	}
	return e, exact
}

// sample evaluates f at the centres of the cells, or at the vertices of the closed box.
func sample(g pde.Grid, cells bool, f func(x, y, z float64) float64) (list []float64) {
	var at [3][]float64
	for d := range at {
		at[d] = []float64{0}
		if d >= g.Dim() {
			continue
		}
		vertex := func(i int) float64 {
			if g.Stretch != nil {
				return g.Stretch[d][i]
			}
			return float64(i) * g.H[d]
		}
		at[d] = nil
		for i := range g.N[d] + 1 {
			switch {
			case !cells:
				at[d] = append(at[d], vertex(i))
			case i < g.N[d]:
				at[d] = append(at[d], (vertex(i)+vertex(i+1))/2)
			}
		}
	}
	for _, z := range at[2] {
		for _, y := range at[1] {
			for _, x := range at[0] {
				list = append(list, f(x, y, z))
			}
		}
	}
	return list
}

// errors solves on both grids.
func (m manufactured) errors(t *testing.T) (e [2]float64) {
	for i, n := range m.ns() {
		equation, exact := m.equation(t, n)
		s := discretize(t, equation)
		s.Project()
		direct(t, s, s.Singular())
		_, e[i] = worst(s, exact, s.Singular())
	}
	return e
}

func (m manufactured) want() float64 {
	switch {
	case m.scheme == Mehrstellen:
		return 4
	case m.flow == "upwind":
		return 1
	}
	return 2
}

// every lists the problems of the table.
func every() (list []manufactured) {
	for dim := 1; dim <= 3; dim++ {
		for _, cells := range []bool{false, true} {
			for _, sides := range []string{"dirichlet", "neumann", "robin", "periodic", "mixed"} {
				m := manufactured{dim: dim, sides: sides, cells: cells}
				for _, a := range []string{"one", "constant", "function", "cells", "points", "diagonal", "tensor"} {
					n := m
					n.a = a
					if a == "tensor" && dim != 2 || a == "points" && cells {
						continue
					}
					list = append(list, n)
				}
				m.a, m.reaction = "function", true
				list = append(list, m)
				for _, flow := range []string{"upwind", "central"} {
					n := m
					n.flow = flow
					list = append(list, n)
				}
				m.stretch = true
				list = append(list, m)
				m.flow = "central"
				list = append(list, m)
				m.flow = ""
				m.average, m.reaction = Harmonic, false
				list = append(list, m)
				if dim == 2 {
					m.average, m.a = Natural, "tensor"
					list = append(list, m)
					m.flow, m.stretch = "central", false
					list = append(list, m)
				}
				if !cells && (sides == "dirichlet" || sides == "periodic") {
					list = append(list, manufactured{dim: dim, sides: sides, a: "one", scheme: Mehrstellen})
				}
			}
		}
	}
	return list
}

// row says what stands in a row of the table.
func (m manufactured) row() string {
	what := map[string]string{
		"one":      "a = 1",
		"constant": "a constant for each axis",
		"function": "a by a function",
		"cells":    "a by cells",
		"points":   "a by points",
		"diagonal": "a by a function for each axis",
		"tensor":   "full tensor a by functions",
	}[m.a]
	if m.scheme == Mehrstellen {
		what += ", Mehrstellen"
	}
	if m.stretch {
		what += ", unequal widths"
	}
	if m.average == Harmonic {
		what += ", harmonic means"
	}
	if m.reaction {
		what += ", c by a function"
	}
	if m.flow != "" {
		what += ", b " + m.flow
	}
	return what
}

func (m manufactured) String() string {
	return fmt.Sprintf("%d-D, %s, %s sides, %s", m.dim, m.place(), m.sides, m.row())
}

func (m manufactured) place() string {
	if m.cells {
		return "cells"
	}
	return "vertices"
}

const ordersHead = `# Orders of accuracy

Made by ` + "`go test ./pde/elliptic -run TestOrders -update`" + `. Each number is the order at which the error (root mean square, against a manufactured solution in which nothing is symmetric) falls when the cells are halved, and in brackets the error on the finer grid: 64 cells a side in one dimension, 32 in two (64 for upwind convection), 12 in three. The systems are solved directly. "Mixed" has Dirichlet, Neumann and Robin sides at once. Every condition is inhomogeneous. On the coarse grids of three dimensions orders are not yet what they become.

Second order is what finite volumes have, fourth the Mehrstellen scheme, first upwind convection.
`

// Errors fall as they should when the cells are halved, for every kind of side, dimension,
// coefficient and place of the unknowns; docs/orders.md has the table.
func TestOrders(t *testing.T) {
	sides := []string{"dirichlet", "neumann", "robin", "periodic", "mixed"}
	entries := map[string]map[string]string{} // by row, then by kind of side
	page := strings.Builder{}
	page.WriteString(ordersHead)
	var rows []string
	title := ""
	flush := func() {
		if len(rows) == 0 {
			return
		}
		fmt.Fprintf(&page, "\n## %s\n\n| | Dirichlet | Neumann | Robin | periodic | mixed |\n|---|---|---|---|---|---|\n", title)
		for _, row := range rows {
			fmt.Fprintf(&page, "| %s |", row)
			for _, side := range sides {
				fmt.Fprintf(&page, " %s |", entries[row][side])
			}
			page.WriteString("\n")
		}
		rows, entries = nil, map[string]map[string]string{}
	}
	for _, m := range every() {
		if testing.Short() && m.dim > 1 && (m.sides == "periodic" || m.flow == "upwind" || m.dim == 3 && m.a != "function") {
			continue // elimination fills in most where the ends of an axis meet
		}
		e := m.errors(t)
		order := math.Log2(e[0] / e[1])
		if !(order > m.want()-.3) {
			t.Errorf("%s: errors %.3g, order %.2f; want %g", m, e, order, m.want())
		}
		if now := fmt.Sprintf("%d-D, unknowns %s", m.dim, map[bool]string{false: "on vertices", true: "in cells"}[m.cells]); now != title {
			flush()
			title = now
		}
		row := m.row()
		if entries[row] == nil {
			rows = append(rows, row)
			entries[row] = map[string]string{}
		}
		entries[row][m.sides] = fmt.Sprintf("%.2f (%.1e)", order, e[1])
	}
	flush()
	name := filepath.Join("..", "..", "docs", "orders.md")
	switch {
	case *update:
		if err := os.WriteFile(name, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	case !testing.Short() && runtime.GOARCH == "amd64": // others may fuse products and sums
		if text, err := os.ReadFile(name); err != nil || string(text) != page.String() {
			t.Errorf("docs/orders.md is not what this test makes (%v); run it with -update", err)
		}
	}
}
