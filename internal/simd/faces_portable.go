package simd

// Stencils with coefficients of faces in plain Go. The assembly agrees with them up to
// rounding.

import "unsafe"

func facesPortable[T Real]() facesKernels {
	relax, norms, residual := relaxFacesPortable[T], relaxNormsFacesPortable[T], residualFacesPortable[T]
	return facesKernels{
		[3]func(*byte, int, int, *int32){relax, relax, relax},
		[3]func(*byte, int, int, *int32) (float64, float64){norms, norms, norms},
		[3]func(*byte, int, *int32) float64{residual, residual, residual},
	}
}

// facesPiece is the residual and the diagonal of some values of a row, summed term by term.
type facesPiece[T Real] struct{ r, d [256]T }

// set works out n values from index at on. Relaxing a colour does not change what a
// later piece takes for its own.
func (p *facesPiece[T]) set(s *Faces[T], at, n int) (r, d []T) {
	r, d = p.r[:n], p.d[:n]
	copy(r, row(s.G, at, n))
	clear(d)
	u := row(s.U, at, n)
	flux := func(face, value *T, shift int) {
		f, x := row(face, at+max(shift, 0), n), row(value, at+shift, n)
		for i, v := range u {
			r[i] -= f[i] * (v - x[i])
			d[i] += f[i]
		}
	}
	flux(s.West, s.U, -1)
	flux(s.West, s.U, 1)
	if s.South != nil {
		flux(s.FaceSouth, s.South, 0)
		flux(s.FaceNorth, s.North, 0)
	}
	if s.Below != nil {
		flux(s.FaceBelow, s.Below, 0)
		flux(s.FaceAbove, s.Above, 0)
	}
	if s.C != nil {
		for i, c := range row(s.C, at, n) {
			r[i] -= c * u[i]
			d[i] += c
		}
	}
	return r, d
}

func relaxFacesPortable[T Real](arg *byte, first, n int, mask *int32) {
	relaxNormsFacesPortable[T](arg, first, n, mask)
}

func relaxNormsFacesPortable[T Real](arg *byte, first, n int, _ *int32) (rr, uu float64) {
	s := (*Faces[T])(unsafe.Pointer(arg))
	var p facesPiece[T]
	step := 2
	if first == Every {
		first, step = 0, 1
	}
	for at := 0; at < n; at += len(p.r) { // an even number: pieces begin with the same colour
		r, d := p.set(s, at, min(len(p.r), n-at))
		u, out := row(s.U, at, len(r)), row(s.Out, at, len(r))
		if &u[0] != &out[0] {
			copy(out, u)
		}
		for i := first; i < len(r); i += step {
			out[i] = u[i] + s.W*r[i]/d[i]
			rr += float64(r[i]) * float64(r[i])
		}
		uu += squaresPortable(out)
	}
	return rr, uu
}

func residualFacesPortable[T Real](arg *byte, n int, _ *int32) (sum float64) {
	s := (*Faces[T])(unsafe.Pointer(arg))
	var p facesPiece[T]
	for at := 0; at < n; at += len(p.r) {
		r, _ := p.set(s, at, min(len(p.r), n-at))
		copy(row(s.Out, at, len(r)), r)
		sum += squaresPortable(r)
	}
	return sum
}
