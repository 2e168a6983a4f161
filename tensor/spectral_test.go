package tensor

import (
	"fmt"
	"math"
	"math/cmplx"
	"runtime"
	"testing"

	"mgtool/tensor/gradtest"
)

var spectralShapes = []struct {
	shape Shape
	modes [2]int
}{
	{Shape{2, 10, 7, 3}, [2]int{2, 3}},
	{Shape{1, 8, 12, 33}, [2]int{4, 6}},
	{Shape{3, 11, 9, 16}, [2]int{3, 2}},
}

// The modes and the inverse are those of the definition, summed in complex128.
func TestFourierDefinition(t *testing.T) {
	for _, c := range spectralShapes {
		s, m1, m2 := c.shape, c.modes[0], c.modes[1]
		f, err := NewFourier(s, c.modes)
		if err != nil {
			t.Fatal(err)
		}
		x, m, back := gradtest.Random(s.Len(), 1), gradtest.NaNs(f.Len()), gradtest.NaNs(s.Len())
		f.Forward(m, x)
		f.Inverse(back, m)
		want := make([]float64, s.Len())
		for n := range s.N {
			for k2 := range m2 {
				for q := range 2 * m1 {
					k1 := q
					if q >= m1 {
						k1 -= 2 * m1
					}
					wave := func(h, w int) complex128 {
						return cmplx.Exp(complex(0, 2*math.Pi*(float64(k1*h)/float64(s.H)+float64(k2*w)/float64(s.W))))
					}
					for ch := range s.C {
						sum := complex128(0)
						for h := range s.H {
							for w := range s.W {
								sum += complex(float64(x[((n*s.H+h)*s.W+w)*s.C+ch]), 0) / wave(h, w)
							}
						}
						at := (((n*m2+k2)*2*m1+q)*2)*s.C + ch
						got := complex(float64(m[at]), float64(m[at+s.C]))
						if cmplx.Abs(got-sum) > 1e-4 {
							t.Fatalf("%v: mode (%d, %d) is %v; want %v", s, k1, k2, got, sum)
						}
						factor := 2.
						if k2 == 0 {
							factor = 1
						}
						for h := range s.H {
							for w := range s.W {
								want[((n*s.H+h)*s.W+w)*s.C+ch] += factor * real(sum*wave(h, w)) / float64(s.H*s.W)
							}
						}
					}
				}
			}
		}
		for i, v := range back {
			if math.Abs(float64(v)-want[i]) > 1e-5 {
				t.Fatalf("%v: value %d of the inverse is %g; want %g", s, i, v, want[i])
			}
		}
	}
}

// ⟨F x, m⟩ = ⟨x, F* m⟩, and the same for the inverse.
func TestFourierAdjoints(t *testing.T) {
	for _, c := range spectralShapes {
		f, err := NewFourier(c.shape, c.modes)
		if err != nil {
			t.Fatal(err)
		}
		x, m := gradtest.Random(c.shape.Len(), 1), gradtest.Random(f.Len(), 2)
		fx, fm := gradtest.NaNs(f.Len()), gradtest.NaNs(c.shape.Len())
		for name, pair := range map[string][2]func(to, from []float32){
			"forward": {f.Forward, f.ForwardAdjoint}, "inverse": {f.InverseAdjoint, f.Inverse},
		} {
			pair[0](fx, x)
			pair[1](fm, m)
			if left, right := gradtest.Dot(fx, m), gradtest.Dot(x, fm); math.Abs(left-right) > 1e-5*math.Sqrt(gradtest.Dot(fx, fx)*gradtest.Dot(m, m)) {
				t.Errorf("%v %s: ⟨F x, m⟩ = %g, ⟨x, F* m⟩ = %g", c.shape, name, left, right)
			}
		}
	}
}

func TestFourierErrors(t *testing.T) {
	for _, modes := range [][2]int{{0, 1}, {1, 0}, {5, 1}, {1, 5}} {
		if _, err := NewFourier(Shape{1, 8, 9, 1}, modes); err == nil {
			t.Errorf("modes %v of 8×9 are no error", modes)
		}
	}
	if err := (ModeMix{N: 1, Modes: [2]int{1, 1}, In: 1}).Validate(); err == nil {
		t.Error("0 channels are no error")
	}
}

// The product is that of complex matrices, and its gradients are those of finite differences.
func TestModeMix(t *testing.T) {
	for _, m := range []ModeMix{{N: 2, Modes: [2]int{2, 3}, In: 5, Out: 4}, {N: 13, Modes: [2]int{1, 2}, In: 17, Out: 33}} {
		modes := m.modes()
		x := gradtest.Random(m.N*modes*2*m.In, 1)
		w := [2][]float32{gradtest.Random(m.WeightLen(), 2), gradtest.Random(m.WeightLen(), 3)}
		y := gradtest.NaNs(m.N * modes * 2 * m.Out)
		m.Forward(y, x, w[0], w[1])
		for n := range m.N {
			for k2 := range m.Modes[1] {
				for q := range 2 * m.Modes[0] {
					row := (n*m.Modes[1]+k2)*2*m.Modes[0] + q
					matrix := w[q/m.Modes[0]][(q%m.Modes[0]*m.Modes[1]+k2)*2*m.Out*m.In:]
					for o := range m.Out {
						sum := complex128(0)
						for i := range m.In {
							sum += complex(float64(matrix[o*m.In+i]), float64(matrix[(m.Out+o)*m.In+i])) *
								complex(float64(x[row*2*m.In+i]), float64(x[(row*2+1)*m.In+i]))
						}
						if got := complex(float64(y[row*2*m.Out+o]), float64(y[(row*2+1)*m.Out+o])); cmplx.Abs(got-sum) > 1e-4 {
							t.Fatalf("%+v: sample %d, mode (%d, %d), channel %d: %v; want %v", m, n, q, k2, o, got, sum)
						}
					}
				}
			}
		}
		r := gradtest.Random(len(y), 4)
		f := func() float64 {
			m.Forward(y, x, w[0], w[1])
			return gradtest.Dot(r, y)
		}
		dx, dw := gradtest.NaNs(len(x)), [2][]float32{gradtest.NaNs(len(w[0])), gradtest.NaNs(len(w[1]))}
		m.BackwardInput(dx, r, w[0], w[1])
		m.BackwardWeight(dw[0], dw[1], r, x)
		gradtest.Check(t, fmt.Sprintf("%+v x", m), x, f, dx)
		gradtest.Check(t, fmt.Sprintf("%+v k₁ ≥ 0", m), w[0], f, dw[0])
		gradtest.Check(t, fmt.Sprintf("%+v k₁ < 0", m), w[1], f, dw[1])
	}
}

// The same bits on any number of threads, and no more memory than a pass needs.
func TestSpectralThreads(t *testing.T) {
	const in, out = 8, 8
	f, err := NewFourier(Shape{3, 16, 18, in}, [2]int{4, 5})
	if err != nil {
		t.Fatal(err)
	}
	m := ModeMix{N: 3, Modes: f.Modes, In: in, Out: out}
	x, w := gradtest.Random(f.Shape.Len(), 1), gradtest.Random(m.WeightLen(), 2)
	modes, mixed := make([]float32, f.Len()), make([]float32, f.Len())
	run := func() []float32 {
		y := make([]float32, len(x)+2*len(w))
		f.Forward(modes, x)
		m.Forward(mixed, modes, w, w)
		f.Inverse(y[:len(x)], mixed)
		m.BackwardWeight(y[len(x):len(x)+len(w)], y[len(x)+len(w):], mixed, modes)
		return y
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := run()
	runtime.GOMAXPROCS(3)
	if !gradtest.SameBits(one, run()) {
		t.Error("three threads give other bits than one")
	}
}

func BenchmarkSpectral(b *testing.B) {
	const c = 32
	f, err := NewFourier(Shape{8, 115, 115, c}, [2]int{12, 12})
	if err != nil {
		b.Fatal(err)
	}
	m := ModeMix{N: 8, Modes: f.Modes, In: c, Out: c}
	x, w := gradtest.Random(f.Shape.Len(), 1), gradtest.Random(m.WeightLen(), 2)
	modes, mixed := make([]float32, f.Len()), make([]float32, f.Len())
	dw := make([]float32, len(w))
	for name, c := range map[string]struct {
		macs int64
		run  func()
	}{
		"forward": {f.MACs(), func() { f.Forward(modes, x) }},
		"inverse": {f.MACs(), func() { f.Inverse(x, modes) }},
		"mix":     {m.MACs(), func() { m.Forward(mixed, modes, w, w) }},
		"mix dx":  {m.MACs(), func() { m.BackwardInput(mixed, modes, w, w) }},
		"mix dw":  {m.MACs(), func() { m.BackwardWeight(dw, dw, mixed, modes) }},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.run()
			}
			b.ReportMetric(2*float64(c.macs)*float64(b.N)/b.Elapsed().Seconds()/1e9, "gflop/s")
		})
	}
}
