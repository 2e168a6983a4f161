package report

// A report arranged for the template: methods by their cycles, with their pictures.

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"

	"mgtool/multigrid/method"
)

// view is what the template sets.
type view struct {
	*Report
	Style   template.CSS
	Title   string
	Largest int
	Columns int // of the first table
	// Lowest and Highest are the estimates of ten cycles over the true factors.
	Lowest, Highest *float64
	Says            []sentence
	Groups          []group
	Looks, Learned  []look
	History         template.HTML
	Moduli          template.HTML
	ShareLegend     template.HTML
	WaveLegend      template.HTML
	PDEWorth        []sized
	ImageWorth      template.HTML
	Blocks          []block
}

// hues is how many colours the style sheet has for curves.
const hues = 6

// view arranges a report that fits.
func (r *Report) view() (*view, error) {
	v := &view{Report: r, Style: template.CSS(style), Title: cmp.Or(r.Title, DefaultTitle), Largest: r.Sizes[len(r.Sizes)-1], Columns: 6 + len(r.Sizes)}
	for _, m := range r.Methods {
		if k := len(v.Groups); k == 0 || v.Groups[k-1].Cycle != m.Cycle {
			v.Groups = append(v.Groups, group{Cycle: m.Cycle})
		}
		g := &v.Groups[len(v.Groups)-1]
		l, err := lookOf(m, len(g.Methods), len(v.Groups)%2 == 0)
		if err != nil {
			return nil, err
		}
		g.Methods, v.Looks = append(g.Methods, l), append(v.Looks, l)
		if len(l.Parts) > 0 {
			v.Learned = append(v.Learned, l)
		}
		for _, f := range l.Factors {
			if f.True == nil || f.TenSweeps == nil || *f.True == 0 {
				continue
			}
			ratio := *f.TenSweeps / *f.True
			low, high := ratio, ratio
			if v.Lowest != nil {
				low, high = min(*v.Lowest, ratio), max(*v.Highest, ratio)
			}
			v.Lowest, v.Highest = &low, &high
		}
	}
	for _, g := range v.Groups {
		if s, ok := g.summary(); ok {
			v.Says = append(v.Says, s)
		}
	}
	v.charts()
	return v, nil
}

// lookOf draws what a method has alone; at is its place in its group.
func lookOf(m Method, at int, dashed bool) (l look, err error) {
	if at >= hues { // the colours of classical methods, which come first, are theirs
		at = hues/2 + (at-hues)%(hues/2)
	}
	l = look{Method: m, Full: m.Name + ", " + m.Cycle, Colour: at, Dashed: dashed}
	if s := m.Spectrum; s != nil {
		l.Plane = plane("eigenvalues of the error propagation, "+l.Full, s.Eigenvalues, l.Colour)
		l.Radius, l.Most = math.Hypot(s.Eigenvalues[0][0], s.Eigenvalues[0][1]), slices.Max(s.After)
		l.After, err = waves("waves in a random error after one cycle, "+l.Full, s.After)
	}
	return l, err
}

// group is the methods of one cycle.
type group struct {
	Cycle   string
	Methods []look
}

// look is a method with its pictures.
type look struct {
	Method
	Full         string // with its cycle
	Colour       int
	Dashed       bool
	Plane, After template.HTML
	Radius, Most float64
}

// Levels are the operators of the method, level by level.
func (l look) Levels() (list [][]Part) {
	for _, p := range l.Parts {
		for p.Level >= len(list) {
			list = append(list, nil)
		}
		list[p.Level] = append(list[p.Level], p)
	}
	return list
}

// split are the parts that differ from the classical ones beside them, or those that do not.
func split(list []Part, differ bool) (some []Part) {
	for _, p := range list {
		same := p.Beside == nil && p.Classical == "" || p.Stencil != nil && p.Beside != nil && near(p.Stencil, p.Beside)
		if same != differ {
			some = append(some, p)
		}
	}
	return some
}

// near reports stencils that are equal but for rounding.
func near(a, b *method.Stencil) bool {
	if a.Width != b.Width || len(a.Weights) != len(b.Weights) {
		return false
	}
	for i, w := range a.Weights {
		if math.Abs(w-b.Weights[i]) > 1e-12 {
			return false
		}
	}
	return true
}

// sized is a chart of effects on a grid.
type sized struct {
	N     int
	Chart template.HTML
}

// block is the rows of a part of the factorial of images.
type block struct {
	Name string
	Rows []ImageRow
}

// sentence is a part of the answer, for one cycle.
type sentence struct {
	Cycle, Learned, Classical string
	Factor, Before            *float64
	Cycles, CyclesBefore      *int
	Speedup                   *float64
	Numbers                   int
}

// summary sets the best learned method of a group, by its factor on the largest grid, against
// the best classical one; it is false where there is no such pair.
func (g group) summary() (s sentence, ok bool) {
	best := func(learned bool) *look {
		var at *look
		for i, l := range g.Methods {
			f := l.Factors[len(l.Factors)-1].True
			if l.Learned == learned && f != nil && (at == nil || *f < *at.Factors[len(at.Factors)-1].True) {
				at = &g.Methods[i]
			}
		}
		return at
	}
	with, without := best(true), best(false)
	if with == nil || without == nil {
		return s, false
	}
	last := len(with.Factors) - 1
	return sentence{
		Cycle: g.Cycle, Learned: with.Name, Classical: without.Name, Factor: with.Factors[last].True, Before: without.Factors[last].True,
		Cycles: with.Cycles, CyclesBefore: without.Cycles, Speedup: with.Speedup, Numbers: with.Numbers,
	}, true
}

// charts draws what compares methods.
func (v *view) charts() {
	var histories, moduli []series
	for _, l := range v.Looks {
		s := series{name: l.Full, colour: l.Colour, dashed: l.Dashed, y: l.Residuals}
		histories = append(histories, s)
		if l.Spectrum == nil {
			continue
		}
		s.y = nil
		for _, e := range l.Spectrum.Eigenvalues {
			s.y = append(s.y, math.Hypot(e[0], e[1]))
		}
		moduli = append(moduli, s)
	}
	v.History = curves("residuals over cycles", "cycles", "‖r‖ / ‖g‖", 0, v.RelTol/100, v.RelTol, histories)
	if len(moduli) > 0 {
		v.Moduli = curves("moduli of the eigenvalues in order", "number of the eigenvalue", "|λ|", 1, 1e-5, 0, moduli)
	}
	v.ShareLegend = legend("colours of the symbols, from 0 to the largest", []string{"0", "half", "largest"})
	v.WaveLegend = legend("colours of the shares of waves, half a decade each", []string{power(-5), power(-4), power(-3), power(-2), power(-1), "1"})
	if v.PDE != nil {
		for _, n := range v.PDE.Sizes {
			var list []Effect
			for _, e := range v.PDE.Worth {
				if e.N == n {
					list = append(list, e)
				}
			}
			if len(list) > 0 {
				v.PDEWorth = append(v.PDEWorth, sized{n, whiskers(fmt.Sprintf("what learning an operator multiplies the factor by on %d cells a side", n), "factor with the operator learned over that with it fixed", list, true)})
			}
		}
	}
	if v.Images != nil {
		if len(v.Images.Worth) > 0 {
			v.ImageWorth = whiskers("what each change is worth in points of accuracy", "points of test accuracy", v.Images.Worth, false)
		}
		for _, row := range v.Images.Rows {
			k := slices.IndexFunc(v.Blocks, func(b block) bool { return b.Name == row.Block })
			if k < 0 {
				k, v.Blocks = len(v.Blocks), append(v.Blocks, block{Name: row.Block})
			}
			v.Blocks[k].Rows = append(v.Blocks[k].Rows, row)
		}
	}
}
