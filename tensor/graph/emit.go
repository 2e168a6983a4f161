package graph

// The instructions of a program.

import (
	"fmt"
	"slices"

	gt "gorgonia.org/tensor"

	"mgtool/tensor/internal/fuse"
)

// instruction is one step of a program.
type instruction struct {
	kind   string
	param  string
	dims   gt.Shape
	macs   int64
	reads  []*value
	writes *value
	over   []*value // the reads whose memory the result may overwrite
	run    func()

	runs    int
	seconds float64
}

// emit adds the instructions of a value in memory.
func (c *compiler) emit(v *value) {
	if len(v.users) == 0 && !v.kept {
		return
	}
	switch w := v.work.(type) {
	case nil:
		c.statistics(v)
	case product:
		c.product(v, v, nil, nil)
	case weightGradient:
		c.weight(v, w)
	case sigma:
		x := v.in[0]
		if x.hidden {
			c.product(v, x, nil, w.s)
			return
		}
		c.pieces(v, v.in[:1], func(lo, hi int) { fuse.Source{X: x.data, Sigma: w.s}.Read(v.data[lo:hi], lo) })
	case sigmaGradient:
		c.back(v, v, nil)
	case sum:
		u := into(v)
		if u == nil {
			c.sum(v, w.sign)
			return
		}
		other := v.in[0]
		if u == other {
			other = v.in[1]
		}
		if _, ok := u.work.(product); ok {
			c.product(v, u, other, nil)
		} else {
			c.back(v, u, other)
		}
	case negative:
		c.pieces(v, v.in, func(lo, hi int) {
			copy(v.data[lo:hi], v.in[0].data[lo:hi])
			fuse.Negate(v.data[lo:hi])
		})
	case plain:
		c.function(v, w)
	case inPlace:
		c.function(v, plain(w)).over = v.in[:1]
	}
}

// function computes a value by a function of its inputs.
func (c *compiler) function(v *value, f plain) *instruction {
	in := make([][]float32, len(v.in))
	i := c.add(v, v.in, func() {
		for i, u := range v.in {
			in[i] = u.data
		}
		f(v.data, in)
	})
	c.statistics(v)
	return i
}

// add appends an instruction. reads may name a value several times.
func (c *compiler) add(v *value, reads []*value, run func()) *instruction {
	i := &instruction{kind: v.kind, dims: v.dims, macs: v.macs, writes: v, run: run}
	for _, u := range reads {
		if !slices.Contains(i.reads, u) {
			i.reads = append(i.reads, u)
		}
	}
	c.list = append(c.list, i)
	return i
}

// sums accumulates statistics as the parts of a value are written: its moments for
// norms of it, and sums for the gradients of norms whose output it differentiates by.
// reads are the values in memory that this takes.
type sums struct {
	add    []func(unit, lo, hi int)
	finish []func()
	reads  []*value
}

func (c *compiler) sums(v *value, units int) *sums {
	s := &sums{}
	var m *fuse.Moments
	for _, u := range v.users {
		switch w := u.work.(type) {
		case sigma:
			if u.in[0] != v || !w.train {
				continue
			}
			if m == nil {
				m = fuse.NewMomentsOf(v.channels(), units)
				s.add = append(s.add, func(unit, lo, hi int) { m.Add(unit, v.data[lo:hi]) })
			}
			s.finish = append(s.finish, func() {
				gamma, beta, theta := w.parameters(u)
				w.s.Train(m, w.statistics(), gamma, beta, theta)
			})
		case sigmaGradient:
			if u.in[0] != v {
				continue
			}
			// If v is not the caller's and has no other reader, it becomes the gradient
			// before the activation.
			x, gate := u.in[1], len(v.users) == 1 && !v.kept && v.work != nil
			g := w.s.NewGradientOf(units, w.dtheta != nil, gate)
			s.add = append(s.add, func(unit, lo, hi int) { g.Add(unit, v.data[lo:hi], x.data[lo:hi]) })
			s.finish = append(s.finish, func() {
				var gamma []float32
				if w.bn != nil {
					gamma = u.in[2].data
				}
				g.Finish(w.dgamma, w.dbeta, w.dtheta, gamma)
			})
			s.reads = append(s.reads, x)
		}
	}
	return s
}

func (s *sums) part(unit, lo, hi int) {
	for _, add := range s.add {
		add(unit, lo, hi)
	}
}

func (s *sums) end() {
	for _, finish := range s.finish {
		finish()
	}
}

// statistics adds an instruction that accumulates the sums of a value that was written
// without them.
func (c *compiler) statistics(v *value) {
	units := fuse.Units(v.channels(), v.size)
	s := c.sums(v, units)
	if len(s.add) == 0 {
		return
	}
	i := c.add(v, append([]*value{v}, s.reads...), func() {
		fuse.Pieces(v.channels(), v.size, s.part)
		s.end()
	})
	i.kind, i.writes, i.macs = "statistics", nil, 0
}

// pieces computes a value piece by piece, each from the same range of its inputs.
func (c *compiler) pieces(v *value, reads []*value, body func(lo, hi int)) *instruction {
	channels := v.channels()
	s := c.sums(v, fuse.Units(channels, v.size))
	i := c.add(v, append(slices.Clone(reads), s.reads...), func() {
		fuse.Pieces(channels, v.size, func(unit, lo, hi int) {
			body(lo, hi)
			s.part(unit, lo, hi)
		})
		s.end()
	})
	for _, u := range reads {
		if !slices.Contains(s.reads, u) { // those are read again afterwards
			i.over = append(i.over, u)
		}
	}
	return i
}

// sum computes x + sign·y, where x may be a hidden σ, and y too if sign is 1.
func (c *compiler) sum(v *value, sign int) {
	first, second := v.in[0], v.in[1]
	x, xs, _ := c.source(first)
	y, ys, _ := c.source(second)
	i := c.pieces(v, append(slices.Clone(xs), ys...), func(lo, hi int) {
		if sign < 0 {
			fuse.SubPiece(v.data[lo:hi], x(), y(), lo)
		} else {
			fuse.AddPiece(v.data[lo:hi], x(), y(), lo)
		}
	})
	// If that takes two passes, the result holds the first term before the second is
	// read, so the result may not overwrite the inputs of the second.
	if first.hidden && (second.hidden || sign < 0) {
		i.over = slices.DeleteFunc(i.over, func(u *value) bool { return slices.Contains(ys, u) })
	}
}

// back computes the gradient of a σ by its input, plus other unless it is nil.
func (c *compiler) back(v, g, other *value) {
	w := g.work.(sigmaGradient)
	dy, x := g.in[0], g.in[1]
	reads := []*value{dy, x}
	if other != nil {
		reads = append(reads, other)
	}
	i := c.pieces(v, reads, func(lo, hi int) {
		var add []float32
		if other != nil {
			add = other.data[lo:hi]
		}
		w.s.Back(v.data[lo:hi], add, dy.data[lo:hi], x.data[lo:hi])
	})
	i.kind = g.kind
}

// product computes v by the pass of q, which is v itself, a term of v beside other, or
// the argument of v = σ.
func (c *compiler) product(v, q, other *value, s *fuse.Sigma) {
	pass := q.work.(product).Pass
	x, reads, sign := c.source(q.in[0])
	if other != nil && v.work.(sum).sign < 0 {
		sign = -sign
	}
	w := c.weights(pass, q.in[1], sign)
	collected := c.sums(v, pass.Units())
	reads = append(reads, w)
	reads = append(reads, collected.reads...)
	add := func(lo, hi int) {}
	if other != nil {
		o, more, _ := c.source(other)
		reads = append(reads, more...)
		add = func(lo, hi int) { o().AddTo(v.data[lo:hi], lo) }
	}
	i := c.add(v, reads, func() {
		pass.Run(v.data, x(), w.data, func(unit, lo, hi int) {
			add(lo, hi)
			if s != nil {
				s.Apply(v.data[lo:hi])
			}
			collected.part(unit, lo, hi)
		})
		collected.end()
	})
	i.kind, i.macs, i.param = q.kind, q.macs, q.in[1].node.Name()
}

// weights returns the value of packed weights with a sign, which is computed once per
// run for all its readers.
func (c *compiler) weights(pass fuse.Pass, w *value, sign int) *value {
	key := fmt.Sprint(w.node.ID(), pass.Layout(), sign)
	if v, ok := c.packed[key]; ok {
		return v
	}
	v := &value{node: w.node, dims: gt.Shape{pass.PackedLen()}, size: pass.PackedLen()}
	c.packed[key] = v
	c.values = append(c.values, v)
	i := &instruction{kind: "pack", param: w.node.Name(), dims: v.dims, reads: []*value{w}, writes: v, run: func() {
		pass.Pack(v.data, w.data, sign)
	}}
	if c.hold && w.work == nil {
		c.packs = append(c.packs, i)
	} else {
		c.list = append(c.list, i)
	}
	return v
}

// weight computes the gradient of weights.
func (c *compiler) weight(v *value, w weightGradient) {
	dy, reads, sign := c.source(v.in[0])
	x, more, other := c.source(v.in[1])
	i := c.add(v, append(reads, more...), func() {
		w.Run(v.data, dy(), x())
		if sign*other < 0 {
			fuse.Negate(v.data)
		}
	})
	i.param = w.weights
}
