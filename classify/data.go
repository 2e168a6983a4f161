// Package classify provides the classifiers that networks are compared with: logistic
// regression, and support vector machines with and without a kernel.
//
// Each takes rows x of D features with labels in 0, …, k−1. The linear ones give class l
// the score w_l·x + b_l and predict the class with the highest score:
//
//	logistic   min Σ_j −log p_y(j)(x_j; θ) + λ‖θ‖²,  p_l = exp(w_l x + b_l) / Σ_i exp(w_i x + b_i)
//	SVM        min ½‖w‖² + C Σ_j max(0, 1 − y_j (w·φ(x_j) + b)),  y_j = ±1
//
// where φ is given by its kernel ⟨φ(x), φ(y)⟩. [TrainLogistic] minimises the first with
// L-BFGS, [TrainLinearSVM] and [TrainKernelSVM] the second with sequential minimal
// optimisation. Scale features to about unit size first. Results have the same bits on
// any number of threads.
package classify

// The training set, and what both kinds of training share.

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"mgtool/internal/parallel"
)

// Data is a checked set of labelled rows; see [NewData].
type Data struct {
	x        []float32 // N·D, row-major
	features int
	labels   []int
	classes  int
	sparse   func() *nonzeros // computed at the first call; nil for rows with few zeros
}

// NewData returns a set of len(labels) rows from x, of shape (N, features) in row-major
// order, which it keeps without copying. It is an error if the set is empty, if there
// are fewer than two classes, if x has the wrong length, if a label is not in
// 0, …, classes−1, or if a feature is not finite.
func NewData[L ~int | ~int32 | ~uint8 | ~uint16](x []float32, features int, labels []L, classes int) (*Data, error) {
	switch {
	case len(labels) == 0:
		return nil, errors.New("classify: the set is empty; want at least one row")
	case features < 1:
		return nil, fmt.Errorf("classify: rows of %d features; want at least 1", features)
	case classes < 2:
		return nil, fmt.Errorf("classify: %d classes; want at least 2", classes)
	case len(x)%features != 0 || len(x)/features != len(labels):
		return nil, fmt.Errorf("classify: %d numbers are not %d rows of %d features", len(x), len(labels), features)
	}
	own := make([]int, len(labels))
	for j, l := range labels {
		if int(l) < 0 || int(l) >= classes {
			return nil, fmt.Errorf("classify: label %d of row %d; want 0 to %d", l, j, classes-1)
		}
		own[j] = int(l)
	}
	d := &Data{x: x, features: features, labels: own, classes: classes}
	d.sparse = sync.OnceValue(func() *nonzeros { return newNonzeros(d) })
	for j := range own {
		if err := checkRow(d.row(j), features); err != nil {
			return nil, fmt.Errorf("row %d: %w", j, err)
		}
	}
	return d, nil
}

// Len returns the number of rows.
func (d *Data) Len() int { return len(d.labels) }

// Row returns row j, a view of the data.
func (d *Data) Row(j int) []float32 { return d.row(j) }

func (d *Data) row(j int) []float32 { return d.x[j*d.features : (j+1)*d.features] }

// checkRow reports why x cannot be classified.
func checkRow(x []float32, features int) error {
	if len(x) != features {
		return fmt.Errorf("classify: a row of %d features; want %d", len(x), features)
	}
	for i, v := range x {
		if v-v != 0 { // NaN or infinite
			return fmt.Errorf("classify: feature %d is %v; want a finite number", i, v)
		}
	}
	return nil
}

// checkTrainable reports the first class without a row, which no SVM can separate.
func (d *Data) checkTrainable() error {
	if d == nil {
		return errors.New("classify: the data is nil; want that of NewData")
	}
	count := make([]int, d.classes)
	for _, l := range d.labels {
		count[l]++
	}
	for l, n := range count {
		if n == 0 {
			return fmt.Errorf("classify: class %d of %d has no row; want at least one of each", l, d.classes)
		}
	}
	return nil
}

// Classifier predicts the class of a row.
type Classifier interface {
	// Predict returns the class of x, the lowest one if several tie. A wrong length or
	// a feature that is not finite is an error.
	Predict(x []float32) (int, error)
	// Scores returns a number for each class by which rows can be ordered, from the least to
	// the most like it. Its errors are those of Predict.
	Scores(x []float32) ([]float64, error)
}

// Accuracy returns the share of the rows of d whose label c predicts. c must be safe for
// concurrent use, as all classifiers of this package are.
func Accuracy(c Classifier, d *Data) (float64, error) {
	if c == nil || d == nil {
		return math.NaN(), errors.New("classify: accuracy without a classifier or without data; want both")
	}
	right, errs := make([]bool, d.Len()), make([]error, d.Len())
	parallel.For(d.Len(), 16, func(lo, hi int) {
		for j := lo; j < hi; j++ {
			l, err := c.Predict(d.row(j))
			right[j], errs[j] = l == d.labels[j], err
		}
	})
	n := 0
	for j := range right {
		if errs[j] != nil {
			return math.NaN(), errs[j]
		}
		if right[j] {
			n++
		}
	}
	return float64(n) / float64(d.Len()), nil
}

// Status says how training ended.
type Status int

const (
	Converged      Status = iota // to the tolerance
	IterationLimit               // after MaxIterations; the model is usable
	Stalled                      // rounding errors prevent any further decrease; the model is usable
	Cancelled                    // by the context; there is no model
)

// String returns the status in words.
func (s Status) String() string {
	switch s {
	case Converged:
		return "converged"
	case IterationLimit:
		return "iteration limit"
	case Stalled:
		return "stalled"
	case Cancelled:
		return "cancelled"
	}
	return fmt.Sprintf("status %d", int(s))
}
