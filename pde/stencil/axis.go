package stencil

// Linear interpolation along one axis between a grid and the next coarser one.

// Axis is an axis of Fine cells on a grid and of Coarse cells on a coarser one, with the
// same ends. P interpolates linearly from the coarse vertices to the fine ones, and R is
// its scaled transpose:
//
//	P(i, m) = max(0, 1 − |i·Coarse/Fine − m|),   R = (Coarse/Fine) Pᵀ.
//
// There are three kinds. With Coarse = Fine/2 the weights are the usual ½, 1, ½ and
// ¼, ½, ¼. With Coarse = Fine both are the identity. If Fine is odd, Coarse is
// (Fine+1)/2: the inner vertices of the two grids do not coincide, but all cells of a
// grid have the same width, so a constant stencil stays one. An axis that the grid does
// not have is the zero Axis, which is both Same and Half.
type Axis struct {
	Fine, Coarse int
	Periodic     bool       // vertices 0 and Fine are one: the weights wrap into the ghosts
	table        []Children // of every coarse vertex of an odd axis, see tabulate
}

// Children are the fine vertices that R combines into a coarse one: Count consecutive
// ones from First, with weights W.
type Children struct {
	First, Count int
	W            [4]float64
}

// Last is the last of the vertices.
func (c Children) Last() int { return c.First + c.Count - 1 }

// tabulate stores the children of all coarse vertices of an odd axis, for loops that
// ask for them in every row.
func (a *Axis) tabulate() {
	if a.Same() || a.Half() {
		return
	}
	table := make([]Children, a.Coarse+1)
	for m := range table {
		table[m] = a.Children(m)
	}
	a.table = table
}

// Same reports that the axis is not coarsened.
func (a *Axis) Same() bool { return a.Fine == a.Coarse }

// Half reports that the coarse axis has every second vertex.
func (a *Axis) Half() bool { return a.Fine == 2*a.Coarse }

// Parents returns the coarse vertex m at or before fine vertex i and the weight that
// P gives to m+1; m itself has the weight 1 − next.
func (a *Axis) Parents(i int) (m int, next float64) {
	switch {
	case a.Same():
		return i, 0
	case a.Half():
		return i / 2, float64(i%2) / 2
	}
	// Fine vertices 2m and 2m+1 both lie between the coarse vertices m and m+1: with
	// Fine = 2 Coarse − 1, i·Coarse = m·Fine + m for i = 2m, and Coarse more for 2m+1.
	m = i / 2
	return m, float64(m+i%2*a.Coarse) / float64(a.Fine)
}

// Children returns the fine vertices that R combines into the coarse vertex m, an
// unknown.
func (a *Axis) Children(m int) Children {
	switch {
	case a.Same():
		return Children{m, 1, [4]float64{1}}
	case a.Half():
		return Children{2*m - 1, 3, [4]float64{.25, .5, .25}}
	case a.table != nil:
		return a.table[m]
	}
	var c Children
	last := a.Fine - 1
	if a.Periodic {
		last = a.Fine + 1
	} else if m == a.Coarse {
		return c
	}
	if m == 0 {
		return c
	}
	ratio := float64(a.Coarse) / float64(a.Fine)
	for i := max(1, 2*m-2); i <= min(2*m+1, last); i++ {
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
		c.W[c.Count] = ratio * w
		c.Count++
	}
	return c
}

// LastChild is the last of [Axis.Children].
func (a *Axis) LastChild(m int) int {
	if a.Half() {
		return 2*m + 1
	}
	return a.Children(m).Last()
}

// Cubic returns count consecutive coarse vertices from first on around fine vertex i,
// and the weights w of the cubic polynomial through them; there are fewer than four
// where i lies on a coarse vertex or the axis is short.
func (a *Axis) Cubic(i int) (first, count int, w [4]float64) {
	m, next := a.Parents(i)
	if next == 0 {
		return m, 1, [4]float64{1}
	}
	vertices := a.Coarse + 1
	if a.Periodic {
		vertices++ // the ghost beyond the last
	}
	count = min(4, vertices)
	first = min(max(m-1, 0), vertices-count)
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
