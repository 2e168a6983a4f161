package fuse

// How far Winograd's way may be from the definition, computed for every value from
// the data. The analysis follows N. J. Higham, Accuracy and Stability of Numerical
// Algorithms, 2nd ed. (2002), sections 3.1 and 3.5, applied to the algorithm as in
// B. Barabasz, A. Anderson, K. M. Soodhalter and D. Gregg, Error Analysis and
// Improving the Accuracy of Winograd Convolution for Deep Neural Networks, ACM
// Trans. Math. Softw. 46 (2020).
//
// A float32 operation has a relative error of at most u = 2⁻²⁴. If every number that
// enters a sum passes through at most k of them, the sum has an error of at most
// γ_k = ku/(1 − ku) times the sum of the absolute values, in any order of summation.
// Let |X| be X with the absolute value of every entry. Then step by step, with a hat
// on what is computed:
//
// Transforms. Of the five a line takes at most 4 roundings, or 5 for Gᵀ u G, those of
// its constants included, and a square is two passes of lines:
//
//	U = G g Gᵀ,  |Û − U| ≤ γ₈ |G||g||G|ᵀ,      V = Bᵀ d B,  |V̂ − V| ≤ γ₈ |B|ᵀ|d||B|.
//
// Products. M = Σ U ⊙ V of n terms, where |Û| ≤ |U| + γ₈ |G||g||G|ᵀ =: Umax:
//
//	|M̂ − M| ≤ (1 + γₙ) Σ Umax ⊙ Vmax − Σ |U| ⊙ |V| =: E.
//
// Result. y = Aᵀ M A, or Gᵀ M G with γ₁₀ for the gradient of the weights:
//
//	|ŷ − y| ≤ |A|ᵀ ((1 + γ₈) E + γ₈ |M|) |A|.
//
// Bfloat16 has 8 significant bits, so that rounding to the nearest has a relative
// error of at most β = 2⁻⁸. There are two bounds. Against the definition, each factor
// grows by 1 + β:
//
//	|M̂ − M| ≤ (1 + β)² (1 + γₙ) Σ Umax ⊙ Vmax − Σ |U| ⊙ |V|.
//
// That is about 2β Σ |U||V|, which grows with n while the error itself grows with √n:
// a lost term may hide below it. But what is rounded is known. Against the filtering of
// the rounded factors R(U) and R(V), only the errors of float32 are left, and the few
// factors that these errors carry over the middle between two bfloat16: as R is
// monotone, R(Û) is between R(U − δ) and R(U + δ) for δ = γ₈ |G||g||G|ᵀ. The products
// of two bfloat16 are exact in float32.
//
// Nothing here can underflow: the data of the tests are far from the limits.
//
// In 200 000 random convolutions the largest error was 0.19 of its bound in float32, its
// median 1/350; with bfloat16 0.93 against the definition, median 1/40, and just below 1
// against the rounded factors, median 1/500: where a sum is one product, and where a
// factor is carried over the middle, a bound is reached. A term of the size of the
// largest that is lost exceeds its bound some hundreds of times; see faults_test.go.

import "math"

// gamma is γ_k of float32.
func gamma(k int) float64 { return float64(k) * unit / (1 - float64(k)*unit) }

// beta is the largest relative error of rounding to the nearest bfloat16.
const beta = 1.0 / (1 << 8)

// toBfloat16 rounds to the nearest bfloat16, the even one of two.
func toBfloat16(x float64) float64 {
	const dropped = 52 - 7 // bits
	b := math.Float64bits(x)
	return math.Float64frombits((b + 1<<(dropped-1) - 1 + b>>dropped&1) &^ (1<<dropped - 1))
}

// matrix is a transform of lines, square what it acts on: up to 6×6 numbers, those of
// row i from 6i on.
type (
	matrix [][6]float64
	square [planes]float64
)

// The transforms for the points 0, ±p, ±q and ∞; see package simd.
var inputMatrix, weightsMatrix, outputMatrix = func() (bt, g, at matrix) {
	const p, q = 11. / 16, 3. / 2
	const a, b = p * p, q * q
	const n0, np, nq = a * b, 2 * a * (a - b), 2 * b * (b - a) // products of the points' differences
	bt = matrix{
		{a * b, 0, -a - b, 0, 1},
		{0, -p * b, -b, p, 1},
		{0, p * b, -b, -p, 1},
		{0, -q * a, -a, q, 1},
		{0, q * a, -a, -q, 1},
		{0, a * b, 0, -a - b, 0, 1},
	}
	g = matrix{
		{1 / n0},
		{1 / np, p / np, a / np},
		{1 / np, -p / np, a / np},
		{1 / nq, q / nq, b / nq},
		{1 / nq, -q / nq, b / nq},
		{0, 0, 1},
	}
	at = matrix{
		{1, 1, 1, 1, 1, 0},
		{0, p, -p, q, -q, 0},
		{0, a, a, b, b, 0},
		{0, p * a, -p * a, q * b, -q * b, 1},
	}
	return bt, g, at
}()

// transposed is mᵀ.
func (m matrix) transposed(columns int) matrix {
	t := make(matrix, columns)
	for i, row := range m {
		for j := range t {
			t[j][i] = row[j]
		}
	}
	return t
}

// around is m x mᵀ.
func (m matrix) around(x *square) (y square) {
	var half square
	for i, row := range m {
		for j := range 6 {
			for k, v := range row {
				half[6*i+j] += v * x[6*k+j]
			}
		}
	}
	for i := range m {
		for j, row := range m {
			for k, v := range row {
				y[6*i+j] += half[6*i+k] * v
			}
		}
	}
	return y
}

func (m matrix) abs() matrix {
	a := make(matrix, len(m))
	for i, row := range m {
		for j, v := range row {
			a[i][j] = math.Abs(v)
		}
	}
	return a
}

func (x *square) abs() *square {
	var a square
	for i, v := range x {
		a[i] = math.Abs(v)
	}
	return &a
}

// factor is one side of the products: 36 matrices of transformed squares, rounded, and
// the largest absolute values that they may have as computed.
type factor struct {
	rows, columns int
	value, most   []float64
	round         func(float64) float64
}

func newFactor(rows, columns int, round func(float64) float64) *factor {
	n := planes * rows * columns
	return &factor{rows, columns, make([]float64, n), make([]float64, n), round}
}

// set puts m x mᵀ at a row and a column of all matrices.
func (f *factor) set(row, column int, m matrix, x *square) {
	value, abs := m.around(x), m.abs().around(x.abs())
	for p, v := range value {
		e, at := gamma(8)*abs[p], (p*f.rows+row)*f.columns+column
		r := f.round(v)
		f.value[at] = r
		f.most[at] = math.Abs(r) + max(f.round(v+e)-r, r-f.round(v-e))
	}
}

// filtered is the 36 products of two factors: their sums, those of the absolute
// values, and those of the largest absolute values that float32 may make of them.
type filtered struct {
	rows, columns, terms int
	value, abs, most     []float64
}

func (f *factor) times(g *factor) filtered {
	n := planes * f.rows * g.columns
	m := filtered{f.rows, g.columns, f.columns, make([]float64, n), make([]float64, n), make([]float64, n)}
	for i := range planes * f.rows {
		p, at := i/f.rows, i*g.columns
		value, abs, most := m.value[at:][:g.columns], m.abs[at:][:g.columns], m.most[at:][:g.columns]
		for k, u := range f.value[i*f.columns:][:f.columns] {
			umost, at := f.most[i*f.columns+k], (p*g.rows+k)*g.columns
			vs, vmost := g.value[at:][:g.columns], g.most[at:][:g.columns]
			for j, v := range vs {
				value[j] += u * v
				abs[j] += math.Abs(u * v)
				most[j] += umost * vmost[j]
			}
		}
	}
	return m
}

// results calls put with every value of m M mᵀ and its bound. A line of m takes the
// given number of roundings; a product of two factors may be larger by the factor grown.
func (f filtered) results(m matrix, roundings int, grown float64, put func(row, column, i, j int, value, bound float64)) {
	abs, g := m.abs(), gamma(2*roundings)
	grown *= 1 + gamma(f.terms+1) // one more for the rounding of this reference itself
	for row := range f.rows {
		for column := range f.columns {
			var x, e square
			for p := range planes {
				at := (p*f.rows+row)*f.columns + column
				x[p] = f.value[at]
				e[p] = (1+g)*(grown*f.most[at]-f.abs[at]) + g*math.Abs(x[p])
			}
			y, bound := m.around(&x), abs.around(&e)
			for i := range m {
				for j := range m {
					put(row, column, i, j, y[6*i+j], bound[6*i+j])
				}
			}
		}
	}
}

// filterings is what the three passes of a convolution give by Winograd's way: in
// float32 ("Winograd"), with bfloat16 against the definition ("bfloat16"), and with
// bfloat16 against the products of the rounded factors ("rounded factors").
type filterings map[string][3]expected

func filter(c *Conv, in operands) filterings {
	if c.Size[0] == 1 {
		return filterings{"Winograd": filterLines(c, in)}
	}
	exact := filterRounded(c, in, func(v float64) float64 { return v }, 1, (1+beta)*(1+beta))
	rounded := filterRounded(c, in, toBfloat16, 1)
	f := filterings{}
	for name, list := range map[string]struct {
		of     [3][]expected
		growth int
	}{"Winograd": {exact, 0}, "bfloat16": {exact, 1}, "rounded factors": {rounded, 0}} {
		f[name] = [3]expected{list.of[0][list.growth], list.of[1][list.growth], list.of[2][list.growth]}
	}
	return f
}

// filterRounded has the results of the three passes from factors that are rounded by a
// function, with bounds for each growth of their products.
func filterRounded(c *Conv, in operands, round func(float64) float64, growths ...float64) [3][]expected {
	turned := make([]float32, len(in.w))
	for tap := range 9 {
		for ch := range c.In.C {
			for o := range c.Out.C {
				turned[((8-tap)*c.Out.C+o)*c.In.C+ch] = in.w[(tap*c.In.C+ch)*c.Out.C+o]
			}
		}
	}
	return [3][]expected{
		winogradMaps(in.x, in.w, c.In, c.Out, c.Pad, round, growths...),
		winogradMaps(in.dy, turned, c.Out, c.In, [2]int{2 - c.Pad[0], 2 - c.Pad[1]}, round, growths...),
		winogradWeights(c, in.dy, in.x, round, growths...),
	}
}

// winogradTile is the square of n×n pixels of one channel from (r, q) on, zero off the
// image.
func winogradTile(x []float32, s Shape, image, channel, r, q, n int) (d square) {
	for i := range n {
		for j := range n {
			if r+i >= 0 && r+i < s.H && q+j >= 0 && q+j < s.W {
				d[6*i+j] = float64(x[((image*s.H+r+i)*s.W+q+j)*s.C+channel])
			}
		}
	}
	return d
}

// winogradMaps is what a convolution with kernel 3×3 and stride 1 gives by Winograd's
// way, to maps of shape out, where the tile of pixel (0, 0) begins at −pad; w
// has shape (3, 3, in.C, out.C).
func winogradMaps(x, w []float32, in, out Shape, pad [2]int, round func(float64) float64, growths ...float64) []expected {
	rows, across := (out.H+tileSize-1)/tileSize, (out.W+tileSize-1)/tileSize
	pixels, weights := newFactor(out.N*rows*across, in.C, round), newFactor(in.C, out.C, round)
	for t := range pixels.rows {
		image, r, q := t/(rows*across), t/across%rows*tileSize, t%across*tileSize
		for c := range in.C {
			d := winogradTile(x, in, image, c, r-pad[0], q-pad[1], 6)
			pixels.set(t, c, inputMatrix, &d)
		}
	}
	for c := range in.C {
		for o := range out.C {
			var g square
			for tap := range 9 {
				g[tap/3*6+tap%3] = float64(w[(tap*in.C+c)*out.C+o])
			}
			weights.set(c, o, weightsMatrix, &g)
		}
	}
	products := pixels.times(weights)
	var list []expected
	for _, grown := range growths {
		e := newExpected(out.Len())
		products.results(outputMatrix, 4, grown, func(t, o, i, j int, value, bound float64) {
			if r, q := t/across%rows*tileSize+i, t%across*tileSize+j; r < out.H && q < out.W {
				at := ((t/(rows*across)*out.H+r)*out.W+q)*out.C + o
				e.value[at], e.bound[at] = value, bound
			}
		})
		list = append(list, e)
	}
	return list
}

// winogradWeights is the same for the gradient of the weights.
func winogradWeights(c *Conv, dy, x []float32, round func(float64) float64, growths ...float64) []expected {
	rows, across := (c.Out.H+tileSize-1)/tileSize, (c.Out.W+tileSize-1)/tileSize
	tiles := c.Out.N * rows * across
	pixels, gradients := newFactor(c.In.C, tiles, round), newFactor(tiles, c.Out.C, round)
	gradientMatrix := outputMatrix.transposed(6)
	for t := range tiles {
		image, r, q := t/(rows*across), t/across%rows*tileSize, t%across*tileSize
		for ch := range c.In.C {
			d := winogradTile(x, c.In, image, ch, r-c.Pad[0], q-c.Pad[1], 6)
			pixels.set(ch, t, inputMatrix, &d)
		}
		for o := range c.Out.C {
			d := winogradTile(dy, c.Out, image, o, r, q, tileSize)
			gradients.set(t, o, gradientMatrix, &d)
		}
	}
	products := pixels.times(gradients)
	var list []expected
	for _, grown := range growths {
		e := newExpected(c.WeightLen())
		products.results(weightsMatrix.transposed(3), 5, grown, func(ch, o, i, j int, value, bound float64) {
			at := ((i*3+j)*c.In.C+ch)*c.Out.C + o
			e.value[at], e.bound[at] = value, bound
		})
		list = append(list, e)
	}
	return list
}
