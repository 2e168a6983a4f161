package multigrid

import (
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// In one dimension R and P of their own, constant and of every vertex, without any symmetry, do
// what the formula says, on rows of one piece and of several, also around a ring.
func TestTransfersOfOneDimension(t *testing.T) {
	var cases []operatorCase
	for _, n := range []int{128, 2*piece + 1024} {
		for _, side := range []pde.Boundary{pde.Dirichlet, pde.Periodic} {
			g := mustGrid(t, []int{n}, []float64{1})
			g.Sides[0] = [2]pde.Boundary{side, side}
			for _, c := range []Coarsening{skewed{}, everywhere{}} {
				for _, s := range []Smoother{Jacobi{.7}, RedBlack{1}, KernelSmoother{"K", 3, []float64{.1, .7, .2}}} {
					cases = append(cases, operatorCase{"−Δ, R and P of their own", stencil.Laplacian(g), Components{Smoother: s, Coarsening: c}})
				}
			}
		}
	}
	areReference(t, cases)
}
