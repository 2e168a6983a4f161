package graphs

// The levels of a network on a graph.

import (
	"fmt"
	"math"
	"slices"

	"mgtool/multigrid/aggregation"
	"mgtool/tensor"
)

// Level is a graph in a hierarchy, as a network needs it: Adjacency is
//
//	Ã = D̃^(−1/2) W̃ D̃^(−1/2),   D̃ = diag(Σ_j w̃_ij),
//
// on the finest level with W̃ = W + I (Kipf and Welling, ICLR 2017), and Prolong is P to this
// level from the next coarser one, nil on the coarsest; R is its transpose. With c the
// aggregates,
//
//	P_ic = √(d̃_i/d̃_c) for i in c, else 0,    d̃_c = Σ_{i in c} d̃_i,
//
// has orthonormal columns, and the vector √d̃, which Ã maps to itself, in its range. The coarse
// Ã is both Pᵀ Ã P and the formula above for the graph of the aggregates, whose weights are sums of
// those of the finer one. So the A = I − (1 − α) Ã of each level is Galerkin's.
type Level struct {
	Adjacency, Prolong *tensor.Sparse
}

// Laplacian is I − (1 − α) Ã of the level.
func (l Level) Laplacian(shift float64) (*tensor.Sparse, error) {
	a := l.Adjacency
	value := make([]float32, len(a.Value))
	for i := range a.Rows {
		for t := a.Start[i]; t < a.Start[i+1]; t++ {
			if value[t] = float32(shift-1) * a.Value[t]; int(a.Column[t]) == i {
				value[t]++
			}
		}
	}
	return tensor.NewSparse(a.Rows, a.Columns, a.Start, a.Column, value)
}

// Levels makes at most so many levels of the graph by the aggregates of the matrix
// D̃ − (1 − α) W̃, fewer if the graph becomes too small or does not coarsen any more. Every node
// is in an aggregate, perhaps alone. The shift α is in (0, 1].
func (g *Graph) Levels(most int, shift float64) ([]Level, error) {
	if most < 1 {
		return nil, fmt.Errorf("graphs: %d levels; want 1 or more", most)
	}
	if !(shift > 0 && shift <= 1) {
		return nil, fmt.Errorf("graphs: shift %g; want more than 0, at most 1", shift)
	}
	const smallest = 8 // nodes that need no coarser level
	w := g.weights()
	var list []Level
	for {
		adjacency, err := w.normalised()
		if err != nil {
			return nil, err
		}
		list = append(list, Level{Adjacency: adjacency})
		if len(list) == most || len(w.degree) <= smallest {
			return list, nil
		}
		group, m, err := aggregation.Aggregate(w.matrix(shift))
		if err != nil {
			return nil, fmt.Errorf("graphs: %s: %w", g.Name, err)
		}
		// Nodes that relaxation suffices for are in no aggregate: here they get one each, since
		// the network takes a few steps only, and √d̃ has to stay in the range of P.
		count := m.Len()
		for i, a := range group {
			if a < 0 {
				group[i] = int32(count)
				count++
			}
		}
		if count == len(w.degree) {
			return list, nil
		}
		coarse := w.of(group, count)
		if list[len(list)-1].Prolong, err = prolongation(group, w.degree, coarse.degree); err != nil {
			return nil, err
		}
		w = coarse
	}
}

// weights are W̃ = diag(loop) + the entries beside the diagonal, by rows, and the sums of rows.
type weights struct {
	start        []int
	column       []int32
	value        []float64
	loop, degree []float64
}

// weights are those of the finest level.
func (g *Graph) weights() weights {
	w := weights{start: g.Start, column: g.Neighbour, value: make([]float64, len(g.Neighbour))}
	for t := range w.value {
		w.value[t] = g.weight(t)
	}
	for i := range g.Nodes() {
		w.loop, w.degree = append(w.loop, 1), append(w.degree, 1+g.degree(i))
	}
	return w
}

// matrix is D̃ − (1 − α) W̃.
func (w weights) matrix(shift float64) *aggregation.Matrix {
	a := &aggregation.Matrix{Start: w.start, Column: w.column}
	for _, v := range w.value {
		a.Value = append(a.Value, -(1-shift)*v)
	}
	for i, d := range w.degree {
		a.Diagonal = append(a.Diagonal, d-(1-shift)*w.loop[i])
	}
	return a
}

// of are the weights between aggregates, sums of those between their nodes.
func (w weights) of(group []int32, count int) weights {
	c := weights{start: make([]int, 1, count+1), loop: make([]float64, count), degree: make([]float64, count)}
	members := make([][]int32, count)
	for i, a := range group {
		members[a] = append(members[a], int32(i))
		c.degree[a] += w.degree[i]
		c.loop[a] += w.loop[i]
	}
	row := make([]float64, count) // of one aggregate
	for a, list := range members {
		first := len(c.column)
		for _, i := range list {
			for t := w.start[i]; t < w.start[i+1]; t++ {
				b := group[w.column[t]]
				switch {
				case int(b) == a:
					c.loop[a] += w.value[t]
					continue
				case row[b] == 0: // weights are more than 0
					c.column = append(c.column, b)
				}
				row[b] += w.value[t]
			}
		}
		slices.Sort(c.column[first:])
		for _, b := range c.column[first:] {
			c.value = append(c.value, row[b])
			row[b] = 0
		}
		c.start = append(c.start, len(c.column))
	}
	return c
}

// normalised is D̃^(−1/2) W̃ D̃^(−1/2).
func (w weights) normalised() (*tensor.Sparse, error) {
	n := len(w.degree)
	start, column, value := make([]int32, 1, n+1), make([]int32, 0, len(w.column)+n), make([]float32, 0, len(w.column)+n)
	over := make([]float64, n) // 1/√d̃
	for i, d := range w.degree {
		over[i] = 1 / math.Sqrt(d)
	}
	for i := range n {
		column, value = append(column, int32(i)), append(value, float32(w.loop[i]*over[i]*over[i]))
		for t := w.start[i]; t < w.start[i+1]; t++ {
			j := w.column[t]
			column, value = append(column, j), append(value, float32(w.value[t]*over[i]*over[j]))
		}
		start = append(start, int32(len(column)))
	}
	return tensor.NewSparse(n, n, start, column, value)
}

// prolongation is P of the aggregates.
func prolongation(group []int32, fine, coarse []float64) (*tensor.Sparse, error) {
	start, column, value := make([]int32, 1, len(group)+1), []int32{}, []float32{}
	for i, a := range group {
		column, value = append(column, a), append(value, float32(math.Sqrt(fine[i]/coarse[a])))
		start = append(start, int32(len(column)))
	}
	return tensor.NewSparse(len(group), len(coarse), start, column, value)
}
