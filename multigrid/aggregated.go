package multigrid

// Algebraic multigrid where no grid fits the operator.

import (
	"errors"
	"fmt"

	"mgtool/internal/parallel"
	"mgtool/multigrid/aggregation"
	"mgtool/multigrid/cycle"
	"mgtool/multigrid/krylov"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// Aggregation is algebraic multigrid for symmetric operators whose coefficients jump from
// cell to cell: coarse unknowns are aggregates of fine ones, wherever these lie, see package
// aggregation. It needs double precision, [SymmetricGaussSeidel], half of it before and half
// after each correction, and a Krylov method around it; of a cycle it takes nothing. Its
// sweeps use one core, and the result does not depend on the number of cores.
type Aggregation struct{}

// Coarsen implements [Coarsening]; the levels are no grids, and the [Solver] makes them
// itself.
func (Aggregation) Coarsen([]Coarse) (c Coarse, ok bool, err error) {
	return c, false, errors.New("multigrid: aggregation outside a Solver; want Galerkin or Rediscretized")
}

// aggregated is the method: residuals and norms by the box of the finest level.
type aggregated struct {
	*blackBox
	levels *aggregation.Hierarchy
	x, b   []float64
	sign   float64 // of the diagonal
}

func newAggregated(a stencil.Operator, settings Settings) (*aggregated, error) {
	switch {
	case settings.Precision != Double:
		return nil, errors.New("multigrid: aggregation in mixed precision; want double")
	case settings.Watch != nil:
		return nil, errors.New("multigrid: Watch of aggregation; want another coarsening")
	}
	if _, ok := settings.Smoother.(SymmetricGaussSeidel); !ok {
		return nil, fmt.Errorf("multigrid: smoother %v with aggregation; want sgs", settings.Smoother)
	}
	grid, _ := a.Grids()
	if err := checkMemory(grid, aggregatedBytes(a, settings.Krylov)); err != nil {
		return nil, err
	}
	b := boxOf(a)
	if b.a[13] == nil || hasZero(b.a[13]) {
		return nil, fmt.Errorf("multigrid: the diagonal of %v has a zero or a NaN; want neither", a)
	}
	f := &aggregated{blackBox: &blackBox{levels: []*box{b}}, sign: 1}
	if f.symmetric = b.symmetrize(); !f.symmetric {
		return nil, fmt.Errorf("multigrid: %v is not symmetric; want blackbox or another coarsening than aggregation", a)
	}
	if f.singular = b.mapsConstantsToZero(); f.singular {
		f.data = pde.NewField[float64](grid)
	}
	b.r = pde.NewField[float64](grid)
	b.makeScratch()
	f.prepareNorms()
	matrix := b.matrix()
	if matrix.Diagonal[0] < 0 {
		f.sign = -1
		for _, x := range [][]float64{matrix.Diagonal, matrix.Value} {
			for i := range x {
				x[i] = -x[i]
			}
		}
	}
	var err error
	if f.levels, err = aggregation.New(matrix); err != nil {
		return nil, fmt.Errorf("multigrid: %w", err)
	}
	f.x, f.b = make([]float64, matrix.Len()), make([]float64, matrix.Len())
	return f, nil
}

// aggregatedBytes is [Memory] with aggregation: A with all its coefficients unless the caller
// keeps them, a residual, two fields for the data of a singular problem and the boundary
// values, those of the Krylov method, the rows of the workers and of the norms, and the levels.
func aggregatedBytes(a stencil.Operator, k Krylov) int64 {
	grid, _ := a.Grids()
	form, fields := formOf(a)
	made, offsets := true, int64(2*grid.Dim()+1)
	switch form {
	case varyingForm:
		made, offsets = false, fields-1
	case kernelForm:
		offsets = 0
		kernel, _ := a.Kernel()
		for _, v := range kernel {
			if v != 0 {
				offsets++
			}
		}
	}
	fields = 3
	if made {
		fields += offsets
	}
	if k.named() {
		fields += int64(krylov.Settings{Method: k.method()}.Fields())
	}
	b := newBox(grid)
	rows := 2*int64(parallel.Workers())*pde.FieldBytes[float64](rowGrid(b.n[0]+1)) + 16*int64(b.rows())
	n := grid.Unknowns()
	return fields*pde.FieldBytes[float64](grid) + rows + 16*int64(n) + aggregation.Bytes(n, n*int(max(offsets-1, 0)))
}

// matrix is A by rows, scaled to be symmetric, with its unknowns in the order of memory.
func (b *box) matrix() *aggregation.Matrix {
	n := b.n[0] * b.n[1] * b.n[2]
	m := &aggregation.Matrix{Diagonal: make([]float64, n), Start: make([]int, 1, n+1)}
	most := n * max(len(b.support)-1, 0)
	m.Column, m.Value = make([]int32, 0, most), make([]float64, 0, most)
	rows := b.newClosedRows()
	index := func(i, j, k int) int32 { return int32(max(i-1, 0) + b.n[0]*(max(j-1, 0)+b.n[1]*max(k-1, 0))) }
	at := int32(0)
	for row := range b.rows() {
		j, k := b.rowAt(row)
		rows.load(b, j, k)
		for i := 1; i <= b.n[0]; i++ {
			first := len(m.Column)
			for _, o := range b.support {
				v := rows[o][i]
				if v == 0 {
					continue
				}
				d := stencil.Offset(o)
				io, _ := b.within(0, i+d[0])
				jo, _ := b.within(1, j+d[1])
				ko, _ := b.within(2, k+d[2])
				c := index(io, jo, ko)
				if c == at { // also a neighbour around a short ring
					m.Diagonal[at] += v
					continue
				}
				// In its place: rings change the order, and name a neighbour twice.
				t := len(m.Column)
				for t > first && m.Column[t-1] > c {
					t--
				}
				if t > first && m.Column[t-1] == c {
					m.Value[t-1] += v
					continue
				}
				m.Column, m.Value = append(m.Column, 0), append(m.Value, 0)
				copy(m.Column[t+1:], m.Column[t:])
				copy(m.Value[t+1:], m.Value[t:])
				m.Column[t], m.Value[t] = c, v
			}
			m.Start = append(m.Start, len(m.Column))
			at++
		}
	}
	return m
}

// correction sets f.x ≈ A⁻¹ r.
func (f *aggregated) correction(r *pde.Field[float64]) {
	b := f.blackBox.levels[0]
	n := b.n[0]
	parallel.For(b.rows(), 1+unitWork/n, func(lo, hi int) {
		for row := lo; row < hi; row++ {
			j, k := b.rowAt(row)
			from, to := r.Row(j, k)[1:1+n], f.b[row*n:]
			for i, v := range from {
				to[i] = f.sign * b.weight(1+i, j, k) * v
			}
		}
	})
	f.levels.Apply(f.x, f.b)
}

// add is u += f.x.
func (f *aggregated) add(u *pde.Field[float64]) {
	b := f.blackBox.levels[0]
	for row := range b.rows() {
		j, k := b.rowAt(row)
		to := u.Row(j, k)[1 : 1+b.n[0]]
		for i, v := range f.x[row*b.n[0] : (row+1)*b.n[0]] {
			to[i] += v
		}
	}
	b.fill(u)
}

// Levels is the number of levels.
func (f *aggregated) Levels() int { return f.levels.Levels() }

func (f *aggregated) cycle(cycle.Cycle, func(r float64) bool) {
	if f.ends() {
		return
	}
	b := f.blackBox.levels[0]
	b.fill(b.u)
	for row := range b.rows() {
		j, k := b.rowAt(row)
		b.residualRow(&b.scratch[0], b.r.Row(j, k), 1, b.n[0], j, k)
	}
	f.correction(b.r)
	f.add(b.u)
	f.taken = append(f.taken, f.takeNorms())
}

// aggregatedLinear is [linear] with cycles of aggregation, which are symmetric but for the
// changes of the map from one residual to the next: conjugate gradients allow for these.
type aggregatedLinear struct {
	*boxLinear
	f *aggregated
}

func (f *aggregated) linear() linear {
	return &aggregatedLinear{f.blackBox.linear().(*boxLinear), f}
}

func (x *aggregatedLinear) Precondition(z, r *pde.Field[float64]) error {
	if x.f.ends() {
		return errStopped
	}
	x.f.correction(r)
	z.Zero()
	x.f.add(z)
	return nil
}
