package tensor

// SquaredError is the mean of the squared differences of two sequences of Count values,
//
//	L = 1/Count Σ_i (y_i − t_i)²,   ∂L/∂y_i = 2/Count (y_i − t_i).
type SquaredError struct{ Count int }

// Forward returns L. The sum is taken in float64.
func (e SquaredError) Forward(y, targets []float32) float32 {
	sum := 0.0
	for i, v := range y[:e.Count] {
		d := float64(v) - float64(targets[i])
		sum += d * d
	}
	return float32(sum / float64(e.Count))
}

// Backward writes the gradient of dl·L by y to dy.
func (e SquaredError) Backward(dy, y, targets []float32, dl float32) {
	scale := 2 * dl / float32(e.Count)
	for i, v := range y[:e.Count] {
		dy[i] = scale * (v - targets[i])
	}
}
