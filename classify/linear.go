package classify

// The classifier by hyperplanes, which logistic regression and the linear SVM share.

import "fmt"

// Linear gives class l the score W[l]·x + B[l].
type Linear struct {
	W [][]float64 // k rows of D weights
	B []float64   // k biases
}

// Scores returns the k scores of x. It is an error if x is not as long as a row of
// weights, or if a feature is not finite.
func (m *Linear) Scores(x []float32) ([]float64, error) {
	if len(m.W) == 0 || len(m.B) != len(m.W) {
		return nil, fmt.Errorf("classify: a classifier of %d rows of weights and %d biases; want one of each a class", len(m.W), len(m.B))
	}
	for _, w := range m.W {
		if err := checkRow(x, len(w)); err != nil {
			return nil, err
		}
	}
	s := make([]float64, len(m.W))
	for l, w := range m.W {
		s[l] = dot(w, x) + m.B[l]
	}
	return s, nil
}

// Predict returns the class with the highest score, as [Classifier] documents.
func (m *Linear) Predict(x []float32) (int, error) {
	s, err := m.Scores(x)
	if err != nil {
		return 0, err
	}
	return highest(s), nil
}

func highest[T int | float64](s []T) int {
	best := 0
	for l := range s {
		if s[l] > s[best] {
			best = l
		}
	}
	return best
}

// dot adds up four sums, so that an addition need not wait for the previous one.
func dot[T float32 | float64](w []T, x []float32) float64 {
	var a, b, c, d float64
	x = x[:len(w)]
	i := 0
	for ; i+4 <= len(w); i += 4 {
		a += float64(w[i]) * float64(x[i])
		b += float64(w[i+1]) * float64(x[i+1])
		c += float64(w[i+2]) * float64(x[i+2])
		d += float64(w[i+3]) * float64(x[i+3])
	}
	for ; i < len(w); i++ {
		a += float64(w[i]) * float64(x[i])
	}
	return a + b + (c + d)
}
