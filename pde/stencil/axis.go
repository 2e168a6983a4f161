package stencil

// Linear interpolation along one axis between a grid and the next coarser one.

import "mgtool/pde"

// Axis is an axis of Fine cells on a grid and of Coarse cells on a coarser one, with the
// same ends. P interpolates linearly from the coarse points to the fine ones. On vertices
// R is its transpose, scaled such that it preserves integrals,
//
//	P(i, m) = max(0, 1 − |i·Coarse/Fine − m|),   R = (Coarse/Fine) V⁻¹ Pᵀ V,
//
// where V has ½ at vertices on Neumann sides, which have half a cell, and 1 elsewhere. On
// cells what P takes from beyond a side is Beyond times the first value inside, so that the
// condition holds halfway; R(m, i) is the part of coarse cell m that fine cell i covers, with
// changes at the sides, see besideSides; or
// along the only axis that becomes coarser, if it is no ring, (Coarse/Fine) Pᵀ.
//
// There are three kinds. With Coarse = Fine/2 the weights on vertices are the usual
// ½, 1, ½ and ¼, ½, ¼; on cells ¼, ¾, ¾, ¼ and ½, ½. With Coarse = Fine both are the
// identity. If Fine is odd, Coarse is (Fine+1)/2: the inner vertices of the two grids do
// not coincide, but all cells of a grid have the same width, so a constant stencil stays
// one. An axis that the grid does not have is the zero Axis, which is both Same and Half.
//
// Indices are those of the unknowns, see [pde.Grid]: a vertex on a first side that is
// Neumann has index 1 on both grids.
type Axis struct {
	Fine, Coarse int
	Periodic     bool       // vertices 0 and Fine are one: indices go on beyond the ends
	Neumann      [2]bool    // sides whose vertices are unknowns
	Cells        bool       // points are the centres of cells
	Beyond       [2]float64 // of cells: −1 where u = 0, 1 where ∂u/∂n = 0, between where both have a part
	adjoint      bool       // of cells: R is Pᵀ but for a factor
	table        []Children // of every coarse point where they take some work, see tabulate
}

// NewAxis is axis d between two grids; axes that they do not have are zero.
func NewAxis(fine, coarse pde.Grid, d int) Axis {
	if d >= fine.Dim() {
		return Axis{}
	}
	a := Axis{Fine: fine.N[d], Coarse: coarse.N[d], Cells: fine.Cells, Periodic: fine.Sides[d][1] == pde.Periodic}
	if a.Cells && !a.Periodic {
		// Averaging is of first order, which costs most along one axis: the factors of
		// V(1,1) with red-black SOR are .39 and .06 in one dimension, .091 and .104 in
		// two, .083 and .155 in three.
		changed := 0
		for e := range fine.Dim() {
			if fine.N[e] != coarse.N[e] {
				changed++
			}
		}
		a.adjoint = changed == 1 && !a.Same()
	}
	for s, side := range fine.Sides[d] {
		switch {
		case !a.Cells:
			a.Neumann[s] = side == pde.Neumann
		case side == pde.Neumann:
			a.Beyond[s] = 1
		default:
			a.Beyond[s] = -1
		}
	}
	return a
}

// Children are the fine points that R combines into a coarse one: Count consecutive
// ones from First, with weights W.
type Children struct {
	First, Count int
	W            [4]float64
}

// Last is the last of the points.
func (c Children) Last() int { return c.First + c.Count - 1 }

// tabulate stores the children of all coarse points but of an axis of [Axis.Regular], for
// loops that ask for them in every row.
func (a *Axis) tabulate() {
	if a.Same() || a.Half() && a.Regular() {
		return
	}
	table := make([]Children, a.Unknowns(a.Coarse)+1)
	for m := 1; m < len(table); m++ {
		table[m] = a.Children(m)
	}
	a.table = table
}

// Same reports that the axis is not coarsened.
func (a *Axis) Same() bool { return a.Fine == a.Coarse }

// Half reports that the coarse axis has half the cells.
func (a *Axis) Half() bool { return a.Fine == 2*a.Coarse }

// Regular reports that coarse vertex m is fine vertex 2m if the axis is Half: points are
// vertices, and no side is Neumann.
func (a *Axis) Regular() bool { return !a.Cells && a.Neumann == [2]bool{} }

// First is the index of the first vertex of the axis: 1 if that is an unknown, else 0.
func (a *Axis) First() int {
	if a.Neumann[0] {
		return 1
	}
	return 0
}

// Unknowns is how many there are along n cells of the axis.
func (a *Axis) Unknowns(n int) int {
	if a.Cells || a.Periodic {
		return n
	}
	n--
	for _, side := range a.Neumann {
		if side {
			n++
		}
	}
	return n
}

// part is V of unknown i along n cells: the part of a cell that it has.
func (a *Axis) part(i, n int) float64 {
	if a.Neumann[0] && i == 1 || a.Neumann[1] && i == a.Unknowns(n) {
		return .5
	}
	return 1
}

// Parents returns the coarse point m at or before fine point i and the weight that
// linear interpolation gives to m+1; m itself has the weight 1 − next. Either may be a ghost.
func (a *Axis) Parents(i int) (m int, next float64) {
	if a.Periodic && i > a.Fine {
		m, next = a.Parents(i - a.Fine)
		return m + a.Coarse, next
	}
	first := a.First()
	i -= first
	switch {
	case a.Same():
		return i + first, 0
	case a.Cells: // the centre is at (i−½)·Coarse/Fine + ½
		at, one := (2*i-1)*a.Coarse+a.Fine, 2*a.Fine
		return at / one, float64(at%one) / float64(one)
	case a.Half():
		return i/2 + first, float64(i%2) / 2
	}
	// Fine vertices 2m and 2m+1 both lie between the coarse vertices m and m+1: with
	// Fine = 2 Coarse − 1, i·Coarse = m·Fine + m for i = 2m, and Coarse more for 2m+1.
	m = i / 2
	return m + first, float64(m+i%2*a.Coarse) / float64(a.Fine)
}

// Weights returns a coarse point m and what P takes from m and m+1 for fine point i, with
// the ghosts beyond the sides of cells expressed by the values inside. Along a periodic
// axis m or m+1 may be a ghost, and so it may, of value 0, on a Dirichlet side.
func (a *Axis) Weights(i int) (m int, w [2]float64) {
	m, next := a.Parents(i)
	w = [2]float64{1 - next, next}
	if !a.Cells || a.Periodic {
		return m, w
	}
	switch {
	case m < 1:
		return 1, [2]float64{w[1] + a.Beyond[0]*w[0]}
	case m >= a.Coarse:
		return m, [2]float64{w[0] + a.Beyond[1]*w[1]}
	}
	return m, w
}

// Children returns the fine points that R combines into the coarse point m, an unknown;
// along a periodic axis also into one of its images beyond the last.
func (a *Axis) Children(m int) Children {
	switch {
	case a.Same():
		return Children{m, 1, [4]float64{1}}
	case a.Half() && a.Regular():
		return Children{2*m - 1, 3, [4]float64{.25, .5, .25}}
	case a.Periodic && m > a.Coarse:
		c := a.Children(m - a.Coarse)
		c.First += a.Fine
		return c
	case a.Periodic && m < 1:
		c := a.Children(m + a.Coarse)
		c.First -= a.Fine
		return c
	case a.table != nil && m < len(a.table):
		return a.table[m]
	}
	var c Children
	if m < 1 || m > a.Unknowns(a.Coarse) {
		return c
	}
	if a.Half() && !a.Cells && a.part(m, a.Coarse) == 1 {
		return Children{2*m - a.First() - 1, 3, [4]float64{.25, .5, .25}}
	}
	switch ratio := float64(a.Coarse) / float64(a.Fine); {
	case a.adjoint:
		c = a.transposed(m, false)
		for q := range c.W {
			c.W[q] *= ratio
		}
		return c
	case a.Cells: // in units of 1/Coarse of a fine cell, coarse cells are Fine wide
		lo, hi := (m-1)*a.Fine, m*a.Fine
		c.First = lo/a.Coarse + 1
		for i := c.First; (i-1)*a.Coarse < hi; i++ {
			c.W[c.Count] = float64(min(hi, i*a.Coarse)-max(lo, (i-1)*a.Coarse)) / float64(a.Fine)
			c.Count++
		}
		a.besideSides(&c, m)
		return c
	}
	last, first := a.Unknowns(a.Fine), a.First()
	if a.Periodic {
		last++
	}
	ratio := float64(a.Coarse) / float64(a.Fine) / a.part(m, a.Coarse)
	for i := max(1, 2*(m-first)-2+first); i <= min(2*(m-first)+1+first, last); i++ {
		before, w := a.Parents(i)
		if before == m {
			w = 1 - w
		}
		if before < m-1 || before > m || w == 0 {
			continue
		}
		if c.Count == 0 {
			c.First = i
		}
		c.W[c.Count] = ratio * w * a.part(i, a.Fine)
		c.Count++
	}
	return c
}

// besideSides changes the weights of the fine cells at the sides in coarse cell m. What a
// condition ∂u/∂n + α u = β gives to the row at its side, on the right side of a problem, is
// in proportion to 1/(h(1 + αh/2)), of which averaging leaves h/H. The coarse grid has
//
//	ρ = (1 + αh/2)/(1 + αH/2) = ½((1 + b) + (1 − b) h/H)
//
// of that, with b what Beyond says: ½ on Dirichlet sides where cells are halved. Else a first
// pass of full multigrid solves for other values on the sides. Of the weight that is taken
// its neighbour gets half: if it gets all, as to preserve integrals asks, the factor of V(1,1)
// rises from .091 to .115 in two dimensions, and if none, from .079 to .142 in three.
func (a *Axis) besideSides(c *Children, m int) {
	if a.Periodic || c.Count < 2 {
		return
	}
	ratio := float64(a.Coarse) / float64(a.Fine)
	take := func(side, from, to int) {
		part := c.W[from] * (1 - a.Beyond[side]) / 2 * (1 - ratio)
		c.W[from] -= part
		c.W[to] += part / 2
	}
	last := c.Count - 1
	if m == 1 {
		take(0, 0, 1)
	}
	if m == a.Coarse {
		take(1, last, last-1)
	}
}

// Averages reports that R takes the mean of two fine cells each, but for the sides.
func (a *Axis) Averages() bool { return a.Cells && a.Half() && !a.adjoint }

// transposed returns the coarse points that R makes of fine point i if up is set, else the
// fine points that P makes of coarse point i, with their weights.
func (a *Axis) transposed(i int, up bool) (c Children) {
	if a.Same() {
		return Children{i, 1, [4]float64{1}}
	}
	at, last := 2*i, a.Unknowns(a.Fine)
	if up {
		at, last = i/2, a.Unknowns(a.Coarse)
	}
	first := 1
	if a.Periodic {
		first, last = 0, last+1
	}
	for q := max(first, at-4); q <= min(last, at+4); q++ {
		weight := 0.0
		if up {
			if r := a.Children(q); i >= r.First && i <= r.Last() {
				weight = r.W[i-r.First]
			}
		} else if m, w := a.Weights(q); i == m || i == m+1 {
			weight = w[i-m]
		}
		if weight == 0 {
			continue
		}
		if c.Count == 0 {
			c.First = q
		}
		c.W[c.Count] = weight
		c.Count++
	}
	return c
}

// LastChild is the last of [Axis.Children].
func (a *Axis) LastChild(m int) int {
	if a.Half() && a.Regular() {
		return 2*m + 1
	}
	return a.Children(m).Last()
}

// Cubic returns count consecutive coarse points from first on around fine point i,
// and the weights w of the cubic polynomial through them; there are fewer than four
// where i lies on a coarse point or the axis is short. Next to a side that is not periodic
// they lie on one side of i; those of a periodic one may be images.
func (a *Axis) Cubic(i int) (first, count int, w [4]float64) {
	m, next := a.Parents(i)
	switch {
	case next == 0:
		return m, 1, [4]float64{1}
	case next == 1:
		return m + 1, 1, [4]float64{1}
	}
	lo, hi := 0, a.Coarse // the points with values: on a Dirichlet side 0
	switch {
	case a.Periodic:
		lo, hi = m-1, m+2
	case a.Cells:
		lo = 1
	default:
		lo, hi = a.First(), a.First()+a.Coarse
	}
	count = min(4, hi-lo+1)
	first = min(max(m-1, lo), hi+1-count)
	x := float64(m-first) + next
	for p := range count {
		w[p] = 1
		for q := range count {
			if q != p {
				w[p] *= (x - float64(q)) / float64(p-q)
			}
		}
	}
	return first, count, w
}
