package mgnet_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/modeltest"
	"mgtool/tensor/gradtest"
	"mgtool/tensor/graph"
)

// The published linear models at 336 and 96 values: one map with its bias, or two. FV-MgNet
// with widths 64, 32 and 16, by hand: the stem 336·64 + 64; A and B 2·(64² + 32²), B alone 16²;
// their two shifts, at two steps on two levels and one on the last, 2·(2·64 + 2·32 + 16); R and
// P 2·(64·32 + 32·16), the shifts of R 32 + 16; the head 96·65.
func TestForecastParameters(t *testing.T) {
	for name, want := range map[string]int{
		"nlinear":     336*96 + 96,
		"dlinear":     2 * (336*96 + 96),
		"repeat-last": 0,
		"fv-mgnet":    21568 + 2*(4096+1024) + 256 + 2*(128+64+16) + 2*(2048+512) + (32 + 16) + 96*65,
	} {
		named, err := mgnet.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := named.Make(named.Usual, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := mgnet.Parameters(m); got != want || mgnet.Validate(m) != nil {
			t.Errorf("%s: %d parameters, want %d (%v)", name, got, want, mgnet.Validate(m))
		}
	}
	// The window itself, without a stem. A second step on the coarsest level reads its A.
	for steps, more := range map[int]int{1: 0, 2: 168*168 + 2*168} {
		c := mgnet.NewFVMgNet(mgnet.Signature{Height: 7, Width: 1, InChannels: 336, Classes: 96}, []int{336}, []int{1, steps})
		if got, want := mgnet.Parameters(c), 2*336*336+168*168+2*(2*336+168)+2*336*168+168+96*337+more; got != want {
			t.Errorf("%d parameters of two levels, %d steps on the coarsest; want %d", got, steps, want)
		}
	}
}

// outputs are those of a network for two samples.
func outputs(t *testing.T, n *mgnet.Network, x []float32) []float32 {
	t.Helper()
	p, err := evaluate.NewPredictor(n, 2)
	if err != nil {
		t.Fatal(err)
	}
	y, err := p.Outputs(x)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

// every is the names of all parameters of a network.
func every(n *mgnet.Network) (names []string) {
	for _, p := range n.Params() {
		names = append(names, p.Name)
	}
	return names
}

// vector is a window in float64, with the maps of a network on it.
type vector []float64

func (x vector) times(p *mgnet.Param) vector { // W x; the rows of p are by the entries of x
	y := make(vector, p.Shape[1])
	for i, v := range x {
		for o := range y {
			y[o] += v * float64(p.Data[i*p.Shape[1]+o])
		}
	}
	return y
}

func (x vector) plus(y vector, sign float64) vector {
	z := make(vector, len(x))
	for i := range x {
		z[i] = x[i] + sign*y[i]
	}
	return z
}

func (x vector) bias(p *mgnet.Param) vector {
	b := make(vector, len(p.Data))
	for i, v := range p.Data {
		b[i] = float64(v)
	}
	return x.plus(b, 1)
}

// near compares with the outputs of float32: sums of some hundred roundings.
func near(t *testing.T, name string, got []float32, want vector) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d outputs, want %d", name, len(got), len(want))
	}
	for i, v := range got {
		if !(math.Abs(float64(v)-want[i]) < 1e-4*(1+math.Abs(want[i]))) {
			t.Fatalf("%s: output %d is %g, want %g", name, i, v, want[i])
		}
	}
}

// windows are random ones of different levels: two samples of three variables.
func windows(l int) (x []float32, rows []vector) {
	x = gradtest.Random(2*3*l, 3)
	for r := range 6 {
		row := make(vector, l)
		for i := range l {
			x[r*l+i] += float32(r)
			row[i] = float64(x[r*l+i])
		}
		rows = append(rows, row)
	}
	return x, rows
}

// The linear models against their formulas.
func TestLinearForecasts(t *testing.T) {
	const l, h = 40, 6
	s := mgnet.Signature{Height: 3, Width: 1, InChannels: l, Classes: h}
	x, rows := windows(l)
	for _, c := range []mgnet.LinearForecast{
		mgnet.NewLinearForecast(s, "last", 0), mgnet.NewLinearForecast(s, "mean", 0),
		mgnet.NewLinearForecast(s, "", 25), mgnet.NewLinearForecast(s, "last", 7),
	} {
		n := modeltest.AsTrained(t, c, 1)
		var want vector
		for _, row := range rows {
			m, d := 0., 1.
			switch c.Normalise {
			case "last":
				m = row[l-1]
			case "mean":
				square := 0.
				for _, v := range row {
					m += v / l
				}
				for _, v := range row {
					square += (v - m) * (v - m) / l
				}
				d = math.Sqrt(square + 1e-5)
			}
			z, trend := make(vector, l), make(vector, l)
			for i, v := range row {
				z[i] = (v - m) / d
			}
			var y vector
			if c.Average == 0 {
				y = z.times(n.Param("linear.w")).bias(n.Param("linear.b"))
			} else {
				for i := range z {
					for k := i - c.Average/2; k <= i+c.Average/2; k++ {
						trend[i] += z[min(max(k, 0), l-1)] / float64(c.Average)
					}
				}
				y = z.plus(trend, -1).times(n.Param("seasonal.w")).bias(n.Param("seasonal.b"))
				y = y.plus(trend.times(n.Param("trend.w")).bias(n.Param("trend.b")), 1)
			}
			for _, v := range y {
				want = append(want, v*d+m)
			}
		}
		near(t, c.String(), outputs(t, n, x), want)
	}
	repeat, err := mgnet.Lookup("repeat-last")
	if err != nil {
		t.Fatal(err)
	}
	m, err := repeat.Make(s, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var want vector
	for _, row := range rows {
		for range h {
			want = append(want, row[l-1])
		}
	}
	near(t, "repeat-last", outputs(t, modeltest.AsTrained(t, m, 1), x), want)
}

// FV-MgNet against He and Xu's form, which carries u and g, forms every residual anew, and
// starts coarse levels from σ(Π u): whatever Π is, the forecast is that of the network, which
// has none.
func TestFVMgNetIsItsFormula(t *testing.T) {
	const l, h = 24, 5
	s := mgnet.Signature{Height: 3, Width: 1, InChannels: l, Classes: h}
	x, rows := windows(l)
	for _, c := range []mgnet.FVMgNet{
		mgnet.NewFVMgNet(s, []int{16}, []int{2, 1, 2}),
		mgnet.NewFVMgNet(s, []int{24, 7}, []int{1, 1}), // no stem
	} {
		n := modeltest.AsTrained(t, c, 1)
		param := func(level int, name string) *mgnet.Param {
			p := n.Param("level" + string(rune('0'+level)) + "." + name)
			if p == nil {
				t.Fatalf("no parameter %s on level %d", name, level)
			}
			return p
		}
		tanh := func(x vector, level int, name string) vector {
			x = x.bias(param(level, name+".beta"))
			for i, v := range x {
				x[i] = math.Tanh(v)
			}
			return x
		}
		var pi []*mgnet.Param // Π by level
		a := func(level int) *mgnet.Param {
			if p := n.Param("level" + string(rune('0'+level)) + ".A"); p != nil {
				return p
			}
			m := c.Widths[level] // a single step on the coarsest level: whatever A is, as for Π
			return &mgnet.Param{Shape: []int{m, m}, Data: gradtest.Random(m*m, 9)}
		}
		var cycle func(level int, u, g vector) vector
		cycle = func(level int, u, g vector) vector {
			a, coarseA, step := a(level), a(min(level+1, len(c.Widths)-1)), 0
			smooth := func() {
				for range c.Smoothings[level] {
					name := "step" + string(rune('0'+step)) + ".norm"
					r := g.plus(u.times(a), -1)
					u = u.plus(tanh(tanh(r, level, name+"1").times(param(level, "B")), level, name+"2"), 1)
					step++
				}
			}
			smooth()
			if level == len(c.Widths)-1 {
				return u
			}
			u0 := u.times(pi[level])
			for i, v := range u0 {
				u0[i] = math.Tanh(v)
			}
			coarse := tanh(g.plus(u.times(a), -1).times(param(level, "R")), level, "normR")
			coarse = coarse.plus(u0.times(coarseA), 1)
			u = u.plus(cycle(level+1, u0, coarse).plus(u0, -1).times(param(level, "P")), 1)
			smooth()
			return u
		}
		got := outputs(t, n, x)
		for seed := range uint64(3) {
			pi = nil
			for level, m := range c.Widths[1:] {
				p := &mgnet.Param{Shape: []int{c.Widths[level], m}, Data: make([]float32, c.Widths[level]*m)}
				if seed > 0 { // after Π = 0
					copy(p.Data, gradtest.Random(len(p.Data), seed))
				}
				pi = append(pi, p)
			}
			var want vector
			for _, row := range rows {
				m, g := row[l-1], make(vector, l)
				for i, v := range row {
					g[i] = v - m
				}
				if n.Param("stem.w") != nil {
					g = g.times(n.Param("stem.w")).bias(n.Param("stem.b"))
				}
				u := cycle(0, make(vector, len(g)), g)
				for _, v := range u.times(n.Param("head.w")).bias(n.Param("head.b")) {
					want = append(want, v+m)
				}
			}
			near(t, fmt.Sprintf("%s, Π %d", c, seed), got, want)
		}
	}
}

// The gradient by every parameter, by finite differences: none is 0, so that the forecast
// depends on each.
func TestFVMgNetGradients(t *testing.T) {
	for _, smoothings := range [][]int{{2, 1}, {1, 2}} {
		t.Run(fmt.Sprint(smoothings), func(t *testing.T) { fvmgnetGradients(t, smoothings) })
	}
}

func fvmgnetGradients(t *testing.T, smoothings []int) {
	c := mgnet.NewFVMgNet(mgnet.Signature{Height: 2, Width: 1, InChannels: 12, Classes: 3}, []int{8}, smoothings)
	n := modeltest.AsTrained(t, c, 1)
	for _, name := range []string{"level0.R", "level0.P", "level1.B"} {
		for i := range n.Param(name).Data {
			n.Param(name).Data[i] *= 3 // the part of the coarse level, above the rounding of the loss
		}
	}
	x, targets := gradtest.Random(3*2*12, 5), gradtest.Random(3*2*3, 6)
	p, err := graph.Build(func(b *graph.Builder) *graph.Node {
		return b.SquaredError(n.Scores(b, b.Input("x", []int{3, 2, 1, 12}, x), mgnet.Pass{Train: true}), targets)
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
	for _, name := range every(n) {
		loss() // where the check before ended in another place
		grad := slices.Clone(p.Gradient(name))
		// That of a parameter that cancels, such as Π, is 0 or a rounding error; here they are 0.1 or more.
		if largest(grad) < 1e-2 {
			t.Errorf("the gradient by %s is at most %g; want a forecast that depends on it", name, largest(grad))
		}
		gradtest.Check(t, name, n.Param(name).Data, loss, grad)
	}
}

// largest is the largest absolute value.
func largest(x []float32) (m float32) {
	for _, v := range x {
		m = max(m, v, -v)
	}
	return m
}

func TestForecastErrors(t *testing.T) {
	s := mgnet.Signature{Height: 3, Width: 1, InChannels: 24, Classes: 5}
	for want, c := range map[string]mgnet.Model{
		`normalise "first"; known: none, last, mean`: mgnet.NewLinearForecast(s, "first", 0),
		"average 4; want an odd width":               mgnet.NewLinearForecast(s, "", 4),
		"3 widths for 2 levels":                      mgnet.NewFVMgNet(s, []int{8, 4, 2}, []int{1, 1}),
		"width of level 1 0; want 1 to":              mgnet.NewFVMgNet(s, []int{8, 0}, nil),
		"smoothings of level 0 0; want 1 to":         mgnet.NewFVMgNet(s, []int{8, 4}, []int{0, 1}),
	} {
		if err := mgnet.Validate(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
}
