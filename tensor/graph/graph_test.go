package graph

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"mgtool/tensor"
	"mgtool/tensor/gradtest"
)

// leaf makes seeded values for a shape.
func leaf(seed uint64, shape ...int) []float32 {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return gradtest.Random(n, seed)
}

// check builds a scalar from parameters and holds every gradient to finite
// differences of Run itself. Through the graph the loss is rounded to float32,
// and gradtest measures that noise.
func check(t *testing.T, params map[string][]float32, define func(b *Builder) *Node) {
	t.Helper()
	p, err := Build(define)
	if err != nil {
		t.Fatal(err)
	}
	run := func() float64 {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		return float64(p.Value()[0])
	}
	run()
	grads := map[string][]float32{}
	for name := range params {
		g := p.Gradient(name)
		if g == nil {
			t.Fatalf("%s has no gradient", name)
		}
		grads[name] = append([]float32(nil), g...)
	}
	for name, values := range params {
		gradtest.Check(t, name, values, run, grads[name])
	}
}

func mustBuild(t *testing.T, define func(b *Builder) *Node) *Program {
	t.Helper()
	p, err := Build(define)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// project makes a scalar of any feature maps: a random linear head and the
// cross entropy, which is smooth.
func project(b *Builder, x *Node) *Node {
	n, c := x.Shape()[0], x.Shape()[3]
	w := b.Input("head w", []int{c, 3}, leaf(90, c, 3))
	bias := b.Input("head b", []int{3}, leaf(91, 3))
	labels := make([]int32, n)
	for i := range labels {
		labels[i] = int32(i % 3)
	}
	return b.CrossEntropy(b.Linear(b.GlobalAvgPool(x), w, bias), labels)
}

func TestGradients(t *testing.T) {
	t.Run("conv", func(t *testing.T) {
		x, w := leaf(1, 2, 5, 4, 3), leaf(2, 3, 3, 3, 4)
		check(t, map[string][]float32{"x": x, "w": w}, func(b *Builder) *Node {
			return project(b, b.Conv(b.Param("x", []int{2, 5, 4, 3}, x), b.Param("w", []int{3, 3, 3, 4}, w), 2, 1))
		})
	})
	t.Run("transposed conv", func(t *testing.T) {
		x, w := leaf(1, 2, 3, 2, 3), leaf(2, 3, 3, 4, 3)
		check(t, map[string][]float32{"x": x, "w": w}, func(b *Builder) *Node {
			return project(b, b.ConvTranspose(b.Param("x", []int{2, 3, 2, 3}, x), b.Param("w", []int{3, 3, 4, 3}, w), 2, 1, 5, 4))
		})
	})
	t.Run("batch norm", func(t *testing.T) {
		x, gamma, beta := leaf(1, 3, 4, 4, 2), leaf(2, 2), leaf(3, 2)
		for _, train := range []bool{true, false} {
			bn, _ := tensor.NewBatchNorm(2)
			w := leaf(4, 3, 3, 2, 3)
			check(t, map[string][]float32{"x": x, "gamma": gamma, "beta": beta}, func(b *Builder) *Node {
				y := b.BatchNorm(b.Param("x", []int{3, 4, 4, 2}, x), b.Param("gamma", []int{2}, gamma), b.Param("beta", []int{2}, beta), bn, train)
				// A convolution behind it: the mean alone would not see x.
				return project(b, b.Conv(y, b.Input("w", []int{3, 3, 2, 3}, w), 1, 0))
			})
		}
	})
	t.Run("linear", func(t *testing.T) {
		x, w, bias := leaf(1, 4, 3), leaf(2, 3, 5), leaf(3, 5)
		check(t, map[string][]float32{"x": x, "w": w, "bias": bias}, func(b *Builder) *Node {
			return b.CrossEntropy(b.Linear(b.Param("x", []int{4, 3}, x), b.Param("w", []int{3, 5}, w), b.Param("bias", []int{5}, bias)), []int32{0, 1, 4, 2})
		})
	})
	t.Run("mixed cross entropy", func(t *testing.T) {
		x := leaf(1, 4, 5)
		check(t, map[string][]float32{"x": x}, func(b *Builder) *Node {
			return b.MixedCrossEntropy(b.Param("x", []int{4, 5}, x), []int32{0, 1, 4, 2}, []int32{3, 1, 0, 4}, []float32{1, .5, .75, .6}, .1)
		})
	})
	t.Run("relu, add, sub", func(t *testing.T) {
		x, y := leaf(1, 2, 3, 3, 2), leaf(2, 2, 3, 3, 2)
		for _, v := range [][]float32{x, y} { // away from the kink
			for i := range v {
				v[i] += float32(math.Copysign(0.3, float64(v[i])))
			}
		}
		check(t, map[string][]float32{"x": x, "y": y}, func(b *Builder) *Node {
			xn, yn := b.Param("x", []int{2, 3, 3, 2}, x), b.Param("y", []int{2, 3, 3, 2}, y)
			return project(b, b.Sub(b.Add(b.ReLU(xn), xn), b.ReLU(yn)))
		})
	})
	t.Run("activations", func(t *testing.T) {
		for _, name := range []string{"sigmoid", "tanh", "gelu", "prelu", "hat"} {
			a, err := tensor.LookupActivation(name)
			if err != nil {
				t.Fatal(err)
			}
			x := leaf(1, 2, 3, 3, 2)
			for i := range x { // away from the kinks, at 0, 1 and 2
				x[i] = []float32{-.5, .5, 1.5}[i%3] + .1*float32(math.Tanh(float64(x[i])))
			}
			params := map[string][]float32{"x": x}
			count := map[string]int{"prelu": 2, "hat": 1}[name]
			if count > 0 {
				params["theta"] = []float32{a.Start, a.Start}[:count]
			}
			check(t, params, func(b *Builder) *Node {
				var theta *Node
				if count > 0 {
					theta = b.Param("theta", []int{count}, params["theta"])
				}
				return project(b, b.Activation(a, b.Param("x", []int{2, 3, 3, 2}, x), theta))
			})
		}
	})
	t.Run("squared error", func(t *testing.T) {
		x, targets := leaf(1, 4, 3), leaf(2, 12)
		check(t, map[string][]float32{"x": x}, func(b *Builder) *Node {
			return b.SquaredError(b.Param("x", []int{4, 3}, x), targets)
		})
	})
	t.Run("log sum squares", func(t *testing.T) {
		x := leaf(1, 2, 3, 3, 1)
		check(t, map[string][]float32{"x": x}, func(b *Builder) *Node {
			return b.LogSumSquares(b.Param("x", []int{2, 3, 3, 1}, x))
		})
	})
	t.Run("shared weight in a residual chain", func(t *testing.T) {
		// r ← r − A·B·r twice with one A and B: sums of gradients along r and
		// for the weights, as in a smoothing loop.
		x, a, w := leaf(1, 2, 4, 4, 2), leaf(2, 3, 3, 2, 2), leaf(3, 3, 3, 2, 2)
		for i := range a {
			a[i] *= 0.2
			w[i] *= 0.2
		}
		check(t, map[string][]float32{"x": x, "a": a, "b": w}, func(b *Builder) *Node {
			r := b.Param("x", []int{2, 4, 4, 2}, x)
			an, bn := b.Param("a", []int{3, 3, 2, 2}, a), b.Param("b", []int{3, 3, 2, 2}, w)
			var u *Node
			for range 2 {
				d := b.Conv(r, bn, 1, 1)
				u = b.Add(u, d)
				r = b.Sub(r, b.Conv(d, an, 1, 1))
			}
			return project(b, b.Add(u, r))
		})
	})
}

// A program reads the caller's slices at each run and gives the same bits for
// the same values, run after run.
func TestRunAgain(t *testing.T) {
	x, w := leaf(1, 2, 4, 4, 2), leaf(2, 3, 3, 2, 2)
	p, err := Build(func(b *Builder) *Node {
		wn := b.Param("w", []int{3, 3, 2, 2}, w)
		y := b.Conv(b.Input("x", []int{2, 4, 4, 2}, x), wn, 1, 1)
		return project(b, b.Add(y, b.Conv(y, wn, 1, 1)))
	})
	if err != nil {
		t.Fatal(err)
	}
	var first, firstGrad string
	for k := range 3 {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		loss, grad := fmt.Sprint(p.Value()), fmt.Sprint(p.Gradient("w"))
		if k == 0 {
			first, firstGrad = loss, grad
		}
		if loss != first || grad != firstGrad {
			t.Fatalf("run %d: loss %s, first %s", k, loss, first)
		}
	}
	w[0] += 1
	p.Run()
	if got := fmt.Sprint(p.Value()); got == first {
		t.Error("a changed weight did not change the loss")
	}
	if p.Gradient("x") != nil {
		t.Error("an input has a gradient")
	}
}

// What nothing asks for is not computed: no gradient of an input, no branch that
// does not lead to the root. MACs are those of the operations.
func TestSteps(t *testing.T) {
	x, w := leaf(1, 1, 4, 4, 2), leaf(2, 3, 3, 2, 3)
	p, err := Build(func(b *Builder) *Node {
		y := b.Conv(b.Input("x", []int{1, 4, 4, 2}, x), b.Param("w", []int{3, 3, 2, 3}, w), 1, 1)
		b.ReLU(y) // leads nowhere
		return b.LogSumSquares(y)
	})
	if err != nil {
		t.Fatal(err)
	}
	var ops []string
	for _, s := range p.Steps() {
		ops = append(ops, fmt.Sprintf("%s(%s)%d", s.Op, s.Param, s.MACs))
	}
	const want = "conv(w)864 log sum squares()0 log sum squares dx()0 conv dw(x)864" // 16·9·2·3
	if got := strings.Join(ops, " "); got != want {
		t.Errorf("steps %s, want %s", got, want)
	}
}

// Equal shapes and values do not merge two weights into one.
func TestEqualWeightsStayTwo(t *testing.T) {
	w1, w2 := []float32{1}, []float32{1}
	x := []float32{2}
	p, err := Build(func(b *Builder) *Node {
		xn := b.Input("x", []int{1, 1, 1, 1}, x)
		return b.Conv(b.Conv(xn, b.Param("w1", []int{1, 1, 1, 1}, w1), 1, 0), b.Param("w2", []int{1, 1, 1, 1}, w2), 1, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	w1[0], w2[0] = 3, 5
	if err := p.Run(); err != nil || p.Value()[0] != 30 {
		t.Errorf("%v, %v; want 30", p.Value(), err)
	}
}

func TestErrors(t *testing.T) {
	x := func(b *Builder) *Node { return b.Input("x", []int{2, 4, 4, 2}, leaf(1, 2, 4, 4, 2)) }
	for want, define := range map[string]func(b *Builder) *Node{
		"3 channels":         func(b *Builder) *Node { return b.Conv(x(b), b.Param("w", []int{3, 3, 3, 1}, leaf(1, 27)), 1, 1) },
		"(height, width, in": func(b *Builder) *Node { return b.Conv(x(b), b.Param("w", []int{3, 2, 2}, leaf(1, 12)), 1, 1) },
		"kernel size 1×7": func(b *Builder) *Node {
			return b.ConvWindow(x(b), b.Param("w", []int{1, 7, 2, 1}, leaf(1, 14)), [2]int{1, 1}, [2]int{0, 1})
		},
		"(height, width, 1, 2)": func(b *Builder) *Node { return b.Depthwise(x(b), b.Param("w", []int{3, 3, 2, 1}, leaf(1, 18))) },
		"unknown activation": func(b *Builder) *Node {
			return b.Activation(tensor.Activation{Name: "step"}, x(b), nil)
		},
		"two leaves": func(b *Builder) *Node { return b.Add(x(b), x(b)) },
		"values for": func(b *Builder) *Node { return b.ReLU(b.Input("y", []int{3}, leaf(1, 2))) },
		"differ":     func(b *Builder) *Node { return b.Add(x(b), b.Input("y", []int{2}, leaf(1, 2))) },
		"labels":     func(b *Builder) *Node { return b.CrossEntropy(b.GlobalAvgPool(x(b)), []int32{1}) },
		"2 weights": func(b *Builder) *Node {
			return b.MixedCrossEntropy(b.GlobalAvgPool(x(b)), []int32{1, 0}, []int32{1}, []float32{1, 1}, 0)
		},
		"no node":     func(b *Builder) *Node { return nil },
		"is an input": func(b *Builder) *Node { return x(b) },
		"do not fit":  func(b *Builder) *Node { return b.Linear(b.GlobalAvgPool(x(b)), x2(b), x2(b)) },
		"at least 1":  func(b *Builder) *Node { return b.Input("y", []int{0, 2}, nil) },
		"no variance": func(b *Builder) *Node { return oneValue(b) },
		"more than 12": func(b *Builder) *Node {
			return b.ConvTranspose(x(b), b.Param("w", []int{1, 1, 8192, 2}, leaf(1, 8192*2)), 1000, 0, 3001, 3001)
		},
		"is computed": func(b *Builder) *Node {
			bn, _ := tensor.NewBatchNorm(2)
			g := b.Input("g", []int{2}, leaf(1, 2))
			return b.BatchNorm(x(b), b.Add(g, g), g, bn, true)
		},
		"to subtract":  func(b *Builder) *Node { return b.Sub(nil, x(b)) },
		"(N, H, W, C)": func(b *Builder) *Node { return b.GlobalAvgPool(b.GlobalAvgPool(x(b))) },
	} {
		_, err := Build(define)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one with %q", err, want)
		}
	}
}

func x2(b *Builder) *Node {
	b.count++
	return b.Input(fmt.Sprint("m", b.count), []int{5, 5}, leaf(1, 25))
}

func oneValue(b *Builder) *Node {
	bn, _ := tensor.NewBatchNorm(1)
	one := []float32{1}
	x := b.Input("x", []int{1, 1, 1, 1}, one)
	return b.BatchNorm(x, b.Input("γ", []int{1}, one), b.Input("β", []int{1}, one), bn, true)
}

// A step function has nothing to train with, and says so.
func TestActivationWithoutGradient(t *testing.T) {
	a, err := tensor.LookupActivation("heaviside")
	if err != nil {
		t.Fatal(err)
	}
	x := leaf(1, 2, 3, 3, 2)
	define := func(make func(b *Builder) *Node) error {
		_, err := Build(func(b *Builder) *Node { return project(b, b.Activation(a, make(b), nil)) })
		return err
	}
	if err := define(func(b *Builder) *Node { return b.Input("x", []int{2, 3, 3, 2}, x) }); err != nil {
		t.Errorf("forward: %v", err)
	}
	err = define(func(b *Builder) *Node { return b.Param("x", []int{2, 3, 3, 2}, x) })
	if err == nil || !strings.Contains(err.Error(), "no gradient") {
		t.Errorf("to be trained: %v, want an error that it has no gradient", err)
	}
}

// Graphs may be built and run in several goroutines.
func TestConcurrentBuilds(t *testing.T) {
	var wg sync.WaitGroup
	for k := range 4 {
		wg.Go(func() {
			w := leaf(uint64(k), 3, 3, 2, 2)
			p, err := Build(func(b *Builder) *Node {
				return project(b, b.Conv(b.Input("x", []int{1, 4, 4, 2}, leaf(1, 1, 4, 4, 2)), b.Param("w", []int{3, 3, 2, 2}, w), 1, 1))
			})
			if err == nil {
				err = p.Run()
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func ExampleBuild() {
	x := []float32{1, 2, 3, 4} // one 2 × 2 image
	w := []float32{2}          // a 1 × 1 convolution
	p, err := Build(func(b *Builder) *Node {
		return b.LogSumSquares(b.Conv(b.Input("x", []int{1, 2, 2, 1}, x), b.Param("w", []int{1, 1, 1, 1}, w), 1, 0))
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	p.Run()
	// d/dw log(w² Σx²) = 2/w
	fmt.Printf("%.3f %.3f\n", p.Value()[0], p.Gradient("w")[0])
	// Output: 4.787 1.000
}

// Convolutions multiply bfloat16 from Bfloat16 on, each with weights laid out for it.
func TestBfloat16(t *testing.T) {
	x, w := leaf(1, 2, 8, 8, 16), leaf(2, 3, 3, 16, 16)
	var nodes []*Node
	p, err := Build(func(b *Builder) *Node {
		xs, ws := b.Input("x", []int{2, 8, 8, 16}, x), b.Param("w", []int{3, 3, 16, 16}, w)
		nodes = append(nodes, b.Conv(xs, ws, 1, 1))
		b.Bfloat16()
		nodes = append(nodes, b.Conv(xs, ws, 1, 1))
		b.Keep(nodes[0])
		b.Keep(nodes[1])
		return project(b, b.Add(nodes[0], nodes[1]))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	c, err := tensor.NewConv(tensor.Shape{N: 2, H: 8, W: 8, C: 16}, 16, 3, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []*tensor.Conv{c, c.Bfloat16()} {
		want := make([]float32, c.Out.Len())
		c.Forward(want, x, w)
		if !slices.Equal(p.Values(nodes[i]), want) {
			t.Errorf("convolution %d is not that of its precision", i)
		}
	}
}

// A program that was stopped computes nothing any more, and says so.
func TestStop(t *testing.T) {
	x, w := leaf(1, 2, 4, 4, 2), leaf(2, 3, 3, 2, 2)
	p, err := Build(func(b *Builder) *Node {
		return project(b, b.Conv(b.Input("x", []int{2, 4, 4, 2}, x), b.Param("w", []int{3, 3, 2, 2}, w), 1, 1))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprint(p.Value())
	w[0]++
	p.Stop()
	if err := p.Run(); err == nil || fmt.Sprint(p.Value()) != before {
		t.Errorf("%v, value %v; want an error and %s", err, p.Value(), before)
	}
}
