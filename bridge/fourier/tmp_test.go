package fourier

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"mgtool/pde/stencil"
)

func poisson2() Problem { return Problem{2, stencil.Plane([3][3]float64{{0, -1, 0}, {-1, 4, -1}, {0, -1, 0}})} }

func TestGrad(t *testing.T) {
	for _, sym := range []bool{true, false} {
		p := newParameters(poisson2(), Spec{Pre: 2, Post: 1, Width: 3, Symmetric: sym, Levels: 2, Cyclic: sym, Restriction: true, Prolongation: true, Gamma: 1})
		o := newObjective(poisson2(), p, 8, 3, 2, 1)
		x := p.random(rand.New(rand.NewPCG(1, 1)), .05)
		o.evaluate(x)
		g := append([]float64(nil), o.grad...)
		for i := range x {
			y := append([]float64(nil), x...)
			y[i] += 1e-6
			o.evaluate(y)
			hi := o.loss
			y[i] -= 2e-6
			o.evaluate(y)
			fmt.Printf("%.6f/%.6f ", g[i], (hi-o.loss)/2e-6)
		}
		fmt.Println(o.loss)
	}
}

func TestSearch(t *testing.T) {
	for _, s := range []Spec{
		{Pre: 1, Post: 1, Width: 3, Symmetric: true, Levels: 1, Gamma: 1},
		{Pre: 1, Post: 1, Width: 3, Symmetric: true, Levels: 3, Gamma: 1},
		{Pre: 1, Post: 1, Width: 3, Symmetric: true, Levels: 3, Gamma: 1, Restriction: true},
		{Pre: 1, Post: 1, Width: 3, Symmetric: false, Levels: 3, Gamma: 1, Restriction: true, Prolongation: true},
	} {
		begin := time.Now()
		r, p, err := search(context.Background(), poisson2(), s, Options{Starts: 8, Seed: 1, Report: func(s string, _ int, f float64) { fmt.Println(s, f) }})
		fmt.Println(s, r.factor, err, time.Since(begin))
		for _, k := range p.kernels(r.x) {
			fmt.Println(*k)
		}
	}
}
