package tool

// The operators of a method, beside classical ones.

import (
	"fmt"
	"math"
	"math/cmplx"

	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// MethodView is a method with its operators, level by level.
type MethodView struct {
	*method.Method
	Of    string       `json:"coarse_operators_of"` // the operator that coarse ones are made of
	Parts []MethodPart `json:"parts"`

	omega float64 // of the weighted Jacobi iteration beside its smoothers
}

// MethodPart is an operator of a level, and a classical one to compare it with.
type MethodPart struct {
	Level     int             `json:"level"`
	What      string          `json:"what"`                // as "R"
	Says      string          `json:"says,omitempty"`      // what it is, in words
	Stencil   *method.Stencil `json:"stencil"`             // nil where it has none
	Classical string          `json:"classical,omitempty"` // what stands beside it, in words
	Beside    *method.Stencil `json:"classical_stencil"`   // nil where nothing does
	// Smoothing is the largest of |Π (1 − K̂ Â/D)| over the waves with |θ| ≥ π/2 along some axis,
	// what the steps before or after leave of these; of steps of weighted Jacobi it is
	// ClassicalSmoothing. Both are given with the last step, and nil where there is no symbol.
	Smoothing          *float64 `json:"smoothing_factor,omitempty"`
	ClassicalSmoothing *float64 `json:"classical_smoothing_factor,omitempty"`

	smooths, smoothsBeside func(theta [3]float64) float64
}

// ViewMethod reads the file of a method. Coarse operators are those of the operator that it was
// made for, else of −Δ of 2d+1 points.
func ViewMethod(path string) (*MethodView, error) {
	m, err := method.Read(path)
	if err != nil {
		return nil, Usage(err)
	}
	return viewMethod(m)
}

// viewMethod is [ViewMethod] of a method that has been read.
func viewMethod(m *method.Method) (*MethodView, error) {
	m, err := withoutNetwork(m)
	if err != nil {
		return nil, err
	}
	a, of, err := shown(m)
	if err != nil {
		return nil, err
	}
	settings, err := m.Settings(a)
	if err != nil {
		return nil, err
	}
	v := &MethodView{Method: m, Of: of, omega: []float64{2. / 3, .8, 6. / 7}[m.Dim-1]}
	levels := []multigrid.Coarse{{A: a}}
	for i := range m.Levels {
		next, ok, err := settings.Coarsening.Coarsen(levels)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		v.level(i, levels[i].A, next)
		levels = append(levels, next)
	}
	return v, nil
}

// emittedShown is how many levels of an emitted method are shown.
const emittedShown = 3

// withoutNetwork is what the network of a method, if it has one, emits for −Δ of 2d+1 points.
func withoutNetwork(m *method.Method) (*method.Method, error) {
	switch {
	case m.Network == nil:
		return m, nil
	case m.Network.Emits != method.EmitsLevels:
		return nil, Usagef("the network of this method emits %s point by point; it has no kernels to show", m.Network.Emits)
	}
	a, _, err := shown(m)
	if err != nil {
		return nil, err
	}
	kernel, _ := a.Kernel()
	emitted, err := m.Emit(kernel)
	if err != nil {
		return nil, err
	}
	emitted.Levels = emitted.Levels[:emittedShown]
	return emitted, nil
}

// shown is the operator of a view, on a grid of as many levels as the method lists, if there is one.
func shown(m *method.Method) (a stencil.Operator, of string, err error) {
	n := 128 << min(len(m.Levels), [...]int{14, 7, 2}[m.Dim-1])
	grid, err := pde.Unit(m.Dim, n)
	if err != nil {
		return a, of, err
	}
	grid.H = [3]float64{}
	for d := range m.Dim {
		grid.H[d] = 1
	}
	if m.Operator == nil {
		return stencil.Laplacian(grid), fmt.Sprintf("−Δ of %d points", 2*m.Dim+1), nil
	}
	k, err := m.Operator.Kernel()
	if err != nil {
		return a, of, err
	}
	a, err = stencil.Differential(grid, k)
	return a, "the operator that it was made for", err
}

// level adds the parts of a level with the operator a.
func (v *MethodView) level(level int, a stencil.Operator, next multigrid.Coarse) {
	l := v.Levels[level]
	add := func(p MethodPart) {
		p.Level = level
		v.Parts = append(v.Parts, p)
	}
	own := kernelOf(v.Dim, a, true)
	add(MethodPart{What: "A over its diagonal", Says: []string{v.Of, "coarse operator"}[min(level, 1)], Stencil: own})
	jacobi := method.JacobiStencil(v.Dim, v.omega)
	for _, side := range []struct {
		name  string
		steps []method.Step
	}{{"before", l.Pre}, {"after", l.Post}} {
		steps, minimises := withoutMinimise(side.steps)
		for i, s := range steps {
			p := MethodPart{What: side.name + ", u += K * (r/D)", Classical: fmt.Sprintf("Jacobi, ω = %.3g", v.omega), Beside: jacobi}
			if len(steps) > 1 {
				p.What = fmt.Sprintf("%s %d, u += K * (r/D)", side.name, i+1)
			}
			switch {
			case s.Stencil != nil:
				p.Stencil = s.Stencil
			case s.Jacobi != 0:
				p.Stencil, p.Says = method.JacobiStencil(v.Dim, s.Jacobi), fmt.Sprintf("Jacobi, ω = %.4g", s.Jacobi)
			default:
				p.What, p.Says = fmt.Sprintf("%s %d", side.name, i+1), fmt.Sprintf("Gauss–Seidel by colours, weights %v", s.Colours)
			}
			if minimises[i] {
				p.What += ", as far as makes |r| smallest"
			}
			if i == len(steps)-1 {
				p.smooths = smooths(own, side.steps)
				if p.smooths != nil {
					p.smoothsBeside = smooths(own, classicalSteps(len(side.steps), v.omega))
					p.Smoothing, p.ClassicalSmoothing = highest(v.Dim, p.smooths), highest(v.Dim, p.smoothsBeside)
				}
			}
			add(p)
		}
	}
	linear := method.LinearStencil(v.Dim)
	share := 1 / float64(int(1)<<v.Dim)
	add(MethodPart{What: "R", Says: l.Restriction.Name, Stencil: kernelOf(v.Dim, next.R, false), Classical: "full weighting", Beside: linear.Scale(share)})
	add(MethodPart{What: "P", Says: l.Prolongation.Name, Stencil: kernelOf(v.Dim, next.P, false), Classical: "linear", Beside: linear})
	classical := MethodPart{What: "coarse A over D of this level", Says: l.Coarse.Name, Stencil: kernelOver(v.Dim, next.A, a), Classical: "Galerkin, R and P linear"}
	if again, err := galerkinOf(a, next); err == nil {
		classical.Beside = kernelOver(v.Dim, again, a)
	}
	add(classical)
}

// withoutMinimise lists steps with, in the place of those that minimise the residual, the ones over
// whose corrections they do so, and says which these are.
func withoutMinimise(steps []method.Step) (list []method.Step, minimises []bool) {
	for _, s := range steps {
		if s.Minimise == nil {
			list, minimises = append(list, s), append(minimises, false)
		}
		for _, k := range s.Minimise {
			list, minimises = append(list, method.Step{Stencil: k}), append(minimises, true)
		}
	}
	return list, minimises
}

func classicalSteps(n int, omega float64) (list []method.Step) {
	for range n {
		list = append(list, method.Step{Jacobi: omega})
	}
	return list
}

// galerkinOf is the classical R A P to the grid of next.
func galerkinOf(a stencil.Operator, next multigrid.Coarse) (stencil.Operator, error) {
	coarse, _ := next.A.Grids()
	r, p, err := a.Transfers(coarse)
	if err != nil {
		return a, err
	}
	return stencil.Galerkin(r, a, p)
}

// kernelOf is the stencil of an operator, over its centre if that is asked for; nil if it varies.
func kernelOf(dim int, a stencil.Operator, over bool) *method.Stencil {
	k, ok := a.Kernel()
	if !ok {
		return nil
	}
	if over {
		k = k.Scale(1 / k[13])
	}
	return method.FromKernel(dim, k)
}

// kernelOver is the stencil of a coarse operator over the diagonal of the finer one.
func kernelOver(dim int, coarse, fine stencil.Operator) *method.Stencil {
	k, ok := coarse.Kernel()
	d, varying, err := fine.Diagonal()
	if !ok || varying != nil || err != nil {
		return nil
	}
	return method.FromKernel(dim, k.Scale(1/d))
}

// smooths is |Π (1 − K̂ Â/D)|; nil if a step has no symbol.
func smooths(a *method.Stencil, steps []method.Step) func(theta [3]float64) float64 {
	if a == nil || len(steps) == 0 {
		return nil
	}
	var kernels []*method.Stencil
	for _, s := range steps {
		switch {
		case s.Stencil != nil:
			kernels = append(kernels, s.Stencil)
		case s.Jacobi != 0:
			kernels = append(kernels, method.JacobiStencil(a.Dim, s.Jacobi))
		default:
			return nil
		}
	}
	return func(theta [3]float64) float64 {
		left := complex(1, 0)
		for _, k := range kernels {
			left *= 1 - k.Symbol(theta)*a.Symbol(theta)
		}
		return cmplx.Abs(left)
	}
}

// together is what all steps of the finest level leave of the waves with |θ| ≥ π/2 along some
// axis, and what as many of weighted Jacobi do; nil where a side has no symbol.
func (v *MethodView) together() (own, classical *float64) {
	sides := 0
	left := func([3]float64) float64 { return 1 }
	beside := left
	for _, p := range v.Parts {
		if p.Level == 0 && p.smooths != nil {
			first, second := left, beside
			left = func(theta [3]float64) float64 { return first(theta) * p.smooths(theta) }
			beside = func(theta [3]float64) float64 { return second(theta) * p.smoothsBeside(theta) }
			sides++
		}
	}
	if l := v.Levels[0]; sides == 0 || sides < min(1, len(l.Pre))+min(1, len(l.Post)) {
		return nil, nil
	}
	return highest(v.Dim, left), highest(v.Dim, beside)
}

// highest is the largest value at waves with |θ| ≥ π/2 along some axis.
func highest(dim int, f func(theta [3]float64) float64) *float64 {
	most, n := 0.0, 64
	if dim == 3 {
		n = 32
	}
	var index, count [3]int
	for d := range count {
		count[d] = 1
		if d < dim {
			count[d] = n
		}
	}
	for index[2] = range count[2] {
		for index[1] = range count[1] {
			for index[0] = range count[0] {
				var theta [3]float64
				high := false
				for d := range dim {
					theta[d] = math.Pi * (2*float64(index[d])/float64(n) - 1)
					high = high || math.Abs(theta[d]) >= math.Pi/2
				}
				if high {
					most = max(most, f(theta))
				}
			}
		}
	}
	return &most
}
