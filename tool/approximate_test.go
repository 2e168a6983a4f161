package tool

import (
	"errors"
	"strings"
	"testing"
)

// What would be another number, or would never end, is wrong use in one line.
func TestFrequenciesRefused(t *testing.T) {
	for want, change := range map[string]func(q *Frequencies){
		"--neurons 0":        func(q *Frequencies) { q.Neurons = 0 },
		"--points 100000000": func(q *Frequencies) { q.Points = 100_000_000 },
		"--neurons 9000000":  func(q *Frequencies) { q.Neurons = 9_000_000 },
		"--points -1":        func(q *Frequencies) { q.Points = -1 },
		"--every 0":          func(q *Frequencies) { q.Every = 0 },
		"--scale 0":          func(q *Frequencies) { q.Scale = 0 },
	} {
		q := DefaultFrequencies()
		change(&q)
		_, err := q.Run(t.Context(), Reporter{})
		var usage *UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want wrong use with %q", err, want)
		}
	}
}
