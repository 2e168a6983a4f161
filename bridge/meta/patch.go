package meta

// Small problems with variable coefficients, in plain loops, and black-box multigrid on two
// grids of them.

import (
	"fmt"
	"math"

	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// patch is an operator of 3×3 points on n × n unknowns, n odd, with zeros around. Rows of its
// coefficients are those of a row of A with an entry more at each end, as [method.Influence]
// sees them. Coarse points have even indices.
type patch struct {
	n int
	a [][27][]float64 // by row, 0 to n+1; couplings with what is around are 0
}

var nine = [9]int{9, 10, 11, 12, 13, 14, 15, 16, 17}

func newPatch(n int) *patch {
	p := &patch{n: n, a: make([][27][]float64, n+2)}
	for j := range p.a {
		for _, o := range nine {
			p.a[j][o] = make([]float64, n+2)
		}
	}
	return p
}

// patchOf takes the coefficients of an operator in two dimensions with zero boundary values on
// a square grid with an odd number of unknowns a side.
func patchOf(a stencil.Operator) (*patch, error) {
	grid, to := a.Grids()
	n := grid.Inner(0)
	if grid != to || grid.Dim() != 2 || grid.Inner(1) != n || n%2 == 0 || grid.Cells || grid.Sides != [3][2]pde.Boundary{} {
		return nil, fmt.Errorf("meta: %v; want an operator on a square grid with zero boundary values and an even number of cells", a)
	}
	p := newPatch(n)
	kernel, constant := a.Kernel()
	fields := a.Coefficients()
	for j := 1; j <= n; j++ {
		for _, o := range nine {
			d := stencil.Offset(o)
			for i := 1; i <= n; i++ {
				if x, y := i+d[0], j+d[1]; x < 1 || x > n || y < 1 || y > n {
					continue
				}
				if constant {
					p.a[j][o][i] = kernel[o]
				} else if fields[o] != nil {
					p.a[j][o][i] = fields[o].At(i, j, 0)
				}
			}
		}
	}
	return p, nil
}

// left is g − A u at a point; g nil is 0.
func (p *patch) left(i, j int, u, g []float64) (sum float64) {
	w := p.n + 2
	at, row := j*w+i, &p.a[j]
	if g != nil {
		sum = g[at]
	}
	for dy := -1; dy <= 1; dy++ {
		o, below := 13+3*dy, at+dy*w
		sum -= row[o-1][i]*u[below-1] + row[o][i]*u[below] + row[o+1][i]*u[below+1]
	}
	return sum
}

// residual sets r to g − A u; fields have a layer of zeros around, g nil is 0.
func (p *patch) residual(r, u, g []float64) {
	w := p.n + 2
	for j := 1; j <= p.n; j++ {
		for i := 1; i <= p.n; i++ {
			r[j*w+i] = p.left(i, j, u, g)
		}
	}
}

// relax does a sweep of Gauss–Seidel in four colours, in the order of the solver or, for its
// adjoint, the opposite one; g nil is 0.
func (p *patch) relax(u, g []float64, reverse bool) {
	w := p.n + 2
	for c := range 4 {
		if reverse {
			c = 3 - c
		}
		for j := 1 + c>>1; j <= p.n; j += 2 {
			for i := 1 + c&1; i <= p.n; i += 2 {
				u[j*w+i] += p.left(i, j, u, g) / p.a[j][13][i]
			}
		}
	}
}

// energy is uᵀ A u.
func (p *patch) energy(u []float64) (sum float64) {
	r := make([]float64, len(u))
	p.residual(r, u, nil)
	for i, v := range r {
		sum -= v * u[i]
	}
	return sum
}

// interpolation is P: what the fine point (i, j) takes from the coarse ones around it.
type interpolation struct {
	patch  *patch
	nc     int
	points []point // of the fine points between coarse ones: first those between two
	at     []int   // of a fine point in that list; −1 for coarse ones
	scores []float64
	inputs [method.RowInputs]float64
}

// point is a fine point between coarse ones.
type point struct {
	i, j       int
	neighbours []int       // that have scores
	first      int         // of them in the list of scores
	p          [27]float64 // e(x) = Σ p_o e(x+o)
	frozen     bool        // the change does not take place
}

// newInterpolation lists the points; scores are 0.
func newInterpolation(p *patch) *interpolation {
	in := &interpolation{patch: p, nc: p.n / 2, at: make([]int, (p.n+2)*(p.n+2))}
	for k := range in.at {
		in.at[k] = -1
	}
	for between := 1; between <= 2; between++ {
		for j := 1; j <= p.n; j++ {
			for i := 1; i <= p.n; i++ {
				if i&1+j&1 != between {
					continue
				}
				x := point{i: i, j: j, first: len(in.scores)}
				x.neighbours = method.Neighbours(i&1 == 1, j&1 == 1)
				in.at[j*(p.n+2)+i] = len(in.points)
				in.points = append(in.points, x)
				in.scores = append(in.scores, make([]float64, len(x.neighbours))...)
			}
		}
	}
	return in
}

// weigh makes P of the scores, as black-box multigrid does of the changed couplings.
func (in *interpolation) weigh() {
	for k := range in.points {
		x := &in.points[k]
		var s [27]float64
		for _, o := range nine { // summed over the offsets along axes on which it lies on coarse points
			d := stencil.Offset(o)
			s[13+x.i&1*d[0]+3*(x.j&1)*d[1]] += in.patch.a[x.j][o][x.i]
		}
		x.frozen = !method.Rescale(&s, x.neighbours, in.scores[x.first:x.first+len(x.neighbours)])
		couplings := 0.0
		for _, o := range nine {
			if o != 13 {
				couplings -= s[o]
			}
		}
		divisor := multigrid.Divisor(s[13], couplings)
		for o, v := range s {
			if x.p[o] = 0; o != 13 && divisor != 0 {
				x.p[o] = -v / divisor
			}
		}
	}
}

// prolong sets u to P e: coarse points first, then those between two, then those between four.
func (in *interpolation) prolong(u, e []float64) {
	w, wc := in.patch.n+2, in.nc+2
	clear(u)
	for j := 1; j <= in.nc; j++ {
		for i := 1; i <= in.nc; i++ {
			u[2*j*w+2*i] = e[j*wc+i]
		}
	}
	for k := range in.points {
		x := &in.points[k]
		at, sum := x.j*w+x.i, 0.0
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				sum += x.p[13+dx+3*dy] * u[at+dx+dy*w]
			}
		}
		u[at] = sum
	}
}

// restrict sets g to Pᵀ r: the same steps backwards; it changes r.
func (in *interpolation) restrict(g, r []float64) {
	w, wc := in.patch.n+2, in.nc+2
	for k := len(in.points) - 1; k >= 0; k-- {
		x := &in.points[k]
		at := x.j*w + x.i
		v := r[at]
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				r[at+dx+dy*w] += x.p[13+dx+3*dy] * v
			}
		}
	}
	for j := 1; j <= in.nc; j++ {
		for i := 1; i <= in.nc; i++ {
			g[j*wc+i] = r[2*j*w+2*i]
		}
	}
}

// slope adds weight times the derivatives of yᵀ P e in the scores, y fixed; it changes y. u is
// P e.
func (in *interpolation) slope(weight float64, y, u []float64, gradient []float64) {
	w := in.patch.n + 2
	for k := len(in.points) - 1; k >= 0; k-- {
		x := &in.points[k]
		at := x.j*w + x.i
		v := y[at]
		sum := 0.0 // Σ p = sides/centre stays
		mean := 0.0
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				p := x.p[13+dx+3*dy]
				y[at+dx+dy*w] += p * v
				sum += p
				mean += p * u[at+dx+dy*w]
			}
		}
		if x.frozen || sum == 0 {
			continue
		}
		mean /= sum
		for t, o := range x.neighbours {
			if math.Abs(in.scores[x.first+t]) > method.MostScore {
				continue
			}
			d := stencil.Offset(o)
			gradient[x.first+t] += weight * v * x.p[o] * (u[at+d[0]+d[1]*w] - mean)
		}
	}
}

// coarse is Pᵀ A P.
func (in *interpolation) coarse() *patch {
	c := newPatch(in.nc)
	w := in.patch.n + 2
	// Columns of P on the 3×3 fine points of each coarse one.
	columns := make([][9]float64, (in.nc+2)*(in.nc+2))
	weight := func(i, j, ci, cj int) float64 { // of the coarse point at (ci, cj), fine indices
		k := in.at[j*w+i]
		if k < 0 {
			if i == ci && j == cj {
				return 1
			}
			return 0
		}
		x := &in.points[k]
		sum := x.p[13+(ci-i)+3*(cj-j)]
		if x.i&1 == 1 && x.j&1 == 1 {
			// through the neighbours between two
			for _, via := range [2][2]int{{ci, j}, {i, cj}} {
				if q := in.at[via[1]*w+via[0]]; q >= 0 {
					y := &in.points[q]
					sum += x.p[13+(via[0]-i)+3*(via[1]-j)] * y.p[13+(ci-via[0])+3*(cj-via[1])]
				}
			}
		}
		return sum
	}
	for cj := 1; cj <= in.nc; cj++ {
		for ci := 1; ci <= in.nc; ci++ {
			for t := range 9 {
				i, j := 2*ci+t%3-1, 2*cj+t/3-1
				columns[cj*(in.nc+2)+ci][t] = weight(i, j, 2*ci, 2*cj)
			}
		}
	}
	for cj := 1; cj <= in.nc; cj++ {
		for ci := 1; ci <= in.nc; ci++ {
			var y [5][5]float64 // A times the column
			column := &columns[cj*(in.nc+2)+ci]
			for t, v := range column {
				if v == 0 {
					continue
				}
				i, j := 2*ci+t%3-1, 2*cj+t/3-1
				for q := range 9 { // rows that couple with (i, j)
					dx, dy := q%3-1, q/3-1
					ri, rj := i+dx, j+dy
					if ri < 1 || ri > in.patch.n || rj < 1 || rj > in.patch.n {
						continue
					}
					y[rj-2*cj+2][ri-2*ci+2] += in.patch.a[rj][13-dx-3*dy][ri] * v
				}
			}
			for q := range 9 {
				mi, mj := ci+q%3-1, cj+q/3-1
				if mi < 1 || mi > in.nc || mj < 1 || mj > in.nc {
					continue
				}
				sum := 0.0
				for t, v := range columns[mj*(in.nc+2)+mi] {
					i, j := 2*mi+t%3-1-2*ci+2, 2*mj+t/3-1-2*cj+2
					if i >= 0 && i < 5 && j >= 0 && j < 5 {
						sum += v * y[j][i]
					}
				}
				// Row m, column c: the offset from m to c.
				c.a[mj][13-(mi-ci)-3*(mj-cj)][mi] = sum
			}
		}
	}
	return c
}
