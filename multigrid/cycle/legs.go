package cycle

// A schedule unrolled to the list of its legs.

import "iter"

// Kind is what a leg does.
type Kind int

// The kinds of legs.
const (
	Down        Kind = iota // smooth, then restrict to the next coarser level
	Bottom                  // solve on the coarsest level, or smooth there
	Up                      // add the coarse correction, then smooth
	Interpolate             // make the coarse solution the first guess of full multigrid
)

func (k Kind) String() string {
	return [...]string{"down", "bottom", "up", "interpolate"}[k]
}

// Leg is one call of a [Method]: Steps smoothing steps and what its kind says, on a level.
type Leg struct {
	Kind  Kind
	Level int
	Steps int
}

// Legs unrolls the cycle on a hierarchy of this many levels, at least 1. The cycle is
// not checked here; see [Cycle.Validate].
func (c Cycle) Legs(levels int) iter.Seq[Leg] {
	return func(yield func(Leg) bool) {
		u := unroller{c, levels - 1, yield}
		if c.Full {
			u.full(0)
			return
		}
		u.visit(0, c.F)
	}
}

// unroller writes legs down; its methods return false once nobody wants more.
type unroller struct {
	Cycle
	coarsest int
	yield    func(Leg) bool
}

func (u *unroller) bottom() bool {
	return u.yield(Leg{Bottom, u.coarsest, steps(u.Pre, u.coarsest)})
}

// visit goes through a level and all below it once.
func (u *unroller) visit(level int, f bool) bool {
	if level == u.coarsest {
		return u.bottom()
	}
	if !u.yield(Leg{Down, level, steps(u.Pre, level)}) || !u.visit(level+1, f) {
		return false
	}
	if u.DownOnly {
		return true
	}
	if level+1 < u.coarsest {
		if f && !u.visit(level+1, false) {
			return false
		}
		for range u.Gamma - 1 {
			if !u.visit(level+1, f) {
				return false
			}
		}
	}
	return u.yield(Leg{Up, level, steps(u.Post, level)})
}

// full brings the data down unsmoothed, solves on the coarsest level and then, level by
// level upwards, interpolates and does a cycle from there.
func (u *unroller) full(level int) bool {
	if level == u.coarsest {
		return u.bottom()
	}
	return u.yield(Leg{Down, level, 0}) && u.full(level+1) &&
		u.yield(Leg{Interpolate, level, 0}) && u.visit(level, u.F)
}
