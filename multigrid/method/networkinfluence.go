package method

// A network that says, point by point, which neighbours determine P of black-box multigrid.

import "math"

// Influence is a network that emits what [multigrid.Influence] asks for. At a point x between
// coarse ones, black-box multigrid sets
//
//	e(x) = Σ_o c_o e(x+o)/Σ_o c_o,
//
// c_o the couplings of the row of A at x, summed along the axes on which x lies on coarse points.
// It sees no other row. The network sees the rows of the 3×3 points around x and changes the
// couplings with its neighbours along the axes by a score for each,
//
//	c_o ← c_o exp(score_o) Σ c/Σ c exp(score),
//
// so that P keeps constants where it did, and scores of 0 are black-box multigrid itself. Since
// inputs are logarithms of quotients of couplings, it depends on no unit. The score of a
// neighbour takes the same network whatever its direction: inputs are turned.
type Influence struct{ edge, corner flat }

// EdgeInputs and CornerInputs are the numbers of inputs of the two networks: for a point
// between two coarse points, and for one between four.
const (
	EdgeInputs   = 14
	CornerInputs = 11
)

// Influence is the network, made ready.
func (n *Network) Influence() (*Influence, error) {
	if err := n.check(2); err != nil {
		return nil, err
	}
	return &Influence{newFlat(n.Parts["edge"]), newFlat(n.Parts["corner"])}, nil
}

// Weigh implements [multigrid.Influence].
func (f *Influence) Weigh(rows [3]*[27][]float64, i int, alongX, alongY bool, s *[27]float64) {
	var list [4]int
	var scores [4]float64
	var x [EdgeInputs]float64
	axes := Axes(alongX, alongY, &list)
	for k, o := range axes {
		if alongX && alongY {
			scores[k] = f.corner.evaluate(CornerFeatures(rows, i, o, &x))
		} else {
			scores[k] = f.edge.evaluate(EdgeFeatures(rows, i, o, &x))
		}
	}
	Rescale(s, axes, scores[:len(axes)])
}

// Axes lists the offsets of a point's neighbours along the axes on which it lies between coarse
// points, as entries of a kernel.
func Axes(alongX, alongY bool, list *[4]int) []int {
	out := list[:0]
	if alongX {
		out = append(out, 12, 14)
	}
	if alongY {
		out = append(out, 10, 16)
	}
	return out
}

// Rescale changes the couplings −s with these neighbours by their scores. It leaves s alone, and
// says so, where the couplings do not add up to something positive.
func Rescale(s *[27]float64, axes []int, scores []float64) (changed bool) {
	before, after := 0.0, 0.0
	for o, v := range s {
		if o != 13 {
			before -= v
		}
	}
	to := *s
	for k, o := range axes {
		to[o] *= math.Exp(min(max(scores[k], -MostScore), MostScore))
	}
	for o, v := range to {
		if o != 13 {
			after -= v
		}
	}
	if !(before > 0 && after > leastRest*before) {
		return false
	}
	for o := range to {
		if o != 13 {
			s[o] = to[o] * before / after
		}
	}
	return true
}

// MostScore bounds the absolute scores.
const MostScore = 4

const (
	leastRest = 1e-2 // of the couplings that must be left after the change
	floor     = 1e-3 // of couplings, as a part of all of them
)

// frame turns offsets so that a neighbour lies at (1, 0).
type frame struct{ x, y [2]int } // what (1, 0) and (0, 1) are turned to

func frameOf(o int) frame {
	d := [2]int{o%3 - 1, o/3%3 - 1}
	return frame{x: d, y: [2]int{-d[1], d[0]}}
}

// at is the entry of the offset (x, y) turned.
func (f frame) at(x, y int) (dx, dy, o int) {
	dx, dy = x*f.x[0]+y*f.y[0], x*f.x[1]+y*f.y[1]
	return dx, dy, 13 + dx + 3*dy
}

// row sums the couplings of the point at (px, py), turned, with its neighbours on one side: those
// with x = side or, across, with y = side.
func (f frame) row(rows *[3]*[27][]float64, i, px, py int, across bool, side int) (sum float64) {
	dx, dy, _ := f.at(px, py)
	r := rows[1+dy]
	for t := -1; t <= 1; t++ {
		x, y := side, t
		if across {
			x, y = t, side
		}
		_, _, o := f.at(x, y)
		sum -= r[o][i+dx]
	}
	if r[13][i+dx] < 0 {
		return -sum
	}
	return sum
}

// EdgeFeatures are the inputs for the neighbour at offset o of a point between two coarse ones:
// couplings towards it and away from it, of the point and of the ones beside it, and across. They
// are relative to those of the point along the axis.
func EdgeFeatures(rows [3]*[27][]float64, i, o int, x *[EdgeInputs]float64) []float64 {
	f := frameOf(o)
	n := 0
	put := func(v float64) { x[n] = v; n++ }
	put(f.row(&rows, i, 0, 0, false, 1))
	put(f.row(&rows, i, 0, 0, false, -1))
	for side := -1; side <= 1; side += 2 {
		put(f.row(&rows, i, 0, 0, true, side))
		put(f.row(&rows, i, 0, side, false, 1))
		put(f.row(&rows, i, 0, side, false, -1))
		put(f.row(&rows, i, 0, side, true, side))
		put(f.row(&rows, i, 1, 0, true, side))
		put(f.row(&rows, i, -1, 0, true, side))
	}
	return logarithms(x[:n], x[0]+x[1])
}

// CornerFeatures are those of a point between four coarse ones: its eight couplings, and those of
// the neighbour with the coarse points on both sides and with what lies beyond it.
func CornerFeatures(rows [3]*[27][]float64, i, o int, x *[EdgeInputs]float64) []float64 {
	f := frameOf(o)
	n, sum := 0, 0.0
	sign := 1.0
	if rows[1][13][i] < 0 {
		sign = -1
	}
	for _, at := range [8][2]int{{1, 0}, {0, 1}, {0, -1}, {-1, 0}, {1, 1}, {1, -1}, {-1, 1}, {-1, -1}} {
		_, _, o := f.at(at[0], at[1])
		x[n] = -sign * rows[1][o][i]
		sum += x[n]
		n++
	}
	x[n] = f.row(&rows, i, 1, 0, true, 1)
	x[n+1] = f.row(&rows, i, 1, 0, true, -1)
	x[n+2] = f.row(&rows, i, 1, 0, false, 1)
	return logarithms(x[:n+3], sum)
}

// logarithms are log(x/sum + floor).
func logarithms(x []float64, sum float64) []float64 {
	if !(sum > 0) {
		clear(x)
		return x
	}
	for i, v := range x {
		x[i] = math.Log(max(v/sum, 0) + floor)
	}
	return x
}

// flat is a perceptron of one output in one slice.
type flat struct {
	widths []int
	x      []float64
}

func newFlat(p Perceptron) (f flat) {
	f.widths = append(f.widths, len(p[0].Weights[0]))
	for _, l := range p {
		f.widths = append(f.widths, len(l.Weights))
		for _, row := range l.Weights {
			f.x = append(f.x, row...)
		}
		f.x = append(f.x, l.Bias...)
	}
	return f
}

// evaluate is the output for x, with no memory of its own.
func (f *flat) evaluate(x []float64) float64 {
	var memory [2][mostWidth]float64
	at := 0
	for l := range len(f.widths) - 1 {
		in, out := f.widths[l], f.widths[l+1]
		y := memory[l&1][:out]
		bias := f.x[at+in*out : at+in*out+out]
		for j := range y {
			sum := bias[j]
			w := f.x[at+in*j : at+in*j+in]
			for k, v := range x[:len(w)] {
				sum += w[k] * v
			}
			if l < len(f.widths)-2 {
				sum /= 1 + math.Abs(sum)
			}
			y[j] = sum
		}
		at += in*out + out
		x = y
	}
	return x[0]
}
