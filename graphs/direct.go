package graphs

// The direct solution, to compare with.

import (
	"errors"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"

	"mgtool/internal/memory"
)

// direct solves by a Cholesky factorisation within the band that the matrix has in the reverse
// order of Cuthill and McKee (George and Liu, Computer Solution of Large Sparse Positive
// Definite Systems, 1981, chapter 4). Where A is singular a node of each component has twice
// its diagonal: g has the mean 0 there, so that u is 0 at this node.
func (p *problem) direct(graph *Graph, g []float64, relTol float64, solution *Solution, begin time.Time) error {
	n := len(g)
	order := graph.cuthillMcKee()
	at := make([]int32, n) // the new place of a node
	for k, i := range order {
		at[i] = int32(k)
	}
	band := 0
	for i := range n {
		for _, j := range graph.Neighbour[graph.Start[i]:graph.Start[i+1]] {
			band = max(band, int(at[i]-at[j]))
		}
	}
	solution.Band = band
	if err := memory.Check("the band of a direct solution", 2*8*int64(n)*int64(band+1)); err != nil {
		return err
	}
	m := mat.NewSymBandDense(n, band, nil)
	pinned := make([]bool, p.components)
	for i := range n {
		d := p.a.Diagonal[i]
		if p.singular && !pinned[p.component[i]] {
			pinned[p.component[i]] = true
			d *= 2
		}
		m.SetSymBand(int(at[i]), int(at[i]), d)
		for t := p.a.Start[i]; t < p.a.Start[i+1]; t++ {
			m.SetSymBand(int(at[i]), int(at[p.a.Column[t]]), p.a.Value[t])
		}
	}
	var factors mat.BandCholesky
	if !factors.Factorize(m) {
		return errors.New("the matrix is not positive definite")
	}
	solution.SetupS = time.Since(begin).Seconds()
	begin = time.Now()
	b := mat.NewVecDense(n, nil)
	for k, i := range order {
		b.SetVec(k, g[i])
	}
	var x mat.VecDense
	if err := factors.SolveVecTo(&x, b); err != nil && !isCondition(err) {
		return err
	}
	solution.U = make([]float64, n)
	for k, i := range order {
		solution.U[i] = x.AtVec(k)
	}
	solution.SolveS = time.Since(begin).Seconds()
	r, norm, left := make([]float64, n), 0.0, 0.0
	p.residual(r, solution.U, g)
	for i, v := range r {
		norm, left = math.Hypot(norm, g[i]), math.Hypot(left, v)
	}
	solution.Residuals, solution.Converged = []float64{1, left / norm}, left <= relTol*norm
	return nil
}

// isCondition reports that gonum only warns of a large condition number: the residual tells.
func isCondition(err error) bool {
	var c mat.Condition
	return errors.As(err, &c)
}

// cuthillMcKee orders the nodes of each component by their distance from a node far outside,
// the last first, which keeps neighbours close together.
func (g *Graph) cuthillMcKee() []int32 {
	n := g.Nodes()
	count := func(i int32) int { return g.Start[i+1] - g.Start[i] }
	seen := make([]bool, n)
	walk := func(from int32, order []int32) []int32 {
		first := len(order)
		order = append(order, from)
		seen[from] = true
		for k := first; k < len(order); k++ {
			begin := len(order)
			for _, j := range g.Neighbour[g.Start[order[k]]:g.Start[order[k]+1]] {
				if !seen[j] {
					seen[j] = true
					order = append(order, j)
				}
			}
			slices.SortStableFunc(order[begin:], func(a, b int32) int { return count(a) - count(b) })
		}
		return order
	}
	order := make([]int32, 0, n)
	for i := range n {
		if seen[i] {
			continue
		}
		start, first := int32(i), len(order)
		for range 4 { // the node that is reached last is further outside
			order = walk(start, order[:first])
			start = order[len(order)-1]
			for _, k := range order[first:] {
				seen[k] = false
			}
		}
		order = walk(start, order[:first])
	}
	slices.Reverse(order)
	return order
}
