package multigrid

// A method for an operator that nobody has looked at.

import (
	"fmt"
	"math"
	"strings"
	"sync"

	"mgtool/internal/parallel"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Choose looks at an operator and returns settings that solve it well, with the reason in
// one line. Constant coefficients of 2d+1 points take full multigrid with rediscretised
// operators, which semicoarsening suits to every width; coefficients that vary slowly,
// where the operator knows how to be discretised anew, V-cycles of these; all others,
// black-box multigrid, where errors may stay slow with a Krylov method around it.
//
// What cannot be looked at has the settings of black-box multigrid; [NewSolver] says
// what is wrong.
func Choose(a stencil.Operator) (s Settings, why string) {
	s = DefaultSettings()
	s.Krylov = Auto
	grid, to := a.Grids()
	if grid.Dim() == 0 || grid != to {
		s.Components = Components{Smoother: Lines{}, Coarsening: BlackBox{}}
		return s, "no operator on one grid"
	}
	dim := grid.Dim()
	name := func(d int) string { return string(rune('x' + d)) }
	_, _, byFaces := a.Faces()
	weights, _, star := starOf(a)
	slim := false // too few points across for rediscretised operators
	if star || byFaces {
		levels, err := coarsen(a, Rediscretized{})
		slim = err == nil && narrow(levels)
		if star && err == nil && !slim {
			s.Cycle.Full = true
			s.Smoother = RedBlack{Omega: usualOmega[dim-1]}
			s.Coarsening = Rediscretized{}
			least, most := math.Inf(1), 0.0
			for d := range dim {
				c := math.Abs(weights[d]) / (grid.H[d] * grid.H[d])
				least, most = min(least, c), max(most, c)
			}
			shape := "along all axes alike"
			if least < leastShare[dim]*most {
				shape = fmt.Sprintf("up to %.3g times as strong along an axis as along another, so with semicoarsening", most/least)
			}
			return s, "constant coefficients, " + shape + ": full multigrid, red-black SOR, rediscretised"
		}
	}
	l := lookAt(a)
	if l.leastShare >= smoothShare && l.jump <= smoothJump && !l.oblique && !slim {
		if _, err := coarsen(a, Rediscretized{}); err == nil {
			s.Smoother, s.Coarsening = RedBlack{Omega: usualOmega[dim-1]}, Rediscretized{}
			return s, fmt.Sprintf("coefficients vary by a factor of at most %.3g from point to point: red-black SOR, rediscretised", l.jump)
		}
	}
	box := BlackBox{}
	s.Smoother = Lines{}
	var found []string
	hard := l.jump > smoothJump || l.oblique || l.leastShare < weakShare && dim == 3 // some errors may stay slow
	if l.jump > smoothJump {
		jump := fmt.Sprintf("coefficients jump by %.3g", l.jump)
		if math.IsInf(l.jump, 0) {
			jump = "some coefficients are 0"
		}
		found = append(found, jump)
	}
	smoothing, along := "lines along every axis", ""
	switch {
	case l.oblique:
		found = append(found, "strong couplings lie across the axes")
		if !l.mild {
			s.Cycle.Gamma = 2
		}
		for d := range dim {
			if dim == 2 && l.jump <= smoothJump && l.leastOf[d] > 0.3 { // relaxing across too would save few steps
				s.Smoother, smoothing = Lines{Axes: []int{d}}, "lines along "+name(d)
				break
			}
		}
	case l.leastShare < weakShare:
		weak := ""
		var strong []int
		for d := range dim {
			if l.mostShare[d] < weakShare {
				weak += name(d)
			} else {
				strong = append(strong, d)
				along += name(d)
			}
		}
		if weak == "" {
			found = append(found, "which axis is weak differs from place to place")
			break
		}
		box.Semi = dim == 3
		s.Smoother, smoothing = Lines{Axes: strong}, "lines along "+along
		found = append(found, "couplings are weak along "+weak)
	case slim:
		found = append(found, "few points across between closed sides")
		s.Cycle.Gamma = 2
	case l.jump <= smoothJump:
		s.Smoother = RedBlack{Omega: 1}
		smoothing = "points in 2^d colours"
		found = append(found, "rows of 3^d points, alike along all axes")
	}
	if len(found) == 0 {
		found = append(found, "coefficients vary")
	}
	s.Coarsening = box
	shape, around := "V", ""
	if s.Cycle.Gamma == 2 {
		shape = "W"
	}
	switch {
	case !l.symmetric:
		s.Krylov, around = FGMRES, " in FGMRES"
		found = append(found, "not symmetric")
	case hard || slim:
		s.Krylov, around = CG, " in conjugate gradients"
	}
	return s, fmt.Sprintf("%s: black-box coarsening, %s, %s-cycles%s", strings.Join(found, ", "), smoothing, shape, around)
}

// narrow reports that levels keep a closed axis of few points while others become coarser
// beyond what relaxation takes.
func narrow(levels []Coarse) bool {
	for i := range levels[1:] {
		fine, _ := levels[i].A.Grids()
		coarse, _ := levels[i+1].A.Grids()
		if outgrown(fine, coarse, couplings(levels[i].A)) {
			return true
		}
	}
	return false
}

const (
	// smoothShare is the least share of the strongest coupling that point relaxation
	// with all axes coarser takes well.
	smoothShare = 0.5
	// smoothJump is how much the coefficients of neighbours may differ for the mean of
	// several to stand for them on a coarser grid.
	smoothJump = 4
)

// look is what the rows of an operator tell.
type look struct {
	leastShare float64    // of an axis anywhere in the strongest coupling at a point
	leastOf    [3]float64 // the least share of each axis, not next to sides
	mostShare  [3]float64 // of each axis
	jump       float64    // the largest ratio of the diagonals of neighbours, or of opposite faces
	symmetric  bool       // in some scaling of its rows
	oblique    bool       // diagonal neighbours with couplings of the other sign
	mild       bool       // as strong in all directions, but for a factor of 1/mildShare, in two dimensions
}

// mildShare is the share of the weakest direction in the strongest above which V-cycles
// take few more steps than W-cycles although couplings lie across the axes.
const mildShare = 0.05

// newLook is one that has seen nothing.
func newLook(dim int) look {
	return look{leastShare: 1, leastOf: [3]float64{1, 1, 1}, jump: 1, mild: dim == 2}
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
					case f > 0 && g > 0:
						own.jump = max(own.jump, f/g, g/f)
					case f != g:
						own.jump = math.Inf(1)
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
	most := max(strengths[0], strengths[1], strengths[2])
	for d := range b.dim {
		if b.n[d] > 1 && most > 0 {
			share := strengths[d] / most
			l.leastShare, l.mostShare[d] = min(l.leastShare, share), max(l.mostShare[d], share)
			if inside {
				l.leastOf[d] = min(l.leastOf[d], share)
			}
		}
	}
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
		l.oblique = l.oblique || s.positive[i] > 0.05*math.Abs(centre[i])
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
