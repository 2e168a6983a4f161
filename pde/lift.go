package pde

// The operator on boundary values that are extended inwards, from the boundary alone.

import "math"

// Lift is A E for the transfinite interpolant E of the boundary values of a field
// (see [Field.ExtendBoundary]), of which only faces are stored. With P_d the linear
// blend along axis d between the two sides across it,
//
//	E = u − Π (I − P_d) u = Σ_e P_e Π_{d>e} (I − P_d) u.
//
// A second difference along d is 0 of what P_d makes, and of all else it is taken on
// the boundary, where with F_d = −a_d δ_d² u / h_d²
//
//	A E = Σ_e P_e K_e,   K_e = Σ_{d≠e} Π_{f>e, f≠d} (I − P_f) F_d:
//
// for each axis a blend between two faces. What is constant in u cancels in F_d, so
// a constant that is added to the boundary values changes A E by rounding alone.
//
// The discrete problem does not know the values on edges and corners. They count if
// they fit the faces that meet there; else, also where they were never set, values
// extrapolated from the faces stand in for them.
type Lift struct {
	grid  Grid
	faces [3][2][]float64 // K_e on both sides, the axes but e in order
	// Norm is √Σu² of the values on the faces, without edges.
	Norm float64
}

// NewLift prepares A E for A = −Σ a_d ∂²/∂x_d² and the boundary values of f, all of whose
// sides are Dirichlet. It takes time and memory of the order of the boundary.
func NewLift[T Real](f *Field[T], a [3]float64) *Lift {
	l := &Lift{grid: f.Grid}
	b := boundaryOf(f)
	if b.zero() {
		return l
	}
	l.Norm = f.BoundaryNorm()
	if l.Zero() {
		return l
	}
	b.meet()
	for e := range b.dim {
		for side := range 2 {
			var face []float64
			b.onFace(e, side, func(at [3]int) {
				sum := 0.0
				for d := range b.dim {
					if d != e {
						sum += b.cut(at, e+1, d, func(at [3]int) float64 { return a[d] * b.secondDifference(at, d) })
					}
				}
				face = append(face, sum)
			})
			l.faces[e][side] = face
		}
	}
	return l
}

// BoundaryNorm is √Σu² of the values on Dirichlet sides, without edges and corners. Fields on
// cells have none there.
func (f *Field[T]) BoundaryNorm() (norm float64) {
	b := boundaryOf(f)
	for e := range b.dim {
		for side, given := range b.given[e] {
			if given {
				b.onFace(e, side, func(at [3]int) { norm = math.Hypot(norm, float64(f.At(at[0], at[1], at[2]))) })
			}
		}
	}
	return norm
}

// Zero reports that A E = 0 without a look at it: all boundary values are 0, or E is
// linear, in one dimension.
func (l *Lift) Zero() bool { return l.Norm == 0 || l.grid.Dim() == 1 }

// LiftRow sets out to A E on vertices first, first+1, … inside the row with y index j
// and z index k; l is not [Lift.Zero].
func LiftRow[T Real](l *Lift, j, k, first int, out []T) {
	n := l.grid.N
	// Along x the blend of one value on either side.
	at := j - 1
	if l.grid.Dim() == 3 {
		at += (k - 1) * (n[1] - 1)
	}
	left, right := l.faces[0][0][at], l.faces[0][1][at]
	step := (right - left) / float64(n[0])
	for i := range out {
		out[i] = T(left + float64(first+i)*step)
	}
	// Across it that of rows of the faces.
	add := func(e, index, row int) {
		t := float64(index) / float64(n[e])
		begin := row*(n[0]-1) + first - 1
		low, high := l.faces[e][0][begin:][:len(out)], l.faces[e][1][begin:][:len(out)]
		for i := range out {
			out[i] += T(low[i] + t*(high[i]-low[i]))
		}
	}
	if l.grid.Dim() == 2 {
		add(1, j, 0)
		return
	}
	add(1, j, k-1)
	add(2, k, j-1)
}

// boundary reads the values of a field on its boundary.
type boundary[T Real] struct {
	field *Field[T]
	dim   int
	given [3][2]bool // the sides with given values, which are those of Dirichlet on vertices
	end   [3]int     // the index of vertices on the other side of each axis, if it is such
	// edges are the values that count on vertices where two or three faces meet: of
	// the edge along d, with the sides of the other axes as bits, by index along d.
	edges [3][4][]float64
	// trusting takes every finite value there as it is.
	trusting bool
}

func boundaryOf[T Real](f *Field[T]) *boundary[T] {
	b := &boundary[T]{field: f, dim: f.Dim()}
	for d := range b.dim {
		b.end[d] = f.Inner(d) + 1
		for side, kind := range f.Sides[d] {
			b.given[d][side] = kind == Dirichlet && !f.Cells
		}
	}
	return b
}

// onFace calls body for the vertices inside a face, x fastest.
func (b *boundary[T]) onFace(e, side int, body func(at [3]int)) {
	var lo, hi [3]int
	for d := range 3 {
		lo[d], hi[d] = b.field.Inside(d)
	}
	lo[e], hi[e] = side*b.end[e], side*b.end[e]+1
	for k := lo[2]; k < hi[2]; k++ {
		for j := lo[1]; j < hi[1]; j++ {
			for i := lo[0]; i < hi[0]; i++ {
				body([3]int{i, j, k})
			}
		}
	}
}

// zero reports that all values on the faces are 0, which most problems have, at the
// cost of reading them.
func (b *boundary[T]) zero() bool {
	f := b.field
	j0, j1 := f.Inside(1)
	k0, k1 := f.Inside(2)
	for k := k0; k < k1; k++ {
		for j := j0; j < j1; j++ {
			if row := f.Row(j, k); row[0] != 0 || row[f.N[0]] != 0 {
				return false
			}
		}
	}
	across := func(j, k int) bool {
		for _, v := range f.Row(j, k)[1:f.N[0]] {
			if v != 0 {
				return false
			}
		}
		return true
	}
	if b.dim > 1 {
		for k := k0; k < k1; k++ {
			if !across(0, k) || !across(f.N[1], k) {
				return false
			}
		}
	}
	if b.dim > 2 {
		for j := j0; j < j1; j++ {
			if !across(j, 0) || !across(j, f.N[2]) {
				return false
			}
		}
	}
	return true
}

// ends are the axes at whose ends a vertex lies.
func (b *boundary[T]) ends(at [3]int) (list [3]int, count int) {
	for d := range b.dim {
		if at[d] == 0 && b.given[d][0] || at[d] == b.end[d] && b.given[d][1] {
			list[count] = d
			count++
		}
	}
	return list, count
}

// edge finds the place of an edge's vertex, or of a corner, in edges. In two
// dimensions a corner lies on the edge along z.
func (b *boundary[T]) edge(at [3]int) (along, sides, index int) {
	along = 2
	for d := b.dim - 1; d >= 0; d-- {
		if at[d] != 0 && at[d] != b.end[d] {
			along = d
			break
		}
	}
	for d, bit := 0, 1; d < b.dim; d++ {
		if d != along {
			if at[d] != 0 {
				sides |= bit
			}
			bit <<= 1
		}
	}
	return along, sides, at[along]
}

// value is u at a vertex of the boundary, as it counts.
func (b *boundary[T]) value(at [3]int) float64 {
	if _, count := b.ends(at); count > 1 {
		along, sides, index := b.edge(at)
		return b.edges[along][sides][index]
	}
	return float64(b.field.At(at[0], at[1], at[2]))
}

// rowOnEdge is the values that count of the row (j, k) where it lies on an edge along
// x, else nil.
func (b *boundary[T]) rowOnEdge(j, k int) []float64 {
	at := [3]int{1, j, k}
	if _, count := b.ends(at); count < 2 {
		return nil
	}
	along, sides, _ := b.edge(at)
	return b.edges[along][sides]
}

// meet finds the values that count on edges, then on corners.
func (b *boundary[T]) meet() {
	if b.dim == 1 {
		return // there are none
	}
	for d := range b.edges {
		for sides := range b.edges[d] {
			b.edges[d][sides] = make([]float64, b.end[d]+1)
		}
	}
	each := func(want int) {
		span := func(d int, body func(v int)) {
			for v := range b.end[d] + 1 {
				if want == b.dim && v != 0 && v != b.end[d] {
					continue // corners alone
				}
				body(v)
			}
		}
		// Vertices with want ends: all but one or two indices are 0 or n.
		for along := range b.dim {
			span(along, func(v int) {
				for sides := range 1 << (b.dim - 1) {
					var at [3]int
					for d, bit := 0, 1; d < b.dim; d++ {
						if d == along {
							at[d] = v
							continue
						}
						if sides&bit != 0 {
							at[d] = b.end[d]
						}
						bit <<= 1
					}
					if _, count := b.ends(at); count == want {
						a, s, index := b.edge(at)
						b.edges[a][s][index] = b.fit(at)
					}
				}
			})
		}
	}
	for want := 2; want <= b.dim; want++ {
		each(want)
	}
}

// fit is the value of the field at a vertex where faces meet if it is not far from
// what these say, and else that: the mean of the parabolas through the next three
// vertices of each axis. Not far is ten times the spread of the values that are
// looked at.
func (b *boundary[T]) fit(at [3]int) float64 {
	own := float64(b.field.At(at[0], at[1], at[2]))
	if b.trusting && !math.IsNaN(own) && !math.IsInf(own, 0) {
		return own
	}
	low, high := math.Inf(1), math.Inf(-1)
	mean := 0.0
	axes, count := b.ends(at)
	for _, d := range axes[:count] {
		var v [3]float64
		known := min(3, b.field.Inner(d))
		for i := range known {
			next := at
			next[d] = 1 + i
			if at[d] != 0 {
				next[d] = at[d] - 1 - i
			}
			v[i] = b.value(next)
			low, high = min(low, v[i]), max(high, v[i])
		}
		switch known {
		case 1:
			mean += v[0]
		case 2:
			mean += 2*v[0] - v[1]
		default:
			mean += 3*(v[0]-v[1]) + v[2]
		}
	}
	mean /= float64(count)
	const few = 0x1p-50 // some roundings
	if math.Abs(own-mean) <= 10*(high-low)+few*math.Abs(mean) {
		return own
	}
	return mean
}

// secondDifference is −δ_d² u / h_d² at a vertex of the boundary, as a
// difference of differences, in which a constant cancels exactly.
func (b *boundary[T]) secondDifference(at [3]int, d int) float64 {
	before, after := at, at
	before[d]--
	after[d]++
	u := b.value(at)
	return ((u - b.value(before)) + (u - b.value(after))) / (b.field.H[d] * b.field.H[d])
}

// cut is Π (I − P_f) of term at a vertex, over the axes f ≥ first but skip.
func (b *boundary[T]) cut(at [3]int, first, skip int, term func(at [3]int) float64) float64 {
	for f := first; f < b.dim; f++ {
		if f == skip {
			continue
		}
		low, high := at, at
		low[f], high[f] = 0, b.field.N[f]
		t := float64(at[f]) / float64(b.field.N[f])
		return b.cut(at, f+1, skip, term) - (1-t)*b.cut(low, f+1, skip, term) - t*b.cut(high, f+1, skip, term)
	}
	return term(at)
}
