package multigrid

// The numeric method for −Δu = g whose legs go over memory once.

import (
	"fmt"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"mgtool/internal/simd"
	"mgtool/pde"
)

// fused is the [Method] of the operator −Δ, rediscretised on every grid, with a
// smoother of sweeps, full weighting and linear interpolation: what a [Hierarchy]
// does, with each leg one walk over memory (leg.go), for grids of one to three
// dimensions, of any size, and in either precision. A walk carries nothing: the
// levels hold all there is.
type fused[T pde.Real] struct {
	levels []*fusedLevel[T]
	sweeps []sweep
	loops  *simd.GridKernels[T]
	desks  []desk[T] // a worker

	// hold, if not nil, is asked before the last leg of a cycle, with the last
	// Σ r² known, whether that leg may wait for the first of the next cycle: then
	// they are one walk over the finest grid.
	hold    func(rr float64) bool
	waiting bool
	post    int  // smoothing steps of the leg that waits
	begun   bool // the first leg of a full cycle is done

	stop    func() bool // says that the walk is to end; nil is never
	stopped atomic.Bool // it did: what is left of the walk does nothing

	lift  *pde.Lift // A on the boundary values extended inwards
	quiet bool      // takes no sums
	last  sums      // of the last cycle whose legs are complete
	taken []sums    // those that nobody has asked for yet
}

// fusedLevel is one grid with its memory: the approximation u, the data g, and v,
// for sweeps at once. On the finest level u and g are the caller's.
type fusedLevel[T pde.Real] struct {
	pde.Grid
	dim     int
	fused   *fused[T]
	u, v, g *pde.Field[T]
	zero    bool // u counts as 0, whatever is there
	cubic   bool // u' is to be interpolated yet, at the start of the leg down

	axes    [3]axis // to the next coarser level
	up      []T     // of an odd axes[0], its weights, but in one dimension
	cubicUp [][4]T  // and those of cubic, once there is a full cycle
	coarser *fusedLevel[T]
	inverse []T // of A, on the coarsest level
	low     []T // the residual there
	legs    map[legKey][]*pass[T]
	work    *LevelWork // nil unless it is measured
}

// legKey names a leg: the smoothing steps before and after what comes between.
type legKey struct {
	kind                   string
	before, after          int
	clear, cubic, restrict bool
}

func newFused[T pde.Real](grid pde.Grid, s sweeping) (*fused[T], error) {
	f := &fused[T]{sweeps: s.sweeps(), loops: simd.Grid[T](simd.Best())}
	twice := atOnceIn(f.sweeps)
	for i, level := range coarsening(grid) {
		l := &fusedLevel[T]{Grid: level.Grid, dim: grid.Dim(), fused: f, axes: level.axes, legs: map[legKey][]*pass[T]{}}
		if i > 0 {
			l.u, l.g = pde.NewField[T](l.Grid), pde.NewField[T](l.Grid)
			f.levels[i-1].coarser = l
		}
		switch {
		case twice && l.dim == 1 && i > 0: // it holds nothing from leg to leg
			l.v = f.levels[0].v.Prefix(l.Grid)
		case twice:
			l.v = pde.NewField[T](l.Grid)
		}
		l.axes[1].tabulate()
		l.axes[2].tabulate()
		if x := &l.axes[0]; l.dim > 1 && !x.same() && !x.half() {
			l.up = make([]T, x.n+1)
			oddWeights(x, l.up, 0)
		}
		f.levels = append(f.levels, l)
	}
	return f, f.levels[len(f.levels)-1].invert()
}

// atOnceIn reports whether a sweep needs a second field.
func atOnceIn(list []sweep) bool {
	for _, s := range list {
		if s.order == atOnce {
			return true
		}
	}
	return false
}

// invert prepares the coarsest level.
func (l *fusedLevel[T]) invert() error {
	n := l.Unknowns()
	a := mat.NewDense(n, n, nil)
	pde.Assemble(l.Grid).DoNonZero(func(i, j int, v float64) { a.Set(i, j, v) })
	if err := a.Inverse(a); err != nil {
		return fmt.Errorf("multigrid: the coarsest grid: %w", err)
	}
	l.inverse, l.low = make([]T, 0, n*n), make([]T, n)
	for i := range n {
		for _, v := range a.RawRowView(i) {
			l.inverse = append(l.inverse, T(v))
		}
	}
	return nil
}

// furnish makes a desk for every worker.
func (f *fused[T]) furnish(workers int) {
	l := f.levels[0]
	for len(f.desks) < workers {
		d := desk[T]{loops: f.loops}
		for i := range d.ring {
			d.ring[i] = fusedRow[T](l.width())
		}
		d.temp = [2][]T{fusedRow[T](l.width()), fusedRow[T](l.width())}
		if l.dim == 3 {
			d.plane = make([]T, len(d.temp[1])*(l.N[1]+1))
		}
		f.desks = append(f.desks, d)
	}
}

// take makes u and g those of the finest level.
func (f *fused[T]) take(u, g *pde.Field[T]) {
	l := f.levels[0]
	if u != l.u || g != l.g {
		l.u, l.g = u, g
		clear(l.legs)
	}
	f.furnish(1)
	f.waiting, f.begun, f.taken, l.zero = false, false, f.taken[:0], false
	if l.v != nil {
		copy(l.v.Data(), u.Data()) // its boundary
	}
}

// Levels implements [Method].
func (f *fused[T]) Levels() int { return len(f.levels) }

// Down implements [Method]: smooth, then g' = R (g − A u), u' = 0.
func (f *fused[T]) Down(level, pre int, _ struct{}) (fine, coarse struct{}) {
	l := f.levels[level]
	key := legKey{kind: "down", after: pre, clear: l.zero, cubic: l.cubic, restrict: true}
	if level == 0 && f.waiting {
		key.kind, key.before, f.waiting = "turn", f.post, false
	}
	if level == 0 && f.begun {
		f.begun = false
	} else {
		l.run(key)
	}
	l.zero, l.cubic, l.coarser.zero = false, false, true
	return
}

// Up implements [Method]: u += P u', then smooth.
func (f *fused[T]) Up(level, post int, _, _ struct{}) struct{} {
	l := f.levels[level]
	if level == 0 && f.hold != nil && f.hold(f.last.rr) {
		f.waiting, f.post = true, post
		return struct{}{}
	}
	l.run(legKey{kind: "up", before: post})
	return struct{}{}
}

// Interpolate implements [Method]: u += P u' with the cubic P. The leg down that
// follows does it.
func (f *fused[T]) Interpolate(level int, _, _ struct{}) (none struct{}) {
	f.levels[level].cubic = true
	return
}

// Bottom implements [Method]: u += A⁻¹ (g − A u).
func (f *fused[T]) Bottom(level, _ int, _ struct{}) (none struct{}) {
	l := f.levels[level]
	if f.stopped.Load() {
		return
	}
	begin, bytes := l.clock(), l.bottomBytes()
	if l.zero {
		l.u.Zero()
		l.zero = false
	}
	n, k := l.Unknowns(), 0
	l.eachResidual(func(r []T) { k += copy(l.low[k:], r) })
	k = 0
	for row := range l.RowCount() {
		u := l.u.Row(l.RowAt(row))[1:l.N[0]]
		for i := range u {
			var sum T
			for c, a := range l.inverse[k*n : (k+1)*n] {
				sum += a * l.low[c]
			}
			u[i] += sum
			k++
		}
	}
	l.record(begin, bytes)
	return
}

// run does a leg, made at its first time.
func (l *fusedLevel[T]) run(key legKey) {
	passes, ok := l.legs[key]
	if !ok {
		passes = l.leg(key)
		l.legs[key] = passes
	}
	if l.v != nil && l.dim == 1 { // another grid was here
		u, v := l.u.Row(0, 0), l.v.Row(0, 0)
		v[0], v[l.N[0]] = u[0], u[l.N[0]]
	}
	for _, p := range passes {
		begin := l.clock()
		if !p.run() {
			return
		}
		l.record(begin, p.bytes)
		if p.sums != nil {
			f := l.fused
			f.last = p.total()
			f.taken = append(f.taken, f.last)
		}
	}
}

// residual is the coefficients of g − A u.
func (l *fusedLevel[T]) residual() simd.Stencil[T] { return l.coefficients(-l.Diagonal(), 1) }

// relaxation is the coefficients of u + ω/D (g − A u).
func (l *fusedLevel[T]) relaxation(omega float64) simd.Stencil[T] {
	return l.coefficients(1-omega, omega/l.Diagonal())
}

// coefficients are those of a u + q (g + Σ of the neighbours over h²).
func (l *fusedLevel[T]) coefficients(a, q float64) simd.Stencil[T] {
	w := [3]T{}
	for d := range l.dim {
		w[d] = T(q / (l.H[d] * l.H[d]))
	}
	return simd.Stencil[T]{A: T(a), Q: T(q), X: w[0], Y: w[1], Z: w[2], N: l.N[0] - 1}
}

// eachResidual gives the rows of g − A u, their values inside, in order.
func (l *fusedLevel[T]) eachResidual(body func(r []T)) {
	d := &l.fused.desks[0]
	st := stage[T]{src: l.u, row: l.residual()}
	if l.dim == 1 {
		for q := range l.slabs() {
			d.lo, d.n = l.values(q)
			body(l.residualRow(d, &st, 0, 0)[1 : 1+d.n])
		}
		return
	}
	for row := range l.RowCount() {
		j, k := l.RowAt(row)
		d.lo, d.n = l.values(0)
		body(l.residualRow(d, &st, j, k)[1:l.N[0]])
	}
}

// leg makes the passes of a leg: all of its stages in one, unless a sweep goes
// vertex by vertex.
func (l *fusedLevel[T]) leg(key legKey) []*pass[T] {
	var list []stage[T]
	now := l.u // where the values are
	add := func(s stage[T]) { list = append(list, s) }
	smooth := func(steps int) {
		for range steps {
			for _, w := range l.fused.sweeps {
				s := stage[T]{sweep: w, src: now, dst: now, row: l.relaxation(w.omega)}
				switch w.order {
				case atOnce:
					s.task, s.dst = toMap, l.v
					if now == l.v {
						s.dst = l.u
					}
					now = s.dst
				case red, black:
					s.task = toRelax
				default:
					s.task = toOrder
				}
				add(s)
			}
		}
		if now != l.u {
			add(stage[T]{task: toCopy, src: now, dst: l.u})
			now = l.u
		}
	}
	if key.clear {
		add(stage[T]{task: toClear, dst: l.u})
	}
	if key.cubic {
		l.prepareCubic()
		add(stage[T]{task: toCubic, dst: l.u})
	}
	switch key.kind {
	case "start":
		add(stage[T]{task: toRightSide, src: l.u})
	case "up", "turn":
		add(stage[T]{task: toProlong, dst: l.u})
	}
	smooth(key.before)
	norms := l == l.fused.levels[0] && !l.fused.quiet && key.kind != "down"
	turning := norms && key.kind == "turn" && key.before > 0 && key.after > 0 && l.fused.turning()
	if norms && !turning {
		add(stage[T]{task: toNorm, src: l.u, row: l.residual()})
	}
	at := len(list)
	smooth(key.after)
	if turning {
		// A colour's change is ω/D times its residual before. Red that is relaxed
		// next has that of the end of the cycle; black that was relaxed last has
		// 1 − ω of it left.
		size := func(s *stage[T], left float64) {
			w := left * l.Diagonal() / s.sweep.omega
			s.sums, s.part = true, w*w
		}
		size(&list[at-1], 1-list[at-1].sweep.omega)
		size(&list[at], 1)
	}
	if key.restrict {
		add(stage[T]{task: toRestrict, src: l.u, row: l.residual()})
	}
	l.fetch(list)
	var passes []*pass[T]
	ordered := false
	for _, s := range list {
		ordered = ordered || s.task == toOrder
	}
	if !ordered {
		if len(list) > 0 {
			passes = append(passes, newPass(l, list))
		}
		return passes
	}
	for i := range list {
		passes = append(passes, newPass(l, list[i:i+1]))
	}
	return passes
}

// turning reports whether Σ r² between two cycles comes with the relaxation of
// black before and of red after: no stage of its own.
func (f *fused[T]) turning() bool {
	return f.sweeps[0].order == red && f.sweeps[len(f.sweeps)-1].order == black
}

// fetch lets the first two stages that relax a colour fetch g and u.
func (l *fusedLevel[T]) fetch(list []stage[T]) {
	if l.dim == 1 {
		return
	}
	var relaxing []int
	for i, s := range list {
		if s.task == toRelax {
			relaxing = append(relaxing, i)
		}
	}
	for i, at := range relaxing[:min(2, len(relaxing))] {
		// Stage 0 is at slab q + at while stage at is at q; it reads one more.
		list[at].fetch, list[at].lead = l.u, at+2
		if i == 0 { // the first to read g
			list[at].fetch, list[at].lead = l.g, 1
		}
	}
}
