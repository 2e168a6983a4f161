package simd

// Stencils in plain Go. The assembly agrees with them up to rounding.

import "unsafe"

var gridsPortable = gridKernels{portableGrid[float32](), portableGrid[float64](), mixedPortable}

func portableGrid[T Real]() GridKernels[T] {
	return GridKernels[T]{
		stencilKernels{
			relax5: relax5Portable[T], relax7: relax7Portable[T],
			relaxNorms5: relaxNorms5Portable[T], relaxNorms7: relaxNorms7Portable[T],
			map5: map5Portable[T], map7: map7Portable[T],
			norms5: norms5Portable[T], norms7: norms7Portable[T],
		},
		transferPortable[T](),
		ninePortable[T](),
		varyingPortable[T](),
		facesPortable[T](),
	}
}

// row is the n values from p[from] on.
func row[T Real](p *T, from, n int) []T {
	return unsafe.Slice(value(p, from), n)
}

// pairs is the n pairs of values from p[from] on.
func pairs[T Real](p *T, from, n int) [][2]T {
	return unsafe.Slice((*[2]T)(unsafe.Pointer(value(p, from))), n)
}

func relax5Portable[T Real](arg *byte, first, n int, _ *int32) {
	s := (*Stencil[T])(unsafe.Pointer(arg))
	a, q, x, y := s.A, s.Q, s.X, s.Y
	west, u, east := row(s.U, -1, n), row(s.U, 0, n), row(s.U, 1, n)
	g, south, north := row(s.G, 0, n), row(s.South, 0, n), row(s.North, 0, n)
	for i := uint(first) & 1; i < uint(len(u)); i += 2 {
		u[i] = x*(west[i]+east[i]) + y*(south[i]+north[i]) + q*g[i] + a*u[i]
	}
}

func relax7Portable[T Real](arg *byte, first, n int, _ *int32) {
	s := (*Stencil[T])(unsafe.Pointer(arg))
	a, q, x, y, z := s.A, s.Q, s.X, s.Y, s.Z
	west, u, east := row(s.U, -1, n), row(s.U, 0, n), row(s.U, 1, n)
	g, south, north := row(s.G, 0, n), row(s.South, 0, n), row(s.North, 0, n)
	below, above := row(s.Below, 0, n), row(s.Above, 0, n)
	for i := uint(first) & 1; i < uint(len(u)); i += 2 {
		u[i] = x*(west[i]+east[i]) + y*(south[i]+north[i]) + z*(below[i]+above[i]) + q*g[i] + a*u[i]
	}
}

func relaxNorms5Portable[T Real](arg *byte, first, n int, _ *int32) (dd, uu float64) {
	s := (*Stencil[T])(unsafe.Pointer(arg))
	a, q, x, y := s.A, s.Q, s.X, s.Y
	west, u, east := row(s.U, -1, n), row(s.U, 0, n), row(s.U, 1, n)
	g, south, north := row(s.G, 0, n), row(s.South, 0, n), row(s.North, 0, n)
	for i := uint(first) & 1; i < uint(len(u)); i += 2 {
		v := x*(west[i]+east[i]) + y*(south[i]+north[i]) + q*g[i] + a*u[i]
		d := v - u[i]
		u[i] = v
		dd += float64(d) * float64(d)
	}
	return dd, squaresPortable(u)
}

func relaxNorms7Portable[T Real](arg *byte, first, n int, _ *int32) (dd, uu float64) {
	s := (*Stencil[T])(unsafe.Pointer(arg))
	a, q, x, y, z := s.A, s.Q, s.X, s.Y, s.Z
	west, u, east := row(s.U, -1, n), row(s.U, 0, n), row(s.U, 1, n)
	g, south, north := row(s.G, 0, n), row(s.South, 0, n), row(s.North, 0, n)
	below, above := row(s.Below, 0, n), row(s.Above, 0, n)
	for i := uint(first) & 1; i < uint(len(u)); i += 2 {
		v := x*(west[i]+east[i]) + y*(south[i]+north[i]) + z*(below[i]+above[i]) + q*g[i] + a*u[i]
		d := v - u[i]
		u[i] = v
		dd += float64(d) * float64(d)
	}
	return dd, squaresPortable(u)
}

func squaresPortable[T Real](u []T) (sum float64) {
	for _, v := range u {
		sum += float64(v) * float64(v)
	}
	return sum
}

func map5Portable[T Real](arg *byte, n int, _ *int32) (sum float64) {
	s := (*Stencil[T])(unsafe.Pointer(arg))
	a, q, x, y := s.A, s.Q, s.X, s.Y
	west, u, east := row(s.U, -1, n), row(s.U, 0, n), row(s.U, 1, n)
	g, south, north := row(s.G, 0, n), row(s.South, 0, n), row(s.North, 0, n)
	out := row(s.Out, 0, n)
	for i := range u {
		f := x*(west[i]+east[i]) + y*(south[i]+north[i]) + q*g[i] + a*u[i]
		out[i] = f
		sum += float64(f) * float64(f)
	}
	return sum
}

func map7Portable[T Real](arg *byte, n int, _ *int32) (sum float64) {
	s := (*Stencil[T])(unsafe.Pointer(arg))
	a, q, x, y, z := s.A, s.Q, s.X, s.Y, s.Z
	west, u, east := row(s.U, -1, n), row(s.U, 0, n), row(s.U, 1, n)
	g, south, north := row(s.G, 0, n), row(s.South, 0, n), row(s.North, 0, n)
	below, above, out := row(s.Below, 0, n), row(s.Above, 0, n), row(s.Out, 0, n)
	for i := range u {
		f := x*(west[i]+east[i]) + y*(south[i]+north[i]) + z*(below[i]+above[i]) + q*g[i] + a*u[i]
		out[i] = f
		sum += float64(f) * float64(f)
	}
	return sum
}

func norms5Portable[T Real](arg *byte, n int, _ *int32) (ff, uu float64) {
	s := (*Stencil[T])(unsafe.Pointer(arg))
	a, q, x, y := s.A, s.Q, s.X, s.Y
	west, u, east := row(s.U, -1, n), row(s.U, 0, n), row(s.U, 1, n)
	g, south, north := row(s.G, 0, n), row(s.South, 0, n), row(s.North, 0, n)
	for i, v := range u {
		f := x*(west[i]+east[i]) + y*(south[i]+north[i]) + q*g[i] + a*v
		ff += float64(f) * float64(f)
		uu += float64(v) * float64(v)
	}
	return ff, uu
}

func norms7Portable[T Real](arg *byte, n int, _ *int32) (ff, uu float64) {
	s := (*Stencil[T])(unsafe.Pointer(arg))
	a, q, x, y, z := s.A, s.Q, s.X, s.Y, s.Z
	west, u, east := row(s.U, -1, n), row(s.U, 0, n), row(s.U, 1, n)
	g, south, north := row(s.G, 0, n), row(s.South, 0, n), row(s.North, 0, n)
	below, above := row(s.Below, 0, n), row(s.Above, 0, n)
	for i, v := range u {
		f := x*(west[i]+east[i]) + y*(south[i]+north[i]) + z*(below[i]+above[i]) + q*g[i] + a*v
		ff += float64(f) * float64(f)
		uu += float64(v) * float64(v)
	}
	return ff, uu
}
