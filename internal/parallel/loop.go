package parallel

// loop is one call: units of work and one of three kinds of body. It is a struct
// because a func(worker, unit) that wraps the body would be allocated at every call.
type loop struct {
	units int
	n     int // length of the range that is cut for piece and block
	piece func(lo, hi int)
	block func(block, lo, hi int)
	each  func(worker, unit int)
}

func (l *loop) do(worker, unit int) {
	switch {
	case l.each != nil:
		l.each(worker, unit)
	case l.block != nil:
		l.block(unit, unit*l.n/l.units, (unit+1)*l.n/l.units)
	default:
		l.piece(unit*l.n/l.units, (unit+1)*l.n/l.units)
	}
}
