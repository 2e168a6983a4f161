package family

import (
	"math"
	"testing"
)

// The recirculating flow is that of the family's description: at most 1, along the sides and not
// through them, without sources.
func TestWhirl(t *testing.T) {
	for at, want := range map[[2]float64][2]float64{
		{.5, 0}: {-1, 0}, {.5, 1}: {1, 0}, {0, .5}: {0, 1}, {1, .5}: {0, -1}, {.5, .5}: {0, 0}, {.25, .25}: {-.375, .375},
	} {
		if bx, by := whirl(at[0], at[1]); bx != want[0] || by != want[1] {
			t.Errorf("b%v = (%g, %g); want %v", at, bx, by, want)
		}
	}
	const h = 1e-5
	for x := .1; x < 1; x += .2 {
		for _, side := range []float64{0, 1} {
			bx, _ := whirl(side, x)
			_, by := whirl(x, side)
			if bx != 0 || by != 0 {
				t.Errorf("at %g the flow through the sides at %g is %g and %g; want 0", x, side, bx, by)
			}
		}
		for y := .15; y < 1; y += .2 {
			east, _ := whirl(x+h, y)
			west, _ := whirl(x-h, y)
			_, north := whirl(x, y+h)
			_, south := whirl(x, y-h)
			if div := (east - west + north - south) / (2 * h); !(math.Abs(div) <= 1e-9) {
				t.Errorf("div b = %g at (%g, %g); want 0", div, x, y)
			}
		}
	}
}

// Quarter turns are exact, and no component is −0, which would print with its sign.
func TestDirection(t *testing.T) {
	for theta, want := range map[float64][2]float64{0: {1, 0}, 90: {0, 1}, 180: {-1, 0}, 270: {0, -1}, -90: {0, -1}, 360: {1, 0}} {
		got := direction(theta)
		for d := range got {
			if got[d] != want[d] || got[d] == 0 && math.Signbit(got[d]) {
				t.Errorf("%g°: %v; want %v", theta, got, want)
			}
		}
	}
	if got := direction(30); !(math.Abs(got[0]-math.Sqrt(3)/2)+math.Abs(got[1]-.5) <= 1e-15) {
		t.Errorf("30°: %v", got)
	}
}
