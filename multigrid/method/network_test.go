package method

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// perceptron has random weights.
func perceptron(random *rand.Rand, widths ...int) (p Perceptron) {
	for l := range len(widths) - 1 {
		layer := Layer{}
		for range widths[l+1] {
			row := make([]float64, widths[l])
			for k := range row {
				row[k] = random.NormFloat64() / 4
			}
			layer.Weights, layer.Bias = append(layer.Weights, row), append(layer.Bias, random.NormFloat64()/4)
		}
		p = append(p, layer)
	}
	return p
}

// networks are one of each kind.
func networks() []*Network {
	random := rand.New(rand.NewPCG(1, 1))
	return []*Network{
		{Emits: EmitsLevels, Pre: 1, Post: 2, Parts: map[string]Perceptron{"levels": perceptron(random, OperatorInputs, 5, LevelOutputs(3))}},
		{Emits: EmitsInfluence, Pre: 1, Post: 1, Parts: map[string]Perceptron{"edge": perceptron(random, RowInputs, 4, 1), "corner": perceptron(random, RowInputs, 4, 2)}},
		{Emits: EmitsSmoothers, Pre: 1, Post: 2, Minimise: true, Parts: map[string]Perceptron{EmitsSmoothers: perceptron(random, SmootherInputs, 5, 4, SmootherOutputs(3))}},
	}
}

func withNetwork(n *Network) *Method {
	return &Method{Name: "test", Dim: 2, Gamma: 1, Repeat: Last, Network: n}
}

func TestNetworkInFile(t *testing.T) {
	for _, n := range networks() {
		m := withNetwork(n)
		data, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again, m) {
			t.Errorf("%s: what is read differs from what was written", n.Emits)
		}
	}
}

func TestBadNetworks(t *testing.T) {
	for want, spoil := range map[string]func(m *Method){
		`emits "smoother"`:    func(m *Method) { m.Network.Emits = "smoother" },
		`no part "smoothers"`: func(m *Method) { m.Network.Emits = EmitsSmoothers },
		"minimise with 5 + 2": func(m *Method) {
			m.Network.Minimise, m.Network.Pre = true, 5
		},
		`that emits "influence"`: func(m *Method) {
			*m.Network = *networks()[1]
			m.Network.Minimise = true
		},
		"dimension 3; want 2":      func(m *Method) { m.Dim = 3 },
		"0 smoothing steps before": func(m *Method) { m.Network.Pre, m.Network.Post = 0, 0 },
		"21 outputs": func(m *Method) {
			m.Network.Post = 3
			m.Network.Parts["levels"] = perceptron(rand.New(rand.NewPCG(1, 2)), 7, 16)
		},
		`no part "levels"`:             func(m *Method) { m.Network.Parts = map[string]Perceptron{"edge": nil} },
		"0 layers":                     func(m *Method) { m.Network.Parts["levels"] = nil },
		"row 0 of 6 weights; want 7":   func(m *Method) { w := m.Network.Parts["levels"][0].Weights; w[0] = w[0][:6] },
		"5 rows of weights and 4 bias": func(m *Method) { l := &m.Network.Parts["levels"][0]; l.Bias = l.Bias[:4] },
		"the weight NaN":               func(m *Method) { m.Network.Parts["levels"][0].Bias[1] = math.NaN() },
		"a network and 1 levels":       func(m *Method) { m.Levels = make([]Level, 1) },
	} {
		m := withNetwork(networks()[0])
		spoil(m)
		if err := m.Validate(); err == nil || strings.ContainsRune(err.Error(), '\n') {
			t.Errorf("%s: error %v; want one line", want, err)
		} else if want = strings.Replace(want, "21 outputs", "16 outputs; want 21", 1); !strings.Contains(err.Error(), want) {
			t.Errorf("error %q; want one that has %q", err, want)
		}
	}
	m := withNetwork(networks()[1])
	m.Network.Parts["edge"] = perceptron(rand.New(rand.NewPCG(1, 2)), RowInputs, 65, 1)
	if err := m.Validate(); err == nil || !strings.Contains(err.Error(), "a layer of 65; want at most 64") {
		t.Errorf("a wide network at every point: error %v", err)
	}
}

// TestNetworkRefuses: operators that a network cannot see.
func TestNetworkRefuses(t *testing.T) {
	grid, err := pde.Unit(2, 16)
	if err != nil {
		t.Fatal(err)
	}
	wind, err := stencil.Constant(grid, stencil.Plane([3][3]float64{{0, -1, 0}, {-1.5, 4, -.5}, {0, -1, 0}}))
	if err != nil {
		t.Fatal(err)
	}
	var k stencil.Coefficients
	k[13] = pde.NewField[float64](grid)
	varying, err := stencil.Varying(grid, k)
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]stencil.Operator{"unsymmetric": wind, "varying": varying} {
		if _, err := withNetwork(networks()[0]).Settings(a); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			t.Log(err)
		}
	}
}

func TestEvaluate(t *testing.T) {
	p := Perceptron{
		{Weights: [][]float64{{1, 2}, {-1, 0}}, Bias: []float64{1, 0}},
		{Weights: [][]float64{{3, 4}}, Bias: []float64{.5}},
	}
	want := 3*(6./7) + 4*(-1./2) + .5 // of 1 + 1 + 4 and −1
	if got := p.Evaluate([]float64{1, 2}); len(got) != 1 || math.Abs(got[0]-want) > 1e-15 {
		t.Errorf("output %v; want %g", got, want)
	}
}

// anisotropic is one of the family, with all four couplings different.
func anisotropic(random *rand.Rand) Symmetric {
	return Symmetric{1, -.1 - .3*random.Float64(), -.1 - .3*random.Float64(), -.05 * random.Float64(), .05 * random.Float64()}
}

// TestCoarseOf compares with the Galerkin product of package stencil.
func TestCoarseOf(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	fine, err := pde.Unit(2, 8)
	if err != nil {
		t.Fatal(err)
	}
	coarse := fine.Coarsen()
	for range 10 {
		s := anisotropic(random)
		kernel := Emitted{Diagonal: random.Float64() / 2}.Prolongation()
		a, err := stencil.Constant(fine, s.Kernel())
		if err != nil {
			t.Fatal(err)
		}
		p, err := stencil.Prolongation(fine, coarse, kernel)
		if err != nil {
			t.Fatal(err)
		}
		r, err := stencil.Restriction(fine, coarse, kernel)
		if err != nil {
			t.Fatal(err)
		}
		product, err := stencil.Galerkin(r, a, p)
		if err != nil {
			t.Fatal(err)
		}
		k, _ := product.Kernel()
		want, ok := SymmetricOf(k)
		if !ok {
			t.Fatalf("the product %v is not the same turned", k)
		}
		for i, v := range CoarseOf(s, kernel) {
			if math.Abs(v-want[i]) > 1e-14 {
				t.Errorf("entry %d: %g; want %g", i, v, want[i])
			}
		}
	}
}

// TestNetworkTurns: what is emitted for a turned operator is what was emitted for it, turned.
func TestNetworkTurns(t *testing.T) {
	n := networks()[0]
	random := rand.New(rand.NewPCG(3, 3))
	for range 10 {
		a := anisotropic(random)
		one := n.Level(a)
		for _, turn := range []Turn{{true, false}, {false, true}, {true, true}} {
			if got, want := n.Level(turn.Apply(a)), one.Turned(turn); !reflect.DeepEqual(got.Stencils, want.Stencils) || math.Abs(got.Diagonal-want.Diagonal) > 1e-15 {
				t.Errorf("%+v: %v; want %v", turn, got, want)
			}
		}
	}
	star := Symmetric{1, -.4, -.1}
	for _, s := range n.Level(star).Stencils {
		if s[3] != s[4] {
			t.Errorf("a stencil %v for an operator that is the same reflected; want one that is too", s)
		}
	}
}

// TestInfluenceIsItsScores: rows of points are weighed by the scores of every point, from the
// inputs of the row as they are defined, for a symmetric operator, also a negative one.
func TestInfluenceIsItsScores(t *testing.T) {
	n := networks()[1]
	f, err := n.Influence()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(4, 4))
	const points, first = 9, 3
	width := first + 2*points + 1
	for _, sign := range []float64{1, -1} {
		var rows [3]*[27][]float64
		for j := range rows {
			rows[j] = new([27][]float64)
			for o := 9; o < 18; o++ {
				rows[j][o] = make([]float64, width)
				for i := range rows[j][o] {
					if rows[j][o][i] = -sign * (random.ExpFloat64() - .1); o == 13 {
						rows[j][o][i] = 8 * sign
					}
				}
			}
		}
		for j := range rows { // symmetric within the three rows
			for o := 14; o < 18; o++ {
				d := stencil.Offset(o)
				for i := range width {
					if x, y := i+d[0], j+d[1]; x >= 0 && x < width && y < 3 {
						rows[y][26-o][x] = rows[j][o][i]
					}
				}
			}
		}
		for o := 9; o < 18; o++ { // a point without couplings has none to change
			if o != 13 {
				rows[1][o][first+4] = 0
			}
		}
		for _, along := range [][2]bool{{true, false}, {false, true}, {true, true}} {
			list := Neighbours(along[0], along[1])
			part, outputs := n.Parts["edge"], 1
			if len(list) == 8 {
				part, outputs = n.Parts["corner"], 2
			}
			given := make([][27]float64, points)
			for k := range given {
				for _, o := range list {
					given[k][o] = -random.ExpFloat64()
				}
				given[k][13] = 3
			}
			want := append([][27]float64(nil), given...)
			for k := range want {
				var scores []float64
				for q := 0; q < len(list); q += outputs {
					var x [RowInputs]float64
					RowFeatures(rows, first+2*k, list[q], &x)
					scores = append(scores, part.Evaluate(x[:])...)
				}
				Rescale(&want[k], list, scores)
			}
			f.Weigh(rows, first, along[0], along[1], given)
			for k := range want {
				for o, v := range want[k] {
					if math.Abs(given[k][o]-v) > 1e-13 {
						t.Fatalf("sign %g, along %v, point %d: coupling %d is %g; want %g", sign, along, k, o, given[k][o], v)
					}
				}
			}
		}
	}
}

func TestRescaleKeepsSum(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	for range 20 {
		var s [27]float64
		sum := 0.0
		for o := 9; o < 18; o++ {
			s[o] = -random.ExpFloat64()
			sum += s[o]
		}
		sum -= s[13]
		scores := make([]float64, 8)
		for k := range scores {
			scores[k] = 2 * random.NormFloat64()
		}
		before := s
		if !Rescale(&s, Neighbours(true, true), scores) {
			t.Fatal("not changed")
		}
		after := 0.0
		for o, v := range s {
			if o != 13 {
				after += v
			}
		}
		if s[13] != before[13] || math.Abs(after-sum) > 1e-12*math.Abs(sum) {
			t.Errorf("sum %g, was %g", after, sum)
		}
		ratio := func(s [27]float64) float64 { return s[14] / s[16] }
		if want := ratio(before) * math.Exp(clamp(scores[0])-clamp(scores[2])); math.Abs(ratio(s)-want) > 1e-12*want {
			t.Errorf("ratio of two couplings %g; want %g", ratio(s), want)
		}
	}
	s := [27]float64{13: 1, 12: .5, 14: .2}
	before := s
	if Rescale(&s, Neighbours(true, false), []float64{1, -1}) || s != before {
		t.Error("couplings that add up to less than 0 were changed")
	}
}

func clamp(s float64) float64 { return min(max(s, -MostScore), MostScore) }
