package multigrid

// Inner products and norms over the interior of a field.

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"mgtool/internal/parallel"
	"mgtool/pde"
)

// dot is the inner product over the interior: rows in blocks that do not depend
// on the number of threads, added in order, so that its bits do not either.
func dot(x, y *pde.Field) float64 {
	var parts [16]float64
	parallel.Blocks(x.N[1]-1, len(parts), func(block, lo, hi int) {
		var sum float64
		for j := lo + 1; j <= hi; j++ {
			sum += floats.Dot(x.Row(j, 0)[1:x.N[0]], y.Row(j, 0)[1:y.N[0]])
		}
		parts[block] = sum
	})
	var sum float64
	for _, p := range parts {
		sum += p
	}
	return sum
}

// norm is the Euclidean norm over the interior, also where the squares of the
// values would under- or overflow.
func norm(x *pde.Field) float64 {
	const small, large = 1e-280, 1e280
	if sum := dot(x, x); sum > small && sum < large {
		return math.Sqrt(sum)
	}
	var largest, sum float64
	for j := 1; j < x.N[1]; j++ {
		for _, v := range x.Row(j, 0)[1:x.N[0]] {
			largest = max(largest, math.Abs(v))
		}
	}
	if largest == 0 || math.IsInf(largest, 0) || math.IsNaN(largest) {
		return largest
	}
	for j := 1; j < x.N[1]; j++ {
		for _, v := range x.Row(j, 0)[1:x.N[0]] {
			sum += (v / largest) * (v / largest)
		}
	}
	return largest * math.Sqrt(sum)
}
