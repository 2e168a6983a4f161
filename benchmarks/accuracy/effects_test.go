package main

import (
	"math"
	"slices"
	"testing"
)

// Two cells of three values: the two-sample t interval of any textbook.
func TestDifference(t *testing.T) {
	with, without := [][]float64{{4, 5, 6}}, [][]float64{{1, 2, 3}}
	deviation, freedom := pooled(slices.Concat(with, without))
	if deviation != 1 || freedom != 4 {
		t.Fatalf("deviation %g, %d degrees of freedom, want 1, 4", deviation, freedom)
	}
	d, half := difference(with, without, deviation, freedom)
	if want := 2.776445 * math.Sqrt(2./3); math.Abs(d-3) > 1e-12 || math.Abs(half-want) > 1e-5 {
		t.Errorf("%g ± %g, want 3 ± %g", d, half, want)
	}
	// Cells that differ from one another count as their mean, and narrow the interval.
	d, half = difference([][]float64{{4, 5, 6}, {14, 15, 16}}, [][]float64{{1, 2, 3}, {11, 12, 13}}, 1, 8)
	if want := 2.306004 * math.Sqrt(1./3); math.Abs(d-3) > 1e-12 || math.Abs(half-want) > 1e-5 {
		t.Errorf("two pairs: %g ± %g, want 3 ± %g", d, half, want)
	}
}

// A change names experiments of its own group, none twice, as many with as without.
func TestChanges(t *testing.T) {
	for _, c := range changes {
		names := slices.Concat(c.with, c.without)
		for i, name := range names {
			if slices.Contains(names[:i], name) {
				t.Errorf("%s: %s twice", c.about, name)
			}
			if !slices.ContainsFunc(experiments, func(e experiment) bool { return e.group == c.group && e.name == name }) {
				t.Errorf("%s: no experiment %s in %q", c.about, name, c.group)
			}
		}
		if len(c.with) != len(c.without) {
			t.Errorf("%s: %d with, %d without", c.about, len(c.with), len(c.without))
		}
	}
}
