package fuse

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"mgtool/tensor/gradtest"
)

// newRunning returns the state of a new batch norm.
func newRunning(channels int) Running {
	return Running{1e-5, .1, make([]float32, channels), slices.Repeat([]float32{1}, channels)}
}

// train sets y to the batch norm of x with the statistics of the batch.
func train(s *Sigma, running Running, y, x, gamma, beta []float32) {
	m := NewMoments(s.channels, len(x))
	m.Read(x)
	s.Train(m, running, gamma, beta, nil)
	Source{X: x, Sigma: s}.Read(y, 0)
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
func TestStatistics(t *testing.T) {
	for _, offset := range []float32{0, 1000, -1e5} {
		for _, channels := range []int{1, 3, 64} {
			running, s := newRunning(channels), NewSigma(channels, true, "")
			running.Momentum = 1
			m := 20001 / channels
			x := gradtest.Random(m*channels, 1)
			for i := range x {
				x[i] += offset
			}
			gamma, beta := gradtest.Random(channels, 2), gradtest.Random(channels, 3)
			y := gradtest.NaNs(len(x))
			train(s, running, y, x, gamma, beta)
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
				within("mean", s.mean[c], mean, sum/inv)
				within("1/√(var+eps)", s.invStd[c], inv, sum*inv)
				within("running mean", float64(running.Mean[c]), mean, sum/inv+2*unit*math.Abs(mean))
				within("running variance", float64(running.Var[c]), square/float64(m-1), 2*sum*square/float64(m-1))
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

// The gradient at a mean 1000 times the spread, against float64. dx cancels no
// more than at mean 0: 8 roundings of its three parts, each of the size of
// |gamma|·inv·(|dy| + 1 + |x̂|) at most.
func TestGradientLargeMean(t *testing.T) {
	const channels, m = 3, 400
	running, s := newRunning(channels), NewSigma(channels, true, "")
	x, dy := gradtest.Random(m*channels, 1), gradtest.Random(m*channels, 2)
	for i := range x {
		x[i] += 1000
	}
	gamma, beta := gradtest.Random(channels, 3), make([]float32, channels)
	dx, dgamma, dbeta := gradtest.NaNs(len(x)), gradtest.NaNs(channels), gradtest.NaNs(channels)
	train(s, running, gradtest.NaNs(len(x)), x, gamma, beta)
	g := s.NewGradient(len(x), false)
	Pieces(channels, len(x), func(unit, lo, hi int) { g.Add(unit, dy[lo:hi], x[lo:hi]) })
	g.Finish(dgamma, dbeta, nil, gamma)
	s.Back(dx, nil, dy, x)
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

// The sums themselves, in float64, have the same bits: the rounding of y to
// float32 would hide most of a difference.
func TestStatisticsSameBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	running, s := newRunning(5), NewSigma(5, true, "")
	x := gradtest.Random(5*20011, 1)
	y, one, zero := gradtest.NaNs(len(x)), []float32{1, 1, 1, 1, 1}, make([]float32, 5)
	statistics := func() []float64 {
		train(s, running, y, x, one, zero)
		return append(append([]float64(nil), s.mean...), s.invStd...)
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
