// Package feature extracts features of images by the constrained linear model of the lectures,
// (17)–(21): of an image g, find u with
//
//	A * u = g,   u ≥ 0,
//
// where A is a convolution, given (a Laplacian, a blur) or learned from images ([Learn]), and u
// may have other channels than g. Iterations start from u = 0, r = g; with σ = max(·, 0) they
// are
//
//	linear      u += B r,                 r −= A (B r)                 eq. (21)
//	projected   u ← σ(u + B r),           r = g − A u
//	sigma       u += σ B σ r,             r −= A (σ B σ r)             the form of MgNet
//
// What they solve is known for a given A. With B = ωAᵀ the projected form is the projected
// gradient method for min ‖g − A u‖² over u ≥ 0, and with B = ω/a projected Jacobi for
// min ½uᵀA u − gᵀu over u ≥ 0, where A is symmetric and positive definite. For B = ω/a, ω ≤ 1,
// and an A without positive couplings the sigma form takes the same steps as projected Jacobi:
// r can only rise from 0 or more where u has changed, so that no step goes down and σ cuts what
// the projection would. For other A and B the sigma form solves neither; it never lowers u.
//
// With free A and B the sigma form is a smoothing step of MgNet and, in r, a block of a pre-act
// ResNet (He, Xu, Zhang & Zhu, Neural Networks 162, 2023).
package feature

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Map is an image or its feature: Height × Width pixels of Channels values, channels last.
type Map struct {
	Height, Width, Channels int
	Values                  []float64
}

// NewMap is the map of zeros.
func NewMap(height, width, channels int) Map {
	return Map{height, width, channels, make([]float64, height*width*channels)}
}

func (m Map) validate(what string) error {
	if m.Height < 1 || m.Width < 1 || m.Channels < 1 || len(m.Values) != m.Height*m.Width*m.Channels {
		return fmt.Errorf("feature: %s of %d×%d pixels and %d channels with %d values; want one or more of each, and their product", what, m.Height, m.Width, m.Channels, len(m.Values))
	}
	for k, v := range m.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("feature: %s has the value %g at pixel (%d, %d); want finite numbers", what, v, k/m.Channels/m.Width, k/m.Channels%m.Width)
		}
	}
	return nil
}

// Norm is the Euclidean norm.
func (m Map) Norm() float64 {
	sum := 0.0
	for _, v := range m.Values {
		sum += v * v
	}
	return math.Sqrt(sum)
}

// combine is x + c y.
func combine(x Map, c float64, y Map) Map {
	z := NewMap(x.Height, x.Width, x.Channels)
	for i := range z.Values {
		z.Values[i] = x.Values[i] + c*y.Values[i]
	}
	return z
}

// relu is max(x, 0).
func relu(x Map) Map {
	y := NewMap(x.Height, x.Width, x.Channels)
	for i, v := range x.Values {
		y.Values[i] = max(v, 0)
	}
	return y
}

// Form is the form of an iteration; see the package's introduction.
type Form string

// The three forms.
const (
	Linear    Form = "linear"
	Projected Form = "projected"
	Sigma     Form = "sigma"
)

// Forms lists them.
var Forms = []Form{Linear, Projected, Sigma}

// ParseForm finds a form by its name.
func ParseForm(name string) (Form, error) {
	if !slices.Contains(Forms, Form(name)) {
		var names []string
		for _, f := range Forms {
			names = append(names, string(f))
		}
		return "", fmt.Errorf("feature: unknown form %q; known: %s", name, strings.Join(names, ", "))
	}
	return Form(name), nil
}

// Model is an iteration for A * u = g.
type Model struct {
	Form Form   `json:"form"`
	A    Kernel `json:"a"` // from features to images
	B    Kernel `json:"b"` // from images to features
}

// Validate reports the first invalid value.
func (m Model) Validate() error {
	if _, err := ParseForm(string(m.Form)); err != nil {
		return err
	}
	if err := m.A.validate("A"); err != nil {
		return err
	}
	if err := m.B.validate("B"); err != nil {
		return err
	}
	if m.A.In != m.B.Out || m.A.Out != m.B.In {
		return fmt.Errorf("feature: A from %d to %d channels and B from %d to %d; want B to go back to where A comes from", m.A.In, m.A.Out, m.B.In, m.B.Out)
	}
	return nil
}

// space is what an iteration needs of a vector space: of maps, or of nodes of a graph.
type space[V any] struct {
	a, b, sigma func(V) V
	add, sub    func(x, y V) V
}

// step is one of the iteration from u, r: the formulas of the package's introduction.
func (s space[V]) step(form Form, g, u, r V) (V, V) {
	switch form {
	case Projected:
		u = s.sigma(s.add(u, s.b(r)))
		return u, s.sub(g, s.a(u))
	case Sigma:
		r0 := s.sigma(r)
		d := s.sigma(s.b(r0))
		return s.add(u, d), s.sub(r, s.a(d))
	}
	d := s.b(r)
	return s.add(u, d), s.sub(r, s.a(d))
}

// maps is the space of numbers.
func (m Model) maps() space[Map] {
	return space[Map]{
		a: m.A.Apply, b: m.B.Apply, sigma: relu,
		add: func(x, y Map) Map { return combine(x, 1, y) }, sub: func(x, y Map) Map { return combine(x, -1, y) },
	}
}

// Solve does steps of the iteration on the image g, from u = 0, and returns u. see, if not
// nil, is called with u and r = g − A u at the start and after each step, for reading. It ends
// early, with an error, if ctx is cancelled or a value is not finite.
func (m Model) Solve(ctx context.Context, g Map, steps int, see func(step int, u, r Map)) (Map, error) {
	if err := m.Validate(); err != nil {
		return Map{}, err
	}
	if err := g.validate("the image"); err != nil {
		return Map{}, err
	}
	if g.Channels != m.A.Out {
		return Map{}, fmt.Errorf("feature: an image of %d channels for A to %d; want as many", g.Channels, m.A.Out)
	}
	if steps < 0 {
		return Map{}, fmt.Errorf("feature: %d steps; want 0 or more", steps)
	}
	s := m.maps()
	u, r := NewMap(g.Height, g.Width, m.A.In), g
	for k := 0; ; k++ {
		if see != nil {
			see(k, u, r)
		}
		if err := ctx.Err(); err != nil {
			return Map{}, err
		}
		if k == steps {
			return u, nil
		}
		u, r = s.step(m.Form, g, u, r)
		if norm := r.Norm(); math.IsNaN(norm) || math.IsInf(norm, 0) {
			return Map{}, fmt.Errorf("feature: the residual is %g after %d steps; the iteration diverges: want a smaller B", norm, k+1)
		}
	}
}

// Violation is ‖min(u, −B r)‖₂ for r = g − A u: 0 where u ≥ 0 solves the problem whose
// projected iteration has this B. Without the constraint, for the linear form, it is ‖B r‖₂.
func (m Model) Violation(u, r Map) float64 {
	step := m.B.Apply(r)
	if m.Form == Linear {
		return step.Norm()
	}
	for i, v := range u.Values {
		step.Values[i] = min(v, -step.Values[i])
	}
	return step.Norm()
}
