// Package multigrid holds the one walk over grids that multigrid and MgNet
// share, and the multigrid solver for −Δu = g.
//
// A level has a feature u, data g and the residual r = g − A u. The walk is
//
//	smooth      d = σ₂(B σ₁(r));   u += d;   r −= A d
//	restrict    r' = σ_R(R r);     u' = σ_Π(Π u)
//	bottom      solve A d = r;     u += d              (or smooth there)
//	prolong     d = P(u' − u'₀);   u += d;   r −= A d
//
// With σ = identity and Π = 0 it is the classical correction scheme. With
// σ = ReLU∘BN, operators that are trained and no way back it is MgNet (He &
// Xu, Sci. China Math. 62, 2019, in the residual form of their theorem, eqs.
// 26–27 of the lectures).
//
// [Run] is the order of the steps and the only place that knows it; a [Cycle]
// is the schedule as data. What a step does is a [Method]: the [Reference]
// writes the formula above over any vector space, a [Hierarchy] does the same
// on numbers, in place. A [Solver] runs cycles until a problem is solved.
package multigrid

import "fmt"

// Cycle is the schedule of a walk.
type Cycle struct {
	// Pre and Post are the smoothing steps on the way down and up, from the
	// finest level on; the last entry serves all deeper levels, none is zero
	// steps. On the coarsest level a method that smooths there takes Pre.
	Pre, Post []int

	// Gamma is how often each coarser level is visited: 1 (or 0) is a V-cycle,
	// 2 a W-cycle. The coarsest is visited once: it is solved.
	Gamma int

	// F visits each coarser level by an F-cycle and then by a V-cycle.
	F bool

	// Full starts on the coarsest level and interpolates up, with one cycle on
	// each level: full multigrid, or nested iteration.
	Full bool

	// DownOnly stops on the coarsest level and returns its state, as MgNet does.
	DownOnly bool
}

// Named gives the cycle known as v, w, f or fmg with pre and post smoothing
// steps on every level.
func Named(name string, pre, post int) (Cycle, error) {
	c := Cycle{Pre: []int{pre}, Post: []int{post}, Gamma: 1}
	switch name {
	case "v":
	case "w":
		c.Gamma = 2
	case "f":
		c.F = true
	case "fmg":
		c.Full = true
	default:
		return Cycle{}, fmt.Errorf("multigrid: unknown cycle %q; known: v, w, f, fmg", name)
	}
	return c, c.Validate()
}

// Validate reports the first entry that makes no sense.
func (c Cycle) Validate() error {
	for _, steps := range [][]int{c.Pre, c.Post} {
		for level, k := range steps {
			if k < 0 || k > 1000 {
				return fmt.Errorf("multigrid: %d smoothing steps on level %d; want 0 to 1000", k, level)
			}
		}
	}
	if c.Gamma < 0 || c.Gamma > 4 {
		return fmt.Errorf("multigrid: cycle index gamma %d; want 1 (V), 2 (W), at most 4", c.Gamma)
	}
	if c.DownOnly && c.Full {
		return fmt.Errorf("multigrid: a cycle cannot be both full and down-only")
	}
	return nil
}

// steps is the entry of a level in Pre or Post.
func steps(list []int, level int) int {
	if len(list) == 0 {
		return 0
	}
	return list[min(level, len(list)-1)]
}

// Method is what a cycle walks over. S is what a level carries: the values of
// u and r, nodes of a graph, or a handle on memory that is changed in place.
// Levels count from 0, the finest.
type Method[S any] interface {
	// Levels is the number of levels, at least 1.
	Levels() int
	// Down smooths pre times, then restricts: it returns the level's own state
	// and the state the next coarser level starts from. It is not called on
	// the coarsest level. With pre = 0 it only passes the residual on.
	Down(level, pre int, s S) (fine, coarse S)
	// Bottom solves on the coarsest level, or smooths pre times there. It ends
	// the descent: nobody reads the residual of what it returns.
	Bottom(level, pre int, s S) S
	// Up adds the coarse correction to fine, then smooths post times.
	Up(level, post int, fine, coarse S) S
	// Interpolate makes the coarse solution the first guess of full multigrid
	// on a level.
	Interpolate(level int, fine, coarse S) S
}

// Run does one cycle from the state s of the finest level and returns the
// state it ends in: of the finest level, or of the coarsest if c.DownOnly. The
// cycle is not checked here; see [Cycle.Validate].
func Run[S any](m Method[S], c Cycle, s S) S {
	if c.Full {
		return full(m, c, 0, s)
	}
	return descend(m, c, 0, s, c.F)
}

// descend visits a level and all below it once.
func descend[S any](m Method[S], c Cycle, level int, s S, f bool) S {
	coarsest := m.Levels() - 1
	if level == coarsest {
		return m.Bottom(level, steps(c.Pre, level), s)
	}
	fine, coarse := m.Down(level, steps(c.Pre, level), s)
	coarse = descend(m, c, level+1, coarse, f)
	if c.DownOnly {
		return coarse
	}
	if level+1 < coarsest {
		if f {
			coarse = descend(m, c, level+1, coarse, false)
		}
		for range c.Gamma - 1 {
			coarse = descend(m, c, level+1, coarse, f)
		}
	}
	return m.Up(level, steps(c.Post, level), fine, coarse)
}

// full brings the data down unsmoothed, solves on the coarsest level and then,
// level by level upwards, interpolates and does a cycle from there.
func full[S any](m Method[S], c Cycle, level int, s S) S {
	if level == m.Levels()-1 {
		return m.Bottom(level, steps(c.Pre, level), s)
	}
	fine, coarse := m.Down(level, 0, s)
	coarse = full(m, c, level+1, coarse)
	return descend(m, c, level, m.Interpolate(level, fine, coarse), c.F)
}
