package multigrid

// Smoothing that minimises the residual over its corrections.

import (
	"fmt"
	"math"

	"mgtool/internal/parallel"
	"mgtool/pde"
)

// MinimalResidual does smoothers one after another, and then goes as far along the correction of
// each as makes the residual smallest,
//
//	u ← u + Σ_k α_k d_k,   α = argmin ‖g − A (u + Σ_k α_k d_k)‖₂,
//
// d_k what smoother k does to what those before it have left. α = 1 are the smoothers alone, so
// that the residual is at most theirs. The same kernel K twice makes two steps of GMRES
// preconditioned by K/D; a learned method gives directions that fit the operator (Meta-MgNet:
// Chen, Dong, Xu, arXiv 2010.14088). A step costs one residual for each smoother and one more, and
// memory a field for each.
//
// α depends on u: the cycle is not linear. A Krylov method around it has to be [FGMRES].
type MinimalResidual []Smoother

// mostDirections bounds what a step minimises over.
const mostDirections = 4

// Validate implements [Smoother].
func (s MinimalResidual) Validate() error {
	if len(s) < 1 || len(s) > mostDirections {
		return fmt.Errorf("multigrid: the residual is to be minimised over %d corrections; want 1 to %d", len(s), mostDirections)
	}
	for _, each := range s {
		if each == nil || idle(each) {
			return fmt.Errorf("multigrid: the residual is to be minimised over a correction that does nothing; want smoothers")
		}
		if Minimises(each) {
			return fmt.Errorf("multigrid: smoother %v minimises the residual within a step that does; want it once", each)
		}
	}
	return validAll(s)
}

func (s MinimalResidual) String() string { return "minimal residual of (" + namesOf(s, ", ") + ")" }

func (s MinimalResidual) sweeps(p place) ([]sweep, error) {
	parts := make([][]sweep, len(s))
	for i, each := range s {
		var err error
		if parts[i], err = each.sweeps(p); err != nil {
			return nil, err
		}
	}
	return []sweep{{order: minimising, parts: &parts}}, nil
}

// Minimises reports that a smoother, or one that it is made of, is a MinimalResidual: a cycle with it
// is not linear. It is homogeneous: c times an error becomes c times what the error does.
func Minimises(s Smoother) bool {
	return s != nil && anyPart(s, func(s Smoother) bool { _, is := s.(MinimalResidual); return is })
}

// eachSweep calls body for the sweeps of a list, in the place of those that minimise for their
// parts.
func eachSweep(list []sweep, body func(s *sweep) error) error {
	for i := range list {
		if list[i].order != minimising {
			if err := body(&list[i]); err != nil {
				return err
			}
			continue
		}
		for _, part := range *list[i].parts {
			if err := eachSweep(part, body); err != nil {
				return err
			}
		}
	}
	return nil
}

// directions is over how many corrections a list of sweeps minimises the residual, at most.
func directions(list []sweep) (most int) {
	for _, s := range list {
		if s.order == minimising {
			most = max(most, len(*s.parts))
		}
	}
	return most
}

// makeKept makes the fields that hold u before each correction.
func (l *level[T]) makeKept() {
	for range max(directions(l.pre), directions(l.post)) {
		l.kept = append(l.kept, pde.NewField[T](l.Grid))
	}
}

// minimal is what the last stage of a step, a pass of its own, needs.
type minimal[T pde.Real] struct {
	count int // of corrections
	rows  [][mostDirections + 1][]T
	sums  []crossProducts // by slab
	take  func(worker, unit int)
	add   func(worker, unit int)
	move  [mostDirections + 1]T // how much of the kept fields u takes, and last of itself
}

// crossProducts are those of the differences e_k = r_{k−1} − r_k = A d_k of residuals with each
// other and with the last residual.
type crossProducts [mostDirections][mostDirections + 1]float64

func newMinimal[T pde.Real](p *pass[T]) *minimal[T] {
	m := &minimal[T]{count: len(*p.stages[0].sweep.parts), sums: make([]crossProducts, p.slabs)}
	m.take = func(worker, unit int) { p.multiply(m, worker, p.cut[unit], p.cut[unit+1]) }
	m.add = func(worker, unit int) { p.combine(m, worker, p.cut[unit], p.cut[unit+1]) }
	return m
}

// minimise goes from u, what the smoothers have made of it, to the minimum; false means that it
// was stopped.
func (p *pass[T]) minimise(workers int) bool {
	m, l := p.minimal, p.level
	for len(m.rows) < workers {
		var rows [mostDirections + 1][]T
		for k := range m.count + 1 {
			rows[k] = alignedRow[T](l.width())
		}
		m.rows = append(m.rows, rows)
	}
	for _, f := range l.kept[:m.count] {
		l.fill(f)
	}
	l.fill(l.u)
	parallel.Each(workers, m.take)
	if l.hierarchy.interrupted() {
		return false
	}
	var sum crossProducts
	for q := range m.sums {
		for i := range m.count {
			for j := range m.count + 1 {
				sum[i][j] += m.sums[q][i][j]
			}
		}
	}
	beta, ok := leastSquares(sum, m.count)
	if !ok {
		return true // the smoothers alone
	}
	// u + Σ β_k (u_k − u_{k−1}), u_0 … the kept ones, the last u itself.
	m.move = [mostDirections + 1]T{}
	m.move[m.count] = 1
	for k, b := range beta[:m.count] {
		m.move[k] -= T(b)
		m.move[k+1] += T(b)
	}
	parallel.Each(workers, m.add)
	return !l.hierarchy.interrupted()
}

// multiply takes the products of the slabs [lo, hi).
func (p *pass[T]) multiply(m *minimal[T], worker, lo, hi int) {
	l, d, rows := p.level, &p.level.hierarchy.scratch[worker], &m.rows[worker]
	st := stage[T]{row: l.residual()}
	for q := lo; q < hi; q++ {
		d.lo, d.n = l.values(q)
		sum := crossProducts{}
		l.rows(q, 0, l.rowsEnd(), func(j, k int) {
			for i := range m.count + 1 {
				if st.src = l.u; i < m.count {
					st.src = l.kept[i]
				}
				out := &rows[i][1]
				if l.op.form == starForm {
					s := l.stencil(d, &st, j, k)
					s.Out = out
					d.loops.Map(s)
				} else {
					l.generalResidual(d, st.src, j, k, out)
				}
			}
			for i := range m.count {
				d.loops.AddScaled(&rows[i][1], -1, &rows[i+1][1], d.n)
			}
			for i := range m.count {
				for j := i; j <= m.count; j++ {
					sum[i][j] += d.loops.Dot(&rows[i][1], &rows[j][1], d.n)
				}
			}
		})
		m.sums[q] = sum
		if d.ends(l.hierarchy, (m.count+1)*l.rowValues(l.rowsEnd())) {
			return
		}
	}
}

// combine moves the slabs [lo, hi) of u.
func (p *pass[T]) combine(m *minimal[T], worker, lo, hi int) {
	l, d := p.level, &p.level.hierarchy.scratch[worker]
	for q := lo; q < hi; q++ {
		d.lo, d.n = l.values(q)
		l.rows(q, 0, l.rowsEnd(), func(j, k int) {
			u := &l.u.Row(j, k)[d.lo]
			from, weight := [3]*T{u, u, u}, [3]T{}
			for i := range min(3, m.count) {
				from[i], weight[i] = &l.kept[i].Row(j, k)[d.lo], m.move[i]
			}
			d.loops.Combine4(u, u, from[0], from[1], from[2], m.move[m.count], weight[0], weight[1], weight[2], d.n)
			if m.count > 3 {
				d.loops.AddScaled(u, m.move[3], &l.kept[3].Row(j, k)[d.lo], d.n)
			}
		})
	}
}

// dependent is the least part of A d_k that must be new, squared: what is less is left as the
// smoother makes it.
const dependent = 1e-8

// leastSquares finds the β for which ‖r − Σ β_k e_k‖ is smallest, r the last residual, by the Cholesky factorisation of the normal equations with columns of length 1. Columns that
// depend on those before them get β = 0. ok is false where nothing is to be gained or numbers are
// out of range.
func leastSquares(sum crossProducts, count int) (beta [mostDirections]float64, ok bool) {
	var l [mostDirections][mostDirections]float64
	var length, y [mostDirections]float64
	var out [mostDirections]bool
	for i := range count {
		length[i] = math.Sqrt(sum[i][i])
		if !(length[i] > 1e-150 && length[i] < 1e150) {
			if length[i] != 0 {
				return beta, false
			}
			out[i] = true
		}
	}
	for i := range count {
		if out[i] {
			continue
		}
		pivot := 1.0
		y[i] = sum[i][count] / length[i]
		for k := range i {
			if out[k] {
				continue
			}
			v := sum[k][i] / length[k] / length[i]
			for q := range k {
				v -= l[k][q] * l[i][q]
			}
			l[i][k] = v / l[k][k]
			pivot -= l[i][k] * l[i][k]
			y[i] -= l[i][k] * y[k]
		}
		if !(pivot > dependent) {
			out[i], y[i] = true, 0
			clear(l[i][:])
			continue
		}
		l[i][i] = math.Sqrt(pivot)
		y[i] /= l[i][i]
	}
	for i := count - 1; i >= 0; i-- {
		if out[i] {
			continue
		}
		for k := i + 1; k < count; k++ {
			y[i] -= l[k][i] * y[k]
		}
		y[i] /= l[i][i]
	}
	for i := range count {
		if !out[i] {
			beta[i] = y[i] / length[i]
		}
		if math.IsNaN(beta[i]) || math.IsInf(beta[i], 0) {
			return beta, false
		}
		ok = ok || beta[i] != 0
	}
	return beta, ok
}
