package cycle

// A look at the states of a walk.

// Point is where in a walk a state is seen.
type Point string

// The points.
const (
	Start      Point = "start"       // what the level above has handed down
	WayDown    Point = "down"        // smoothed on the way down
	AtBottom   Point = "bottom"      // solved, or smoothed, on the coarsest level
	WayUp      Point = "up"          // corrected and smoothed on the way up
	FirstGuess Point = "first guess" // interpolated, in full multigrid
)

// Watch returns a Method that does what m does and shows see every state that m
// returns, in the order of the walk; the one that [Run] is given is not among them.
// Of a method that works in place a state is a handle, to be read before see
// returns.
func Watch[S any](m Method[S], see func(level int, at Point, s S)) Method[S] {
	return watched[S]{m, see}
}

type watched[S any] struct {
	Method[S]
	see func(level int, at Point, s S)
}

// Down implements [Method].
func (w watched[S]) Down(level, pre int, s S) (fine, coarse S) {
	fine, coarse = w.Method.Down(level, pre, s)
	w.see(level, WayDown, fine)
	w.see(level+1, Start, coarse)
	return fine, coarse
}

// Bottom implements [Method].
func (w watched[S]) Bottom(level, pre int, s S) S {
	s = w.Method.Bottom(level, pre, s)
	w.see(level, AtBottom, s)
	return s
}

// Up implements [Method].
func (w watched[S]) Up(level, post int, fine, coarse S) S {
	s := w.Method.Up(level, post, fine, coarse)
	w.see(level, WayUp, s)
	return s
}

// Interpolate implements [Method].
func (w watched[S]) Interpolate(level int, fine, coarse S) S {
	s := w.Method.Interpolate(level, fine, coarse)
	w.see(level, FirstGuess, s)
	return s
}
