package multigrid

// Black-box multigrid: of an operator it needs the matrix alone.

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"

	"mgtool/internal/parallel"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// BlackBox is the coarsening for operators of any 3^d coefficients: jumps, anisotropy in
// any direction, masks, unequal widths. It looks at nothing but the rows of A, on the box
// of the unknowns' indices, and keeps every second one. P follows from the rows of A
// (Dendy, Black box multigrid, J. Comput. Phys. 48, 1982), R = Pᵀ, and A' = R A P; where
// rows come scaled, as those of half cells at Neumann sides, this is of the symmetric
// matrix. It needs double precision, and [RedBlack], then of 2^d colours, [Lines], [Adaptive] or
// [Planes] as the smoother. As a preconditioner of conjugate gradients it smooths after the correction in
// the opposite order, so that a cycle is symmetric where A is.
//
// It is slow where many small islands, of a few points each, conduct far better than what
// is around them and almost join (a tenth of the cells of a cube at random, a fifth of those
// of a square): on coarser levels some lie between the coarse points, and relaxation reduces
// their errors only slowly. Conjugate gradients then take a step or two for each island;
// [Aggregation] takes few.
type BlackBox struct {
	// Semi keeps all indices of an axis whose couplings are weak everywhere, less than a
	// third of the strongest: relaxation along the others does not smooth along it.
	Semi bool
	// Influence, if not nil, changes what P is made of; in two dimensions, on levels of which
	// both axes become coarser.
	Influence Influence
}

// Influence says which neighbours determine P at the points between coarse ones, beyond what
// their own row of A tells.
type Influence interface {
	// Weigh changes s, the rows of A at every second point, from the first on, of the middle one of
	// three rows of points: these lie between coarse points along x, along y or along both.
	// Couplings along an axis on which they do not are already summed: s[k][13 + ox + 3 oy]
	// belongs to the offset (ox, oy) of point first + 2k, and s[k][13] is positive. rows have the
	// coefficients of A in the same order by point, 0 with what lies around. To keep constants,
	// Weigh keeps the sum of s[k] without s[k][13]. It is called concurrently.
	Weigh(rows [3]*[27][]float64, first int, alongX, alongY bool, s [][27]float64)
}

// Coarsen implements [Coarsening]; the levels of black-box multigrid are no operators on
// grids of the same kind, and the [Solver] makes them itself.
func (BlackBox) Coarsen([]Coarse) (c Coarse, ok bool, err error) {
	return c, false, errors.New("multigrid: black-box coarsening outside a Solver; want Galerkin or Rediscretized")
}

// blackBox is the method.
type blackBox struct {
	levels    []*box
	symmetric bool // A is, with its rows scaled
	reverse   bool // smooth in the opposite order after the correction
	singular  bool
	inverse   []float64 // of the coarsest level, block by block
	low       []float64 // its residual

	stop    func() bool
	stopped atomic.Bool

	data     *pde.Field[float64] // g less its mean, of a singular problem
	mean     float64             // of g
	extended *pde.Field[float64] // the boundary values extended inwards
	largest  float64             // of the diagonal
	rr, uu   []float64           // of the rows of the finest level: Σ r², Σ (D u)²
	measure  rowLoop
	taken    []sums
}

// usualCoarsening is the coarsening for a smoother where the settings have none.
func usualCoarsening(s Smoother) Coarsening {
	if ofBlocks(s) {
		return BlackBox{}
	}
	return Rediscretized{}
}

// ofBlocks reports a smoother that may relax lines or planes.
func ofBlocks(s Smoother) bool {
	switch s.(type) {
	case Lines, Planes, Adaptive:
		return true
	}
	return false
}

// newBlackBox makes the levels.
func newBlackBox(a stencil.Operator, settings Settings, s BlackBox) (*blackBox, error) {
	switch {
	case settings.Precision != Double:
		return nil, errors.New("multigrid: black-box coarsening in mixed precision; want double")
	case settings.Watch != nil:
		return nil, errors.New("multigrid: Watch of black-box multigrid; want another coarsening")
	}
	grid, _ := a.Grids()
	if err := checkMemory(grid, boxesBytes(a, settings, s)); err != nil {
		return nil, err
	}
	if s.Influence != nil && grid.Dim() != 2 {
		return nil, fmt.Errorf("multigrid: an Influence on P in dimension %d; want 2", grid.Dim())
	}
	f := &blackBox{}
	finest := boxOf(a)
	if finest.a[13] == nil || hasZero(finest.a[13]) {
		return nil, fmt.Errorf("multigrid: the diagonal of %v has a zero or a NaN; want neither", a)
	}
	f.symmetric = finest.symmetrize()
	f.singular = finest.mapsConstantsToZero()
	if err := f.build(finest, settings.Smoother, s); err != nil {
		return nil, err
	}
	if f.singular {
		f.data = pde.NewField[float64](finest.grid)
	}
	f.prepareNorms()
	return f, nil
}

// build makes the levels from the finest on, but for u and g of that.
func (f *blackBox) build(finest *box, smoother Smoother, s BlackBox) error {
	for b := finest; ; b = b.coarser {
		f.levels = append(f.levels, b)
		if !b.coarsen(s.Semi) {
			break
		}
		if b.axes[0].half && b.axes[1].half {
			b.influence = s.Influence
		}
		b.interpolation()
		b.product()
	}
	for i, b := range f.levels {
		b.r = pde.NewField[float64](b.grid)
		if i > 0 {
			b.u, b.g = pde.NewField[float64](b.grid), pde.NewField[float64](b.grid)
		}
		b.makeScratch()
		if i == len(f.levels)-1 {
			break
		}
		if err := b.prepareSmoother(smoother); err != nil {
			return err
		}
		b.prepareTransfers()
	}
	return f.invert()
}

// prepareSmoother makes the stages of a smoothing step.
func (b *box) prepareSmoother(s Smoother) error {
	if _, adaptive := s.(Adaptive); adaptive {
		if s = (Lines{}); b.alike() {
			s = RedBlack{Omega: 1}
		}
	}
	switch s := s.(type) {
	case RedBlack:
		b.points(s.Omega)
	case Lines:
		for _, d := range s.along(b.dim) {
			if d < 0 || d >= b.dim {
				return fmt.Errorf("multigrid: smoother %v in dimension %d; want lines along one of its axes", s, b.dim)
			}
			b.relaxLines(d)
		}
	case Planes:
		if b.dim != 3 {
			return fmt.Errorf("multigrid: smoother %v in dimension %d; want three dimensions, or lines", s, b.dim)
		}
		for _, d := range s.across() {
			if err := b.relaxPlanes(d); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("multigrid: smoother %v with black-box coarsening; want rbgs, rbsor, adaptive, lines or planes", s)
	}
	return nil
}

// coarsen makes the coarser level, without an operator, or reports that there is none.
func (b *box) coarsen(semi bool) bool {
	if b.together() <= b.fewest() {
		return false
	}
	if semi {
		return b.halve(b.strongAxes())
	}
	return b.halve([3]bool{true, true, true})
}

// halve makes the coarser level of every second index along these axes, where there are enough, or
// reports that there is none.
func (b *box) halve(strong [3]bool) bool {
	n, any := b.n, false
	for d := range b.dim {
		b.axes[d] = boxAxis{n: n[d], nc: n[d]}
		least := 2
		if b.periodic[d] {
			least = 4
		}
		if !strong[d] || b.apart[d] || n[d] < least {
			continue
		}
		any = true
		x := &b.axes[d]
		x.half = true
		if b.periodic[d] && n[d]%2 == 1 {
			x.shift = 1
		}
		x.nc = (n[d] + x.shift) / 2
		n[d] = x.nc
	}
	for d := b.dim; d < 3; d++ {
		b.axes[d] = boxAxis{n: 1, nc: 1}
	}
	if !any {
		return false
	}
	b.coarser = b.ofIndices(n)
	return true
}

// weakShare is the share of the strongest coupling below which that of an axis is weak.
const weakShare = 0.33

// strongAxes are the axes that somewhere couple a point at least weakShare times as strongly
// as its strongest axis does. Only axes that can become coarser count.
func (b *box) strongAxes() (strong [3]bool) {
	var found [3]atomic.Bool
	parallel.For(b.rows(), 1+unitWork/b.n[0], func(lo, hi int) {
		rows, strengths := b.newClosedRows(), newLookRow(b).strengths
		for row := lo; row < hi; row++ {
			j, k := b.rowAt(row)
			rows.load(b, j, k)
			b.strengths(rows, &strengths)
			for i := 1; i <= b.n[0]; i++ {
				var s [3]float64
				for d := range s {
					if b.n[d] > 2 || b.n[d] > 1 && !b.periodic[d] {
						s[d] = strengths[d][i]
					}
				}
				most := max(s[0], s[1], s[2])
				for d := range s {
					if s[d] > 0 && s[d] >= weakShare*most {
						found[d].Store(true)
					}
				}
			}
		}
	})
	for d := range strong {
		strong[d] = found[d].Load()
	}
	return strong
}

// strengths sets s to the couplings of the points of a row along the axes: the rows of A
// summed over the offsets across, the second derivatives of the operator.
func (b *box) strengths(rows *closedRows, s *[3][]float64) {
	for d := range s {
		clear(s[d])
		for _, o := range b.support {
			if stencil.Offset(o)[d] == 0 {
				continue
			}
			for i, v := range rows[o] {
				s[d][i] -= v
			}
		}
		for i, v := range s[d] {
			s[d][i] = math.Abs(v)
		}
	}
}

// prepareTransfers makes the loops of R and P.
func (b *box) prepareTransfers() {
	c := b.coarser
	b.residual = b.loopOver(b.rows(), unitWork, func(worker, row int) {
		j, k := b.rowAt(row)
		r := b.r.Row(j, k)
		b.residualRow(&b.scratch[worker], r, 1, b.n[0], j, k)
		if b.scale == nil {
			return
		}
		w := at(b.scale[1], j) * at(b.scale[2], k)
		for i := 1; i <= b.n[0]; i++ {
			r[i] *= w * at(b.scale[0], i)
		}
	})
	b.carry = b.loopOver(b.rows(), unitWork, func(_, row int) { b.prolongRow(b.rowAt(row)) })
	b.gather = c.loopOver(c.rows(), unitWork/4, func(_, row int) { b.restrictRow(c.rowAt(row)) })
}
