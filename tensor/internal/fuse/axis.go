package fuse

// The positions of a kernel along one axis, for a convolution and its adjoint.

// axis is one axis of a pass over feature maps from → to. A phase is every spread-th
// pixel of to; its pixel i reads its taps in a window of reach pixels of from, which
// starts at i·stride + origin.
type axis struct {
	stride, spread int
	origin, reach  int
	phases         []axisPhase
}

// axisPhase is the size pixels at, at+spread, … of to, with the taps of the kernel in
// the order of the window, from offset on.
type axisPhase struct {
	at, size, offset int
	taps             []int
}

// forwardAxis returns the axis of y = conv(x) with out pixels of y: pixel i of y reads
// i·stride − pad + s with tap s.
func forwardAxis(kernel, stride, pad, out int) axis {
	taps := make([]int, kernel)
	for s := range taps {
		taps[s] = s
	}
	return axis{stride, 1, -pad, kernel, []axisPhase{{0, out, 0, taps}}}
}

// adjointAxis returns the axis of dx from dy with in pixels of dx. Pixel r of dx
// contributes to pixel i of y by tap s where i·stride − pad + s = r. So pixels
// a + stride·i share their taps s₀ + stride·m, s₀ = (a+pad) mod stride, and read pixel
// base + i − m of dy, base = (a+pad−s₀)/stride: a convolution with stride 1 and every
// stride-th tap, in reverse order.
func adjointAxis(kernel, stride, pad, in int) axis {
	x := axis{stride: 1, spread: stride}
	last := 0
	for a := range min(stride, in) {
		s0 := (a + pad) % stride
		base := (a + pad - s0) / stride
		var taps []int
		for s := s0; s < kernel; s += stride {
			taps = append([]int{s}, taps...)
		}
		first := base - len(taps) + 1
		if len(taps) > 0 {
			if x.reach == 0 {
				x.origin, last, x.reach = first, base, 1
			}
			x.origin, last = min(x.origin, first), max(last, base)
		}
		x.phases = append(x.phases, axisPhase{a, (in - a + stride - 1) / stride, first, taps})
	}
	x.reach = last - x.origin + 1
	for i := range x.phases {
		x.phases[i].offset -= x.origin
	}
	return x
}

// size returns the number of pixels of the largest phase, the first.
func (x axis) size() int { return x.phases[0].size }

// window returns the number of pixels of from that the first n pixels of each phase read.
func (x axis) window(n int) int { return (n-1)*x.stride + x.reach }
