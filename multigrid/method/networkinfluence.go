package method

// A network that says, point by point, which neighbours determine P of black-box multigrid.

import "math"

// Influence is a network that emits what [multigrid.Influence] asks for. At a point x between
// coarse ones, black-box multigrid sets
//
//	e(x) = Σ_o c_o e(x+o)/Σ_o c_o,
//
// c_o the couplings of the row of A at x, summed along the axes on which x lies on coarse points.
// It sees no other row. The network sees the rows of the 3×3 points around x and changes each
// coupling by a score,
//
//	c_o ← c_o exp(score_o) Σ c/Σ c exp(score),
//
// so that P keeps constants where it did, and scores of 0 are black-box multigrid itself. Since
// inputs are logarithms of quotients of couplings, it depends on no unit. Neighbours in all
// directions get their scores from the same network: what it sees is turned.
type Influence struct{ edge, corner flat }

// Influence is the network, made ready.
func (n *Network) Influence() (*Influence, error) {
	if err := n.check(2); err != nil {
		return nil, err
	}
	return &Influence{newFlat(n.Parts["edge"]), newFlat(n.Parts["corner"])}, nil
}

// Weigh implements [multigrid.Influence].
func (f *Influence) Weigh(rows [3]*[27][]float64, i int, alongX, alongY bool, s *[27]float64) {
	var scores [8]float64
	list := Neighbours(alongX, alongY)
	f.score(rows, i, list, scores[:])
	Rescale(s, list, scores[:len(list)])
}

// Scores are those of the neighbours of point i of the middle row; see [Neighbours].
func (f *Influence) Scores(rows [3]*[27][]float64, i int, list []int) []float64 {
	scores := make([]float64, len(list))
	f.score(rows, i, list, scores)
	return scores
}

func (f *Influence) score(rows [3]*[27][]float64, i int, list []int, scores []float64) {
	var x [RowInputs]float64
	p := &f.edge
	if len(list) == 8 {
		p = &f.corner
	}
	outputs := p.outputs()
	for k := 0; k < len(list); k += outputs {
		RowFeatures(rows, i, list[k], &x)
		p.evaluate(x[:], scores[k:k+outputs])
	}
}

var neighbours = [...][]int{{12, 14}, {10, 16}, {14, 17, 16, 15, 12, 9, 10, 11}}

// Neighbours lists those that have scores, as entries of a kernel: for a point between two coarse
// ones these, each with one evaluation; between four, all eight, with an evaluation for each that
// lies along an axis, which also gives the score of the next one, counterclockwise.
func Neighbours(alongX, alongY bool) []int {
	switch {
	case !alongY:
		return neighbours[0]
	case !alongX:
		return neighbours[1]
	}
	return neighbours[2]
}

// Rescale changes the couplings −s with these neighbours by their scores. It leaves s alone, and
// says so, where the couplings do not add up to something positive.
func Rescale(s *[27]float64, neighbours []int, scores []float64) (changed bool) {
	before, after := 0.0, 0.0
	for o, v := range s {
		if o != 13 {
			before -= v
		}
	}
	to := *s
	for k, o := range neighbours {
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

// RowInputs is the number of inputs of both networks.
const RowInputs = 32

// RowFeatures are the inputs for the neighbour along an axis at offset o of point i in the middle
// row, which is turned to lie at (1, 0): the couplings between the 3×3 points around the point,
// twelve along axes and eight along diagonals, and the sums of those that lead away from the 3×3
// points, three on each side; all as logarithms of their parts of the couplings of the point.
func RowFeatures(rows [3]*[27][]float64, i, o int, x *[RowInputs]float64) {
	d := [2]int{o%3 - 1, o/3%3 - 1}
	turn := func(x, y int) (dx, dy int) { return x*d[0] - y*d[1], x*d[1] + y*d[0] }
	coupling := func(px, py, ox, oy int) float64 {
		px, py = turn(px, py)
		ox, oy = turn(ox, oy)
		return -rows[1+py][13+ox+3*oy][i+px]
	}
	n, sum := 0, 0.0
	put := func(v float64) { x[n] = v; n++ }
	for t := -1; t <= 1; t++ {
		for s := -1; s <= 0; s++ {
			put(coupling(s, t, 1, 0)) // between (s, t) and (s+1, t)
			put(coupling(t, s, 0, 1))
		}
	}
	for t := -1; t <= 0; t++ {
		for s := -1; s <= 0; s++ {
			put(coupling(s, t, 1, 1))
			put(coupling(s+1, t, -1, 1))
		}
	}
	for t := -1; t <= 1; t++ {
		for side := -1; side <= 1; side += 2 {
			across, along := 0.0, 0.0
			for q := -1; q <= 1; q++ {
				across += coupling(side, t, side, q)
				along += coupling(t, side, q, side)
			}
			put(across)
			put(along)
		}
	}
	for o := 9; o < 18; o++ {
		if o != 13 {
			sum -= rows[1][o][i]
		}
	}
	if rows[1][13][i] < 0 {
		for k := range x {
			x[k] = -x[k]
		}
		sum = -sum
	}
	if !(sum > 0) {
		clear(x[:])
		return
	}
	for k, v := range x {
		x[k] = math.Log(max(v/sum, 0)+floor) + 2
	}
}

// flat is a perceptron in one slice.
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

func (f *flat) outputs() int { return f.widths[len(f.widths)-1] }

// evaluate sets out to the output for x, without memory of its own.
func (f *flat) evaluate(x, out []float64) {
	var memory [2][mostNarrow]float64
	at := 0
	for l := range len(f.widths) - 1 {
		in, width := f.widths[l], f.widths[l+1]
		last := l == len(f.widths)-2
		y := out
		if !last {
			y = memory[l&1][:width]
		}
		bias := f.x[at+in*width : at+in*width+width]
		for j := range y {
			sum := bias[j]
			w := f.x[at+in*j : at+in*j+in]
			for k, v := range x[:len(w)] {
				sum += w[k] * v
			}
			if !last {
				sum /= 1 + math.Abs(sum)
			}
			y[j] = sum
		}
		at += in*width + width
		x = y
	}
}
