package graph

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
	"mgtool/tensor"
	"mgtool/tensor/gradtest"
)

// boxed is a grid, its fields and the operators on it that the nodes are tested against.
type boxed struct {
	dim          int
	fine, coarse pde.Grid
	shape        []int // of two fields on the fine grid
	first        int   // entry of a kernel where those of the dimension begin
}

func boxes(t *testing.T) (list []boxed) {
	for dim := 1; dim <= 3; dim++ {
		n := []int{8, 12, 16}[:dim]
		g, err := pde.NewGrid(n, []float64{1, 1, 1}[:dim])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, boxed{dim, g, g.Coarsen(), []int{2, g.Inner(2), g.Inner(1), g.Inner(0)}, []int{0, 12, 9, 0}[dim]})
	}
	return list
}

func (b boxed) points() int { return []int{1, 3, 9, 27}[b.dim] }

// field is the values of field n as one on a grid.
func field(g pde.Grid, x []float32, n int) *pde.Field[float64] {
	f := pde.NewField[float64](g)
	size := g.Unknowns()
	for i := range size {
		nx, ny := g.Inner(0), g.Inner(1)
		j, k := 0, 0
		if g.Dim() > 1 {
			j = i/nx%ny + 1
		}
		if g.Dim() > 2 {
			k = i/nx/ny + 1
		}
		f.Set(i%nx+1, j, k, float64(x[n*size+i]))
	}
	return f
}

func (b boxed) kernel(k []float32) (out stencil.Kernel) {
	for o, v := range k {
		out[b.first+o] = float64(v)
	}
	return out
}

// varying is an operator whose coefficients are those of field n in a, (2, points, vertices).
func (b boxed) varying(t *testing.T, g pde.Grid, a []float32, n int) stencil.Operator {
	t.Helper()
	var c stencil.Coefficients
	size := g.Unknowns()
	for o := range b.points() {
		c[b.first+o] = field(g, a[(n*b.points()+o)*size:], 0)
	}
	op, err := stencil.Varying(g, c)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// agree checks both fields of y against an operator on those of x, to float32 rounding of
// at most 27 products.
func agree(t *testing.T, name string, y, x []float32, op func(n int) stencil.Operator) {
	t.Helper()
	for n := range 2 {
		a := op(n)
		from, to := a.Grids()
		want := pde.NewField[float64](to)
		if err := a.Apply(want, field(from, x, n)); err != nil {
			t.Fatal(err)
		}
		for i, v := range want.Interior() {
			if got := float64(y[n*to.Unknowns()+i]); math.Abs(got-v) > 1e-5*(1+math.Abs(v)) {
				t.Fatalf("%s: value %d of field %d is %g; want %g", name, i, n, got, v)
			}
		}
	}
}

func fieldsOf(shape []int) tensor.Fields {
	return tensor.Fields{N: shape[0], Z: shape[1], Y: shape[2], X: shape[3]}
}

func must(t *testing.T, p *Program, err error) *Program {
	t.Helper()
	if err == nil {
		err = p.Run()
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Stencils, transfers and R A P over nodes are the operators of package stencil.
func TestStencilsAreOperators(t *testing.T) {
	for _, b := range boxes(t) {
		size, points := b.fine.Unknowns(), b.points()
		x := gradtest.Random(2*size, 1)
		k, r, p := gradtest.Random(points, 2), gradtest.Random(points, 3), gradtest.Random(points, 4)
		many := gradtest.Random(2*points*size, 5)
		constant := func(int) stencil.Operator {
			a, err := stencil.Constant(b.fine, b.kernel(k))
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		varying := func(n int) stencil.Operator { return b.varying(t, b.fine, many, n) }
		down := func(int) stencil.Operator {
			a, err := stencil.Restriction(b.fine, b.coarse, b.kernel(r))
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		up := func(int) stencil.Operator {
			a, err := stencil.Prolongation(b.fine, b.coarse, b.kernel(p))
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		for _, c := range []struct {
			name string
			node func(g *Builder, x *Node) *Node
			want func(n int) stencil.Operator
		}{
			{"constant", func(g *Builder, x *Node) *Node { return g.Stencil(x, g.Input("k", []int{1, points, 1}, k), b.dim) }, constant},
			{"varying", func(g *Builder, x *Node) *Node {
				return g.Stencil(x, g.Input("k", []int{2, points, size}, many), b.dim)
			}, varying},
			{"restrict", func(g *Builder, x *Node) *Node { return g.Restrict(x, g.Input("r", []int{1, points, 1}, r), b.dim) }, down},
		} {
			q, err := Build(func(g *Builder) *Node { return c.node(g, g.Input("x", b.shape, x)) })
			agree(t, fmt.Sprint(c.name, b.dim), must(t, q, err).Value(), x, c.want)
		}
		coarse := []int{2, b.coarse.Inner(2), b.coarse.Inner(1), b.coarse.Inner(0)}
		xc := gradtest.Random(2*b.coarse.Unknowns(), 6)
		q, err := Build(func(g *Builder) *Node {
			return g.Prolong(g.Input("x", coarse, xc), g.Input("p", []int{1, points, 1}, p), b.dim)
		})
		agree(t, fmt.Sprint("prolong", b.dim), must(t, q, err).Value(), xc, up)
		for name, a := range map[string]func(int) stencil.Operator{"constant": constant, "varying": varying} {
			q, err := Build(func(g *Builder) *Node {
				coefficients := []float32(k)
				shape := []int{1, points, 1}
				if name == "varying" {
					coefficients, shape = many, []int{2, points, size}
				}
				product := g.Galerkin(fieldsOf(b.shape), g.Input("a", shape, coefficients), g.Input("r", []int{1, points, 1}, r), g.Input("p", []int{1, points, 1}, p), b.dim)
				return g.Stencil(g.Input("xc", coarse, xc), product, b.dim)
			})
			agree(t, fmt.Sprint("galerkin ", name, b.dim), must(t, q, err).Value(), xc, func(n int) stencil.Operator {
				c, err := stencil.Galerkin(down(n), a(n), up(n))
				if err != nil {
					t.Fatal(err)
				}
				return c
			})
		}
	}
}

// A stencil applied to the solution gives the right side back, and a diagonal divides.
func TestSolveStencil(t *testing.T) {
	for _, own := range []bool{false, true} {
		shape, coefficients := []int{1, 9, 1}, gradtest.Random(9, 1)
		if own {
			shape, coefficients = []int{2, 9, 12}, gradtest.Random(2*9*12, 1)
		}
		for i := range coefficients { // diagonally dominant
			if p := shape[2]; i/p%9 == 4 {
				coefficients[i] = 20
			}
		}
		r := gradtest.Random(2*12, 2)
		p, err := Build(func(g *Builder) *Node {
			a := g.Input("a", shape, coefficients)
			return g.Stencil(g.SolveStencil(g.Input("r", []int{2, 1, 3, 4}, r), a, 2), a, 2)
		})
		for i, v := range must(t, p, err).Value() {
			if math.Abs(float64(v-r[i])) > 1e-5 {
				t.Fatalf("own %t: A A⁻¹ r has %g at %d; want %g", own, v, i, r[i])
			}
		}
		p, err = Build(func(g *Builder) *Node {
			return g.OverDiagonal(g.Input("r", []int{2, 1, 3, 4}, r), g.Input("a", shape, coefficients), 2)
		})
		for i, v := range must(t, p, err).Value() {
			if v != r[i]/20 {
				t.Fatalf("own %t: r/D is %g at %d; want %g", own, v, i, r[i]/20)
			}
		}
	}
}

// The gradients by the fields and by all coefficients, of one value and of one a vertex.
func TestStencilGradients(t *testing.T) {
	for _, dim := range []int{1, 2, 3} {
		side, points := map[int]int{1: 15, 2: 7, 3: 7}[dim], []int{1, 3, 9, 27}[dim]
		shape := []int{2, 1, 1, side}
		for d := 1; d < dim; d++ {
			shape[3-d] = side
		}
		size := shape[1] * shape[2] * shape[3]
		for _, varying := range []bool{false, true} {
			coefficients := []int{1, points, 1}
			if varying {
				coefficients = []int{2, points, size}
			}
			count := coefficients[0] * coefficients[1] * coefficients[2]
			leaves := map[string][]float32{
				"x": gradtest.Random(2*size, 1), "a": gradtest.Random(count, 2), "r": gradtest.Random(points, 3),
				"p": gradtest.Random(points, 4), "w": {.7}, "five": gradtest.Random(power(5, dim), 5), "k": gradtest.Random(points, 6),
			}
			for i := range leaves["a"] { // far from singular
				if i/coefficients[2]%points == points/2 {
					leaves["a"][i] += 30
				}
			}
			for _, name := range []string{"r", "p", "k"} {
				for i := range leaves[name] {
					leaves[name][i] *= .2
				}
				leaves[name][points/2] += 1
			}
			program, err := Build(func(g *Builder) *Node {
				leaf := func(name string, shape ...int) *Node { return g.Param(name, shape, leaves[name]) }
				x, a := leaf("x", shape...), leaf("a", coefficients...)
				r, p, w := leaf("r", 1, points, 1), leaf("p", 1, points, 1), leaf("w", 1)
				v := g.OverDiagonal(g.Stencil(x, a, dim), a, dim)
				v = g.Add(g.Weigh(v, w, 1, 2), g.Stencil(v, leaf("five", 1, power(5, dim), 1), dim))
				ac := g.Galerkin(fieldsOf(shape), a, r, p, dim)
				if !varying {
					ac = g.Add(ac, g.TimesDiagonal(leaf("k", 1, points, 1), a))
				}
				c := g.SolveStencil(g.Restrict(v, r, dim), ac, dim)
				return g.LogSumSquares(g.Add(v, g.Prolong(g.Add(c, g.OverDiagonal(c, ac, dim)), p, dim)))
			})
			must(t, program, err)
			for name, data := range leaves {
				if name == "k" && varying {
					continue
				}
				if err := program.Run(); err != nil {
					t.Fatal(err)
				}
				grad := append([]float32(nil), program.Gradient(name)...)
				checkGradient(t, fmt.Sprintf("dim %d, varying %t, %s", dim, varying, name), data, grad, func() float64 {
					if err := program.Run(); err != nil {
						t.Fatal(err)
					}
					return float64(program.Value()[0])
				})
			}
		}
	}
}

// checkGradient compares the gradient along three directions with five-point central
// differences. The value, some 10, is one float32, whose rounding makes a noise of 1e-6/h; that
// must be small beside the gradient.
func checkGradient(t *testing.T, name string, x, grad []float32, f func() float64) {
	t.Helper()
	norm, size := math.Sqrt(gradtest.Dot(grad, grad)), math.Sqrt(gradtest.Dot(x, x))
	if norm == 0 {
		t.Errorf("%s: no gradient", name)
		return
	}
	for seed := range uint64(3) {
		direction := gradtest.Random(len(x), seed+10)
		if seed == 0 {
			copy(direction, grad)
		}
		length := math.Sqrt(gradtest.Dot(direction, direction))
		h := min(.05*size, .05/norm)
		saved := append([]float32(nil), x...)
		at := func(s float64) float64 {
			for i := range x {
				x[i] = saved[i] + float32(s*h/length)*direction[i]
			}
			return f()
		}
		got := (8*(at(1)-at(-1)) - (at(2) - at(-2))) / (12 * h)
		copy(x, saved)
		want := gradtest.Dot(grad, direction) / length
		if noise := 1e-6 / h; noise > .1*norm {
			t.Errorf("%s: the noise %g of difference quotients hides a gradient of norm %g", name, noise, norm)
		} else if math.Abs(got-want) > .02*norm+noise {
			t.Errorf("%s, direction %d: difference quotient %g, gradient %g of norm %g", name, seed, got, want, norm)
		}
	}
}

func power(base, exponent int) int {
	n := 1
	for range exponent {
		n *= base
	}
	return n
}

// Shapes that do not fit are errors that name what is wanted.
func TestStencilErrors(t *testing.T) {
	x, k := make([]float32, 2*49), make([]float32, 9)
	for want, define := range map[string]func(g *Builder, x, k *Node) *Node{
		"want (1 or N, width^3": func(g *Builder, x, k *Node) *Node { return g.Stencil(x, k, 2+1) },
		"want (1 or N, width^2": func(g *Builder, x, k *Node) *Node { return g.Stencil(x, g.Input("w", []int{8}, k8), 2) },
		"want (N, H, W, C)":     func(g *Builder, x, k *Node) *Node { return g.Stencil(k, k, 2) },
		"want (1, 9, 1)":        func(g *Builder, x, k *Node) *Node { return g.Restrict(x, g.Input("w", []int{8}, k8), 2) },
		"want an odd number":    func(g *Builder, x, k *Node) *Node { return g.Restrict(g.Input("e", []int{1, 1, 2, 4}, k8), k, 2) },
		"want at most 1024": func(g *Builder, x, k *Node) *Node {
			return g.SolveStencil(g.Input("e", []int{1, 1, 33, 33}, k1089), k, 2)
		},
		"want (1)":            func(g *Builder, x, k *Node) *Node { return g.Weigh(x, k, 0, 1) },
		"want (1, points, 1)": func(g *Builder, x, k *Node) *Node { return g.TimesDiagonal(x, k) },
		"R A P of a stencil 1 wide": func(g *Builder, x, k *Node) *Node {
			return g.Galerkin(fieldsOf([]int{2, 1, 7, 7}), g.Input("w", []int{1, 1, 1}, k8[:1]), k, k, 2)
		},
	} {
		_, err := Build(func(g *Builder) *Node {
			return define(g, g.Input("x", []int{2, 1, 7, 7}, x), g.Input("k", []int{1, 9, 1}, k))
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q wanted in the error, which is %v", want, err)
		}
	}
}

var k8, k1089 = make([]float32, 8), make([]float32, 1089)
