package evaluate

import (
	"strings"
	"testing"

	"mgtool/mgnet"
)

// A model that is no walk has no states to show, and says so.
func TestInspectLayers(t *testing.T) {
	n, err := mgnet.New(mgnet.Dense(4, 4, 1, 3, []int{5}), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Inspect(n, make([]float32, 16)); err == nil || !strings.Contains(err.Error(), "no walk over levels") {
		t.Errorf("error %v", err)
	}
}
