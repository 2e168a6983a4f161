package multigrid

// Settings that suit an operator, from its rows.

import (
	"fmt"
	"math"
	"strings"
	"sync"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Choose looks at an operator and returns settings that solve it well, with the reason in
// one line. Constant coefficients of 2d+1 points take full multigrid with rediscretised
// operators, and semicoarsening where one axis couples more strongly than another. Those of
// 3×3 points take points in four colours with Galerkin operators, unless couplings along an
// axis are weak.
// Coefficients that vary slowly take the same if A can be discretised anew. Symmetric operators
// whose coefficients jump from cell to cell take algebraic multigrid. All others take black-box
// multigrid, with relaxation of lines, of points on levels alike along all axes where coefficients
// jump, of planes on large grids that are stretched along two axes or three, and within a Krylov
// method where some errors may stay slow.
//
// An operator between two grids gets the settings of black-box multigrid; [NewSolver] says
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
	rediscretized := sync.OnceValues(func() ([]Coarse, error) { return coarsen(a, Rediscretized{}) })
	_, _, byFaces := a.Faces()
	weights, _, star := starOf(a)
	slim := false // too few points across for rediscretised operators
	if star || byFaces && loose(grid) {
		levels, err := rediscretized()
		slim = err == nil && narrow(levels)
		if star && err == nil && !slim {
			s.Cycle.Full = true
			s.Smoother = RedBlack{Omega: usualOmega[dim-1]}
			s.Coarsening = Rediscretized{}
			return s, "constant coefficients, " + shapeOf(grid, weights) + ": full multigrid, red-black SOR, rediscretised"
		}
	}
	if s, why, ok := chooseForKernel(s, a); ok {
		return s, why
	}
	l := lookAt(a)
	if l.leastShare >= smoothShare && l.jump <= smoothJump && !l.oblique && !slim {
		if _, err := rediscretized(); err == nil {
			s.Cycle.Full = true
			s.Smoother, s.Coarsening = RedBlack{Omega: usualOmega[dim-1]}, Rediscretized{}
			return s, fmt.Sprintf("coefficients vary by a factor of at most %.3g from point to point: full multigrid, red-black SOR, rediscretised", l.jump)
		}
	}
	if l.jump > edgeJump && l.symmetric && hasIslands(a) {
		s.Smoother, s.Coarsening, s.Krylov = SymmetricGaussSeidel{}, Aggregation{}, CG
		return s, fmt.Sprintf("coefficients jump by %.3g, up and down again within a few cells: algebraic multigrid by aggregation, symmetric Gauss–Seidel, in conjugate gradients", l.jump)
	}
	planes := false
	if l.stretched() && grid.Unknowns() >= planesPay {
		planes = checkMemory(grid, boxesBytes(a, Settings{Components: Components{Smoother: Planes{}}}, BlackBox{})) == nil
	}
	return l.blackBox(s, dim, slim, planes)
}

// loose reports an axis without a side of given values: what [narrow] looks for may be there.
func loose(g pde.Grid) bool {
	for d := range g.Dim() {
		if g.Sides[d][0] != pde.Dirichlet && g.Sides[d][1] != pde.Dirichlet {
			return true
		}
	}
	return false
}

// shapeOf says how strong the couplings along the axes are.
func shapeOf(grid pde.Grid, weights [3]float64) string {
	dim := grid.Dim()
	least, most := math.Inf(1), 0.0
	for d := range dim {
		c := math.Abs(weights[d]) / (grid.H[d] * grid.H[d])
		least, most = min(least, c), max(most, c)
	}
	if least < leastShare[dim]*most {
		return fmt.Sprintf("up to %.3g times as strong along an axis as along another, so with semicoarsening", most/least)
	}
	return "along all axes alike"
}

// blackBox completes settings for black-box multigrid, slim and planes as in [Choose].
func (l *look) blackBox(s Settings, dim int, slim, planes bool) (_ Settings, why string) {
	name := func(d int) string { return string(rune('x' + d)) }
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
			if dim == 2 && l.jump <= smoothJump && l.leastOf[d] > 0.3 { // relaxing along the other axis too would save few steps
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
			switch {
			case planes:
				s.Smoother, smoothing = Planes{}, "planes across every axis"
			case l.jump > smoothJump:
				s.Smoother, smoothing = Adaptive{}, adaptively
			}
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
	default:
		s.Smoother, smoothing = Adaptive{}, adaptively
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

// adaptively says what [Adaptive] does.
const adaptively = "points or lines by level"

// narrow reports that somewhere a closed axis of few points stays while others become
// coarser than relaxation bears, see [outgrown].
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
	// planesPay is how many unknowns a grid has at least where planes take less time than
	// lines: the steps with lines grow with the grid, those with planes do not, but each takes
	// three times as long.
	planesPay = 1 << 20
	// mildShare is the share of the weakest direction in the strongest above which V-cycles
	// take few more steps than W-cycles although couplings lie across the axes.
	mildShare = 0.05
)
