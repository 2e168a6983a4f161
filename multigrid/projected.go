package multigrid

// Singular problems: constants are in the null space of A.

import (
	"math"

	"mgtool/pde"
)

// projected is a method for an A that maps constants to 0, on a grid without a side of
// given values: the mean is taken out of the data, which have a solution then, and of
// the solution, which is one of many. Transfers and the pseudo-inverse on the coarsest
// level keep to data of mean 0.
type projected struct {
	*hierarchy[float64]
	data *pde.Field[float64] // g less its mean
	mean float64             // of g
}

func newProjected(f *hierarchy[float64], grid pde.Grid) *projected {
	return &projected{hierarchy: f, data: pde.NewField[float64](grid)}
}

// singular reports that A maps constants to 0.
func (l *level[T]) singular() bool { return l.Closed() && l.op.rowSum <= 1e-12*l.bounds().norm }

func (p *projected) bind(u, g *pde.Field[float64]) error {
	if g.Grid != p.data.Grid {
		return p.hierarchy.bind(u, g)
	}
	p.data.CopyInterior(g)
	p.mean = takeMean(p.data)
	return p.hierarchy.bind(u, p.data)
}

func (p *projected) finish() {
	takeMean(p.levels[0].u)
	p.hierarchy.finish()
}

// defect is what g lacks to be compatible: its mean.
func (p *projected) defect() float64 { return p.mean }

// half reports that index i along axis d is a vertex on a Neumann side, which has half a
// cell: vᵀ A = 0 for the v of these parts.
func half(g pde.Grid, d, i int) bool {
	return d < g.Dim() && !g.Cells && (g.Sides[d][0] == pde.Neumann && i == 1 || g.Sides[d][1] == pde.Neumann && i == g.Inner(d))
}

// part is the part of a cell that the unknowns of a row have, but for those at its ends.
func part(g pde.Grid, j, k int) float64 {
	w := 1.0
	if half(g, 1, j) {
		w /= 2
	}
	if half(g, 2, k) {
		w /= 2
	}
	return w
}

// parts are the parts of cells of all unknowns, over their sum.
func parts(g pde.Grid) (v []float64) {
	sum := 0.0
	for row := range g.RowCount() {
		j, k := g.RowAt(row)
		w := part(g, j, k)
		for i := range g.Inner(0) {
			one := w
			if half(g, 0, i+1) {
				one /= 2
			}
			v = append(v, one)
			sum += one
		}
	}
	for i := range v {
		v[i] /= sum
	}
	return v
}

// takeMean takes the mean over the domain out of the unknowns and returns it.
func takeMean(f *pde.Field[float64]) float64 {
	inner := func(j, k int) []float64 { return f.Row(j, k)[1 : 1+f.Inner(0)] }
	cells := 1.0
	for d := range f.Dim() {
		n := float64(f.Inner(d))
		for _, i := range [2]int{1, f.Inner(d)} {
			if half(f.Grid, d, i) {
				n -= .5
			}
		}
		cells *= n
	}
	mean := sumRows(f.Grid, func(j, k int) (sum float64) {
		row := inner(j, k)
		for _, v := range row {
			sum += v
		}
		for _, i := range [2]int{1, len(row)} {
			if half(f.Grid, 0, i) {
				sum -= row[i-1] / 2
			}
		}
		return sum * part(f.Grid, j, k)
	}) / cells
	if math.IsNaN(mean) || math.IsInf(mean, 0) {
		return mean // the solve says what is wrong
	}
	f.Rows(func(j, k int) {
		row := inner(j, k)
		for i := range row {
			row[i] -= mean
		}
	})
	return mean
}
