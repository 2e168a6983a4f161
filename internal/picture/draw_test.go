package picture

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"
	"testing"
)

// square is a picture of one colour.
func square(side int, c color.RGBA) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		img.SetRGBA(i%side, i/side, c)
	}
	return img
}

// count is how many pixels have a colour.
func count(img *image.RGBA, c color.RGBA) int {
	n := 0
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if img.RGBAAt(x, y) == c {
				n++
			}
		}
	}
	return n
}

// Every tile is there whole, enlarged by the factor that the title states, whatever
// the texts and the number of rows: its pixels are counted by their colour.
func TestSheetShowsEveryTile(t *testing.T) {
	for _, c := range []struct{ side, tiles, scale int }{{8, 40, 12}, {28, 5, 3}, {200, 3, 1}, {1, 2, 96}, {32, 1, 8}} {
		s := Section{Title: "squares"}
		for i := range c.tiles {
			s.Tiles = append(s.Tiles, Tile{square(c.side, color.RGBA{200, uint8(i), 0, 255}), fmt.Sprint(i), strings.Repeat("wide ", i%7)})
		}
		img := Sheet{Title: []string{"a sheet"}, Sections: []Section{s, {Title: "none"}}}.Draw()
		for i := range c.tiles {
			if got, want := count(img, color.RGBA{200, uint8(i), 0, 255}), c.side*c.side*c.scale*c.scale; got != want {
				t.Errorf("side %d: tile %d has %d pixels, want %d", c.side, i, got, want)
			}
		}
		stated := fmt.Sprintf("squares (%d×%d pixels, each drawn %d×%d)", c.side, c.side, c.scale, c.scale)
		if got := arrange(newPen(), s).title; got != stated {
			t.Errorf("title %q, want %q", got, stated)
		}
	}
}

// A text longer than its tile takes no room from its neighbour: columns are as wide
// as the widest.
func TestSheetTextsDoNotMeet(t *testing.T) {
	long := strings.Repeat("M", 40)
	s := Section{Tiles: []Tile{{square(4, grey), long, ""}, {square(4, grey), long, ""}}}
	if l := arrange(newPen(), s); l.cell.X < newPen().width(long) {
		t.Errorf("a cell of %d pixels for a text of %d", l.cell.X, newPen().width(long))
	}
}

func TestSheetOfTooManyTiles(t *testing.T) {
	s := Section{Title: "large"}
	for range 40 {
		s.Tiles = append(s.Tiles, Tile{Picture: image.NewRGBA(image.Rect(0, 0, 1000, 1000))})
	}
	l := arrange(newPen(), s)
	if len(l.tiles) == 40 || len(l.tiles) == 0 || !strings.Contains(l.title, fmt.Sprintf("the first %d of 40", len(l.tiles))) {
		t.Errorf("%d tiles, titled %q", len(l.tiles), l.title)
	}
}

func TestSigned(t *testing.T) {
	nan := float32(0)
	nan /= nan
	img := Signed([]float32{0, 2, -2, 5, 1, -1, nan}, 1, 7, 2)
	at := func(x int) color.RGBA { return img.RGBAAt(x, 0) }
	if at(0) != white {
		t.Errorf("0 is %v, want white", at(0))
	}
	if p := at(1); !(p.R > 2*p.B && p.R > 2*p.G) || at(3) != p {
		t.Errorf("the limit is %v, above it %v; want both the same red", p, at(3))
	}
	if p := at(2); !(p.B > 2*p.R && p.B > 2*p.G) {
		t.Errorf("minus the limit is %v; want a blue", p)
	}
	if at(4).G <= at(1).G || at(5).G <= at(2).G {
		t.Errorf("halves %v and %v; want them lighter than the ends", at(4), at(5))
	}
	if at(6) != black {
		t.Errorf("NaN is %v, want black", at(6))
	}
	if zero := Signed([]float32{0}, 1, 1, 0); zero.RGBAAt(0, 0) != white {
		t.Error("limit 0 is not white")
	}
	if got := Largest([]float32{1, -3, 2}); got != 3 {
		t.Errorf("largest magnitude %g, want 3", got)
	}
}

// A cell holds its count: however many classes, it is as wide as the widest and as
// high as a line; what fills its row alone is darkest, what is 0 white.
func TestMatrix(t *testing.T) {
	for _, classes := range []int{2, 10, 100} {
		var m Matrix
		m.Title, m.Row, m.Column = []string{"title"}, "true", "predicted"
		for i := range classes {
			name := fmt.Sprintf("class %d", i)
			m.RowNames, m.ColNames = append(m.RowNames, name), append(m.ColNames, name)
			m.Counts = append(m.Counts, make([]int, classes))
			m.Counts[i][i] = 1000
		}
		m.Counts[0][0], m.Counts[0][1] = 750, 250
		img := m.Draw()
		if least := max(line, newPen().width("1000")); img.Rect.Dx() < classes*least || img.Rect.Dy() < classes*least {
			t.Errorf("%d classes: %v; want cells of at least %d pixels", classes, img.Rect, least)
		}
		dark := between(blues, 1)
		if n := count(img, dark); n < (classes-1)*line*line/2 {
			t.Errorf("%d classes: %d darkest pixels; want those of %d cells", classes, n, classes-1)
		}
		if n := count(img, between(blues, .5)); n < line*line/2 {
			t.Errorf("%d classes: %d pixels of a quarter, drawn with its root; want those of a cell", classes, n)
		}
	}
	long := Matrix{RowNames: []string{strings.Repeat("x", 1000)}, ColNames: []string{strings.Repeat("x", 1000)}, Counts: [][]int{{1}}}
	if r := long.Draw().Rect; r.Dx() > 1000 || r.Dy() > 1000 {
		t.Errorf("long names make a picture of %v; want them cut", r)
	}
}

func ExampleSheet() {
	values := []float32{-1, 0, 1, 2} // 2×2
	sheet := Sheet{
		Title: []string{"a field", SignedLegend},
		Sections: []Section{{Title: "u", Tiles: []Tile{
			{Picture: Signed(values, 2, 2, Largest(values)), Label: "channel 0"},
		}}},
	}
	fmt.Println(png.Encode(io.Discard, sheet.Draw()))
	// Output: <nil>
}
