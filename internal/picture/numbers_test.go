package picture

import (
	"image/color"
	"math"
	"testing"
)

// Squares have the colours of their values, with a gap between tables.
func TestNumbers(t *testing.T) {
	img := Numbers([]float64{1, 0, 0, -1}, 1, 2, 2, 1)
	side := img.Rect.Dx() / 2
	if img.Rect.Dy() != 2*side+gap {
		t.Errorf("%v; want two tables of one row, and a gap", img.Rect)
	}
	for _, at := range []struct {
		x, y int
		want color.RGBA
	}{{3, 3, diverging(1)}, {side + 3, 3, white}, {3, side + gap + 3, white}, {side + 3, side + gap + 3, diverging(-1)}, {3, side + gap/2, white}} {
		if got := img.RGBAAt(at.x, at.y); got != at.want {
			t.Errorf("(%d, %d) is %v; want %v", at.x, at.y, got, at.want)
		}
	}
	numbers := 0
	for i := range side * side { // light text on dark red
		if at := img.RGBAAt(i%side, i/side); at.G > 128 && i%side > 1 && i%side < side-1 && i/side > 1 && i/side < side-1 {
			numbers++
		}
	}
	if numbers == 0 {
		t.Error("no number in the first square")
	}
}

func TestMagnitudes(t *testing.T) {
	img := Magnitudes([]float64{0, 1, 2, math.NaN()}, 2, 2, 1)
	for i, want := range []color.RGBA{white, between(blues, 1), between(blues, 1), black} {
		if got := img.RGBAAt(i%2, i/2); got != want {
			t.Errorf("value %d is %v; want %v", i, got, want)
		}
	}
}
