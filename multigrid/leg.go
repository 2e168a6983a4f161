package multigrid

// The stages of a leg, and the passes that they make.

import (
	"mgtool/multigrid/cycle"
	"mgtool/pde"
)

// run does a leg; its passes are made the first time.
func (l *level[T]) run(key leg) {
	f := l.hierarchy
	if key.bottom {
		l.solve(key.clear)
		l.see(key)
		return
	}
	passes, ok := l.legs[key]
	if !ok {
		passes = l.passes(l.stages(key), l.apart(key))
		l.legs[key] = passes
	}
	if l.v != nil && l.dim == 1 { // another level has used this memory
		u, v, end := l.u.Row(0, 0), l.v.Row(0, 0), l.inner+1
		if v[0], v[end] = 0, 0; l.maps() {
			v[0], v[end] = u[0], u[end]
		}
	}
	for _, p := range passes {
		begin := l.clock()
		if !p.run() {
			return
		}
		l.record(begin, p.bytes)
		if p.sums != nil {
			f.last = p.total()
			f.taken = append(f.taken, f.last)
		}
	}
	l.see(key)
}

// see passes the state after a leg to watch, but for the start of the finest level.
func (l *level[T]) see(key leg) {
	if f := l.hierarchy; f.watch != nil && !key.start && (key.point() != cycle.Start || key.clear) {
		f.watch(key.level, key.point(), l.u, l.g)
	}
}

// stages lists what a leg does to the grid.
func (l *level[T]) stages(key leg) (list []stage[T]) {
	now := l.u // the field that holds the current values
	add := func(s stage[T]) { list = append(list, s) }
	back := func() { // to u
		if now != l.u {
			add(stage[T]{task: toCopy, src: now, dst: l.u})
			now = l.u
		}
	}
	var smooth func(steps int, sweeps []sweep)
	smooth = func(steps int, sweeps []sweep) {
		for range steps {
			for _, w := range sweeps {
				s := stage[T]{sweep: w, src: now, dst: now}
				if l.op.form == starForm {
					s.row = l.relaxation(w.omega, l.op.diagonal)
				}
				switch w.order {
				case jacobi:
					s.task, s.dst = toMap, l.v
					if now == l.v {
						s.dst = l.u
					}
					now = s.dst
				case red, black:
					s.task = toRelax
				case colour:
					s.task = toColour
				case minimising:
					for k, part := range *w.parts {
						back()
						add(stage[T]{task: toCopy, src: l.u, dst: l.kept[k]})
						smooth(1, part)
					}
					add(stage[T]{task: toMinimise, sweep: w, src: l.u, dst: l.u})
					continue
				case correction:
					back()
					list = l.corrections(list, w)
					continue
				default:
					s.task = toSweep
				}
				add(s)
			}
		}
		back()
	}
	if key.clear {
		add(stage[T]{task: toClear, dst: l.u})
	}
	if key.start && l.hierarchy.lift != nil {
		add(stage[T]{task: toRightSide, src: l.u})
	}
	if key.cubic {
		l.prepareCubic()
		add(stage[T]{task: toCubic, dst: l.u})
	}
	if key.prolong {
		add(stage[T]{task: toProlong, dst: l.u})
	}
	before := l.post
	if key.mirrored {
		before = mirrored(l.pre)
	}
	smooth(key.before, before)
	relaxed := len(list) > 0 && list[len(list)-1].task == toRelax // and not copied back after that
	joined := !key.mirrored && key.norms && key.before > 0 && key.after > 0 && relaxed && l.redToBlack() && !l.apart(key)
	// A step that corrects by the residual begins with the one to be measured.
	corrects := key.after > 0 && len(l.pre) > 0 && l.pre[0].order == correction && !(l.corrector(l.pre[0]).over && l.op.form == facesForm)
	if key.norms && !joined && !corrects {
		add(stage[T]{task: toNorm, src: l.u, row: l.residual()})
	}
	at := len(list)
	smooth(key.after, l.pre)
	switch {
	case joined:
		// A colour's change is ω/D times its residual before. Red that is relaxed
		// next has that of the end of the cycle; black that was relaxed last has
		// 1 − ω of it left.
		size := func(s *stage[T], left float64) {
			w := left
			if l.op.form == starForm { // sums are of changes
				w *= l.op.diagonal / s.sweep.omega
			}
			s.sums, s.part = true, w*w
		}
		size(&list[at-1], 1-list[at-1].sweep.omega)
		size(&list[at], 1)
	case key.norms && corrects:
		list[at].sums = true
	}
	if key.restrict {
		add(stage[T]{task: toRestrict, src: l.u, row: l.residual()})
	}
	if !l.apart(key) && len(l.kept) == 0 {
		l.fetch(list)
	}
	return list
}

// passes groups the stages into passes: a single one, unless a sweep goes vertex by vertex
// or they are to be apart; a minimum takes sums over the whole grid, and ends one.
func (l *level[T]) passes(list []stage[T], apart bool) (passes []*pass[T]) {
	for _, s := range list {
		apart = apart || s.task == toSweep
	}
	switch {
	case apart:
		for i := range list {
			if list[i].task != toWait {
				passes = append(passes, newPass(l, list[i:i+1]))
			}
		}
	default:
		for len(list) > 0 {
			n := 1
			for list[0].task != toMinimise && n < len(list) && list[n].task != toMinimise {
				n++
			}
			passes = append(passes, newPass(l, list[:n]))
			list = list[n:]
			for i := range list {
				list[i].residual -= n // of the pass, not of the leg
			}
		}
	}
	return passes
}

// redToBlack reports whether Σ r² between two cycles follows from the relaxation of black
// before and of red after, without a stage of its own.
func (l *level[T]) redToBlack() bool {
	return !l.oddCycle() && len(l.post) > 0 && l.post[len(l.post)-1].order == black && len(l.pre) > 0 && l.pre[0].order == red
}

// fetch lets the first stages that relax a colour fetch g and u, and coefficients of faces.
func (l *level[T]) fetch(list []stage[T]) {
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
		list[at].fetch[0] = fetch[T]{l.u, at + 2}
		if i == 0 { // the first to read g
			list[at].fetch[0] = fetch[T]{l.g, 1}
		}
	}
	if l.op.form != facesForm {
		return
	}
	var slots []*fetch[T]
	for _, at := range relaxing {
		for s := range list[at].fetch {
			if f := &list[at].fetch[s]; f.from == nil {
				f.lead = at + 2 - relaxing[0] // the first to read coefficients, of one slab more
				slots = append(slots, f)
			}
		}
	}
	for d := range min(l.dim, len(slots)) {
		slots[d].from = l.op.faces.along[l.dim-1-d]
	}
}

// ghosts is the field that a stage reads beyond its vertices.
func (l *level[T]) ghosts(s *stage[T]) *pde.Field[T] {
	if s.task == toProlong || s.task == toCubic {
		return l.coarser.u
	}
	return s.src
}
