package classify

// Logistic regression: its loss, gradient and minimisation.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"

	"mgtool/internal/parallel"
)

// LogisticSettings say what to minimise and when to stop.
type LogisticSettings struct {
	// Lambda is λ ≥ 0 in L(θ) + λ‖θ‖². For λ = 0 and separable classes there is no
	// minimum, and MaxIterations determines how large θ becomes.
	Lambda float64
	// FreeBias leaves the biases out of the penalty, as the SVM does. Only then does
	// λ → 0 give the SVM's hyperplane; with all of θ penalised it gives the one that
	// separates the rows (x, 1) among the hyperplanes through the origin.
	FreeBias bool
	// Tolerance > 0 ends training when no component of the gradient, divided by the
	// number of rows, is larger.
	Tolerance     float64
	MaxIterations int // of L-BFGS, at least 1
}

// DefaultLogisticSettings returns λ = 1e-4, tolerance 1e-5, at most 500 iterations.
func DefaultLogisticSettings() LogisticSettings {
	return LogisticSettings{Lambda: 1e-4, Tolerance: 1e-5, MaxIterations: 500}
}

// Validate reports the first setting that is out of its range.
func (s LogisticSettings) Validate() error {
	switch {
	case !(s.Lambda >= 0) || math.IsInf(s.Lambda, 0):
		return fmt.Errorf("classify: λ is %g; want a finite number, 0 or more", s.Lambda)
	case !(s.Tolerance > 0) || math.IsInf(s.Tolerance, 0):
		return fmt.Errorf("classify: tolerance %g; want more than 0", s.Tolerance)
	case s.MaxIterations < 1:
		return fmt.Errorf("classify: at most %d iterations; want at least 1", s.MaxIterations)
	}
	return nil
}

// LogisticResult reports on a logistic regression.
type LogisticResult struct {
	Status     Status
	Iterations int
	Loss       float64 // L(θ) = −log P(θ), the sum over the rows, without the penalty
	Objective  float64 // with the penalty
	Norm       float64 // ‖θ‖₂ of weights and biases
}

// TrainLogistic minimises the regularised loss
//
//	L_λ(θ) = Σ_j −log p_y(j)(x_j; θ) + λ‖θ‖²,  θ = (W, b)
//
// from θ = 0, with all rows in every step, by L-BFGS (Liu and Nocedal,
// Mathematical Programming 45, 1989). The iteration limit is not an error, see the
// result's Status; wrong settings and the end of ctx are. In the latter case the result
// is filled in too, and the model is nil.
func TrainLogistic(ctx context.Context, d *Data, s LogisticSettings) (*Linear, *LogisticResult, error) {
	if d == nil {
		return nil, nil, errors.New("classify: the data is nil; want that of NewData")
	}
	if err := s.Validate(); err != nil {
		return nil, nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, &LogisticResult{Status: Cancelled}, err
	}
	l := newLogisticLoss(d, s)
	found, err := optimize.Minimize(optimize.Problem{
		Func: func(x []float64) float64 { l.at(x); return l.value / float64(d.Len()) },
		Grad: func(grad, x []float64) { l.at(x); floats.ScaleTo(grad, 1/float64(d.Len()), l.grad) },
		Status: func() (optimize.Status, error) {
			if err := ctx.Err(); err != nil {
				return optimize.Failure, err
			}
			return optimize.NotTerminated, nil
		},
	}, make([]float64, d.classes*(d.features+1)), &optimize.Settings{
		GradientThreshold: s.Tolerance,
		MajorIterations:   s.MaxIterations,
		Converger:         optimize.NeverTerminate{},
	}, &optimize.LBFGS{GradStopThreshold: math.NaN()})
	r := &LogisticResult{Status: Stalled}
	if ctx.Err() != nil {
		r.Status = Cancelled
		return nil, r, ctx.Err()
	}
	if found == nil {
		return nil, nil, fmt.Errorf("classify: L-BFGS: %w", err)
	}
	// The line search fails where the loss no longer changes in float64: the current
	// point is then the best possible, and the status says so.
	switch found.Status {
	case optimize.GradientThreshold:
		r.Status = Converged
	case optimize.IterationLimit:
		r.Status = IterationLimit
	}
	l.at(found.X)
	r.Iterations, r.Loss, r.Objective, r.Norm = found.MajorIterations, l.loss, l.value, floats.Norm(found.X, 2)
	if math.IsNaN(r.Objective) || math.IsInf(r.Objective, 0) {
		return nil, r, fmt.Errorf("classify: the loss is %g; want features of about unit size", r.Objective)
	}
	m := &Linear{B: make([]float64, d.classes)}
	for c := range d.classes {
		row := found.X[c*(d.features+1):][:d.features+1]
		m.W, m.B[c] = append(m.W, slices.Clone(row[:d.features])), row[d.features]
	}
	return m, r, nil
}

// logisticBlocks is the number of parts of the rows; their sums are added in order, so
// the bits do not depend on the number of threads.
const logisticBlocks = 16

// logisticLoss evaluates L_λ and its gradient together; θ is k rows (w_l, b_l).
type logisticLoss struct {
	d        *Data
	settings LogisticSettings

	theta       []float64 // of the last evaluation
	loss, value float64   // L and L_λ there
	grad        []float64 // of L_λ

	losses  [logisticBlocks]float64
	partial [logisticBlocks][]float64
}

func newLogisticLoss(d *Data, s LogisticSettings) *logisticLoss {
	n := d.classes * (d.features + 1)
	l := &logisticLoss{d: d, settings: s, grad: make([]float64, n)}
	for b := range l.partial {
		l.partial[b] = make([]float64, n)
	}
	return l
}

// at evaluates at theta unless the last evaluation was there: the optimiser requests
// the value and the gradient one after the other.
func (l *logisticLoss) at(theta []float64) {
	if l.theta != nil && slices.Equal(theta, l.theta) {
		return
	}
	l.theta = append(l.theta[:0], theta...)
	parallel.Blocks(l.d.Len(), logisticBlocks, func(block, lo, hi int) { l.rows(theta, block, lo, hi) })
	l.loss = 0
	clear(l.grad)
	for b := range l.partial {
		l.loss += l.losses[b]
		floats.Add(l.grad, l.partial[b])
	}
	l.value = l.loss
	for i, v := range theta {
		if isBias := (i+1)%(l.d.features+1) == 0; isBias && l.settings.FreeBias {
			continue
		}
		l.value += l.settings.Lambda * v * v
		l.grad[i] += 2 * l.settings.Lambda * v
	}
}

// rows sums over rows lo to hi. With the scores z relative to that of the label, −log p
// is log(1 + Σ' exp z). This form, with −Σ' p for p − 1, keeps all digits for rows that
// are classified with certainty.
func (l *logisticLoss) rows(theta []float64, block, lo, hi int) {
	k, n := l.d.classes, l.d.features
	grad, z := l.partial[block], make([]float64, k)
	clear(grad)
	loss := 0.0
	for j := lo; j < hi; j++ {
		x, y := l.d.row(j), l.d.labels[j]
		for c := range k {
			w := theta[c*(n+1):][:n+1]
			z[c] = dot(w[:n], x) + w[n]
		}
		top, own := slices.Max(z), z[y]
		others := 0.0
		for c := range k {
			z[c] = math.Exp(z[c] - top)
			if c != y {
				others += z[c]
			}
		}
		sum := others + z[y]
		if own == top {
			loss += math.Log1p(others)
		} else {
			loss += top - own + math.Log(sum)
		}
		for c := range k {
			p := z[c] / sum
			if c == y {
				p = -others / sum
			}
			g := grad[c*(n+1):][:n+1]
			for i, v := range x {
				g[i] += p * float64(v)
			}
			g[n] += p
		}
	}
	l.losses[block] = loss
}
