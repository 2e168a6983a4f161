package report

// The page: figures and charts set in a template.

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
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

// WriteHTML writes the page. The same report gives the same bytes. It is an error if lists do not
// fit each other.
func (r *Report) WriteHTML(w io.Writer) error {
	if err := r.check(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	v, err := r.view()
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return pageTemplate.Execute(w, v)
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
