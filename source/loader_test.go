package source

// Tests of Loader: room for no more than was asked for, and nothing left behind.

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// numbers is a table of n samples: inputs (2k, 2k+1), label k mod 3, values 10k, 10k+1
// and 10k+2.
func numbers(n int) *Table {
	t := &Table{Name: "numbers", Each: Form{Input: []int{1, 2, 1}, Labels: 1, Classes: 3, Values: 3}}
	for k := range n {
		t.Inputs = append(t.Inputs, float32(2*k), float32(2*k+1))
		t.Labels = append(t.Labels, int32(k%3))
		t.Values = append(t.Values, float32(10*k), float32(10*k+1), float32(10*k+2))
	}
	return t
}

func batcher(t testing.TB, s Source, size int, seed uint64) Batcher {
	t.Helper()
	b, err := s.Batcher(size, seed)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every epoch has every sample once, with its own targets, in an order of its own; the
// loader gives the same batches.
func TestTable(t *testing.T) {
	const n = 90
	b := batcher(t, numbers(n), 9, 5)
	l, err := NewLoader(batcher(t, numbers(n), 9, 5), 0, 0, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	into := b.NewBatch()
	var before []int
	for epoch := range 3 {
		var order []int
		for batch := range b.Batches() {
			if err := b.FillBatch(into, epoch, batch); err != nil {
				t.Fatal(err)
			}
			ahead, err := l.Next()
			if err != nil || !slices.Equal(ahead.X, into.X) || !slices.Equal(ahead.Labels, into.Labels) || !slices.Equal(ahead.Values, into.Values) {
				t.Fatalf("epoch %d, batch %d made ahead differs (%v)", epoch, batch, err)
			}
			for i := range 9 {
				k := int(into.X[2*i]) / 2
				if into.X[2*i+1] != float32(2*k+1) || into.Labels[i] != int32(k%3) || !slices.Equal(into.Values[3*i:3*i+3], []float32{float32(10 * k), float32(10*k + 1), float32(10*k + 2)}) {
					t.Fatalf("sample %d: %v, label %d, values %v", k, into.X[2*i:2*i+2], into.Labels[i], into.Values[3*i:3*i+3])
				}
				order = append(order, k)
			}
		}
		if slices.Equal(order, before) || slices.IsSorted(order) {
			t.Errorf("epoch %d is in the order %v", epoch, order)
		}
		before = slices.Clone(order)
		slices.Sort(order)
		for k, got := range order {
			if got != k {
				t.Fatalf("sample %d is not once in epoch %d", k, epoch)
			}
		}
	}
	if _, err := l.Next(); err != io.EOF {
		t.Errorf("after the last epoch: %v, want io.EOF", err)
	}
	table := numbers(7)
	some := table.Form().NewBatch(4)
	if err := table.Read(some, 3, 4); err != nil || some.X[0] != 6 || some.X[7] != 13 || some.Labels[3] != 0 || some.Values[11] != 62 {
		t.Errorf("read %+v (%v)", some, err)
	}
}

func TestTableErrors(t *testing.T) {
	read := func(change func(t *Table)) error {
		s := numbers(6)
		change(s)
		return s.Read(s.Form().NewBatch(6), 0, 6)
	}
	for want, err := range map[string]error{
		"11 inputs":               read(func(t *Table) { t.Inputs = t.Inputs[:11] }),
		"5 labels":                read(func(t *Table) { t.Labels = t.Labels[:5] }),
		"17 values":               read(func(t *Table) { t.Values = t.Values[:17] }),
		"label 3; want 0 to 2":    read(func(t *Table) { t.Labels[2] = 3 }),
		"label -1; want 0 to 2":   read(func(t *Table) { t.Labels[2] = -1 }),
		"sides of at least 1":     read(func(t *Table) { t.Each.Input = []int{0, 2} }),
		"6 samples from sample 1": numbers(6).Read(numbers(6).Form().NewBatch(6), 1, 6),
		"room for 10 inputs":      numbers(6).Read(numbers(6).Form().NewBatch(5), 0, 6),
		"want a batch from New":   batcher(t, numbers(6), 3, 1).FillBatch(numbers(6).Form().NewBatch(2), 0, 0),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
	for _, size := range []int{0, 7} {
		if _, err := numbers(6).Batcher(size, 1); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("batch of %d", size)) {
			t.Errorf("error %v; want one about a batch of %d", err, size)
		}
	}
	b := batcher(t, numbers(6), 3, 1)
	for _, c := range [][2]int{{-1, 0}, {0, -1}, {0, 2}} {
		if err := b.FillBatch(b.NewBatch(), c[0], c[1]); err == nil {
			t.Errorf("epoch %d, batch %d is no error", c[0], c[1])
		}
	}
}

// Closing ends the goroutine at any moment: with batches waiting, with one under
// way, before any is asked for, and twice.
func TestLoaderClose(t *testing.T) {
	b := batcher(t, numbers(60), 10, 1)
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

// slow is a Batcher whose batches are never ready.
type slow struct{ Batcher }

func (slow) FillAhead(_ *Batch, _, _ int, stop <-chan struct{}) error {
	<-stop
	return ErrStopped
}

// Closing does not wait for a batch that takes long, and neither does Next behind it.
func TestLoaderGivesUp(t *testing.T) {
	l, err := NewLoader(slow{batcher(t, numbers(20), 5, 1)}, 0, 0, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	next := make(chan error)
	go func() { _, err := l.Next(); next <- err }()
	l.Close()
	if err := <-next; err != io.EOF && err != ErrStopped {
		t.Errorf("error %v; want io.EOF or ErrStopped", err)
	}
}

func TestLoaderErrors(t *testing.T) {
	b := batcher(t, numbers(20), 5, 1)
	for _, c := range [][4]int{{-1, 0, 2, 1}, {3, 0, 2, 1}, {0, 4, 2, 1}, {0, -1, 2, 1}} {
		_, err := NewLoader(b, c[0], c[1], c[2], c[3])
		if want := fmt.Sprintf("epoch %d, batch %d; want 0 to 2 and 0 to 3", c[0], c[1]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
	_, err := NewLoader(b, 0, 0, 2, 0)
	if err == nil || !strings.Contains(err.Error(), "0 batches ahead") {
		t.Errorf("error %v; want 0 batches ahead", err)
	}
}
