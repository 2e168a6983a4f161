package report

// The page: figures and charts set in a template.

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"

	"mgtool/multigrid/method"
)

//go:embed page.html
var page string

//go:embed page.css
var style string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"figure": figure, "percent": percent, "seconds": seconds, "symbol": symbol, "kernel": kernel, "list": listed,
	"changed": func(list []Part) []Part { return split(list, true) }, "unchanged": func(list []Part) []Part { return split(list, false) },
	"power": func(v float64) string { return power(int(math.Round(math.Log10(v)))) }, "side": func(n int) int { return n - 1 },
}).Parse(page))

// DefaultTitle is the title of a page without one of its own.
const DefaultTitle = "What is a trained operator worth?"

// hues is how many colours the style sheet has for curves.
const hues = 6

// WriteHTML writes the page. The same report gives the same bytes. It is an error if lists do not
// fit each other.
func (r *Report) WriteHTML(w io.Writer) error {
	if err := r.check(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	v := view{Report: r, Style: template.CSS(style), Title: cmp.Or(r.Title, DefaultTitle), Largest: r.Sizes[len(r.Sizes)-1], Columns: 6 + len(r.Sizes)}
	for _, m := range r.Methods {
		if k := len(v.Groups); k == 0 || v.Groups[k-1].Cycle != m.Cycle {
			v.Groups = append(v.Groups, group{Cycle: m.Cycle})
		}
		g := &v.Groups[len(v.Groups)-1]
		colour := len(g.Methods)
		if colour >= hues { // those of the classical methods, which come first, are theirs
			colour = hues/2 + (colour-hues)%(hues/2)
		}
		l := look{Method: m, Colour: colour, Dashed: len(v.Groups)%2 == 0}
		about := m.Name + ", " + m.Cycle
		if m.Spectrum != nil {
			var err error
			l.Plane = plane("eigenvalues of the error propagation, "+about, m.Spectrum.Eigenvalues, l.Colour)
			if l.After, err = waves("waves in a random error after one cycle, "+about, m.Spectrum.After); err != nil {
				return err
			}
			l.Radius = math.Hypot(m.Spectrum.Eigenvalues[0][0], m.Spectrum.Eigenvalues[0][1])
			l.Most = slices.Max(m.Spectrum.After)
		}
		l.Full = about
		g.Methods = append(g.Methods, l)
	}
	for _, g := range v.Groups {
		v.Says = append(v.Says, r.summary(g)...)
		for _, l := range g.Methods {
			v.Looks = append(v.Looks, l)
			for _, f := range l.Factors {
				if f.True == nil || f.TenSweeps == nil || *f.True == 0 {
					continue
				}
				ratio := *f.TenSweeps / *f.True
				if v.Lowest == nil {
					v.Lowest, v.Highest = &ratio, &ratio
				}
				low, high := min(*v.Lowest, ratio), max(*v.Highest, ratio)
				v.Lowest, v.Highest = &low, &high
			}
			if len(l.Parts) > 0 {
				v.Learned = append(v.Learned, l)
			}
		}
	}
	v.charts()
	return pageTemplate.Execute(w, v)
}

// check reports lists that do not fit.
func (r *Report) check() error {
	if len(r.Sizes) == 0 || !(r.RelTol > 0 && r.RelTol < 1) {
		return fmt.Errorf("%d sizes, a tolerance of %g; want a size or more, and a tolerance between 0 and 1", len(r.Sizes), r.RelTol)
	}
	for _, m := range r.Methods {
		if len(m.Factors) != len(r.Sizes) {
			return fmt.Errorf("%s has %d factors; want one for each of %d sizes", m.Name, len(m.Factors), len(r.Sizes))
		}
		if s := m.Spectrum; s != nil && (len(s.Eigenvalues) == 0 || !square(len(s.After))) {
			return fmt.Errorf("%s has %d eigenvalues and %d waves; want one or more, and a square of waves", m.Name, len(s.Eigenvalues), len(s.After))
		}
		for _, p := range m.Parts {
			for _, s := range []*Symbol{p.Symbol, p.BesideMap} {
				if s != nil && (len(s.Values) == 0 || len(s.Values) != s.Side*s.Side) {
					return fmt.Errorf("%s, %s: %d values of a symbol of side %d; want its square", m.Name, p.What, len(s.Values), s.Side)
				}
			}
		}
	}
	if p := r.PDE; p != nil {
		for _, row := range p.Rows {
			if len(row.Mean) != len(p.Sizes) || len(row.Low) != len(p.Sizes) || len(row.High) != len(p.Sizes) {
				return fmt.Errorf("%s has %d means; want one for each of %d sizes", row.Cycle, len(row.Mean), len(p.Sizes))
			}
		}
	}
	return nil
}

// square reports the square of a positive number.
func square(n int) bool {
	side := int(math.Round(math.Sqrt(float64(n))))
	return n > 0 && side*side == n
}

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
	Ratio                     *float64
	Numbers                   int
}

// summary sets the best learned method of a group, by its factor on the largest grid, against
// the best classical one.
func (r *Report) summary(g group) []sentence {
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
		return nil
	}
	last := len(r.Sizes) - 1
	return []sentence{{
		Cycle: g.Cycle, Learned: with.Name, Classical: without.Name, Factor: with.Factors[last].True, Before: without.Factors[last].True,
		Cycles: with.Cycles, CyclesBefore: without.Cycles, Ratio: with.Ratio, Numbers: with.Numbers,
	}}
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

// number is a float64 or a pointer to one; a nil pointer is NaN.
func number(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case *float64:
		if v != nil {
			return *v
		}
	case int:
		return float64(v)
	case *int:
		if v != nil {
			return float64(*v)
		}
	}
	return math.NaN()
}

// figure sets a number with so many digits after the point, all of it in an attribute; a dash
// stands for none.
func figure(digits int, v any) template.HTML {
	return set(v, func(f float64) string {
		if math.Abs(f) >= 1e4 && f != math.Trunc(f) { // the factor of a cycle that diverges
			return fmt.Sprintf("%.1e", f)
		}
		return decimal(digits, f)
	})
}

func set(v any, text func(float64) string) template.HTML {
	f := number(v)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "–"
	}
	return template.HTML(fmt.Sprintf(`<data value="%v">%s</data>`, f, template.HTMLEscapeString(text(f))))
}

// percent sets a fraction in percent.
func percent(v any) template.HTML {
	return set(v, func(f float64) string { return decimal(2, 100*f) })
}

// seconds sets a time in milliseconds.
func seconds(v any) template.HTML {
	return set(v, func(f float64) string { return strings.TrimSuffix(fmt.Sprintf("%#.3g", 1e3*f), ".") })
}

// listed joins seeds.
func listed(seeds []uint64) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(seeds), " ", ", "), "[]")
}
