// Package field makes data for the learning of operators: pairs of a field a and the field u
// that an equation assigns to it,
//
//	darcy           −∇·(a ∇u) = f in the unit square, u = 0 on its sides; a is 12 or 3, f is 1
//	                or random
//	navier-stokes   ω_t + v·∇ω = ν Δω + f on a torus; a is ω at the first times, u at later ones
//	helmholtz       −Δu − (ω/c)² u = 0 with a flux through part of one side; a is c
//
// with a from a Gaussian random field of zero mean. A [Recipe] determines each sample from the
// seed and its number, so the number of threads does not enter. A finished file holds its
// recipe.
package field

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Recipe says how the samples are made. Keys that an equation does not use are left out.
type Recipe struct {
	Kind string `json:"kind"` // a name of [Kinds]
	// N is the number of points along each side where the equation is solved; every
	// Every-th of them along each axis is kept, the first one included.
	N     int `json:"n"`
	Every int `json:"every"`
	// Count samples to learn from, and Test more behind them to test with.
	Count int    `json:"count"`
	Test  int    `json:"test"`
	Seed  uint64 `json:"seed"`

	// The Gaussian random field has the covariance (−Δ + τ²)^−α.
	Alpha float64 `json:"alpha"`
	Tau   float64 `json:"tau"`

	// Of darcy: a where the random field is at least 0, and elsewhere.
	High float64 `json:"high,omitempty"`
	Low  float64 `json:"low,omitempty"`
	// Source of darcy is "" for f = 1, or "random": f is a random field of its own, with mean
	// square 1 over the points, and the second value of a.
	Source string `json:"source,omitempty"`

	// Of navier-stokes: ν, the time step, and the snapshots of an interval of time 1 each,
	// Before in a, the others up to Snapshots in u.
	Viscosity float64 `json:"viscosity,omitempty"`
	Step      float64 `json:"step,omitempty"`
	Snapshots int     `json:"snapshots,omitempty"`
	Before    int     `json:"before,omitempty"`

	// Of helmholtz: ω, and the mean of the speed of sound c = Speed + tanh of the random field.
	Frequency float64 `json:"frequency,omitempty"`
	Speed     float64 `json:"speed,omitempty"`
}

// kind is an equation: its usual recipe, and how one sample is made.
type kind struct {
	usual Recipe
	check func(Recipe) error
	// in and out are the values of a and u at a point.
	values func(Recipe) (in, out int)
	// worker makes what one goroutine needs; sample fills a and u at all N² points, x
	// fastest, the values of a point side by side.
	worker func(Recipe) (worker, error)
	// bytes is about the memory of a worker, without a and u.
	bytes func(Recipe) int
}

// worker makes samples, one at a time.
type worker interface {
	sample(a, u []float64, number int) error
}

var kinds = map[string]kind{
	"darcy":         darcyKind,
	"navier-stokes": navierStokesKind,
	"helmholtz":     helmholtzKind,
}

// Kinds are the names of the equations, in alphabetical order.
func Kinds() (names []string) {
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Usual is the recipe of an equation from the literature, without counts and seed:
//
//	darcy           the piecewise constant set of Li et al., Fourier Neural Operator, ICLR
//	                2021, appendix A.3.2, on 421² points of which every fourth is kept
//	navier-stokes   ν = 1e-3 of the same, appendix A.3.3, on 64² points with steps of 0.01
//	                in place of 256² and 1e-4
//	helmholtz       de Hoop, Huang, Qian, Stuart, The Cost-Accuracy Trade-Off in Operator
//	                Learning with Neural Networks, 2022, section 4, on 101² points
func Usual(kind string) (Recipe, error) {
	k, ok := kinds[kind]
	if !ok {
		return Recipe{}, fmt.Errorf("field: kind %q; want %s", kind, strings.Join(Kinds(), ", "))
	}
	return k.usual, nil
}

// The limits of a recipe.
const (
	maxPoints  = 2048
	maxSamples = 1 << 20
)

// Side is the number of points along a side that are kept.
func (r Recipe) Side() int { return (r.N + r.Every - 1) / r.Every }

// Values are the numbers of values of a and of u at each point.
func (r Recipe) Values() (in, out int) { return kinds[r.Kind].values(r) }

// Validate reports the first value with which no data can be made.
func (r Recipe) Validate() error {
	k, ok := kinds[r.Kind]
	if !ok {
		return fmt.Errorf("field: kind %q; want %s", r.Kind, strings.Join(Kinds(), ", "))
	}
	return cmp.Or(
		within("n", r.N, 8, maxPoints),
		within("every", r.Every, 1, max(1, r.N/4)),
		within("count", r.Count, 1, maxSamples),
		within("test", r.Test, 0, maxSamples),
		between("alpha", r.Alpha, 1, 20),
		between("tau", r.Tau, 1e-3, 1e3),
		r.foreign(k.usual),
		k.check(r),
	)
}

// foreign reports a key that belongs to another equation.
func (r Recipe) foreign(usual Recipe) error {
	for _, key := range []struct {
		name        string
		value, want float64
	}{
		{"high", r.High, usual.High}, {"low", r.Low, usual.Low},
		{"viscosity", r.Viscosity, usual.Viscosity}, {"step", r.Step, usual.Step},
		{"snapshots", float64(r.Snapshots), float64(usual.Snapshots)}, {"before", float64(r.Before), float64(usual.Before)},
		{"frequency", r.Frequency, usual.Frequency}, {"speed", r.Speed, usual.Speed},
	} {
		if key.want == 0 && key.value != 0 {
			return fmt.Errorf("field: %s %g with %s; want none, it belongs to another equation", key.name, key.value, r.Kind)
		}
	}
	if r.Kind != "darcy" && r.Source != "" {
		return fmt.Errorf("field: source %q with %s; want none, it belongs to darcy", r.Source, r.Kind)
	}
	return nil
}

func within(key string, v, lo, hi int) error {
	if v < lo || v > hi {
		return fmt.Errorf("field: %s %d; want %d to %d", key, v, lo, hi)
	}
	return nil
}

// between reports a number that is not from lo to hi, NaN included.
func between(key string, v, lo, hi float64) error {
	if !(v >= lo && v <= hi) || math.IsNaN(v) {
		return fmt.Errorf("field: %s %g; want %g to %g", key, v, lo, hi)
	}
	return nil
}
