package classify

// The dual of a binary SVM,
//
//	min ½ αᵀQα − Σ α,  0 ≤ α ≤ C,  yᵀα = 0,  Q_ij = y_i y_j k(x_i, x_j),
//
// solved by sequential minimal optimisation: each step solves for two α. The pair is
// chosen as in Fan, Chen and Lin, "Working Set Selection Using Second Order
// Information for Training Support Vector Machines", JMLR 6 (2005), WSS 2.

import (
	"container/list"
	"context"
	"math"

	"mgtool/internal/parallel"
)

// smo is one binary problem. Its row t is row rows[t] of the data.
type smo struct {
	d      *Data
	kernel Kernel
	rows   []int
	y      []float64 // ±1
	c      float64

	alpha []float64
	grad  []float64 // Qα − 1
	norms []float64 // x·x
	diag  []float64 // k(x, x)
	cache *rowCache

	iterations int
	violation  float64 // m − M of the stopping rule
}

func newSMO(d *Data, kernel Kernel, rows []int, y []float64, c float64, cacheBytes int) *smo {
	n := len(rows)
	s := &smo{d: d, kernel: kernel, rows: rows, y: y, c: c, alpha: make([]float64, n),
		grad: make([]float64, n), norms: make([]float64, n), diag: make([]float64, n)}
	for t, r := range rows {
		s.grad[t] = -1
		x := d.row(r)
		s.norms[t] = dot(x, x)
		s.diag[t] = kernel.of(s.norms[t], s.norms[t], s.norms[t])
	}
	s.cache = newRowCache(max(2, cacheBytes/(8*n)), n)
	return s
}

// row returns k(x_t, ·), which is valid until two more rows are requested.
func (s *smo) row(t int) []float64 {
	k, fresh := s.cache.get(t)
	if fresh {
		x, sparse := s.d.row(s.rows[t]), s.d.sparse()
		parallel.For(len(k), 64, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				var xy float64
				if sparse != nil {
					xy = sparse.dot(x, s.rows[i])
				} else {
					xy = dot(x, s.d.row(s.rows[i]))
				}
				k[i] = s.kernel.of(xy, s.norms[t], s.norms[i])
			}
		})
	}
	return k
}

// mayRise reports whether y_t α_t may increase, mayFall whether it may decrease.
func (s *smo) mayRise(t int) bool {
	return (s.y[t] > 0 && s.alpha[t] < s.c) || (s.y[t] < 0 && s.alpha[t] > 0)
}
func (s *smo) mayFall(t int) bool {
	return (s.y[t] > 0 && s.alpha[t] > 0) || (s.y[t] < 0 && s.alpha[t] < s.c)
}

// extremes returns m = max −y_t G_t over the t that may rise, with its index, and
// M = min −y_t G_t over those that may fall. α is optimal if and only if m ≤ M.
func (s *smo) extremes() (i int, m, least float64) {
	i, m, least = -1, math.Inf(-1), math.Inf(1)
	for t, g := range s.grad {
		v := -s.y[t] * g
		if v > m && s.mayRise(t) {
			i, m = t, v
		}
		if v < least && s.mayFall(t) {
			least = v
		}
	}
	return i, m, least
}

// leastCurvature replaces a curvature of 0, which two equal rows have.
const leastCurvature = 1e-12

// solve iterates until m − M ≤ tolerance.
func (s *smo) solve(ctx context.Context, tolerance float64, maxIterations int) Status {
	for {
		i, m, least := s.extremes()
		s.violation = max(0, m-least)
		switch {
		case s.violation <= tolerance:
			return Converged
		case s.iterations == maxIterations:
			return IterationLimit
		case s.iterations%64 == 0 && ctx.Err() != nil:
			return Cancelled
		}
		s.iterations++
		ki := s.row(i)
		// The partner has the largest decrease, b²/2a, of the unbounded step.
		j, best, curvature := -1, 0.0, 0.0
		for t, g := range s.grad {
			b := m + s.y[t]*g
			if b <= 0 || !s.mayFall(t) {
				continue
			}
			a := max(s.diag[i]+s.diag[t]-2*ki[t], leastCurvature)
			if gain := b * b / a; gain > best {
				j, best, curvature = t, gain, a
			}
		}
		if j < 0 || !s.step(i, j, (m+s.y[j]*s.grad[j])/curvature) {
			return Stalled
		}
	}
}

// step adds t to y_i α_i and subtracts it from y_j α_j, as far as the bounds allow. It
// reports whether anything changed.
func (s *smo) step(i, j int, t float64) bool {
	room := func(k int, rise bool) float64 {
		if rise == (s.y[k] > 0) {
			return s.c - s.alpha[k]
		}
		return s.alpha[k]
	}
	ri, rj := room(i, true), room(j, false)
	t = min(t, ri, rj)
	move := func(k int, d float64, bound bool) {
		switch a := s.alpha[k] + s.y[k]*d; {
		case bound && s.y[k]*d > 0:
			s.alpha[k] = s.c // exactly: missing the bound by rounding would make α free
		case bound:
			s.alpha[k] = 0
		default:
			s.alpha[k] = a
		}
	}
	oldI, oldJ := s.alpha[i], s.alpha[j]
	move(i, t, t == ri)
	move(j, -t, t == rj)
	if s.alpha[i] == oldI && s.alpha[j] == oldJ {
		return false
	}
	ki, kj := s.row(i), s.row(j)
	for k := range s.grad {
		s.grad[k] += s.y[k] * t * (ki[k] - kj[k])
	}
	return true
}

// bias returns b in f(x) = Σ α_t y_t k(x_t, x) + b: at every free α, y f = 1. If no α is
// free, any b between m and M is optimal, and bias returns their mean.
func (s *smo) bias() float64 {
	sum, free := 0.0, 0
	for t, a := range s.alpha {
		if a > 0 && a < s.c {
			sum -= s.y[t] * s.grad[t]
			free++
		}
	}
	if free > 0 {
		return sum / float64(free)
	}
	_, m, least := s.extremes()
	return (m + least) / 2
}

// objectives returns the primal ½‖w‖² + C Σ max(0, 1 − y f) and the dual Σ α − ½‖w‖²,
// which bound the minimum of the SVM.
func (s *smo) objectives() (primal, dual float64) {
	b, norm, hinge := s.bias(), 0.0, 0.0
	for t, a := range s.alpha {
		norm += a * (s.grad[t] + 1)
		hinge += max(0, -s.grad[t]-s.y[t]*b)
		dual += a
	}
	return norm/2 + s.c*hinge, dual - norm/2
}

// rowCache keeps the most recently used rows of the kernel matrix.
type rowCache struct {
	capacity, length int
	used             *list.List // of *cachedRow, the most recent first
	at               map[int]*list.Element
}

type cachedRow struct {
	index  int
	values []float64
}

func newRowCache(capacity, length int) *rowCache {
	return &rowCache{capacity, length, list.New(), map[int]*list.Element{}}
}

// get returns the memory of row index, and whether the caller must fill it first.
func (c *rowCache) get(index int) (values []float64, fresh bool) {
	if e, ok := c.at[index]; ok {
		c.used.MoveToFront(e)
		return e.Value.(*cachedRow).values, false
	}
	if c.used.Len() < c.capacity {
		c.at[index] = c.used.PushFront(&cachedRow{index, make([]float64, c.length)})
	} else {
		e := c.used.Back()
		r := e.Value.(*cachedRow)
		delete(c.at, r.index)
		r.index = index
		c.at[index] = e
		c.used.MoveToFront(e)
	}
	return c.used.Front().Value.(*cachedRow).values, true
}
