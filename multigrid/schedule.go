package multigrid

// The legs of a cycle on numbers: the list that package cycle unrolls, rewritten so
// that each leg is one pass over memory.

import (
	"slices"

	"mgtool/multigrid/cycle"
)

// leg is what one visit of a level does, in this order: clear, start or cubic or prolong,
// before, norms, after, restrict.
type leg struct {
	level    int
	bottom   bool // solve on the coarsest level
	clear    bool // u = 0
	start    bool // the norms of the data
	cubic    bool // u += P u' with the cubic P of full multigrid
	prolong  bool // u += P u'
	before   int  // smoothing steps
	mirrored bool // their sweeps go in reverse order
	norms    bool // ‖g − A u‖ and ‖u‖
	after    int  // smoothing steps
	restrict bool // g' = R (g − A u)
}

// none is no leg.
var none leg

// unroll lists the legs of a cycle. The finest u starts at 0 if clear is set.
//
//   - u of a coarser level is cleared by its first leg after a restriction to it;
//   - the first guess of full multigrid is interpolated by the next leg on its level;
//   - the last leg takes the norms, unless quiet.
//
// With apart, so that every state can be watched, the first two are legs of their own.
func unroll(c cycle.Cycle, levels int, m manner) (list []leg) {
	fresh := make([]bool, levels) // u is to be cleared
	fresh[0] = m.clear
	guess := -1 // the level whose first guess is still to be interpolated
	add := func(l leg) {
		l.clear, fresh[l.level] = l.clear || fresh[l.level], false
		l.cubic = l.cubic || guess == l.level
		guess = -1
		list = append(list, l)
	}
	for l := range c.Legs(levels) {
		switch l.Kind {
		case cycle.Down:
			add(leg{level: l.Level, after: l.Steps, restrict: true})
			if fresh[l.Level+1] = true; m.apart {
				add(leg{level: l.Level + 1, clear: true})
			}
		case cycle.Bottom:
			add(leg{level: l.Level, bottom: true})
		case cycle.Interpolate:
			if guess = l.Level; m.apart {
				add(leg{level: l.Level})
			}
		case cycle.Up:
			add(leg{level: l.Level, prolong: true, before: l.Steps, mirrored: m.symmetric})
		}
	}
	if !m.quiet {
		if last := &list[len(list)-1]; last.bottom { // a single level
			list = append(list, leg{norms: true})
		} else {
			last.norms = true
		}
	}
	return list
}

// join is the end of a cycle and the start of the next, both on the finest level, as
// one leg.
func join(up, down leg) leg {
	down.prolong, down.before, down.mirrored, down.norms = up.prolong, up.before, up.mirrored, up.norms
	return down
}

// point is the state after a leg of a schedule unrolled apart.
func (l leg) point() cycle.Point {
	switch {
	case l.bottom:
		return cycle.AtBottom
	case l.restrict:
		return cycle.WayDown
	case l.prolong:
		return cycle.WayUp
	case l.cubic:
		return cycle.FirstGuess
	}
	return cycle.Start
}

// manner is how a cycle is walked.
type manner struct {
	clear bool // the finest u starts at 0
	quiet bool // no norms are taken
	apart bool // every state can be watched

	// symmetric: the sweeps after a correction go in the reverse order of those before it, so
	// that with A symmetric and R a multiple of the transpose of P the cycle is a symmetric
	// map from g to u, as conjugate gradients take it.
	symmetric bool
}

// plan is a cycle unrolled.
type plan struct {
	cycle  cycle.Cycle
	manner manner
	legs   []leg
}

// unrolled returns the legs of a cycle from a cache.
func (f *hierarchy[T]) unrolled(c cycle.Cycle, clear bool) []leg {
	m := manner{clear: clear, quiet: f.quiet, apart: f.watch != nil, symmetric: f.symmetric}
	for _, p := range f.plans {
		if slices.Equal(c.Pre, p.cycle.Pre) && slices.Equal(c.Post, p.cycle.Post) &&
			c.Gamma == p.cycle.Gamma && c.F == p.cycle.F && c.Full == p.cycle.Full && m == p.manner {
			return p.legs
		}
	}
	legs := unroll(c, len(f.levels), m)
	f.plans = append(f.plans, plan{c, m, legs})
	return legs
}
