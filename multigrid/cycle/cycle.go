// Package cycle is the walk over grids that multigrid and MgNet share, for any method
// and any vector space. It needs nothing else of the project.
//
// A level has a feature u, data g and the residual r = g − A u. The walk is
//
//	smooth      d = σ₂(B σ₁(r));   u += d;   r −= A d
//	restrict    r' = σ_R(R r);     u' = σ_Π(Π u)
//	bottom      solve A d = r;     u += d              (or smooth there)
//	prolong     d = P(u' − u'₀);   u += d;   r −= A d
//
// With σ = identity and Π = 0 it is the classical correction scheme. With
// σ = ReLU∘BN, trained operators and no way back it is MgNet (He & Xu, Sci. China
// Math. 62, 2019, in the residual form of their theorem, eqs. 26–27 of the lectures).
//
// A [Cycle] is the schedule as data: [Cycle.Legs] unrolls it to a list of legs, the one
// place that knows their order. [Run] walks the legs over a [Method]; a method that
// works on numbers may rewrite the list first, for instance to join the end of a cycle
// with the start of the next. The [Reference] is the formula above over any vector
// space: networks are built with it, and faster methods are tested against it.
package cycle

import "fmt"

// Cycle is the schedule of a walk.
type Cycle struct {
	// Pre and Post are the smoothing steps on the way down and up, finest level
	// first. The last entry serves all deeper levels; an empty list means no steps.
	// A method that smooths on the coarsest level takes Pre there.
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

// ParseCycle returns the cycle known as v, w, f or fmg with pre and post smoothing
// steps on every level.
func ParseCycle(name string, pre, post int) (Cycle, error) {
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
		return Cycle{}, fmt.Errorf("cycle: unknown cycle %q; known: v, w, f, fmg", name)
	}
	return c, c.Validate()
}

// Validate reports the first entry that makes no sense.
func (c Cycle) Validate() error {
	for _, steps := range [][]int{c.Pre, c.Post} {
		for level, k := range steps {
			if k < 0 || k > 1000 {
				return fmt.Errorf("cycle: %d smoothing steps on level %d; want 0 to 1000", k, level)
			}
		}
	}
	if c.Gamma < 0 || c.Gamma > 4 {
		return fmt.Errorf("cycle: cycle index gamma %d; want 1 (V), 2 (W), at most 4", c.Gamma)
	}
	if c.DownOnly && c.Full {
		return fmt.Errorf("cycle: a cycle cannot be both full and down-only")
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
