// Package lfa is local Fourier analysis: it predicts the convergence factor of a cycle on
// a large grid, away from the boundary, from the symbols of its operators.
//
// On a grid that is halved along an axis a wave e^{iθ·x} aliases with the one of frequency
// θ_d + π; on k grids with 2^{k−1} waves along it, its harmonics. Every operator of the
// cycle maps the coefficients of the harmonics of a level to those of a level, and so the
// error of u after a cycle is that before it times a matrix M(θ). With two grids
// (Trottenberg, Oosterlee & Schüller, Multigrid, 2001, ch. 4)
//
//	M(θ) = S^post (I − P A_c⁻¹ R A) S^pre,   factor = max over θ of ρ(M(θ)),
//
// and with k of them (Wienands & Oosterlee, SIAM J. Sci. Comput. 23, 2001) A_c⁻¹ is a cycle
// on the grids below. M is not written down here: package cycle walks its own schedule over
// coefficients instead of fields, from u = I and r = −A.
package lfa

import (
	"errors"
	"fmt"
	"math"

	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Cycle is a cycle on two or more grids: operators with constant coefficients, a smoother
// for all levels, and a schedule.
type Cycle struct {
	Levels   []multigrid.Coarse // finest first, whose R and P are not used; solved on the last
	Smoother multigrid.Smoother
	Schedule cycle.Cycle // V, W or F with 1 to 1000 smoothing steps on each level

	// BlackBox is red-black relaxation as with [multigrid.BlackBox]: in 2^d colours where
	// two would do, and first of the points of odd indices.
	BlackBox bool
}

// Factors are the convergence factors that the analysis predicts.
type Factors struct {
	// Cycle is the factor by which a cycle on all levels reduces the error, max ρ(M).
	Cycle float64
	// TwoGrid is that of a cycle on the first two levels.
	TwoGrid float64
	// Smoothing is the factor per smoothing step with an ideal coarse correction Q, which
	// removes low frequencies and keeps the others: (max ρ(Q S^ν))^(1/ν), ν = pre + post.
	Smoothing float64
}

// Poisson is the two-grid cycle for −Δ on square or cubic cells in dim dimensions, with
// full weighting, linear interpolation and the rediscretised coarse operator.
func Poisson(dim int, s multigrid.Smoother, pre, post int) (Cycle, error) {
	grid, err := pde.Unit(dim, 2)
	if err != nil {
		return Cycle{}, err
	}
	return New(stencil.Laplacian(grid), s, Full{}, cycle.Cycle{Pre: []int{pre}, Post: []int{post}}, 2)
}

// New is a cycle for A, which has constant coefficients, on this many grids, fewer if the
// coarsening wants no more. Numbers of cells do not matter: the analysis takes them for even.
func New(a stencil.Operator, s multigrid.Smoother, coarsening multigrid.Coarsening, schedule cycle.Cycle, levels int) (Cycle, error) {
	grid, to := a.Grids()
	kernel, ok := a.Kernel()
	if weights, centre, star := a.Star(); star && !ok { // rows next to closed sides differ
		kernel, ok = stencil.Kernel{13: centre}, true
		for d, o := range []int{1, 3, 9} {
			kernel[13-o], kernel[13+o] = -weights[d], -weights[d]
		}
	}
	if !ok || grid != to || grid.Cells || grid.Stretch != nil {
		return Cycle{}, fmt.Errorf("lfa: %v; want an operator on one grid with constant coefficients, equal widths and unknowns on vertices", a)
	}
	if levels < 2 || levels > len(cells) {
		return Cycle{}, fmt.Errorf("lfa: %d grids; want 2 to %d", levels, len(cells))
	}
	// A grid that can be halved often enough, with sides that no operator minds.
	for d := range grid.Dim() {
		grid.N[d], grid.Sides[d] = cells[levels-1], [2]pde.Boundary{}
	}
	again, err := a.Rediscretize(grid)
	if k, constant := again.Kernel(); err != nil || !constant || k != kernel {
		if again, err = stencil.Constant(grid, kernel); err != nil {
			return Cycle{}, err
		}
	}
	c := Cycle{Levels: []multigrid.Coarse{{A: again}}, Smoother: s, Schedule: schedule}
	if box, is := coarsening.(multigrid.BlackBox); is {
		coarsening, c.BlackBox = bilinear{box}, true
	}
	for len(c.Levels) < levels {
		next, ok, err := coarsening.Coarsen(c.Levels)
		if err != nil {
			return Cycle{}, err
		}
		if !ok {
			break
		}
		c.Levels = append(c.Levels, next)
	}
	return c, nil
}

// cells is along each axis a number of cells that can be halved at least so many times, on
// a grid which then has still too many unknowns to be the coarsest.
var cells = [...]int{1 << 8, 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14}

// predicted is how many grids [Predict] sees, by dimension: more take longer than a tenth of
// a second, and say little more of classical cycles. Learned kernels of a level make good for what
// those below leave, and may be better with all levels than with so few.
var predicted = [...]int{1: 5, 2: 3, 3: 2}

// Predict is the factor of a solver with these settings for A, from its first few grids as
// if they went on for ever: boundaries and odd numbers of cells are not seen. Variable
// coefficients, or a smoother without a symbol, are an error.
func Predict(a stencil.Operator, s multigrid.Settings) (float64, error) {
	grid, _ := a.Grids()
	if s.Smoother == nil {
		s.Smoother = multigrid.RedBlack{Omega: 1}
	}
	if s.Coarsening == nil {
		s.Coarsening = multigrid.Rediscretized{}
		switch s.Smoother.(type) {
		case multigrid.Lines, multigrid.Planes:
			s.Coarsening = multigrid.BlackBox{}
		}
	}
	s.Cycle.Full = false // what comes after the full pass
	c, err := New(a, s.Smoother, s.Coarsening, s.Cycle, max(2, predicted[grid.Dim()]))
	if err != nil {
		return math.NaN(), err
	}
	if err := c.check(); err != nil {
		return math.NaN(), err
	}
	walks, err := newAnalysis(c)
	if err != nil {
		return math.NaN(), err
	}
	return walks.maximum((*walk).cycle), nil
}

// Analyse predicts the factors of a cycle. An operator or smoother without a symbol is an
// error, and so are operators on grids that do not follow each other.
func (c Cycle) Analyse() (Factors, error) {
	if err := c.check(); err != nil {
		return Factors{}, err
	}
	two := c
	two.Levels = c.Levels[:2]
	a, err := newAnalysis(two)
	if err != nil {
		return Factors{}, err
	}
	nu := steps(c.Schedule.Pre, 0) + steps(c.Schedule.Post, 0)
	var f Factors
	f.Smoothing = math.Pow(a.maximum(func(w *walk) *matrix { return w.smoothed(nu) }), 1/float64(nu))
	f.TwoGrid = a.maximum((*walk).cycle)
	if f.Cycle = f.TwoGrid; len(c.Levels) > 2 {
		if a, err = newAnalysis(c); err != nil {
			return Factors{}, err
		}
		f.Cycle = a.maximum((*walk).cycle)
	}
	return f, nil
}

// steps is what a list of a schedule has on a level.
func steps(list []int, level int) int {
	if len(list) == 0 {
		return 0
	}
	return list[min(level, len(list)-1)]
}

// check reports what no analysis can be made of.
func (c Cycle) check() error {
	if c.Smoother == nil {
		return errors.New("lfa: no smoother; want one")
	}
	if err := c.Smoother.Validate(); err != nil {
		return err
	}
	pre, post := steps(c.Schedule.Pre, 0), steps(c.Schedule.Post, 0)
	if nu := pre + post; pre < 0 || post < 0 || nu == 0 || nu > 1000 {
		return fmt.Errorf("lfa: %d + %d smoothing steps; want 1 to 1000 in all", pre, post)
	}
	if err := c.Schedule.Validate(); err != nil {
		return err
	}
	if c.Schedule.Full || c.Schedule.DownOnly {
		return errors.New("lfa: a full or down-only cycle; want a V-, W- or F-cycle")
	}
	if len(c.Levels) < 2 {
		return fmt.Errorf("lfa: %d grids; want at least 2", len(c.Levels))
	}
	for k, l := range c.Levels {
		grid, to := l.A.Grids()
		if grid.Dim() == 0 || to != grid {
			return fmt.Errorf("lfa: A of level %d is %v; want an operator on one grid", k, l.A)
		}
		if k == 0 {
			continue
		}
		fine, _ := c.Levels[k-1].A.Grids()
		rFrom, rTo := l.R.Grids()
		pFrom, pTo := l.P.Grids()
		if rFrom != fine || pTo != fine || rTo != grid || pFrom != grid {
			return fmt.Errorf("lfa: level %d has R %v and P %v; want transfers between the same two grids, %v and %v", k, l.R, l.P, fine, grid)
		}
	}
	return nil
}
