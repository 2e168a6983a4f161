package source

// Samples of numbers in memory.

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Table is a source of numbers in memory, such as measurements or signals.
type Table struct {
	Name string
	// Each is the form of every sample.
	Each Form
	// All samples in order: inputs (N, Each.Input), labels (N, Each.Labels) and values
	// (N, Each.Values).
	Inputs []float32
	Labels []int32
	Values []float32
}

// String is the name.
func (t *Table) String() string { return t.Name }

// Form is that of each sample.
func (t *Table) Form() Form { return t.Each }

// Len is the number of samples.
func (t *Table) Len() int { return len(t.Inputs) / max(1, t.Each.Size()) }

// check returns an error for fields that do not fit together.
func (t *Table) check() error {
	f := t.Each
	if f.Size() < 1 || f.Labels < 0 || f.Values < 0 {
		return fmt.Errorf("source: %s has inputs of shape %v, %d labels and %d values a sample; want sides of at least 1, and 0 or more", t, f.Input, f.Labels, f.Values)
	}
	n := t.Len()
	if len(t.Inputs) != n*f.Size() || len(t.Labels) != n*f.Labels || len(t.Values) != n*f.Values {
		return fmt.Errorf("source: %s has %d inputs, %d labels and %d values; %d samples have %d, %d and %d",
			t, len(t.Inputs), len(t.Labels), len(t.Values), n, n*f.Size(), n*f.Labels, n*f.Values)
	}
	return nil
}

// checkLabels returns an error for a label of these samples that is no class, nor −1 for
// one that is not counted.
func (t *Table) checkLabels(first, count int) error {
	f, least := t.Each, int32(0)
	if f.Labels > 1 {
		least = -1
	}
	for i, l := range t.Labels[first*f.Labels : (first+count)*f.Labels] {
		if l < least || int(l) >= f.Classes {
			return fmt.Errorf("source: %s: sample %d has label %d; want %d to %d", t, first+i/f.Labels, l, least, f.Classes-1)
		}
	}
	return nil
}

// Read writes samples in order. A batch that is too small for them is an error.
func (t *Table) Read(into *Batch, first, count int) error {
	if err := t.check(); err != nil {
		return err
	}
	if err := CheckRead(t, into, first, count); err != nil {
		return err
	}
	if err := t.checkLabels(first, count); err != nil {
		return err
	}
	for i := range count {
		t.copy(into, i, first+i)
	}
	return nil
}

// copy writes a sample to place i of a batch.
func (t *Table) copy(into *Batch, i, sample int) {
	size, labels, values := t.Each.Size(), t.Each.Labels, t.Each.Values
	copy(into.X[i*size:(i+1)*size], t.Inputs[sample*size:])
	copy(into.Labels[i*labels:(i+1)*labels], t.Labels[sample*labels:])
	copy(into.Values[i*values:(i+1)*values], t.Values[sample*values:])
}

// Digest writes the form, and the inputs, labels and values in blocks.
func (t *Table) Digest(w io.Writer) error {
	if err := t.check(); err != nil {
		return err
	}
	fmt.Fprintf(w, "%v %d %d %d\n", t.Each.Input, t.Each.Labels, t.Each.Classes, t.Each.Values)
	var inputs, labels, values []byte
	for _, v := range t.Inputs {
		inputs = binary.LittleEndian.AppendUint32(inputs, math.Float32bits(v))
	}
	for _, l := range t.Labels {
		labels = binary.LittleEndian.AppendUint32(labels, uint32(l))
	}
	for _, v := range t.Values {
		values = binary.LittleEndian.AppendUint32(values, math.Float32bits(v))
	}
	for _, bytes := range [][]byte{inputs, labels, values} {
		if err := WriteBlocks(w, len(bytes), once(bytes)); err != nil {
			return err
		}
	}
	return nil
}

// Batcher makes shuffled batches. A size that is not 1 to Len is an error.
func (t *Table) Batcher(size int, seed uint64) (Batcher, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if err := t.checkLabels(0, t.Len()); err != nil {
		return nil, err
	}
	return Shuffle(t, size, seed, func(into *Batch, i, sample, _ int) { t.copy(into, i, sample) })
}
