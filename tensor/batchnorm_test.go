package tensor

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"mgtool/tensor/gradtest"
)

func mustBatchNorm(t testing.TB, channels int) *BatchNorm {
	t.Helper()
	n, err := NewBatchNorm(channels)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// moments returns the mean of channel c and Σ(x−mean)², in two passes in float64.
func moments(x []float32, c, channels int) (mean, square float64) {
	m := len(x) / channels
	for i := c; i < len(x); i += channels {
		mean += float64(x[i]) / float64(m)
	}
	for i := c; i < len(x); i += channels {
		square += (float64(x[i]) - mean) * (float64(x[i]) - mean)
	}
	return mean, square
}

// Against the definition in float64, also where the mean is 1000 times the
// spread, the case that cancels. The statistics take sums of 128 values around a
// value of the batch in float32: off by 16 units of the spread, where rounding is
// as good as random, whatever the mean. The running ones are rounded to float32
// too. y takes four roundings more of at most |y − beta| + |beta|.
func TestBatchNormStatistics(t *testing.T) {
	for _, offset := range []float32{0, 1000, -1e5} {
		for _, channels := range []int{1, 3, 64} {
			n := mustBatchNorm(t, channels)
			n.Momentum = 1
			m := 20001 / channels
			x := gradtest.Random(m*channels, 1)
			for i := range x {
				x[i] += offset
			}
			gamma, beta := gradtest.Random(channels, 2), gradtest.Random(channels, 3)
			y := garbage(len(x))
			n.Forward(y, x, gamma, beta, true)
			for c := range channels {
				mean, square := moments(x, c, channels)
				inv := 1 / math.Sqrt(square/float64(m)+1e-5)
				within := func(what string, got, want, bound float64) {
					t.Helper()
					if !(math.Abs(got-want) <= bound) {
						t.Errorf("offset %v, channel %d of %d: %s is %v, want %v within %.2g", offset, c, channels, what, got, want, bound)
					}
				}
				const sum = 16 * unit
				within("mean", n.last.mean[c], mean, sum/inv)
				within("1/√(var+eps)", n.last.invStd[c], inv, sum*inv)
				within("running mean", float64(n.RunningMean[c]), mean, sum/inv+2*unit*math.Abs(mean))
				within("running variance", float64(n.RunningVar[c]), square/float64(m-1), 2*sum*square/float64(m-1))
				for i := c; i < len(x); i += 97 * channels {
					scaled := float64(gamma[c]) * (float64(x[i]) - mean) * inv
					want := scaled + float64(beta[c])
					// The rounding of the mean, made up for in c, counts like beta.
					size := math.Abs(scaled) + math.Abs(float64(beta[c])) + math.Abs(float64(gamma[c])*inv*mean)*unit
					within("y", float64(y[i]), want, 4*unit*size+sum*(math.Abs(scaled)+math.Abs(float64(gamma[c]))))
				}
			}
		}
	}
}

// running ← (1−m)·running + m·batch, and evaluation uses it. By hand: channel 0
// has values 1, 3 (mean 2, unbiased variance 2), channel 1 has 0, 8 (4, 32).
func TestBatchNormRunning(t *testing.T) {
	n := mustBatchNorm(t, 2)
	if n.Eps != 1e-5 || n.Momentum != 0.1 || n.RunningMean[1] != 0 || n.RunningVar[1] != 1 {
		t.Errorf("defaults: eps %v, momentum %v, running %v, %v", n.Eps, n.Momentum, n.RunningMean, n.RunningVar)
	}
	x, y := []float32{1, 0, 3, 8}, garbage(4)
	gamma, beta := []float32{2, 3}, []float32{0.5, -1}
	n.Forward(y, x, gamma, beta, true)
	close := func(what string, got float32, want float64) {
		t.Helper()
		if math.Abs(float64(got)-want) > 4*unit*math.Abs(want) { // a few roundings
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	close("running mean 0", n.RunningMean[0], 0.2)
	close("running mean 1", n.RunningMean[1], 0.4)
	close("running variance 0", n.RunningVar[0], 0.9+0.2)
	close("running variance 1", n.RunningVar[1], 0.9+3.2)
	close("y", y[0], -2/math.Sqrt(1+1e-5)+0.5) // the biased variance is 1
	mean := append([]float32(nil), n.RunningMean...)
	n.Forward(y, x, gamma, beta, false)
	close("y in evaluation", y[3], 3*(8-0.4)/math.Sqrt(4.1+1e-5)-1)
	if !sameBits(mean, n.RunningMean) {
		t.Error("evaluation changed the running mean")
	}
}

func TestBatchNormGradient(t *testing.T) {
	for _, train := range []bool{true, false} {
		for _, s := range []Shape{{4, 1, 1, 3}, {2, 3, 3, 1}, {2, 4, 4, 10}, {3, 7, 5, 3}} {
			n := mustBatchNorm(t, s.C)
			x, r := gradtest.Random(s.Len(), 1), gradtest.Random(s.Len(), 2)
			gamma, beta := away(s.C, 3), gradtest.Random(s.C, 4)
			y, dx, dgamma, dbeta := garbage(len(x)), garbage(len(x)), garbage(s.C), garbage(s.C)
			for c := range s.C {
				n.RunningMean[c], n.RunningVar[c] = 0.3*float32(c), 0.5+float32(c)
			}
			f := func() float64 { n.Forward(y, x, gamma, beta, train); return gradtest.Dot(r, y) }
			if train {
				f()
			} else {
				n.Forward(y, x, gamma, beta, true) // evaluation after training
				f()
			}
			n.Backward(dx, dgamma, dbeta, r, x, gamma)
			gradtest.Check(t, "x", x, f, dx)
			gradtest.Check(t, "gamma", gamma, f, dgamma)
			gradtest.Check(t, "beta", beta, f, dbeta)

			// In place of dy, as the doc allows; the checks ran Forward last at other x.
			f()
			dy := append([]float32(nil), r...)
			n.Backward(dy, dgamma, dbeta, dy, x, gamma)
			if !sameBits(dy, dx) {
				t.Errorf("%v, train %v: dx differs when it is dy", s, train)
			}
		}
	}
}

// The gradient at a mean 1000 times the spread, against float64. dx cancels no
// more than at mean 0: 8 roundings of its three parts, each of the size of
// |gamma|·inv·(|dy| + 1 + |x̂|) at most.
func TestBatchNormGradientLargeMean(t *testing.T) {
	const channels, m = 3, 400
	n := mustBatchNorm(t, channels)
	x, dy := gradtest.Random(m*channels, 1), gradtest.Random(m*channels, 2)
	for i := range x {
		x[i] += 1000
	}
	gamma, beta := gradtest.Random(channels, 3), make([]float32, channels)
	dx, dgamma, dbeta := garbage(len(x)), garbage(channels), garbage(channels)
	n.Forward(garbage(len(x)), x, gamma, beta, true)
	n.Backward(dx, dgamma, dbeta, dy, x, gamma)
	for c := range channels {
		mean, square := moments(x, c, channels)
		inv := 1 / math.Sqrt(square/m+1e-5)
		sum, sumX := 0.0, 0.0
		for i := c; i < len(x); i += channels {
			sum += float64(dy[i])
			sumX += float64(dy[i]) * (float64(x[i]) - mean) * inv
		}
		// Sums of 128 terms in float32, of which the absolute values are about m.
		if math.Abs(float64(dbeta[c])-sum) > 4*unit*m || math.Abs(float64(dgamma[c])-sumX) > 4*unit*m {
			t.Errorf("channel %d: dbeta %v, dgamma %v, want %v, %v", c, dbeta[c], dgamma[c], sum, sumX)
		}
		for i := c; i < len(x); i += channels {
			hat, g := (float64(x[i])-mean)*inv, float64(gamma[c])*inv
			want := g * (float64(dy[i]) - sum/m - hat*sumX/m)
			bound := 8 * unit * math.Abs(g) * (math.Abs(float64(dy[i])) + 1 + math.Abs(hat))
			if math.Abs(float64(dx[i])-want) > bound {
				t.Fatalf("dx %d is %v, want %v within %.2g", i, dx[i], want, bound)
			}
		}
	}
}

func TestBatchNormErrors(t *testing.T) {
	if _, err := NewBatchNorm(0); err == nil || !strings.Contains(err.Error(), "0 channels") {
		t.Errorf("no channels: error %v", err)
	}
	n := mustBatchNorm(t, 2)
	one, two := []float32{1, 2}, []float32{1, 1}
	wantPanic(t, "1 values per channel", func() { n.Forward(one, one, two, two, true) })
	wantPanic(t, "3 values, want a multiple of the 2", func() { n.Forward(one, make([]float32, 3), two, two, true) })
	n.Forward(make([]float32, 2), one, two, two, false) // fine in evaluation
}

func TestBatchNormKeepsNaN(t *testing.T) {
	n := mustBatchNorm(t, 2)
	x := []float32{1, 2, float32(math.NaN()), 3, 4, 5}
	y := make([]float32, 6)
	n.Forward(y, x, []float32{1, 1}, []float32{0, 0}, true)
	if y[0] == y[0] || n.RunningMean[0] == n.RunningMean[0] || n.RunningVar[0] == n.RunningVar[0] {
		t.Errorf("channel with a NaN: y %v, running mean %v, variance %v, want NaN", y[0], n.RunningMean[0], n.RunningVar[0])
	}
	if y[1] != y[1] || n.RunningMean[1] != n.RunningMean[1] {
		t.Errorf("channel without: y %v, running mean %v", y[1], n.RunningMean[1])
	}
}

// The sums themselves, in float64, have the same bits: the rounding of y to
// float32 would hide most of a difference.
func TestBatchNormStatisticsSameBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	n := mustBatchNorm(t, 5)
	x := gradtest.Random(5*20011, 1)
	y, one, zero := garbage(len(x)), []float32{1, 1, 1, 1, 1}, make([]float32, 5)
	statistics := func() []float64 {
		n.Forward(y, x, one, zero, true)
		return append(append([]float64(nil), n.last.mean...), n.last.invStd...)
	}
	runtime.GOMAXPROCS(1)
	want := statistics()
	for _, threads := range []int{2, 3, 8} {
		runtime.GOMAXPROCS(threads)
		if got := statistics(); !slices.Equal(got, want) {
			t.Errorf("%d threads: %v, one thread %v", threads, got, want)
		}
	}
}

// Moments taken again have the bits of new ones, also after a batch with a NaN.
func TestMomentsAgain(t *testing.T) {
	const channels = 3
	x := gradtest.Random(5000*channels, 1)
	bad := slices.Clone(x)
	bad[7] = float32(math.NaN())
	again, fresh := NewMoments(channels, len(x)), NewMoments(channels, len(x))
	again.Read(bad)
	again.total()
	again.Read(x)
	fresh.Read(x)
	if n := again.total(); n != fresh.total() || !slices.Equal(again.mean, fresh.mean) || !slices.Equal(again.square, fresh.square) {
		t.Errorf("%d rows, mean %v, squares %v; want %v and %v", n, again.mean, again.square, fresh.mean, fresh.square)
	}
}
