package mgnet

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"mgtool/multigrid/cycle"
	"mgtool/tensor/gradtest"
	"mgtool/tensor/graph"
)

// formula is the number of trained values as in [Parameters], for models of
// 3×3 convolutions, fixed ones not counted.
func formula(c MgNet) int {
	trained := func(op string, n int) int {
		if _, fixed := c.Fixed[op]; fixed {
			return 0
		}
		return n
	}
	p := c.Stem*c.Stem*c.InChannels*c.Channels[0] + 2*c.Channels[0]
	for l, ch := range c.Channels {
		steps := c.Smoothings[l]
		if c.Cycle == "v" && l < len(c.Channels)-1 {
			steps *= 2
		}
		as, bs := 1, 1
		if c.ShareA == "step" {
			as = steps
		}
		if c.ShareB == "step" {
			bs = steps
		}
		p += trained("A", 9*ch*ch*as) + trained("B", 9*ch*ch*bs) + 4*steps*ch
		if l < len(c.Channels)-1 {
			next := c.Channels[l+1]
			p += trained("R", 9*ch*next) + trained("Pi", 9*ch*next) + 4*next
			if c.Cycle == "v" {
				p += trained("P", 9*ch*next)
			}
		}
	}
	features := c.Channels[len(c.Channels)-1]
	if c.Cycle == "v" {
		features = c.Channels[0]
	}
	return p + c.Classes*(features+1)
}

// Published parameter counts, of the network and of the closed formula.
func TestParameters(t *testing.T) {
	cifar := func(classes int, channels, smoothings []int) MgNet {
		return NewMgNet(32, 32, 3, classes, channels, smoothings)
	}
	steps := func(c MgNet) MgNet { c.ShareB = "step"; return c }
	imagenet := func(c MgNet) MgNet { c.Height, c.Width = 224, 224; c.ImageNetStem(); return steps(c) }
	two := []int{2, 2, 2, 2}
	for _, c := range []struct {
		config MgNet
		want   int
	}{
		{cifar(10, []int{256}, two), 8278794},
		{cifar(100, []int{256}, two), 8301924},
		{cifar(100, []int{512}, two), 33118820},
		{cifar(100, []int{1024}, two), 132297828},
		{cifar(10, []int{64}, []int{1, 1, 1, 1}), 520394},
		{steps(cifar(10, []int{32, 64, 128, 256}, two)), 3133354},
		{steps(cifar(100, []int{256}, two)), 10661220},
		{imagenet(cifar(1000, []int{64, 128, 256, 512}, two)), 13030696},
		{func() MgNet { c := cifar(1000, []int{64, 128, 256, 512}, two); c.Stem = 7; return c }(), 9897256},
		{imagenet(cifar(1000, []int{128, 256, 512, 1024}, []int{3, 4, 6, 3})), 71270504},
	} {
		if got := Parameters(c.config); got != c.want {
			t.Errorf("%v %v: network has %d, want %d", c.config.Channels, c.config.Smoothings, got, c.want)
		}
		if got := formula(c.config); got != c.want {
			t.Errorf("%v %v: formula gives %d, want %d", c.config.Channels, c.config.Smoothings, got, c.want)
		}
	}
	// The formula holds for every switch: V-cycles, shared or not, fixed or not.
	for _, cycle := range []string{"down", "v"} {
		for _, share := range []string{"level", "step"} {
			c := NewMgNet(8, 8, 1, 3, []int{2}, []int{2, 1})
			c.Cycle, c.ShareA, c.ShareB = cycle, share, share
			for _, fixed := range append([]string{""}, operators...) {
				if c.Fixed = nil; fixed != "" {
					c.Fixed = map[string][]float64{fixed: make([]float64, 9)}
				}
				n, err := New(c, 1)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := n.Parameters(), formula(c); got != want {
					t.Errorf("%s, shared by %s, fixed %q: network has %d, formula %d", cycle, share, fixed, got, want)
				}
			}
		}
	}
}

// Levels K apart share A, B, R, Π and P, and with [MgNet.Apart] each B is two, one for each way.
func TestSharedByLevels(t *testing.T) {
	count := func(change func(c *MgNet)) (n int, names []string) {
		c := NewMgNet(32, 32, 1, 3, []int{4}, []int{1, 2, 1, 1})
		c.Cycle = "v"
		change(&c)
		net, err := New(c, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range net.params {
			if strings.HasSuffix(p.Name, ".B") {
				names = append(names, p.Name)
			}
		}
		return net.Parameters(), names
	}
	own, _ := count(func(*MgNet) {})
	c := NewMgNet(32, 32, 1, 3, []int{4}, []int{1, 2, 1, 1})
	c.Cycle, c.Apart, c.ShareA, c.ShareB = "v", true, "cyclic:2", "cyclic:2"
	net, err := New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	l := net.body.(*mgnetBody).levels
	if l[2].a[0] != l[0].a[0] || l[3].a[0] != l[1].a[0] || l[0].a[0] == l[1].a[0] || l[3].b[0] != l[1].b[0] || len(l[1].b) != 4 || l[1].b[1] != l[1].b[0] || l[1].b[2] == l[1].b[0] || len(l[2].b) != 2 || l[2].b[1] != l[0].b[1] || len(l[3].b) != 1 {
		t.Errorf("levels share others than those two apart, or steps of one way others than its own: %+v", l)
	}
	const kernel = 9 * 16
	for _, one := range []struct {
		what   string
		fewer  int // kernels
		names  string
		change func(c *MgNet)
	}{
		{"A of four levels is one of two", 2, "level0.B level1.B level2.B level3.B", func(c *MgNet) { c.ShareA = "cyclic:2" }},
		{"B of four levels is one of three", 1, "level0.B level1.B level2.B", func(c *MgNet) { c.ShareB = "cyclic:3" }},
		{"R, Π, P between three levels is one of two", 3, "level0.B level1.B level2.B level3.B", func(c *MgNet) { c.ShareR = "cyclic:2" }},
		{"B is two on three levels", -3, "level0.B level0.up.B level1.B level1.up.B level2.B level2.up.B level3.B", func(c *MgNet) { c.Apart = true }},
		{"the same two on all levels", 2, "level0.B level0.up.B", func(c *MgNet) { c.Apart, c.ShareB = true, "all" }},
	} {
		got, names := count(one.change)
		if got != own-one.fewer*kernel || strings.Join(names, " ") != one.names {
			t.Errorf("%s: %d parameters, %v; want %d and %s", one.what, got, names, own-one.fewer*kernel, one.names)
		}
	}
}

// The residual form saves the multiply-adds that the facts say: 3603 M an image
// for [2,2,2,2],256 and 126 M for [1,1,1,1],64.
func TestMACs(t *testing.T) {
	for _, c := range []struct {
		channels   int
		smoothings []int
		want       float64
	}{{256, []int{2, 2, 2, 2}, 3603e6}, {64, []int{1, 1, 1, 1}, 126e6}} {
		steps, err := Layers(NewMgNet(32, 32, 3, 10, []int{c.channels}, c.smoothings))
		if err != nil {
			t.Fatal(err)
		}
		var macs int64
		for _, s := range steps {
			macs += s.MACs
		}
		if math.Abs(float64(macs)-c.want) > .5e6+.0005*c.want {
			t.Errorf("%d channels, %v: %.1f M multiply-adds, want %.0f M", c.channels, c.smoothings, float64(macs)/1e6, c.want/1e6)
		}
	}
}

// The stem of ResNet makes 56×56 of 224×224, so that the finest grid is that, and
// has the multiply-adds of 7·7·3·64 weights on 112×112 pixels.
func TestImageNetStem(t *testing.T) {
	c := NewMgNet(224, 224, 3, 1000, []int{64, 128}, []int{1, 1})
	c.ImageNetStem()
	steps, err := Layers(c)
	if err != nil {
		t.Fatal(err)
	}
	stem, pool := false, false
	for _, s := range steps {
		shape := fmt.Sprint(s.Shape[1:])
		stem = stem || s.Param == "stem.conv" && shape == "[112 112 64]" && s.MACs == 7*7*3*64*112*112
		pool = pool || s.Op == "max pool" && shape == "[56 56 64]"
	}
	if !stem || !pool {
		t.Errorf("stem %t, pool %t in %+v", stem, pool, steps[:min(4, len(steps))])
	}
	// It trains: an odd size, on which both halve upwards.
	c = NewMgNet(13, 11, 1, 3, []int{2}, []int{1, 1})
	c.StemStride, c.StemPool = 2, true
	n, err := New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	x := gradtest.Random(2*13*11, 1)
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		return b.CrossEntropy(n.Scores(b, b.Input("x", []int{2, 13, 11, 1}, x), Pass{Train: true}), []int32{0, 2})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	for _, q := range n.params[:3] {
		if g := p.Gradient(q.Name); gradtest.Dot(g, g) == 0 {
			t.Errorf("%s has no gradient", q.Name)
		}
	}
	if h, w := c.finest(); h != 4 || w != 3 {
		t.Errorf("the finest grid is %d×%d, want 4×3", h, w)
	}
}

// dataForm is MgNet as the paper states it, carrying u and the data g:
//
//	u ← u + σ B σ(g − A u);   u' = σ(Π *₂ u),  g' = σ(R *₂ (g − A u)) + A' u'.
//
// It is a Method of its own over the same operators, run by the same Run.
type dataForm struct {
	*nodes
	ops []cycle.Operators[*graph.Node]
}

type dataState struct{ u, g *graph.Node }

func (m *dataForm) Levels() int { return len(m.ops) }

func (m *dataForm) residual(level int, s dataState) *graph.Node {
	if s.u == nil {
		return s.g
	}
	return m.Sub(s.g, m.ops[level].A[0](s.u))
}

func (m *dataForm) Bottom(level, pre int, s dataState) dataState {
	o := m.ops[level]
	for k := range pre {
		d := o.Sigma2[k](o.B[k%len(o.B)](o.Sigma1[k](m.residual(level, s))))
		s.u = m.Add(s.u, d)
	}
	return s
}

func (m *dataForm) Down(level, pre int, s dataState) (fine, coarse dataState) {
	fine = m.Bottom(level, pre, s)
	o := m.ops[level]
	coarse.u = o.SigmaPi(o.Pi(fine.u))
	coarse.g = m.Add(o.SigmaR(o.R(m.residual(level, fine))), m.ops[level+1].A[0](coarse.u))
	return fine, coarse
}

func (m *dataForm) Up(int, int, dataState, dataState) dataState { panic("not used: down only") }

func (m *dataForm) Interpolate(int, dataState, dataState) dataState {
	panic("not used: down only")
}

// Both forms of MgNet are one network: the same loss and the same gradients in
// training mode, batch statistics included, for shared and unshared B.
//
// The two round differently. A loss of order 1 is a float32, so it may differ
// by a few ulps, 5e-7 relative; we allow 2e-6. A gradient passes some twenty
// layers, each with relative error ε√n ≈ 1e-6 in its sums, and ReLUs whose sign
// of a value near zero may flip: allowed is 1e-4 of the gradient's norm.
func TestBothFormsAreOne(t *testing.T) {
	const batch = 4
	for _, share := range []string{"level", "step"} {
		c := NewMgNet(12, 12, 2, 3, []int{4, 6, 5}, []int{2, 1, 2})
		c.ShareB = share
		x := gradtest.Random(batch*12*12*2, 3)
		labels := []int32{0, 1, 2, 1}
		type outcome struct {
			loss   float64
			logits []float32
			grads  map[string][]float32
			vars   []float32
		}
		run := func(form func(v *nodes, x *graph.Node) *graph.Node) (o outcome) {
			n, err := New(c, 1)
			if err != nil {
				t.Fatal(err)
			}
			var scores *graph.Node
			p, err := graph.Build(func(b *graph.Builder) *graph.Node {
				v := &nodes{Builder: b, net: n, Pass: Pass{Train: true}, leafs: map[*Param]*graph.Node{}}
				scores = v.classify(form(v, v.stem(b.Input("x", []int{batch, 12, 12, 2}, x))))
				b.Keep(scores)
				return b.CrossEntropy(scores, labels)
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			o.loss, o.logits, o.grads = float64(p.Value()[0]), p.Values(scores), map[string][]float32{}
			for _, q := range n.params {
				o.grads[q.Name] = p.Gradient(q.Name)
			}
			for _, b := range n.norms {
				o.vars = append(o.vars, b.Stats.RunningVar...)
			}
			return o
		}
		r := run(func(v *nodes, g *graph.Node) *graph.Node {
			ops, schedule := v.net.body.(*mgnetBody).operators(v)
			m, err := cycle.NewReference(ops, nil, v.Add, v.Sub)
			if err != nil {
				t.Fatal(err)
			}
			return cycle.Run(m, schedule, cycle.State[*graph.Node]{R: g}).U
		})
		d := run(func(v *nodes, g *graph.Node) *graph.Node {
			ops, schedule := v.net.body.(*mgnetBody).operators(v)
			return cycle.Run(&dataForm{v, ops}, schedule, dataState{g: g}).u
		})
		if diff := math.Abs(r.loss - d.loss); diff > 2e-6*math.Abs(r.loss) {
			t.Errorf("share %s: loss %.8f in residual form, %.8f in data form", share, r.loss, d.loss)
		}
		if e := distance(r.logits, d.logits); e > 1e-5 {
			t.Errorf("share %s: scores differ by %.1e", share, e)
		}
		if e := distance(r.vars, d.vars); e > 1e-5 {
			t.Errorf("share %s: running variances differ by %.1e", share, e)
		}
		for name, g := range r.grads {
			if e := distance(g, d.grads[name]); e > 1e-4 {
				t.Errorf("share %s: gradients of %s differ by %.1e of their norm", share, name, e)
			}
		}
	}
}

// distance is ‖a − b‖/‖a‖.
func distance(a, b []float32) float64 {
	if len(a) != len(b) || len(a) == 0 {
		return math.Inf(1)
	}
	var diff, norm float64
	for i := range a {
		diff += float64(a[i]-b[i]) * float64(a[i]-b[i])
		norm += float64(a[i]) * float64(a[i])
	}
	return math.Sqrt(diff / norm)
}

// With ν_J = 1 the last A has no path to the loss: it counts, but the loss has
// no gradient by it, and there is one by every other parameter.
func TestLastA(t *testing.T) {
	n, err := New(NewMgNet(8, 8, 1, 3, []int{2}, []int{1, 1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	x, labels := gradtest.Random(2*64, 1), []int32{0, 2}
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		return b.CrossEntropy(n.Scores(b, b.Input("x", []int{2, 8, 8, 1}, x), Pass{Train: true}), labels)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	for _, q := range n.Params() {
		if has, want := p.Gradient(q.Name) != nil, q.Name != "level1.A"; has != want {
			t.Errorf("%s: gradient %v, want %v", q.Name, has, want)
		}
	}
}

// The gradient of a whole network by every parameter, also of a V-cycle with P
// and a fixed operator, against a central difference of the loss along that
// gradient. The step is such that the loss, taken in float64 from scores with
// an error of some 1e-6, should move by 0.001 both ways. Rounding and the ReLUs
// that switch within the step then spoil the ratio of the two by a few percent;
// a term that is lost or has the wrong sign on the way through the graph spoils
// it altogether. Single operations are held to much closer tolerances.
func TestWholeGradient(t *testing.T) {
	unread := map[string][]string{
		"down": {"level1.step1.A"},
		"v":    {"level0.step3.A", "level1.step1.A"},
	}
	for _, cycle := range []string{"down", "v"} {
		c := NewMgNet(6, 6, 1, 3, []int{2}, []int{2, 2})
		c.Cycle, c.ShareA = cycle, "step"
		c.Fixed = map[string][]float64{"Pi": {0, .1, .1, .1, .2, .1, .1, .1, 0}}
		n, err := New(c, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range n.norms {
			for i := range b.Beta.Data {
				b.Beta.Data[i] = 4
			}
		}
		x, labels := gradtest.Random(2*36, 1), []int32{0, 2}
		var scores *graph.Node
		p, err := graph.Build(func(b *graph.Builder) *graph.Node {
			scores = n.Scores(b, b.Input("x", []int{2, 6, 6, 1}, x), Pass{})
			b.Keep(scores)
			return b.CrossEntropy(scores, labels)
		})
		if err != nil {
			t.Fatal(err)
		}
		loss := func() float64 {
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			z := p.Values(scores)
			var sum float64
			for i, label := range labels {
				var e float64
				for k := range 3 {
					e += math.Exp(float64(z[3*i+k] - z[3*i+int(label)]))
				}
				sum += math.Log(e) / float64(len(labels))
			}
			return sum
		}
		loss()
		grads := map[string][]float32{}
		for _, q := range n.params {
			grads[q.Name] = append([]float32(nil), p.Gradient(q.Name)...)
		}
		for _, q := range n.params {
			g := grads[q.Name]
			if q.Fixed {
				if len(g) != 0 {
					t.Errorf("%s: fixed %s has a gradient", cycle, q.Name)
				}
				continue
			}
			if len(g) == 0 {
				// The last A that a walk comes by moves a residual that nobody reads.
				if !slices.Contains(unread[cycle], q.Name) {
					t.Errorf("%s: %s has no gradient", cycle, q.Name)
				}
				continue
			}
			const move = .001
			norm2 := gradtest.Dot(g, g)
			old := append([]float32(nil), q.Data...)
			along := func(s float64) float64 {
				for i := range old {
					q.Data[i] = old[i] + float32(s*move/norm2*float64(g[i]))
				}
				return loss()
			}
			ratio := (along(1) - along(-1)) / (2 * move)
			copy(q.Data, old)
			if math.Abs(ratio-1) > .05 {
				t.Errorf("%s: %s: along its gradient the loss moves by %.4f of what that says", cycle, q.Name, ratio)
			}
		}
	}
}

func TestFixedIsPerChannel(t *testing.T) {
	c := NewMgNet(8, 8, 1, 3, []int{3}, []int{1, 1})
	c.Fixed = map[string][]float64{"A": {0, -1, 0, -1, 4, -1, 0, -1, 0}}
	n, err := New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	a := n.byName["level0.A"]
	for k := range 9 {
		for i := range 3 {
			for o := range 3 {
				want := 0.0
				if i == o {
					want = c.Fixed["A"][k]
				}
				if got := a.Data[(k*3+i)*3+o]; float64(got) != want {
					t.Errorf("entry %d, channels %d to %d: %g, want %g", k, i, o, got, want)
				}
			}
		}
	}
}

func TestSeed(t *testing.T) {
	c := NewMgNet(8, 8, 1, 3, []int{2}, []int{1, 1})
	values := func(seed uint64) string {
		n, err := New(c, seed)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(n.byName["level1.B"].Data)
	}
	first, again, other := values(1), values(1), values(2)
	if first != again || first == other {
		t.Error("weights are not a function of the seed")
	}
}

func TestConfigErrors(t *testing.T) {
	base := NewMgNet(28, 28, 1, 10, []int{8}, []int{1, 1})
	for want, change := range map[string]func(c *MgNet){
		`model "resnext"`:     func(c *MgNet) { c.Family = "resnext" },
		`share_b "layer"`:     func(c *MgNet) { c.ShareB = "layer" },
		"stem kernel 4":       func(c *MgNet) { c.Stem = 4 },
		`activation "swish"`:  func(c *MgNet) { c.Activation = "swish" },
		"supports of a hat":   func(c *MgNet) { c.HatSupport = []float64{1} },
		"3 hat supports":      func(c *MgNet) { c.Activation, c.HatSupport = "hat", []float64{1, 2, 3} },
		"hat support -1":      func(c *MgNet) { c.Activation, c.HatSupport = "hat", []float64{-1} },
		"3 channel counts":    func(c *MgNet) { c.Channels = []int{1, 2, 3} },
		"smoothings on":       func(c *MgNet) { c.Smoothings = []int{1, 0} },
		"channels on":         func(c *MgNet) { c.Channels = []int{8, -8} },
		"classes 0":           func(c *MgNet) { c.Classes = 0 },
		"stem stride 3":       func(c *MgNet) { c.StemStride = 3 },
		`operator "Q"`:        func(c *MgNet) { c.Fixed = map[string][]float64{"Q": make([]float64, 9)} },
		"a 3×3 stencil":       func(c *MgNet) { c.Fixed = map[string][]float64{"A": {1}} },
		"one channel count":   func(c *MgNet) { c.Channels = []int{4, 8}; c.Fixed = map[string][]float64{"R": make([]float64, 9)} },
		"7 levels for":        func(c *MgNet) { *c = NewMgNet(28, 28, 1, 10, []int{8}, []int{1, 1, 1, 1, 1, 1, 1}) },
		"too many parameters": func(c *MgNet) { c.Channels, c.ShareB = []int{8192, 8192}, "step"; c.Smoothings = []int{9, 9} },
		"head_scale NaN":      func(c *MgNet) { c.HeadScale = math.NaN() },
		"head_scale +Inf":     func(c *MgNet) { c.HeadScale = math.Inf(1) },
		"head_scale -1":       func(c *MgNet) { c.HeadScale = -1 },
		"cycle \"sideways\"":  func(c *MgNet) { c.Cycle = "sideways" },
	} {
		c := base
		change(&c)
		if _, err := New(c, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one with %q", err, want)
		}
	}
	v := NewResNet("resnet", 28, 28, 1, 10, []int{8}, []int{1, 1})
	v.Cycle = "v"
	if err := Validate(v); err == nil || !strings.Contains(err.Error(), `"resnet" with cycle "v"`) {
		t.Errorf("a ResNet back up: %v", err)
	}
	if err := Validate(nil); err == nil {
		t.Error("no model is valid")
	}
	if _, err := ParseConfig([]byte(`{"model": "mgnet", "chanels": [1]}`)); err == nil || !strings.Contains(err.Error(), "chanels") {
		t.Errorf("unknown key: %v", err)
	}
}

func ExampleParameters() {
	fmt.Println(Parameters(NewMgNet(32, 32, 3, 10, []int{256}, []int{2, 2, 2, 2})))
	// Output: 8278794
}
