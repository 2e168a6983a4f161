package multigrid

// How a walk ends early.

// stopWork is how many values a worker processes between two checks whether to stop: well
// under a millisecond, of which the check takes less than a thousandth.
const stopWork = 1 << 16

// setStop begins a walk that ends early once stop returns true; any worker may call it.
// What a leg has not done by then stays undone, and the legs after it do nothing: u
// has the same size as before, but is neither the last nor the next iterate, and no
// norm is taken of it.
func (f *hierarchy[T]) setStop(stop func() bool) {
	f.stop = stop
	f.stopped.Store(false)
}

// interrupted reports whether the walk was ended early.
func (f *hierarchy[T]) interrupted() bool { return f.stopped.Load() }

// ends asks whether the walk is to end.
func (f *hierarchy[T]) ends() bool {
	if !f.stopped.Load() && f.stop != nil && f.stop() {
		f.stopped.Store(true)
	}
	return f.stopped.Load()
}

// ends asks every stopWork values; values is how many more the worker has done.
func (d *scratch[T]) ends(f *hierarchy[T], values int) bool {
	if d.since += values; d.since < stopWork {
		return false
	}
	d.since = 0
	return f.ends()
}

// rowValues is how many values of a slab are done together in a strip of rows.
func (l *level[T]) rowValues(strip int) int {
	switch l.dim {
	case 1:
		return piece
	case 2:
		return l.N[0]
	}
	return l.N[0] * min(strip, l.N[1])
}
