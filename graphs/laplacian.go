package graphs

// The Laplacian as a matrix.

import (
	"fmt"
	"math"

	"mgtool/multigrid/aggregation"
)

// Laplacian is L + s I with L = D − W, D = diag(Σ_j w_ij), for a shift s of 0 or more. L maps
// constants on each component to 0. A node without neighbours has the diagonal 1 if s is 0.
func (g *Graph) Laplacian(shift float64) (*aggregation.Matrix, error) {
	if !(shift >= 0) || math.IsInf(shift, 0) {
		return nil, fmt.Errorf("graphs: shift %g of a Laplacian; want a number of 0 or more", shift)
	}
	a := &aggregation.Matrix{Diagonal: make([]float64, g.Nodes()), Start: g.Start, Column: g.Neighbour, Value: make([]float64, len(g.Neighbour))}
	for t := range a.Value {
		a.Value[t] = -g.weight(t)
	}
	for i := range a.Diagonal {
		if a.Diagonal[i] = g.degree(i) + shift; a.Diagonal[i] == 0 {
			a.Diagonal[i] = 1
		}
	}
	return a, nil
}
