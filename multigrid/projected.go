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

// takeMean takes the mean over the unknowns out of them and returns it.
func takeMean(f *pde.Field[float64]) float64 {
	inner := func(j, k int) []float64 { return f.Row(j, k)[1 : 1+f.Inner(0)] }
	mean := sumRows(f.Grid, func(j, k int) (sum float64) {
		for _, v := range inner(j, k) {
			sum += v
		}
		return sum
	}) / float64(f.Unknowns())
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
