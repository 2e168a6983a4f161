package forecast

import (
	"math"
	"slices"
	"strings"
	"testing"

	"mgtool/source"
)

// counting is a series of two variables, t and −t.
func counting(name string, times int) *Series {
	s := &Series{Name: name, Variables: []string{"up", "down"}, Values: make([][]float64, 2)}
	for t := range times {
		s.Values[0], s.Values[1] = append(s.Values[0], float64(t)), append(s.Values[1], -float64(t))
	}
	return s
}

// The parts and the numbers of windows are those of the code of Informer and of LTSF-Linear
// (data_provider/data_loader.py): len − seq_len − pred_len + 1 of rows border1 to border2.
func TestSplitsOfTheProtocol(t *testing.T) {
	for _, c := range []struct {
		name              string
		times, horizon    int
		train, validation int
		test              int
	}{
		{"ETTh1", 17420, 96, 8209, 2785, 2785},
		{"ETTh2", 17420, 720, 7585, 2161, 2161},
		{"ETTm1", 69680, 96, 34129, 11425, 11425},
		{"ettm2", 69680, 96, 34129, 11425, 11425},
		{"exchange_rate", 7588, 96, 4880, 665, 1422}, // 5311, 760 and 1517 times
	} {
		s := counting(c.name, c.times)
		p, err := ParseSplit(UsualSplit(c.name), s)
		if err != nil {
			t.Fatal(err)
		}
		scaled := ScaleOf(s, p.Train).Apply(s)
		for i, part := range [][2]int{{0, p.Train}, {p.Train, p.Validation}, {p.Validation, p.Test}} {
			w, err := NewWindows("part", scaled, part[0], part[1], 336, c.horizon)
			if err != nil {
				t.Fatal(err)
			}
			if want := []int{c.train, c.validation, c.test}[i]; w.Len() != want {
				t.Errorf("%s, horizon %d, part %d: %d windows; want %d", c.name, c.horizon, i, w.Len(), want)
			}
		}
	}
}

func TestParseSplit(t *testing.T) {
	s := counting("some", 1000)
	for text, want := range map[string]Split{
		"0.7,0.1,0.2":  {700, 800, 1000},
		"0.6,0.2,0.2":  {600, 800, 1000},
		"500, 200,100": {500, 700, 800},
	} {
		if got, err := ParseSplit(text, s); err != nil || got != want {
			t.Errorf("split %q: %v, %v; want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"0.7,0.2":     "want three positive numbers",
		"0.7,0.2,x":   "want three positive numbers",
		"0.7,0.2,0":   "want three positive numbers",
		"0.7,0.2,0.2": "shares of 1.1 together; want 1",
		"900,100,1":   "takes 1001 times, but the series has 1000",
		"":            "want three positive numbers",
	} {
		if got, err := ParseSplit(text, s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("split %q: %v, %v; want an error: %s", text, got, err, want)
		}
	}
}

// Mean and deviation of 0, …, 9 are 4.5 and √(99/12); what comes later does not count.
func TestScale(t *testing.T) {
	s := counting("some", 20)
	s.Values = append(s.Values, slices.Repeat([]float64{7}, 20)) // a constant
	s.Variables = append(s.Variables, "constant")
	c := ScaleOf(s, 10)
	for v, want := range []float64{4.5, -4.5, 7} {
		if math.Abs(c.Mean[v]-want) > 1e-12 {
			t.Errorf("mean %d is %g; want %g", v, c.Mean[v], want)
		}
	}
	for v, want := range []float64{math.Sqrt(99. / 12), math.Sqrt(99. / 12), 1} {
		if math.Abs(c.Deviation[v]-want) > 1e-12 {
			t.Errorf("deviation %d is %g; want %g", v, c.Deviation[v], want)
		}
	}
	scaled := c.Apply(s)
	if got, want := scaled[1][15], float32((-15+4.5)/math.Sqrt(99./12)); got != want {
		t.Errorf("−15 is %g in standard units; want %g", got, want)
	}
	if got := c.Undo(1, scaled[1][15]); math.Abs(got+15) > 1e-5 {
		t.Errorf("and %g back; want −15", got)
	}
}

// Every window, one after another and shuffled, is its part of the series.
func TestWindows(t *testing.T) {
	s := counting("some", 60)
	scaled := Scale{Mean: []float64{0, 0}, Deviation: []float64{1, 1}}.Apply(s)
	w, err := NewWindows("some", scaled, 30, 50, 8, 3)
	if err != nil {
		t.Fatal(err)
	}
	// Targets from 30 to 49: 20 − 3 + 1 windows, the first from 22.
	if w.First != 22 || w.Len() != 18 {
		t.Fatalf("%d windows from time %d on; want 18 from 22", w.Len(), w.First)
	}
	holds := func(b *source.Batch, i, window int) {
		t.Helper()
		for v, sign := range []float32{1, -1} {
			for k, x := range append(slices.Clone(b.X[(2*i+v)*8:(2*i+v+1)*8]), b.Values[(2*i+v)*3:(2*i+v+1)*3]...) {
				if x != sign*float32(22+window+k) {
					t.Fatalf("window %d, variable %d, value %d is %g; want %g", window, v, k, x, sign*float32(22+window+k))
				}
			}
		}
	}
	b := w.Form().NewBatch(18)
	if err := w.Read(b, 3, 15); err != nil {
		t.Fatal(err)
	}
	for i := range 15 {
		holds(b, i, 3+i)
	}
	shuffled, err := w.Batcher(5, 7)
	if err != nil {
		t.Fatal(err)
	}
	batch, seen := shuffled.NewBatch(), map[int]bool{}
	for k := range shuffled.Batches() {
		if err := shuffled.FillBatch(batch, 2, k); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			window := int(batch.X[2*i*8]) - 22
			holds(batch, i, window)
			seen[window] = true
		}
	}
	if len(seen) != 15 {
		t.Errorf("%d windows in an epoch of 3 batches of 5; want 15", len(seen))
	}
	if _, err := NewWindows("short", scaled, 30, 32, 8, 3); err == nil || !strings.Contains(err.Error(), "has 2 times to forecast; a window of 8 and a horizon of 3 want 3 or more") {
		t.Errorf("error %v", err)
	}
	if _, err := NewWindows("short", scaled, 0, 10, 8, 3); err == nil || !strings.Contains(err.Error(), "has 10 times to forecast; a window of 8 and a horizon of 3 want 11 or more") {
		t.Errorf("error %v", err)
	}
}

// What identifies the samples changes with any value that windows read, and with no other.
func TestWindowsDigest(t *testing.T) {
	digest := func(change func(w *Windows)) string {
		w, err := NewWindows("some", Scale{Mean: []float64{0, 0}, Deviation: []float64{1, 1}}.Apply(counting("some", 60)), 30, 50, 8, 3)
		if err != nil {
			t.Fatal(err)
		}
		change(w)
		text, err := source.Digest(w)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	same := digest(func(*Windows) {})
	for name, c := range map[string]struct {
		change  func(w *Windows)
		differs bool
	}{
		"before the first": {func(w *Windows) { w.Scaled[1][21] = 100 }, false},
		"first":            {func(w *Windows) { w.Scaled[1][22] = 100 }, true},
		"last":             {func(w *Windows) { w.Scaled[0][49] = 100 }, true},
		"after the last":   {func(w *Windows) { w.Scaled[0][50] = 100 }, false},
		"fewer":            {func(w *Windows) { w.Count-- }, true},
	} {
		if got := digest(c.change) != same; got != c.differs {
			t.Errorf("%s: another digest %v; want %v", name, got, c.differs)
		}
	}
}
