package simd

// Stencils of 3×3 points in plain Go. The assembly agrees with them up to rounding.

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

// every sets every step-th value from first on. The centre of the stencil for value i lies
// on value stride·i of Rows.
func (s *Nine[T]) every(first, step, stride, n int) {
	c0, c1, c2, c3, c4, c5, c6, c7, c8 := s.C[0], s.C[1], s.C[2], s.C[3], s.C[4], s.C[5], s.C[6], s.C[7], s.C[8]
	values := stride*(n-1) + 3
	south, middle, north := row(s.Rows[0], -1, values), row(s.Rows[1], -1, values), row(s.Rows[2], -1, values)
	out, base, scale := row(s.Out, 0, n), []T(nil), s.S
	if s.Base != nil {
		base = row(s.Base, 0, n)
	}
	for i := first; i < n; i += step {
		at := stride * i
		x, y, z := south[at:at+3:at+3], middle[at:at+3:at+3], north[at:at+3:at+3]
		f := c0*x[0] + c3*y[0] + c6*z[0]
		if base != nil {
			f += scale * base[i]
		}
		f = f + c1*x[1] + c4*y[1] + c7*z[1]
		out[i] = f + c2*x[2] + c5*y[2] + c8*z[2]
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
