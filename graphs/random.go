package graphs

// Graphs made here: a grid, and random ones by a seed.

import (
	"fmt"
	"math"
	"math/rand/v2"

	"mgtool/internal/memory"
)

// random is the generator of a kind of graph, for a seed.
func random(kind, seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x677261706873<<8|kind)) }

// Grid is the grid of width×height nodes, each joined to the next ones along both axes: L is
// the five-point Laplacian with Neumann sides.
func Grid(width, height int) (*Graph, error) {
	for _, side := range []int{width, height} {
		if err := atLeast("grid: a side", side, 1); err != nil {
			return nil, err
		}
	}
	if err := fits(fmt.Sprintf("grid of %d×%d", width, height), width*height, 2*float64(width)*float64(height)); err != nil {
		return nil, err
	}
	var edges []Edge
	for j := range height {
		for i := range width {
			at := int32(j*width + i)
			if i+1 < width {
				edges = append(edges, Edge{at, at + 1, 1})
			}
			if j+1 < height {
				edges = append(edges, Edge{at, at + int32(width), 1})
			}
		}
	}
	return New(fmt.Sprintf("grid of %d×%d", width, height), width*height, edges)
}

// Geometric is a random geometric graph: nodes are points of the unit square, evenly
// distributed, and those nearer than √(degree/(π nodes)) are joined, so that a node has about
// degree neighbours (Gilbert, J. SIAM 9, 1961).
func Geometric(nodes int, degree float64, seed uint64) (*Graph, error) {
	if err := atLeast("random geometric graph: nodes", nodes, 2); err != nil {
		return nil, err
	}
	if !(degree > 0 && degree < float64(nodes)) {
		return nil, fmt.Errorf("graphs: random geometric graph of %d nodes with %g neighbours each; want more than 0, fewer than nodes", nodes, degree)
	}
	if err := fits(fmt.Sprintf("random geometric graph of %d nodes with %g neighbours each", nodes, degree), nodes, float64(nodes)*degree/2); err != nil {
		return nil, err
	}
	r := random(1, seed)
	radius := math.Sqrt(degree / (math.Pi * float64(nodes)))
	side := max(1, int(min(1/radius, math.Sqrt(float64(nodes))))) // cells no smaller than the radius
	x := make([][2]float64, nodes)
	cells := make([][]int32, side*side)
	cell := func(v float64) int { return min(int(v*float64(side)), side-1) }
	for i := range x {
		x[i] = [2]float64{r.Float64(), r.Float64()}
		c := cell(x[i][1])*side + cell(x[i][0])
		cells[c] = append(cells[c], int32(i))
	}
	var edges []Edge
	for i, p := range x {
		for cy := max(0, cell(p[1])-1); cy <= min(side-1, cell(p[1])+1); cy++ {
			for cx := max(0, cell(p[0])-1); cx <= min(side-1, cell(p[0])+1); cx++ {
				for _, j := range cells[cy*side+cx] {
					if int(j) > i && math.Hypot(x[j][0]-p[0], x[j][1]-p[1]) < radius {
						edges = append(edges, Edge{int32(i), j, 1})
					}
				}
			}
		}
	}
	return New(fmt.Sprintf("random geometric graph of %d nodes", nodes), nodes, edges)
}

// BarabasiAlbert is a scale-free graph by preferential attachment: each new node is joined to
// attach earlier ones, drawn with probabilities that grow with their degrees (Barabási and
// Albert, Science 286, 1999).
func BarabasiAlbert(nodes, attach int, seed uint64) (*Graph, error) {
	if err := atLeast("Barabási–Albert graph: edges of a new node", attach, 1); err != nil {
		return nil, err
	}
	if err := atLeast("Barabási–Albert graph: nodes", nodes, attach+1); err != nil {
		return nil, err
	}
	if err := fits(fmt.Sprintf("Barabási–Albert graph of %d nodes with %d edges each", nodes, attach), nodes, float64(nodes-attach)*float64(attach)); err != nil {
		return nil, err
	}
	r := random(2, seed)
	var edges []Edge
	var ends []int32               // each node as often as it has edges
	for i := 1; i <= attach; i++ { // begins as a star
		edges, ends = append(edges, Edge{0, int32(i), 1}), append(ends, 0, int32(i))
	}
	chosen := make([]int32, 0, attach)
	drawn := make([]int32, nodes) // the last new node that drew a node
	for i := attach + 1; i < nodes; i++ {
		chosen = chosen[:0]
		for len(chosen) < attach {
			if j := ends[r.IntN(len(ends))]; drawn[j] != int32(i) {
				drawn[j], chosen = int32(i), append(chosen, j)
			}
		}
		for _, j := range chosen {
			edges, ends = append(edges, Edge{j, int32(i), 1}), append(ends, j, int32(i))
		}
	}
	return New(fmt.Sprintf("Barabási–Albert graph of %d nodes", nodes), nodes, edges)
}

const (
	maxMade      = 1 << 24 // nodes of a graph that is made here
	maxMadeEdges = 1 << 27
)

func atLeast(what string, n, least int) error {
	if n < least || n > maxMade {
		return fmt.Errorf("graphs: %s: %d; want %d to %d", what, n, least, maxMade)
	}
	return nil
}

// fits reports a graph of so many nodes and about so many edges that is too large to make.
func fits(what string, nodes int, edges float64) error {
	if nodes > maxMade || edges > maxMadeEdges {
		return fmt.Errorf("graphs: a %s has %d nodes and about %.3g edges; want at most %d and %d", what, nodes, edges, maxMade, maxMadeEdges)
	}
	const node, edge = 100, 100 // bytes: of lists that grow, and of those that New makes of them
	return memory.Check("a "+what, node*int64(nodes)+edge*int64(edges))
}
