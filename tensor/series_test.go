package tensor

import (
	"math"
	"testing"

	"mgtool/tensor/gradtest"
)

// Rows against the formula in float64, and undone: the row again, and as the gradient s.
func TestInstanceNorm(t *testing.T) {
	const rows, size = 700, 48 // several pieces of work
	x := gradtest.Random(rows*size, 1)
	for i := range x { // rows of different levels
		x[i] = 3*x[i] + float32(i/size)
	}
	for _, n := range []InstanceNorm{{Rows: rows, Size: size, Eps: 1e-5}, {Rows: rows, Size: size, Last: true, Eps: 1e-5}} {
		y, back, dy, dz := gradtest.NaNs(len(x)), gradtest.NaNs(len(x)), gradtest.NaNs(rows*5), gradtest.Random(rows*5, 2)
		n.Forward(y, x)
		n.Undo(back, y, x)
		n.UndoBackward(dy, dz, x)
		for r := range rows {
			row := x[r*size : (r+1)*size]
			mean, square := 0.0, 0.0
			for _, v := range row {
				mean += float64(v) / size
			}
			for _, v := range row {
				square += (float64(v) - mean) * (float64(v) - mean) / size
			}
			m, s := mean, math.Sqrt(square+1e-5)
			if n.Last {
				m, s = float64(row[size-1]), 1
			}
			for i, v := range row {
				// m is rounded to float32 at the level of the row, up to 700: 1e-4 is some roundings.
				if want := (float64(v) - m) / s; !(math.Abs(float64(y[r*size+i])-want) < 1e-4) {
					t.Fatalf("last %v, row %d, value %d: %g, want %g", n.Last, r, i, y[r*size+i], want)
				}
				if !(math.Abs(float64(back[r*size+i]-v)) < 2e-4) {
					t.Fatalf("last %v, row %d, value %d undone: %g, want %g", n.Last, r, i, back[r*size+i], v)
				}
			}
			for i := range 5 {
				if want := s * float64(dz[r*5+i]); !(math.Abs(float64(dy[r*5+i])-want) < 1e-4) {
					t.Fatalf("last %v, row %d: gradient %g, want %g", n.Last, r, dy[r*5+i], want)
				}
			}
		}
	}
}

// Running sums against sums of their own, with the ends repeated.
func TestMovingAverage(t *testing.T) {
	const rows, size = 900, 31
	x := gradtest.Random(rows*size, 1)
	for _, width := range []int{1, 5, 25, 63} { // the last is wider than a row
		y := gradtest.NaNs(len(x))
		MovingAverage{rows, size, width}.Forward(y, x)
		for k, got := range y {
			row, i := x[k/size*size:(k/size+1)*size], k%size
			want := 0.0
			for j := i - width/2; j <= i+width/2; j++ {
				want += float64(row[min(max(j, 0), size-1)]) / float64(width)
			}
			if !(math.Abs(float64(got)-want) < 1e-6) {
				t.Fatalf("width %d, row %d, value %d: %g, want %g", width, k/size, i, got, want)
			}
		}
	}
}

// Three values worked out by hand: |1 − 3| = 2, |2 + 4| = 6 and 0, their mean 8/3.
func TestAbsoluteError(t *testing.T) {
	e := AbsoluteError{Count: 3}
	y, targets, dy := []float32{1, 2, 5}, []float32{3, -4, 5}, make([]float32, 3)
	if got := e.Forward(y, targets); got != float32(8./3) {
		t.Errorf("mean %g, want 8/3", got)
	}
	if e.Backward(dy, y, targets, 3); dy[0] != -1 || dy[1] != 1 || dy[2] != 0 {
		t.Errorf("three times the gradient: %v, want -1, 1 and 0", dy)
	}
	y[1] = float32(math.NaN())
	if e.Backward(dy, y, targets, 3); dy[1] == dy[1] {
		t.Errorf("gradient %g at NaN, want NaN", dy[1])
	}
}
