package graph

// What is fused, hidden and put in the place of something else comes out as if
// every operation ran alone.

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mgtool/tensor"
	"mgtool/tensor/gradtest"
)

// network is a random graph: every node is made of earlier ones. It can be built
// several times, with parameters and batch norms of its own each time.
type network struct {
	shape []int
	steps []step
	train bool   // batch norms take the batch's statistics
	fixed string // the names of weights that are no parameters have one of these letters
	ends  bool   // the head sees only nodes that nothing else reads, and the others die early
}

type step struct {
	op   string
	a, b int    // earlier nodes
	w    int    // which weights or norm
	act  string // of sigma, residual and activation
}

// draw makes a network of features (N, 6, 6, C), the first of them the image.
func draw(t *rapid.T) network {
	n := network{
		shape: []int{rapid.IntRange(2, 4).Draw(t, "images"), 6, 6, rapid.SampledFrom([]int{2, 8, 9}).Draw(t, "channels")},
		train: rapid.Bool().Draw(t, "train"),
		fixed: rapid.SampledFrom([]string{"", "w", "γβ", "θ", "wγβθ"}).Draw(t, "fixed"),
		ends:  rapid.Bool().Draw(t, "ends"),
	}
	ops := []string{"conv", "conv", "transposed", "sigma", "sigma", "norm", "activation", "add", "sub", "residual"}
	acts := []string{"relu", "relu", "gelu", "hat", "prelu", "sigmoid"}
	for k := range rapid.IntRange(2, 9).Draw(t, "steps") {
		// Mostly the latest nodes, so that graphs are deep too.
		node := func(name string) int { return max(0, k-rapid.IntRange(0, 3).Draw(t, name)) }
		n.steps = append(n.steps, step{rapid.SampledFrom(ops).Draw(t, "op"), node("a"), node("b"), rapid.IntRange(0, 1).Draw(t, "weights"), rapid.SampledFrom(acts).Draw(t, "activation")})
	}
	return n
}

// outcome is what a program made of a network computes.
type outcome struct {
	loss       []float32
	gradients  map[string][]float32
	statistics []float32
}

// run builds the network, with every node kept or only what must be, and runs it
// three times; running statistics move each time.
func (n network) run(keep bool) (outcome, error) {
	c := n.shape[3]
	o := outcome{gradients: map[string][]float32{}}
	var norms []*tensor.BatchNorm
	var names []string
	var nodes []*Node
	p, err := Build(func(b *Builder) *Node {
		params := map[string]*Node{}
		param := func(name string, seed uint64, scale float32, shape ...int) *Node {
			if params[name] == nil {
				v := leaf(seed, shape...)
				for i := range v {
					v[i] *= scale
				}
				if strings.ContainsAny(name, n.fixed) {
					params[name] = b.Input(name, shape, v)
				} else {
					params[name] = b.Param(name, shape, v)
				}
				names = append(names, name)
			}
			return params[name]
		}
		weights := func(i int) *Node {
			return param(fmt.Sprint("w", i), uint64(10+i), float32(.5/math.Sqrt(float64(9*c))), 3, 3, c, c)
		}
		activated := func(x *Node, name string) *Node {
			a, err := tensor.LookupActivation(name)
			if err != nil {
				b.Fail(err)
			}
			switch name {
			case "hat": // one support for all, 1.9
				return b.Activation(a, x, param("θ of hats", 300, -12, 1))
			case "prelu":
				return b.Activation(a, x, param(fmt.Sprint("θ", len(nodes)), uint64(301+len(nodes)), .3, c))
			}
			return b.Activation(a, x, nil)
		}
		normed := func(x *Node, act string) *Node {
			bn, _ := tensor.NewBatchNorm(c)
			norms = append(norms, bn)
			i := len(norms)
			y := b.BatchNorm(x, param(fmt.Sprint("γ", i), uint64(100+i), 1, c), param(fmt.Sprint("β", i), uint64(200+i), 1, c), bn, n.train)
			if act != "" {
				y = activated(y, act)
			}
			return y
		}
		nodes = []*Node{b.Conv(b.Input("image", n.shape, leaf(1, n.shape...)), weights(0), 1, 1)}
		read := map[*Node]bool{}
		for _, s := range n.steps {
			x, y := nodes[s.a], nodes[s.b]
			read[x] = true
			if s.op == "add" || s.op == "sub" || s.op == "residual" {
				read[y] = true
			}
			var z *Node
			switch s.op {
			case "conv":
				z = b.Conv(x, weights(s.w), 1, 1)
			case "transposed":
				z = b.ConvTranspose(b.Conv(x, weights(s.w), 2, 1), weights(1-s.w), 2, 1, 6, 6)
			case "sigma":
				z = normed(x, s.act)
			case "norm":
				z = normed(x, "")
			case "activation":
				z = activated(x, s.act)
			case "add":
				z = b.Add(x, y)
			case "sub":
				z = b.Sub(x, y)
			case "residual":
				z = b.Sub(x, b.Conv(normed(y, s.act), weights(s.w), 1, 1))
			}
			nodes = append(nodes, z)
		}
		if keep {
			for _, z := range nodes {
				b.Keep(z)
			}
		}
		last := nodes[len(nodes)-1]
		for _, z := range nodes[:len(nodes)-1] {
			if !n.ends || !read[z] {
				last = b.Add(last, z)
			}
		}
		return project(b, last)
	})
	if err != nil {
		return o, err
	}
	if keep {
		for _, z := range nodes {
			if len(p.Values(z)) != z.Shape().TotalSize() {
				return o, fmt.Errorf("%v is kept and not in memory", z)
			}
		}
	}
	var asked, done int64
	for _, s := range p.Steps() {
		asked += s.MACs
	}
	for _, i := range p.Operations() {
		done += i.MACs
	}
	if asked != done {
		return o, fmt.Errorf("%d multiply-adds where %d are asked for", done, asked)
	}
	for range 3 {
		if err := p.Run(); err != nil {
			return o, err
		}
		o.loss = append(o.loss, p.Value()[0])
	}
	for _, name := range names {
		o.gradients[name] = append([]float32(nil), p.Gradient(name)...)
	}
	for _, bn := range norms {
		o.statistics = append(append(o.statistics, bn.RunningMean...), bn.RunningVar...)
	}
	return o, nil
}

// apart is the distance of two vectors over the norm of the second.
func apart(x, y []float32) float64 {
	if len(x) != len(y) {
		return math.Inf(1)
	}
	var d, s float64
	for i := range x {
		d += (float64(x[i]) - float64(y[i])) * (float64(x[i]) - float64(y[i]))
		s += float64(y[i]) * float64(y[i])
	}
	if d == 0 {
		return 0
	}
	return math.Sqrt(d / s)
}

// A kept node is not hidden, and nothing takes its place: with all of them kept
// a program runs its operations one by one. Both differ in rounding, 1e-7 an
// operation, which up to 27 batch norms in a row of few values can amplify a
// hundredfold; a wrong sign, a value too early or too late differs by 1e-2 and more.
// A ReLU that opens by rounding makes an exception, of one value in some hundreds.
func TestFusedIsAsIfNot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := draw(t)
		fused, err := n.run(false)
		if err != nil {
			t.Fatal(err)
		}
		alone, err := n.run(true)
		if err != nil {
			t.Fatal(err)
		}
		const bound = 2e-4
		if d := apart(fused.loss, alone.loss); !(d < bound) {
			t.Errorf("%+v: losses %v, alone %v", n, fused.loss, alone.loss)
		}
		if d := apart(fused.statistics, alone.statistics); !(d < bound) {
			t.Errorf("%+v: running statistics differ by %.1e", n, d)
		}
		// Together: the gradient of a weight before a norm may be all rounding.
		var all, want []float32
		for name, g := range alone.gradients {
			all, want = append(all, fused.gradients[name]...), append(want, g...)
		}
		if d := apart(all, want); !(d < 5e-3) {
			t.Errorf("%+v: gradients differ by %.1e", n, d)
		}
	})
}

// Weights that are computed are laid out after, with Hold too, and are in memory
// until then.
func TestComputedWeights(t *testing.T) {
	x, v, w := leaf(1, 2, 6, 6, 8), leaf(2, 3, 3, 8, 8), leaf(3, 3, 3, 8, 8)
	value := func(hold bool, weights func(b *Builder) *Node) string {
		p, err := Build(func(b *Builder) *Node {
			if hold {
				b.Hold()
			}
			wn := weights(b) // as large as the features that come before they are used
			y := b.Conv(b.Input("x", []int{2, 6, 6, 8}, x), b.Input("first", []int{3, 3, 8, 8}, v), 1, 1)
			return b.GlobalAvgPool(b.Conv(y, wn, 1, 1))
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(p.Value())
	}
	sum := make([]float32, len(w))
	tensor.Add(sum, v, w)
	want := value(false, func(b *Builder) *Node { return b.Input("w", []int{3, 3, 8, 8}, sum) })
	for _, hold := range []bool{false, true} {
		got := value(hold, func(b *Builder) *Node {
			return b.Add(b.Input("v", []int{3, 3, 8, 8}, v), b.Input("w", []int{3, 3, 8, 8}, w))
		})
		if got != want {
			t.Errorf("held %t: %s, want %s", hold, got, want)
		}
	}
}

// A sum may take the place of x only where no term is still to be made of it.
func TestSumsOfWhatIsMadeOfOneValue(t *testing.T) {
	type normed func(x *Node) *Node
	for name, build := range map[string]func(b *Builder, x *Node, sigma normed) *Node{
		"σ − x": func(b *Builder, x *Node, sigma normed) *Node { return b.Sub(sigma(x), x) },
		"σ + x": func(b *Builder, x *Node, sigma normed) *Node { return b.Add(sigma(x), x) },
		"x + σ": func(b *Builder, x *Node, sigma normed) *Node { return b.Add(x, sigma(x)) },
		"σ + σ": func(b *Builder, x *Node, sigma normed) *Node { return b.Add(sigma(x), sigma(x)) },
		"x + x": func(b *Builder, x *Node, _ normed) *Node { return b.Add(x, x) },
		"x − x": func(b *Builder, x *Node, _ normed) *Node { return b.Sub(x, x) },
	} {
		value := func(keep bool) []float32 {
			count := 0
			p, err := Build(func(b *Builder) *Node {
				kept := func(n *Node) *Node {
					if keep {
						b.Keep(n)
					}
					return n
				}
				sigma := func(x *Node) *Node {
					count++
					bn, _ := tensor.NewBatchNorm(8)
					gamma := b.Input(fmt.Sprint("γ", count), []int{8}, leaf(uint64(10+count), 8))
					return kept(b.ReLU(b.BatchNorm(x, gamma, b.Input(fmt.Sprint("β", count), []int{8}, leaf(uint64(20+count), 8)), bn, false)))
				}
				x := kept(b.Conv(b.Input("x", []int{2, 4, 4, 8}, leaf(1, 2, 4, 4, 8)), b.Input("w", []int{3, 3, 8, 8}, leaf(2, 3, 3, 8, 8)), 1, 1))
				return build(b, x, sigma)
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			return p.Value()
		}
		if d := apart(value(false), value(true)); !(d < 1e-6) {
			t.Errorf("%s differs by %.1e from the operations one by one", name, d)
		}
	}
}

// Named arrangements, each held to finite differences.
func TestFusedGradients(t *testing.T) {
	x, a, w := leaf(1, 2, 4, 4, 3), leaf(2, 3, 3, 3, 3), leaf(3, 3, 3, 3, 3)
	for i := range a {
		a[i] *= .3
		w[i] *= .3
	}
	for name, build := range map[string]func(b *Builder, x, a, w *Node, sigma func(*Node) *Node) *Node{
		"a smoothing step": func(b *Builder, r, a, w *Node, sigma func(*Node) *Node) *Node {
			d := sigma(b.Conv(sigma(r), w, 1, 1))
			return b.Add(d, b.Sub(r, b.Conv(d, a, 1, 1)))
		},
		"two steps with u": func(b *Builder, r, a, w *Node, sigma func(*Node) *Node) *Node {
			var u *Node
			for range 2 {
				d := sigma(b.Conv(sigma(r), w, 1, 1))
				u, r = b.Add(u, d), b.Sub(r, b.Conv(d, a, 1, 1))
			}
			return b.Add(u, r)
		},
		"σ of σ": func(b *Builder, x, a, w *Node, sigma func(*Node) *Node) *Node {
			return b.Conv(sigma(sigma(x)), w, 1, 1)
		},
		"σ that several use": func(b *Builder, x, a, w *Node, sigma func(*Node) *Node) *Node {
			s := sigma(x)
			return b.Add(b.Add(b.Conv(s, w, 1, 1), b.Conv(s, a, 1, 1)), s)
		},
		"σ plus σ": func(b *Builder, x, a, w *Node, sigma func(*Node) *Node) *Node {
			return b.Conv(b.Add(sigma(x), sigma(b.Conv(x, a, 1, 1))), w, 1, 1)
		},
		"σ minus x": func(b *Builder, x, a, w *Node, sigma func(*Node) *Node) *Node {
			return b.Conv(b.Sub(sigma(b.Conv(x, w, 1, 1)), x), a, 1, 1)
		},
		"x minus σ": func(b *Builder, x, a, w *Node, sigma func(*Node) *Node) *Node {
			return b.Conv(b.Sub(x, sigma(b.Conv(x, w, 1, 1))), a, 1, 1)
		},
		"x plus x": func(b *Builder, x, a, w *Node, sigma func(*Node) *Node) *Node {
			y := b.Conv(x, w, 1, 1)
			return b.Conv(b.Add(y, y), a, 1, 1)
		},
		"a kept σ": func(b *Builder, x, a, w *Node, sigma func(*Node) *Node) *Node {
			s := sigma(b.Conv(x, a, 1, 1))
			b.Keep(s)
			return b.Conv(s, w, 1, 1)
		},
		"conv − conv": func(b *Builder, x, a, w *Node, sigma func(*Node) *Node) *Node {
			return b.Sub(b.Conv(x, a, 1, 1), b.Conv(sigma(x), w, 1, 1))
		},
	} {
		for _, train := range []bool{true, false} {
			acts := []string{"relu", "gelu"}
			if name == "a smoothing step" || name == "two steps with u" {
				acts = append(acts, "hat", "prelu")
			}
			for _, act := range acts {
				t.Run(fmt.Sprintf("%s, train %t, %s", name, train, act), func(t *testing.T) {
					var norms []*tensor.BatchNorm
					// Values on all pieces of σ, far from the kinks, which finite differences
					// would step over.
					beta := map[string][]float32{"relu": {3, 3, 3}, "hat": {.5, 1.5, .5}, "prelu": {.5, -.5, .5}}[act]
					theta := map[string][]float32{"hat": {2}, "prelu": {.3, .4, -.2}}[act]
					if beta == nil {
						beta = []float32{.5, -.5, 1}
					}
					define := func(train bool) func(b *Builder) *Node {
						return func(b *Builder) *Node {
							count := 0
							var thetaNode *Node
							if theta != nil {
								thetaNode = b.Param("θ", []int{len(theta)}, theta)
							}
							sigma := func(x *Node) *Node {
								if count == len(norms) {
									bn, _ := tensor.NewBatchNorm(3)
									bn.Momentum = 1
									norms = append(norms, bn)
								}
								bn := norms[count]
								count++
								gamma := leaf(uint64(count), 3)
								if theta != nil {
									for i := range gamma {
										gamma[i] /= 10
									}
								}
								n := b.BatchNorm(x, b.Input(fmt.Sprint("γ", count), []int{3}, gamma), b.Input(fmt.Sprint("β", count), []int{3}, beta), bn, train)
								return b.Activation(activation(t, act), n, thetaNode)
							}
							y := build(b, b.Param("x", []int{2, 4, 4, 3}, x), b.Param("a", []int{3, 3, 3, 3}, a), b.Param("w", []int{3, 3, 3, 3}, w), sigma)
							if name == "σ of σ" || name == "a kept σ" || name == "σ that several use" || name == "x plus x" {
								// a is to have a gradient everywhere.
								y = b.Add(y, b.Conv(b.Conv(y, b.names["a"], 1, 1), b.names["w"], 1, 1))
							}
							return project(b, y)
						}
					}
					if !train { // with the statistics of the batch, which put x where β is enough
						p, err := Build(define(true))
						if err != nil {
							t.Fatal(err)
						}
						if err := p.Run(); err != nil {
							t.Fatal(err)
						}
					}
					params := map[string][]float32{"x": x, "a": a, "w": w}
					if theta != nil { // of the others little is left by so small a γ
						params = map[string][]float32{"θ": theta}
					}
					check(t, params, define(train))
				})
			}
		}
	}
}

// A smoothing step against the operations of package tensor, one by one. Two
// convolutions and the moments of the input are all that runs; without norms, the
// convolutions.
func TestFusedAgainstPlain(t *testing.T) {
	for _, name := range []string{"relu", "gelu", "sigmoid", "prelu", "hat"} {
		for _, normed := range []bool{true, false} {
			againstPlain(t, activation(t, name), normed)
		}
	}
}

func againstPlain(t *testing.T, act tensor.Activation, normed bool) {
	s := tensor.Shape{N: 3, H: 6, W: 5, C: 8}
	c, err := tensor.NewConv(s, 8, 3, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	r, a, w := gradtest.Random(s.Len(), 1), gradtest.Random(c.WeightLen(), 2), gradtest.Random(c.WeightLen(), 3)
	gamma, beta := gradtest.Random(8, 4), gradtest.Random(8, 5)
	var theta []float32
	if act.Parameter != "" {
		theta = gradtest.Random(8, 6)
	}
	dims := []int{3, 6, 5, 8}
	norm := func() *tensor.BatchNorm { bn, _ := tensor.NewBatchNorm(8); return bn }
	p, err := Build(func(b *Builder) *Node {
		rn, g, be := b.Input("r", dims, r), b.Input("γ", []int{8}, gamma), b.Input("β", []int{8}, beta)
		var th *Node
		if theta != nil {
			th = b.Input("θ", []int{8}, theta)
		}
		sigma := func(x *Node) *Node {
			if normed {
				x = b.BatchNorm(x, g, be, norm(), true)
			}
			return b.Activation(act, x, th)
		}
		d := sigma(b.Conv(sigma(rn), b.Input("w", []int{3, 3, 8, 8}, w), 1, 1))
		return b.Sub(rn, b.Conv(d, b.Input("a", []int{3, 3, 8, 8}, a), 1, 1))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	buf := func() []float32 { return make([]float32, s.Len()) }
	sigma := func(x []float32) []float32 {
		y := buf()
		copy(y, x)
		if normed {
			norm().Forward(y, x, gamma, beta, true)
		}
		act.Forward(y, y, theta)
		return y
	}
	y, q, want := buf(), buf(), buf()
	c.Forward(y, sigma(r), w)
	c.Forward(q, sigma(y), a)
	tensor.Sub(want, r, q)
	// The same kernels in the same order but for where statistics are cut.
	if d := apart(p.Value(), want); !(d < 2e-6) {
		t.Errorf("%s, norm %t: r − A σ(B σ(r)) differs by %.1e", act.Name, normed, d)
	}
	var kinds []string
	for _, o := range p.Operations() {
		if o.Op != "pack" {
			kinds = append(kinds, o.Op)
		}
	}
	list := "conv, conv"
	if normed {
		list = "statistics, " + list
	}
	if got := strings.Join(kinds, ", "); got != list {
		t.Errorf("%s, norm %t: runs %s", act.Name, normed, got)
	}
}

// The gradient of a smoothing step has no passes of its own for the activation: its
// slope and the sums by γ, β and θ are part of the convolutions.
func TestBackwardHasNoPassForTheActivation(t *testing.T) {
	list := func(name string) string {
		p, err := Build(func(b *Builder) *Node {
			act, count := activation(t, name), 0
			sigma := func(x *Node) *Node {
				count++
				bn, _ := tensor.NewBatchNorm(8)
				x = b.BatchNorm(x, b.Param(fmt.Sprint("γ", count), []int{8}, leaf(5, 8)), b.Param(fmt.Sprint("β", count), []int{8}, leaf(6, 8)), bn, true)
				if act.Parameter == "" {
					return b.Activation(act, x, nil)
				}
				return b.Activation(act, x, b.Param(fmt.Sprint("θ", count), []int{8}, leaf(7, 8)))
			}
			weights := func(i int) *Node { return b.Param(fmt.Sprint("w", i), []int{3, 3, 8, 8}, leaf(uint64(i), 3, 3, 8, 8)) }
			r := b.Conv(b.Input("x", []int{4, 8, 8, 8}, leaf(1, 4, 8, 8, 8)), weights(1), 1, 1)
			d := sigma(b.Conv(sigma(r), weights(2), 1, 1))
			return project(b, b.Sub(r, b.Conv(d, weights(3), 1, 1)))
		})
		if err != nil {
			t.Fatal(err)
		}
		var kinds []string
		for _, o := range p.Operations() {
			kinds = append(kinds, o.Op)
		}
		return strings.ReplaceAll(strings.Join(kinds, "; "), ", "+name, ", σ")
	}
	want := list("relu")
	for _, name := range []string{"gelu", "sigmoid", "hat", "prelu"} {
		if got := list(name); got != want {
			t.Errorf("%s runs\n%s, relu\n%s", name, got, want)
		}
	}
}

// With Hold, weights and statistics are those of the last Update.
func TestHold(t *testing.T) {
	x, w := leaf(1, 2, 4, 4, 8), leaf(2, 3, 3, 8, 8)
	bn, _ := tensor.NewBatchNorm(8)
	gamma, beta := leaf(3, 8), leaf(4, 8)
	build := func(hold bool) *Program {
		p, err := Build(func(b *Builder) *Node {
			if hold {
				b.Hold()
			}
			y := b.Conv(b.Input("x", []int{2, 4, 4, 8}, x), b.Param("w", []int{3, 3, 8, 8}, w), 1, 1)
			y = b.ReLU(b.BatchNorm(y, b.Param("γ", []int{8}, gamma), b.Param("β", []int{8}, beta), bn, false))
			return b.GlobalAvgPool(y)
		})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	held, free := build(true), build(false)
	if got, least := held.Memory(), int64(4*(len(w)+len(x))); got < least { // the weights and the features
		t.Errorf("a held program takes %d bytes, want %d and more", got, least)
	}
	value := func(p *Program) string {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(p.Value())
	}
	before := value(held)
	if got := value(free); got != before {
		t.Errorf("held %s, not held %s", before, got)
	}
	w[3] += 1
	gamma[0] += 1
	bn.RunningMean[2] += 1
	if got := value(held); got != before {
		t.Error("a held program changed with its weights before Update")
	}
	held.Update()
	if got, want := value(held), value(free); got != want || got == before {
		t.Errorf("after Update %s, want %s", got, want)
	}
}

func TestNormServesOneNode(t *testing.T) {
	bn, _ := tensor.NewBatchNorm(2)
	one := []float32{1, 1}
	_, err := Build(func(b *Builder) *Node {
		x, g := b.Input("x", []int{2, 2, 2, 2}, leaf(1, 2, 2, 2, 2)), b.Input("g", []int{2}, one)
		return b.Add(b.BatchNorm(x, g, g, bn, true), b.ReLU(b.BatchNorm(x, g, g, bn, true)))
	})
	if err == nil || !strings.Contains(err.Error(), "two nodes") {
		t.Errorf("error %v; want one about two nodes", err)
	}
}

// A norm may be read with its ReLU and without, also twice with; its running
// statistics move once a run.
func TestNormWithAndWithoutReLU(t *testing.T) {
	x, one := leaf(1, 2, 2, 2, 2), []float32{1, 1}
	running := func(define func(b *Builder, n *Node) *Node) string {
		bn, _ := tensor.NewBatchNorm(2)
		p, err := Build(func(b *Builder) *Node {
			g := b.Input("g", []int{2}, one)
			return define(b, b.BatchNorm(b.Input("x", []int{2, 2, 2, 2}, x), g, g, bn, true))
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(bn.RunningMean, bn.RunningVar)
	}
	want := running(func(b *Builder, n *Node) *Node { return b.GlobalAvgPool(n) })
	if got := running(func(b *Builder, n *Node) *Node { return b.GlobalAvgPool(b.Add(n, b.ReLU(n))) }); got != want {
		t.Errorf("with and without ReLU the running statistics are %s, want %s", got, want)
	}
	if got := running(func(b *Builder, n *Node) *Node { return b.GlobalAvgPool(b.Add(b.ReLU(n), b.ReLU(n))) }); got != want {
		t.Errorf("with two ReLUs the running statistics are %s, want %s", got, want)
	}
}

// The second of two uses of a norm is like the first, ε too.
func TestBothUsesOfANorm(t *testing.T) {
	x, one := leaf(1, 2, 2, 2, 2), []float32{1, 1}
	bn, _ := tensor.NewBatchNorm(2)
	bn.Eps = .5
	p, err := Build(func(b *Builder) *Node {
		g := b.Input("g", []int{2}, one)
		n := b.BatchNorm(b.Input("x", []int{2, 2, 2, 2}, x), g, g, bn, true)
		return b.Add(n, b.ReLU(n))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	plain, _ := tensor.NewBatchNorm(2)
	plain.Eps = .5
	want, limited := make([]float32, len(x)), make([]float32, len(x))
	plain.Forward(want, x, one, one, true)
	activation(t, "relu").Forward(limited, want, nil)
	tensor.Add(want, want, limited)
	if d := apart(p.Value(), want); !(d < 1e-6) {
		t.Errorf("n + relu(n) differs by %.1e", d)
	}
}

// activation looks one up.
func activation(t fails, name string) tensor.Activation {
	a, err := tensor.LookupActivation(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// fails is what testing.T and rapid.T have in common.
type fails interface{ Fatal(a ...any) }
