package tool

// The operators of a method, beside classical ones.

import (
	"fmt"
	"io"
	"math"
	"math/cmplx"

	"image/png"

	"mgtool/internal/atomicfile"
	"mgtool/internal/picture"
	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
)

// MethodView is a method with its operators, level by level.
type MethodView struct {
	*method.Method
	Of     string // the operator that coarse ones are made of
	Weight float64
	Parts  []MethodPart
}

// MethodPart is an operator of a level, and a classical one to compare it with.
type MethodPart struct {
	Level     int
	What      string          // as "before, step 0"
	Says      string          // what it is, in words
	Stencil   *method.Stencil // nil where words are all
	Classical string
	Beside    *method.Stencil // nil where there is none
	// Smooths is |Π (1 − K̂ Â/D)|, what smoothing leaves of a wave, and SmoothsClassical that of
	// as many steps of weighted Jacobi; nil for other parts, and where there is no symbol.
	Smooths, SmoothsClassical func(theta [3]float64) float64
}

// ViewMethod reads the file of a method. Coarse operators are those of the operator that it was
// made for, else of −Δ of 2d+1 points.
func ViewMethod(path string) (*MethodView, error) {
	m, err := method.Read(path)
	if err != nil {
		return nil, Usage(err)
	}
	a, of, err := shown(m)
	if err != nil {
		return nil, err
	}
	settings, err := m.Settings(a)
	if err != nil {
		return nil, err
	}
	v := &MethodView{Method: m, Of: of, Weight: []float64{2. / 3, .8, 6. / 7}[m.Dim-1]}
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

// shown is the operator of a view, on a grid of as many levels as the method lists.
func shown(m *method.Method) (a stencil.Operator, of string, err error) {
	n := 32 << min(len(m.Levels), 14)
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
	jacobi := method.JacobiStencil(v.Dim, v.Weight)
	for _, side := range []struct {
		name  string
		steps []method.Step
	}{{"before", l.Pre}, {"after", l.Post}} {
		for i, s := range side.steps {
			p := MethodPart{What: side.name + ", u += K ∗ (r/D)", Classical: fmt.Sprintf("Jacobi, ω = %.3g", v.Weight), Beside: jacobi}
			if len(side.steps) > 1 {
				p.What = fmt.Sprintf("%s %d, u += K ∗ (r/D)", side.name, i+1)
			}
			switch {
			case s.Stencil != nil:
				p.Stencil = s.Stencil
			case s.Jacobi != 0:
				p.Stencil, p.Says = method.JacobiStencil(v.Dim, s.Jacobi), fmt.Sprintf("Jacobi, ω = %g", s.Jacobi)
			default:
				p.What, p.Says = fmt.Sprintf("%s %d", side.name, i+1), fmt.Sprintf("Gauss–Seidel by colours, weights %v", s.Colours)
			}
			if i == len(side.steps)-1 {
				p.Smooths = smooths(own, side.steps)
				if p.Smooths != nil {
					p.SmoothsClassical = smooths(own, classicalSteps(len(side.steps), v.Weight))
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

// WritePNG draws the stencils as squares with their numbers, and |symbols| over θ ∈ [−π, π]
// along every axis, in three dimensions where θ_z = 0; beside them the classical ones.
func (v *MethodView) WritePNG(path string) error {
	name := v.Name
	if name == "" {
		name = "method"
	}
	sheet := picture.Sheet{Title: []string{
		name + fmt.Sprintf(": %d-D, %s-cycle; coarse operators of %s", v.Dim, map[int]string{1: "V", 2: "W"}[v.Gamma], v.Of),
		"each operator, and beside it the classical one: its stencil (" + picture.SignedLegend + "), and |symbol| over θ from −π to π (white is 0, dark blue the largest)",
	}}
	if v.Dim == 3 {
		sheet.Title = append(sheet.Title, "planes of stencils stand side by side, z = −1, 0, 1; symbols are those at θ_z = 0")
	}
	for _, p := range v.Parts {
		s := picture.Section{Columns: 6, Side: 1}
		for _, one := range []struct {
			label, note string
			stencil     *method.Stencil
			smooths     func([3]float64) float64
		}{{fmt.Sprintf("level %d: %s", p.Level, p.What), p.Says, p.Stencil, p.Smooths}, {"classical", p.Classical, p.Beside, p.SmoothsClassical}} {
			if one.stencil == nil {
				continue
			}
			most := 0.0
			for _, w := range one.stencil.Weights {
				most = max(most, math.Abs(w))
			}
			values, height, width := flat(one.stencil)
			s.Tiles = append(s.Tiles, picture.Tile{Picture: picture.Numbers(values, height, width, most), Label: one.label, Note: one.note})
			symbol := one.stencil.Symbol
			s.Tiles = append(s.Tiles, symbolTile(v.Dim, "|symbol|", 0, func(theta [3]float64) float64 { return cmplx.Abs(symbol(theta)) }))
			if one.smooths != nil {
				s.Tiles = append(s.Tiles, symbolTile(v.Dim, "left by smoothing", 1, one.smooths))
			}
		}
		if len(s.Tiles) > 0 {
			sheet.Sections = append(sheet.Sections, s)
		}
	}
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, sheet.Draw()) })
}

// flat are the weights as a picture has them: y upwards, planes side by side.
func flat(s *method.Stencil) (values []float64, height, width int) {
	w := s.Width
	height, width = w, w
	switch s.Dim {
	case 1:
		height = 1
	case 3:
		width = w * w
	}
	for y := height - 1; y >= 0; y-- {
		for z := range width / w {
			for x := range w {
				values = append(values, s.Weights[(z*height+y)*w+x])
			}
		}
	}
	return values, height, width
}

// symbolTile draws a function of θ, in colours from 0 to a limit, its largest value if that is 0.
func symbolTile(dim int, label string, limit float64, f func(theta [3]float64) float64) picture.Tile {
	const side = 156
	height := side
	if dim == 1 {
		height = side / 4
	}
	values := make([]float64, 0, height*side)
	most, high := 0.0, 0.0
	for j := range height {
		for i := range side {
			theta := [3]float64{math.Pi * (2*float64(i)/(side-1) - 1)}
			if dim > 1 {
				theta[1] = math.Pi * (1 - 2*float64(j)/(side-1))
			}
			value := f(theta)
			values = append(values, value)
			if most = max(most, value); max(math.Abs(theta[0]), math.Abs(theta[1])) >= math.Pi/2 {
				high = max(high, value)
			}
		}
	}
	note := fmt.Sprintf("largest %.3g", most)
	if limit > 0 {
		note = fmt.Sprintf("largest where |θ| ≥ π/2: %.3g", high)
	} else {
		limit = most
	}
	return picture.Tile{Picture: picture.Magnitudes(values, height, side, limit), Label: label, Note: note}
}
