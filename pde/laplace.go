package pde

// The five-point operator and 3×3 stencils, as loops over rows.

// Apply sets f = A u at the interior vertices, A the five-point operator on
// the grid of u. The boundary values of u enter; those of f are left alone.
func Apply(f, u *Field) {
	inv := 1 / (u.H * u.H)
	u.Rows(func(lo, hi int) {
		for j := lo; j < hi; j++ {
			out := f.Row(j)[1:u.Nx]
			c, s, n := u.Row(j), u.Row(j - 1)[1:], u.Row(j + 1)[1:]
			w, e, c := c[:len(out)], c[2:], c[1:]
			for i := range out {
				out[i] = inv * (4*c[i] - w[i] - e[i] - s[i] - n[i])
			}
		}
	})
}

// Residual sets r = g − A u at the interior vertices and leaves the boundary
// values of r alone; they are to be zero where r is restricted.
func Residual(r, u, g *Field) {
	inv := 1 / (u.H * u.H)
	u.Rows(func(lo, hi int) {
		for j := lo; j < hi; j++ {
			out, b := r.Row(j)[1:u.Nx], g.Row(j)[1:]
			c, s, n := u.Row(j), u.Row(j - 1)[1:], u.Row(j + 1)[1:]
			w, e, c := c[:len(out)], c[2:], c[1:]
			for i := range out {
				out[i] = b[i] - inv*(4*c[i]-w[i]-e[i]-s[i]-n[i])
			}
		}
	})
}

// Stencil is a 3×3 kernel. It acts on a field as the convolution of the
// lectures does, (K * x)(i,j) = Σ K[1+t][1+s] x(i+s, j+t), s and t in −1…1.
type Stencil [3][3]float64

// Scale is the stencil with every entry multiplied by a.
func (k Stencil) Scale(a float64) Stencil {
	for t := range k {
		for s := range k[t] {
			k[t][s] *= a
		}
	}
	return k
}

// AddStencil adds K * x to y at the interior vertices. x and y must not be the
// same field; the boundary values of x enter.
func AddStencil(y *Field, k Stencil, x *Field) {
	x.Rows(func(lo, hi int) {
		for j := lo; j < hi; j++ {
			out := y.Row(j)[1:x.Nx]
			s, c, n := x.Row(j-1), x.Row(j), x.Row(j+1)
			for i := range out {
				out[i] += k[0][0]*s[i] + k[0][1]*s[i+1] + k[0][2]*s[i+2] +
					k[1][0]*c[i] + k[1][1]*c[i+1] + k[1][2]*c[i+2] +
					k[2][0]*n[i] + k[2][1]*n[i+1] + k[2][2]*n[i+2]
			}
		}
	})
}
