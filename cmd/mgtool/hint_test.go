package main

import (
	"strings"
	"testing"

	"mgtool/mgnet/evaluate"
	"mgtool/multigrid"
	"mgtool/multigrid/cycle"
)

// What a shell completes is what the flag takes.
func TestCompletedValues(t *testing.T) {
	app := &app{}
	solve := app.solve()
	smoothers, _ := values(solve, "smoother")
	for _, name := range smoothers {
		if _, err := multigrid.NewSmoother(name, 3, 0); err != nil {
			t.Error(err)
		}
	}
	// The error for an unknown smoother lists all there are.
	_, err := multigrid.NewSmoother("", 3, 0)
	if err == nil || !strings.HasSuffix(err.Error(), "known: "+strings.Join(smoothers, ", ")) {
		t.Errorf("%v; completed are %v", err, smoothers)
	}
	cycles, _ := values(solve, "cycle")
	for _, name := range cycles {
		if _, err := cycle.ParseCycle(name, 1, 1); err != nil {
			t.Error(err)
		}
	}
	augmentations, _ := values(app.eval(), "tta")
	for _, name := range augmentations {
		if _, err := evaluate.ParseTTA(name); err != nil {
			t.Error(err)
		}
	}
}
