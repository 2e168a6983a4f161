package pde

import (
	"math"
	"testing"
)

// minusDelta is −Σ a_d ∂²u/∂x_d² at a vertex, by second differences, and its diagonal.
func minusDelta(f *Field[float64], a [3]float64, i, j, k int) (value, diagonal float64) {
	for d := range f.Dim() {
		before, after := [3]int{i, j, k}, [3]int{i, j, k}
		before[d]--
		after[d]++
		w := a[d] / (f.H[d] * f.H[d])
		value += w * (2*f.At(i, j, k) - f.At(before[0], before[1], before[2]) - f.At(after[0], after[1], after[2]))
		diagonal += 2 * w
	}
	return value, diagonal
}

// A E from the boundary is A applied to the extended boundary: both are sums of some
// twenty terms of the size of the largest u/h², each off by half an ulp.
func TestLift(t *testing.T) {
	fn := func(x, y, z float64) float64 { return math.Sin(3*x+1) * math.Cos(2*y-x) * math.Exp(z-y) }
	for _, g := range grids(t) {
		if g.N[0] == 2 { // too coarse to tell that the edges fit the faces
			continue
		}
		f := NewField[float64](g)
		f.FillBoundary(fn)
		f.ExtendBoundary()
		a := [3]float64{1, 2, .5}
		l := NewLift(f, a)
		row := make([]float64, g.N[0]-1)
		for r := range g.RowCount() {
			j, k := g.RowAt(r)
			liftRow(l, j, k, row)
			for i := 1; i < g.N[0]; i++ {
				want, diagonal := minusDelta(f, a, i, j, k)
				bound := 40 * 0x1p-53 * diagonal * 20
				if e := math.Abs(row[i-1] - want); !(e <= bound) {
					t.Fatalf("%v: A E at (%d, %d, %d) is %g, want %g within %g", g, i, j, k, row[i-1], want, bound)
				}
			}
		}
	}
}

// Constants cancel; so does what is unknown on edges and corners.
func TestLiftOfConstants(t *testing.T) {
	for _, g := range grids(t) {
		f := NewField[float64](g)
		if !NewLift(f, [3]float64{1, 1, 1}).Zero() {
			t.Errorf("%v: the lift of zero boundary values is not zero", g)
		}
		f.FillBoundary(func(_, _, _ float64) float64 { return 1e8 })
		for _, corner := range []float64{1e8, 0, math.NaN(), math.Inf(1), -1e30} {
			edges := 0
			for k := 0; k <= g.N[2]; k++ {
				for j := 0; j <= g.N[1]; j++ {
					for i := 0; i <= g.N[0]; i++ {
						b := boundaryOf(f)
						if _, count := b.ends([3]int{i, j, k}); count > 1 {
							f.Set(i, j, k, corner)
							edges++
						}
					}
				}
			}
			l := NewLift(f, [3]float64{1, 1, 1})
			if wide := g.Dim() > 1; wide != (edges > 0) {
				t.Fatalf("%v: %d vertices on edges", g, edges)
			}
			row := make([]float64, g.N[0]-1)
			for r := range g.RowCount() {
				j, k := g.RowAt(r)
				liftRow(l, j, k, row)
				for i, v := range row {
					if v != 0 {
						t.Fatalf("%v, corners %g: A E of a constant is %g at (%d, %d, %d)", g, corner, v, i+1, j, k)
					}
				}
			}
		}
	}
}

// What is not finite on edges and corners stays out of the extended boundary: of
// functions of one axis each, whose parabolas are exact, it is what it was.
func TestExtendBoundaryOverCorners(t *testing.T) {
	fn := func(x, y, z float64) float64 { return 1e4 + x*x - 2*y*y + z - x }
	for _, g := range grids(t) {
		shortest := math.MaxInt
		for d := range g.Dim() {
			shortest = min(shortest, g.N[d])
		}
		if shortest < 4 { // no parabola
			continue
		}
		want := NewField[float64](g)
		want.FillBoundary(fn)
		want.ExtendBoundary()
		for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			f := NewField[float64](g)
			f.FillBoundary(fn)
			b := boundaryOf(f)
			for k := 0; k <= g.N[2]; k++ {
				for j := 0; j <= g.N[1]; j++ {
					for i := 0; i <= g.N[0]; i++ {
						if _, count := b.ends([3]int{i, j, k}); count > 1 {
							f.Set(i, j, k, v)
						}
					}
				}
			}
			f.ExtendBoundary()
			w := want.Interior()
			for i, u := range f.Interior() {
				if !(math.Abs(u-w[i]) <= 1e-10) { // some 200 roundings of 1e4, 1e-12 each
					t.Fatalf("%v, %g on edges: vertex %d inside is %g, want %g", g, v, i, u, w[i])
				}
			}
		}
	}
}

// liftRow is a row of A E, made in two pieces.
func liftRow(l *Lift, j, k int, row []float64) {
	if l.Zero() {
		clear(row)
		return
	}
	half := len(row) / 2
	LiftRow(l, j, k, 1, row[:half])
	LiftRow(l, j, k, 1+half, row[half:])
}
