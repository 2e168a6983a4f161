// Package graphs holds undirected graphs with weights w_ij, and features and labels at their
// nodes. Both jobs of multigrid run on them:
//
//	(L + s I) u = g              L = D − W, D = diag(Σ_j w_ij): Solve, by conjugate
//	                             gradients around a cycle of package aggregation
//	A = I − (1 − α) D̃^(−1/2) (W + I) D̃^(−1/2)
//	                             the A of a network that classifies nodes: Levels,
//	                             with R and P from the same aggregates
//
// Graphs come from files (Planetoid's, edge lists, Matrix Market) or are made here at random.
package graphs

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Graph is an undirected graph by nodes: the neighbours of node i are Start[i] to Start[i+1]
// of Neighbour, by ascending number and without i itself, each edge at both of its ends.
type Graph struct {
	Name      string
	Start     []int
	Neighbour []int32
	Weight    []float64 // more than 0; nil if all are 1
}

// Edge joins nodes A and B.
type Edge struct {
	A, B   int32
	Weight float64
}

// New makes a graph of so many nodes. Of edges between the same two nodes the first counts; loops
// are left out.
func New(name string, nodes int, edges []Edge) (*Graph, error) {
	g, err := build(name, nodes, edges)
	if err != nil {
		return nil, fmt.Errorf("graphs: %s: %w", name, err)
	}
	return g, nil
}

// build is New, whose errors do not say of which graph.
func build(name string, nodes int, edges []Edge) (*Graph, error) {
	if nodes < 1 || nodes > math.MaxInt32-1 {
		return nil, fmt.Errorf("%d nodes; want 1 to %d", nodes, math.MaxInt32-1)
	}
	g := &Graph{Name: name, Start: make([]int, nodes+1)}
	for _, e := range edges {
		switch {
		case min(e.A, e.B) < 0 || int(max(e.A, e.B)) >= nodes:
			return nil, fmt.Errorf("an edge from node %d to %d; want nodes from 0 to %d", e.A, e.B, nodes-1)
		case !(e.Weight > 0) || math.IsInf(e.Weight, 0):
			return nil, fmt.Errorf("an edge of weight %g from node %d to %d; want a finite number above 0", e.Weight, e.A, e.B)
		}
		if e.A != e.B {
			g.Start[e.A+1]++
			g.Start[e.B+1]++
		}
	}
	for i := range nodes {
		g.Start[i+1] += g.Start[i]
	}
	type end struct {
		node   int32
		weight float64
	}
	ends, next := make([]end, g.Start[nodes]), slices.Clone(g.Start[:nodes])
	for _, e := range edges {
		if e.A != e.B {
			ends[next[e.A]], ends[next[e.B]] = end{e.B, e.Weight}, end{e.A, e.Weight}
			next[e.A]++
			next[e.B]++
		}
	}
	g.Neighbour, g.Weight = make([]int32, 0, len(ends)), make([]float64, 0, len(ends))
	first, ones := 0, true
	for i := range nodes {
		list := ends[first:g.Start[i+1]]
		first = g.Start[i+1]
		slices.SortStableFunc(list, func(a, b end) int { return cmp.Compare(a.node, b.node) })
		list = slices.CompactFunc(list, func(a, b end) bool { return a.node == b.node })
		for _, e := range list {
			g.Neighbour, g.Weight = append(g.Neighbour, e.node), append(g.Weight, e.weight)
			ones = ones && e.weight == 1
		}
		g.Start[i+1] = len(g.Neighbour)
	}
	if ones {
		g.Weight = nil
	}
	return g, nil
}

// Nodes is the number of nodes, Edges that of edges.
func (g *Graph) Nodes() int { return len(g.Start) - 1 }
func (g *Graph) Edges() int { return len(g.Neighbour) / 2 }

// weight is that of the entry t of Neighbour.
func (g *Graph) weight(t int) float64 {
	if g.Weight == nil {
		return 1
	}
	return g.Weight[t]
}

// degree is Σ_j w_ij.
func (g *Graph) degree(i int) (sum float64) {
	for t := g.Start[i]; t < g.Start[i+1]; t++ {
		sum += g.weight(t)
	}
	return sum
}

// Components gives each node the number of its connected component, from 0, and their count.
func (g *Graph) Components() (of []int32, count int) {
	of = slices.Repeat([]int32{-1}, g.Nodes())
	var queue []int32
	for i := range of {
		if of[i] >= 0 {
			continue
		}
		of[i] = int32(count)
		queue = append(queue[:0], int32(i))
		for len(queue) > 0 {
			k := queue[len(queue)-1]
			queue = queue[:len(queue)-1]
			for _, j := range g.Neighbour[g.Start[k]:g.Start[k+1]] {
				if of[j] < 0 {
					of[j] = int32(count)
					queue = append(queue, j)
				}
			}
		}
		count++
	}
	return of, count
}
