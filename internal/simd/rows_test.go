package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var (
	inf = float32(math.Inf(1))
	nan = float32(math.NaN())
)

// guarded is a slice at a random place in memory. The values around it must not change.
type guarded struct{ all, part []float32 }

const guard, guardWidth = -77, 40

func guardedCopy(rng *rand.Rand, x []float32) guarded {
	at := guardWidth + rng.IntN(16)
	all := make([]float32, at+len(x)+guardWidth)
	for i := range all {
		all[i] = guard
	}
	copy(all[at:], x)
	return guarded{all, all[at:][:len(x):len(x)]}
}

// rowCase is the input of all kernels over rows.
type rowCase struct {
	rng            *rand.Rand
	k              *Kernels
	channels, rows int
	f              Affine
	x, u, dy       []float32
	p, q, r        []float32
}

func newRowCase(rng *rand.Rand, k *Kernels, channels, rows int, special bool) *rowCase {
	c := &rowCase{rng: rng, k: k, channels: channels, rows: rows}
	part := func(n int) []float32 { return guardedCopy(rng, normal(rng, n)).part }
	c.f = Affine{part(channels), part(channels), part(channels), Activation(rng.IntN(int(activations))), part(channels)}
	c.x, c.u, c.dy = part(rows*channels), part(rows*channels), part(rows*channels)
	c.p, c.q, c.r = part(channels), part(channels), part(channels)
	if special {
		values := []float32{nan, inf, -inf, 0, float32(math.Copysign(0, -1))}
		for _, s := range [][]float32{c.f.X0, c.f.A, c.f.C, c.f.Theta, c.x, c.u, c.dy, c.p, c.q, c.r} {
			for range (len(s) + 15) / 16 {
				if rows > 0 {
					s[rng.IntN(len(s))] = values[rng.IntN(len(values))]
				}
			}
		}
	}
	return c
}

func (c *rowCase) String() string {
	return fmt.Sprintf("%s, %d×%d, activation %v", c.k.Name, c.rows, c.channels, c.f.Act)
}

// new returns a guarded slice of n random numbers.
func (c *rowCase) new(n int) guarded { return guardedCopy(c.rng, normal(c.rng, n)) }

func (c *rowCase) copy(x []float32) guarded { return guardedCopy(c.rng, x) }

// value is the affine map before the activation, in float64, with a bound of its rounding
// error: that of x − X0, of the product and of the sum.
func (c *rowCase) value(i int) (d, v, bound float64) {
	ch := i % c.channels
	d = float64(c.x[i]) - float64(c.f.X0[ch])
	ad, shift := float64(c.f.A[ch])*d, float64(c.f.C[ch])
	bound = 4 * unit * (math.Abs(ad) + math.Abs(shift))
	if math.IsInf(bound, 0) {
		bound = 0 // then v is infinite or NaN, which is exact
	}
	return d, ad + shift, bound
}

// gradient is g with d = x − X0; where rounding decides, slack is |dy|.
func (c *rowCase) gradient(i int) (g, d, slack float64) {
	d, v, bound := c.value(i)
	dy, low := float64(c.dy[i]), float64(c.f.low())
	if math.Abs(v-low) < bound {
		slack = math.Abs(dy)
	}
	if v <= low {
		return 0, d, slack
	}
	return dy, d, slack
}

// check compares got with its definition: within the bound, and exactly for NaN and
// infinities. The values around got must not have changed.
func (c *rowCase) check(t *testing.T, what string, got guarded, want func(i int) (value, bound float64)) {
	t.Helper()
	for i, v := range got.part {
		value, bound := want(i)
		ok := math.Abs(float64(v)-value) <= bound
		if math.IsNaN(value) {
			ok = v != v
		} else if math.IsInf(value, 0) {
			ok = float64(v) == value
		}
		if !ok {
			t.Fatalf("%v: %s[%d] = %v, want %v within %.2g", c, what, i, v, value, bound)
		}
	}
	c.intact(t, what, got)
}

func (c *rowCase) intact(t *testing.T, what string, got guarded) {
	t.Helper()
	n := 0
	for _, v := range got.all {
		if v == guard {
			n++
		}
	}
	if n != len(got.all)-len(got.part) {
		t.Fatalf("%v: %s: wrote outside", c, what)
	}
}

// same compares bits.
func (c *rowCase) same(t *testing.T, what string, got, want guarded) {
	t.Helper()
	for i, v := range got.part {
		if math.Float32bits(v) != math.Float32bits(want.part[i]) {
			t.Fatalf("%v: %s[%d] = %v, alone %v", c, what, i, v, want.part[i])
		}
	}
	c.intact(t, what, got)
}

// halves runs over the rows in two parts, which must not change the result.
func (c *rowCase) halves(pass func(lo, hi int)) {
	middle := c.rows / 2 * c.channels
	pass(0, middle)
	pass(middle, c.rows*c.channels)
}

func eachRowCase(t *testing.T, test func(t *testing.T, c *rowCase)) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, k := range All() {
		for _, channels := range []int{1, 3, 7, 8, 10, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 70, 128, 130} {
			for _, rows := range []int{0, 1, 2, 3, 5, 8, 17, 100} {
				for _, special := range []bool{false, true} {
					test(t, newRowCase(rng, k, channels, rows, special))
				}
			}
		}
	}
}

// column sums n rows of a channel. Each term has a rounding error of at most 3·unit times
// itself and passes through fewer than n additions.
func (c *rowCase) column(ch int, term func(i int) (value, slack float64)) (sum, bound float64) {
	for i := ch; i < len(c.x); i += c.channels {
		v, slack := term(i)
		sum += v
		bound += float64(c.rows+3)*unit*(math.Abs(v)+slack) + slack
	}
	return sum, bound
}

func TestMoments(t *testing.T) {
	eachRowCase(t, func(t *testing.T, c *rowCase) {
		sum, square := c.new(c.channels), c.new(c.channels)
		c.k.Moments(sum.part, square.part, c.x, c.f.X0)
		c.check(t, "sum", sum, func(ch int) (float64, float64) {
			return c.column(ch, func(i int) (float64, float64) {
				return float64(c.x[i]) - float64(c.f.X0[ch]), 0
			})
		})
		c.check(t, "square", square, func(ch int) (float64, float64) {
			return c.column(ch, func(i int) (float64, float64) {
				d := float64(c.x[i]) - float64(c.f.X0[ch])
				return d * d, 0
			})
		})
	})
}

func TestGradSums(t *testing.T) {
	eachRowCase(t, func(t *testing.T, c *rowCase) {
		sum, product := c.new(c.channels), c.new(c.channels)
		c.k.GradSums(sum.part, product.part, c.dy, c.x, &c.f)
		c.check(t, "sum", sum, func(ch int) (float64, float64) {
			return c.column(ch, func(i int) (float64, float64) {
				g, _, slack := c.gradient(i)
				return g, slack
			})
		})
		c.check(t, "product", product, func(ch int) (float64, float64) {
			return c.column(ch, func(i int) (float64, float64) {
				g, d, slack := c.gradient(i)
				return g * d, slack * math.Abs(d)
			})
		})
	})
}

func TestGradApply(t *testing.T) {
	eachRowCase(t, func(t *testing.T, c *rowCase) {
		// A term passes through at most five roundings.
		terms := func(i int) (sum, bound float64) {
			ch := i % c.channels
			g, d, slack := c.gradient(i)
			p, q, r := float64(c.p[ch]), float64(c.q[ch]), float64(c.r[ch])
			return p*g + q*d + r, 6*unit*(math.Abs(p*g)+math.Abs(q*d)+math.Abs(r)) + 2*math.Abs(p)*slack
		}
		alone, dx := c.new(len(c.x)), c.new(len(c.x))
		c.k.GradApply(alone.part, nil, c.dy, c.x, &c.f, c.p, c.q, c.r)
		c.check(t, "dx", alone, terms)
		c.k.GradApply(dx.part, c.u, c.dy, c.x, &c.f, c.p, c.q, c.r)
		c.check(t, "dx", dx, func(i int) (v, bound float64) {
			v, bound = terms(i)
			u := float64(c.u[i])
			return u + v, bound + unit*(math.Abs(u)+math.Abs(v)+bound)
		})

		for _, with := range []struct {
			add  []float32
			want guarded
		}{{nil, alone}, {c.u, dx}} {
			add := func(lo, hi int) []float32 {
				if with.add == nil {
					return nil
				}
				return with.add[lo:hi]
			}
			x, dy := c.copy(c.x), c.copy(c.dy)
			c.halves(func(lo, hi int) {
				x := x.part[lo:hi]
				c.k.GradApply(x, add(lo, hi), c.dy[lo:hi], x, &c.f, c.p, c.q, c.r)
			})
			c.same(t, "dx = x", x, with.want)
			c.halves(func(lo, hi int) {
				dy := dy.part[lo:hi]
				c.k.GradApply(dy, add(lo, hi), dy, c.x[lo:hi], &c.f, c.p, c.q, c.r)
			})
			c.same(t, "dx = dy", dy, with.want)
		}
		u := c.copy(c.u)
		c.halves(func(lo, hi int) {
			u := u.part[lo:hi]
			c.k.GradApply(u, u, c.dy[lo:hi], c.x[lo:hi], &c.f, c.p, c.q, c.r)
		})
		c.same(t, "dx = add", u, dx)
	})
}

func TestVectors(t *testing.T) {
	eachRowCase(t, func(t *testing.T, c *rowCase) {
		for sign, op := range map[float64]func(z, x, y []float32){1: c.k.Add, -1: c.k.Sub} {
			z, x, y := c.new(len(c.x)), c.copy(c.x), c.copy(c.u)
			op(z.part, c.x, c.u)
			c.check(t, "z", z, func(i int) (float64, float64) {
				v := float64(c.x[i]) + sign*float64(c.u[i])
				return v, unit * math.Abs(v)
			})
			op(x.part, x.part, c.u)
			c.same(t, "z = x", x, z)
			op(y.part, c.x, y.part)
			c.same(t, "z = y", y, z)
		}

		const momentum, decay, rate = float32(0.9), float32(0.01), float32(0.3)
		for _, g := range [][]float32{nil, c.dy} {
			w, v := c.copy(c.x), c.copy(c.u)
			c.k.SGD(w.part, v.part, g, momentum, decay, rate)
			step := func(i int) (v, bound float64) {
				a, b := float64(momentum)*float64(c.u[i]), float64(decay)*float64(c.x[i])
				if g != nil {
					v = float64(g[i])
				}
				return a + (v + b), 4 * unit * (math.Abs(a) + math.Abs(v) + math.Abs(b))
			}
			c.check(t, "v", v, step)
			c.check(t, "w", w, func(i int) (float64, float64) {
				v, bound := step(i)
				v, bound = float64(rate)*v, float64(rate)*bound
				w := float64(c.x[i])
				return w - v, bound + 3*unit*(math.Abs(w)+math.Abs(v)+bound)
			})
		}
	})
}

// Weighted sums of rows in any order, some twice.
func TestWeightedRows(t *testing.T) {
	eachRowCase(t, func(t *testing.T, c *rowCase) {
		at, value := make([]int32, 0, c.rows), c.copy(c.x[:c.rows])
		for range c.rows {
			at = append(at, int32(c.rng.IntN(c.rows)))
		}
		y := c.new(c.channels)
		c.k.WeightedRows(y.part, c.dy, at, value.part)
		c.check(t, "y", y, func(ch int) (sum, bound float64) {
			for k, row := range at {
				v := float64(value.part[k]) * float64(c.dy[int(row)*c.channels+ch])
				sum += v
				bound += float64(c.rows+1) * unit * math.Abs(v)
			}
			return sum, bound
		})
	})
	defer func() {
		if recover() == nil {
			t.Error("a row outside of x is no panic")
		}
	}()
	Best().WeightedRows(make([]float32, 2), make([]float32, 4), []int32{2}, []float32{1})
}

// Maxima of rows and their gradients, which go to the first maximum or, with NaN, to the
// first NaN. All implementations agree to the bit.
func TestLargest(t *testing.T) {
	eachRowCase(t, func(t *testing.T, c *rowCase) {
		pixels := [][]float32{c.x, c.u, c.dy, c.copy(c.x).part} // the last as large as the first
		for i := range c.u {
			if i%5 == 0 && len(c.u) > 0 {
				c.u[i] = c.x[i]
			}
		}
		y := c.copy(c.x)
		for _, x := range pixels[1:] {
			c.k.Max(y.part, x)
		}
		c.check(t, "largest", y, func(i int) (float64, float64) {
			return max(float64(c.x[i]), float64(c.u[i]), float64(c.dy[i])), 0
		})
		gradient := c.new(len(c.x))
		left := c.copy(gradient.part)
		for k, x := range pixels {
			start := c.new(len(c.x))
			dx := c.copy(start.part)
			c.k.MaxGradient(dx.part, left.part, x, y.part)
			c.check(t, "dx", dx, func(i int) (float64, float64) {
				first := slices.IndexFunc(pixels, func(p []float32) bool { return p[i] == y.part[i] || p[i] != p[i] })
				if first == k {
					return float64(start.part[i] + gradient.part[i]), 0
				}
				return float64(start.part[i]), 0
			})
		}
		c.check(t, "left", left, func(int) (float64, float64) { return 0, 0 })

		// All four at once, with a gap between the rows: the same, but dx is set.
		const gap = 3
		n := len(c.x)
		down, dx := 2*n+gap, c.new(4*n+gap)
		x := slices.Concat(pixels[0], pixels[1], make([]float32, gap), pixels[2], pixels[3])
		top := c.new(n)
		c.k.MaxPool2x2(top.part, x, down)
		c.same(t, "largest of four", top, y)
		before := slices.Clone(dx.part)
		c.k.MaxPool2x2Gradient(dx.part, gradient.part, x, down)
		c.check(t, "dx of four", dx, func(i int) (float64, float64) {
			switch {
			case i >= 2*n && i < down:
				return float64(before[i]), 0
			case i >= down:
				i -= gap
			}
			first := slices.IndexFunc(pixels, func(p []float32) bool { return p[i%n] == y.part[i%n] || p[i%n] != p[i%n] })
			if first == i/n {
				return float64(gradient.part[i%n]), 0
			}
			return 0, 0
		})
	})
}

// Slices that are too short panic, instead of letting a kernel write past them.
func TestRowLengths(t *testing.T) {
	x, short, c, shortC := make([]float32, 30), make([]float32, 29), make([]float32, 3), make([]float32, 2)
	for _, k := range All() {
		for i, call := range []func(){
			func() { k.Affine(short, x, &Affine{c, c, c, ReLU, nil}) },
			func() { k.Affine(x, x, &Affine{c, shortC, c, ReLU, nil}) },
			func() { k.Affine(x, x, &Affine{c, c, shortC, ReLU, nil}) },
			func() { k.Affine(x, x, &Affine{c, c, c, Hat, shortC}) },
			func() { k.AddAffine(x, short, x, &Affine{c, c, c, ReLU, nil}) },
			func() { k.Gate(short, x, x, &Affine{c, c, c, GELU, nil}) },
			func() { k.Gate(x, short, x, &Affine{c, c, c, GELU, nil}) },
			func() { k.Gate(x, x, x, &Affine{c, c, c, PReLU, shortC}) },
			func() { k.GateTheta(x, x, x, &Affine{c, c, c, PReLU, shortC}) },
			func() { k.Moments(shortC, c, x, c) },
			func() { k.Moments(c, shortC, x, c) },
			func() { k.GradSums(c, c, short, x, &Affine{c, c, c, ReLU, nil}) },
			func() { k.GradSums(c, shortC, x, x, &Affine{c, c, c, ReLU, nil}) },
			func() { k.GradApply(x, nil, short, x, &Affine{c, c, c, ReLU, nil}, c, c, c) },
			func() { k.GradApply(x, short, x, x, &Affine{c, c, c, ReLU, nil}, c, c, c) },
			func() { k.GradApply(x, nil, x, x, &Affine{c, c, c, ReLU, nil}, c, c, shortC) },
			func() { k.Add(x, x, short) },
			func() { k.Sub(short, x, x) },
			func() { k.SGD(x, short, nil, 0, 0, 0) },
			func() { k.SGD(x, x, short, 0, 0, 0) },
			func() { k.Max(x, short) },
			func() { k.MaxPool2x2(x[:8], x[:28], 13) },
			func() { k.MaxPool2x2Gradient(x[:28], x[:8], x, 13) },
			func() { k.MaxPool2x2Gradient(x, x[:8], x[:28], 13) },
			func() { k.MaxGradient(short, x, x, x) },
			func() { k.MaxGradient(x, x, short, x) },
			func() { k.MaxGradient(x, x, x, short) },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: call %d did not panic", k.Name, i)
					}
				}()
				call()
			}()
		}
	}
}

// The passes over 64 KB and 8 MB of x. GB/s count all that is read and written.
func BenchmarkRows(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, k := range All() {
		for _, channels := range []int{10, 24, 64} {
			for _, size := range []int{64 << 10, 8 << 20} {
				n := size / 4 / channels * channels
				x, y, u, dy := normal(rng, n), normal(rng, n), normal(rng, n), normal(rng, n)
				s1, s2, p := normal(rng, channels), normal(rng, channels), normal(rng, channels)
				f := &Affine{X0: normal(rng, channels), A: p, C: p}
				of := func(act Activation) *Affine { f := *f; f.Act, f.Theta = act, p; return &f }
				parts := func(sums func(lo, hi int)) { // as sums in float32 want it
					for lo := 0; lo < n; lo += 512 * channels {
						sums(lo, min(n, lo+512*channels))
					}
				}
				for _, pass := range []struct {
					name    string
					streams int
					run     func()
				}{
					{"Affine", 2, func() { k.Affine(y, x, f) }},
					{"PReLU", 2, func() { k.Affine(y, x, of(PReLU)) }},
					{"Hat", 2, func() { k.Affine(y, x, of(Hat)) }},
					{"GELU", 2, func() { k.Affine(y, x, of(GELU)) }},
					{"Sigmoid", 2, func() { k.Affine(y, x, of(Sigmoid)) }},
					{"GatePReLU", 3, func() { k.Gate(y, dy, x, of(PReLU)) }},
					{"GateHat", 3, func() { k.Gate(y, dy, x, of(Hat)) }},
					{"GateGELU", 3, func() { k.Gate(y, dy, x, of(GELU)) }},
					{"GateSigmoid", 3, func() { k.Gate(y, dy, x, of(Sigmoid)) }},
					{"AddAffine", 3, func() { k.AddAffine(y, u, x, f) }},
					{"Moments", 1, func() { parts(func(lo, hi int) { k.Moments(s1, s2, x[lo:hi], p) }) }},
					{"GradSums", 2, func() { parts(func(lo, hi int) { k.GradSums(s1, s2, dy[lo:hi], x[lo:hi], f) }) }},
					{"GradApply", 4, func() { k.GradApply(y, u, dy, x, f, p, p, p) }},
					{"Add", 3, func() { k.Add(y, u, x) }},
					{"SGD", 5, func() { k.SGD(y, u, x, 0.9, 0, 0) }},
				} {
					b.Run(fmt.Sprintf("%s/%s/channels=%d/KB=%d", pass.name, k.Name, channels, size>>10), func(b *testing.B) {
						for b.Loop() {
							pass.run()
						}
						b.ReportMetric(float64(4*n*pass.streams)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GB/s")
					})
				}
			}
		}
	}
}
