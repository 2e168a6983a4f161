package tensor

// AbsoluteError is the mean of the absolute differences of two sequences of Count values,
//
//	L = 1/Count Σ_i |y_i − t_i|,   ∂L/∂y_i = 1/Count sign(y_i − t_i),   0 where they are equal.
type AbsoluteError struct{ Count int }

// Forward returns L. The sum is taken in float64.
func (e AbsoluteError) Forward(y, targets []float32) float32 {
	sum := 0.0
	for i, v := range y[:e.Count] {
		d := float64(v) - float64(targets[i])
		if d < 0 {
			d = -d
		}
		sum += d
	}
	return float32(sum / float64(e.Count))
}

// Backward writes the gradient of dl·L by y to dy.
func (e AbsoluteError) Backward(dy, y, targets []float32, dl float32) {
	scale := dl / float32(e.Count)
	for i, v := range y[:e.Count] {
		switch d := v - targets[i]; {
		case d > 0:
			dy[i] = scale
		case d < 0:
			dy[i] = -scale
		default:
			dy[i] = d * scale // 0, and NaN stays NaN
		}
	}
}
