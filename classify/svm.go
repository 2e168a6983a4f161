package classify

// Classifiers of k classes from binary SVMs.

import (
	"context"
	"fmt"
	"math"

	"mgtool/internal/parallel"
)

// SVMSettings apply to every binary problem.
type SVMSettings struct {
	// C > 0 is the penalty for a row within the margin. For separable classes, a large C
	// gives the hard margin.
	C float64
	// Tolerance > 0 is the allowed violation of the optimality (KKT) conditions: the
	// maximum of −yG over the α that may rise, minus its minimum over those that may fall.
	Tolerance     float64
	MaxIterations int // pairs of α, at least 1
	CacheBytes    int // for kernel rows, per worker; at least two rows are kept
}

// DefaultSVMSettings returns C = 1, tolerance 1e-3, ten million steps, 256 MB.
func DefaultSVMSettings() SVMSettings {
	return SVMSettings{C: 1, Tolerance: 1e-3, MaxIterations: 10_000_000, CacheBytes: 256 << 20}
}

// SVMResult reports on the training of an SVM. Sums are over all binary problems.
type SVMResult struct {
	Status     Status // the worst
	Iterations int    // sum
	Primal     float64
	Dual       float64
	Gap        float64 // Primal − Dual, sum; 0 at the exact solution
	Violation  float64 // the largest one of the KKT conditions
	Support    int     // rows with α > 0 in at least one problem
}

// TrainLinearSVM minimises ½‖w‖² + C Σ max(0, 1 − y(w·x + b)): once for two
// classes, else once for each class against the rest. The classes of a binary
// problem have the scores ±(w·x + b)/2. Every class needs a row. The end of ctx is an
// error; the iteration limit is not, see the result's Status.
func TrainLinearSVM(ctx context.Context, d *Data, s SVMSettings) (*Linear, *SVMResult, error) {
	if err := s.validate(d, linear{}); err != nil {
		return nil, nil, err
	}
	problems := make([]*smo, 0, d.classes)
	for c := range d.classes {
		if d.classes == 2 && c == 0 {
			continue // the other class has the same hyperplane
		}
		problems = append(problems, s.problem(d, linear{}, c, -1))
	}
	r, err := s.solve(ctx, d, problems)
	if err != nil {
		return nil, r, err
	}
	m := &Linear{}
	for _, p := range problems {
		w := make([]float64, d.features)
		for t, a := range p.alpha {
			if a > 0 {
				for i, v := range d.row(p.rows[t]) {
					w[i] += a * p.y[t] * float64(v)
				}
			}
		}
		m.W, m.B = append(m.W, w), append(m.B, p.bias())
	}
	if d.classes == 2 {
		w, b := m.W[0], m.B[0]
		m.W, m.B = [][]float64{make([]float64, d.features), w}, []float64{-b / 2, b / 2}
		for i, v := range w {
			m.W[0][i], w[i] = -v/2, v/2
		}
	}
	return m, r, nil
}

// KernelSVM is a one-against-one kernel classifier: each pair of classes has a function
// f(x) = Σ_t α_t y_t k(x_t, x) + b and a vote.
type KernelSVM struct {
	kernel            Kernel
	classes, features int
	support           []float32 // rows, each once even if several pairs use it
	norms             []float64
	pairs             []pair
}

// pair decides between two classes.
type pair struct {
	positive, negative int
	index              []int // of support
	coefficient        []float64
	bias               float64
}

// TrainKernelSVM trains an SVM with the kernel for each of the k(k−1)/2 pairs of
// classes. Its errors are those of [TrainLinearSVM] and of [Kernel]'s Validate.
func TrainKernelSVM(ctx context.Context, d *Data, k Kernel, s SVMSettings) (*KernelSVM, *SVMResult, error) {
	if err := s.validate(d, k); err != nil {
		return nil, nil, err
	}
	m := &KernelSVM{kernel: k, classes: d.classes, features: d.features}
	var problems []*smo
	for a := range d.classes {
		for b := a + 1; b < d.classes; b++ {
			m.pairs = append(m.pairs, pair{positive: a, negative: b})
			problems = append(problems, s.problem(d, k, a, b))
		}
	}
	r, err := s.solve(ctx, d, problems)
	if err != nil {
		return nil, r, err
	}
	place := map[int]int{} // of a row of the data, in support
	for q, p := range problems {
		m.pairs[q].bias = p.bias()
		for t, a := range p.alpha {
			if a == 0 {
				continue
			}
			at, ok := place[p.rows[t]]
			if !ok {
				at = len(place)
				place[p.rows[t]] = at
				m.support = append(m.support, d.row(p.rows[t])...)
				m.norms = append(m.norms, p.norms[t])
			}
			m.pairs[q].index = append(m.pairs[q].index, at)
			m.pairs[q].coefficient = append(m.pairs[q].coefficient, a*p.y[t])
		}
	}
	return m, r, nil
}

// Decisions returns f(x) of each pair of classes, in the order (0, 1), (0, 2),
// …; a positive value means the first of the two.
func (m *KernelSVM) Decisions(x []float32) ([]float64, error) {
	if err := checkRow(x, m.features); err != nil {
		return nil, err
	}
	k, xx := make([]float64, len(m.norms)), dot(x, x)
	for t := range k {
		k[t] = m.kernel.of(dot(x, m.support[t*m.features:][:m.features]), xx, m.norms[t])
	}
	f := make([]float64, len(m.pairs))
	for q, p := range m.pairs {
		f[q] = p.bias
		for i, at := range p.index {
			f[q] += p.coefficient[i] * k[at]
		}
	}
	return f, nil
}

// Scores returns for each class the sum of the functions of its pairs, by which rows can be
// ordered: of two classes ±f(x). The highest need not be the one with the most votes, which
// Predict returns.
func (m *KernelSVM) Scores(x []float32) ([]float64, error) {
	f, err := m.Decisions(x)
	if err != nil {
		return nil, err
	}
	s := make([]float64, m.classes)
	for q, p := range m.pairs {
		s[p.positive] += f[q]
		s[p.negative] -= f[q]
	}
	return s, nil
}

// Predict returns the class with the most votes, as [Classifier] documents.
func (m *KernelSVM) Predict(x []float32) (int, error) {
	f, err := m.Decisions(x)
	if err != nil {
		return 0, err
	}
	votes := make([]int, m.classes)
	for q, p := range m.pairs {
		if f[q] > 0 {
			votes[p.positive]++
		} else {
			votes[p.negative]++
		}
	}
	return highest(votes), nil
}

// validate checks the arguments of a training.
func (s SVMSettings) validate(d *Data, k Kernel) error {
	if err := d.checkTrainable(); err != nil {
		return err
	}
	if k == nil {
		return fmt.Errorf("classify: the kernel is nil; want a Polynomial or a Gaussian")
	}
	if err := s.Validate(); err != nil {
		return err
	}
	return k.Validate()
}

// Validate reports the first setting that is out of its range.
func (s SVMSettings) Validate() error {
	switch {
	case !(s.C > 0) || math.IsInf(s.C, 0):
		return fmt.Errorf("classify: C is %g; want a finite number, more than 0", s.C)
	case !(s.Tolerance > 0) || math.IsInf(s.Tolerance, 0):
		return fmt.Errorf("classify: tolerance %g; want more than 0", s.Tolerance)
	case s.MaxIterations < 1:
		return fmt.Errorf("classify: at most %d iterations; want at least 1", s.MaxIterations)
	case s.CacheBytes < 0:
		return fmt.Errorf("classify: a cache of %d bytes; want 0 or more", s.CacheBytes)
	}
	return nil
}

// problem returns the binary problem of class positive against class negative, or
// against the rest if negative is −1.
func (s SVMSettings) problem(d *Data, k Kernel, positive, negative int) *smo {
	var rows []int
	var y []float64
	for j, l := range d.labels {
		switch {
		case l == positive:
			rows, y = append(rows, j), append(y, 1)
		case l == negative || negative < 0:
			rows, y = append(rows, j), append(y, -1)
		}
	}
	return newSMO(d, k, rows, y, s.C, s.CacheBytes)
}

// solve solves the problems in parallel; a single one uses all cores for its rows.
func (s SVMSettings) solve(ctx context.Context, d *Data, problems []*smo) (*SVMResult, error) {
	status := make([]Status, len(problems))
	parallel.Each(len(problems), func(_, q int) {
		status[q] = problems[q].solve(ctx, s.Tolerance, s.MaxIterations)
		problems[q].cache = nil // frees the memory for the next problem
	})
	r, support := &SVMResult{}, make([]bool, d.Len())
	for q, p := range problems {
		primal, dual := p.objectives()
		r.Status = max(r.Status, status[q])
		r.Iterations += p.iterations
		r.Primal += primal
		r.Dual += dual
		r.Violation = max(r.Violation, p.violation)
		for t, a := range p.alpha {
			if a > 0 && !support[p.rows[t]] {
				support[p.rows[t]] = true
				r.Support++
			}
		}
	}
	r.Gap = r.Primal - r.Dual
	switch {
	case r.Status == Cancelled:
		return r, ctx.Err()
	case math.IsNaN(r.Gap) || math.IsInf(r.Gap, 0):
		return r, fmt.Errorf("classify: the objective is %g; want features of about unit size or smaller kernel parameters", r.Primal)
	}
	return r, nil
}
