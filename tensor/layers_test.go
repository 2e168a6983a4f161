package tensor

// The operations that are not convolution or batch norm, and what holds for all:
// lengths, bits on any number of threads, memory.

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"mgtool/tensor/gradtest"
)

func wantPanic(t *testing.T, want string, call func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "tensor: ") || !strings.Contains(got, want) {
			t.Errorf("panic %q, want one with %q", got, want)
		}
	}()
	call()
}

func TestElementwise(t *testing.T) {
	a, b := gradtest.Random(50001, 1), gradtest.Random(50001, 2)
	sum, difference := make([]float32, len(a)), make([]float32, len(a))
	Add(sum, a, b)
	Sub(difference, a, b)
	for i := range a {
		if sum[i] != a[i]+b[i] || difference[i] != a[i]-b[i] {
			t.Fatalf("value %d: %v ± %v is %v and %v", i, a[i], b[i], sum[i], difference[i])
		}
	}
	for _, op := range []struct {
		f    func(z, x, y []float32)
		want []float32
	}{{Add, sum}, {Sub, difference}} {
		onX, onY := append([]float32(nil), a...), append([]float32(nil), b...)
		op.f(onX, onX, b)
		op.f(onY, a, onY)
		if !gradtest.SameBits(onX, op.want) || !gradtest.SameBits(onY, op.want) {
			t.Error("add or sub in place differs")
		}
	}
}

func TestAddSubGradient(t *testing.T) {
	x, y, r, z := gradtest.Random(30, 1), gradtest.Random(30, 2), gradtest.Random(30, 3), gradtest.NaNs(30)
	minus := make([]float32, 30)
	Sub(minus, minus, r)
	add := func() float64 { Add(z, x, y); return gradtest.Dot(r, z) }
	sub := func() float64 { Sub(z, x, y); return gradtest.Dot(r, z) }
	gradtest.Check(t, "add, x", x, add, r)
	gradtest.Check(t, "add, y", y, add, r)
	gradtest.Check(t, "sub, x", x, sub, r)
	gradtest.Check(t, "sub, y", y, sub, minus)
}

func TestGlobalAvgPool(t *testing.T) {
	p := GlobalAvgPool{Shape{2, 1, 2, 2}}
	y := gradtest.NaNs(4)
	p.Forward(y, []float32{1, 10, 3, 30, -2, 5, 4, 6})
	if want := []float32{2, 20, 1, 5.5}; !gradtest.SameBits(y, want) {
		t.Errorf("average %v, want %v", y, want)
	}
	for _, s := range []Shape{{1, 1, 1, 1}, {2, 3, 3, 10}, {3, 7, 5, 3}} {
		p := GlobalAvgPool{s}
		x, r := gradtest.Random(s.Len(), 1), gradtest.Random(s.N*s.C, 2)
		y, dx := gradtest.NaNs(len(r)), gradtest.NaNs(len(x))
		p.Backward(dx, r)
		gradtest.Check(t, fmt.Sprintf("average pool %v", s), x, func() float64 { p.Forward(y, x); return gradtest.Dot(r, y) }, dx)
	}
}

// Max pooling against its definition, with and without overlap and padding, and its
// gradient against finite differences of values that are far enough apart.
func TestMaxPool(t *testing.T) {
	type testCase struct {
		in Shape
		Window
	}
	cases := []testCase{
		{Shape{2, 1, 9, 3}, Window{[2]int{1, 2}, [2]int{1, 2}, [2]int{}}}, // sequences
		{Shape{2, 1, 9, 3}, Window{[2]int{1, 3}, [2]int{1, 2}, [2]int{0, 1}}},
		{Shape{2, 7, 6, 3}, Window{[2]int{3, 2}, [2]int{1, 2}, [2]int{2, 0}}},
		{Shape{2, 6, 8, 3}, Window{[2]int{2, 2}, [2]int{1, 2}, [2]int{}}},
		{Shape{2, 6, 8, 3}, Window{[2]int{2, 2}, [2]int{2, 1}, [2]int{}}},
		{Shape{2, 5, 8, 3}, Window{[2]int{2, 4}, [2]int{2, 4}, [2]int{1, 0}}}, // four pixels in a row at the edge
	}
	for _, c := range []struct {
		in             Shape
		k, stride, pad int
	}{{Shape{2, 7, 6, 3}, 3, 2, 1}, {Shape{1, 6, 8, 2}, 2, 2, 0}, {Shape{2, 7, 9, 3}, 2, 2, 1}, {Shape{2, 5, 7, 3}, 2, 2, 0}, {Shape{2, 5, 7, 3}, 2, 1, 0}, {Shape{2, 7, 8, 3}, 2, 3, 0}, {Shape{1, 6, 5, 2}, 4, 2, 3}, {Shape{3, 5, 5, 1}, 3, 1, 1}, {Shape{1, 3, 3, 4}, 3, 3, 0}} {
		cases = append(cases, testCase{c.in, SquareWindow(c.k, c.stride, c.pad)})
	}
	for _, c := range cases {
		p, err := NewMaxPoolWindow(c.in, c.Window)
		if err != nil {
			t.Fatal(err)
		}
		x, r := make([]float32, c.in.Len()), gradtest.Random(p.Out.Len(), 2)
		for i, k := range rand.New(rand.NewPCG(1, 2)).Perm(len(x)) {
			x[i] = float32(k) - float32(len(x))/2
		}
		y, dx := gradtest.NaNs(len(r)), gradtest.NaNs(len(x))
		p.Forward(y, x)
		at := 0
		for n := range p.Out.N {
			for i := range p.Out.H {
				for j := range p.Out.W {
					for ch := range p.Out.C {
						want := float32(math.Inf(-1))
						for a := range c.Size[0] {
							for b := range c.Size[1] {
								row, col := i*c.Stride[0]+a-c.Pad[0], j*c.Stride[1]+b-c.Pad[1]
								if row >= 0 && row < c.in.H && col >= 0 && col < c.in.W {
									want = max(want, x[((n*c.in.H+row)*c.in.W+col)*c.in.C+ch])
								}
							}
						}
						if y[at] != want {
							t.Fatalf("%+v: value %d is %g, want %g", c, at, y[at], want)
						}
						at++
					}
				}
			}
		}
		p.Backward(dx, r, x)
		for i := range x { // the steps of a difference, a 32nd of this, stay below the distance of two
			x[i] *= 4 / float32(len(x))
		}
		want := make([]float32, len(x))
		p.Backward(want, r, x)
		if !gradtest.SameBits(dx, want) {
			t.Fatalf("%+v: the gradient depends on the scale of x", c)
		}
		// It sends every dy to one pixel: the sums agree, and so does a directional derivative.
		sum, back := 0.0, 0.0
		for _, v := range r {
			sum += float64(v)
		}
		for _, v := range dx {
			back += float64(v)
		}
		if math.Abs(sum-back) > 1e-5*float64(len(r)) {
			t.Errorf("%+v: dx sums to %g, dy to %g", c, back, sum)
		}
		for i := range x { // one pixel at a time, by less than half the distance of two values
			old, step := x[i], 1/float32(len(x))
			difference := func(s float32) float64 { x[i] = old + s; p.Forward(y, x); x[i] = old; return gradtest.Dot(r, y) }
			if d := (difference(step) - difference(-step)) / float64(2*step); math.Abs(d-float64(dx[i])) > 1e-3 {
				t.Fatalf("%+v: pixel %d has gradient %g, differences say %g", c, i, dx[i], d)
			}
		}
	}
	p, _ := NewMaxPool(Shape{1, 2, 2, 1}, 2, 2, 0)
	nan := float32(math.NaN())
	y, dx := gradtest.NaNs(1), gradtest.NaNs(4)
	p.Forward(y, []float32{1, nan, 3, 2})
	p.Backward(dx, []float32{5}, []float32{1, nan, 3, 2})
	if y[0] == y[0] || !gradtest.SameBits(dx, []float32{0, 5, 0, 0}) {
		t.Errorf("a NaN becomes %g, with gradient %v", y[0], dx)
	}
	for _, c := range [][3]int{{0, 1, 0}, {2, 0, 0}, {2, 1, 2}, {9, 1, 1}} {
		if _, err := NewMaxPool(Shape{1, 4, 4, 1}, c[0], c[1], c[2]); err == nil {
			t.Errorf("window %d, stride %d, padding %d: no error", c[0], c[1], c[2])
		}
	}
}

func TestLinear(t *testing.T) {
	l := Linear{2, 2, 3}
	y := gradtest.NaNs(6)
	l.Forward(y, []float32{1, 2, 0, -1}, []float32{1, 2, 3, 4, 5, 6}, []float32{.5, 0, -1})
	if want := []float32{9.5, 12, 14, -3.5, -5, -7}; !gradtest.SameBits(y, want) { // exact
		t.Errorf("linear is %v, want %v", y, want)
	}
	for _, l := range []Linear{{1, 1, 1}, {3, 10, 4}, {17, 3, 10}, {5, 70, 2}} {
		x, w, b := gradtest.Random(l.N*l.In, 1), gradtest.Random(l.In*l.Out, 2), gradtest.Random(l.Out, 3)
		y, r := gradtest.NaNs(l.N*l.Out), gradtest.Random(l.N*l.Out, 4)
		dx, dw, db := gradtest.NaNs(len(x)), gradtest.NaNs(len(w)), gradtest.NaNs(len(b))
		l.BackwardInput(dx, r, w)
		l.BackwardWeight(dw, r, x)
		l.BackwardBias(db, r)
		f := func() float64 { l.Forward(y, x, w, b); return gradtest.Dot(r, y) }
		gradtest.Check(t, fmt.Sprintf("%+v x", l), x, f, dx)
		gradtest.Check(t, fmt.Sprintf("%+v w", l), w, f, dw)
		gradtest.Check(t, fmt.Sprintf("%+v b", l), b, f, db)
	}
}

// p, the loss and its gradient, against the definition in float64. p takes one
// rounding to float32 (exp itself is good to 1e-15): 1 unit; the loss one; the
// gradient three of values up to 1.
func TestSoftmaxCrossEntropy(t *testing.T) {
	for _, l := range []SoftmaxCrossEntropy{{1, 1}, {1, 2}, {5, 3}, {40, 10}} {
		logits, labels := gradtest.Random(l.N*l.Classes, 1), labelsFor(l.N, l.Classes)
		for i := range logits {
			logits[i] = 3*logits[i] + 200 // exp(200) is no float32
		}
		p, d := gradtest.NaNs(len(logits)), gradtest.NaNs(len(logits))
		Softmax(p, logits, l.Classes)
		l.Backward(d, logits, labels, 2)
		loss := 0.0
		for n := range l.N {
			sum := 0.0
			for k := range l.Classes {
				sum += math.Exp(float64(logits[n*l.Classes+k]))
			}
			for k := range l.Classes {
				i := n*l.Classes + k
				want, hot := math.Exp(float64(logits[i]))/sum, 0.0
				if k == int(labels[n]) {
					hot = 1
					loss -= math.Log(want) / float64(l.N)
				}
				if math.Abs(float64(p[i])-want) > unit*want+1e-12 { // math.Exp at 200 is good to 1e-13 or so
					t.Errorf("%+v: p[%d] is %v, want %v", l, i, p[i], want)
				}
				if want := 2 * (want - hot) / float64(l.N); math.Abs(float64(d[i])-want) > 3*unit*2/float64(l.N) {
					t.Errorf("%+v: gradient %d is %v, want %v", l, i, d[i], want)
				}
			}
		}
		if got := l.Forward(logits, labels); math.Abs(float64(got)-loss) > unit*loss+1e-12 {
			t.Errorf("%+v: loss %v, want %v", l, got, loss)
		}
	}
}

// The loss itself is a float32, rounded to 2⁻²⁴ of its size: enough for Check,
// which measures the noise, with these few samples.
func TestSoftmaxCrossEntropyGradient(t *testing.T) {
	for _, l := range []SoftmaxCrossEntropy{{1, 2}, {4, 3}, {6, 10}} {
		logits, labels := gradtest.Random(l.N*l.Classes, 1), labelsFor(l.N, l.Classes)
		d := gradtest.NaNs(len(logits))
		l.Backward(d, logits, labels, 1.5)
		f := func() float64 { return 1.5 * float64(l.Forward(logits, labels)) }
		gradtest.Check(t, fmt.Sprintf("%+v", l), logits, f, d)
	}
}

func TestLossKeepsNaN(t *testing.T) {
	l := SoftmaxCrossEntropy{2, 3}
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		for i := range 6 {
			logits := []float32{1, 2, 3, 4, 5, 6}
			logits[i] = float32(bad)
			if loss := l.Forward(logits, []int32{0, 1}); loss == loss {
				t.Errorf("logit %d is %v: loss %v, want NaN", i, bad, loss)
			}
		}
	}
}

func TestLengths(t *testing.T) {
	c := mustConv(t, Shape{1, 4, 4, 1}, 1, 3, 1, 1)
	good, short := make([]float32, 16), make([]float32, 15)
	w := make([]float32, 9)
	wantPanic(t, "conv forward: x has 15 values, want 16", func() { c.Forward(good, short, w) })
	wantPanic(t, "w has 15 values, want 9", func() { c.BackwardInput(good, good, short) })
	wantPanic(t, "dy has 15 values, want 16", func() { c.BackwardWeight(w, short, good) })
	relu, _ := LookupActivation("relu")
	wantPanic(t, "relu: y has 15 values, want 16", func() { relu.Forward(short, good, nil) })
	wantPanic(t, "add: y has 15", func() { Add(good, good, short) })
	wantPanic(t, "adamw: v has 15 values, want 16", func() { AdamW{}.Step(good, good, short, nil, 1, 0, 1) })
	wantPanic(t, "lerp: y has 15", func() { Lerp(short, good, .5) })
	wantPanic(t, "orthogonal: m has 15 values, want 16", func() { NewOrthogonal(8, 2, 5).Apply(good, short) })
	wantPanic(t, "linear forward: b has 0 values, want 1", func() { Linear{1, 16, 1}.Forward(good[:1], good, good, nil) })
	loss := SoftmaxCrossEntropy{2, 8}
	wantPanic(t, "1 labels, want 2", func() { loss.Forward(good, []int32{0}) })
	wantPanic(t, "label 8 of sample 1, want 0 to 7", func() { loss.Forward(good, []int32{0, 8}) })
	wantPanic(t, "multiple of the 3 classes", func() { Softmax(good, good, 3) })
}

// everything runs every operation at sizes that are cut into many parts, and
// returns the outputs.
func everything(t testing.TB) func() [][]float32 {
	var runs []func()
	var outputs [][]float32
	out := func(n int) []float32 {
		s := gradtest.NaNs(n)
		outputs = append(outputs, s)
		return s
	}
	for _, c := range []*Conv{
		mustConv(t, Shape{5, 16, 15, 20}, 33, 3, 1, 1),
		mustConv(t, Shape{40, 4, 4, 32}, 32, 3, 2, 1),
		mustConv(t, Shape{1, 120, 110, 2}, 3, 3, 1, 1),
		mustConv(t, Shape{7, 16, 16, 16}, 24, 1, 1, 0),
		mustConv(t, Shape{9, 40, 41, 1}, 1, 3, 1, 1),
		mustConv(t, Shape{3, 63, 63, 1}, 1, 3, 2, 0),
	} {
		x, w, dy := gradtest.Random(c.In.Len(), 1), gradtest.Random(c.WeightLen(), 2), gradtest.Random(c.Out.Len(), 3)
		y, dx, dw := out(len(dy)), out(len(x)), out(len(w))
		runs = append(runs, func() { c.Forward(y, x, w); c.BackwardInput(dx, dy, w); c.BackwardWeight(dw, dy, x) })
	}
	s := Shape{16, 16, 16, 24}
	x, dy := gradtest.Random(s.Len(), 4), gradtest.Random(s.Len(), 5)
	gamma, beta := gradtest.Random(s.C, 6), gradtest.Random(s.C, 7)
	n := mustBatchNorm(t, s.C)
	y, dx, dgamma, dbeta := out(len(x)), out(len(x)), out(s.C), out(s.C)
	outputs = append(outputs, n.RunningMean, n.RunningVar)
	pool, pooled, dpool := GlobalAvgPool{s}, out(s.N*s.C), out(len(x))
	sum := out(len(x))
	prelu, _ := LookupActivation("prelu")
	theta, activated, dactivated, dtheta := gradtest.Random(s.C, 12), out(len(x)), out(len(x)), out(s.C)
	l := Linear{256, 100, 30}
	lx, lw, lb, ldy := gradtest.Random(256*100, 8), gradtest.Random(100*30, 9), gradtest.Random(30, 11), gradtest.Random(256*30, 10)
	ly, ldx, ldw, ldb := out(256*30), out(256*100), out(100*30), out(30)
	o, om := NewOrthogonal(288, 70, 3), gradtest.Random(288*70, 12)
	oy := out(len(om))
	loss, labels, lossValue, dlogits := SoftmaxCrossEntropy{256, 30}, labelsFor(256, 30), out(1), out(256*30)
	runs = append(runs, func() {
		n.Forward(y, x, gamma, beta, true)
		n.Backward(dx, dgamma, dbeta, dy, x, gamma)
		pool.Forward(pooled, x)
		pool.Backward(dpool, pooled)
		prelu.Forward(activated, x, theta)
		prelu.Backward(dactivated, dtheta, dy, x, theta)
		Add(sum, x, dy)
		Sub(sum, sum, activated)
		l.Forward(ly, lx, lw, lb)
		l.BackwardInput(ldx, ldy, lw)
		l.BackwardWeight(ldw, ldy, lx)
		l.BackwardBias(ldb, ldy)
		o.Apply(oy, om)
		lossValue[0] = loss.Forward(ly, labels)
		loss.Backward(dlogits, ly, labels, 1)
	})
	// The running statistics are state: start from the same ones.
	return func() [][]float32 {
		clear(n.RunningMean)
		clear(n.RunningVar)
		for _, run := range runs {
			run()
		}
		return outputs
	}
}

func TestSameBitsOnAnyThreads(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	run := everything(t)
	runtime.GOMAXPROCS(1)
	var want [][]float32
	for _, s := range run() {
		want = append(want, append([]float32(nil), s...))
	}
	for _, threads := range []int{2, 3, 8} {
		runtime.GOMAXPROCS(threads)
		for i, got := range run() {
			if !gradtest.SameBits(got, want[i]) {
				t.Errorf("%d threads: output %d differs from one thread", threads, i)
			}
		}
	}
}

// In steady state only goroutines and closures are allocated, below 64 kB for the 34
// calls of everything: its smallest scratch buffer alone is larger. Buffers are borrowed
// by as many workers as happen to overlap, so a busy machine reaches that state late:
// one round of calls in ten must be below.
func TestNoAllocation(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	run := everything(t)
	for range 5 {
		run()
	}
	const rounds, calls, most = 10, 10, 64 << 10
	var got uint64
	for range rounds {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range calls {
			run()
		}
		runtime.ReadMemStats(&after)
		if got = (after.TotalAlloc - before.TotalAlloc) / calls; got <= most {
			t.Logf("%d bytes a call", got)
			return
		}
	}
	t.Errorf("%d bytes allocated a call in the last of %d rounds, want at most %d", got, rounds, most)
}

// Mean pooling over rectangles is a convolution with a kernel of equal values from each
// channel to itself, and so is its gradient.
func TestMeanPoolWindows(t *testing.T) {
	for _, c := range []struct {
		in   Shape
		size [2]int
	}{{Shape{2, 1, 9, 1}, [2]int{1, 2}}, {Shape{2, 7, 6, 1}, [2]int{3, 2}}, {Shape{1, 4, 9, 1}, [2]int{4, 1}}} {
		p, err := NewMeanPoolWindow(c.in, c.size)
		if err != nil {
			t.Fatal(err)
		}
		conv, err := NewConvWindow(c.in, 1, Window{Size: c.size, Stride: c.size})
		if err != nil {
			t.Fatal(err)
		}
		if p.Out != conv.Out {
			t.Fatalf("%v by %v: out %v, want %v", c.in, c.size, p.Out, conv.Out)
		}
		w := make([]float32, c.size[0]*c.size[1])
		for i := range w {
			w[i] = 1 / float32(len(w))
		}
		near := func(what string, got, want []float32) {
			for i, v := range got { // sums of at most 6 values of about 1
				if !(math.Abs(float64(v-want[i])) <= 64*unit) {
					t.Fatalf("%v by %v: %s %d is %v, want %v", c.in, c.size, what, i, v, want[i])
				}
			}
		}
		x, r := gradtest.Random(c.in.Len(), 1), gradtest.Random(p.Out.Len(), 2)
		y, want := gradtest.NaNs(len(r)), gradtest.NaNs(len(r))
		p.Forward(y, x)
		conv.Forward(want, x, w)
		near("y", y, want)
		dx, wantX := gradtest.NaNs(len(x)), gradtest.NaNs(len(x))
		p.Backward(dx, r)
		conv.BackwardInput(wantX, r, w)
		near("dx", dx, wantX)
	}
	for _, size := range [][2]int{{0, 1}, {1, 0}, {3, 1}} {
		if _, err := NewMeanPoolWindow(Shape{1, 2, 2, 1}, size); err == nil {
			t.Errorf("windows of %v: no error", size)
		}
	}
}
