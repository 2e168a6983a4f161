// Package saturating counts with sizes from outside, which may be any: results stay at
// the largest int instead of wrapping around.
package saturating

import (
	"math"
)

// Product multiplies sizes, none of them negative. One that is no int is [math.MaxInt].
func Product(sizes ...int) int {
	n := 1
	for _, s := range sizes {
		if s != 0 && n > math.MaxInt/s {
			n = math.MaxInt
			continue // a size to come may be 0
		}
		n *= s
	}
	return n
}

// Sum adds sizes, none of them negative. A sum that is no int is [math.MaxInt].
func Sum(sizes ...int) int {
	n := 0
	for _, s := range sizes {
		if s > math.MaxInt-n {
			return math.MaxInt
		}
		n += s
	}
	return n
}
