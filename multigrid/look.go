package multigrid

// What the rows of an operator tell [Choose].

import (
	"math"
	"sync"

	"mgtool/internal/parallel"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// look is what the rows of an operator tell.
type look struct {
	leastShare float64    // of the strongest coupling at a point that any axis has
	leastOf    [3]float64 // the least of each axis, not next to sides
	mostShare  [3]float64 // the most of each axis
	alike      [3]float64 // the least ratio of the couplings along the two axes across each, not next to sides
	jump       float64    // the largest ratio of the diagonals of neighbours, or of opposite faces
	symmetric  bool       // in some scaling of its rows
	oblique    bool       // diagonal neighbours couple with the sign of the diagonal
	mild       bool       // in two dimensions: no direction is weaker than mildShare of the strongest
}

// obliqueShare is the least part of the diagonal of couplings with its sign by which strong
// couplings lie across the axes.
const obliqueShare = 0.05

// newLook is one that has seen nothing.
func newLook(dim int) look {
	return look{leastShare: 1, leastOf: [3]float64{1, 1, 1}, alike: [3]float64{1, 1, 1}, jump: 1, mild: dim == 2}
}

// lookAt reads all rows.
func lookAt(a stencil.Operator) look {
	if along, _, ok := a.Faces(); ok {
		return lookAtFaces(along)
	}
	b := boxOf(a)
	l := newLook(b.dim)
	if b.a[13] == nil {
		return l
	}
	l.symmetric = b.symmetrize() // also rows of cells of other volumes
	b.eachLook(&l, func() func(own *look, row int) {
		rows, s := b.newClosedRows(), newLookRow(b)
		return func(own *look, row int) {
			j, k := b.rowAt(row)
			rows.load(b, j, k)
			own.row(b, rows, s, j, k)
		}
	})
	return l
}

// eachLook looks at rows on all cores, with a function for each part of them.
func (b *box) eachLook(l *look, part func() func(own *look, row int)) {
	var mutex sync.Mutex
	parallel.For(b.rows(), 1+unitWork/b.n[0], func(lo, hi int) {
		own := newLook(b.dim)
		at := part()
		for row := lo; row < hi; row++ {
			at(&own, row)
		}
		mutex.Lock()
		defer mutex.Unlock()
		l.leastShare, l.jump, l.oblique = min(l.leastShare, own.leastShare), max(l.jump, own.jump), l.oblique || own.oblique
		l.mild = l.mild && own.mild
		for d := range l.mostShare {
			l.leastOf[d] = min(l.leastOf[d], own.leastOf[d])
			l.alike[d] = min(l.alike[d], own.alike[d])
			l.mostShare[d] = max(l.mostShare[d], own.mostShare[d])
		}
	})
}

// lookAtFaces reads the coefficients of faces, in a fraction of the time.
func lookAtFaces(along [3]*pde.Field[float64]) look {
	b := newBox(along[0].Grid)
	l := newLook(b.dim)
	l.symmetric = true
	b.eachLook(&l, func() func(own *look, row int) {
		return func(own *look, row int) {
			j, k := b.rowAt(row)
			var before, after [3][]float64
			for d := range b.dim {
				before[d] = along[d].Row(j, k)
				switch d {
				case 0:
					after[d] = before[d][1:]
				case 1:
					after[d] = along[d].Row(j+1, k)
				case 2:
					after[d] = along[d].Row(j, k+1)
				}
			}
			x := [3]int{0, j, k}
			for i := 1; i <= b.n[0]; i++ {
				x[0] = i
				var s [3]float64
				for d := range b.dim {
					f, g := math.Abs(before[d][i]), math.Abs(after[d][i])
					s[d] = f + g
					first, last := x[d] == 1, x[d] == b.n[d]
					switch { // what a side of cells conducts says nothing of axes
					case !b.grid.Cells || b.periodic[d] || b.n[d] == 1:
					case first:
						s[d] = 2 * g
					case last:
						s[d] = 2 * f
					}
					switch {
					case first || last: // the last face may have no other side
					case f > own.jump*g || g > own.jump*f: // also where one is 0
						own.jump = max(f, g) / min(f, g)
					}
				}
				own.shares(b, s, true)
			}
		}
	})
	return l
}

// shares takes the strengths of couplings along the axes of a point, inside if all its
// neighbours are unknowns.
func (l *look) shares(b *box, strengths [3]float64, inside bool) {
	// Quotients are formed only where they change what is known: divisions take most time.
	most := max(strengths[0], strengths[1], strengths[2])
	for d := range b.dim {
		s := strengths[d]
		if b.n[d] == 1 || most == 0 || !(s < l.leastShare*most || s > l.mostShare[d]*most || inside && s < l.leastOf[d]*most) {
			continue
		}
		share := s / most
		l.leastShare, l.mostShare[d] = min(l.leastShare, share), max(l.mostShare[d], share)
		if inside {
			l.leastOf[d] = min(l.leastOf[d], share)
		}
	}
	if !inside || b.dim < 3 {
		return
	}
	for d := range l.alike {
		x, y := strengths[(d+1)%3], strengths[(d+2)%3]
		if least, most := min(x, y), max(x, y); least < l.alike[d]*most {
			l.alike[d] = least / most
		}
	}
}

// stretchedAlike is the ratio of the couplings along two axes, somewhere, below which
// relaxing lines along both leaves errors that take many steps.
const stretchedAlike = 0.01

// stretched reports three axes whose couplings differ from place to place, those of each
// from those of the others, and vary slowly, as where cells grow along two axes or three.
func (l *look) stretched() bool {
	return l.jump <= smoothJump && !l.oblique && min(l.mostShare[0], l.mostShare[1], l.mostShare[2]) >= weakShare &&
		max(l.alike[0], l.alike[1], l.alike[2]) < stretchedAlike
}

// lookRow is memory for what the rows of A at the points of a row of the box tell.
type lookRow struct {
	strengths [3][]float64
	positive  []float64 // Σ |a_o| of those couplings that have the sign of the diagonal
	mixed     []float64 // Σ a_o o_x o_y
}

func newLookRow(b *box) *lookRow {
	row := func() []float64 { return make([]float64, b.n[0]+2) }
	return &lookRow{[3][]float64{row(), row(), row()}, row(), row()}
}

// row looks at the rows of A at the points of row (j, k).
func (l *look) row(b *box, rows *closedRows, s *lookRow, j, k int) {
	b.strengths(rows, &s.strengths)
	clear(s.positive)
	clear(s.mixed)
	centre := rows[13]
	for _, o := range b.support {
		if o == 13 {
			continue
		}
		a := rows[o]
		for i, v := range a {
			if v*centre[i] > 0 {
				s.positive[i] += math.Abs(v)
			}
		}
		at := stencil.Offset(o)
		if xy := float64(at[0] * at[1]); xy != 0 {
			for i, v := range a {
				s.mixed[i] += xy * v
			}
		}
	}
	next := [3][]float64{1: b.a[13].Row(j, k), 2: b.a[13].Row(j, k)} // of A itself: at sides rows have half the sum
	if b.dim > 1 && j < b.n[1] {
		next[1] = b.a[13].Row(j+1, k)
	}
	if b.dim > 2 && k < b.n[2] {
		next[2] = b.a[13].Row(j, k+1)
	}
	diagonal := b.a[13].Row(j, k)
	next[0] = diagonal[1:]
	across := b.dim < 2 || j > 1 && j < b.n[1] && (b.dim < 3 || k > 1 && k < b.n[2])
	for i := 1; i <= b.n[0]; i++ {
		inside := across && i > 1 && i < b.n[0]
		l.shares(b, [3]float64{s.strengths[0][i], s.strengths[1][i], s.strengths[2][i]}, inside)
		if l.mild && inside {
			// The eigenvalues of the second derivatives, to a factor.
			x, y := s.strengths[0][i], s.strengths[1][i]
			root := math.Hypot(x-y, 2*s.mixed[i])
			l.mild = x+y-root >= mildShare*(x+y+root)
		}
		l.oblique = l.oblique || s.positive[i] > obliqueShare*math.Abs(centre[i])
		for d := range b.dim {
			if d == 0 && i == b.n[0] {
				continue // the ghost
			}
			x, y := math.Abs(diagonal[i]), math.Abs(next[d][i])
			if x > 0 && y > 0 && (x > l.jump*y || y > l.jump*x) {
				l.jump = max(x/y, y/x)
			}
		}
	}
}
