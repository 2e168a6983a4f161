package multigrid

// Restriction R and prolongation P between a grid and every second vertex of it.

import "mgtool/pde"

// Transfer carries fields between a grid and the one of every second vertex.
type Transfer interface {
	// Restrict sets coarse = R fine at the interior vertices.
	Restrict(coarse, fine *pde.Field[float64])
	// Prolong adds P coarse to fine at the interior vertices. The boundary
	// values of coarse are zero.
	Prolong(fine, coarse *pde.Field[float64])
}

// fullWeighting is the kernel of R in [Linear]; four times it is that of P.
var fullWeighting = pde.Stencil{
	{1. / 16, 2. / 16, 1. / 16},
	{2. / 16, 4. / 16, 2. / 16},
	{1. / 16, 2. / 16, 1. / 16},
}

// Linear is full weighting down and bilinear interpolation up, P = 4 Rᵀ.
type Linear struct{}

// Restrict implements [Transfer].
func (Linear) Restrict(coarse, fine *pde.Field[float64]) {
	coarse.Rows(func(j, _ int) {
		out := coarse.Row(j, 0)
		s, c, n := fine.Row(2*j-1, 0), fine.Row(2*j, 0), fine.Row(2*j+1, 0)
		s, n = s[:len(c)], n[:len(c)]
		for i := 1; i < len(out)-1; i++ {
			k := 2 * i
			out[i] = (4*c[k] + 2*(c[k-1]+c[k+1]+s[k]+n[k]) + s[k-1] + s[k+1] + n[k-1] + n[k+1]) / 16
		}
	})
}

// Prolong implements [Transfer].
func (Linear) Prolong(fine, coarse *pde.Field[float64]) {
	fine.Rows(func(j, _ int) {
		// An even row lies on a coarse row, an odd one between two.
		out, a, b := fine.Row(j, 0), coarse.Row(j/2, 0), coarse.Row((j+1)/2, 0)
		b = b[:len(a)]
		prev := 0.5 * (a[0] + b[0])
		for i := 1; i < len(a); i++ {
			next := 0.5 * (a[i] + b[i])
			out[2*i-1] += 0.5 * (prev + next)
			if i < len(a)-1 {
				out[2*i] += next
			}
			prev = next
		}
	})
}

// StencilTransfer takes R and P from a 3×3 kernel each, chosen by the finer of
// the two grids: (R v)(i,j) = Σ K_R[1+t][1+s] v(2i+s, 2j+t), and P is the
// transpose of the same form with K_P. Linear is its case K_P = 4 K_R, K_R full
// weighting. A learned transfer is put to numbers with it.
type StencilTransfer struct {
	R, P func(fine pde.Grid) pde.Stencil
}

// Restrict implements [Transfer].
func (t StencilTransfer) Restrict(coarse, fine *pde.Field[float64]) {
	k := t.R(fine.Grid)
	coarse.Rows(func(j, _ int) {
		out := coarse.Row(j, 0)
		for i := 1; i < len(out)-1; i++ {
			var sum float64
			for dj := -1; dj <= 1; dj++ {
				row := fine.Row(2*j+dj, 0)[2*i-1 : 2*i+2]
				sum += k[1+dj][0]*row[0] + k[1+dj][1]*row[1] + k[1+dj][2]*row[2]
			}
			out[i] = sum
		}
	})
}

// Prolong implements [Transfer]. It scatters from each coarse vertex, so rows
// overlap and it runs on one core.
func (t StencilTransfer) Prolong(fine, coarse *pde.Field[float64]) {
	k := t.P(fine.Grid)
	for j := 1; j < coarse.N[1]; j++ {
		in := coarse.Row(j, 0)
		for dj := -1; dj <= 1; dj++ {
			out := fine.Row(2*j+dj, 0)
			for i := 1; i < coarse.N[0]; i++ {
				v := in[i]
				out[2*i-1] += k[1+dj][0] * v
				out[2*i] += k[1+dj][1] * v
				out[2*i+1] += k[1+dj][2] * v
			}
		}
	}
}
