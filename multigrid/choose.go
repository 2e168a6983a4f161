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
		s.Cycle.Gamma = 2
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
	mostShare  [3]float64 // of each axis
	jump       float64    // the largest ratio of the diagonals of neighbours, or of opposite faces
	symmetric  bool       // in some scaling of its rows
	oblique    bool       // diagonal neighbours with couplings of the other sign
}

// lookAt reads all rows.
func lookAt(a stencil.Operator) look {
	if along, _, ok := a.Faces(); ok {
		return lookAtFaces(along)
	}
	b := boxOf(a)
	l := look{leastShare: 1, jump: 1}
	if b.a[13] == nil {
		return l
	}
	l.symmetric = b.symmetrize() // also rows of cells of other volumes
	b.eachLook(&l, func() func(own *look, row int) {
		rows := b.newClosedRows()
		return func(own *look, row int) {
			j, k := b.rowAt(row)
			rows.load(b, j, k)
			for i := 1; i <= b.n[0]; i++ {
				own.point(b, rows, i, j, k)
			}
		}
	})
	return l
}

// eachLook looks at rows on all cores, with a function for each part of them.
func (b *box) eachLook(l *look, part func() func(own *look, row int)) {
	var mutex sync.Mutex
	parallel.For(b.rows(), 1+unitWork/b.n[0], func(lo, hi int) {
		own := look{leastShare: 1, jump: 1}
		at := part()
		for row := lo; row < hi; row++ {
			at(&own, row)
		}
		mutex.Lock()
		defer mutex.Unlock()
		l.leastShare, l.jump, l.oblique = min(l.leastShare, own.leastShare), max(l.jump, own.jump), l.oblique || own.oblique
		for d := range l.mostShare {
			l.mostShare[d] = max(l.mostShare[d], own.mostShare[d])
		}
	})
}

// lookAtFaces reads the coefficients of faces, in a fraction of the time.
func lookAtFaces(along [3]*pde.Field[float64]) look {
	b := newBox(along[0].Grid)
	l := look{leastShare: 1, jump: 1, symmetric: true}
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
				own.shares(b, s)
			}
		}
	})
	return l
}

// shares takes the strengths of couplings along the axes of a point.
func (l *look) shares(b *box, strengths [3]float64) {
	most := max(strengths[0], strengths[1], strengths[2])
	for d := range b.dim {
		if b.n[d] > 1 && most > 0 {
			share := strengths[d] / most
			l.leastShare, l.mostShare[d] = min(l.leastShare, share), max(l.mostShare[d], share)
		}
	}
}

// point looks at a row of A.
func (l *look) point(b *box, rows *closedRows, i, j, k int) {
	l.shares(b, b.strengths(rows, i))
	centre := rows[13][i]
	positive := 0.0
	for _, o := range b.support {
		if o != 13 && rows[o][i]*centre > 0 {
			positive += math.Abs(rows[o][i])
		}
	}
	l.oblique = l.oblique || positive > 0.05*math.Abs(centre)
	for d, next := range [3][3]int{{i + 1, j, k}, {i, j + 1, k}, {i, j, k + 1}} {
		if d >= b.dim || next[d] > b.n[d] {
			continue
		}
		// Of A itself: at sides rows have half the sum.
		x, y := math.Abs(b.a[13].At(i, j, k)), math.Abs(b.a[13].At(next[0], next[1], next[2]))
		if x > 0 && y > 0 {
			l.jump = max(l.jump, x/y, y/x)
		}
	}
}
