package vision

// Batches made ahead of time are the same.

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"mgtool/source"
)

// The batches are those of FillBatch, from any start to the end.
func TestLoader(t *testing.T) {
	d := tiny(50, 6, 6, 2)
	for _, a := range []Augment{{}, {Pad: 2, Mirror: true}, {Translate: 2, AlternatingMirror: true, Cutout: 3, Mixup: .3}} {
		b, own := newBatcher(t, d, 8, 3, a), newBatcher(t, d, 8, 3, a)
		for _, start := range [][2]int{{0, 0}, {1, 4}, {2, 5}, {3, 0}} {
			l, err := source.NewLoader(own, start[0], start[1], 3, 2)
			if err != nil {
				t.Fatal(err)
			}
			want := b.NewBatch()
			for epoch, k := start[0], start[1]; epoch < 3; epoch, k = epoch+1, 0 {
				for ; k < b.Batches(); k++ {
					if err := b.FillBatch(want, epoch, k); err != nil {
						t.Fatal(err)
					}
					got, err := l.Next()
					if err != nil {
						t.Fatal(err)
					}
					if !slices.Equal(got.X, want.X) || !slices.Equal(got.Labels, want.Labels) || !slices.Equal(got.Others, want.Others) || !slices.Equal(got.Weights, want.Weights) {
						t.Fatalf("%+v: epoch %d, batch %d differs", a, epoch, k)
					}
				}
			}
			if _, err := l.Next(); !errors.Is(err, io.EOF) {
				t.Errorf("after the last batch: %v, want io.EOF", err)
			}
			l.Close()
		}
	}
}

func ExampleBatcher_ahead() {
	train, _, err := Load("sample", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := NewBatcher(train, 400, 1, Augment{Pad: 4, Mirror: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	l, err := source.NewLoader(b, 0, 0, 2, 2) // two epochs, two batches ahead
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	images := 0
	for {
		batch, err := l.Next()
		if err != nil { // io.EOF
			break
		}
		images += len(batch.Labels) // train on batch.X and batch.Labels here
	}
	fmt.Println(images)
	// Output: 3200
}
