package tool

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"path/filepath"
	"testing"
)

// The built-in model classifies what it can read, and keeps why it cannot the rest.
func TestPredictor(t *testing.T) {
	p, err := NewPredictor("", "last", "none", 2)
	if err != nil {
		t.Fatal(err)
	}
	dir := photos(t)
	write(t, filepath.Join(dir, "dark", "z.png"), []byte("no picture"))
	if err := p.File(context.Background(), filepath.Join(dir, "dark"), Reporter{}); err != nil {
		t.Fatal(err)
	}
	sky := image.NewRGBA(image.Rect(0, 0, 40, 40))
	for i := range 1600 {
		sky.Set(i%40, i/40, color.RGBA{90, 150, 240, 255})
	}
	if err := p.Read(context.Background(), bytes.NewReader(encoded(t, sky)), "-", "standard input"); err != nil {
		t.Fatal(err)
	}
	if len(p.Predictions) != 6 || len(p.Unread) != 1 || p.LeftOut != 1 || p.Model != "built in" {
		t.Fatalf("%d predictions, %d unread, %d left out", len(p.Predictions), len(p.Unread), p.LeftOut)
	}
	q := p.Predictions[5]
	if len(q.Classes) != 2 || q.File != "-" || q.Classes[0].Label != "airplane" || q.Classes[0].Probability < q.Classes[1].Probability {
		t.Errorf("a blue sky is %+v; want an airplane before another class", q)
	}
	if _, err := NewPredictor("", "last", "none", 0); err == nil {
		t.Error("no classes accepted")
	}
}
