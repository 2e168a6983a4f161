package method

// A network that says, point by point, which neighbours determine P of black-box multigrid.

import (
	"fmt"
	"math"
	"slices"
	"sync"
)

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
type Influence struct {
	edge, corner flat
	memory       sync.Pool // of *influenceRows
}

// Influence is the network, made ready.
func (n *Network) Influence() (*Influence, error) {
	if err := n.check(2); err != nil {
		return nil, err
	}
	if n.Emits != EmitsInfluence {
		return nil, fmt.Errorf("a network that emits %s; want %s", n.Emits, EmitsInfluence)
	}
	return &Influence{edge: newFlat(n.Parts["edge"]), corner: newFlat(n.Parts["corner"])}, nil
}

// influenceRows is the memory for rows of up to so many points.
type influenceRows struct {
	points       int
	edge, corner *rowsMemory
	x, turned    [RowInputs][]float64
	y            [][]float64 // outputs of an evaluation
	scores       [][8]float64
	sum          []float64
}

func (f *Influence) rows(points int) *influenceRows {
	m, _ := f.memory.Get().(*influenceRows)
	if m == nil || m.points < points {
		m = &influenceRows{
			points: points, edge: f.edge.newRows(points), corner: f.corner.newRows(points),
			y: rowsOf(2, points), scores: make([][8]float64, points), sum: make([]float64, points),
		}
		copy(m.x[:], rowsOf(RowInputs, points))
	}
	return m
}

// Weigh implements [multigrid.Influence].
func (f *Influence) Weigh(rows [3]*[27][]float64, first int, alongX, alongY bool, s [][27]float64) {
	n := len(s)
	if n == 0 {
		return
	}
	m := f.rows(n)
	defer f.memory.Put(m)
	m.features(rows, first, n)
	list := Neighbours(alongX, alongY)
	p, memory := &f.edge, m.edge
	if len(list) == 8 {
		p, memory = &f.corner, m.corner
	}
	outputs := p.outputs()
	for k := 0; k < len(list); k += outputs {
		for i, from := range turnedInputs[quarterOf(list[k])] {
			m.turned[i] = m.x[from]
		}
		p.evaluateRows(m.turned[:], m.y, memory, n)
		for q := range outputs {
			for i, v := range m.y[q][:n] {
				m.scores[i][k+q] = v
			}
		}
	}
	for i := range s {
		Rescale(&s[i], list, m.scores[i][:len(list)])
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
	for o := 9; o < 18; o++ { // in two dimensions there are no others
		if o != 13 {
			before -= s[o]
		}
	}
	to := *s
	for k, o := range neighbours {
		to[o] *= math.Exp(min(max(scores[k], -MostScore), MostScore))
	}
	for o := 9; o < 18; o++ {
		if o != 13 {
			after -= to[o]
		}
	}
	if !(before > 0 && after > leastRest*before) {
		return false
	}
	for o := 9; o < 18; o++ {
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
	sum := 0.0
	for o := 9; o < 18; o++ {
		if o != 13 {
			sum -= rows[1][o][i]
		}
	}
	if !(sum*rows[1][13][i] > 0) {
		clear(x[:])
		return
	}
	for k, couplings := range rowInputs[quarterOf(o)] {
		v := 0.0
		for _, c := range couplings {
			v -= rows[1+c.y][13+c.ox+3*c.oy][i+c.x]
		}
		x[k] = logarithm(v / sum)
	}
}

// logarithm is that of a part of the couplings, with a floor.
func logarithm(part float64) float64 { return math.Log(max(part, 0)+floor) + 2 }

// features sets x to the inputs at the points first, first + 2, … for the neighbour at (1, 0). An
// A that is symmetric couples two points the same in both directions, so that those for the other
// neighbours are the same numbers in another order: see [turnedInputs].
func (m *influenceRows) features(rows [3]*[27][]float64, first, n int) {
	clear(m.sum)
	for o := 9; o < 18; o++ {
		if o != 13 {
			row := rows[1][o][first:]
			for i := range m.sum[:n] {
				m.sum[i] -= row[2*i]
			}
		}
	}
	for i, sum := range m.sum[:n] { // from here on its reciprocal, 0 where there is none
		if m.sum[i] = 1 / sum; !(sum*rows[1][13][first+2*i] > 0) {
			m.sum[i] = 0
		}
	}
	for k, couplings := range rowInputs[0] {
		x := m.x[k][:n]
		clear(x)
		for _, c := range couplings {
			row := rows[1+c.y][13+c.ox+3*c.oy][first+c.x:]
			for i := range x {
				x[i] -= row[2*i]
			}
		}
		for i, v := range x {
			if m.sum[i] == 0 {
				x[i] = 0
				continue
			}
			// logarithm of the part, by the series 2 artanh s, s = (x−1)/(x+1), for √½ ≤ x < √2 times
			// a power of 2; s² < 0.03, so that what is left out is about 1e-14.
			v = max(v*m.sum[i], 0) + floor
			bits := math.Float64bits(v) - 0x3fe6a09e667f3bcd // √½
			power := float64(int64(bits) >> 52)
			v = math.Float64frombits(bits&(1<<52-1) + 0x3fe6a09e667f3bcd)
			s := (v - 1) / (v + 1)
			q := s * s
			x[i] = 2 + power*math.Ln2 + 2*s*(1+q*(1./3+q*(1./5+q*(1./7+q*(1./9+q*(1./11+q*(1./13+q/15)))))))
		}
	}
}

// coupling is that of the point at (x, y) with the one at (x+ox, y+oy).
type coupling struct{ x, y, ox, oy int }

// turned is the coupling so many quarter turns counterclockwise.
func (c coupling) turned(quarters int) coupling {
	for range quarters {
		c = coupling{-c.y, c.x, -c.oy, c.ox}
	}
	return c
}

// quarterOf is how many quarter turns the neighbour o along an axis is away from (1, 0).
func quarterOf(o int) int {
	switch o {
	case 16:
		return 1
	case 12:
		return 2
	case 10:
		return 3
	}
	return 0
}

// rowInputs are the couplings of which each input is the sum, by the number of quarter turns.
var rowInputs = func() (list [4][RowInputs][]coupling) {
	n := 0
	put := func(couplings ...coupling) {
		for quarters := range list {
			for _, c := range couplings {
				list[quarters][n] = append(list[quarters][n], c.turned(quarters))
			}
		}
		n++
	}
	for t := -1; t <= 1; t++ {
		for s := -1; s <= 0; s++ {
			put(coupling{s, t, 1, 0}) // between (s, t) and (s+1, t)
			put(coupling{t, s, 0, 1})
		}
	}
	for t := -1; t <= 0; t++ {
		for s := -1; s <= 0; s++ {
			put(coupling{s, t, 1, 1})
			put(coupling{s + 1, t, -1, 1})
		}
	}
	for t := -1; t <= 1; t++ {
		for side := -1; side <= 1; side += 2 {
			var across, along []coupling
			for q := -1; q <= 1; q++ {
				across = append(across, coupling{side, t, side, q})
				along = append(along, coupling{t, side, q, side})
			}
			put(across...)
			put(along...)
		}
	}
	return list
}()

// turnedInputs says, for each number of quarter turns, which input for the neighbour at (1, 0) an
// input for the turned one is.
var turnedInputs = func() (list [4][RowInputs]int) {
	type pair [2][2]int // of points, the smaller first
	key := func(couplings []coupling) string {
		var pairs []string
		for _, c := range couplings {
			p := pair{{c.x, c.y}, {c.x + c.ox, c.y + c.oy}}
			if p[1][0] < p[0][0] || p[1][0] == p[0][0] && p[1][1] < p[0][1] {
				p[0], p[1] = p[1], p[0]
			}
			pairs = append(pairs, fmt.Sprint(p))
		}
		slices.Sort(pairs)
		return fmt.Sprint(pairs)
	}
	at := map[string]int{}
	for k, c := range rowInputs[0] {
		at[key(c)] = k
	}
	for quarters := range list {
		for k, c := range rowInputs[quarters] {
			list[quarters][k] = at[key(c)]
		}
	}
	return list
}()

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
