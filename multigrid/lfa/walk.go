package lfa

// A cycle over the coefficients of harmonics.

import (
	"fmt"
	"math"

	"mgtool/multigrid/cycle"
	"mgtool/pde/stencil"
)

// mostHarmonics bounds the size of the matrix M(θ), whose powers take n³ operations.
const mostHarmonics = 128

// analysis is a checked cycle. Harmonic (j_x, j_y, j_z) of level l has the frequency
//
//	θ_d = (φ_d + 2π j_d) / m_d,   0 ≤ j_d < m_d,
//
// with φ in (−π, π]^d, and is number j_x + m_x (j_y + m_y j_z). On the next level, with half
// as many along a halved axis, it aliases with j_d mod m'_d.
type analysis struct {
	schedule cycle.Cycle
	dim      int
	levels   []level
	low      [3]bool // axes along which M(φ) = M(−φ_d): half of it is enough
}

// level has what is the same for all frequencies.
type level struct {
	a, r, p stencil.Operator // r and p to the next level
	m       [3]int           // harmonics along each axis
	step    [3]int           // 2 along an axis that the next level halves, else 1
	pre     []sweep          // of a smoothing step before the coarse correction
	post    []sweep          // and after it
}

func newAnalysis(c Cycle) (*analysis, error) {
	grid, _ := c.Levels[0].A.Grids()
	a := &analysis{schedule: c.Schedule, dim: grid.Dim(), levels: make([]level, len(c.Levels))}
	symmetric := [3]bool{true, true, true}
	mirrorTaps := func(list []tap) {
		for d := range symmetric {
			symmetric[d] = symmetric[d] && mirrored(list, d)
		}
	}
	mirror := func(k stencil.Kernel) { mirrorTaps(tapsOf(k)) }
	last := len(a.levels) - 1
	for n := last; n >= 0; n-- {
		l := &a.levels[n]
		l.a, l.m, l.step = c.Levels[n].A, [3]int{1, 1, 1}, [3]int{1, 1, 1}
		kernel, ok := l.a.Kernel()
		if !ok {
			return nil, fmt.Errorf("lfa: the coefficients of %v vary; want constant ones", l.a)
		}
		mirror(kernel)
		if n == last {
			continue
		}
		below := &a.levels[n+1]
		l.r, l.p = c.Levels[n+1].R, c.Levels[n+1].P
		for _, transfer := range []stencil.Operator{l.r, l.p} {
			kernel, ok := transfer.Kernel()
			if !ok {
				return nil, fmt.Errorf("lfa: the coefficients of %v vary, or it has an odd axis; want constant coefficients and even numbers of cells", transfer)
			}
			mirror(kernel)
		}
		fine, _ := l.a.Grids()
		coarse, _ := below.a.Grids()
		for d := range a.dim {
			if fine.N[d] == 2*coarse.N[d] {
				l.step[d] = 2
			} else if n == last-1 {
				below.m[d] = 2 // colours couple θ with θ + π
			}
			l.m[d] = below.m[d] * l.step[d]
		}
		for up, list := range []*[]sweep{&l.pre, &l.post} {
			var err error
			if *list, err = sweeps(c.Smoother, l.a, n, up == 1, c.BlackBox); err != nil {
				return nil, err
			}
			for _, s := range *list {
				mirror(s.solved)
				mirrorTaps(s.correction)
			}
		}
	}
	if n := a.levels[0].count(); n > mostHarmonics {
		return nil, fmt.Errorf("lfa: %d grids couple %d waves in dimension %d; want at most %d: fewer grids", len(a.levels), n, a.dim, mostHarmonics)
	}
	a.low = symmetric
	return a, nil
}

// mirrored reports that a stencil is the same after a reflection of axis d.
func mirrored(list []tap, d int) bool {
	c := map[[3]int]float64{}
	for _, t := range list {
		c[t.at] = t.c
	}
	for _, t := range list {
		if t.at[d] = -t.at[d]; c[t.at] != t.c {
			return false
		}
	}
	return true
}

func (l *level) count() int { return l.m[0] * l.m[1] * l.m[2] }

// at is the number of harmonic j, modulo the number along each axis.
func (l *level) at(j [3]int) int {
	return j[0]%l.m[0] + l.m[0]*(j[1]%l.m[1]+l.m[1]*(j[2]%l.m[2]))
}

// index is the inverse of at.
func (l *level) index(n int) [3]int {
	return [3]int{n % l.m[0], n / l.m[0] % l.m[1], n / l.m[0] / l.m[1]}
}

// walk is an analysis at one φ: the symbols of all harmonics, and the cycle with them.
type walk struct {
	*analysis
	ops []cycle.Operators[*matrix]
	hat []complex128 // of A on the finest level
}

// walk prepares the symbols at φ. Those of operators with constant coefficients have no
// errors.
func (a *analysis) walk(phi [3]float64) *walk {
	w := &walk{analysis: a, ops: make([]cycle.Operators[*matrix], len(a.levels))}
	for n := range a.levels {
		l := &a.levels[n]
		count := l.count()
		waves := make([][3]float64, count)
		hat := make([]complex128, count)
		kernel, _ := l.a.Kernel()
		for j := range waves {
			for d, at := range l.index(j) {
				waves[j][d] = (phi[d] + 2*math.Pi*float64(at)) / float64(l.m[d])
			}
			hat[j] = symbol(kernel, waves[j])
		}
		o := &w.ops[n]
		o.A = []cycle.Map[*matrix]{func(u *matrix) *matrix { return u.scaled(hat) }}
		if n == 0 {
			w.hat = hat
		}
		if n == len(a.levels)-1 {
			inverse := make([]complex128, count)
			for j, v := range hat {
				if v != 0 { // constants
					inverse[j] = 1 / v
				}
			}
			o.Solve = func(r *matrix) *matrix { return r.scaled(inverse) }
			continue
		}
		pre, post := l.relaxation(l.pre, waves, hat), l.relaxation(l.post, waves, hat)
		for range steps(a.schedule.Pre, n) {
			o.B = append(o.B, pre)
		}
		for range steps(a.schedule.Post, n) {
			o.B = append(o.B, post)
		}
		if len(o.B) == 0 {
			o.B = append(o.B, pre) // of which no step is done
		}
		below := &a.levels[n+1]
		down, up := make([]complex128, count), make([]complex128, count)
		onto := make([]int, count)
		for j, wave := range waves {
			down[j], _ = l.r.Symbol(wave)
			up[j], _ = l.p.Symbol(wave)
			onto[j] = below.at(l.index(j))
		}
		o.R = func(r *matrix) *matrix {
			c := newMatrix(below.count(), r.columns)
			for j, to := range onto {
				c.addRow(to, down[j], r.row(j))
			}
			return c
		}
		o.P = func(e *matrix) *matrix {
			f := newMatrix(count, e.columns)
			for j, from := range onto {
				f.addRow(j, up[j], e.row(from))
			}
			return f
		}
	}
	return w
}

// cycle is M: what is left of each harmonic, with g = 0, of the error.
func (w *walk) cycle() *matrix {
	reference, err := cycle.NewReference(w.ops, nil, add, sub)
	if err != nil {
		panic(err) // the operators are all there
	}
	u := identity(len(w.hat))
	r := sub(nil, u.scaled(w.hat))
	return cycle.Run(reference, w.schedule, cycle.State[*matrix]{U: u, R: r}).U
}

// smoothed is Q S^ν on the finer of two levels, with Q = 0 on frequencies that are low
// along all axes that are halved: the first of the two harmonics, θ_d = φ_d/2.
func (w *walk) smoothed(nu int) *matrix {
	u := identity(len(w.hat))
	for n := range nu {
		b := w.ops[0].B
		u = sub(u, b[n%len(b)](u.scaled(w.hat)))
	}
	l := &w.levels[0]
	for n := range u.rows {
		low := true
		for d, j := range l.index(n) {
			low = low && (l.step[d] == 1 || j == 0)
		}
		if low {
			clear(u.row(n))
		}
	}
	return u
}
