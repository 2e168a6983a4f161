package report

// Charts as SVG. Text takes the colour of the page, and curves the colours of its style sheet,
// so that one drawing serves light and dark.

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// scale maps values to places along an axis; a logarithmic one takes positive values.
type scale struct {
	lo, hi   float64 // values at the ends
	from, to float64 // places of the ends
	log      bool
}

func (s scale) at(v float64) float64 {
	lo, hi := s.lo, s.hi
	if s.log {
		v, lo, hi = math.Log10(v), math.Log10(lo), math.Log10(hi)
	}
	return s.from + (v-lo)/(hi-lo)*(s.to-s.from)
}

// tick is a mark of an axis.
type tick struct {
	value float64
	text  string
}

// ticks are at most so many round values.
func (s scale) ticks(most int) (list []tick) {
	if s.log {
		lo, hi := int(math.Ceil(math.Log10(s.lo)-1e-9)), int(math.Floor(math.Log10(s.hi)+1e-9))
		if lo >= hi { // within a decade
			for _, m := range []float64{.1, .15, .2, .3, .4, .5, .6, .7, .8, .9, 1, 1.2, 1.5, 2, 3, 5, 7, 10} {
				if m >= s.lo*(1-1e-9) && m <= s.hi*(1+1e-9) {
					list = append(list, tick{m, fmt.Sprintf("%.3g", m)})
				}
			}
			return list
		}
		step := max(1, (hi-lo+most-1)/most)
		for e := lo; e <= hi; e++ {
			if e%step == 0 {
				list = append(list, tick{math.Pow(10, float64(e)), power(e)})
			}
		}
		return list
	}
	raw := (s.hi - s.lo) / float64(most)
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*step >= raw*(1-1e-9) {
			step *= m
			break
		}
	}
	for k := math.Ceil(s.lo/step - 1e-9); k*step <= s.hi+1e-9*step; k++ {
		list = append(list, tick{k * step, strings.Replace(fmt.Sprintf("%.4g", k*step+0), "-", "−", 1)})
	}
	return list
}

// power writes ten to the e.
func power(e int) string {
	switch e {
	case 0:
		return "1"
	case 1:
		return "10"
	}
	return "10" + strings.Map(func(r rune) rune {
		if r == '-' {
			return '⁻'
		}
		return []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")[r-'0']
	}, fmt.Sprint(e))
}

// drawing collects the elements of a picture.
type drawing struct {
	b             strings.Builder
	width, height float64
}

// newDrawing begins a picture with a title for people who hear the page.
func newDrawing(width, height float64, about string) *drawing {
	d := &drawing{width: width, height: height}
	fmt.Fprintf(&d.b, `<svg viewBox="0 0 %g %g" role="img"><title>%s</title>`, width, height, html.EscapeString(about))
	return d
}

func (d *drawing) end() template.HTML {
	d.b.WriteString("</svg>")
	return template.HTML(d.b.String())
}

func (d *drawing) add(format string, a ...any) { fmt.Fprintf(&d.b, format, a...) }

// text writes at a place; anchor is start, middle or end.
func (d *drawing) text(x, y float64, anchor, class, text string) {
	d.add(`<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`, x, y, anchor, class, html.EscapeString(text))
}

// series is a curve with the number of its colour.
type series struct {
	name   string
	y      []float64 // over x = first, first+1, …
	colour int
	dashed bool
}

// curves draws series over their index on a logarithmic axis that ends at least, and a line at
// goal, if that is not 0. A curve ends where it leaves the axis at the top.
func curves(about, xLabel, yLabel string, first int, least, goal float64, list []series) template.HTML {
	const width, height, left, right, top, bottom = 440, 300, 46, 12, 22, 40
	d := newDrawing(width, height, about)
	const highest = 1e3 // of the axis
	last, most := first+1, least*10
	for _, s := range list {
		last = max(last, first+len(s.y)-1)
		for _, v := range s.y {
			most = max(most, min(v, highest))
		}
	}
	x := scale{lo: float64(first), hi: float64(last), from: left, to: width - right}
	y := scale{lo: least, hi: most * 1.2, from: height - bottom, to: top, log: true}
	for _, t := range x.ticks(8) {
		d.add(`<path class="grid" d="M%.1f %d V%d"/>`, x.at(t.value), top, height-bottom)
		d.text(x.at(t.value), height-bottom+14, "middle", "t", t.text)
	}
	for _, t := range y.ticks(7) {
		d.add(`<path class="grid" d="M%d %.1f H%d"/>`, left, y.at(t.value), width-right)
		d.text(left-5, y.at(t.value)+4, "end", "t", t.text)
	}
	d.text((left+width-right)/2, height-6, "middle", "t", xLabel)
	d.text(4, 13, "start", "t", yLabel)
	if goal > 0 {
		d.add(`<path class="none" d="M%d %.1f H%d"/>`, left, y.at(goal), width-right)
	}
	for _, s := range list {
		var path strings.Builder
		pen := "M"
		var dots strings.Builder
		for i, v := range s.y {
			if !(v >= least) {
				pen = "M"
				continue
			}
			px, py := x.at(float64(first+i)), y.at(v)
			if py < top {
				if pen == "L" { // cut where the line to it crosses the top
					share := (y.at(s.y[i-1]) - top) / (y.at(s.y[i-1]) - py)
					fmt.Fprintf(&path, "L%.1f %d", x.at(float64(first+i-1)+share), top)
				}
				break
			}
			fmt.Fprintf(&path, "%s%.1f %.1f", pen, px, py)
			pen = "L"
			if len(s.y) <= 40 {
				fmt.Fprintf(&dots, `<circle cx="%.1f" cy="%.1f" r="2.4"/>`, px, py)
			}
		}
		dash := ""
		if s.dashed {
			dash = " dashed"
		}
		d.add(`<g class="c%d%s"><title>%s</title><path class="curve" d="%s"/>%s</g>`, s.colour, dash, html.EscapeString(s.name), path.String(), dots.String())
	}
	return d.end()
}

// plane draws eigenvalues in the complex plane with the circle of the largest modulus, which
// fills the picture.
func plane(about string, values [][2]float64, colour int) template.HTML {
	const width, height, middle, reach = 188, 156, 78, 66
	d := newDrawing(width, height, about)
	radius := 0.0
	for _, v := range values {
		radius = max(radius, math.Hypot(v[0], v[1]))
	}
	d.add(`<path class="grid" d="M4 %d H%d M%d 2 V%d"/>`, middle, width-4, middle, height-4)
	d.add(`<circle class="ring" cx="%d" cy="%d" r="%d"/>`, middle, middle, reach)
	d.text(middle+reach+8, middle-5, "start", "t", "Re λ")
	d.text(middle+5, 10, "start", "t", "Im λ")
	d.add(`<g class="c%d">`, colour)
	seen := map[[2]int]bool{}
	for _, v := range values {
		if radius == 0 {
			break
		}
		px, py := middle+reach*v[0]/radius, middle-reach*v[1]/radius
		at := [2]int{int(math.Round(2 * px)), int(math.Round(2 * py))}
		if !seen[at] { // most are on top of each other
			seen[at] = true
			d.add(`<circle cx="%.1f" cy="%.1f" r="2"/>`, px, py)
		}
	}
	d.add("</g>")
	return d.end()
}

// whiskers draws effects as dots with their intervals, and a line where there is none: at 0,
// or at 1 on a logarithmic axis of factors.
func whiskers(about, label string, list []Effect, log bool) template.HTML {
	const width, row, top, bottom = 440, 38, 8, 42
	height := float64(top + bottom + row*len(list))
	d := newDrawing(width, height, about)
	none := 0.0
	if log {
		none = 1
	}
	lo, hi := none, none
	for _, e := range list {
		for _, v := range []*float64{&e.Value, e.Low, e.High} {
			if v != nil && (!log || *v > 0) {
				lo, hi = min(lo, *v), max(hi, *v)
			}
		}
	}
	x := scale{lo: lo, hi: hi, from: 16, to: width - 16, log: log}
	if log {
		x.lo, x.hi = lo/1.1, hi*1.1
	} else if pad := (hi - lo) / 20; pad > 0 {
		x.lo, x.hi = lo-pad, hi+pad
	} else {
		x.lo, x.hi = -1, 1
	}
	last := math.Inf(-1)
	for _, t := range x.ticks(8) {
		d.add(`<path class="grid" d="M%.1f %d V%.1f"/>`, x.at(t.value), top, height-bottom)
		if at := x.at(t.value); at-last > 26 {
			d.text(at, height-bottom+14, "middle", "t", t.text)
			last = at
		}
	}
	d.add(`<path class="none" d="M%.1f %d V%.1f"/>`, x.at(none), top, height-bottom)
	d.text(width/2, height-6, "middle", "t", label)
	for i, e := range list {
		y := float64(top + row*i + 28)
		d.text(16, y-15, "start", "t halo", e.About)
		d.add(`<g class="c4"><title>%s</title>`, html.EscapeString(e.About))
		if e.Low != nil && e.High != nil && (!log || *e.Low > 0) {
			d.add(`<path class="curve" d="M%.1f %.1f H%.1f M%.1f %.1f v8 M%.1f %.1f v8"/>`, x.at(*e.Low), y, x.at(*e.High), x.at(*e.Low), y-4, x.at(*e.High), y-4)
		}
		d.add(`<circle cx="%.1f" cy="%.1f" r="4.5"/></g>`, x.at(e.Value), y)
	}
	return d.end()
}
