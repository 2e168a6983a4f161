package multigrid

// How one axis of a grid becomes coarser, and what that means for R and P along it.

// axis is one axis of a grid and of the next coarser one, of n and nc cells. Both
// are uniform and have the same ends; transfers are those of linear interpolation
// from the coarse vertices to the fine ones, wherever these lie, and R is its
// transpose, scaled so that it keeps constants,
//
//	P(i, m) = max(0, 1 − |i·nc/n − m|),   R = (nc/n) Pᵀ.
//
// With nc = n/2 they are the usual ½, 1, ½ and ¼, ½, ¼; with nc = n nothing is
// done; an odd n has nc = (n+1)/2, vertices that do not coincide, and no cell of
// another size for which relaxation would need another stencil.
type axis struct {
	n, nc int
	down  []children // of every coarse vertex, for odd n, where they are asked for often
}

// children is the fine vertices that a coarse one is made of: consecutive ones.
type children struct {
	first, count int
	w            [4]float64
}

// tabulate keeps what an odd axis would have to work out again for every row.
func (a *axis) tabulate() {
	if a.same() || a.half() {
		return
	}
	down := make([]children, a.nc+1)
	for m := range down {
		down[m] = a.children(m)
	}
	a.down = down
}

// same reports that the axis does not become coarser, half that every second
// vertex stays.
func (a *axis) same() bool { return a.n == a.nc }
func (a *axis) half() bool { return a.n == 2*a.nc }

// parents returns the coarse vertex at or before fine vertex i, and what P takes
// from the one after it.
func (a *axis) parents(i int) (m int, next float64) {
	switch {
	case a.n == 0 || a.same():
		return i, 0
	case a.half():
		return i / 2, float64(i%2) / 2
	}
	// Fine vertices 2m and 2m+1 are both between coarse ones m and m+1: with
	// n = 2 nc − 1, i·nc = m·n + m and m·n + m + nc.
	m = i / 2
	return m, float64(m+i%2*a.nc) / float64(a.n)
}

// children returns what coarse vertex m is made of by R.
func (a *axis) children(m int) children {
	switch {
	case a.n == 0 || a.same():
		return children{m, 1, [4]float64{1}}
	case a.half():
		return children{2*m - 1, 3, [4]float64{.25, .5, .25}}
	case a.down != nil:
		return a.down[m]
	}
	var c children
	if m == 0 || m == a.nc {
		return c
	}
	ratio := float64(a.nc) / float64(a.n)
	for i := max(1, 2*m-2); i <= min(2*m+1, a.n-1); i++ {
		before, w := a.parents(i)
		if before == m {
			w = 1 - w
		}
		if before < m-1 || before > m || w == 0 {
			continue
		}
		if c.count == 0 {
			c.first = i
		}
		c.w[c.count] = ratio * w
		c.count++
	}
	return c
}

// lastChild is the last of [axis.children].
func (a *axis) lastChild(m int) int {
	if a.half() {
		return 2*m + 1
	}
	return a.children(m).last()
}

// last is the last fine vertex that a coarse one is made of.
func (c children) last() int { return c.first + c.count - 1 }

// cubic returns the four coarse vertices from first on around fine vertex i, and
// the weights of the cubic through them; fewer where there are no four.
func (a *axis) cubic(i int) (first, count int, w [4]float64) {
	m, next := a.parents(i)
	if next == 0 || a.n == 0 {
		return m, 1, [4]float64{1}
	}
	count = min(4, a.nc+1)
	first = min(max(m-1, 0), a.nc+1-count)
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
