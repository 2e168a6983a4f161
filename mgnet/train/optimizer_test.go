package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/tensor"
)

// loose are parameters without a network.
type loose struct {
	params []*mgnet.Param
	norms  []*mgnet.Norm
}

func (l *loose) Params() []*mgnet.Param { return l.params }

func (l *loose) Norms() []*mgnet.Norm { return l.norms }

// of makes them without norms.
func of(list ...*mgnet.Param) *loose { return &loose{params: list} }

// Two steps of SGD worked by hand: μ = 0.9, λ = 0.1, η = 0.5, w = 2.
//
//	g = 1:  v = 1 + .2 = 1.2,            w = 2 − .6 = 1.4
//	g = −1: v = 1.08 + (−1 + .14) = .22, w = 1.4 − .11 = 1.29
func TestSGD(t *testing.T) {
	w := &mgnet.Param{Name: "w", Data: []float32{2}}
	lone := &mgnet.Param{Name: "lone", Data: []float32{2}} // without gradient: decays only
	fixed := &mgnet.Param{Name: "fixed", Data: []float32{2}, Fixed: true}
	o := NewOptimizer(of(w, lone, fixed), runs.Recipe{Momentum: .9, WeightDecay: .1}, 1)
	for n, g := range []float32{1, -1} {
		o.Step(n, .5, func(name string) []float32 {
			if name == "w" {
				return []float32{g}
			}
			return nil
		})
	}
	// lone: v = .2, w = 1.9; v = .18 + .19 = .37, w = 1.715
	for _, c := range []struct {
		p    *mgnet.Param
		want float64
	}{{w, 1.29}, {lone, 1.715}, {fixed, 2}} {
		if got := float64(c.p.Data[0]); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s is %.7f, want %g", c.p.Name, got, c.want)
		}
	}
}

// The same two steps, otherwise.
//
//	Nesterov   g = 1:  d = 1.2, v = 1.2,       w = 2 − .5 (1.2 + 1.08) = .86
//	           g = −1: d = −.914, v = .166,    w = .86 − .5 (−.914 + .1494) = 1.2423
//	decoupled  g = 1:  w = 1.9, v = 1,         w = 1.4
//	           g = −1: w = 1.33, v = −.1,      w = 1.38
//	clipped    to .5: v = .7, w = 1.65; v = .63 − .5 + .165 = .295, w = 1.5025
func TestSGDVariants(t *testing.T) {
	for _, c := range []struct {
		r    runs.Recipe
		want float64
	}{
		{runs.Recipe{Momentum: .9, WeightDecay: .1, Nesterov: true}, 1.2423},
		{runs.Recipe{Momentum: .9, WeightDecay: .1, Decoupled: true}, 1.38},
		{runs.Recipe{Momentum: .9, WeightDecay: .1, ClipNorm: .5}, 1.5025},
		{runs.Recipe{Momentum: .9, WeightDecay: .1, ClipNorm: 5}, 1.29},
	} {
		w := &mgnet.Param{Name: "w", Data: []float32{2}}
		o := NewOptimizer(of(w), c.r, 1)
		for n, g := range []float32{1, -1} {
			values := []float32{g}
			o.Step(n, .5, func(string) []float32 { return values })
		}
		if got := float64(w.Data[0]); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%+v: w is %.7f, want %g", c.r, got, c.want)
		}
	}
	// The norm is that of all gradients together: 3, 4 is 5, half of which is 1.5, 2.
	a, b := &mgnet.Param{Name: "a", Data: []float32{0}}, &mgnet.Param{Name: "b", Data: []float32{0}}
	gradients := map[string][]float32{"a": {3}, "b": {4}}
	NewOptimizer(of(a, b), runs.Recipe{ClipNorm: 2.5}, 1).Step(0, 1, func(name string) []float32 { return gradients[name] })
	if math.Abs(float64(a.Data[0])+1.5) > 1e-6 || math.Abs(float64(b.Data[0])+2) > 1e-6 {
		t.Errorf("clipped together: %g and %g, want -1.5 and -2", a.Data[0], b.Data[0])
	}
}

// Six steps are those of torch.optim on the same gradients, which
// testdata/optimizers.py has computed, and describes. The values are float32 of about
// 2, changed 6 times: 2e-6 allows a rounding or two for each.
func TestOptimizersAgainstPyTorch(t *testing.T) {
	for _, c := range []struct {
		name string
		rate float64
		r    runs.Recipe
		want []float64
	}{
		{"sgd", .5, runs.Recipe{Momentum: .9, WeightDecay: .1},
			[]float64{2.0380375385284424, -1.2947851419448853, -0.042869724333286285, 1.209045648574829}},
		{"nesterov", .5, runs.Recipe{Momentum: .85, WeightDecay: .1, Nesterov: true},
			[]float64{2.4078190326690674, -1.0416059494018555, -0.22694841027259827, 0.5877091884613037}},
		{"adamw", .25, runs.Recipe{Optimizer: "adamw", Beta1: .9, Beta2: .999, Epsilon: 1e-8, WeightDecay: .125},
			[]float64{1.4101166725158691, -1.4636123180389404, 0.06779587268829346, 2.351752519607544}},
		{"adam", .25, runs.Recipe{Optimizer: "adam", Beta1: .9, Beta2: .999, Epsilon: 1e-8, WeightDecay: .125},
			[]float64{1.4739863872528076, -1.5349063873291016, 0.07848972827196121, 2.516146421432495}},
		{"adamw, other betas", .25, runs.Recipe{Optimizer: "adamw", Beta1: .5, Beta2: .75, Epsilon: 1e-2},
			[]float64{1.4732787609100342, -1.599627137184143, 0.12288538366556168, 2.535020112991333}},
	} {
		w := &mgnet.Param{Name: "w", Shape: []int{4}, Data: []float32{1, -2, .5, 3}}
		o := NewOptimizer(of(w), c.r, 1)
		g := make([]float32, 4)
		for n := range 6 {
			for i := range g {
				g[i] = (float32(i)-1.5)/2 + float32(1-n%2*2)*float32(n+1)/8
			}
			o.Step(n, c.rate/float64(int(1)<<n), func(string) []float32 { return g })
		}
		for i, v := range w.Data {
			if math.Abs(float64(v)-c.want[i]) > 2e-6 {
				t.Errorf("%s: value %d is %.8f, PyTorch %.8f", c.name, i, v, c.want[i])
			}
		}
	}
}

// With a gradient of 0, or none, only the parameters that decay move.
func TestDecayOnly(t *testing.T) {
	for name, r := range map[string]runs.Recipe{
		"sgd":  {WeightDecay: .1, DecayOnly: "layer0"},
		"adam": {Optimizer: "adam", Beta1: .9, Beta2: .999, Epsilon: 1e-8, WeightDecay: .1, DecayOnly: "layer0"},
	} {
		first, other := &mgnet.Param{Name: "layer0.w", Shape: []int{1}, Data: []float32{2}}, &mgnet.Param{Name: "layer1.w", Shape: []int{1}, Data: []float32{2}}
		NewOptimizer(of(first, other), r, 1).Step(0, .5, func(string) []float32 { return nil })
		if first.Data[0] >= 2 || other.Data[0] != 2 {
			t.Errorf("%s: %g and %g; want the first to decay, and 2", name, first.Data[0], other.Data[0])
		}
	}
}

// Three steps of Muon on a convolution are those of the definition in float64, with
// decay and with unit filters; a parameter that is none goes the way of SGD. The
// matrix is (k·k·in, out) here and its transpose in the paper: the same. 1e-4 is the
// error of tensor.Orthogonal, a rate of 0.5 and three steps.
func TestMuon(t *testing.T) {
	const rows, columns, rate, factor = 9 * 5, 7, .5, .25 // of the learning rate .1, halved
	for _, r := range []runs.Recipe{
		{Optimizer: "muon", LearningRate: .1, MuonRate: rate, MuonMomentum: .6, MuonSteps: 5, Momentum: .9, WeightDecay: .1},
		{Optimizer: "muon", LearningRate: .1, MuonRate: rate, MuonMomentum: .9, MuonSteps: 3, Momentum: .9, WeightDecay: .1, MuonUnitFilters: true},
	} {
		rng := rand.New(rand.NewPCG(1, 2))
		random := func(size int) []float32 {
			x := make([]float32, size)
			for i := range x {
				x[i] = float32(rng.NormFloat64())
			}
			return x
		}
		conv := &mgnet.Param{Name: "conv", Shape: []int{3, 3, 5, columns}, Data: random(rows * columns)}
		lone := &mgnet.Param{Name: "lone", Shape: []int{1, 1, 1, 2}, Data: []float32{2, 2}} // without gradient
		bias := &mgnet.Param{Name: "bias", Shape: []int{2}, Data: random(2)}
		same := &mgnet.Param{Name: "bias", Shape: []int{2}, Data: append([]float32(nil), bias.Data...)}
		// A stencil a channel is no matrix from channels to channels.
		depthwise := &mgnet.Param{Name: "depthwise", Shape: []int{1, 1, 1, 2}, Data: random(2), Depthwise: true}
		likewise := &mgnet.Param{Name: "depthwise", Shape: []int{2}, Data: append([]float32(nil), depthwise.Data...)}
		o := NewOptimizer(of(conv, bias, lone, depthwise), r, 1)
		sgd := NewOptimizer(of(same, likewise), runs.Recipe{Momentum: .9, WeightDecay: .1}, 1)

		w, v := dense(rows, columns, conv.Data), mat.NewDense(rows, columns, nil)
		for n := range 3 {
			g, gb := random(rows*columns), random(2)
			gradient := func(name string) []float32 { return map[string][]float32{"conv": g, "bias": gb, "depthwise": gb}[name] }
			o.Step(n, .1*factor, gradient)
			sgd.Step(n, .1*factor, gradient)

			var d mat.Dense
			v.Scale(r.MuonMomentum, v)
			v.Add(v, dense(rows, columns, g))
			d.Scale(r.MuonMomentum, v)
			d.Add(&d, dense(rows, columns, g))
			if r.MuonUnitFilters {
				w.Scale(math.Sqrt(columns)/mat.Norm(w, 2), w)
			} else {
				w.Scale(1-rate*factor*.1, w)
			}
			q := orthogonal(&d, r.MuonSteps)
			q.Scale(rate*factor, q)
			w.Sub(w, q)
		}
		for i, got := range conv.Data {
			if want := w.At(i/columns, i%columns); math.Abs(float64(got)-want) > 1e-4 {
				t.Errorf("unit filters %t: weight %d is %g, want %g", r.MuonUnitFilters, i, got, want)
				break
			}
		}
		for i, v := range same.Data {
			if bias.Data[i] != v {
				t.Errorf("bias %d is %g, by SGD %g", i, bias.Data[i], v)
			}
		}
		if !slices.Equal(depthwise.Data, likewise.Data) {
			t.Errorf("a depthwise kernel is %v, by SGD %v", depthwise.Data, likewise.Data)
		}
		want := 2 * math.Pow(1-rate*factor*.1, 3)
		if r.MuonUnitFilters {
			want = 1 // norm √2 of two values
		}
		if got := float64(lone.Data[0]); math.Abs(got-want) > 1e-6 {
			t.Errorf("unit filters %t: without gradient %g, want %g", r.MuonUnitFilters, got, want)
		}
	}
}

// orthogonal is Newton and Schulz's iteration from the left, on the transpose as the
// paper has it.
func orthogonal(m *mat.Dense, steps int) *mat.Dense {
	x := mat.DenseCopyOf(m.T())
	x.Scale(1/(mat.Norm(x, 2)+1e-7), x)
	for range steps {
		var a, b, next mat.Dense
		a.Mul(x, x.T())
		b.Mul(&a, &a)
		b.Scale(2.0315, &b)
		a.Scale(-4.7750, &a)
		b.Add(&b, &a)
		next.Mul(&b, x)
		x.Scale(3.4445, x)
		x.Add(x, &next)
	}
	return mat.DenseCopyOf(x.T())
}

func dense(rows, columns int, x []float32) *mat.Dense {
	m := mat.NewDense(rows, columns, nil)
	for i, v := range x {
		m.Set(i/columns, i%columns, float64(v))
	}
	return m
}

// What a recipe says of single parameters: shifts step with 8 times the rate and
// decay as fast as all else, norms and slopes do not decay if told so, and the bias
// of a whitening stands still after its epochs, here 1.5 of 2 batches each.
func TestParameterGroups(t *testing.T) {
	param := func(name string) *mgnet.Param { return &mgnet.Param{Name: name, Shape: []int{1}, Data: []float32{2}} }
	for _, c := range []struct {
		r    runs.Recipe
		want map[string]float64 // after four steps of rate 1/8 with gradient 0.25 and no momentum
	}{
		// without decay w = 2 − 4/32; with λ = 0.5 w ← w (1 − 1/16) − 1/32, four times
		{runs.Recipe{}, map[string]float64{"w": 1.875, "n.gamma": 1.875, "n.beta": 1.875, "n.slope": 1.875, mgnet.WhitenBias: 1.875}},
		{runs.Recipe{WeightDecay: .5, NoNormDecay: true}, map[string]float64{"w": 1.4311, "n.gamma": 1.875, "n.beta": 1.875, "n.slope": 1.875, mgnet.WhitenBias: 1.4311}},
		{runs.Recipe{WhitenBiasEpochs: 1.5}, map[string]float64{"w": 1.875, "n.gamma": 1.875, "n.beta": 1.875, "n.slope": 1.875, mgnet.WhitenBias: 1.90625}},
		// β: w ← w (1 − 1/16) − 1/4
		{runs.Recipe{WeightDecay: .5, ShiftRateFactor: 8}, map[string]float64{"w": 1.4311, "n.gamma": 1.4311, "n.beta": .6349, "n.slope": 1.4311, mgnet.WhitenBias: 1.4311}},
		{runs.Recipe{WeightDecay: .5, ShiftRateFactor: 8, Decoupled: true}, map[string]float64{"w": 1.4311, "n.gamma": 1.4311, "n.beta": .6349, "n.slope": 1.4311, mgnet.WhitenBias: 1.4311}},
	} {
		n := of(param("w"), param("n.gamma"), param("n.beta"), param("n.slope"), param(mgnet.WhitenBias))
		n.norms = []*mgnet.Norm{{Name: "n", Gamma: n.params[1], Beta: n.params[2], Theta: n.params[3]}}
		o := NewOptimizer(n, c.r, 2)
		for step := range 4 {
			o.Step(step, .125, func(string) []float32 { return []float32{.25} })
		}
		for _, p := range n.params {
			if got := float64(p.Data[0]); math.Abs(got-c.want[p.Name]) > 1e-4 {
				t.Errorf("%+v: %s is %.5f, want %.5f", c.r, p.Name, got, c.want[p.Name])
			}
		}
	}
	// A gradient that moves nothing is not part of the norm that is clipped.
	w, bias := param("w"), param(mgnet.WhitenBias)
	o := NewOptimizer(of(w, bias), runs.Recipe{ClipNorm: 3, WhitenBiasEpochs: 1}, 1)
	o.Step(1, 1, func(name string) []float32 { return map[string][]float32{"w": {3}, mgnet.WhitenBias: {4}}[name] })
	if w.Data[0] != -1 || bias.Data[0] != 2 {
		t.Errorf("after its epochs: w %g, bias %g; want -1 and 2", w.Data[0], bias.Data[0])
	}
}

// Every network has the groups: its shifts are found, hats and slopes among them.
func TestGroupsOfNetwork(t *testing.T) {
	for _, activation := range []string{"relu", "prelu", "hat"} {
		c := mgnet.NewMgNet(8, 8, 1, 10, []int{4}, []int{1, 1})
		c.Activation, c.HatTrained = activation, activation == "hat"
		n, err := mgnet.New(c, 1)
		if err != nil {
			t.Fatal(err)
		}
		count := map[[2]float64]int{}
		for _, p := range trainedParams((runs.Recipe{WeightDecay: 1, ShiftRateFactor: 64, NoNormDecay: true}), n, 1) {
			count[[2]float64{p.factor, p.decay}]++
		}
		norms, theta := 7, map[string]int{"relu": 0, "prelu": 7, "hat": 2}[activation] // stem, two a step, two of a restriction
		want := map[[2]float64]int{{64, 0}: norms, {1, 0}: norms + theta, {1, 1}: len(n.Params()) - 2*norms - theta}
		for k, v := range want {
			if count[k] != v {
				t.Errorf("%s: %d parameters have rate and decay %v; want %d", activation, count[k], k, v)
			}
		}
	}
}

// The fast recipe is airbench94's with the loss summed over the batch: the same steps.
func TestFastRecipe(t *testing.T) {
	r, err := runs.LookupRecipe("fast")
	if err != nil {
		t.Fatal(err)
	}
	const batch, momentum = 512., .85
	scale := 1024 * (1 + 1/(1-momentum))
	lr, wd := 11.5/scale, .0153*batch/scale
	plain := &mgnet.Param{Name: "w", Shape: []int{1}, Data: []float32{1}}
	shift := &mgnet.Param{Name: "n.beta", Shape: []int{1}, Data: []float32{1}}
	n := of(plain, shift)
	n.norms = []*mgnet.Norm{{Beta: shift}}
	o := NewOptimizer(n, r, 97)
	want := [2]float64{1, 1}
	var v [2]float64
	for step := range 20 {
		const batches = 97
		factor := r.Rate(0, step, batches) / r.LearningRate
		sum := math.Sin(float64(step)) * batch / 100 // of the loss's gradients over the batch
		for i, rate := range []float64{lr, 64 * lr} {
			d := sum + wd/rate*want[i]
			v[i] = momentum*v[i] + d
			want[i] -= factor * rate * (d + momentum*v[i])
		}
		o.Step(step, r.Rate(0, step, batches), func(string) []float32 { return []float32{float32(sum / batch)} })
	}
	for i, p := range n.params {
		if got := float64(p.Data[0]); math.Abs(got-want[i]) > 1e-5 {
			t.Errorf("%s is %.7f after 20 steps, want %.7f", p.Name, got, want[i])
		}
	}
	if r.LearningRate != .75 || math.Abs(r.Rate(0, 0, 97)-.15) > 1e-12 {
		t.Errorf("rate %g, at first %g; want 0.75 and 0.15", r.LearningRate, r.Rate(0, 0, 97))
	}
}

// A step of an optimiser allocates next to nothing.
func BenchmarkOptimizers(b *testing.B) {
	for _, r := range []runs.Recipe{
		{Optimizer: "sgd", Momentum: .9, WeightDecay: 5e-4},
		{Optimizer: "sgd", Momentum: .9, WeightDecay: 5e-4, Nesterov: true},
		{Optimizer: "adamw", Beta1: .9, Beta2: .999, Epsilon: 1e-8, WeightDecay: .05},
		{Optimizer: "muon", LearningRate: .1, MuonRate: .1, MuonMomentum: .9, MuonSteps: 5},
	} {
		name := r.Optimizer
		if r.Nesterov {
			name = "nesterov"
		}
		b.Run(name, func(b *testing.B) {
			n, err := mgnet.New(mgnet.NewMgNet(32, 32, 3, 10, []int{64}, []int{1, 1, 1, 1}), 1)
			if err != nil {
				b.Fatal(err)
			}
			o := NewOptimizer(n, r, 1)
			gradients := map[string][]float32{}
			for _, p := range n.Params() {
				gradients[p.Name] = make([]float32, len(p.Data))
				tensor.AddScaled(gradients[p.Name], p.Data, 1e-3)
			}
			b.ReportAllocs()
			for b.Loop() {
				o.Step(0, 1e-6, func(name string) []float32 { return gradients[name] })
			}
		})
	}
}
