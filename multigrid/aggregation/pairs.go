package aggregation

// Aggregates, from pairs of unknowns and pairs of pairs.

import "math"

// Aggregate joins unknowns of A that are coupled well, as the levels of a [Hierarchy] do: the
// aggregate of each, −1 for one that needs none, and the coarse matrix Pᵀ A P. For a graph
// Laplacian the first partner of an unknown is that of its heaviest edge when weights are
// divided by degrees, w_ij (1/d_i + 1/d_j), as in the heavy-edge matching of Graclus (Dhillon,
// Guan and Kulis, IEEE Trans. Pattern Anal. Mach. Intell. 29, 2007): this is 2/μ of [Matrix.pairs].
func Aggregate(a *Matrix) (group []int32, coarse *Matrix, err error) {
	if err := a.check(); err != nil {
		return nil, nil, err
	}
	if a.sums == nil {
		b := *a
		b.sums = b.rowSums()
		a = &b
	}
	group, coarse = a.aggregate()
	return group, coarse, nil
}

// aggregate joins unknowns to pairs and these to pairs again, and returns the aggregate of
// each unknown and the coarse matrix.
func (a *Matrix) aggregate() (group []int32, c *Matrix) {
	group, count := a.pairs(a.Diagonal)
	c = a.coarse(group, count)
	for pass := 1; pass < 2 || pass < most && float64(c.Len()) > share*float64(a.Len()); pass++ {
		weight := make([]float64, c.Len())
		for i, g := range group {
			if g >= 0 {
				weight[g] += a.Diagonal[i]
			}
		}
		joined, count := c.pairs(weight)
		for i, g := range group {
			if g >= 0 {
				group[i] = joined[g]
			}
		}
		c = c.coarse(joined, count)
	}
	return group, c
}

// pairs joins unknowns that are coupled well, and returns the aggregate of each and their
// number. The two-grid factor of a pair {i, j} is bounded by 1 − 1/μ with
//
//	μ = 2 / (1/a_ii + 1/a_jj)  /  ( −a_ij + 1 / (1/s_i + 1/s_j) ),
//
// s_i = a_ii + Σ_{k≠i} a_ik the sum of row i (Napov and Notay, An algebraic multigrid method
// with guaranteed convergence rate, SIAM J. Sci. Comput. 34, 2012). A pair has to
// have μ < worst; each unknown takes the neighbour for which it is least. Unknowns whose
// diagonal outweighs all couplings need none: relaxation alone reduces their errors, and
// their aggregate is −1; so is that of a row of zeros.
//
// The diagonal is the weight, that of relaxation: for pairs of pairs the sum over the finest
// unknowns in them, since these are what is relaxed. Strong pairs so remain apart until they
// are points of a level.
func (a *Matrix) pairs(weight []float64) (group []int32, count int) {
	const free = -2
	sums := a.sums
	group = make([]int32, a.Len())
	for i, d := range a.Diagonal {
		group[i] = free
		size := 0.0
		for _, v := range a.Value[a.Start[i]:a.Start[i+1]] {
			if v < 0 {
				size -= v
			} else {
				size += v
			}
		}
		if d == 0 || d >= dominant*size && weight[i] <= worst*(d-size) {
			group[i] = -1
		}
	}
	for i := range group {
		if group[i] != free {
			continue
		}
		best, least := int32(-1), float64(worst)
		for t := a.Start[i]; t < a.Start[i+1]; t++ {
			j := a.Column[t]
			if group[j] != free {
				continue
			}
			coupling := -a.Value[t]
			if s, r := max(sums[i], 0), max(sums[j], 0); s > 0 && r > 0 {
				coupling += s * r / (s + r)
			}
			if !(coupling > 0) {
				continue
			}
			d, e := weight[i], weight[j]
			if mu := 2 * d / (d + e) * e / coupling; mu < least {
				best, least = j, mu
			}
		}
		group[i] = int32(count)
		if best >= 0 {
			group[best] = int32(count)
		}
		count++
	}
	return group, count
}

// dominant is how many times the sum of its couplings a diagonal must be for relaxation to
// suffice.
const dominant = 5

// rounding is the part of Σ |a_ij| that the sum of a row may be for it to be taken for 0. A
// diagonal that is a sum of 27 couplings is off by 10⁻¹⁴ of it at most, and entries may come
// with rounding errors of their own. Larger sums that are rounding errors would make the
// coarsest matrix regular by chance, smaller ones are lost.
const rounding = 1e-12

// rowSums are the sums of the rows.
func (a *Matrix) rowSums() []float64 {
	sums := make([]float64, a.Len())
	for i, d := range a.Diagonal {
		sum, size := d, d
		for _, v := range a.Value[a.Start[i]:a.Start[i+1]] {
			sum += v
			size += math.Abs(v)
		}
		if math.Abs(sum) > rounding*size {
			sums[i] = sum
		}
	}
	return sums
}
