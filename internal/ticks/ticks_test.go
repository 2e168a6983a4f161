package ticks

import "testing"

// Powers of ten are labelled as people write them.
func TestDecades(t *testing.T) {
	labels := ""
	count := 0
	for _, tick := range (Decades{}).Ticks(1e-5, 20) {
		if count++; tick.Label != "" {
			labels += tick.Label + " "
		}
	}
	many := ""
	for _, tick := range (Decades{}).Ticks(1e-17, 10) {
		if tick.Label != "" {
			many += tick.Label + " "
		}
	}
	if want := "1e-16 1e-14 1e-12 1e-10 1e-08 1e-06 1e-04 0.01 1 "; many != want {
		t.Errorf("labels %s; want %s", many, want)
	}
	if want := "1e-05 1e-04 1e-03 0.01 0.1 1 10 "; labels != want || count != 6*9+2 {
		t.Errorf("%d ticks, labels %s; want %d, %s", count, labels, 6*9+2, want)
	}
}
