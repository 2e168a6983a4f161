package mgnet

// The ways R and Π go to the next coarser grid, of h×w pixels. With a model's key kernel,
// k is the 3 of conv3, and k/2 its padding. Of a signal h = 1 stays, and sizes, strides
// and padding are those along w.
//
//	conv3        3×3 convolution, stride 2, padding 1: the paper's; ⌈h/2⌉
//	conv3-inner  the same without padding, as multigrid restricts to the inner
//	             vertices of h = 2^J − 1; ⌊(h−1)/2⌋
//	conv2        2×2 convolution, stride 2; ⌊h/2⌋
//	conv1        1×1 convolution of every second pixel; ⌈h/2⌉
//	max, mean    of 2×2 pixels, then a 1×1 convolution if there are more channels; ⌊h/2⌋
//	conv-max     3×3 convolution, then the largest of 2×2; ⌊h/2⌋
//	zero         Π = 0, as in multigrid's correction scheme
//
// By default Π goes the way of R.

import (
	"fmt"

	"mgtool/tensor/graph"
)

// transfer is one of them: a pooling of 2×2 before or after a convolution.
type transfer struct {
	k, stride, pad int
	pool           string // "", "max" or "mean"
	poolFirst      bool
}

var transfers = map[string]transfer{
	"conv3": {k: 3, stride: 2, pad: 1}, "conv3-inner": {k: 3, stride: 2}, "conv2": {k: 2, stride: 2}, "conv1": {k: 1, stride: 2},
	"max": {k: 1, stride: 1, pool: "max", poolFirst: true}, "mean": {k: 1, stride: 1, pool: "mean", poolFirst: true},
	"conv-max": {k: 3, stride: 1, pad: 1, pool: "max"},
}

const zeroTransfer = "zero"

// transfer is that of a configuration's key, "" the paper's; ok is false for Π = 0.
func (c Walk) transfer(name string) (t transfer, ok bool) {
	if name == "" {
		name = "conv3"
	}
	if t, ok = transfers[name]; t.k == 3 {
		t.k = c.kernel()
		if t.pad > 0 {
			t.pad = t.k / 2
		}
	}
	return t, ok
}

// coarser is the size of the grid that t makes of h×w pixels.
func (c Walk) coarser(t transfer, h, w int) (int, int) {
	if !c.Signal {
		h = t.size(h)
	}
	return h, t.size(w)
}

// size is that of the coarse grid along one side.
func (t transfer) size(h int) int {
	if h += 2 * t.pad; h < t.k {
		return 0
	}
	h = (h-t.k)/t.stride + 1
	if t.pool != "" {
		h /= 2
	}
	return h
}

// weighs reports whether it has a convolution from one channel count to another.
func (t transfer) weighs(in, out int) bool { return !t.poolFirst || in != out }

// validateTransfers reports Rs and Πs that are not known, or do not fit the grids or
// each other.
func validateTransfers(c Walk, rKind, piKind string) error {
	known := append([]string{""}, sortedKeys(transfers)...)
	if err := firstError(oneOf("r", rKind, known...), oneOf("pi", piKind, append(known, zeroTransfer)...)); err != nil {
		return err
	}
	r, _ := c.transfer(rKind)
	pi, trained := c.transfer(piKind)
	h, w := c.finest()
	for l := range c.levels() - 1 {
		coarseH, coarseW := c.coarser(r, h, w)
		if max(h, w) < 2 || min(coarseH, coarseW) < 1 { // a side of one, as of a sequence, stays one
			fineH, fineW := c.finest()
			return fmt.Errorf("mgnet: %d levels for a finest grid of %d×%d; want fewer, since this r makes no coarser grid of %d×%d", c.levels(), fineH, fineW, h, w)
		}
		if !trained {
			pi = r
		}
		if piH, piW := c.coarser(pi, h, w); piH != coarseH || piW != coarseW {
			return fmt.Errorf("mgnet: of the %d×%d pixels of level %d, r %q makes %d×%d, and pi %q %d×%d; want one size", h, w, l, rKind, coarseH, coarseW, piKind, piH, piW)
		}
		h, w = coarseH, coarseW
	}
	return nil
}

// gridBy is the size of a level that R of this kind leads to.
func (c Walk) gridBy(rKind string, level int) (h, w int) {
	h, w = c.finest()
	t, _ := c.transfer(rKind)
	for range level {
		h, w = c.coarser(t, h, w)
	}
	return h, w
}

// transferParam makes the weights of R or Π, nil if it needs none.
func (n *Network) transferParam(op, kind, name string, in, out int) *Param {
	t, ok := n.stem.walk.transfer(kind)
	if !ok || !t.weighs(in, out) {
		return nil
	}
	return n.operator(op, name, t.k, in, out)
}

// restrict is R or Π.
func (v *nodes) restrict(kind string, p *Param) nodeMap {
	c := v.net.stem.walk
	t, ok := c.transfer(kind)
	if !ok {
		return nil
	}
	pool := map[string]nodeMap{
		"":     func(x *graph.Node) *graph.Node { return x },
		"max":  func(x *graph.Node) *graph.Node { return v.MaxPoolWindow(x, c.window(2, 2, 0)) },
		"mean": func(x *graph.Node) *graph.Node { return v.MeanPoolWindow(x, c.window(2, 2, 0).Size) },
	}[t.pool]
	conv := func(x *graph.Node) *graph.Node {
		if p == nil {
			return x
		}
		return v.convolve(x, p, t.stride, t.pad)
	}
	if p != nil && p.Depthwise { // all pixels, of which every second is taken
		return func(x *graph.Node) *graph.Node {
			x = v.Depthwise(x, v.leaf(p))
			if p.mix == nil {
				return v.MaxPoolWindow(x, c.window(1, t.stride, 0))
			}
			return v.mix(x, p, t.stride)
		}
	}
	if t.poolFirst {
		return func(x *graph.Node) *graph.Node { return conv(pool(x)) }
	}
	return func(x *graph.Node) *graph.Node { return pool(conv(x)) }
}
