package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mgtool/multigrid/method"
)

// invented is a report with figures of no measurement, unlike each other.
func invented() *Report {
	f := func(v float64) *float64 { return &v }
	i := func(v int) *int { return &v }
	s := &Spectrum{Eigenvalues: [][2]float64{{.31, 0}, {-.1, .05}, {-.1, -.05}, {0, 0}}, After: []float64{.5, .02, 1e-7, 0}}
	row := func(name string, learned bool, at float64) Method {
		return Method{
			Name: name, Cycle: "V(1,1)", Learned: learned, Source: name, Numbers: int(100 * at),
			Factors: []Factor{{N: 16, True: f(at), Cycles: 81, Converged: true, TenSweeps: f(1.3 * at)}, {N: 128, True: f(1.1 * at), Cycles: 97, Converged: !learned, TenSweeps: f(1.5 * at)}},
			Cycles:  i(int(20 * at)), Status: "converged", Residuals: []float64{1, at, at * at}, Solve: f(at / 100), Speedup: f(.3 / at), Digit: f(at / 1000),
			Spectrum: s,
		}
	}
	r := &Report{
		Made:  Made{Command: "mgtool compare report --out 'a b.html'", Version: "v1", Commit: "abc", Go: "go1", System: "linux/amd64", Threads: 2, Seed: 7, Date: "today", Seconds: 3},
		Sizes: []int{16, 128}, RelTol: 1e-8, Repeats: 3, Waves: 3,
		Methods: []Method{row("classical & old", false, .3123), row("better", true, .1234), {
			Name: "<fails>", Cycle: "V(1,1)", Learned: true, Status: "diverged", Source: "f.json", Note: "made for another operator",
			Factors: []Factor{{N: 16, Cycles: 3}, {N: 128, Cycles: 3}}, Residuals: []float64{1, 5},
		}},
		PDE: &PDE{File: "p.json", Problem: "−Δ", Sizes: []int{32}, Pre: 1, Post: 1, Rows: []PDERow{{Cycle: "learned B", Parameters: 9, Seeds: []uint64{1, 2}, Mean: []float64{.2}, Low: []float64{.15}, High: []float64{.25}}},
			Worth: []Effect{{About: "B learned", N: 32, Value: .6, Low: f(.5), High: f(.7), Runs: 4}, {About: "one pair", N: 32, Value: .9, Runs: 1}}},
		Images: &Images{File: "i.json", Data: "cifar10", Epochs: 5, Rows: []ImageRow{{Block: "mixed", Switches: []string{"fixed", "learned", "", "", "", "", ""}, Parameters: 12345, Seeds: []uint64{1}, Accuracy: f(.7654)}},
			Worth: []Effect{{About: "B learned", Value: 4.9, Low: f(4.5), High: f(5.3), Runs: 48}}},
	}
	jacobi, linear := method.JacobiStencil(2, .8), method.LinearStencil(2)
	symbol := &Symbol{About: "|symbol|", Side: 2, Values: []float64{0, .5, 1, 2}, Most: 2, Ring: true}
	r.Methods[1].Parts = []Part{
		{What: "before", Stencil: linear, Symbol: symbol, Classical: "Jacobi", Beside: jacobi, BesideMap: symbol, Smoothing: f(.4), ClassicalSmoothing: f(.6)},
		{What: "P", Says: "linear", Stencil: linear, Symbol: symbol, Classical: "linear", Beside: linear, BesideMap: symbol},
		{Level: 1, What: "colours", Says: "Gauss–Seidel by colours"},
	}
	return r
}

func written(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// element is a start of an element, with the text that it holds before the next one begins.
type element struct {
	path  []string // names of those around it and its own
	class string   // of the row of a table that it is in, if it is in one
	attrs map[string]string
	text  string
}

// elements reads a page as XML, which is stricter than HTML: every element ends.
func elements(t *testing.T, page string) (list []element) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	var path []string
	class, inside := "", false
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("the page is not well formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			path = append(path, token.Name.Local)
			e := element{path: slices.Clone(path), attrs: map[string]string{}}
			for _, a := range token.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			if token.Name.Local == "tr" {
				class = e.attrs["class"]
			}
			e.class = class
			list, inside = append(list, e), true
		case xml.EndElement:
			inside = false
			if token.Name.Local == "tr" {
				class = ""
			}
			path = path[:len(path)-1]
		case xml.CharData:
			if inside {
				list[len(list)-1].text += string(token)
			}
		}
	}
	if len(list) < 50 || len(path) != 0 {
		t.Fatalf("%d elements, %d of them open", len(list), len(path))
	}
	return list
}

// A page is one file: it runs nothing and loads nothing.
func TestNothingExternal(t *testing.T) {
	page := written(t, invented())
	if problem := external(elements(t, page)); problem != "" {
		t.Error(problem)
	}
	for _, bad := range []string{`<p><a href="http://example.org">x</a></p>`, `<img src="a.png"/>`, `<script>1</script>`, `<p onclick="f()">x</p>`, `<p style="background:url(a.png)">x</p>`} {
		if external(elements(t, strings.Replace(page, "<main>", "<main>"+bad, 1))) == "" {
			t.Errorf("%s passes: this test sees nothing", bad)
		}
	}
}

func external(list []element) string {
	ids := map[string]bool{}
	for _, e := range list {
		ids[e.attrs["id"]] = true
	}
	for _, e := range list {
		name := e.path[len(e.path)-1]
		switch name {
		case "script", "link", "iframe", "object", "embed", "base", "form":
			return "an element " + name
		case "style":
			if strings.Contains(e.text, "url(") || strings.Contains(e.text, "@import") {
				return "a style that loads something"
			}
		}
		for key, v := range e.attrs {
			switch {
			case strings.HasPrefix(key, "on"), strings.Contains(v, "url("), strings.Contains(v, "javascript:"):
				return fmt.Sprintf("%s has %s=%q", name, key, v)
			case key == "href" || key == "src" || key == "srcset" || key == "poster" || key == "data":
				inside := strings.HasPrefix(v, "#") && ids[v[1:]]
				if !inside && !strings.HasPrefix(v, "data:image/png;base64,") {
					return fmt.Sprintf("%s has %s=%q", name, key, v)
				}
			}
		}
	}
	return ""
}

// The rows of the first table are the figures of the report, all their digits in the attributes
// and rounded in the text.
func TestFigures(t *testing.T) {
	r := invented()
	list := elements(t, written(t, r))
	var got [][]float64
	for _, e := range list {
		if !strings.HasPrefix(e.class, "method") {
			continue
		}
		if e.path[len(e.path)-1] == "tr" {
			got = append(got, nil)
		}
		if e.path[len(e.path)-1] != "data" {
			continue
		}
		v, err := strconv.ParseFloat(e.attrs["value"], 64)
		if err != nil {
			t.Fatal(err)
		}
		got[len(got)-1] = append(got[len(got)-1], v)
	}
	if len(got) != len(r.Methods) {
		t.Fatalf("%d rows; want %d", len(got), len(r.Methods))
	}
	for i, m := range r.Methods {
		want := []float64{float64(m.Numbers)}
		for _, f := range m.Factors {
			want = append(want, number(f.True))
		}
		want = append(want, number(m.Cycles), number(m.Solve), number(m.Speedup), number(m.Digit))
		want = slices.DeleteFunc(want, math.IsNaN) // dashes
		if !slices.Equal(got[i], want) {
			t.Errorf("%s: %v; want %v", m.Name, got[i], want)
		}
	}
	rounded := 0
	for _, e := range list {
		if e.path[len(e.path)-1] != "data" {
			continue
		}
		text := strings.Replace(e.text, "−", "-", 1)
		_, decimals, _ := strings.Cut(text, ".")
		v, err := strconv.ParseFloat(text, 64)
		exact, _ := strconv.ParseFloat(e.attrs["value"], 64)
		half := .5000001 * math.Pow(10, -float64(len(decimals)))
		switch {
		case err != nil:
			t.Errorf("%q is no number", e.text)
		case math.Abs(v-exact) <= half, math.Abs(v-100*exact) <= half, math.Abs(v-1e3*exact) <= half: // as it is, in percent, in ms
			rounded++
		case v == 0 && math.Abs(exact) < 1e-4:
			rounded++
		default:
			t.Errorf("%q stands for %v", e.text, exact)
		}
	}
	if rounded < 40 {
		t.Errorf("%d figures; the page has more", rounded)
	}
}

// The parts of the page are there where there is something to show, and only there.
func TestSections(t *testing.T) {
	full, again := written(t, invented()), written(t, invented())
	if full != again {
		t.Error("the same report gives two pages")
	}
	for _, text := range []string{"<h1>What is a trained operator worth?</h1>", "classical &amp; old", "&lt;fails&gt;", "diverged", "p.json", "i.json", "76.54", "what is as in classical multigrid", "mgtool compare report --out &#39;a b.html&#39;"} {
		if !strings.Contains(full, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
	r := invented()
	r.PDE, r.Images, r.Title = nil, nil, "Mine & <yours>"
	short := written(t, r)
	elements(t, short)
	for _, text := range []string{`id="pde"`, `id="images"`, "sections that name a file"} {
		if !strings.Contains(full, text) || strings.Contains(short, text) {
			t.Errorf("%q: in the full page %t, in the short one %t", text, strings.Contains(full, text), strings.Contains(short, text))
		}
	}
	if !strings.Contains(short, "<h1>Mine &amp; &lt;yours&gt;</h1>") {
		t.Error("the title is not the one given")
	}
}

// Ticks are round, inside the axis, and no more than asked for.
func TestTicks(t *testing.T) {
	for _, c := range []struct {
		s    scale
		want string
	}{
		{scale{lo: 0, hi: 16}, "0 2 4 6 8 10 12 14 16"},
		{scale{lo: -.5, hi: 5.3}, "0 1 2 3 4 5"},
		{scale{lo: -1, hi: 1}, "−1 −0.5 0 0.5 1"},
		{scale{lo: 1e-10, hi: 1.2, log: true}, "10⁻¹⁰ 10⁻⁸ 10⁻⁶ 10⁻⁴ 10⁻² 1"},
		{scale{lo: .35, hi: 1.6, log: true}, "0.4 0.5 0.6 0.7 0.8 0.9 1 1.2 1.5"},
	} {
		var got []string
		for _, tick := range c.s.ticks(8) {
			got = append(got, tick.text)
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%+v: %s; want %s", c.s, text, c.want)
		}
	}
}

// Bands of half a decade begin where the legend says.
func TestHalves(t *testing.T) {
	for v, want := range map[float64]int{1: 9, .5: 9, .31: 8, .101: 8, .099: 7, .0101: 6, 1.01e-5: 0, 0: 0} {
		if got := min(max(halves(v), 0), 9); got != want {
			t.Errorf("%g is in band %d; want %d", v, got, want)
		}
	}
}

// Lists that do not fit are an error in a line, not a page and no panic.
func TestWriteHTMLRefuses(t *testing.T) {
	for want, spoil := range map[string]func(r *Report){
		"0 sizes":                func(r *Report) { r.Sizes = nil },
		"a tolerance of 0":       func(r *Report) { r.RelTol = 0 },
		"has 1 factors":          func(r *Report) { r.Methods[1].Factors = r.Methods[1].Factors[:1] },
		"has 0 eigenvalues":      func(r *Report) { r.Methods[0].Spectrum = &Spectrum{After: []float64{1}} },
		"3 waves":                func(r *Report) { r.Methods[0].Spectrum.After = []float64{1, 2, 3} },
		"of a symbol of side 3":  func(r *Report) { r.Methods[1].Parts[0].Symbol.Side = 3 },
		"learned B has 0 means;": func(r *Report) { r.PDE.Rows[0].Mean = nil },
	} {
		r := invented()
		spoil(r)
		var b bytes.Buffer
		if err := r.WriteHTML(&b); err == nil || !strings.Contains(err.Error(), want) || b.Len() > 0 {
			t.Errorf("%v with %d bytes; want an error with %q and nothing written", err, b.Len(), want)
		}
	}
	empty := &Report{Sizes: []int{8}, RelTol: .1}
	if err := empty.WriteHTML(io.Discard); err != nil {
		t.Errorf("without methods: %v", err)
	}
}

func ExampleReport_WriteHTML() {
	f := .05
	r := &Report{
		Sizes: []int{128}, RelTol: 1e-8,
		Methods: []Method{{Name: "red-black SOR", Cycle: "V(1,1)", Factors: []Factor{{N: 128, True: &f, Converged: true}}}},
	}
	var b bytes.Buffer
	if err := r.WriteHTML(&b); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Println(strings.Contains(b.String(), `<data value="0.05">0.0500</data>`))
	// Output: true
}

// A curve that diverges ends at the top of the axis, where the line crosses it: from 1 to 10⁶
// in one step, the top being 1200, after log 1200/log 10⁶ = .513 of the step.
func TestCurvesEndAtTheTop(t *testing.T) {
	svg := string(curves("", "", "", 0, 1e-8, 0, []series{{y: []float64{1, 1e6, 1e20}}, {y: []float64{1, .1, .01}}}))
	_, path, _ := strings.Cut(svg, `class="curve" d="M46.0 `)
	path, _, _ = strings.Cut(path, `"`)
	_, end, ok := strings.Cut(path, "L")
	want := fmt.Sprintf("%.1f 22", 46+.5132*(440-12-46)/2)
	if !ok || end != want {
		t.Errorf("the curve is M46.0 %s; want it to end at %s", path, want)
	}
	for _, part := range strings.Split(svg, "<circle ")[1:] {
		var x, y float64
		if _, err := fmt.Sscanf(part, `cx="%f" cy="%f"`, &x, &y); err != nil || y < 22 || y > 260 {
			t.Errorf("a dot at %v, %v is not within the axes: %v", x, y, err)
		}
	}
}
