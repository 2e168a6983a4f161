package report

// Values as colours: pictures of functions, and stencils as tables.

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"

	"mgtool/multigrid/method"
)

// bands are the colours from 0 to the largest value: the more light the more, also in grey.
var bands = color.Palette{
	rgb(0x44, 0x01, 0x54), rgb(0x48, 0x28, 0x78), rgb(0x3e, 0x49, 0x89), rgb(0x31, 0x68, 0x8e), rgb(0x26, 0x82, 0x8e),
	rgb(0x1f, 0x9e, 0x89), rgb(0x35, 0xb7, 0x79), rgb(0x6e, 0xce, 0x58), rgb(0xb5, 0xde, 0x2b), rgb(0xfd, 0xe7, 0x25),
}

func rgb(r, g, b uint8) color.RGBA { return color.RGBA{r, g, b, 255} }

// pixels is a PNG of values in bands, as a data URI.
func pixels(values []float64, side int, band func(v float64) int) (string, error) {
	img := image.NewPaletted(image.Rect(0, 0, side, side), bands)
	for i, v := range values {
		img.Pix[i] = uint8(min(max(band(v), 0), len(bands)-1))
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, img); err != nil {
		return "", err
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// equal cuts 0 to most into bands of the same width.
func equal(most float64) func(v float64) int {
	return func(v float64) int { return int(v / most * float64(len(bands))) }
}

// halves are bands from 1 down, each a decade's half.
func halves(v float64) int {
	if !(v > 0) {
		return 0
	}
	return len(bands) - 1 - int(math.Floor(-2*math.Log10(v)))
}

// symbol draws a symbol over [−π, π]², and where it is a smoother's the border of the smooth
// waves, |θ| < π/2.
func symbol(s *Symbol) (template.HTML, error) {
	if s == nil {
		return "", nil
	}
	band := equal(s.Most)
	if s.Most == 0 {
		band = equal(1)
	}
	url, err := pixels(s.Values, s.Side, band)
	if err != nil {
		return "", err
	}
	const side, left, top = 112, 14, 2
	d := newDrawing(side+left+8, side+top+16, s.About+" over the waves θ from −π to π along both axes")
	d.add(`<image x="%d" y="%d" width="%d" height="%d" href="%s"/>`, left, top, side, side, url)
	if s.Ring {
		for _, class := range []string{"smooth under", "smooth"} {
			d.add(`<rect class="%s" x="%d" y="%d" width="%d" height="%d"/>`, class, left+side/4, top+side/4, side/2, side/2)
		}
	}
	for i, t := range []string{"−π", "0", "π"} {
		d.text(left+float64(i)*side/2, side+top+12, "middle", "t", t)
	}
	d.text(left-2, top+9, "end", "t", "π")
	d.text(left-2, side+top, "end", "t", "−π")
	return d.end(), nil
}

// waves draws the shares of the sine waves, in bands of half a decade.
func waves(about string, values []float64) (template.HTML, error) {
	n := int(math.Round(math.Sqrt(float64(len(values)))))
	up := make([]float64, 0, len(values))
	for row := n - 1; row >= 0; row-- { // k_y upwards
		up = append(up, values[row*n:][:n]...)
	}
	url, err := pixels(up, n, halves)
	if err != nil {
		return "", err
	}
	const side, left, top = 112, 16, 2
	d := newDrawing(side+left+6, side+top+16, about)
	d.add(`<image class="pixels" x="%d" y="%d" width="%d" height="%d" href="%s" preserveAspectRatio="none"/>`, left, top, side, side, url)
	d.text(left, side+top+12, "start", "t", "1")
	d.add(`<text x="%d" y="%d" text-anchor="middle" class="t">k<tspan class="sub" dy="3">x</tspan></text>`, left+side/2, side+top+12)
	d.add(`<text x="%d" y="%d" text-anchor="end" class="t">k<tspan class="sub" dy="3">y</tspan></text>`, left-2, top+side/2)
	d.text(left+side, side+top+12, "end", "t", fmt.Sprint(n))
	d.text(left-3, side+top, "end", "t", "1")
	d.text(left-3, top+10, "end", "t", fmt.Sprint(n))
	return d.end(), nil
}

// legend is the bands with the texts of the borders.
func legend(about string, borders []string) template.HTML {
	const cell, left = 30, 16
	d := newDrawing(float64(2*left+cell*len(bands)), 34, about)
	for i, c := range bands {
		r, g, b, _ := c.RGBA()
		d.add(`<rect x="%d" y="0" width="%d" height="14" fill="#%02x%02x%02x"/>`, left+cell*i, cell, r>>8, g>>8, b>>8)
	}
	for i, t := range borders {
		d.text(float64(left+cell*i*len(bands)/(len(borders)-1)), 29, "middle", "t", t)
	}
	return d.end()
}

// kernel is a stencil as a table, y upwards: orange is positive, blue negative, the stronger the
// larger.
func kernel(s *method.Stencil, about string) template.HTML {
	if s == nil {
		return ""
	}
	most := 0.0
	for _, w := range s.Weights {
		most = max(most, math.Abs(w))
	}
	rows := s.Width
	if s.Dim == 1 {
		rows = 1
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<table class="kernel" aria-label="%s"><tbody>`, html.EscapeString(about))
	for y := rows - 1; y >= 0; y-- {
		b.WriteString("<tr>")
		for _, w := range s.Weights[y*s.Width:][:s.Width] {
			share, hue := 0.0, "224,110,30"
			if most > 0 {
				share = math.Abs(w) / most
			}
			if w < 0 {
				hue = "50,120,220"
			}
			fmt.Fprintf(&b, `<td style="background:rgba(%s,%.2f)"><data value="%v">%s</data></td>`, hue, .6*share, w, decimal(4, w))
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</tbody></table>")
	return template.HTML(b.String())
}

// decimal has so many digits after the point, and a real minus.
func decimal(digits int, v float64) string {
	text := fmt.Sprintf("%.*f", digits, v)
	if strings.Trim(text, "-0.") == "" {
		return "0"
	}
	return strings.Replace(text, "-", "−", 1)
}
