package forecast

// Windows of a series as samples.

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"mgtool/source"
)

// Windows is a source of samples: sample i has as input the values at the times First+i to
// First+i+LookBack−1 of each of V variables, (V, 1, LookBack), and as target values those at
// the Horizon times that follow, (V, 1, Horizon).
type Windows struct {
	Name              string
	Scaled            [][]float32 // of each variable, in standard units
	First, Count      int
	LookBack, Horizon int
}

// NewWindows are all windows, at every time, whose targets are at the times [begin, end). The
// inputs may begin before begin, where there are such times. name is for errors.
func NewWindows(name string, scaled [][]float32, begin, end, lookBack, horizon int) (*Windows, error) {
	w := &Windows{Name: name, Scaled: scaled, LookBack: lookBack, Horizon: horizon}
	w.First = max(0, begin-lookBack)
	w.Count = end - w.First - lookBack - horizon + 1
	if lookBack < 1 || horizon < 1 || w.Count < 1 {
		return nil, fmt.Errorf("forecast: %s has %d times to forecast; a window of %d and a horizon of %d want %d or more", name, end-begin, lookBack, horizon, lookBack+horizon-(begin-w.First))
	}
	return w, nil
}

// String is the name.
func (w *Windows) String() string { return w.Name }

// Len is the number of windows.
func (w *Windows) Len() int { return w.Count }

// Form has the variables as the height, and the window as the channels of a place.
func (w *Windows) Form() source.Form {
	return source.Form{Input: []int{len(w.Scaled), 1, w.LookBack}, Values: len(w.Scaled) * w.Horizon}
}

// fill writes a window to place i of a batch.
func (w *Windows) fill(into *source.Batch, i, window int) {
	at := w.First + window
	middle, end := at+w.LookBack, at+w.LookBack+w.Horizon
	for v, values := range w.Scaled {
		k := i*len(w.Scaled) + v
		copy(into.X[k*w.LookBack:(k+1)*w.LookBack], values[at:middle])
		copy(into.Values[k*w.Horizon:(k+1)*w.Horizon], values[middle:end])
	}
}

// Read writes windows in the order of time.
func (w *Windows) Read(into *source.Batch, first, count int) error {
	if err := source.CheckRead(w, into, first, count); err != nil {
		return err
	}
	for i := range count {
		w.fill(into, i, first+i)
	}
	return nil
}

// Digest writes the sizes, and all values that windows read.
func (w *Windows) Digest(to io.Writer) error {
	fmt.Fprintf(to, "%d %d %d %d\n", len(w.Scaled), w.Count, w.LookBack, w.Horizon)
	var bytes []byte
	for _, values := range w.Scaled {
		for _, x := range values[w.First : w.First+w.Count+w.LookBack+w.Horizon-1] {
			bytes = binary.LittleEndian.AppendUint32(bytes, math.Float32bits(x))
		}
	}
	return source.WriteBlocks(to, len(bytes), func() ([]byte, error) { return bytes, nil })
}

// Batcher makes shuffled batches.
func (w *Windows) Batcher(size int, seed uint64) (source.Batcher, error) {
	return source.Shuffle(w, size, seed, func(into *source.Batch, i, window, _ int) { w.fill(into, i, window) })
}
