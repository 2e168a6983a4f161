package multigrid

// What a smoothing step does to a grid: one or more sweeps over its vertices.

import "math"

// sweep is one pass of relaxation with weight Omega,
//
//	u(x) ← u(x) + ω/D · (g − A u)(x),   D the diagonal of A.
type sweep struct {
	order order
	omega float64
}

// order says which values of u a vertex is relaxed with.
type order int

const (
	atOnce   order = iota // all vertices with the values before the sweep
	red                   // those with an even sum of indices
	black                 // the others
	forward               // one by one, with the values that are new already
	backward              // the same, from the last to the first
)

// sweeping is a smoother that is a list of sweeps: all but those with a kernel of
// their own. It is what fused legs are made of.
type sweeping interface {
	Smoother
	sweeps() []sweep
}

func (s Jacobi) sweeps() []sweep   { return []sweep{{atOnce, s.Omega}} }
func (s RedBlack) sweeps() []sweep { return []sweep{{red, s.Omega}, {black, s.Omega}} }
func (GaussSeidel) sweeps() []sweep {
	return []sweep{{forward, 1}}
}
func (SymmetricGaussSeidel) sweeps() []sweep {
	return []sweep{{forward, 1}, {backward, 1}}
}

// sweeps of a Chebyshev polynomial in A/D are its factors 1 − ω A/D: one for each
// of its zeros 1/ω.
func (s Chebyshev) sweeps() []sweep {
	list := make([]sweep, s.Degree)
	centre, radius := (1+1/chebyshevRange)*chebyshevTop/2, (1-1/chebyshevRange)*chebyshevTop/2
	for k := range list {
		zero := centre + radius*math.Cos(math.Pi*(float64(k)+.5)/float64(s.Degree))
		list[k] = sweep{atOnce, 1 / zero}
	}
	return list
}

// relax does sweeps on a level in plain loops, one after the other: the definition
// that fused legs are held to. It overwrites R.
func (l *Level) relax(list []sweep) {
	for _, s := range list {
		switch s.order {
		case atOnce:
			l.UpdateResidual()
			b := s.omega / l.Diagonal()
			l.Rows(func(j, k int) {
				u, r := l.U.Row(j, k)[1:l.N[0]], l.R.Row(j, k)[1:]
				for i := range u {
					u[i] += b * r[i]
				}
			})
		case red, black:
			l.Rows(func(j, k int) { l.relaxRow(s.omega, j, k, 1+(1+j+k+int(s.order-red))%2, 2) })
		default:
			l.eachRow(s.order == backward, func(j, k int) {
				if s.order == forward {
					l.relaxRow(s.omega, j, k, 1, 1)
				} else {
					l.relaxRow(s.omega, j, k, l.N[0]-1, -1)
				}
			})
		}
	}
}

// eachRow calls body for the rows inside, in order or from the last to the first.
func (l *Level) eachRow(back bool, body func(j, k int)) {
	for row := range l.RowCount() {
		if back {
			row = l.RowCount() - 1 - row
		}
		body(l.RowAt(row))
	}
}

// relaxRow relaxes vertices first, first+step, … of a row.
func (l *Level) relaxRow(omega float64, j, k, first, step int) {
	b := omega / l.Diagonal()
	u, g := l.U.Row(j, k), l.G.Row(j, k)
	var w [3]float64
	for d := range l.Dim() {
		w[d] = 1 / (l.H[d] * l.H[d])
	}
	south, north, below, above := u, u, u, u
	if l.Dim() > 1 {
		south, north = l.U.Row(j-1, k), l.U.Row(j+1, k)
	}
	if l.Dim() > 2 {
		below, above = l.U.Row(j, k-1), l.U.Row(j, k+1)
	}
	for i := first; i > 0 && i < l.N[0]; i += step {
		u[i] += b * (g[i] - w[0]*(2*u[i]-u[i-1]-u[i+1]) - w[1]*(2*u[i]-south[i]-north[i]) - w[2]*(2*u[i]-below[i]-above[i]))
	}
}
