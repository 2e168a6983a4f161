package vision

// A data set as a source for training.

import (
	"encoding/binary"
	"fmt"
	"io"

	"mgtool/source"
)

// Images is a data set as a [source.Source]. Training batches are augmented as Augment says;
// an evaluation reads the images unchanged.
type Images struct {
	*Dataset
	Augment Augment
}

// String is the data set's name.
func (s Images) String() string { return s.Name }

// Form is an image with one label.
func (s Images) Form() source.Form {
	return source.Form{Input: []int{s.Height, s.Width, s.Channels}, Labels: 1, Classes: len(s.Classes)}
}

// Read writes images in their order, as [Dataset.Normalize] does, and their labels.
func (s Images) Read(into *source.Batch, first, count int) error {
	if err := s.holds(first, count); err != nil {
		return err
	}
	if len(into.X) < count*s.size() || len(into.Labels) < count {
		return fmt.Errorf("vision: room for %d inputs and %d labels; %d images of %s need %d and %d", len(into.X), len(into.Labels), count, s.Name, count*s.size(), count)
	}
	if err := s.Normalize(into.X[:count*s.size()], first, count); err != nil {
		return err
	}
	for i, label := range s.Labels[first : first+count] {
		into.Labels[i] = int32(label)
	}
	return nil
}

// Batcher is [NewBatcher].
func (s Images) Batcher(size int, seed uint64) (source.Batcher, error) {
	return NewBatcher(s.Dataset, size, seed, s.Augment)
}

// Digest writes the size and the classes of the images, and digests of their pixels and of
// their labels (four bytes each, little-endian) in blocks of 1 MiB; then the same for the
// larger images, if there are any.
func (s Images) Digest(w io.Writer) error {
	for d := s.Dataset; d != nil; d = d.Larger {
		if err := d.check(); err != nil {
			return err
		}
		fmt.Fprintf(w, "%d×%d×%d %q\n", d.Height, d.Width, d.Channels, d.Classes)
		at := 0
		pieces := func() ([]byte, error) {
			count := d.Len() - at // in memory, no piece is a copy
			if d.Kept() < d.Len() {
				count = min(count, max(1, digestPiece/d.size()))
			}
			at += count
			return d.Bytes(at-count, count)
		}
		if err := source.WriteBlocks(w, d.Len()*d.size(), pieces); err != nil {
			return err
		}
		labels := make([]byte, 0, 4*d.Len())
		for _, l := range d.Labels {
			labels = binary.LittleEndian.AppendUint32(labels, uint32(l))
		}
		if err := source.WriteBlocks(w, len(labels), func() ([]byte, error) { return labels, nil }); err != nil {
			return err
		}
	}
	return nil
}

// digestPiece is about how many bytes of decoded images a digest keeps in memory.
const digestPiece = 32 << 20
