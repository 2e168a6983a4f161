package vision

// Tests of Loader: the same batches in order, room for no more than was asked
// for, and nothing left behind.

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"
	"time"
)

// The batches are those of FillBatch, from any start to the end.
func TestLoader(t *testing.T) {
	d := tiny(50, 6, 6, 2)
	for _, a := range []Augment{{}, {Pad: 2, Mirror: true}, {Translate: 2, AlternatingMirror: true, Cutout: 3, Mixup: .3}} {
		b, own := newBatcher(t, d, 8, 3, a), newBatcher(t, d, 8, 3, a)
		for _, start := range [][2]int{{0, 0}, {1, 4}, {2, 5}, {3, 0}} {
			l, err := NewLoader(own, start[0], start[1], 3, 2)
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

// Closing ends the goroutine at any moment: with batches waiting, with one under
// way, before any is asked for, and twice.
func TestLoaderClose(t *testing.T) {
	b := newBatcher(t, tiny(60, 8, 8, 3), 10, 1, Augment{Pad: 1})
	before := runtime.NumGoroutine()
	for taken := range 8 {
		l, err := NewLoader(b, 0, 0, 1000, 2)
		if err != nil {
			t.Fatal(err)
		}
		for range taken {
			if _, err := l.Next(); err != nil {
				t.Fatal(err)
			}
		}
		if taken%2 == 0 {
			time.Sleep(time.Millisecond) // until it has filled all its room
			if n := len(l.ready); n > 2 {
				t.Errorf("%d batches are ready, want at most 2", n)
			}
		}
		l.Close()
		l.Close()
		if _, err := l.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("after Close: %v, want io.EOF", err)
		}
	}
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestLoaderErrors(t *testing.T) {
	d := tiny(20, 3, 3, 1)
	b := newBatcher(t, d, 5, 1, Augment{})
	for _, c := range [][4]int{{-1, 0, 2, 1}, {3, 0, 2, 1}, {0, 4, 2, 1}, {0, -1, 2, 1}} {
		_, err := NewLoader(b, c[0], c[1], c[2], c[3])
		wantError(t, err, fmt.Sprintf("epoch %d, batch %d", c[0], c[1]), "0 to 2 and 0 to 3")
	}
	_, err := NewLoader(b, 0, 0, 2, 0)
	wantError(t, err, "0 batches ahead")
}

func ExampleNewLoader() {
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
	l, err := NewLoader(b, 0, 0, 2, 2) // two epochs, two batches ahead
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
