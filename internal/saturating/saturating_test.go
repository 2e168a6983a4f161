package saturating

import (
	"math"
	"testing"
)

func TestProductAndSumStopAtTheLargestInt(t *testing.T) {
	const most = math.MaxInt
	for _, c := range []struct {
		sizes         []int
		product, sum_ int
	}{
		{nil, 1, 0},
		{[]int{3, 4, 5}, 60, 12},
		{[]int{0, most, most}, 0, most},
		{[]int{most, most, 0}, 0, most},
		{[]int{most, 1}, most, most},
		{[]int{1 << 31, 1 << 31}, 1 << 62, 1 << 32},
		{[]int{1 << 32, 1 << 31}, most, 3 << 31},
		{[]int{1 << 32, 1 << 32}, most, 1 << 33}, // 0 when it wraps
		{[]int{1 << 62, 1 << 62}, most, most},
	} {
		if got := Product(c.sizes...); got != c.product {
			t.Errorf("the product of %v is %d, want %d", c.sizes, got, c.product)
		}
		if got := Sum(c.sizes...); got != c.sum_ {
			t.Errorf("the sum of %v is %d, want %d", c.sizes, got, c.sum_)
		}
	}
}
