package main

// The systems of the table: coefficients that make multigrid hard.

import (
	"fmt"
	"math"
	"math/rand/v2"

	"mgtool/pde"
	"mgtool/pde/elliptic"
)

// system is a row of the table.
type system struct {
	group, name string
	equation    elliptic.Equation
}

// systems lists the rows for n cells a side in two dimensions and a quarter of that in
// three.
func systems(n int) (list []system) {
	add := func(group, name string, n []int, size []float64, a elliptic.Tensor, stretch *pde.Coordinates) {
		h := make([]float64, len(n))
		for d := range n {
			h[d] = size[d] / float64(n[d])
		}
		grid, err := pde.NewGrid(n, h)
		if err != nil {
			panic(err) // a fault of this list
		}
		grid.Stretch = stretch
		e := elliptic.Equation{Grid: grid, Diffusion: a, Source: elliptic.Constant(1)}
		list = append(list, system{group, name, e})
	}
	c := elliptic.Constant
	square, unit := []int{n, n}, []float64{1, 1}
	m := n / 4
	box, cube := []int{m, m, m}, []float64{1, 1, 1}

	add("constant", "Poisson, 2-D", square, unit, elliptic.Tensor{}, nil)
	add("constant", "Poisson, 3-D", box, cube, elliptic.Tensor{}, nil)
	wave := func(dim int) elliptic.Coefficient {
		return elliptic.Function(func(x, y, z float64) float64 {
			a := math.Sin(2*math.Pi*x) * math.Sin(2*math.Pi*y)
			if dim == 3 {
				a *= math.Sin(2 * math.Pi * z)
			}
			return 1 + a/2
		})
	}
	add("smooth", "a = 1 + ½ sin 2πx sin 2πy, 2-D", square, unit, elliptic.Tensor{XX: wave(2)}, nil)
	add("smooth", "a = 1 + ½ sin 2πx sin 2πy sin 2πz, 3-D", box, cube, elliptic.Tensor{XX: wave(3)}, nil)
	for _, e := range []float64{1e-1, 1e-2, 1e-3, 1e-4, 1e-6} {
		add("axis-aligned", fmt.Sprintf("a = (1, %g)", e), square, unit, elliptic.Tensor{XX: c(1), YY: c(e)}, nil)
		add("axis-aligned", fmt.Sprintf("a = (%g, 1)", e), square, unit, elliptic.Tensor{XX: c(e), YY: c(1)}, nil)
	}
	for _, e := range []float64{1e-1, 1e-3, 1e-6} {
		add("axis-aligned", fmt.Sprintf("a = (1, 1, %g)", e), box, cube, elliptic.Tensor{XX: c(1), YY: c(1), ZZ: c(e)}, nil)
		add("axis-aligned", fmt.Sprintf("a = (1, %g, %g)", e, e), box, cube, elliptic.Tensor{XX: c(1), YY: c(e), ZZ: c(e)}, nil)
		add("axis-aligned", fmt.Sprintf("a = (%g, 1, 1)", e), box, cube, elliptic.Tensor{XX: c(e), YY: c(1), ZZ: c(1)}, nil)
	}
	for _, e := range []float64{1e-1, 1e-3, 1e-6} {
		for _, degrees := range []float64{15, 30, 45, 60, 75, 90} {
			s, co := math.Sincos(degrees * math.Pi / 180)
			a := elliptic.Tensor{XX: c(co*co + e*s*s), YY: c(s*s + e*co*co), XY: c((1 - e) * co * s)}
			add("rotated", fmt.Sprintf("a = (1, %g) turned by %g°", e, degrees), square, unit, a, nil)
		}
	}
	for _, jump := range []float64{1e2, 1e4, 1e6} {
		checks := elliptic.Function(func(x, y, _ float64) float64 {
			if (int(8*x)+int(8*y))%2 == 0 {
				return jump
			}
			return 1
		})
		add("jumps", fmt.Sprintf("8 × 8 checkerboard, 1 and %g", jump), square, unit, elliptic.Tensor{XX: checks}, nil)
		add("jumps", fmt.Sprintf("random inclusions, 1 and %g", jump), square, unit, elliptic.Tensor{XX: inclusions(jump)}, nil)
		add("jumps", fmt.Sprintf("4 × 4 × 4 checkerboard, 1 and %g", jump), box, cube, elliptic.Tensor{XX: elliptic.Function(func(x, y, z float64) float64 {
			if (int(4*x)+int(4*y)+int(4*z))%2 == 0 {
				return jump
			}
			return 1
		})}, nil)
	}
	for _, jump := range []float64{1e2, 1e4, 1e6} {
		add("single cells", fmt.Sprintf("every second cell at random, 1 and %g, 2-D", jump), square, unit, elliptic.Tensor{XX: islands(square, jump)}, nil)
		add("single cells", fmt.Sprintf("every third cell at random, 1 and %g, 3-D", jump), box, cube, elliptic.Tensor{XX: islands(box, jump)}, nil)
	}
	add("thin", fmt.Sprintf("%d × 4 cells", 16*n), []int{16 * n, 4}, []float64{1, 4 / float64(16*n)}, elliptic.Tensor{}, nil)
	add("thin", fmt.Sprintf("4 × %d cells", 16*n), []int{4, 16 * n}, []float64{4 / float64(16*n), 1}, elliptic.Tensor{}, nil)
	add("thin", fmt.Sprintf("%d × %d × 4 cells", n, n), []int{n, n, 4}, []float64{1, 1, 4 / float64(n)}, elliptic.Tensor{}, nil)
	add("widths", "square of cells 1 : 10", square, []float64{1, 10}, elliptic.Tensor{}, nil)
	add("widths", "cells growing 1 : 100 along y", square, unit, elliptic.Tensor{}, &pde.Coordinates{nil, growing(n, 100)})
	add("widths", "cells growing 1 : 100 along x and y", square, unit, elliptic.Tensor{}, &pde.Coordinates{growing(n, 100), growing(n, 100)})
	return list
}

// inclusions is 1 with discs of another value at random places, the same ones each time.
func inclusions(value float64) elliptic.Coefficient {
	rng := rand.New(rand.NewPCG(1, 2))
	type disc struct{ x, y, r float64 }
	discs := make([]disc, 40)
	for i := range discs {
		discs[i] = disc{rng.Float64(), rng.Float64(), 0.01 + 0.05*rng.Float64()}
	}
	return elliptic.Function(func(x, y, _ float64) float64 {
		for _, d := range discs {
			if math.Hypot(x-d.x, y-d.y) < d.r {
				return value
			}
		}
		return 1
	})
}

// islands is another value than 1 in each cell of a unit square or cube by itself, with
// probability 1/2 or 1/3, near which such cells begin to join across the grid.
func islands(n []int, value float64) elliptic.Coefficient {
	rng := rand.New(rand.NewPCG(3, 4))
	count := 1
	for _, m := range n {
		count *= m
	}
	a := make([]float64, count)
	for i := range a {
		if a[i] = 1; rng.IntN(len(n)) == 0 {
			a[i] = value
		}
	}
	return elliptic.Function(func(x, y, z float64) float64 {
		at, point := 0, [3]float64{x, y, z}
		for d := len(n) - 1; d >= 0; d-- {
			at = at*n[d] + min(int(point[d]*float64(n[d])), n[d]-1)
		}
		return a[at]
	})
}

// growing is n+1 coordinates in [0, 1] whose distances grow in equal ratios, the last
// this many times the first.
func growing(n int, times float64) []float64 {
	x := make([]float64, n+1)
	ratio := math.Pow(times, 1/float64(n-1))
	width := 1.0
	for i := range n {
		x[i+1] = x[i] + width
		width *= ratio
	}
	for i := range x {
		x[i] /= x[n]
	}
	return x
}
