package effects

import (
	"math"
	"slices"
	"testing"
)

// Two cells of three values: the two-sample t interval of any textbook.
func TestDifference(t *testing.T) {
	with, without := [][]float64{{4, 5, 6}}, [][]float64{{1, 2, 3}}
	deviation, freedom := Pooled(slices.Concat(with, without))
	if deviation != 1 || freedom != 4 {
		t.Fatalf("deviation %g, %d degrees of freedom, want 1, 4", deviation, freedom)
	}
	d, half := Difference(with, without, deviation, freedom)
	if want := 2.776445 * math.Sqrt(2./3); math.Abs(d-3) > 1e-12 || math.Abs(half-want) > 1e-5 {
		t.Errorf("%g ± %g, want 3 ± %g", d, half, want)
	}
	// Cells that differ from one another count as their mean, and narrow the interval.
	d, half = Difference([][]float64{{4, 5, 6}, {14, 15, 16}}, [][]float64{{1, 2, 3}, {11, 12, 13}}, 1, 8)
	if want := 2.306004 * math.Sqrt(1./3); math.Abs(d-3) > 1e-12 || math.Abs(half-want) > 1e-5 {
		t.Errorf("two pairs: %g ± %g, want 3 ± %g", d, half, want)
	}
	// One run a cell tells no deviation, and so no interval.
	deviation, freedom = Pooled([][]float64{{1}, {2}})
	if d, half = Difference([][]float64{{2}}, [][]float64{{1}}, deviation, freedom); d != 1 || !math.IsNaN(half) {
		t.Errorf("of one run each: %g ± %g, want 1 ± NaN", d, half)
	}
}

// Student's t of 0.975 with two degrees of freedom is 4.3027.
func TestInterval(t *testing.T) {
	if m, h := Interval([]float64{-1, -1.1, -1.2}); math.Abs(m+1.1) > 1e-12 || math.Abs(h-4.302653*0.1/math.Sqrt(3)) > 1e-6 {
		t.Errorf("%g ± %g; want −1.1 ± %g", m, h, 4.302653*0.1/math.Sqrt(3))
	}
	if m, h := Interval([]float64{-1}); m != -1 || !math.IsNaN(h) {
		t.Errorf("one value: %g ± %g; want −1 ± NaN", m, h)
	}
}
