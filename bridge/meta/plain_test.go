package meta

// A V- or W-cycle of constant stencils in plain loops, to measure emitted methods with.

import (
	"math"
	"math/rand/v2"

	"mgtool/multigrid/method"
	"mgtool/pde/stencil"
)

// plainLevel is A over its diagonal d, on n × n unknowns with zeros around.
type plainLevel struct {
	n       int
	a       stencil.Kernel
	d       float64
	emitted *method.Emitted // nil: Gauss–Seidel in four colours
	u, g, r []float64
	solve   *cholesky
}

type plainCycle struct {
	levels []*plainLevel
	pre    int
	gamma  int
}

// apply adds q Σ k_o x(x+o) to y.
func (l *plainLevel) apply(y []float64, k stencil.Kernel, x []float64, q float64) {
	w := l.n + 2
	for j := 1; j <= l.n; j++ {
		for i := 1; i <= l.n; i++ {
			at, sum := j*w+i, 0.0
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					sum += k[13+dx+3*dy] * x[at+dx+dy*w]
				}
			}
			y[at] += q * sum
		}
	}
}

func (l *plainLevel) residual() {
	copy(l.r, l.g)
	for i := range l.r {
		l.r[i] /= l.d
	}
	l.apply(l.r, l.a, l.u, -1)
}

func (l *plainLevel) smooth(list []method.Symmetric) {
	for _, b := range list {
		l.residual()
		l.apply(l.u, b.Kernel(), l.r, 1)
	}
}

func (l *plainLevel) relax() {
	w := l.n + 2
	for c := range 4 {
		for j := 1 + c>>1; j <= l.n; j += 2 {
			for i := 1 + c&1; i <= l.n; i += 2 {
				at, sum := j*w+i, 0.0
				for dy := -1; dy <= 1; dy++ {
					for dx := -1; dx <= 1; dx++ {
						sum += l.a[13+dx+3*dy] * l.u[at+dx+dy*w]
					}
				}
				l.u[at] += l.g[at]/l.d - sum
			}
		}
	}
}

// newPlain takes the emitted levels of an operator, or bilinear P and Gauss–Seidel.
func newPlain(a method.Symmetric, n, pre, gamma int, emit func(level int, a method.Symmetric) *method.Emitted) *plainCycle {
	c := &plainCycle{pre: pre, gamma: gamma}
	d := 1.0
	for level := 0; ; level++ {
		l := &plainLevel{n: n, a: a.Kernel(), d: d, emitted: emit(level, a)}
		size := (n + 2) * (n + 2)
		l.u, l.g, l.r = make([]float64, size), make([]float64, size), make([]float64, size)
		c.levels = append(c.levels, l)
		if n <= 7 {
			p := newPatch(n)
			for j := 1; j <= n; j++ {
				for i := 1; i <= n; i++ {
					for _, o := range nine {
						at := stencil.Offset(o)
						if x, y := i+at[0], j+at[1]; x >= 1 && x <= n && y >= 1 && y <= n {
							p.a[j][o][i] = d * l.a[o]
						}
					}
				}
			}
			l.solve, _ = p.cholesky()
			return c
		}
		p := bilinear
		if l.emitted != nil {
			p = l.emitted.Prolongation()
		}
		next := method.CoarseOf(a, p)
		// Pᵀ A P at the centre, times D
		sum := 0.0
		for q, w := range p {
			for r, v := range p {
				x, y := stencil.Offset(q), stencil.Offset(r)
				dx, dy := y[0]-x[0], y[1]-x[1]
				if dx >= -1 && dx <= 1 && dy >= -1 && dy <= 1 {
					sum += w * v * l.a[13+dx+3*dy]
				}
			}
		}
		d *= sum
		a, n = next, n/2
	}
}

var bilinear = method.Symmetric{1, .5, .5, .25, .25}.Kernel()

func (c *plainCycle) cycle(level int) {
	l := c.levels[level]
	if l.solve != nil {
		l.solve.solve(l.u, l.g, l.n)
		return
	}
	if l.emitted == nil {
		l.relax()
	} else {
		l.smooth(l.emitted.Stencils[:c.pre])
	}
	l.residual()
	p := bilinear
	if l.emitted != nil {
		p = l.emitted.Prolongation()
	}
	next := c.levels[level+1]
	w, wc := l.n+2, next.n+2
	clear(next.u)
	for j := 1; j <= next.n; j++ {
		for i := 1; i <= next.n; i++ {
			sum := 0.0
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					sum += p[13+dx+3*dy] * l.r[(2*j+dy)*w+2*i+dx]
				}
			}
			next.g[j*wc+i] = sum * l.d
		}
	}
	for range c.gamma {
		c.cycle(level + 1)
		if next.solve != nil {
			break
		}
	}
	for j := 1; j <= next.n; j++ {
		for i := 1; i <= next.n; i++ {
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					l.u[(2*j+dy)*w+2*i+dx] += p[13+dx+3*dy] * next.u[j*wc+i]
				}
			}
		}
	}
	if l.emitted == nil {
		l.relax()
	} else {
		l.smooth(l.emitted.Stencils[c.pre:])
	}
}

// cycles is how many reduce the residual of a random start by 1e8, at most most.
func (c *plainCycle) cycles(most int) (count int, factor float64) {
	l := c.levels[0]
	random := rand.New(rand.NewPCG(9, 9))
	for j := 1; j <= l.n; j++ {
		for i := 1; i <= l.n; i++ {
			l.u[j*(l.n+2)+i] = random.NormFloat64()
		}
	}
	norm := func() float64 {
		l.residual()
		sum := 0.0
		for _, v := range l.r {
			sum += v * v
		}
		return math.Sqrt(sum)
	}
	first := norm()
	r := first
	for count < most && r > 1e-8*first && r < 1e3*first {
		c.cycle(0)
		count++
		before := r
		r = norm()
		factor = r / before
	}
	if !(r <= 1e-8*first) {
		return most, factor
	}
	return count, factor
}
