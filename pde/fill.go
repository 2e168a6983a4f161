package pde

// Fields from functions, from chance and from their boundary; their distance
// from a function.

import (
	"math"
	"math/rand/v2"
)

// FillInterior sets the interior values to fn(x, y, z) and leaves the boundary.
// fn is called from several goroutines at a time.
func (f *Field[T]) FillInterior(fn func(x, y, z float64) float64) {
	f.Rows(func(j, k int) {
		y, z := f.Coordinate(1, j), f.Coordinate(2, k)
		inner := f.inner(j, k)
		for i := range inner {
			inner[i] = T(fn(f.Coordinate(0, 1+i), y, z))
		}
	})
}

// FillBoundary sets the values on Dirichlet sides to fn(x, y, z) and leaves the interior.
// On cells, the ghosts beyond Dirichlet sides get the values at their own centres.
func (f *Field[T]) FillBoundary(fn func(x, y, z float64) float64) {
	given := func(d, i int) bool {
		return f.N[d] > 0 && (i == 0 && f.Sides[d][0] == Dirichlet || i == f.Inner(d)+1 && f.Sides[d][1] == Dirichlet)
	}
	for k := range f.stored(2) {
		for j := range f.stored(1) {
			row, y, z := f.Row(j, k), f.Coordinate(1, j), f.Coordinate(2, k)
			step := len(row) - 1 // a row inside: its ends
			all := given(1, j) || given(2, k)
			if all {
				step = 1
			}
			for i := 0; i < len(row); i += step {
				if all || given(0, i) {
					row[i] = T(fn(f.Coordinate(0, i), y, z))
				}
			}
		}
	}
}

// Randomize sets the interior to uniform values in (−½, ½), the same for the
// same seed, and leaves the boundary.
func (f *Field[T]) Randomize(seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0x706465))
	f.eachRow(func(_ []T, j, k int) {
		inner := f.inner(j, k)
		for i := range inner {
			inner[i] = T(rng.Float64() - 0.5)
		}
	})
}

// ExtendBoundary fills the interior with the transfinite interpolant of the
// boundary values (Coons 1967; Gordon 1971). With P_d the linear blend along
// axis d of the values on the two sides across it, the interpolant is
//
//	P u = u − Π (I − P_d) u
//
// in two dimensions P_x + P_y − P_x P_y: the blends of opposite sides, less the
// bilinear blend of the corners. It is as smooth as the sides are, so its
// residual is a smooth function too, and zero where the boundary is zero. Along an axis with
// one side of given values the blend is constant, and axes without any have no part in it;
// without any side of given values, as on cells, the interior becomes 0. The discrete
// problem does not know the values on edges and corners: where one is not finite, the
// faces that meet there say what it would be.
func (f *Field[T]) ExtendBoundary() {
	b := boundaryOf(f)
	b.trusting = true
	b.meet()
	// What I − P_d takes at vertex at of axis d: itself, less the two sides.
	type part struct {
		at     int
		weight T
	}
	parts := func(d, at int) []part {
		switch given := b.given[d]; {
		case given[0] && given[1]:
			t := T(at) / T(b.end[d])
			return []part{{at, 1}, {0, t - 1}, {b.end[d], -t}}
		case given[0]:
			return []part{{at, 1}, {0, -1}}
		case given[1]:
			return []part{{at, 1}, {b.end[d], -1}}
		}
		return []part{{at, 1}}
	}
	n, end := b.end[0], 1+f.Inner(0)
	across := b.given[0] // there are values on these ends of a row
	f.Rows(func(j, k int) {
		row, ys, zs := f.Row(j, k), parts(1, j), parts(2, k)
		var left, right T // of Π (I − P_d) u over the axes across the row, at its ends
		for _, y := range ys {
			for _, z := range zs {
				w := y.weight * z.weight
				if across[0] {
					left += w * T(b.value([3]int{0, y.at, z.at}))
				}
				if across[1] {
					right += w * T(b.value([3]int{n, y.at, z.at}))
				}
			}
		}
		switch {
		case across[0] && !across[1]:
			right = left
		case across[1] && !across[0]:
			left = right
		}
		var piece [256]T // of the same inside
		for first := 1; first < end; first += len(piece) {
			sum := piece[:min(len(piece), end-first)]
			clear(sum)
			for _, y := range ys {
				for _, z := range zs {
					if y.at == j && z.at == k {
						continue // what was inside does not count
					}
					w := y.weight * z.weight
					if edge := b.rowOnEdge(y.at, z.at); edge != nil {
						for i, v := range edge[first:][:len(sum)] {
							sum[i] += w * T(v)
						}
						continue
					}
					for i, v := range f.Row(y.at, z.at)[first:][:len(sum)] {
						sum[i] += w * v
					}
				}
			}
			for i, v := range sum {
				t := T(first+i) / T(n)
				row[first+i] = (1-t)*left + t*right - v
			}
		}
	})
}

// Errors is the difference between f and the exact solution over the interior:
// its discrete L² norm, the root of Σ e² Π h, and its largest absolute value.
func (f *Field[T]) Errors(exact func(x, y, z float64) float64) (l2, worst float64) {
	var sum float64
	f.eachRow(func(_ []T, j, k int) {
		y, z := f.Coordinate(1, j), f.Coordinate(2, k)
		for i, v := range f.inner(j, k) {
			e := math.Abs(float64(v) - exact(f.Coordinate(0, 1+i), y, z))
			sum += e * e
			worst = max(worst, e) // keeps a NaN
		}
	})
	cell := 1.0
	for d := range f.Dim() {
		cell *= f.H[d]
	}
	return math.Sqrt(cell) * math.Sqrt(sum), worst
}
