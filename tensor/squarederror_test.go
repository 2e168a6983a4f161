package tensor

import "testing"

// Two values worked out by hand: (1 − 3)² = 4 and (2 + 4)² = 36, their mean 20.
func TestSquaredError(t *testing.T) {
	e := SquaredError{Count: 2}
	y, targets, dy := []float32{1, 2}, []float32{3, -4}, make([]float32, 2)
	if got := e.Forward(y, targets); got != 20 {
		t.Errorf("mean %g, want 20", got)
	}
	if e.Backward(dy, y, targets, 3); dy[0] != -6 || dy[1] != 18 {
		t.Errorf("three times the gradient: %v, want -6 and 18", dy)
	}
}
