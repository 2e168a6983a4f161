package shallow

// Functions to approximate.

import (
	"fmt"
	"math"
	"strings"
)

// Target is a function on the unit cube of any dimension.
type Target struct {
	Name, About string
	At          func(x []float64) float64
}

// Targets are those that have a name.
func Targets() []Target {
	fromCentre := func(x []float64) (square float64) {
		for _, v := range x {
			square += (v - 0.5) * (v - 0.5)
		}
		return square
	}
	radial := func(power float64) func(x []float64) float64 {
		return func(x []float64) float64 { return math.Pow(fromCentre(x), power/2) }
	}
	return []Target{
		{"gauss", "exp(−4|x − c|²), c the centre: smooth", func(x []float64) float64 { return math.Exp(-4 * fromCentre(x)) }},
		{"cosine", "cos 2πx₁ + … + cos 2πx_d", func(x []float64) (sum float64) {
			for _, v := range x {
				sum += math.Cos(2 * math.Pi * v)
			}
			return sum
		}},
		{"radial-half", "|x − c|^½, at the edge of what relu^0 approximates at its rate", radial(0.5)},
		{"radial-three-halves", "|x − c|^(3/2), the same for relu^1", radial(1.5)},
		{"radial-five-halves", "|x − c|^(5/2), the same for relu^2", radial(2.5)},
	}
}

// LookupTarget finds a target by its name.
func LookupTarget(name string) (Target, error) {
	var names []string
	for _, t := range Targets() {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return Target{}, fmt.Errorf("shallow: target %q; want %s", name, strings.Join(names, ", "))
}
