// Package modeltest makes networks for the tests of the packages that store, exchange and
// evaluate them.
package modeltest

import (
	"math/rand/v2"
	"strings"

	"mgtool/mgnet"
)

// AsTrained returns a network with values such as a training leaves: nothing that is
// trained is 0 or 1. The same seed gives the same values.
func AsTrained(t interface{ Fatal(...any) }, m mgnet.Model, seed uint64) *mgnet.Network {
	n, err := mgnet.New(m, seed)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	fill := func(v []float32, mean, width float64) {
		for i := range v {
			v[i] = float32(mean + width*(2*rng.Float64()-1))
		}
	}
	for _, b := range n.Norms() {
		fill(b.Stats.RunningMean, 0, .5)
		fill(b.Stats.RunningVar, 1, .5)
	}
	for _, p := range n.Params() { // those that do not begin with random values
		switch end := p.Name[strings.LastIndex(p.Name, ".")+1:]; {
		case p.Fixed:
		case end == "gamma":
			fill(p.Data, 1, .5)
		case end == "beta" || end == "bias":
			fill(p.Data, 0, .5)
		case end == "hat" || end == "slope":
			fill(p.Data, float64(p.Data[0]), .1)
		}
	}
	return n
}
