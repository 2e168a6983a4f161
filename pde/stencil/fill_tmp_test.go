package stencil

import (
	"math"
	"math/rand/v2"
	"testing"

	"mgtool/pde"
)

func oldVarying(a Operator) *Coefficients {
	g := a.fine
	var c Coefficients
	for _, o := range a.support {
		c[o] = pde.NewField[float64](g)
	}
	g.Rows(func(j, k int) {
		var list []entry
		for i := 1; i <= g.Inner(0); i++ {
			list = a.faces.entries(list[:0], [3]int{i, j, k})
			for _, e := range list {
				f := c[centre+e.y[0]-i+3*(e.y[1]-j)+9*(e.y[2]-k)]
				f.Set(i, j, k, f.At(i, j, k)+e.c)
			}
		}
	})
	return &c
}

func TestFillTmp(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for trial := range 3000 {
		dim := 1 + rng.IntN(3)
		n, h := make([]int, dim), make([]float64, dim)
		for d := range n {
			n[d], h[d] = 2+rng.IntN(6), 1
		}
		g, err := pde.NewGrid(n, h)
		if err != nil {
			t.Fatal(err)
		}
		g.Cells = rng.IntN(2) == 0
		for d := range dim {
			kinds := []pde.Boundary{pde.Dirichlet, pde.Neumann}
			g.Sides[d] = [2]pde.Boundary{kinds[rng.IntN(2)], kinds[rng.IntN(2)]}
			if rng.IntN(3) == 0 {
				g.Sides[d] = [2]pde.Boundary{pde.Periodic, pde.Periodic}
			}
		}
		var along [3]*pde.Field[float64]
		for d := range dim {
			along[d] = pde.NewField[float64](g)
			for i := range along[d].Data() {
				if rng.IntN(4) > 0 {
					along[d].Data()[i] = rng.Float64()
				}
			}
		}
		var re *pde.Field[float64]
		if rng.IntN(2) == 0 {
			re = pde.NewField[float64](g)
			re.FillInterior(func(_, _, _ float64) float64 { return rng.Float64() })
		}
		a, err := Faces(g, along, re)
		if err != nil {
			continue
		}
		want := oldVarying(a)
		got := a.varying().fields
		for o := range want {
			if (want[o] == nil) != (got[o] == nil) {
				t.Fatal("nil")
			}
			if want[o] == nil {
				continue
			}
			for i, v := range want[o].Data() {
				if math.Float64bits(v) != math.Float64bits(got[o].Data()[i]) {
					t.Fatalf("trial %d %v offset %d at %d: %v want %v", trial, g, o, i, got[o].Data()[i], v)
				}
			}
		}
	}
}
