package graph

// From a graph to instructions: what is computed on its own, and what on the way
// of something else.

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"
	gt "gorgonia.org/tensor"

	"mgtool/tensor"
)

// work is what an operation computes: one of the types below.
type work interface{}

type (
	product        struct{ tensor.Pass }       // inputs x, w
	weightGradient struct{ tensor.WeightPass } // inputs dy, x
	sigma          struct{ *norm }             // inputs x, γ, β
	sigmaGradient  struct{ *norm }             // inputs dy, x, γ
	// sigmaParameter is what the gradient by x has left in a slice.
	sigmaParameter struct {
		*norm
		left []float32
	}
	sum      struct{ sign int } // x + sign·y
	negative struct{}           // −x
	// plain is a function of its inputs.
	plain func(out []float32, in [][]float32)
)

// norm is a batch norm with its limit, in one place of the graph.
type norm struct {
	bn            *tensor.BatchNorm
	low           float32
	train         bool
	s             *tensor.Sigma
	dgamma, dbeta []float32
}

// value is what a node stands for in a program.
type value struct {
	node  *Node
	dims  gt.Shape
	size  int
	work  work // nil for a leaf
	kind  string
	macs  int64
	in    []*value
	users []*value

	kept   bool // readable after the run
	hidden bool // never in memory: its users make it as they read
	data   []float32
	place  *place
}

// channels is the length of the last axis.
func (v *value) channels() int { return v.dims[v.dims.Dims()-1] }

// instruction is one step of a program.
type instruction struct {
	kind   string
	param  string
	dims   gt.Shape
	macs   int64
	reads  []*value
	writes *value
	over   []*value // of the reads, those whose memory the result may take
	run    func()

	runs    int
	seconds float64
}

type compiler struct {
	values  []*value // in the order they can be computed in
	of      map[*Node]*value
	list    []*instruction
	prepare []func() // before a run, or once with Hold
	packs   []*instruction
	packed  map[string]*value
	hold    bool
}

// compile makes a program of what the root, the gradients and the kept nodes need.
func compile(g *gorgonia.ExprGraph, root *Node, grads map[string]*Node, b *Builder) (*Program, error) {
	c := &compiler{of: map[*Node]*value{}, packed: map[string]*value{}, hold: b.hold}
	if err := c.read(g); err != nil {
		return nil, err
	}
	p := &Program{root: c.of[root], grads: map[string]*value{}, kept: map[*Node]*value{}}
	for name, n := range grads {
		p.grads[name] = c.of[n]
		c.of[n].kept = true
	}
	for _, n := range b.kept {
		p.kept[n] = c.of[n]
		c.of[n].kept = true
	}
	p.root.kept = true
	if err := c.norms(); err != nil {
		return nil, err
	}
	for _, v := range c.values {
		v.hidden = hides(v)
	}
	for _, v := range c.values {
		if !v.hidden {
			c.emit(v)
		}
	}
	p.list, p.prepare, p.packs, p.hold = c.list, c.prepare, c.packs, c.hold
	p.steps = c.steps()
	if err := p.plan(c.values); err != nil {
		return nil, err
	}
	p.Update()
	return p, nil
}

// read makes the values of a graph. Gorgonia numbers nodes as they are made, and
// so inputs before what is made of them.
func (c *compiler) read(g *gorgonia.ExprGraph) error {
	nodes := slices.Clone(g.AllNodes())
	slices.SortFunc(nodes, func(x, y *Node) int { return int(x.ID() - y.ID()) })
	for _, n := range nodes {
		v := &value{node: n, dims: n.Shape(), size: max(1, n.Shape().TotalSize())}
		var inputs []*Node
		switch o := n.Op().(type) {
		case *op:
			v.work, v.kind, v.macs, inputs = o.work, o.kind, o.macs, o.inputs
			if left, ok := o.work.(sigmaParameter); ok {
				v.data = left.left
			}
		default:
			for it := g.From(n.ID()); it.Next(); {
				inputs = append(inputs, it.Node().(*Node))
			}
			switch {
			case len(inputs) == 0: // a leaf, or the 1 that a derivation starts with
				var err error
				if v.data, err = floats(n.Value()); err != nil {
					return fmt.Errorf("graph: %v: %w", n.Name(), err)
				}
			case strings.HasPrefix(n.Op().String(), "+") && len(inputs) <= 2:
				// A sum of gradients, which Gorgonia makes; x + x is one edge.
				v.work, v.kind = sum{1}, "add"
				inputs = []*Node{inputs[0], inputs[len(inputs)-1]}
				slices.SortFunc(inputs, func(x, y *Node) int { return int(x.ID() - y.ID()) })
			default:
				return fmt.Errorf("graph: Gorgonia's %v is not among the operations here", n.Op())
			}
		}
		for _, i := range inputs {
			u := c.of[i]
			v.in = append(v.in, u)
			if _, only := v.work.(sigmaParameter); !only { // which waits for u, and does not read it
				u.users = append(u.users, v)
			}
		}
		c.of[n] = v
		c.values = append(c.values, v)
	}
	return nil
}

// steps lists the operations as they were asked for, whatever they are fused to.
func (c *compiler) steps() []Step {
	var list []Step
	for _, v := range c.values {
		if o, ok := v.node.Op().(*op); ok {
			s := Step{Op: o.kind, Shape: o.dims, MACs: o.macs}
			if len(o.inputs) > 1 && o.inputs[1].Op() == nil {
				s.Param = o.inputs[1].Name()
			}
			list = append(list, s)
		}
	}
	return list
}

// norms gives every σ its state. Running statistics are taken before a run, those
// of a batch come from whoever writes x.
func (c *compiler) norms() error {
	seen := map[*tensor.BatchNorm]bool{}
	for _, v := range c.values {
		w, ok := v.work.(sigma)
		if !ok {
			continue
		}
		if w.train && seen[w.bn] {
			return fmt.Errorf("graph: a batch norm of %d channels serves two nodes of the graph; want one for each", w.bn.C)
		}
		seen[w.bn] = true
		w.s = tensor.NewSigma(w.bn, w.low)
		if gamma, beta := v.in[1], v.in[2]; !w.train {
			c.prepare = append(c.prepare, func() { w.s.Evaluate(gamma.data, beta.data) })
		}
	}
	return nil
}

// hides reports whether a value need not be in memory, because all that read it
// can make it from what it is made of, or make it as part of what they write.
func hides(v *value) bool {
	if v.kept || len(v.users) == 0 {
		return false
	}
	all := func(may func(u *value) bool) bool {
		return !slices.ContainsFunc(v.users, func(u *value) bool { return !may(u) })
	}
	switch w := v.work.(type) {
	case sigma:
		// In evaluation the convolution that makes x applies it, once.
		return !(!w.train && only(v.in[0])) &&
			all(func(u *value) bool { return readsMapped(u, v) || addend(u, v) })
	case sigmaGradient:
		return all(func(u *value) bool { return readsMapped(u, v) }) || into(v.users[0]) == v
	case negative:
		return all(func(u *value) bool { return readsMapped(u, v) })
	case product:
		u := v.users[0]
		s, ok := u.work.(sigma)
		return into(u) == v || ok && !s.train && only(v)
	}
	return false
}

// only reports whether v is a product that a single user reads.
func only(v *value) bool {
	_, ok := v.work.(product)
	return ok && !v.kept && len(v.users) == 1
}

// readsMapped reports whether u reads v, feature maps, through a tensor.Source.
func readsMapped(u, v *value) bool {
	switch u.work.(type) {
	case product:
		return u.in[0] == v && u.in[1] != v
	case weightGradient:
		return true
	}
	return false
}

// addend reports whether u is a sum that can apply the σ of v as it adds it.
func addend(u, v *value) bool {
	s, ok := u.work.(sum)
	if !ok || u.in[0] == u.in[1] || s.sign < 0 && u.in[0] != v {
		return false
	}
	if q := into(u); q != nil {
		_, ok := q.work.(product)
		return ok
	}
	return true
}

// into returns which input of a sum is computed as part of it: a convolution or
// the gradient of a σ that nobody else reads, nil if none is.
func into(u *value) *value {
	s, ok := u.work.(sum)
	if !ok || u.in[0] == u.in[1] {
		return nil
	}
	for i := 1; i >= 0; i-- { // the later one: the other is there by then
		v := u.in[i]
		if v.kept || len(v.users) > 1 || i == 0 && s.sign < 0 {
			continue
		}
		switch v.work.(type) {
		case product:
			return v
		case sigmaGradient:
			if s.sign > 0 {
				return v
			}
		}
	}
	return nil
}

// source is how a value is read, with what is in memory for it; negated values
// are read with the opposite sign.
func (c *compiler) source(v *value) (read func() tensor.Source, reads []*value, sign int) {
	if v.hidden {
		switch w := v.work.(type) {
		case negative:
			read, reads, sign = c.source(v.in[0])
			return read, reads, -sign
		case sigma:
			x := v.in[0]
			return func() tensor.Source { return tensor.Source{X: x.data, Sigma: w.s} }, []*value{x}, 1
		case sigmaGradient:
			dy, x := v.in[0], v.in[1]
			return func() tensor.Source { return tensor.Source{X: dy.data, Sigma: w.s, Before: x.data} }, []*value{dy, x}, 1
		}
	}
	return func() tensor.Source { return tensor.Source{X: v.data} }, []*value{v}, 1
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
		c.pieces(v, v.in[:1], func(lo, hi int) { tensor.Source{X: x.data, Sigma: w.s}.Read(v.data[lo:hi], lo) })
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
			tensor.Negate(v.data[lo:hi])
		})
	case plain:
		in := make([][]float32, len(v.in))
		c.add(v, v.in, func() {
			for i, u := range v.in {
				in[i] = u.data
			}
			w(v.data, in)
		})
		c.statistics(v)
	}
}

// add appends an instruction.
func (c *compiler) add(v *value, reads []*value, run func()) *instruction {
	i := &instruction{kind: v.kind, dims: v.dims, macs: v.macs, reads: slices.Clone(reads), writes: v, run: run}
	c.list = append(c.list, i)
	return i
}

// sums is what is collected while the parts of a value are written: the moments
// for norms of it, and sums for gradients of norms by it. reads is what that
// takes in memory.
type sums struct {
	add    []func(unit, lo, hi int)
	finish []func()
	reads  []*value
}

func (c *compiler) sums(v *value, units int) *sums {
	s := &sums{}
	var m *tensor.Moments
	for _, u := range v.users {
		switch w := u.work.(type) {
		case sigma:
			if u.in[0] != v || !w.train {
				continue
			}
			if m == nil {
				m = tensor.NewMomentsOf(v.channels(), units)
				s.add = append(s.add, func(unit, lo, hi int) { m.Add(unit, v.data[lo:hi]) })
			}
			gamma, beta := u.in[1], u.in[2]
			s.finish = append(s.finish, func() { w.s.Train(m, gamma.data, beta.data) })
		case sigmaGradient:
			if u.in[0] != v {
				continue
			}
			x, gamma := u.in[1], u.in[2]
			g := w.s.NewGradientOf(units)
			s.add = append(s.add, func(unit, lo, hi int) { g.Add(unit, v.data[lo:hi], x.data[lo:hi]) })
			s.finish = append(s.finish, func() { g.Finish(w.dgamma, w.dbeta, gamma.data) })
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

// statistics collects the sums of a value that was written without.
func (c *compiler) statistics(v *value) {
	if v.dims.Dims() == 0 {
		return
	}
	units := tensor.Units(v.channels(), v.size)
	s := c.sums(v, units)
	if len(s.add) == 0 {
		return
	}
	i := c.add(v, append([]*value{v}, s.reads...), func() {
		tensor.Pieces(v.channels(), v.size, s.part)
		s.end()
	})
	i.kind, i.writes, i.macs = "statistics", nil, 0
}

// pieces computes a value piece by piece, each from the same place of its inputs.
func (c *compiler) pieces(v *value, reads []*value, body func(lo, hi int)) *instruction {
	channels := 1
	if v.dims.Dims() > 0 {
		channels = v.channels()
	}
	s := c.sums(v, tensor.Units(channels, v.size))
	i := c.add(v, append(slices.Clone(reads), s.reads...), func() {
		tensor.Pieces(channels, v.size, func(unit, lo, hi int) {
			body(lo, hi)
			s.part(unit, lo, hi)
		})
		s.end()
	})
	for _, u := range reads {
		if !slices.Contains(s.reads, u) { // which are read again after
			i.over = append(i.over, u)
		}
	}
	return i
}

// sum computes x + sign·y, either of which may be a hidden σ.
func (c *compiler) sum(v *value, sign int) {
	first, second := v.in[0], v.in[1]
	if second.hidden {
		first, second = second, first // then the other, if hidden, is added
	}
	x, xs, _ := c.source(first)
	y, ys, _ := c.source(second)
	i := c.pieces(v, append(xs, ys...), func(lo, hi int) {
		if sign < 0 {
			tensor.SubPiece(v.data[lo:hi], x(), y(), lo)
		} else {
			tensor.AddPiece(v.data[lo:hi], x(), y(), lo)
		}
	})
	// The first is read into the result before the second is added.
	if first.hidden {
		i.over = slices.DeleteFunc(i.over, func(u *value) bool { return !slices.Contains(xs, u) })
	}
}

// back computes the gradient of a σ by its input, plus other if there is one.
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

// product computes v by the pass of q: v itself, or what v is a sum of, with
// other, or a σ of.
func (c *compiler) product(v, q, other *value, s *tensor.Sigma) {
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

// weights is a value for packed weights with a sign, made once a run for all that
// read them.
func (c *compiler) weights(pass tensor.Pass, w *value, sign int) *value {
	key := fmt.Sprint(w.node.ID(), pass.Layout, sign)
	if v, ok := c.packed[key]; ok {
		return v
	}
	v := &value{node: w.node, dims: gt.Shape{pass.PackedLen()}, size: pass.PackedLen()}
	c.packed[key] = v
	c.values = append(c.values, v)
	i := &instruction{kind: "pack", param: w.node.Name(), dims: v.dims, reads: []*value{w}, writes: v, run: func() {
		pass.Pack(v.data, w.data)
		if sign < 0 {
			tensor.Negate(v.data)
		}
	}}
	if c.hold && w.work == nil {
		v.data = make([]float32, v.size)
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
	c.add(v, append(reads, more...), func() {
		w.Run(v.data, dy(), x())
		if sign*other < 0 {
			tensor.Negate(v.data)
		}
	})
}
