package source

import (
	"math"
	"testing"
)

// A Fisher-Yates shuffle of 4 makes all 24 orders equally often.
func TestShuffleFair(t *testing.T) {
	const n = 24000
	order := make([]int32, 4)
	count := map[[4]int32]int{}
	for epoch := range n {
		Order(order, 11, epoch)
		count[[4]int32(order)]++
	}
	for order, got := range count {
		if math.Abs(float64(got)-1000) > 4.5*31 { // σ = √(n/24·23/24) = 31
			t.Errorf("order %v came %d times, want 1000 ± 31", order, got)
		}
	}
	if len(count) != 24 {
		t.Errorf("%d orders of 4 images, want 24", len(count))
	}
}
