package mgnet

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mgtool/tensor"
	"mgtool/tensor/gradtest"
	"mgtool/tensor/graph"
)

// multiplyAdds are those of an image, forward.
func multiplyAdds(t *testing.T, c Model) (macs int64) {
	t.Helper()
	steps, err := Layers(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		macs += s.MACs
	}
	return macs
}

// Classical networks to the last parameter. LeNet-5: 156 + 2416 + 48120 + 10164 +
// 850. AlexNet: the 60 million of its paper, 34944 + 307456 + 885120 + 663936 +
// 442624 + 37752832 + 16781312 + 4097000, and its 55, 27, 13, 6 pixels a side.
func TestClassicParameters(t *testing.T) {
	for name, c := range map[string]struct {
		config Model
		want   int
	}{
		"lenet5":        {LeNet5(28, 28, 1, 10), 61706},
		"alexnet":       {AlexNet(224, 224, 3, 1000), 60965224},
		"alexnet-cifar": {AlexNetCIFAR(32, 32, 3, 10), 2472266},
		"784-1000-10":   {Dense(28, 28, 1, 10, []int{1000}), 795010},
		// (9·3 + 1)·8 + (9·8 + 1)·8 + 9·8·16 + 2·(9·16 + 1)·16 + 17·10
		"cnn": {NewCNN(32, 32, 3, 10, []int{8, 16}, []int{2, 2}), 224 + 584 + 1152 + 4640 + 170},
	} {
		if err := Validate(c.config); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := Parameters(c.config); got != c.want {
			t.Errorf("%s: %d parameters, want %d", name, got, c.want)
		}
	}
	steps, err := Layers(AlexNet(224, 224, 3, 1000))
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int
	for _, s := range steps {
		if len(s.Shape) == 4 && (len(sizes) == 0 || s.Shape[1] != sizes[len(sizes)-1]) {
			sizes = append(sizes, s.Shape[1])
		}
	}
	if got := fmt.Sprint(sizes); got != "[55 27 13 6]" {
		t.Errorf("AlexNet's maps have %v pixels a side", got)
	}
}

// The fast MgNet by its multiply-adds: with strided R and Π it is a network that was
// counted elsewhere, 3.93 million parameters, 153 million multiply-adds an image on
// grids of 15, 8, 4 pixels a side, 118 on 15, 7, 3.
func TestFastMgNet(t *testing.T) {
	// With ν = 1 every level but the last, which has no next residual, does an A and a B.
	stem := func() float64 { return 31 * 31 * (2*2*3*24 + 9*24*64) }
	smooth := func(n1, n2, n3 float64) float64 { return 9 * (2*64*64*n1*n1 + 2*256*256*n2*n2 + 256*256*n3*n3) }
	down := func(n2, n3 float64) float64 { return 9 * (64*256*n2*n2 + 256*256*n3*n3) }
	strided := func(n1, n2, n3 float64) float64 { return stem() + smooth(n1, n2, n3) + 2*down(n2, n3) + 2560 }
	for want, n := range map[float64][3]float64{153: {15, 8, 4}, 118: {15, 7, 3}} {
		if got := strided(n[0], n[1], n[2]) / 1e6; math.Abs(got-want) > .5 {
			t.Errorf("grids %v take %.2f M multiply-adds, want %g", n, got, want)
		}
	}
	check := func(what string, c Model, macs, parameters float64) {
		if got := float64(multiplyAdds(t, c)); got != macs {
			t.Errorf("%s: %.0f multiply-adds, want %.0f", what, got, macs)
		}
		if got := float64(Parameters(c)) / 1e6; math.Abs(got-parameters) > .005 {
			t.Errorf("%s: %.4f M parameters, want %g", what, got, parameters)
		}
	}
	c := FastMgNet(32, 32, 3, 10, nil, nil)
	check("fast", c, stem()+smooth(16, 8, 4)+down(16, 8)+2560, 3.19)
	c.R, c.Pi = "conv3", "conv3"
	check("strided", c, strided(16, 8, 4), 3.93)
	c.R, c.Pi = "conv3-inner", "conv3-inner"
	check("inner", c, strided(16, 7, 3), 3.93)
}

// variants are small models of every kind and key.
func variants() map[string]Model {
	base := func() MgNet { return NewMgNet(8, 8, 2, 3, []int{4, 6}, []int{2, 1}) }
	with := func(change func(c *MgNet)) Model { c := base(); change(&c); return c }
	list := map[string]Model{
		"mgnet":    base(),
		"sequence": NewMgNet(1, 16, 2, 3, []int{4, 6, 5}, []int{2, 1, 1}),
		"sequence v": func() Model {
			c := NewMgNet(1, 17, 2, 3, []int{4, 6, 5}, []int{2, 1, 1})
			c.Kernel, c.Stem, c.Cycle, c.Start = 7, 5, "v", "dirac"
			return c
		}(),
		"5×5":          with(func(c *MgNet) { c.Kernel = 5 }),
		"res sequence": NewResNet("resnet", 1, 16, 2, 3, []int{4, 6, 5}, []int{2, 1, 1}),
		"norm shift":   with(func(c *MgNet) { c.Norm = "shift" }),
		"norm none":    with(func(c *MgNet) { c.Norm = "none" }),
		"pi zero":      with(func(c *MgNet) { c.Pi = "zero" }),
		"conv1, max":   with(func(c *MgNet) { c.R, c.Pi = "conv1", "max" }),
		"equal means":  with(func(c *MgNet) { c.R, c.Channels = "mean", []int{4, 4} }),
		"fixed inner": with(func(c *MgNet) {
			c.R, c.Channels = "conv3-inner", []int{4, 4}
			c.Fixed = map[string][]float64{"R": {0, .5, .5, .5, 1, .5, .5, .5, 0}}
		}),
		"all": with(func(c *MgNet) { c.ShareA, c.ShareB, c.ShareR, c.Channels = "all", "all", "all", []int{4, 4} }),
		"all v": with(func(c *MgNet) {
			c.ShareB, c.ShareR, c.Cycle, c.Channels, c.Smoothings = "all", "all", "v", []int{4, 4, 4}, []int{1, 2, 1}
		}),
		"cyclic": with(func(c *MgNet) {
			c.ShareA, c.ShareB, c.ShareR = "cyclic:2", "cyclic:2", "cyclic:2"
			c.Height, c.Width, c.Channels, c.Smoothings = 16, 16, []int{4, 4, 4, 4}, []int{1, 2, 1, 1}
		}),
		"apart v": with(func(c *MgNet) {
			c.Apart, c.ShareB, c.Cycle, c.Channels, c.Smoothings = true, "cyclic:1", "v", []int{4, 4, 4}, []int{1, 2, 1}
		}),
		"depthwise": with(func(c *MgNet) { c.Depthwise, c.ShareB = []string{"A", "B"}, "step" }),
		"dw dirac":  with(func(c *MgNet) { c.Depthwise, c.Start = []string{"B"}, "dirac" }),
		"dw R, Pi":  with(func(c *MgNet) { c.Depthwise, c.Channels = []string{"R", "Pi"}, []int{4, 4} }),
		"mixed": with(func(c *MgNet) {
			c.Depthwise, c.Mixed = []string{"A", "B", "R", "Pi"}, map[string]string{"A": "he", "B": "identity", "R": "he", "Pi": "identity"}
			c.Fixed = map[string][]float64{"A": {0, -1, 0, -1, 4, -1, 0, -1, 0}}
			c.Frozen = []string{"R"}
		}),
		"begun": with(func(c *MgNet) {
			c.Begin = map[string][]float64{"A": {0, -1, 0, -1, 4, -1, 0, -1, 0}, "R": {1, 2, 1, 2, 4, 2, 1, 2, 1}}
		}),
		"norm fixed": with(func(c *MgNet) { c.Norm = "fixed" }),
		"slope":      with(func(c *MgNet) { c.Activation, c.SlopeStart = "prelu", new(float64) }),
		"whiten":     with(func(c *MgNet) { c.Whiten = true }),
		"head":       with(func(c *MgNet) { c.HeadPool, c.HeadNoBias, c.HeadScale = "max", true, .25 }),
		"dirac":      with(func(c *MgNet) { c.Start = "dirac" }),
		"fast even":  FastMgNet(16, 18, 2, 3, []int{4, 8, 8}, nil),
		"fast":       FastMgNet(15, 13, 2, 3, []int{4, 8, 8}, nil),
		"cnn":        NewCNN(8, 8, 2, 3, []int{3, 5}, []int{2, 1}),
		"cnn, max":   func() Model { c := NewCNN(8, 8, 2, 3, []int{3}, []int{1, 2}); c.R, c.Norm = "max", "batch"; return c }(),
		"lenet5":     LeNet5(16, 16, 2, 3),
		"alexnet":    AlexNet(67, 67, 2, 3),
		"dense":      Dense(8, 8, 2, 3, []int{7, 5}),
	}
	a := list["alexnet"].(Layered)
	for i := range a.Layers { // a thin one
		if a.Layers[i].Channels > 0 {
			a.Layers[i].Channels = 8
		}
	}
	for kind := range transfers {
		list[kind] = with(func(c *MgNet) { c.R = kind })
		list["sequence "+kind] = with(func(c *MgNet) { c.Height, c.Width, c.Signal, c.Kernel, c.R = 1, 13, true, 5, kind })
	}
	return list
}

// Every variant has a gradient by every trained weight, but for the last A, in the
// direction of which the loss moves as it says, and is read again from what it
// writes as JSON.
func TestVariants(t *testing.T) {
	for name, c := range variants() {
		t.Run(name, func(t *testing.T) {
			n, err := New(c, 1)
			if err != nil {
				t.Fatal(err)
			}
			s := c.Sig()
			const batch = 4
			x := make([]float32, batch*s.Height*s.Width*s.InChannels)
			for i := range x {
				x[i] = float32(math.Sin(float64(i) * float64(i)))
			}
			p, err := graph.Build(func(b *graph.Builder) *graph.Node {
				return b.CrossEntropy(n.Scores(b, b.Input("x", []int{batch, s.Height, s.Width, s.InChannels}, x), Pass{Train: true}), []int32{0, 2, 1, 1})
			})
			if err != nil {
				t.Fatal(err)
			}
			loss := func() float64 {
				if err := p.Run(); err != nil {
					t.Fatal(err)
				}
				return float64(p.Value()[0])
			}
			first := loss()
			for _, q := range n.params {
				if got := p.Gradient(q.Name) != nil; got == q.Fixed && !strings.HasPrefix(q.Name, "level1.A") && !strings.HasPrefix(q.Name, "level2.A") {
					t.Errorf("%s: fixed %t, has a gradient %t", q.Name, q.Fixed, got)
				}
			}
			// Down the gradient of all weights, by a step that is small for each.
			var norm2 float64
			grads := map[string][]float32{}
			for _, q := range n.params {
				grads[q.Name] = append([]float32(nil), p.Gradient(q.Name)...)
				for _, g := range grads[q.Name] {
					norm2 += float64(g) * float64(g)
				}
			}
			const drop = .002
			move := func(by float64) float64 {
				for _, q := range n.params {
					for i, g := range grads[q.Name] {
						q.Data[i] -= float32(by / norm2 * float64(g))
					}
				}
				return loss()
			}
			down := move(drop)
			up := move(-2 * drop)
			if ratio := (up - down) / (2 * drop); math.Abs(ratio-1) > .1 {
				t.Errorf("from a loss of %g, the gradient moves it by %.3f of what it says", first, ratio)
			}
			text, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			again, err := ParseConfig(text)
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprintf("%+v", again) != fmt.Sprintf("%+v", c) {
				t.Errorf("read again: %+v, want %+v", again, c)
			}
		})
	}
}

// The size that a transfer says is that of the maps it makes, of images with kernels of 3
// pixels and of sequences with kernels of 5 places.
func TestTransferSizes(t *testing.T) {
	for kind := range transfers {
		for _, size := range []int{4, 5, 7, 8} {
			c := NewMgNet(size, size, 1, 3, []int{2, 3}, []int{1, 1})
			c.R = kind
			s := NewMgNet(1, 2*size, 1, 3, []int{2, 3}, []int{1, 1})
			s.R, s.Kernel = kind, 5
			if tr, _ := s.transfer(kind); mapWidth(t, s) != tr.size(2*size) {
				t.Errorf("%s of a sequence of %d: the maps have %d places, want %d", kind, 2*size, mapWidth(t, s), tr.size(2*size))
			}
			tr, _ := c.transfer(kind)
			last := mapWidth(t, c)
			if h, w := c.grid(1); last != tr.size(size) || h != last || w != last {
				t.Errorf("%s of %d pixels: %d×%d, the maps have %d", kind, size, h, w, last)
			}
		}
	}
}

// mapWidth is the width of a network's last feature maps.
func mapWidth(t *testing.T, m Model) (width int) {
	t.Helper()
	steps, err := Layers(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		if len(s.Shape) == 4 {
			width = s.Shape[2]
		}
	}
	return width
}

// The networks of pulse diagnosis in the lectures by their numbers of parameters: 3,450 of
// MgNet, k = 5 and 8 channels, and 232,642 of a ResNet.
func TestPulseNetworks(t *testing.T) {
	for name, want := range map[string]int{"mgnet1d": 3450, "resnet1d": 232642} {
		entry, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := entry.Make(entry.Usual, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := Parameters(m); got != want {
			t.Errorf("%s: %d parameters, want %d", name, got, want)
		}
	}
}

// The multiply-adds of a sequence's network: none of them on rows of zeros above and below.
func TestSequenceMACs(t *testing.T) {
	entry, _ := Lookup("mgnet1d")
	m, err := entry.Make(Signature{Height: 1, Width: 64, InChannels: 1, Classes: 2}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	const k, c = 5, 8
	smooth, down := k*c*c*(2*64+2*32+16), 2*k*c*c*(32+16) // the last A is not used
	if got, want := int(multiplyAdds(t, m)), 7*c*64+smooth+down+2*c; got != want {
		t.Errorf("%d multiply-adds, want %d", got, want)
	}
}

func TestVariantErrors(t *testing.T) {
	base := NewMgNet(28, 28, 1, 10, []int{8}, []int{1, 1, 1})
	cnn := NewCNN(28, 28, 1, 10, []int{8}, []int{1, 1})
	lenet := func(change func(l []Layer) []Layer) Model {
		c := LeNet5(28, 28, 1, 10)
		c.Layers = change(c.Layers)
		return c
	}
	for want, c := range map[string]Model{
		`norm "layer"; known: batch`: with(base, func(c *MgNet) { c.Norm = "layer" }),
		`start "zero"`:               with(base, func(c *MgNet) { c.Start = "zero" }),
		`r "conv5"; known: conv-max`: with(base, func(c *MgNet) { c.R = "conv5" }),
		`r "zero"`:                   with(base, func(c *MgNet) { c.R = "zero" }),
		`pi "mean" 3×3`:              with(base, func(c *MgNet) { c.Height, c.Width, c.R, c.Pi = 7, 7, "conv3", "mean" }),
		`want conv3`:                 with(base, func(c *MgNet) { c.R, c.Cycle = "mean", "v" }),
		`fixed R with "mean"`:        with(base, func(c *MgNet) { c.R = "mean"; c.Fixed = map[string][]float64{"R": make([]float64, 9)} }),
		`fixed Pi with "zero"`:       with(base, func(c *MgNet) { c.Pi = "zero"; c.Fixed = map[string][]float64{"Pi": make([]float64, 9)} }),
		"whitening with a stem":      with(base, func(c *MgNet) { c.Whiten, c.StemPool = true, true }),
		"whitening images of 2×2":    with(base, func(c *MgNet) { c.Whiten, c.Height, c.Width = true, 2, 2 }),
		"head_scale -1":              with(base, func(c *MgNet) { c.HeadScale = -1 }),
		"kernel 4; want odd sizes":   with(base, func(c *MgNet) { c.Kernel = 4 }),
		"kernel 17; want 1 to 15":    with(base, func(c *MgNet) { c.Kernel = 17 }),
		"a signal of height 28":      with(base, func(c *MgNet) { c.Signal = true }),
		"whitened true":              with(base, func(c *MgNet) { c.Signal, c.Height, c.Whiten = true, 1, true }),
		"fixed A has 9 values; want a 1×5": with(base, func(c *MgNet) {
			c.Signal, c.Height, c.Kernel = true, 1, 5
			c.Fixed = map[string][]float64{"A": make([]float64, 9)}
		}),
		`head_pool "sum"`:                         with(base, func(c *MgNet) { c.HeadPool = "sum" }),
		`"cnn" with share_a "level"`:              with(cnn, func(c *CNN) { c.ShareA = "level" }),
		`"cnn" with cycle "v"`:                    with(cnn, func(c *CNN) { c.Cycle = "v" }),
		`share_a "none"; known: level, step, all`: with(base, func(c *MgNet) { c.ShareA = "none" }),
		`share_r "step"; known: level, all`:       with(base, func(c *MgNet) { c.ShareR = "step" }),
		`share_b "cyclic:0"; want cyclic:K`:       with(base, func(c *MgNet) { c.ShareB = "cyclic:0" }),
		`apart with cycle "down"`:                 with(base, func(c *MgNet) { c.Apart = true }),
		`and share_b "step"`:                      with(base, func(c *MgNet) { c.Apart, c.Cycle, c.ShareB = true, "v", "step" }),
		"one channel count on all levels":         with(base, func(c *MgNet) { c.ShareR, c.Channels = "all", []int{8, 8, 9} }),
		`depthwise "P"; known: A, B, R, Pi`:       with(base, func(c *MgNet) { c.Depthwise = []string{"P"} }),
		`depthwise R with "mean"; want conv3`:     with(base, func(c *MgNet) { c.Depthwise, c.R = []string{"R"}, "mean" }),
		"depthwise Pi without mixing":             with(base, func(c *MgNet) { c.Depthwise, c.Channels = []string{"Pi"}, []int{8, 8, 9} }),
		"mixed A that is not depthwise":           with(base, func(c *MgNet) { c.Mixed = map[string]string{"A": "he"} }),
		`mixed A "dirac"; known: he, identity`:    with(base, func(c *MgNet) { c.Depthwise, c.Mixed = []string{"A"}, map[string]string{"A": "dirac"} }),
		"A is fixed, and frozen or begun":         with(base, func(c *MgNet) { c.Frozen, c.Fixed = []string{"A"}, map[string][]float64{"A": make([]float64, 9)} }),
		"B is frozen and begun":                   with(base, func(c *MgNet) { c.Frozen, c.Begin = []string{"B"}, map[string][]float64{"B": make([]float64, 9)} }),
		"begin R has 3 values":                    with(base, func(c *MgNet) { c.Begin = map[string][]float64{"R": make([]float64, 3)} }),
		"slope_start 0 with activation":           with(base, func(c *MgNet) { c.SlopeStart = new(float64) }),
		`activation "swish"`:                      with(LeNet5(28, 28, 1, 10), func(c *Layered) { c.Activation = "swish" }),
		"0 layers":                                lenet(func(l []Layer) []Layer { return nil }),
		`layer 0 is "dropout"`:                    lenet(func(l []Layer) []Layer { l[0].Op = "dropout"; return l }),
		"layer 0, conv: kernel 0":                 lenet(func(l []Layer) []Layer { l[0].Kernel = 0; return l }),
		"layer 0, conv: channels -2":              lenet(func(l []Layer) []Layer { l[0].Channels = -2; return l }),
		"layer 1, mean-pool: it has no":           lenet(func(l []Layer) []Layer { l[1].Channels = 2; return l }),
		"5 groups of 6 channels":                  lenet(func(l []Layer) []Layer { l[2].Groups = 5; return l }),
		"layer 3, mean-pool: tensor":              lenet(func(l []Layer) []Layer { l[3].Kernel = 40; return l }),
		"the last layer, with channels":           lenet(func(l []Layer) []Layer { return l[:6] }),
		"layer 4, linear: channels 0":             lenet(func(l []Layer) []Layer { l[4].Channels = 0; return l }),
	} {
		if _, err := New(c, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one with %q", err, want)
		}
	}
}

func with[M Model](c M, change func(c *M)) M {
	change(&c)
	return c
}

// A family has its own keys, and refuses those of others by their names.
func TestForeignKeys(t *testing.T) {
	for key, c := range map[string]Model{
		"layers":    NewMgNet(28, 28, 1, 10, []int{8}, []int{1}),
		"pi":        NewCNN(28, 28, 1, 10, []int{8}, []int{1}),
		"depthwise": NewCNN(28, 28, 1, 10, []int{8}, []int{1}),
		"fixed":     NewResNet("resnet", 28, 28, 1, 10, []int{8}, []int{1}),
		"r":         NewResNet("preact", 28, 28, 1, 10, []int{8}, []int{1}),
		"stem":      LeNet5(28, 28, 1, 10),
		"share_a":   LeNet5(28, 28, 1, 10),
	} {
		_, err := With(c, map[string]any{key: nil})
		if want := fmt.Sprintf("model %q: unknown key %q", c.Sig().Family, key); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v with %s: error %v; want one with %q", c, key, err, want)
		}
	}
	c, err := With(NewCNN(28, 28, 1, 10, []int{8}, []int{1}), map[string]any{"r": "max", "head_scale": .1})
	if err != nil || c.(CNN).R != "max" || c.(CNN).HeadScale != .1 || Validate(c) != nil {
		t.Errorf("%+v, %v", c, err)
	}
}

// Every model of the catalogue is valid as it is, keeps what it is asked for, and is
// the same when it is written and read again.
func TestCatalogue(t *testing.T) {
	for _, m := range Catalogue() {
		s := m.Usual
		s.Classes = 7
		c, err := m.Make(s, nil, nil)
		if err == nil {
			err = Validate(c)
		}
		if err != nil {
			t.Errorf("%s: %v", m.Name, err)
			continue
		}
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseConfig(text)
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("%s: written and read again it is %+v, %v; want %+v", m.Name, again, err, c)
		}
		if s.Family = c.Sig().Family; c.Sig() != s {
			t.Errorf("%s: reads and answers %v, want %v", m.Name, c.Sig(), s)
		}
	}
	if _, err := Lookup("vgg"); err == nil || !strings.Contains(err.Error(), "mgnet-fast") {
		t.Errorf("error %v; want one with the names", err)
	}
}

func ExampleNewCNN() {
	c := NewCNN(32, 32, 3, 10, []int{64, 128}, []int{2, 2})
	fmt.Println(Parameters(c), "parameters")
	// Output: 408906 parameters
}

// With start "dirac" a convolution that keeps the grid passes the channels on that in-
// and output share, exactly; restrictions and other channels begin with random values.
func TestDiracStart(t *testing.T) {
	c := NewMgNet(6, 5, 3, 4, []int{5, 4}, []int{1, 1})
	c.Start = "dirac"
	n, err := New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*Param{n.stem.conv, n.Param("level0.A"), n.Param("level1.B"), n.Param("level0.R")} {
		in, out := p.Shape[2], p.Shape[3]
		x := gradtest.Random(6*5*in, 2)
		conv, err := tensor.NewConv(tensor.Shape{N: 1, H: 6, W: 5, C: in}, out, 3, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		y := make([]float32, 6*5*out)
		conv.Forward(y, x, p.Data)
		same := true
		for i := range 6 * 5 {
			for k := range min(in, out) {
				same = same && math.Abs(float64(y[i*out+k]-x[i*in+k])) < 1e-6 // Winograd rounds
			}
		}
		if want := p != n.Param("level0.R"); same != want {
			t.Errorf("%s is the identity: %t, want %t", p.Name, same, want)
		}
		if last := p.Data[len(p.Data)-1]; out > in && (last == 0 || math.Abs(float64(last)) > 1/math.Sqrt(9*float64(in))) {
			t.Errorf("%s: the last weight is %g, want a random one", p.Name, last)
		}
	}
}

// A depthwise one passes every channel on, exactly.
func TestDiracDepthwise(t *testing.T) {
	c := NewMgNet(6, 5, 3, 4, []int{5}, []int{1, 1})
	c.Start, c.Depthwise = "dirac", []string{"A", "B"}
	n, err := New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*Param{n.Param("level0.A"), n.Param("level1.B")} {
		d, err := tensor.NewDepthwise(tensor.Shape{N: 1, H: 6, W: 5, C: 5}, 3)
		if err != nil {
			t.Fatal(err)
		}
		x := gradtest.Random(6*5*5, 2)
		y := make([]float32, len(x))
		d.Forward(y, x, p.Data)
		if !slices.Equal(y, x) {
			t.Errorf("%s is not the identity", p.Name)
		}
	}
}
