package classify

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/diff/fd"

	"mgtool/vision"
)

func newData(t testing.TB, x []float32, features int, labels []int, classes int) *Data {
	t.Helper()
	d, err := NewData(x, features, labels, classes)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// clouds are k separable clouds around the points of a circle, or overlapping
// ones if they are wide.
func clouds(t testing.TB, k, each int, width float64) *Data {
	r := rand.New(rand.NewPCG(1, 2))
	var x []float32
	var labels []int
	for l := range k {
		s, c := math.Sincos(2 * math.Pi * float64(l) / float64(k))
		for range each {
			x = append(x, float32(2*c+width*(2*r.Float64()-1)), float32(2*s+width*(2*r.Float64()-1))+0.5)
			labels = append(labels, l)
		}
	}
	return newData(t, x, 2, labels, k)
}

func logistic(t testing.TB, d *Data, s LogisticSettings) (*Linear, *LogisticResult) {
	t.Helper()
	m, r, err := TrainLogistic(context.Background(), d, s)
	if err != nil {
		t.Fatal(err)
	}
	return m, r
}

func accuracy(t testing.TB, c Classifier, d *Data) float64 {
	t.Helper()
	a, err := Accuracy(c, d)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestGradient(t *testing.T) {
	d := clouds(t, 3, 20, 2.5)
	for _, free := range []bool{false, true} {
		l := newLogisticLoss(d, LogisticSettings{Lambda: 0.3, FreeBias: free})
		theta := []float64{0.3, -1, 0.5, 2, 0.1, -0.7, -1, 0.4, 0.9}
		want := fd.Gradient(nil, func(x []float64) float64 { l.at(x); return l.value }, theta, &fd.Settings{Formula: fd.Central})
		l.at(theta)
		for i, g := range l.grad {
			if math.Abs(g-want[i]) > 1e-6*(1+math.Abs(g)) {
				t.Errorf("free bias %v: component %d of the gradient is %g, by differences %g", free, i, g, want[i])
			}
		}
	}
}

// λ = 0 has no minimum on separable sets, a small λ has one that classifies.
func TestRegularisation(t *testing.T) {
	d := clouds(t, 3, 30, 0.7)
	norm, loss := 0.0, math.Inf(1)
	for _, iterations := range []int{2, 5, 10, 20} {
		m, r := logistic(t, d, LogisticSettings{Tolerance: 1e-30, MaxIterations: iterations})
		t.Logf("λ = 0, %d iterations: loss %.3g, ‖θ‖ %.4g", iterations, r.Loss, r.Norm)
		if !(r.Norm > norm) || !(r.Loss < loss) {
			t.Errorf("after %d iterations ‖θ‖ = %g, before %g; loss %g, before %g", iterations, r.Norm, norm, r.Loss, loss)
		}
		norm, loss = r.Norm, r.Loss
		if math.Exp(-r.Loss) > 0.5 && accuracy(t, m, d) != 1 {
			t.Error("P(θ) > 1/2, yet not all is classified")
		}
	}
	if loss > 1e-3 {
		t.Errorf("the loss is still %g", loss)
	}
	m, r := logistic(t, d, LogisticSettings{Lambda: 1e-3, Tolerance: 1e-8, MaxIterations: 500})
	if r.Status != Converged || accuracy(t, m, d) != 1 {
		t.Errorf("λ = 1e-3: %v, accuracy %g", r.Status, accuracy(t, m, d))
	}
	// A wrong row alone keeps P(θ) at 1/2 or below.
	wrong := newLogisticLoss(newData(t, []float32{1, -1, -2}, 1, []int{1, 0, 1}, 2), LogisticSettings{})
	for _, w := range []float64{0.1, 1, 5, 30} {
		if wrong.at([]float64{-w, 0, w, 0}); math.Exp(-wrong.loss) > 0.5 {
			t.Errorf("P = %g with a row that is wrong", math.Exp(-wrong.loss))
		}
	}
}

// As λ → 0 the hyperplane of logistic regression turns to that of the SVM.
func TestLimitIsSVM(t *testing.T) {
	d := clouds(t, 2, 30, 1.2)
	svm, _, err := TrainLinearSVM(context.Background(), d, SVMSettings{C: 1e6, Tolerance: 1e-8, MaxIterations: 1e6})
	if err != nil {
		t.Fatal(err)
	}
	plane := func(m *Linear) []float64 {
		p := []float64{m.W[1][0] - m.W[0][0], m.W[1][1] - m.W[0][1], m.B[1] - m.B[0]}
		n := math.Hypot(p[0], p[1])
		return []float64{p[0] / n, p[1] / n, p[2] / n}
	}
	want, last, lastAngle := plane(svm), math.Inf(1), math.Inf(1)
	for _, lambda := range []float64{1e-2, 1e-4, 1e-8, 1e-16, 1e-32, 1e-64} {
		m, r := logistic(t, d, LogisticSettings{Lambda: lambda, FreeBias: true, Tolerance: 1e-6 * lambda, MaxIterations: 5000})
		p := plane(m)
		angle := math.Abs(math.Atan2(p[0]*want[1]-p[1]*want[0], p[0]*want[0]+p[1]*want[1]))
		off := angle + math.Abs(p[2]-want[2])
		t.Logf("λ = %.0e: angle %.4g, offset differs by %.4g; %v after %d", lambda, angle, math.Abs(p[2]-want[2]), r.Status, r.Iterations)
		if angle >= lastAngle || off >= last {
			t.Errorf("λ = %g: off by %g, before %g", lambda, off, last)
		}
		last, lastAngle = off, angle
	}
	if last > 0.01 {
		t.Errorf("at the smallest λ still off by %g", last)
	}
}

// With x = 0 and 1, labels 0 and 1, and C = 0.1 both α are C, so w = 0.1, and every
// b from −1 to 0.9 is optimal: the middle is taken.
func TestSVMBiasWithoutFree(t *testing.T) {
	s := DefaultSVMSettings()
	s.C = .1
	m, _, err := TrainLinearSVM(context.Background(), newData(t, []float32{0, 1}, 1, []int{0, 1}, 2), s)
	if err != nil {
		t.Fatal(err)
	}
	if w, b := m.W[1][0]-m.W[0][0], m.B[1]-m.B[0]; math.Abs(w-.1) > 1e-12 || math.Abs(b+.05) > 1e-12 {
		t.Errorf("w = %g, b = %g, want 0.1 and -0.05", w, b)
	}
}

// Between (0, ±1) and (2, 0), (5, 3) the widest margin is 0 ≤ x ≤ 2, by hand.
func TestSVMByHand(t *testing.T) {
	d := newData(t, []float32{0, 1, 0, -1, 2, 0, 5, 3}, 2, []int{0, 0, 1, 1}, 2)
	m, r, err := TrainLinearSVM(context.Background(), d, SVMSettings{C: 100, Tolerance: 1e-10, MaxIterations: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{1, 0, -1} { // w = (1, 0), b = −1
		if got := 2 * append(m.W[1], m.B[1])[i]; math.Abs(got-want) > 1e-8 {
			t.Errorf("component %d of (w, b) is %g, want %g", i, got, want)
		}
	}
	if math.Abs(r.Primal-0.5) > 1e-8 || math.Abs(r.Dual-0.5) > 1e-8 { // ½‖w‖²
		t.Errorf("primal %g, dual %g; want 0.5", r.Primal, r.Dual)
	}
}

func TestOptimality(t *testing.T) {
	d := clouds(t, 2, 60, 2.5)
	for _, k := range []Kernel{linear{}, Polynomial{2, 1, 1}, Gaussian{0.5}} {
		s := SVMSettings{C: 2, Tolerance: 1e-6, MaxIterations: 1e6} // a cache of two rows
		p := s.problem(d, k, 1, 0)
		if status := p.solve(context.Background(), s.Tolerance, s.MaxIterations); status != Converged {
			t.Fatalf("%T: %v", k, status)
		}
		balance, b := 0.0, p.bias()
		var norm, hinge, dual float64
		for i, a := range p.alpha {
			f := b
			for j, aj := range p.alpha {
				xi, xj := d.row(p.rows[i]), d.row(p.rows[j])
				f += aj * p.y[j] * k.of(dot(xi, xj), dot(xi, xi), dot(xj, xj))
			}
			norm += a * p.y[i] * (f - b)
			hinge += max(0, 1-p.y[i]*f)
			dual += a
			balance += a * p.y[i]
			m := p.y[i] * f
			if a < 0 || a > s.C || (a < s.C && m < 1-1e-5) || (a > 0 && m > 1+1e-5) {
				t.Errorf("%T: α = %g with y f = %g", k, a, m)
			}
		}
		primal := norm/2 + s.C*hinge
		dual -= norm / 2
		gotP, gotD := p.objectives()
		if math.Abs(balance) > 1e-9 || math.Abs(primal-dual) > 1e-4*primal || math.Abs(gotP-primal)+math.Abs(gotD-dual) > 1e-6*primal {
			t.Errorf("%T: yᵀα = %g, primal %g (said %g), dual %g (said %g)", k, balance, primal, gotP, dual, gotD)
		}
	}
}

// No line divides XOR.
func TestXOR(t *testing.T) {
	ctx, s := context.Background(), SVMSettings{C: 100, Tolerance: 1e-6, MaxIterations: 10000, CacheBytes: 1 << 20}
	d := newData(t, []float32{1, 1, -1, -1, 1, -1, -1, 1}, 2, []int{0, 0, 1, 1}, 2)
	for _, k := range []Kernel{Polynomial{2, 1, 1}, Gaussian{1}} {
		m, _, err := TrainKernelSVM(ctx, d, k, s)
		if err != nil {
			t.Fatal(err)
		}
		if a := accuracy(t, m, d); a != 1 {
			t.Errorf("%T: accuracy %g", k, a)
		}
	}
	m, _, err := TrainLinearSVM(ctx, d, s)
	if err != nil {
		t.Fatal(err)
	}
	if a := accuracy(t, m, d); a > 0.75 {
		t.Errorf("a hyperplane has accuracy %g", a)
	}
}

func TestMistakes(t *testing.T) {
	ctx, d := context.Background(), clouds(t, 3, 5, 0.5)
	nan := float32(math.NaN())
	want := func(part string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v; want one with %q", err, part)
		}
	}
	data := func(x []float32, labels []int) error { _, err := NewData(x, 1, labels, 2); return err }
	want("empty", data(nil, nil))
	want("label 2", data([]float32{1, 2}, []int{0, 2}))
	want("label -1", data([]float32{1, 2}, []int{0, -1}))
	want("NaN", data([]float32{1, nan}, []int{0, 1}))
	want("3 numbers", data([]float32{1, 2, 3}, []int{0, 1}))
	for _, lambda := range []float64{-1, math.NaN()} {
		_, _, err := TrainLogistic(ctx, d, LogisticSettings{Lambda: lambda, Tolerance: 1, MaxIterations: 1})
		want("λ", err)
	}
	s := DefaultSVMSettings()
	kernel := func(k Kernel) error { _, _, err := TrainKernelSVM(ctx, d, k, s); return err }
	want("degree 0", kernel(Polynomial{0, 1, 1}))
	want("γ", kernel(Polynomial{2, 0, 1}))
	want("γ", kernel(Gaussian{-1}))
	want("nil", kernel(nil))
	s.C = 0
	want("C is 0", kernel(Gaussian{1}))
	s.C = 1
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, _, err := TrainLinearSVM(done, d, s)
	want("canceled", err)
	_, _, err = TrainLogistic(done, d, DefaultLogisticSettings())
	want("canceled", err)
	_, err = (&Linear{}).Predict([]float32{1})
	want("0 rows", err)
}

func TestFashion(t *testing.T) {
	train, test, err := vision.Load("sample", "")
	if err != nil {
		t.Fatal(err)
	}
	data := func(v *vision.Dataset) *Data {
		var x []float32 // every fourth pixel: the race detector makes all of it slow
		for i := range v.Len() {
			for q := range 14 * 14 {
				x = append(x, float32(v.Image(i)[q/14*2*28+q%14*2])/255)
			}
		}
		d, err := NewData(x, 14*14, v.Labels, 10)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if train, err = train.Limit(300); err != nil {
		t.Fatal(err)
	}
	a, b := data(train), data(test)
	ctx, s := context.Background(), DefaultSVMSettings()
	check := func(name string, c Classifier, err error, r any, bound float64) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		acc := accuracy(t, c, b)
		t.Logf("%s: train %.4f, test %.4f, %+v", name, accuracy(t, c, a), acc, r)
		if acc < bound {
			t.Errorf("%s: accuracy %g, want at least %g", name, acc, bound)
		}
	}
	m, r, err := TrainLogistic(ctx, a, LogisticSettings{Lambda: 1, Tolerance: 1e-3, MaxIterations: 60})
	check("logistic", m, err, r, 0.69)
	s.C = 0.01
	l, rl, err := TrainLinearSVM(ctx, a, s)
	check("svm", l, err, rl, 0.66)
	s.C = 10
	k, rk, err := TrainKernelSVM(ctx, a, Polynomial{3, 0.04, 1}, s)
	check("svm-poly", k, err, rk, 0.67)
	k, rk, err = TrainKernelSVM(ctx, a, Gaussian{0.04}, s)
	check("svm-rbf", k, err, rk, 0.73)
}

// A row of the kernel matrix is the same of rows that are mostly zeros and of whole
// ones, whichever of the problem's rows it is; rows with few zeros have no other form.
func TestNonzeros(t *testing.T) {
	const rows, features = 40, 23
	r := rand.New(rand.NewPCG(3, 4))
	for _, share := range []float64{0, 0.1, 0.35, 0.5} {
		x, labels := make([]float32, rows*features), make([]int, rows)
		for i := range x {
			if r.Float64() < share {
				x[i] = r.Float32() - 0.5
			}
		}
		labels[rows-1] = 1
		d := newData(t, x, features, labels, 2)
		if some := d.sparse() != nil; some != (share < mostZeros) {
			t.Errorf("share %g of nonzeros: sparse %t", share, some)
		}
		chosen := []int{3, 39, 17, 8, 9, 0}
		s := newSMO(d, Polynomial{2, 0.5, 1}, chosen, make([]float64, len(chosen)), 1, 0)
		for i, from := range chosen {
			for j, k := range s.row(i) {
				xy := 0.0
				for f := range features {
					xy += float64(d.row(from)[f]) * float64(d.row(chosen[j])[f])
				}
				if want := (0.5*xy + 1) * (0.5*xy + 1); math.Abs(k-want) > 1e-14 {
					t.Errorf("share %g: k(%d, %d) = %.16g, want %.16g", share, from, chosen[j], k, want)
				}
			}
		}
	}
}
