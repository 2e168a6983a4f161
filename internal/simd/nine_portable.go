package simd

// Stencils of 3×3 points in plain Go, which define the others up to rounding.

import "unsafe"

func ninePortable[T Real]() nineKernels[T] {
	return nineKernels[T]{
		mapNine: mapNinePortable[T], relaxNine: relaxNinePortable[T],
		restrictNine: restrictNinePortable[T], prolongNine: prolongNinePortable[T],
	}
}

func mapNinePortable[T Real](arg *byte, n int, _ *int32) {
	s := (*Nine[T])(unsafe.Pointer(arg))
	s.every(0, 1, 1, n)
}

func relaxNinePortable[T Real](arg *byte, first, n int, _ *int32) {
	s := (*Nine[T])(unsafe.Pointer(arg))
	s.every(first&1, 2, 1, n)
}

func restrictNinePortable[T Real](arg *byte, n int, _, _ *int32) {
	s := (*Nine[T])(unsafe.Pointer(arg))
	s.every(0, 1, 2, n)
}

// every sets every step-th value, from first on, with the middle of the stencil on the
// value stride·i of Rows.
func (s *Nine[T]) every(first, step, stride, n int) {
	c, out := s.C, row(s.Out, 0, n)
	values := stride*(n-1) + 3
	south, middle, north := row(s.Rows[0], -1, values), row(s.Rows[1], -1, values), row(s.Rows[2], -1, values)
	if s.Base == nil {
		for i := first; i < len(out); i += step {
			a, b, d := south[stride*i:][:3], middle[stride*i:][:3], north[stride*i:][:3]
			f := c[0]*a[0] + c[3]*b[0] + c[6]*d[0]
			f = f + c[1]*a[1] + c[4]*b[1] + c[7]*d[1]
			out[i] = f + c[2]*a[2] + c[5]*b[2] + c[8]*d[2]
		}
		return
	}
	base := row(s.Base, 0, n)
	for i := first; i < len(out); i += step {
		a, b, d := south[stride*i:][:3], middle[stride*i:][:3], north[stride*i:][:3]
		f := c[0]*a[0] + c[3]*b[0] + c[6]*d[0]
		f = f + s.S*base[i] + c[1]*a[1] + c[4]*b[1] + c[7]*d[1]
		out[i] = f + c[2]*a[2] + c[5]*b[2] + c[8]*d[2]
	}
}

func prolongNinePortable[T Real](u, p, q, c *T, n int, _, _ *int32) {
	w := row(c, 0, 6)
	us, ps, qs := row(u, 0, n), row(p, -1, (n+1)/2+1), row(q, -1, (n+1)/2+1)
	for i := range (n + 1) / 2 {
		us[2*i] += w[2]*ps[i] + w[5]*qs[i] + w[0]*ps[i+1] + w[3]*qs[i+1]
		if 2*i+1 < n {
			us[2*i+1] += w[1]*ps[i+1] + w[4]*qs[i+1]
		}
	}
}
