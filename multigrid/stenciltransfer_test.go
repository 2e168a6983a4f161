package multigrid

import (
	"math"
	"math/rand/v2"
	"testing"

	"mgtool/pde"
)

// R of a kernel without any symmetry is its definition, and P with the same kernel is
// the transpose of R.
func TestStencilTransferIsItsDefinition(t *testing.T) {
	fineGrid, err := pde.NewGrid([]int{8, 12}, []float64{1. / 8, 1. / 12})
	if err != nil {
		t.Fatal(err)
	}
	coarseGrid, err := pde.NewGrid([]int{4, 6}, []float64{1. / 4, 1. / 6})
	if err != nil {
		t.Fatal(err)
	}
	k := pde.Stencil{{1, 2, 4}, {8, 16, 32}, {64, 128, 256}}
	transfer := StencilTransfer{R: func(pde.Grid) pde.Stencil { return k }, P: func(pde.Grid) pde.Stencil { return k }}
	rng := rand.New(rand.NewPCG(1, 2))
	interior := func(g pde.Grid) *pde.Field[float64] {
		f := pde.NewField[float64](g)
		for j := 1; j < g.N[1]; j++ {
			for i := 1; i < g.N[0]; i++ {
				f.Row(j, 0)[i] = float64(rng.IntN(100)) // whole numbers: sums are exact
			}
		}
		return f
	}
	v, w := interior(fineGrid), interior(coarseGrid)
	rv, pw := pde.NewField[float64](coarseGrid), pde.NewField[float64](fineGrid)
	transfer.Restrict(rv, v)
	transfer.Prolong(pw, w)
	down, up := 0.0, 0.0 // <R v, w> and <v, P w>
	for j := 1; j < coarseGrid.N[1]; j++ {
		for i := 1; i < coarseGrid.N[0]; i++ {
			want := 0.0
			for t := -1; t <= 1; t++ {
				for s := -1; s <= 1; s++ {
					want += k[1+t][1+s] * v.Row(2*j+t, 0)[2*i+s]
				}
			}
			if got := rv.Row(j, 0)[i]; got != want {
				t.Fatalf("R v at (%d, %d) is %g, want %g", i, j, got, want)
			}
			down += want * w.Row(j, 0)[i]
		}
	}
	for j := 1; j < fineGrid.N[1]; j++ {
		for i := 1; i < fineGrid.N[0]; i++ {
			up += v.Row(j, 0)[i] * pw.Row(j, 0)[i]
		}
	}
	if math.Abs(up-down) > 0 || down == 0 {
		t.Errorf("<R v, w> is %g, <v, P w> %g; want the same", down, up)
	}
}
