package family

// Coefficients that jump from square to square.

import (
	"math"
	"math/rand/v2"

	"mgtool/pde"
)

func checkerboard() Family {
	return Family{
		Name: "checkerboard", About: "−∇·(a ∇u) = g, a = contrast^(±½) in each square; signs alternate with seed 0, else they are random; 2d+1 points",
		Params: []Param{
			dimension(2),
			{Name: "cells", About: "squares along each axis; jumps are on grid lines where it divides the number of cells", Default: 8, Least: 1, Most: 1024, Whole: true},
			{Name: "contrast", About: "the larger a over the smaller one", Default: 100, Least: 1, Most: 1e12},
		},
		Random: true,
		make: func(v map[string]float64, seed uint64) member {
			squares, contrast := int(v["cells"]), v["contrast"]
			return byCells(int(v["dim"]), func(g pde.Grid) []float64 { return checkerboardCells(g, squares, contrast, seed) })
		},
	}
}

// checkerboardCells has a in each cell, by the square that its centre lies in.
func checkerboardCells(g pde.Grid, squares int, contrast float64, seed uint64) []float64 {
	count, all := 1, 1
	for d := range g.Dim() {
		count, all = count*g.N[d], all*squares
	}
	high := make([]bool, all)
	rng := rand.NewPCG(seed, 0x626f617264)
	for s := range high {
		if seed != 0 {
			high[s] = rng.Uint64()>>63 == 1
			continue
		}
		sum := 0
		for rest := s; rest > 0; rest /= squares {
			sum += rest % squares
		}
		high[s] = sum%2 == 0
	}
	a := make([]float64, count)
	root := math.Sqrt(contrast)
	for i := range a {
		square, stride, rest := 0, 1, i
		for d := range g.Dim() {
			at := rest % g.N[d]
			square += stride * ((2*at + 1) * squares / (2 * g.N[d]))
			stride, rest = stride*squares, rest/g.N[d]
		}
		if a[i] = 1 / root; high[square] {
			a[i] = root
		}
	}
	return a
}
