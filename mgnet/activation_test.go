package mgnet

import (
	"fmt"
	"testing"
)

// Parameters of activations are counted, start where they should, and have a name
// of their own.
func TestActivationParameters(t *testing.T) {
	base := MgNet(16, 16, 1, 3, []int{4, 6}, []int{2, 1})
	plain := base.Parameters()
	norms := 4 + 4*4 + 2*6 + 2*6 // channels of the norms: stem, two steps, R and Π, a step
	for _, c := range []struct {
		what   string
		change func(c *Config)
		more   int
	}{
		{"gelu", func(c *Config) { c.Activation = "gelu" }, 0},
		{"hat", func(c *Config) { c.Activation = "hat" }, 0},
		{"hat, trained", func(c *Config) { c.Activation, c.HatTrained = "hat", true }, 2},
		{"prelu", func(c *Config) { c.Activation = "prelu" }, norms},
	} {
		config := base
		c.change(&config)
		n, err := New(config, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := n.Parameters(); got != plain+c.more || config.Parameters() != got {
			t.Errorf("%s: the network has %d parameters, the formula gives %d, want %d", c.what, got, config.Parameters(), plain+c.more)
		}
	}
	base.Activation = "hat"
	for _, c := range []struct {
		support []float64
		want    string
	}{{nil, "[5] [10]"}, {[]float64{3}, "[3] [3]"}, {[]float64{2, 7}, "[2] [7]"}} {
		base.HatSupport = c.support
		n, err := New(base, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(n.byName["level0.hat"].Data, n.byName["level1.hat"].Data); got != c.want {
			t.Errorf("supports %v: %s, want %s", c.support, got, c.want)
		}
	}
}
