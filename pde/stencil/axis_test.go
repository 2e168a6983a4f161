package stencil

import (
	"math"
	"testing"
)

// P interpolates linearly: it is exact for linear functions at every fine vertex, and
// the cubic one for cubic functions, up to the roundings of a sum of four.
func TestAxisInterpolates(t *testing.T) {
	for _, a := range []Axis{{Fine: 8, Coarse: 8}, {Fine: 8, Coarse: 4}, {Fine: 4, Coarse: 2}, {Fine: 3, Coarse: 2}, {Fine: 5, Coarse: 3}, {Fine: 9, Coarse: 5}, {Fine: 33, Coarse: 17}} {
		ratio := float64(a.Fine) / float64(a.Coarse) // a coarse cell in fine ones
		for i := 1; i < a.Fine; i++ {
			m, next := a.Parents(i)
			if x := ratio * (float64(m) + next); math.Abs(x-float64(i)) > 1e-13 || next < 0 || next > 1 {
				t.Errorf("%d to %d cells: fine vertex %d takes from %d and %.3f of the next, which is at %.3f", a.Fine, a.Coarse, i, m, next, x)
			}
			first, count, w := a.Cubic(i)
			if first < 0 || first+count > a.Coarse+1 {
				t.Fatalf("%d to %d cells: fine vertex %d takes from coarse ones %d to %d", a.Fine, a.Coarse, i, first, first+count-1)
			}
			if count < 4 && next > 0 && a.Coarse >= 3 {
				t.Errorf("%d to %d cells: %d weights at fine vertex %d; want 4", a.Fine, a.Coarse, count, i)
			}
			for power := range min(4, a.Coarse+1) {
				got := 0.0
				for p := range count {
					got += w[p] * math.Pow(float64(first+p)/float64(a.Coarse), float64(power))
				}
				if want := math.Pow(float64(i)/float64(a.Fine), float64(power)); math.Abs(got-want) > 1e-14 {
					t.Errorf("%d to %d cells: the cubic of x^%d at fine vertex %d is %.15f, want %.15f", a.Fine, a.Coarse, power, i, got, want)
				}
			}
		}
	}
}

// Children are what Parents says, turned around and scaled, with or without a table:
// every fine unknown gives Coarse/Fine in all where no boundary takes a part.
func TestChildrenAreParents(t *testing.T) {
	for _, a := range []Axis{{Fine: 8, Coarse: 8}, {Fine: 8, Coarse: 4}, {Fine: 3, Coarse: 2}, {Fine: 5, Coarse: 3}, {Fine: 33, Coarse: 17},
		{Fine: 8, Coarse: 4, Periodic: true}, {Fine: 3, Coarse: 2, Periodic: true}, {Fine: 9, Coarse: 5, Periodic: true}} {
		table := a
		table.tabulate()
		lo, last, coarseLast := 1, a.Fine-1, a.Coarse-1
		if a.Periodic {
			last, coarseLast = a.Fine, a.Coarse
		}
		ratio := float64(a.Coarse) / float64(a.Fine)
		given := make([]float64, a.Fine+2)
		for m := 1; m <= coarseLast; m++ {
			c := a.Children(m)
			if table.Children(m) != c || c.Last() != a.LastChild(m) {
				t.Errorf("%+v: children of %d are %v, of the table %v, the last %d", a, m, c, table.Children(m), a.LastChild(m))
			}
			for p := range c.Count {
				i := c.First + p
				if i < 0 || i > a.Fine+1 {
					t.Fatalf("%+v: coarse vertex %d has the child %d", a, m, i)
				}
				given[i] += c.W[p]
				before, next := a.Parents(i)
				want := next
				if before == m {
					want = 1 - next
				} else if before != m-1 {
					want = 0
				}
				if math.Abs(c.W[p]-ratio*want) > 1e-15 {
					t.Errorf("%+v: coarse vertex %d takes %g of %d, want %g", a, m, c.W[p], i, ratio*want)
				}
			}
		}
		if a.Periodic {
			given[1], given[a.Fine] = given[1]+given[a.Fine+1], given[a.Fine]+given[0]
		}
		for i := lo; i <= last; i++ {
			want := ratio
			if m, next := a.Parents(i); !a.Periodic {
				if m == 0 {
					want *= next
				} else if m+1 == a.Coarse {
					want *= 1 - next
				}
			}
			if math.Abs(given[i]-want) > 1e-15 {
				t.Errorf("%+v: fine vertex %d gives %g in all, want %g", a, i, given[i], want)
			}
		}
	}
}

// On cells, cubics are exact at every fine centre and take from unknowns alone, but for
// images.
func TestCubicOnCells(t *testing.T) {
	for _, n := range [][2]int{{8, 8}, {2, 1}, {4, 2}, {6, 3}, {8, 4}, {32, 16}, {3, 2}, {5, 3}, {9, 5}, {33, 17}} {
		for _, periodic := range []bool{false, true} {
			a := Axis{Fine: n[0], Coarse: n[1], Cells: true, Periodic: periodic}
			for i := 1; i <= a.Fine; i++ {
				first, count, w := a.Cubic(i)
				if !periodic && (first < 1 || first+count-1 > a.Coarse) {
					t.Fatalf("%d to %d cells: fine cell %d takes from coarse ones %d to %d", a.Fine, a.Coarse, i, first, first+count-1)
				}
				x := (float64(i) - .5) / float64(a.Fine)
				if on := a.Fine == a.Coarse || a.Fine%2 == 1 && 2*i == a.Fine+1 && a.Coarse%2 == 1; !on && count < min(4, a.Coarse) {
					t.Errorf("%d to %d cells: %d weights at fine cell %d; want %d", a.Fine, a.Coarse, count, i, min(4, a.Coarse))
				}
				for power := range count {
					got := 0.0
					for p := range count {
						got += w[p] * math.Pow((float64(first+p)-.5)/float64(a.Coarse), float64(power))
					}
					if want := math.Pow(x, float64(power)); math.Abs(got-want) > 1e-13 && (count > 1 || power == 0) {
						t.Errorf("%d to %d cells, periodic %t: the cubic of x^%d at fine cell %d is %.15f; want %.15f", a.Fine, a.Coarse, periodic, power, i, got, want)
					}
				}
			}
		}
	}
}
