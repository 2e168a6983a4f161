package graphs

// Graphs from files, and by name.

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Open returns the graph that a text names: grid:WxH, geometric:NODES[,DEGREE],
// barabasi-albert:NODES[,EDGES] (see [Grid], [Geometric] with 8 neighbours by default,
// [BarabasiAlbert] with 4 edges of a new node), random ones by the seed; or a file for [Read].
func Open(name string, seed uint64) (*Graph, error) {
	kind, text, made := strings.Cut(name, ":")
	if !made || !slices.Contains([]string{"grid", "geometric", "barabasi-albert"}, kind) {
		return Read(name)
	}
	separator, forms := ",", "NODES or NODES,NUMBER"
	if kind == "grid" {
		separator, forms = "x", "WIDTHxHEIGHT"
	}
	var n []int
	for _, f := range strings.Split(text, separator) {
		v, err := strconv.Atoi(f)
		if err != nil {
			v = -1
		}
		n = append(n, v)
	}
	if len(n) > 2 || slices.Min(n) < 0 || kind == "grid" && len(n) != 2 {
		return nil, fmt.Errorf("graphs: %s; want %s:%s", name, kind, forms)
	}
	switch kind {
	case "grid":
		return Grid(n[0], n[1])
	case "geometric":
		return Geometric(n[0], float64(append(n, 8)[1]), seed)
	}
	return BarabasiAlbert(n[0], append(n, 4)[1], seed)
}

// Read reads a graph, and of the files below also compressed ones (gzip):
//
//   - a data set of [ReadDataset], without its features and labels;
//   - Matrix Market, a coordinate matrix: an entry beside the diagonal is an edge whose weight
//     is its absolute value, so that both an adjacency matrix and a Laplacian do; a matrix
//     that is not symmetric or has entries of both signs there is refused;
//   - otherwise a list of edges, a line each: two nodes, numbered from 0, and perhaps a weight.
//     Lines that begin with # or % are comments.
func Read(path string) (*Graph, error) {
	text, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("graphs: %w", err)
	}
	var g *Graph
	switch first, _ := (&lines{rest: text}).next(); {
	case bytes.HasPrefix(text, []byte("%%MatrixMarket")):
		g, err = parseMatrix(baseName(path), text)
	case len(first) == 5:
		var d *Dataset
		if d, err = parseDataset(baseName(path), text); err == nil {
			g = d.Graph
		}
	default:
		g, err = parseEdges(baseName(path), text)
	}
	if err != nil {
		return nil, fmt.Errorf("graphs: %s: %w", path, err)
	}
	return g, nil
}

// edge reads a line of two nodes, numbered from first, and a weight or nothing.
func (l *lines) edge(fields []string, first, nodes int) (e Edge, err error) {
	if len(fields) != 2 && len(fields) != 3 {
		return e, fmt.Errorf("line %d has %d numbers; want two nodes, or two nodes and a weight", l.number, len(fields))
	}
	for i, end := range []*int32{&e.A, &e.B} {
		v, err := strconv.Atoi(fields[i])
		if err != nil || v < first || v >= first+nodes {
			return e, fmt.Errorf("line %d has the node %s; want %d to %d", l.number, shown(fields[i]), first, first+nodes-1)
		}
		*end = int32(v - first)
	}
	e.Weight = 1
	if len(fields) == 3 {
		if e.Weight, err = strconv.ParseFloat(fields[2], 64); err != nil || math.IsNaN(e.Weight) || math.IsInf(e.Weight, 0) {
			return e, fmt.Errorf("line %d has the weight %s; want a number", l.number, shown(fields[2]))
		}
	}
	return e, nil
}

func parseEdges(name string, text []byte) (*Graph, error) {
	const most = 1 << 24 // nodes
	l := &lines{rest: text}
	var edges []Edge
	last := int32(-1)
	for fields, ok := l.next(); ok; fields, ok = l.next() {
		e, err := l.edge(fields, 0, most)
		if err != nil {
			return nil, err
		}
		last = max(last, e.A, e.B)
		edges = append(edges, e)
	}
	if len(edges) == 0 {
		return nil, fmt.Errorf("it has no edges; want a line each: two nodes, and perhaps a weight")
	}
	return build(name, int(last)+1, edges)
}

func parseMatrix(name string, text []byte) (*Graph, error) {
	head, _, _ := bytes.Cut(text, []byte{'\n'})
	kind := strings.Fields(strings.ToLower(string(head)))
	if len(kind) != 5 || kind[1] != "matrix" || kind[2] != "coordinate" || !slices.Contains([]string{"real", "integer", "pattern"}, kind[3]) || !slices.Contains([]string{"general", "symmetric"}, kind[4]) {
		return nil, fmt.Errorf("its header is %s; want a coordinate matrix, real, integer or pattern, general or symmetric", shown(string(head)))
	}
	const most = 1 << 24
	l := &lines{rest: text}
	size, err := l.integers("rows, columns and entries", 3, 0, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	n, count := int(size[0]), int(size[2])
	if n < 1 || n > most || size[1] != size[0] || count > len(text) {
		return nil, fmt.Errorf("%d rows, %d columns and %d entries; want as many rows as columns, up to %d, and a line an entry", n, size[1], count, most)
	}
	edges, sign := make([]Edge, 0, count), 0.
	for range count {
		fields, ok := l.next()
		if !ok {
			return nil, fmt.Errorf("it ends before its %d entries", count)
		}
		e, err := l.edge(fields, 1, n)
		if err != nil {
			return nil, err
		}
		if e.A == e.B || e.Weight == 0 {
			continue
		}
		if sign == 0 {
			sign = math.Copysign(1, e.Weight)
		}
		if e.Weight *= sign; e.Weight < 0 {
			return nil, fmt.Errorf("line %d has the entry %g; want all entries beside the diagonal of one sign, as an adjacency matrix or a Laplacian has", l.number, sign*e.Weight)
		}
		edges = append(edges, e)
	}
	if kind[4] == "general" {
		if err := symmetric(edges); err != nil {
			return nil, err
		}
	}
	return build(name, n, edges)
}

// symmetric sorts the entries of a matrix and reports one that is not there just once, with its
// equal across the diagonal.
func symmetric(entries []Edge) error {
	slices.SortFunc(entries, func(e, f Edge) int {
		return cmp.Or(cmp.Compare(min(e.A, e.B), min(f.A, f.B)), cmp.Compare(max(e.A, e.B), max(f.A, f.B)), cmp.Compare(e.A, f.A))
	})
	for k := 0; k < len(entries); k += 2 {
		e := entries[k]
		if k+1 == len(entries) || entries[k+1] != (Edge{e.B, e.A, e.Weight}) {
			return fmt.Errorf("the entries (%d, %d) and (%d, %d) differ, or are there twice; want a symmetric matrix", e.A+1, e.B+1, e.B+1, e.A+1)
		}
	}
	return nil
}
