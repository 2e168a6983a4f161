package mgnet

// The kernels of A, B, R, Π and P, k×k or for sequences 1×k: trained or given, dense or a
// stencil a channel.
//
// A depthwise kernel s may have a 1×1 convolution M behind it. Then the operator is
//
//	y_o = Σ_i M_io (s_i * x_i),
//
// a stencil that is applied to each channel i, and a mixing of the channels: with a fixed
// s, what is left to train of a convolution is M.

import (
	"fmt"
	"slices"

	"mgtool/tensor/graph"
)

// operators are the names that Fixed and Begin know, depthwiseOperators those that
// Depthwise knows.
var (
	operators          = []string{"A", "B", "R", "P", "Pi"}
	depthwiseOperators = []string{"A", "B", "R", "Pi"}
)

// validateKernels reports the first kernel that is not known, or is two things at once.
func (c MgNet) validateKernels() error {
	var errs []error
	oneCount := len(slices.Compact(slices.Clone(c.Channels))) == 1
	kinds := map[string]string{"R": c.R, "Pi": c.piKind()}
	for _, op := range c.Depthwise {
		errs = append(errs, oneOf("depthwise", op, depthwiseOperators...))
		kind, transfers := kinds[op]
		switch {
		case transfers && kind != "" && kind != "conv3":
			errs = append(errs, fmt.Errorf("mgnet: depthwise %s with %q; want conv3", op, kind))
		case transfers && c.Mixed[op] == "" && !oneCount:
			errs = append(errs, fmt.Errorf("mgnet: depthwise %s without mixing, with channels %v; want one channel count on all levels", op, c.Channels))
		}
	}
	for _, op := range sortedKeys(c.Mixed) {
		if !slices.Contains(c.Depthwise, op) {
			errs = append(errs, fmt.Errorf("mgnet: mixed %s that is not depthwise; want it in depthwise too: a dense kernel mixes by itself", op))
		}
		errs = append(errs, oneOf("mixed "+op, c.Mixed[op], "he", "identity"))
	}
	stencils := func(what string, list map[string][]float64) {
		for _, op := range sortedKeys(list) {
			errs = append(errs, oneOf(what+" operator", op, operators...))
			if size := c.window(c.kernel(), 1, 0).Size; len(list[op]) != size[0]*size[1] {
				errs = append(errs, fmt.Errorf("mgnet: %s %s has %d values; want a %d×%d stencil, %d", what, op, len(list[op]), size[0], size[1], size[0]*size[1]))
			}
			if t, ok := c.transfer(kinds[op]); !ok || t.k != c.kernel() {
				errs = append(errs, fmt.Errorf("mgnet: %s %s with %q; want a convolution with the kernel of the model, conv3 or conv3-inner", what, op, kinds[op]))
			}
		}
	}
	stencils("fixed", c.Fixed)
	stencils("begin", c.Begin)
	for _, op := range sortedKeys(c.Fixed) {
		if op != "A" && op != "B" && !oneCount && !slices.Contains(c.Depthwise, op) {
			errs = append(errs, fmt.Errorf("mgnet: fixed %s with channels %v; a stencil a channel wants one channel count on all levels", op, c.Channels))
		}
		if _, begun := c.Begin[op]; begun || slices.Contains(c.Frozen, op) {
			errs = append(errs, fmt.Errorf("mgnet: %s is fixed, and frozen or begun; want one of these", op))
		}
	}
	for _, op := range c.Frozen {
		errs = append(errs, oneOf("frozen", op, operators...))
		if _, begun := c.Begin[op]; begun {
			errs = append(errs, fmt.Errorf("mgnet: %s is frozen and begun; want it fixed, with that stencil, or one of these", op))
		}
	}
	return firstError(errs...)
}

// kernel makes a kernel of the given width, k×k or 1×k.
func (n *Network) kernel(name string, init initializer, k, in, out int) *Param {
	size := n.stem.walk.window(k, 1, 0).Size
	p := n.addParam(name, init, size[0], size[1], in, out)
	p.Signal = n.stem.walk.Signal
	return p
}

// operator makes a kernel of width k, in × out. A dense one that is fixed has its stencil
// on the diagonal, which is the stencil applied to each channel alone.
func (n *Network) operator(op, name string, k, in, out int) *Param {
	init, depthwise := n.initializer(op), slices.Contains(n.depthwise, op)
	reads, makes := in, out
	if depthwise {
		reads, makes = 1, in
		if n.start == "dirac" && (op == "A" || op == "B") {
			init = centre
		}
	}
	stencil, fixed := n.fixed[op]
	begin, begun := n.begin[op]
	switch {
	case fixed && depthwise:
		init = onEach(stencil)
	case fixed:
		init = diagonal(stencil)
	case begun && depthwise:
		init = onEach(begin)
	case begun:
		init = diagonalFirst(begin)
	}
	p := n.kernel(name, init, k, reads, makes)
	p.Depthwise = depthwise
	p.Drawn = slices.Contains(n.frozen, op)
	p.Fixed = fixed || p.Drawn
	if how := n.mixed[op]; how != "" {
		mixing := initializer(he)
		if how == "identity" {
			mixing = dirac
		}
		p.mix = n.kernel(name+".mix", mixing, 1, in, out)
	}
	return p
}

// mix is the 1×1 convolution behind a depthwise kernel, of every stride-th pixel, or
// nothing.
func (v *nodes) mix(x *graph.Node, p *Param, stride int) *graph.Node {
	if p.mix == nil {
		return x
	}
	return v.convolve(x, p.mix, stride, 0)
}

// convolve is the convolution with a kernel of the walk. Of a signal, stride and pad are
// along its row.
func (v *nodes) convolve(x *graph.Node, p *Param, stride, pad int) *graph.Node {
	w := v.net.stem.walk.window(1, stride, pad)
	return v.ConvWindow(x, v.leaf(p), w.Stride, w.Pad)
}
