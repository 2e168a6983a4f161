package cycle

// A walk over a method.

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

// Run does one cycle from the state s of the finest level and returns the state it ends
// in: of the finest level, or of the coarsest if c.DownOnly.
func Run[S any](m Method[S], c Cycle, s S) S {
	states := make([]S, m.Levels())
	states[0] = s
	for leg := range c.Legs(len(states)) {
		at := states[leg.Level:]
		switch leg.Kind {
		case Down:
			at[0], at[1] = m.Down(leg.Level, leg.Steps, at[0])
		case Bottom:
			at[0] = m.Bottom(leg.Level, leg.Steps, at[0])
		case Up:
			at[0] = m.Up(leg.Level, leg.Steps, at[0], at[1])
		case Interpolate:
			at[0] = m.Interpolate(leg.Level, at[0], at[1])
		}
	}
	if c.DownOnly {
		return states[len(states)-1]
	}
	return states[0]
}
