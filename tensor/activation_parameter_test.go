package tensor

import (
	"fmt"
	"strings"
	"testing"
)

// An activation with parameters where it takes none, without where it does, or with a
// number of them that does not divide the values, is a programmer's mistake, which the
// panic names.
func TestActivationParametersThatDoNotFit(t *testing.T) {
	for name, c := range map[string]struct {
		activation string
		values     int
		theta      []float32
		panics     bool
	}{
		"relu":                     {"relu", 6, nil, false},
		"relu with a parameter":    {"relu", 6, []float32{.5}, true},
		"prelu without":            {"prelu", 6, nil, true},
		"prelu":                    {"prelu", 6, []float32{.5}, false},
		"prelu a channel":          {"prelu", 6, []float32{.5, .25}, false},
		"prelu of other channels":  {"prelu", 6, []float32{.5, .25, .1, .2}, true},
		"more parameters than one": {"hat", 7, []float32{1, 2}, true},
	} {
		a, err := LookupActivation(c.activation)
		if err != nil {
			t.Fatal(err)
		}
		message := func() (text string) {
			defer func() {
				if r := recover(); r != nil {
					text = fmt.Sprint(r)
				}
			}()
			a.Forward(make([]float32, c.values), make([]float32, c.values), c.theta)
			return ""
		}()
		if c.panics && !strings.Contains(message, "want none without, else one or one per channel") || !c.panics && message != "" {
			t.Errorf("%s: panic %q; want one that names the parameters: %t", name, message, c.panics)
		}
	}
}
