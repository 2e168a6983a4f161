package pde

// The operator as loops over rows: what faster ones are held to.

// Apply sets f = A u at the interior vertices, A the operator on the grid of u.
// The boundary values of u enter; those of f are left alone.
func Apply[T Real](f, u *Field[T]) {
	u.Rows(func(j, k int) { applyRow(f.Row(j, k)[1:u.N[0]], u, j, k) })
}

// Residual sets r = g − A u at the interior vertices and leaves the boundary
// values of r alone; they are to be zero where r is restricted. r is neither u
// nor g.
func Residual[T Real](r, u, g *Field[T]) {
	u.Rows(func(j, k int) {
		out, b := r.Row(j, k)[1:u.N[0]], g.Row(j, k)[1:]
		applyRow(out, u, j, k)
		for i := range out {
			out[i] = b[i] - out[i]
		}
	})
}

// applyRow sets out to the interior of row (j, k) of A u: a second difference
// along each axis, from the values west and east, south and north, below and
// above.
func applyRow[T Real](out []T, u *Field[T], j, k int) {
	weight := u.weights()
	x, y, z := T(weight[0]), T(weight[1]), T(weight[2])
	n := len(out)
	inner := func(j, k int) []T { return u.Row(j, k)[1:][:n] }
	w, c, e := u.Row(j, k)[:n], inner(j, k), u.Row(j, k)[2:][:n]
	switch u.Dim() {
	case 1:
		for i := range out {
			out[i] = x * (2*c[i] - w[i] - e[i])
		}
	case 2:
		s, n := inner(j-1, k), inner(j+1, k)
		for i := range out {
			out[i] = x*(2*c[i]-w[i]-e[i]) + y*(2*c[i]-s[i]-n[i])
		}
	case 3:
		s, n, b, a := inner(j-1, k), inner(j+1, k), inner(j, k-1), inner(j, k+1)
		for i := range out {
			out[i] = x*(2*c[i]-w[i]-e[i]) + y*(2*c[i]-s[i]-n[i]) + z*(2*c[i]-b[i]-a[i])
		}
	}
}
