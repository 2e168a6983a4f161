package fuse

// One suite for every implementation of the inner loops and every way to
// convolve: portable, AVX2 and AVX-512, implicit product, Winograd, sums of rows.

import (
	"maps"
	"math"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mgtool/internal/simd"
	"mgtool/tensor/gradtest"
)

// ways calls visit with a copy of the convolution for each way to do it that there
// is on this machine.
func ways(c *Conv, visit func(name string, c *Conv)) {
	for _, k := range simd.All() {
		plain := *c
		plain.planFor(k, false)
		visit(k.Name, &plain)
		if c.Size == [2]int{3, 3} && c.Stride == [2]int{1, 1} && c.In.C*c.Out.C > 1 {
			fast := *c
			fast.planFor(k, true)
			visit(k.Name+", Winograd", &fast)
			visit(k.Name+", Winograd, bfloat16", fast.Bfloat16())
		}
		if c.Size == [2]int{1, 3} && c.Stride == [2]int{1, 1} && c.In.C*c.Out.C > 1 {
			fast := *c
			fast.planFor(k, true)
			visit(k.Name+", Winograd of lines", &fast)
		}
	}
}

// fails is what testing.T and rapid.T have in common.
type fails interface {
	Helper()
	Errorf(format string, a ...any)
}

// conforms holds the three passes of a convolution, done every way, to the
// definition: plain sums within the bound of [bilinear], Winograd's way within that of
// winograd_error_test.go, and with bfloat16 also to the products of the rounded
// factors, which is the closer test by far. It returns how near to its bound the error
// came, at most, for each of these.
func conforms(t fails, c *Conv, in operands) map[string]float64 {
	t.Helper()
	plain := definition(c, in)
	var fast filterings
	nearest := map[string]float64{}
	ways(c, func(name string, c *Conv) {
		got := in.passes(c)
		check := func(kind string, want [3]expected) {
			for pass, e := range want {
				for i, v := range got[pass] {
					diff := math.Abs(float64(v) - e.value[i])
					if !(diff <= e.bound[i]) {
						t.Errorf("%s of %s by %s: value %d is %v, want %v within %.2g (%s)", passNames[pass], label(c), name, i, v, e.value[i], e.bound[i], kind)
						return
					}
					if diff > 0 {
						nearest[kind] = max(nearest[kind], diff/e.bound[i])
					}
				}
			}
		}
		f, ok := c.forward.(*winograd)
		if !ok {
			check("sum", plain)
			return
		}
		if fast == nil {
			fast = filter(c, in)
			// They are the definition, to the rounding of float64.
			for pass, e := range fast["Winograd"] {
				for i, v := range e.value {
					if want := plain[pass].value[i]; !(math.Abs(v-want) <= 1e-6*e.bound[i]) {
						t.Errorf("%s of %s: the reference's value %d is %v, want %v", passNames[pass], label(c), i, v, want)
						return
					}
				}
			}
		}
		if !f.bfloat16 {
			check("Winograd", fast["Winograd"])
			return
		}
		check("bfloat16", fast["bfloat16"])
		check("rounded factors", fast["rounded factors"])
	})
	return nearest
}

func TestConformance(t *testing.T) {
	for _, c := range geometries(t) {
		conforms(t, c, normal(c, 1))
	}
	for _, c := range larger(t) {
		conforms(t, c, normal(c, 1))
	}
	// Channels on both sides of every panel, images that fill tiles of 4×4 and not.
	for _, ch := range [][2]int{{3, 64}, {8, 8}, {10, 24}, {16, 31}, {33, 16}, {64, 64}, {70, 10}} {
		for _, hw := range [][2]int{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 7}, {8, 8}, {13, 9}} {
			for stride := 1; stride <= 2; stride++ {
				c := mustConv(t, Shape{3, hw[0], hw[1], ch[0]}, ch[1], 3, stride, 1)
				conforms(t, c, normal(c, 1))
			}
		}
	}
	for _, c := range []*Conv{
		mustConv(t, Shape{2, 32, 32, 16}, 20, 3, 1, 1),
		// Pixels that no tap meets, more of them than the gradient has rows.
		mustConv(t, Shape{2, 4, 6, 7}, 30, 2, 3, 0),
		mustConv(t, Shape{2, 32, 32, 5}, 17, 3, 2, 1),
		// Few terms a result, but many a tile: with bfloat16 the error of a single value
		// is as large as the value.
		mustConv(t, Shape{1, 1, 3, 1}, 12, 3, 1, 3),
		mustConv(t, Shape{4, 1, 1, 40}, 64, 3, 1, 2),
	} {
		conforms(t, c, normal(c, 1))
	}
}

// windows are convolutions whose kernel, stride or padding differs between the axes,
// those of sequences, one row high with kernels 1×K, among them.
func windows(t testing.TB) []*Conv {
	t.Helper()
	var list []*Conv
	add := func(in Shape, channels int, size, stride, pad [2]int) {
		c, err := NewConv(in, channels, Window{size, stride, pad})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	for _, ch := range [][2]int{{1, 1}, {3, 10}, {16, 33}} {
		for _, k := range []int{1, 2, 3, 7} {
			for stride := 1; stride <= 2; stride++ {
				for _, pad := range []int{0, k / 2} {
					add(Shape{3, 1, 23, ch[0]}, ch[1], [2]int{1, k}, [2]int{1, stride}, [2]int{0, pad})
				}
			}
		}
		image := Shape{2, 19, 12, ch[0]}
		add(image, ch[1], [2]int{1, 3}, [2]int{1, 1}, [2]int{1, 2}) // by Winograd's way of lines
		add(Shape{40, 1, 24, ch[0]}, ch[1], [2]int{1, 3}, [2]int{1, 1}, [2]int{0, 1})
		add(image, ch[1], [2]int{5, 1}, [2]int{2, 1}, [2]int{2, 0})
		add(image, ch[1], [2]int{1, 5}, [2]int{1, 1}, [2]int{1, 3})
		add(image, ch[1], [2]int{2, 3}, [2]int{1, 3}, [2]int{1, 0})
		add(image, ch[1], [2]int{4, 3}, [2]int{3, 2}, [2]int{0, 2})
		add(image, ch[1], [2]int{2, 1}, [2]int{3, 4}, [2]int{0, 0}) // pixels that no tap reaches
		add(image, ch[1], [2]int{3, 3}, [2]int{1, 2}, [2]int{1, 1})
		add(image, ch[1], [2]int{3, 3}, [2]int{1, 1}, [2]int{0, 2}) // by Winograd too
		add(image, ch[1], [2]int{3, 3}, [2]int{1, 1}, [2]int{2, 1})
	}
	return list
}

func TestConformanceOfWindows(t *testing.T) {
	for _, c := range windows(t) {
		conforms(t, c, normal(c, 1))
	}
}

// shape draws a small convolution.
func shape(t *rapid.T) *Conv {
	axes := func(name string, least, most int) (a [2]int) {
		a[0] = rapid.IntRange(least, most).Draw(t, name)
		a[1] = a[0]
		if rapid.IntRange(0, 3).Draw(t, name+" differs") == 0 {
			a[1] = rapid.IntRange(least, most).Draw(t, name+" along the width")
		}
		return a
	}
	size := axes("kernel", 1, 5)
	if rapid.Bool().Draw(t, "winograd") {
		size = [2]int{1 + 2*rapid.IntRange(0, 1).Draw(t, "rows"), 3}
	}
	in := Shape{
		rapid.IntRange(1, 5).Draw(t, "images"), rapid.IntRange(1, 14).Draw(t, "height"),
		rapid.IntRange(1, 14).Draw(t, "width"), rapid.IntRange(1, 40).Draw(t, "channels in"),
	}
	c, err := NewConv(in, rapid.IntRange(1, 40).Draw(t, "channels out"),
		Window{size, axes("stride", 1, 3), axes("padding", 0, max(size[0], size[1])+2)})
	if err != nil {
		t.Skip(err)
	}
	return c
}

func TestConformanceOfRandomShapes(t *testing.T) {
	nearest := map[string]float64{}
	rapid.Check(t, func(t *rapid.T) {
		c := shape(t)
		seed := rapid.Uint64().Draw(t, "seed")
		in := kinds[rapid.SampledFrom(slices.Sorted(maps.Keys(kinds))).Draw(t, "kind")](c, seed)
		for kind, ratio := range conforms(t, c, in) {
			nearest[kind] = max(nearest[kind], ratio)
		}
	})
	for kind, ratio := range nearest {
		t.Logf("%s: the largest error is %.2g of its bound", kind, ratio)
	}
}

// A source seen through a σ, or through its gradient, is convolved as if it had
// been computed first: the same values go in, so the same bits come out. Every
// element of a result is told of once, by a unit in range.
func TestSources(t *testing.T) {
	for i, c := range []*Conv{
		mustConv(t, Shape{3, 9, 8, 10}, 24, 3, 1, 1), mustConv(t, Shape{5, 7, 6, 3}, 5, 3, 2, 1),
		mustConv(t, Shape{2, 6, 6, 8}, 16, 1, 1, 0), mustConv(t, Shape{2, 40, 33, 1}, 1, 3, 1, 1),
		mustConv(t, Shape{40, 4, 4, 16}, 16, 3, 1, 1), mustRow(t, Shape{9, 1, 50, 16}, 24),
	} {
		for act, kind := range activations {
			if kind == simd.Heaviside { // which has no slope
				continue
			}
			ways(c, func(name string, c *Conv) { sources(t, name+", "+act, c, act, i%2 == 0) })
		}
	}
}

// sources tests one convolution with one activation, whose gradient is gated when
// it is collected or where it is read.
func sources(t *testing.T, name string, c *Conv, act string, gate bool) {
	mapped := func(s Shape, seed uint64) (through, before Source, values, gradient []float32) {
		sigma := NewSigma(s.C, true, act)
		x, dy := gradtest.Random(s.Len(), seed), gradtest.Random(s.Len(), seed+1)
		gamma, beta, theta := gradtest.Random(s.C, seed+2), gradtest.Random(s.C, seed+3), gradtest.Random(s.C, seed+4)
		m := NewMoments(s.C, len(x))
		m.Read(x)
		sigma.Train(m, newRunning(s.C), gamma, beta, theta)
		g := sigma.NewGradientOf(Units(s.C, len(x)), true, gate)
		Pieces(s.C, len(x), func(unit, lo, hi int) { g.Add(unit, dy[lo:hi], x[lo:hi]) })
		g.Finish(make([]float32, s.C), make([]float32, s.C), make([]float32, s.C), gamma)
		values, gradient = gradtest.NaNs(len(x)), gradtest.NaNs(len(x))
		through, before = Source{X: x, Sigma: sigma}, Source{X: dy, Sigma: sigma, Before: x}
		through.Read(values, 0)
		before.Read(gradient, 0)
		return through, before, values, gradient
	}
	w := gradtest.Random(c.WeightLen(), 9)
	x, _, xv, _ := mapped(c.In, 1)
	_, dy, _, dyv := mapped(c.Out, 5)
	run := func(p pass, to Shape, s Source) []float32 {
		out, packed := gradtest.NaNs(to.Len()), gradtest.NaNs(p.packedLen())
		p.pack(packed, w)
		times := make([]int, to.Len())
		units := make([]int, p.units())
		p.run(out, s, packed, func(unit, lo, hi int) {
			units[unit]++
			for i := lo; i < hi; i++ {
				times[i]++
				if out[i] != out[i] {
					t.Errorf("%s by %s: value %d is told of before it is written", label(c), name, i)
				}
			}
		})
		for i, n := range times {
			if n != 1 {
				t.Fatalf("%s by %s: value %d is told of %d times", label(c), name, i, n)
			}
		}
		for u, n := range units {
			if n != 1 {
				t.Fatalf("%s by %s: unit %d comes %d times", label(c), name, u, n)
			}
		}
		return out
	}
	if !gradtest.SameBits(run(c.forward, c.Out, x), run(c.forward, c.Out, Source{X: xv})) {
		t.Errorf("%s by %s: forward differs", label(c), name)
	}
	if !gradtest.SameBits(run(c.input, c.In, dy), run(c.input, c.In, Source{X: dyv})) {
		t.Errorf("%s by %s: input gradient differs", label(c), name)
	}
	dw, plain := gradtest.NaNs(len(w)), gradtest.NaNs(len(w))
	c.weight.run(dw, dy, x)
	c.weight.run(plain, Source{X: dyv}, Source{X: xv})
	if !gradtest.SameBits(dw, plain) {
		t.Errorf("%s by %s: weight gradient differs", label(c), name)
	}
}

// Weights packed with a negative sign give the negative result.
func TestNegativeWeights(t *testing.T) {
	ways(mustConv(t, Shape{2, 9, 8, 16}, 24, 3, 1, 1), func(name string, c *Conv) {
		forward := c.Passes().Forward
		x, w, packed := gradtest.Random(c.In.Len(), 1), gradtest.Random(c.WeightLen(), 2), gradtest.NaNs(forward.PackedLen())
		var y [2][]float32
		for i, sign := range []int{1, -1} {
			y[i] = gradtest.NaNs(c.Out.Len())
			forward.Pack(packed, w, sign)
			forward.Run(y[i], Source{X: x}, packed, nil)
		}
		for i, v := range y[0] {
			if y[1][i] != -v {
				t.Fatalf("%s: value %d is %v and with negative weights %v", name, i, v, y[1][i])
			}
		}
	})
}

// The same bits on any number of threads, and for an image whatever is beside it.
func TestSameBitsAnywhere(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, c := range []*Conv{
		mustConv(t, Shape{37, 9, 8, 16}, 24, 3, 1, 1), mustConv(t, Shape{37, 8, 9, 10}, 17, 3, 2, 1),
		mustConv(t, Shape{5, 64, 40, 16}, 16, 3, 1, 1), mustConv(t, Shape{3, 50, 40, 1}, 1, 3, 1, 1),
		mustRow(t, Shape{37, 1, 90, 24}, 33),
	} {
		ways(c, func(name string, c *Conv) {
			x, w, dy := gradtest.Random(c.In.Len(), 1), gradtest.Random(c.WeightLen(), 2), gradtest.Random(c.Out.Len(), 3)
			all := func() (y, dx, dw []float32) {
				y, dx, dw = gradtest.NaNs(len(dy)), gradtest.NaNs(len(x)), gradtest.NaNs(len(w))
				c.Forward(y, x, w)
				c.BackwardInput(dx, dy, w)
				c.BackwardWeight(dw, dy, x)
				return y, dx, dw
			}
			runtime.GOMAXPROCS(1)
			y, dx, dw := all()
			for _, threads := range []int{2, 3, 7} {
				runtime.GOMAXPROCS(threads)
				if y2, dx2, dw2 := all(); !gradtest.SameBits(y, y2) || !gradtest.SameBits(dx, dx2) || !gradtest.SameBits(dw, dw2) {
					t.Errorf("%s by %s: %d threads differ from one", label(c), name, threads)
				}
			}
			// The last image alone, done the same way.
			alone, err := NewConv(Shape{1, c.In.H, c.In.W, c.In.C}, c.Out.C, c.Window)
			if err != nil {
				t.Fatal(err)
			}
			ways(alone, func(way string, alone *Conv) {
				if way != name {
					return
				}
				one := gradtest.NaNs(alone.Out.Len())
				alone.Forward(one, x[len(x)-alone.In.Len():], w)
				if !gradtest.SameBits(one, y[len(y)-len(one):]) {
					t.Errorf("%s by %s: an image alone differs", label(c), name)
				}
			})
		})
	}
}

// FuzzConv takes a convolution from eight bytes, the kind of data and a seed from those
// behind them.
func FuzzConv(f *testing.F) {
	f.Add([]byte{2, 5, 4, 3, 10, 3, 1, 1})
	f.Add([]byte{3, 4, 4, 16, 16, 3, 1, 1})
	f.Add([]byte{1, 9, 7, 33, 8, 3, 1, 2})
	f.Add([]byte{2, 8, 8, 1, 1, 3, 2, 0})
	f.Add([]byte{4, 1, 13, 24, 5, 5, 3, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 8 {
			t.Skip("eight numbers make a convolution")
		}
		k := 1 + int(b[5]-1)%7
		in := Shape{1 + int(b[0])%6, 1 + int(b[1])%18, 1 + int(b[2])%18, 1 + int(b[3]-1)%72}
		c, err := NewConv(in, 1+int(b[4]-1)%72, squareWindow(k, 1+int(b[6]-1)%4, int(b[7])%(k+3)))
		if err != nil {
			return // which must not be a panic
		}
		if c.MACs() > 1e6 {
			t.Skip("too long for the definition")
		}
		kind, seed := "normal", uint64(1)
		if len(b) > 8 {
			kind = slices.Sorted(maps.Keys(kinds))[int(b[8])%len(kinds)]
		}
		for _, v := range b[min(9, len(b)):] {
			seed = seed<<8 | uint64(v)
		}
		conforms(t, c, kinds[kind](c, seed))
	})
}

// What the definition makes NaN or Inf is not finite by any way.
func TestNotFiniteByAnyWay(t *testing.T) {
	c := mustConv(t, Shape{2, 9, 10, 16}, 20, 3, 1, 1)
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
		x, w, dy := gradtest.Random(c.In.Len(), 1), gradtest.Random(c.WeightLen(), 2), gradtest.Random(c.Out.Len(), 3)
		x[777], dy[555] = bad, bad
		ways(c, func(name string, c *Conv) {
			y, dx, dw := make([]float32, len(dy)), make([]float32, len(x)), make([]float32, len(w))
			c.Forward(y, x, w)
			c.BackwardInput(dx, dy, w)
			c.BackwardWeight(dw, dy, x)
			finite := func(v float32) bool { return v-v == 0 }
			terms(c, func(e term) {
				if e.x == 777 && (finite(y[e.y]) || finite(dw[e.w])) || e.y == 555 && (finite(dx[e.x]) || finite(dw[e.w])) {
					t.Errorf("%s: a %v is lost", name, bad)
				}
			})
			last := func(s []float32) float32 { return s[len(s)-1] } // in the other image
			if !finite(last(y)) || !finite(last(dx)) {
				t.Errorf("%s: a %v is in the other image", name, bad)
			}
		})
	}
}
